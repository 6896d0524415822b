//! Candles: kept by the minute, folded into longer ones when they are read.

use doorward_domain::market::instrument::MarketId;
use doorward_domain::time::Timestamp;

use super::History;
use super::number::narrow;
use crate::db::{self, Rows, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, Value, values};

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

impl Record for Candle {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            market: MarketId(narrow(row.get("market")?)?),
            opened_at: row.get("opened_at")?,
            open_ticks: row.get("open_ticks")?,
            high_ticks: row.get("high_ticks")?,
            low_ticks: row.get("low_ticks")?,
            close_ticks: row.get("close_ticks")?,
            lots: row.get("lots")?,
            notional: row.get("notional")?,
            trades: row.get("trades")?,
        })
    }
}

// A sum that would not fit stays at the largest number: a projection must not end because somebody trades with themselves.
static RECORD_CANDLES: Rows = Rows::new(
    "INSERT INTO candle (market, opened_at, open_ticks, high_ticks, low_ticks, close_ticks, lots, notional, trades) VALUES ",
    9,
    " ON CONFLICT (market, opened_at) DO UPDATE SET \
     high_ticks = CASE WHEN excluded.high_ticks > candle.high_ticks THEN excluded.high_ticks ELSE candle.high_ticks END, \
     low_ticks = CASE WHEN excluded.low_ticks < candle.low_ticks THEN excluded.low_ticks ELSE candle.low_ticks END, \
     close_ticks = excluded.close_ticks, \
     lots = CASE WHEN candle.lots > 9223372036854775807 - excluded.lots THEN 9223372036854775807 \
        ELSE candle.lots + excluded.lots END, \
     notional = CASE WHEN candle.notional > 9223372036854775807 - excluded.notional THEN 9223372036854775807 \
        ELSE candle.notional + excluded.notional END, \
     trades = candle.trades + excluded.trades",
);

/// Adds to candles of a minute; each market and minute once.
pub(super) async fn record_candles(tx: &mut Tx, candles: &[Candle]) -> Result<(), StoreFault> {
    let values: Vec<Value<'_>> = candles
        .iter()
        .flat_map(|candle| {
            [
                Value::from(i64::from(candle.market.0)),
                Value::from(candle.opened_at),
                Value::from(candle.open_ticks),
                Value::from(candle.high_ticks),
                Value::from(candle.low_ticks),
                Value::from(candle.close_ticks),
                Value::from(candle.lots),
                Value::from(candle.notional),
                Value::from(candle.trades),
            ]
        })
        .collect();
    db::change_rows(tx, "writing candles", &RECORD_CANDLES, &values).await.map(drop)
}

const LIST_CANDLES: &str = "SELECT market, opened_at, open_ticks, high_ticks, low_ticks, close_ticks, lots, notional, \
    trades FROM candle WHERE market = $1 AND opened_at >= $2 AND opened_at < $3 ORDER BY opened_at DESC LIMIT $4";
/// Minutes that one look reads: a day and a half.
const MINUTES_AT_ONCE: i64 = 2_048;

impl History {
    /// Candles of a market that began from `since` to before `until`, newest first, at most `most`. The first and the last
    /// are whole: times between two beginnings count as the beginning before them.
    pub async fn list_candles(
        &self,
        market: MarketId,
        length: CandleLength,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Candle>, StoreFault> {
        let since = length.begin(since);
        // Whatever began before `until` is wanted whole.
        let last = length.begin(Timestamp::from_micros(until.as_micros().saturating_sub(1)));
        let mut before = Timestamp::from_micros(last.as_micros().saturating_add(length.micros()));
        let mut candles: Vec<Candle> = Vec::new();
        loop {
            let values = values![i64::from(market.0), since, before, MINUTES_AT_ONCE];
            let minutes: Vec<Candle> =
                db::list((&self.db).into(), "listing candles", LIST_CANDLES, values).await?;
            for minute in &minutes {
                before = minute.opened_at;
                let mut older = Candle { opened_at: length.begin(minute.opened_at), ..*minute };
                let is_full = candles.len() == most;
                match candles.last_mut().filter(|newer| newer.opened_at == older.opened_at) {
                    Some(newer) => {
                        older.add(newer);
                        *newer = older;
                    }
                    // One more than wanted has begun, so that the oldest wanted one is whole.
                    None if is_full => return Ok(candles),
                    None => candles.push(older),
                }
            }
            if (minutes.len() as i64) < MINUTES_AT_ONCE {
                return Ok(candles);
            }
        }
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
}
