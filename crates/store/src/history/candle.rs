//! Candles: kept by the minute, folded into longer ones when they are read.

use doorward_domain::market::candle::{Candle, CandleLength, Fold};
use doorward_domain::market::instrument::MarketId;
use doorward_domain::time::Timestamp;

use super::History;
use super::number::narrow;
use crate::db::{self, Rows, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, Value, values};

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
        let (since, mut before) = length.whole(since, until);
        let mut fold = Fold::new(length, most);
        loop {
            let values = values![i64::from(market.0), since, before, MINUTES_AT_ONCE];
            let minutes: Vec<Candle> =
                db::list((&self.db).into(), "listing candles", LIST_CANDLES, values).await?;
            let goes_on = minutes.iter().all(|minute| fold.take(minute));
            if !goes_on || (minutes.len() as i64) < MINUTES_AT_ONCE {
                return Ok(fold.candles());
            }
            before = minutes.last().map_or(since, |oldest| oldest.opened_at);
        }
    }
}
