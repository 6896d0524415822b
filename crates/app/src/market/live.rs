//! The market-data task: follows the sequencer's events with books of its own, and hands frames to whoever listens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorward_domain::market::command::Command;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{MarketId, OwnerId};
use doorward_domain::time::Timestamp;
use doorward_store::history::Traded;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::MarketShape;
use super::book::{Book, Change};
use super::data::{self, MarketNow, Ticker, TradeLine};
use super::feed::Feed;
use super::joining::Waiting;
use super::tape::{Tape, Trade};
use crate::app::App;
use crate::matching::{Applied, Batch, Matching, Missed};

/// How often frames go out (market rules 4).
const FRAMES_EVERY: Duration = Duration::from_millis(100);

/// One market as this task knows it.
struct Followed {
    shape: MarketShape,
    book: Book,
    tape: Tape,
    /// Trades from before the task began, or that it missed, are not in the tape yet.
    waiting: Option<Waiting>,
    tape_changed: bool,
    /// How many of the tape's trades came since the last frames.
    fresh: usize,
    book_changed: bool,
    state_changed: bool,
}

/// What the task knows, and who listens.
#[derive(Default)]
pub(crate) struct Live(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    followed: BTreeMap<MarketId, Followed>,
    /// Owners of whom something changed since the last frames.
    touched: BTreeSet<OwnerId>,
    pub(crate) feed: Feed,
}

impl Live {
    // What can panic does not run under the lock, so a poisoned one holds a sound state all the same.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A market at this moment; empty before the task has seen it.
    pub(crate) fn now(&self, market: MarketId, now: Timestamp) -> MarketNow {
        let Some(followed) = self.followed.get(&market) else { return MarketNow::default() };
        let Followed { shape, book, tape, .. } = followed;
        MarketNow {
            depth: data::depth(shape, book),
            trades: tape.trades().map(|trade| data::trade_line(shape, trade)).collect(),
            ticker: data::ticker(shape, tape, now),
        }
    }

    /// A market's ticker at this moment; none before the first trade.
    fn ticker(&self, market: MarketId, now: Timestamp) -> Option<Ticker> {
        self.followed.get(&market).and_then(|it| data::ticker(&it.shape, &it.tape, now))
    }

    /// Takes a market's book anew; its trades stay. Of one that is new here, trades up to this record come from history.
    fn take_anew(&mut self, shape: MarketShape, book: Book, sequence: u64) {
        let followed = self.followed.entry(shape.id).or_insert_with(|| Followed {
            shape: shape.clone(),
            book: Book::default(),
            tape: Tape::default(),
            waiting: Some(Waiting::behind(sequence)),
            tape_changed: false,
            fresh: 0,
            book_changed: false,
            state_changed: false,
        });
        followed.state_changed |= followed.shape.halted != shape.halted;
        (followed.shape, followed.book, followed.book_changed) = (shape, book, true);
    }

    /// Trades up to this record may have been missed: they come from history.
    fn wait_for_history(&mut self, sequence: u64) {
        for followed in self.followed.values_mut() {
            followed.waiting = Some(Waiting::behind(sequence));
        }
    }

    /// The markets that wait for history, each with the record that it has to come to.
    pub(crate) fn waiting(&self) -> Vec<(MarketId, u64)> {
        let waits = |(market, followed): (&MarketId, &Followed)| {
            followed.waiting.as_ref().map(|waiting| (*market, waiting.wanted()))
        };
        self.followed.iter().filter_map(waits).collect()
    }

    /// Takes over what history has of a market; false when that is not enough.
    pub(crate) fn join(&mut self, market: MarketId, traded: &Traded) -> bool {
        let Some(followed) = self.followed.get_mut(&market) else { return true };
        let Some(waiting) = &followed.waiting else { return true };
        let Some(tape) = waiting.join(traded) else { return false };
        (followed.tape, followed.waiting, followed.tape_changed) = (tape, None, true);
        true
    }

    /// Takes over what happened, and says which markets must be taken anew.
    fn apply(&mut self, batch: &Batch) -> BTreeSet<MarketId> {
        let mut anew = BTreeSet::new();
        for (applied, events) in batch.iter() {
            if let Command::Amend(amend) = &applied.command {
                self.touched.insert(amend.owner);
            }
            for event in events {
                self.happened(event, applied, &mut anew);
            }
        }
        anew
    }

    fn happened(&mut self, event: &Event, applied: &Applied, anew: &mut BTreeSet<MarketId>) {
        match *event {
            Event::LevelChanged { market, side, ticks, lots, sequence } => {
                let change = self.followed.get_mut(&market).map(|it| {
                    it.book_changed = true;
                    it.book.change(side, ticks, lots, sequence)
                });
                if !matches!(change, Some(Change::Made | Change::Known)) {
                    anew.insert(market);
                }
            }
            Event::Traded { market, trade, taker_owner, maker_owner, taker_side, ticks, lots, .. } => {
                self.touched.extend([taker_owner, maker_owner]);
                let Some(followed) = self.followed.get_mut(&market) else { return };
                let trade = Trade { number: trade, ticks, lots, side: taker_side, at: applied.at };
                if let Some(waiting) = &mut followed.waiting {
                    waiting.keep(applied.sequence, trade);
                }
                if followed.tape.add(trade) {
                    followed.fresh += 1;
                }
            }
            Event::MarketListed(market) | Event::Halted(market) | Event::Resumed(market) => {
                anew.insert(market);
            }
            Event::Deposited { owner, .. }
            | Event::Transferred { owner, .. }
            | Event::Held { owner, .. }
            | Event::Released { owner, .. }
            | Event::Settled { owner, .. }
            | Event::Accepted { owner, .. }
            | Event::Cancelled { owner, .. }
            | Event::Restricted { owner, .. } => {
                self.touched.insert(owner);
            }
            Event::Paid { owner, to, .. } => self.touched.extend([owner, to]),
            Event::AssetListed(_)
            | Event::OwnerOpened(_)
            | Event::Rested { .. }
            | Event::Decreased { .. }
            | Event::RulesActivated(_) => {}
        }
    }

    /// The frames with which a stream of this market begins: all that is shown, so that whoever was away misses nothing.
    pub(crate) fn first_frames(&self, market: MarketId, halted: bool, now: Timestamp) -> String {
        let shown = self.now(market, now);
        let trades: Vec<TradeLine> = shown.trades.into_iter().rev().collect();
        let ticker = shown.ticker.as_ref().map(data::ticker_frame).unwrap_or_default();
        let (state, depth) = (data::state_frame(halted), data::depth_frame(&shown.depth));
        format!("retry: 2000\n\n{state}{depth}{}{ticker}", data::trades_frame(&trades))
    }

    /// Encodes what changed, once each, and hands it to everybody who listens.
    fn publish(&mut self, now: Timestamp) {
        for (market, followed) in &mut self.followed {
            let fresh = std::mem::take(&mut followed.fresh);
            let tape_changed = std::mem::take(&mut followed.tape_changed);
            let book_changed = std::mem::take(&mut followed.book_changed);
            let state_changed = std::mem::take(&mut followed.state_changed);
            if !self.feed.has_listeners(*market) {
                continue;
            }
            let mut frames = String::new();
            if book_changed {
                frames += &data::depth_frame(&data::depth(&followed.shape, &followed.book));
            }
            if fresh > 0 || tape_changed {
                // Those that the tape has dropped already would leave the page at once.
                let newest = followed.tape.trades().take(if tape_changed { usize::MAX } else { fresh });
                let mut trades: Vec<_> = newest.map(|it| data::trade_line(&followed.shape, it)).collect();
                trades.reverse();
                frames += &if tape_changed { data::tape_frame(&trades) } else { data::trades_frame(&trades) };
                let ticker = data::ticker(&followed.shape, &followed.tape, now);
                frames += &ticker.as_ref().map(data::ticker_frame).unwrap_or_default();
            }
            if state_changed {
                frames += &data::state_frame(followed.shape.halted);
            }
            if !frames.is_empty() {
                self.feed.send_to_market(*market, &frames.into());
            }
        }
        let touched = std::mem::take(&mut self.touched);
        self.feed.send_to_owners(&touched);
    }
}

impl App {
    /// A market at this moment, from the market-data task's own book.
    pub fn market_now(&self, market: MarketId) -> MarketNow {
        self.floor().live.lock().now(market, self.now())
    }

    /// A market's last 24 hours; none before its first trade.
    pub fn ticker_now(&self, market: MarketId) -> Option<Ticker> {
        self.floor().live.lock().ticker(market, self.now())
    }

    /// Follows the market until the program stops; then every stream ends. A node without an engine has nothing to follow.
    pub async fn run_market_data(self, stopping: CancellationToken) {
        if let Some(matching) = self.matching.clone() {
            let asked = Notify::new();
            let following = async {
                tokio::select! {
                    () = self.follow_market(&matching, &asked) => {}
                    () = self.join_history(&asked) => {}
                }
            };
            stopping.run_until_cancelled(following).await;
        } else {
            stopping.cancelled().await;
        }
        self.floor().live.lock().feed.close();
    }

    async fn follow_market(&self, matching: &Matching, asked: &Notify) {
        if !matching.replayed().await {
            return;
        }
        let mut events = matching.events();
        // A record is published after this number has moved: later ones are all told.
        self.take_markets_anew(matching, matching.sequence(), |_| true);
        asked.notify_one();
        let mut due = tokio::time::interval(FRAMES_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                next = events.next() => match next {
                    Ok(batch) => {
                        let anew = self.floor().live.lock().apply(&batch);
                        if !anew.is_empty() {
                            self.take_markets_anew(matching, batch.last, |market| anew.contains(&market));
                            asked.notify_one();
                        }
                    }
                    Err(Missed::Lagged(groups)) => {
                        tracing::warn!(groups, "market data was too slow; books and trades are taken anew");
                        metrics::counter!("doorward_market_data_lagged_total").increment(1);
                        let sequence = matching.sequence();
                        self.take_markets_anew(matching, sequence, |_| true);
                        self.floor().live.lock().wait_for_history(sequence);
                        asked.notify_one();
                        self.floor().live.lock().feed.send_to_all_owners();
                    }
                    Err(Missed::Stopped) => return,
                },
                _ = due.tick() => self.floor().live.lock().publish(self.now()),
            }
        }
    }

    /// Takes these markets' facts and books from the view. What was missed of a book is in it; trades up to this record that
    /// were missed come from history.
    fn take_markets_anew(&self, matching: &Matching, sequence: u64, wanted: impl Fn(MarketId) -> bool) {
        for shape in self.markets_of(matching).into_iter().filter(|shape| wanted(shape.id)) {
            let Some(book) = matching.view().book(shape.id) else { continue };
            let book = Book::of(book.sequence, &book.bids, &book.asks);
            self.floor().live.lock().take_anew(shape, book, sequence);
        }
    }
}
