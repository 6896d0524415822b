//! Trades as they happened, and what they come to over a day.

use std::collections::VecDeque;
use std::time::Duration;

use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;
use doorward_store::history::{self, PublicTrade, Traded};

/// Trades that are shown.
pub(crate) const TRADES_KEPT: usize = 16;
/// What the ticker looks back on.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTE_SECONDS: i64 = 60;

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) number: u64,
    pub(crate) ticks: u32,
    pub(crate) lots: i64,
    /// Which way whoever came went.
    pub(crate) side: Side,
    pub(crate) at: Timestamp,
}

/// The trades of one minute.
#[derive(Debug, Clone, Copy)]
struct Minute {
    begins: i64,
    open: u32,
    high: u32,
    low: u32,
    lots: i128,
}

/// What a day of trades came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) last: u32,
    /// The first price within the day.
    pub(crate) open: u32,
    pub(crate) high: u32,
    pub(crate) low: u32,
    pub(crate) lots: i128,
}

/// The last trades, newest first, and a minute-wise summary of the last 24 h, as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    trades: VecDeque<Trade>,
    minutes: VecDeque<Minute>,
}

impl Tape {
    /// What was traded up to some record; later trades are added.
    pub(crate) fn of(traded: &Traded) -> Self {
        let trade = |trade: &PublicTrade| Trade {
            number: trade.number,
            ticks: trade.ticks,
            lots: trade.lots,
            side: trade.taker_side,
            at: trade.at,
        };
        let minute = |minute: &history::Minute| Minute {
            begins: minute.opened_at.as_seconds(),
            open: minute.open_ticks,
            high: minute.high_ticks,
            low: minute.low_ticks,
            lots: i128::from(minute.lots),
        };
        Self {
            trades: traded.trades.iter().take(TRADES_KEPT).map(trade).collect(),
            minutes: traded.minutes.iter().map(minute).collect(),
        }
    }

    /// Takes a trade; one that was there already is none.
    pub(crate) fn add(&mut self, trade: Trade) -> bool {
        if self.trades.front().is_some_and(|newest| newest.number >= trade.number) {
            return false;
        }
        self.trades.push_front(trade);
        self.trades.truncate(TRADES_KEPT);
        let begins = trade.at.as_seconds().div_euclid(MINUTE_SECONDS) * MINUTE_SECONDS;
        match self.minutes.back_mut().filter(|minute| minute.begins == begins) {
            Some(minute) => {
                minute.high = minute.high.max(trade.ticks);
                minute.low = minute.low.min(trade.ticks);
                minute.lots += i128::from(trade.lots);
            }
            None => {
                let (open, lots) = (trade.ticks, i128::from(trade.lots));
                self.minutes.push_back(Minute { begins, open, high: open, low: open, lots });
            }
        }
        self.forget(trade.at);
        true
    }

    /// Drops the minutes that are over for a day.
    fn forget(&mut self, now: Timestamp) {
        let oldest = now.minus(DAY).as_seconds();
        while self.minutes.front().is_some_and(|minute| minute.begins < oldest) {
            self.minutes.pop_front();
        }
    }

    /// The last trades, newest first.
    pub(crate) fn trades(&self) -> impl Iterator<Item = &Trade> {
        self.trades.iter()
    }

    /// The day up to now; `None` before the first trade.
    pub(crate) fn day(&self, now: Timestamp) -> Option<Day> {
        let last = self.trades.front()?.ticks;
        let oldest = now.minus(DAY).as_seconds();
        let mut minutes = self.minutes.iter().filter(|minute| minute.begins >= oldest);
        let Some(first) = minutes.next() else {
            return Some(Day { last, open: last, high: last, low: last, lots: 0 });
        };
        let day = Day { last, open: first.open, high: first.high, low: first.low, lots: first.lots };
        Some(minutes.fold(day, |day, minute| Day {
            high: day.high.max(minute.high),
            low: day.low.min(minute.low),
            lots: day.lots + minute.lots,
            ..day
        }))
    }
}

/// How far the last price is from the first, in hundredths of a percent, rounded towards zero.
pub(crate) fn change_basis_points(day: &Day) -> i64 {
    let open = i64::from(day.open.max(1));
    (i64::from(day.last) - i64::from(day.open)) * 10_000 / open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(number: u64, seconds: i64, ticks: u32, lots: i64) -> Trade {
        let at = Timestamp::from_seconds(1_795_406_400 + seconds);
        Trade { number, ticks, lots, side: Side::Buy, at }
    }

    #[test]
    fn the_ticker_looks_back_one_day_and_no_further() {
        let mut tape = Tape::default();
        assert_eq!(tape.day(Timestamp::from_seconds(1_795_406_400)), None);
        for one in [trade(1, 0, 1_000, 5), trade(2, 30, 1_100, 1), trade(3, 90, 900, 2)] {
            assert!(tape.add(one));
        }
        assert!(!tape.add(trade(3, 90, 900, 2)), "a trade counts once");
        let day = tape.day(Timestamp::from_seconds(1_795_406_500)).expect("a day");
        assert_eq!(day, Day { last: 900, open: 1_000, high: 1_100, low: 900, lots: 8 });
        assert_eq!(change_basis_points(&day), -1_000);
        let later = Timestamp::from_seconds(1_795_406_400 + 86_400 + 60);
        let day = tape.day(later).expect("a day");
        assert_eq!(day, Day { last: 900, open: 900, high: 900, low: 900, lots: 2 });
        let long_after = Timestamp::from_seconds(1_795_406_400 + 3 * 86_400);
        assert_eq!(tape.day(long_after).map(|day| (day.last, day.lots)), Some((900, 0)));
    }

    #[test]
    fn so_many_trades_are_shown_newest_first() {
        let mut tape = Tape::default();
        for number in 1..=100 {
            tape.add(trade(number, i64::try_from(number).expect("small"), 1_000, 1));
        }
        let numbers: Vec<u64> = tape.trades().map(|trade| trade.number).collect();
        assert_eq!(numbers, (85..=100).rev().collect::<Vec<u64>>());
    }
}
