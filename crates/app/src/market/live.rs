//! The market-data task: follows the sequencer's events with books of its own, and hands frames to whoever listens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorward_domain::market::command::Command;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{MarketId, OwnerId};
use doorward_domain::time::Timestamp;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::MarketShape;
use super::book::{Book, Change};
use super::data::{self, MarketNow, Ticker, TradeLine};
use super::feed::Feed;
use super::tape::{Tape, Trade};
use crate::app::App;
use crate::matching::{Batch, Matching, Missed};

/// How often frames go out (market rules 4).
const FRAMES_EVERY: Duration = Duration::from_millis(100);

/// One market as this task knows it.
struct Followed {
    shape: MarketShape,
    book: Book,
    tape: Tape,
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

    /// Takes a market's book anew; its trades stay.
    fn take_anew(&mut self, shape: MarketShape, book: Book) {
        let followed = self.followed.entry(shape.id).or_insert_with(|| Followed {
            shape: shape.clone(),
            book: Book::default(),
            tape: Tape::default(),
            fresh: 0,
            book_changed: false,
            state_changed: false,
        });
        followed.state_changed |= followed.shape.halted != shape.halted;
        (followed.shape, followed.book, followed.book_changed) = (shape, book, true);
    }

    /// Takes over what happened, and says which markets must be taken anew.
    fn apply(&mut self, batch: &Batch) -> BTreeSet<MarketId> {
        let mut anew = BTreeSet::new();
        for (applied, events) in batch.iter() {
            if let Command::Amend(amend) = &applied.command {
                self.touched.insert(amend.owner);
            }
            for event in events {
                self.happened(event, applied.at, &mut anew);
            }
        }
        anew
    }

    fn happened(&mut self, event: &Event, at: Timestamp, anew: &mut BTreeSet<MarketId>) {
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
                let trade = Trade { number: trade, ticks, lots, side: taker_side, at };
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
            let book_changed = std::mem::take(&mut followed.book_changed);
            let state_changed = std::mem::take(&mut followed.state_changed);
            if !self.feed.has_listeners(*market) {
                continue;
            }
            let mut frames = String::new();
            if book_changed {
                frames += &data::depth_frame(&data::depth(&followed.shape, &followed.book));
            }
            if fresh > 0 {
                // Those that the tape has dropped already would leave the page at once.
                let newest = followed.tape.trades().take(fresh);
                let mut trades: Vec<_> = newest.map(|it| data::trade_line(&followed.shape, it)).collect();
                trades.reverse();
                frames += &data::trades_frame(&trades);
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
            let following = self.follow_market(&matching);
            stopping.run_until_cancelled(following).await;
        } else {
            stopping.cancelled().await;
        }
        self.floor().live.lock().feed.close();
    }

    async fn follow_market(&self, matching: &Matching) {
        if !matching.replayed().await {
            return;
        }
        let mut events = matching.events();
        self.take_markets_anew(matching, |_| true);
        let mut due = tokio::time::interval(FRAMES_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                next = events.next() => match next {
                    Ok(batch) => {
                        let anew = self.floor().live.lock().apply(&batch);
                        if !anew.is_empty() {
                            self.take_markets_anew(matching, |market| anew.contains(&market));
                        }
                    }
                    Err(Missed::Lagged(groups)) => {
                        tracing::warn!(groups, "market data was too slow; the books are taken anew");
                        metrics::counter!("doorward_market_data_lagged_total").increment(1);
                        self.take_markets_anew(matching, |_| true);
                        self.floor().live.lock().feed.send_to_all_owners();
                    }
                    Err(Missed::Stopped) => return,
                },
                _ = due.tick() => self.floor().live.lock().publish(self.now()),
            }
        }
    }

    /// Takes these markets' facts and books from the view. What was missed of a book is in it; trades that were missed are
    /// gone from the tape.
    fn take_markets_anew(&self, matching: &Matching, wanted: impl Fn(MarketId) -> bool) {
        for shape in self.markets_of(matching).into_iter().filter(|shape| wanted(shape.id)) {
            let Some(book) = matching.view().book(shape.id) else { continue };
            let book = Book::of(book.sequence, &book.bids, &book.asks);
            self.floor().live.lock().take_anew(shape, book);
        }
    }
}
