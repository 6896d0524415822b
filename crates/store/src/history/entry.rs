//! Reading fills and ledger entries, newest first, page by page.

use doorward_domain::market::instrument::{AssetId, MarketId, OrderId, OwnerId};
use doorward_domain::market::ledger::{Bucket, Cause, LedgerAccount};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use super::History;
use super::number::{narrow, order_number, order_of, side_number, side_of};
use crate::db;
use crate::fault::StoreFault;
use crate::row::{Record, Row, Value, unreadable, values};

/// The owner that stands for the house.
pub(super) const HOUSE: i64 = -1;
/// What a filter says when it lets everything through: no market and no asset has this number.
const ANY: i64 = -1;

/// Where something stands in history: pages go on before the last one seen. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// When.
    pub at: Timestamp,
    /// The record.
    pub seq: u64,
    /// The place within that record.
    pub line: i64,
}

impl Spot {
    /// Behind everything.
    pub const END: Self = Self { at: Timestamp::from_micros(i64::MAX), seq: i64::MAX as u64, line: i64::MAX };
}

/// A stretch of time, and how many are wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// From this moment on.
    pub since: Timestamp,
    /// Before this place; [`Spot::END`] for the newest page.
    pub before: Spot,
    /// How many at most.
    pub most: u32,
}

impl Window {
    /// The newest so many.
    pub const fn newest(most: u32) -> Self {
        Self { since: Timestamp::from_micros(i64::MIN), before: Spot::END, most }
    }
}

/// Which fills.
#[derive(Debug, Clone, Copy, Default)]
pub struct FillFilter {
    /// Of one market.
    pub market: Option<MarketId>,
    /// Of one order.
    pub order: Option<OrderId>,
}

/// A fill as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Where it stands.
    pub spot: Spot,
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// Number of the trade in its market.
    pub trade: u64,
    /// The order that was filled.
    pub order: OrderId,
    /// The order that it traded with.
    pub other_order: OrderId,
    /// Which way the order goes.
    pub side: Side,
    /// Whether it stood in the book.
    pub is_maker: bool,
    /// Price in ticks.
    pub ticks: u32,
    /// How much.
    pub lots: i64,
    /// Quote units exchanged.
    pub notional: i64,
    /// Quote units paid besides.
    pub fee: i64,
}

/// Which ledger entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct LedgerFilter {
    /// Of one asset.
    pub asset: Option<AssetId>,
    /// Only what comes to or goes from a wallet, not what is held in it or given back: what a statement shows.
    pub without_holds: bool,
}

/// One leg of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Where it stands.
    pub spot: Spot,
    /// Which account changed.
    pub account: LedgerAccount,
    /// Units that came; what went is below zero.
    pub amount: i64,
    /// What the account had then.
    pub balance: i64,
    /// Why.
    pub cause: Cause,
    /// For which order; for a trade the taker's.
    pub order: Option<OrderId>,
}

/// What an account had behind some record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastBalance {
    /// Which.
    pub account: LedgerAccount,
    /// Units.
    pub balance: i64,
}

fn spot(row: &Row<'_>) -> Result<Spot, sqlx::Error> {
    let seq: i64 = row.get("seq")?;
    Ok(Spot { at: row.get("at")?, seq: seq.cast_unsigned(), line: row.get("line")? })
}

fn account(row: &Row<'_>) -> Result<LedgerAccount, sqlx::Error> {
    let owner: i64 = row.get("owner")?;
    Ok(LedgerAccount {
        owner: if owner == HOUSE { None } else { Some(OwnerId(narrow(owner)?)) },
        asset: AssetId(narrow(row.get("asset")?)?),
        bucket: Bucket::of_number(narrow(row.get("bucket")?)?)
            .ok_or_else(|| unreadable("a ledger account that this version does not know"))?,
    })
}

impl Fill {
    /// The columns of a row, in the order in which they are written.
    pub(super) fn values(&self) -> [Value<'static>; 14] {
        [
            Value::from(self.owner.0),
            Value::from(self.spot.at),
            Value::from(self.spot.seq.cast_signed()),
            Value::from(self.spot.line),
            Value::from(i64::from(self.market.0)),
            Value::from(self.trade.cast_signed()),
            Value::from(order_number(self.order)),
            Value::from(order_number(self.other_order)),
            Value::from(side_number(self.side)),
            Value::from(self.is_maker),
            Value::from(self.ticks),
            Value::from(self.lots),
            Value::from(self.notional),
            Value::from(self.fee),
        ]
    }
}

impl Record for Fill {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let trade: i64 = row.get("trade")?;
        Ok(Self {
            spot: spot(row)?,
            owner: OwnerId(row.get("owner")?),
            market: MarketId(narrow(row.get("market")?)?),
            trade: trade.cast_unsigned(),
            order: order_of(row.get("order_id")?),
            other_order: order_of(row.get("other_order_id")?),
            side: side_of(row.get("side")?)?,
            is_maker: row.get("is_maker")?,
            ticks: row.get("ticks")?,
            lots: row.get("lots")?,
            notional: row.get("notional")?,
            fee: row.get("fee")?,
        })
    }
}

impl Record for LedgerEntry {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            spot: spot(row)?,
            account: account(row)?,
            amount: row.get("amount")?,
            balance: row.get("balance")?,
            cause: Cause::of_number(narrow(row.get("cause")?)?)
                .ok_or_else(|| unreadable("a cause that this version does not know"))?,
            order: row.get::<Option<i64>>("order_id")?.map(order_of),
        })
    }
}

impl Record for LastBalance {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self { account: account(row)?, balance: row.get("balance")? })
    }
}

const LIST_FILLS: &str = "SELECT owner, at, seq, line, market, trade, order_id, other_order_id, side, is_maker, ticks, \
    lots, notional, fee FROM fill \
    WHERE owner = $1 AND at >= $2 AND (at, seq, line) < ($3, $4, $5) AND ($6 = -1 OR market = $6) \
    AND ($7 = 0 OR order_id = $8) ORDER BY at DESC, seq DESC, line DESC LIMIT $9";

const LIST_LEDGER: &str = "SELECT owner, at, seq, line, asset, bucket, amount, balance, cause, order_id \
    FROM ledger_entry WHERE owner = $1 AND at >= $2 AND (at, seq, line) < ($3, $4, $5) AND ($6 = -1 OR asset = $6) \
    AND ($7 = 0 OR cause NOT IN ($9, $10, $11, $12)) ORDER BY at DESC, seq DESC, line DESC LIMIT $8";

const LIST_LAST_BALANCES: &str = "SELECT owner, asset, bucket, balance FROM \
    (SELECT owner, asset, bucket, balance, ROW_NUMBER() OVER \
        (PARTITION BY owner, asset, bucket ORDER BY at DESC, seq DESC, line DESC) AS place \
     FROM ledger_entry WHERE owner > $1 AND owner <= $2 AND seq <= $3) AS placed WHERE place = 1 ORDER BY owner, asset, bucket";

impl History {
    /// A page of an owner's fills, newest first.
    pub async fn list_fills(
        &self,
        owner: OwnerId,
        filter: FillFilter,
        window: Window,
    ) -> Result<Vec<Fill>, StoreFault> {
        let Window { since, before, most } = window;
        let market = filter.market.map_or(ANY, |market| i64::from(market.0));
        let order = filter.order.map_or(0, order_number);
        let values = values![
            owner.0,
            since,
            before.at,
            before.seq.cast_signed(),
            before.line,
            market,
            filter.order.is_some(),
            order,
            most
        ];
        db::list((&self.db).into(), "listing fills", LIST_FILLS, values).await
    }

    /// A page of an owner's ledger entries, newest first; the house's for no owner.
    pub async fn list_ledger(
        &self,
        owner: Option<OwnerId>,
        filter: LedgerFilter,
        window: Window,
    ) -> Result<Vec<LedgerEntry>, StoreFault> {
        let Window { since, before, most } = window;
        let owner = owner.map_or(HOUSE, |owner| i64::from(owner.0));
        let asset = filter.asset.map_or(ANY, |asset| i64::from(asset.0));
        let [held, released, order_held, order_released] =
            Cause::HOLDS.map(|cause| i64::from(cause.number()));
        let values = values![
            owner,
            since,
            before.at,
            before.seq.cast_signed(),
            before.line,
            asset,
            filter.without_holds,
            most,
            held,
            released,
            order_held,
            order_released
        ];
        db::list((&self.db).into(), "listing ledger entries", LIST_LEDGER, values).await
    }

    /// What every account of so many owners had behind the record `at`, from `first` on; the house's for `None`. Equal to
    /// the engine's balances there, as long as history reaches that record; an account that nothing had moved is not there.
    /// Takes time in the number of entries.
    pub async fn list_last_balances(
        &self,
        first: Option<OwnerId>,
        owners: u32,
        at: u64,
    ) -> Result<Vec<LastBalance>, StoreFault> {
        let (before, last) = match first.map(|owner| i64::from(owner.0)) {
            None => (HOUSE - 1, HOUSE),
            Some(owner) => (owner - 1, owner - 1 + i64::from(owners)),
        };
        let values = values![before, last, at.cast_signed()];
        db::list_patiently(&self.db, "reading last balances", LIST_LAST_BALANCES, values).await
    }
}
