//! Candles: what was traded in a stretch of time (market rules 4). They are kept by the minute; longer ones are folded of those.

use crate::market::instrument::MarketId;
use crate::time::Timestamp;

/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// How long a candle lasts. Each begins at a multiple of its length since the epoch; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CandleLength {
    /// So many minutes, which divide a day, from midnight UTC on.
    Minutes(u32),
    /// From midnight UTC to midnight.
    Day,
    /// From Monday to Monday, UTC.
    Week,
}

impl CandleLength {
    /// Lengths that are offered.
    pub const OFFERED: [Self; 13] = [
        Self::Minutes(1),
        Self::Minutes(3),
        Self::Minutes(5),
        Self::Minutes(15),
        Self::Minutes(30),
        Self::Minutes(60),
        Self::Minutes(120),
        Self::Minutes(240),
        Self::Minutes(360),
        Self::Minutes(480),
        Self::Minutes(720),
        Self::Day,
        Self::Week,
    ];

    const fn micros(self) -> i64 {
        match self {
            Self::Minutes(0) => MINUTE,
            Self::Minutes(minutes) => minutes as i64 * MINUTE,
            Self::Day => 24 * 60 * MINUTE,
            Self::Week => 7 * 24 * 60 * MINUTE,
        }
    }

    /// The first beginning of a week after that of the epoch, which was a Thursday.
    const fn offset(self) -> i64 {
        match self {
            Self::Week => 4 * 24 * 60 * MINUTE,
            Self::Minutes(_) | Self::Day => 0,
        }
    }

    /// When the candle that this moment falls into began.
    pub const fn begin(self, at: Timestamp) -> Timestamp {
        let (length, offset) = (self.micros(), self.offset());
        Timestamp::from_micros(at.as_micros() - (at.as_micros() - offset).rem_euclid(length))
    }
}

/// What was traded in a market in a stretch of time. There is none where nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candle {
    /// Where.
    pub market: MarketId,
    /// When it began.
    pub opened_at: Timestamp,
    /// Price of the first trade in ticks.
    pub open_ticks: u32,
    /// Highest price.
    pub high_ticks: u32,
    /// Lowest price.
    pub low_ticks: u32,
    /// Price of the last trade.
    pub close_ticks: u32,
    /// Lots traded; the largest number when they are more.
    pub lots: i64,
    /// Quote units exchanged; the largest number when they are more.
    pub notional: i64,
    /// How many trades.
    pub trades: i64,
}

impl Candle {
    /// The candle of a minute with one trade.
    pub const fn of_trade(market: MarketId, at: Timestamp, ticks: u32, lots: i64, notional: i64) -> Self {
        Self {
            market,
            opened_at: CandleLength::Minutes(1).begin(at),
            open_ticks: ticks,
            high_ticks: ticks,
            low_ticks: ticks,
            close_ticks: ticks,
            lots,
            notional,
            trades: 1,
        }
    }

    /// Adds a candle that follows within the same stretch of time.
    pub fn add(&mut self, later: &Self) {
        self.high_ticks = self.high_ticks.max(later.high_ticks);
        self.low_ticks = self.low_ticks.min(later.low_ticks);
        self.close_ticks = later.close_ticks;
        self.lots = self.lots.saturating_add(later.lots);
        self.notional = self.notional.saturating_add(later.notional);
        self.trades = self.trades.saturating_add(later.trades);
    }
}

impl CandleLength {
    /// From when to before when minutes are needed for the candles that begin from `since` to before `until`, each whole:
    /// times between two beginnings count as the beginning before them.
    pub const fn whole(self, since: Timestamp, until: Timestamp) -> (Timestamp, Timestamp) {
        let last = self.begin(Timestamp::from_micros(until.as_micros().saturating_sub(1)));
        (self.begin(since), Timestamp::from_micros(last.as_micros().saturating_add(self.micros())))
    }
}

/// Folds candles of a minute into longer ones, the newest first.
#[derive(Debug)]
pub struct Fold {
    length: CandleLength,
    most: usize,
    candles: Vec<Candle>,
}

impl Fold {
    /// Nothing yet; at most so many candles of this length.
    pub const fn new(length: CandleLength, most: usize) -> Self {
        Self { length, most, candles: Vec::new() }
    }

    /// Takes the minute before those that were taken. False when all that are wanted are whole: nothing more is needed.
    pub fn take(&mut self, minute: &Candle) -> bool {
        let mut older = Candle { opened_at: self.length.begin(minute.opened_at), ..*minute };
        let is_full = self.candles.len() == self.most;
        match self.candles.last_mut().filter(|newer| newer.opened_at == older.opened_at) {
            Some(newer) => {
                older.add(newer);
                *newer = older;
            }
            // One more than wanted has begun, so that the oldest wanted one is whole.
            None if is_full => return false,
            None => self.candles.push(older),
        }
        true
    }

    /// The candles, newest first.
    pub fn candles(self) -> Vec<Candle> {
        self.candles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_begins_where_a_calendar_says() {
        // Wednesday, 2026-11-25 13:37:42 UTC.
        let at = Timestamp::from_seconds(1_795_613_862);
        for (length, seconds) in [
            (CandleLength::Minutes(1), 1_795_613_820),
            (CandleLength::Minutes(15), 1_795_613_400),
            (CandleLength::Minutes(240), 1_795_608_000),
            (CandleLength::Day, 1_795_564_800),
            (CandleLength::Week, 1_795_392_000),
        ] {
            assert_eq!(length.begin(at), Timestamp::from_seconds(seconds), "{length:?}");
            assert_eq!(length.begin(length.begin(at)), length.begin(at));
        }
    }

    #[test]
    fn minutes_fold_into_whole_candles_and_no_more_than_are_wanted() {
        let at = |minute: i64| Timestamp::from_seconds(1_795_613_400 + minute * 60);
        let minute = |number: i64, ticks: u32| Candle::of_trade(MarketId(1), at(number), ticks, 2, 10);
        let mut fold = Fold::new(CandleLength::Minutes(15), 2);
        // Newest first: two of the third quarter of an hour, one of the second, one of the first.
        for newest in [minute(44, 7), minute(31, 9), minute(16, 5)] {
            assert!(fold.take(&newest));
        }
        assert!(!fold.take(&minute(3, 8)), "what is wanted is whole");
        let candles = fold.candles();
        let [newest, older] = candles[..] else { panic!("two candles: {candles:?}") };
        assert_eq!((newest.opened_at, older.opened_at), (at(30), at(15)));
        assert_eq!((newest.open_ticks, newest.close_ticks), (9, 7));
        assert_eq!((newest.high_ticks, newest.low_ticks, newest.lots, newest.trades), (9, 7, 4, 2));
        assert_eq!(older, Candle { opened_at: at(15), ..minute(16, 5) });
        assert_eq!(CandleLength::Minutes(15).whole(at(16), at(31)), (at(15), at(45)));
    }
}
