//! What history knows of a market that is everybody's: its last trades and the minutes before now.

use doorward_domain::market::instrument::MarketId;
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use super::History;
use super::number::side_of;
use crate::db;
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A trade as everybody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicTrade {
    /// The record.
    pub seq: u64,
    /// Its number in its market: the first is 1, and none is left out.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Which way whoever came went.
    pub taker_side: Side,
    /// Price in ticks.
    pub ticks: u32,
    /// How much.
    pub lots: i64,
}

/// The trades of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub opened_at: Timestamp,
    /// Price of its first trade in ticks.
    pub open_ticks: u32,
    /// The highest price.
    pub high_ticks: u32,
    /// The lowest price.
    pub low_ticks: u32,
    /// Lots traded; the largest number when they are more.
    pub lots: i64,
}

/// What was traded in a market up to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traded {
    /// The record: what it did is in here, and what came later is not.
    pub last_seq: u64,
    /// The last minutes in which there was a trade, oldest first.
    pub minutes: Vec<Minute>,
    /// The last trades, newest first.
    pub trades: Vec<PublicTrade>,
}

/// Where history stands, and a minute if there is one.
struct Line {
    last_seq: u64,
    minute: Option<Minute>,
}

impl Record for Line {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let last_seq: i64 = row.get("last_seq")?;
        let opened_at: Option<Timestamp> = row.get("opened_at")?;
        let minute = |opened_at| {
            Ok::<_, sqlx::Error>(Minute {
                opened_at,
                open_ticks: row.get("open_ticks")?,
                high_ticks: row.get("high_ticks")?,
                low_ticks: row.get("low_ticks")?,
                lots: row.get("lots")?,
            })
        };
        Ok(Self { last_seq: last_seq.cast_unsigned(), minute: opened_at.map(minute).transpose()? })
    }
}

impl Record for PublicTrade {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let (seq, number): (i64, i64) = (row.get("seq")?, row.get("trade")?);
        Ok(Self {
            seq: seq.cast_unsigned(),
            number: number.cast_unsigned(),
            at: row.get("at")?,
            taker_side: side_of(row.get("side")?)?,
            ticks: row.get("ticks")?,
            lots: row.get("lots")?,
        })
    }
}

const DOING: &str = "reading what was traded";

// One statement sees the database at one moment: the minutes are those of the record beside them. There is that record even
// where no minute is.
const LIST_MINUTES: &str = "SELECT last_seq, opened_at, open_ticks, high_ticks, low_ticks, lots \
    FROM projection LEFT JOIN candle ON market = $1 AND opened_at >= $2 \
    WHERE one = 1 ORDER BY opened_at DESC LIMIT $3";

const LIST_TRADES: &str = "SELECT seq, trade, at, side, ticks, lots FROM fill \
    WHERE market = $1 AND is_maker = 0 AND seq <= $2 ORDER BY trade DESC LIMIT $3";

impl History {
    /// What was traded in a market: the newest minutes that began from `since` on, and its last trades whenever they were; at
    /// most so many of each. `None` before history is taken for the first time.
    pub async fn find_traded(
        &self,
        market: MarketId,
        since: Timestamp,
        most_minutes: u32,
        most_trades: u32,
    ) -> Result<Option<Traded>, StoreFault> {
        let market = i64::from(market.0);
        let values = values![market, since, most_minutes];
        let lines: Vec<Line> = db::list((&self.db).into(), DOING, LIST_MINUTES, values).await?;
        let Some(last_seq) = lines.first().map(|line| line.last_seq) else { return Ok(None) };
        // Later ones may have come meanwhile, of which the minutes do not know.
        let values = values![market, last_seq.cast_signed(), most_trades];
        let trades = db::list((&self.db).into(), DOING, LIST_TRADES, values).await?;
        let minutes = lines.into_iter().rev().filter_map(|line| line.minute).collect();
        Ok(Some(Traded { last_seq, minutes, trades }))
    }
}
