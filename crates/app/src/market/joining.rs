//! Joins what history knows of a market's trades with what the market-data task sees, each trade once.
//!
//! The task knows from which record on it sees every trade. Those are kept until history has everything before that record;
//! then its last trades and minutes are read together with the record up to which they go, and of the kept trades only those
//! of later records are added.

use std::collections::VecDeque;
use std::time::Duration;

use doorward_store::history::Traded;
use tokio::sync::Notify;

use super::tape::{DAY, TRADES_KEPT, Tape, Trade};
use crate::app::App;
use crate::history::MarketHistory;

/// Trades of one market that are kept, about 1 MB. When there are more, the oldest have to come from history as well.
const MOST_KEPT: usize = 16_384;
/// Minutes that are read: a day's, and some more where clocks were set.
const MOST_MINUTES: u32 = 2_048;
/// How long history is left alone when it could not be read: each time twice as long.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_AFTER_AT_MOST: Duration = Duration::from_secs(60);

/// A market whose trades before some record are not known yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// Every trade of a later record is kept; those up to this one have to come from history.
    behind: u64,
    /// Each with its record, oldest first.
    kept: VecDeque<(u64, Trade)>,
}

impl Waiting {
    /// Every trade of a record later than this one will be told.
    pub(crate) const fn behind(sequence: u64) -> Self {
        Self { behind: sequence, kept: VecDeque::new() }
    }

    /// Keeps a trade of this record.
    pub(crate) fn keep(&mut self, sequence: u64, trade: Trade) {
        if self.kept.len() >= MOST_KEPT
            && let Some((oldest, _)) = self.kept.pop_front()
        {
            self.behind = self.behind.max(oldest);
        }
        self.kept.push_back((sequence, trade));
    }

    /// Up to which record history has to come.
    pub(crate) const fn wanted(&self) -> u64 {
        self.behind
    }

    /// The whole tape; `None` when history does not reach so far.
    pub(crate) fn join(&self, traded: &Traded) -> Option<Tape> {
        if traded.last_seq < self.behind {
            return None;
        }
        let mut tape = Tape::of(traded);
        let later = self.kept.iter().filter(|(sequence, _)| *sequence > traded.last_seq);
        for (_, trade) in later {
            tape.add(*trade);
        }
        Some(tape)
    }
}

impl App {
    /// Joins every market that waits for it with history, and again whenever `asked` says that one does. Never ends.
    pub(super) async fn join_history(&self, asked: &Notify) {
        let Some(history) = self.history() else { return std::future::pending().await };
        let mut pause = AGAIN_AFTER;
        loop {
            if self.join_waiting(history).await {
                pause = AGAIN_AFTER;
                asked.notified().await;
            } else {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(AGAIN_AFTER_AT_MOST);
            }
        }
    }

    /// Says whether all that waited are joined.
    async fn join_waiting(&self, history: &MarketHistory) -> bool {
        let waiting = self.floor().live.lock().waiting();
        let most = (MOST_MINUTES, u32::try_from(TRADES_KEPT).unwrap_or(u32::MAX));
        let mut all = true;
        for (market, behind) in waiting {
            match history.find_traded(behind, market, self.now().minus(DAY), most).await {
                Ok(traded) => {
                    let joined = traded.is_some_and(|traded| self.floor().live.lock().join(market, &traded));
                    all &= joined;
                }
                Err(fault) => {
                    tracing::warn!(
                        error = %fault,
                        "last trades and 24 h figures begin with this process until history can be read"
                    );
                    return false;
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::market::order::Side;
    use doorward_domain::time::Timestamp;
    use doorward_store::history::{Minute, PublicTrade};

    use super::*;

    const BEGINNING: i64 = 1_795_406_400;

    /// The trade of a record: one lot, a price and a moment of its own, two records for each trade.
    fn trade(sequence: u64) -> Trade {
        let number = sequence / 2;
        let seconds = i64::try_from(number).expect("small");
        let ticks = u32::try_from(1_000 + number * 7 % 13).expect("small");
        Trade { number, ticks, lots: 1, side: Side::Buy, at: Timestamp::from_seconds(BEGINNING + seconds) }
    }

    /// What history has at this record.
    fn traded(last_seq: u64) -> Traded {
        let trades = (1..=last_seq / 2).map(|number| (number * 2, trade(number * 2)));
        let mut minutes: Vec<Minute> = Vec::new();
        for (_, trade) in trades.clone() {
            let begins = trade.at.as_seconds().div_euclid(60) * 60;
            let opened_at = Timestamp::from_seconds(begins);
            match minutes.last_mut().filter(|minute| minute.opened_at == opened_at) {
                Some(minute) => {
                    minute.high_ticks = minute.high_ticks.max(trade.ticks);
                    minute.low_ticks = minute.low_ticks.min(trade.ticks);
                    minute.lots += trade.lots;
                }
                None => minutes.push(Minute {
                    opened_at,
                    open_ticks: trade.ticks,
                    high_ticks: trade.ticks,
                    low_ticks: trade.ticks,
                    lots: trade.lots,
                }),
            }
        }
        let public = |(seq, trade): (u64, Trade)| PublicTrade {
            seq,
            number: trade.number,
            at: trade.at,
            taker_side: trade.side,
            ticks: trade.ticks,
            lots: trade.lots,
        };
        let trades = trades.rev().take(TRADES_KEPT).map(public).collect();
        Traded { last_seq, minutes, trades }
    }

    fn all(tape: &Tape, last: u64) -> (Vec<Trade>, Option<crate::market::tape::Day>) {
        (tape.trades().copied().collect(), tape.day(trade(last).at))
    }

    #[test]
    fn wherever_history_stands_each_trade_is_counted_once() {
        const LAST: u64 = 400;
        let mut whole = Tape::default();
        for sequence in (2..=LAST).step_by(2) {
            assert!(whole.add(trade(sequence)));
        }
        for behind in [0, 1, 7, 8, 200, 399, 400] {
            let mut waiting = Waiting::behind(behind);
            // Some of what history has to bring may be told as well.
            for sequence in (2..=LAST).step_by(2).filter(|sequence| sequence + 5 > behind) {
                waiting.keep(sequence, trade(sequence));
            }
            for reach in [0, 1, 7, 8, 200, 201, 399, 400] {
                let joined = waiting.join(&traded(reach));
                assert_eq!(joined.is_some(), reach >= behind, "behind {behind}, history at {reach}");
                let Some(mut tape) = joined else { continue };
                assert_eq!(all(&tape, LAST), all(&whole, LAST), "behind {behind}, history at {reach}");
                assert!(!tape.add(trade(LAST)), "it is there");
                assert!(tape.add(trade(LAST + 2)));
            }
        }
    }

    #[test]
    fn what_is_too_much_to_keep_comes_from_history() {
        let mut waiting = Waiting::behind(10);
        let records = u64::try_from(MOST_KEPT).expect("small") * 2;
        for sequence in (12..records + 112).step_by(2) {
            waiting.keep(sequence, trade(sequence));
        }
        assert_eq!((waiting.kept.len(), waiting.wanted()), (MOST_KEPT, 110));
        assert!(waiting.join(&traded(108)).is_none());
        let last = records + 110;
        let (tape, whole) = (waiting.join(&traded(110)).expect("joined"), Tape::of(&traded(last)));
        assert_eq!(all(&tape, last), all(&whole, last));
    }
}
