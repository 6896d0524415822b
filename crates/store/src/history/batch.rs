//! One transaction of the projection.

use std::sync::Arc;

use doorward_domain::market::candle::Candle;
use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::ledger::{Cause, Leg};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use super::entry::Fill;
use super::number::{OrderState, TermColumns, Terms, order_number, side_number};
use super::{History, Projection};
use crate::db::{self, Rows, Tx};
use crate::fault::StoreFault;
use crate::row::{Value, values};

/// What the records of one transaction did, gathered: an order that comes and goes within it is one row.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Orders that were accepted.
    pub orders: Vec<NewOrder>,
    /// What happened to orders that were accepted before; one for each order.
    pub changes: Vec<OrderChange>,
    /// Fills, two for each trade.
    pub fills: Vec<Fill>,
    /// Legs of movements.
    pub entries: Vec<NewEntry>,
    /// What the trades add to candles of a minute; one for each market and minute.
    pub candles: Vec<Candle>,
}

/// An order with what became of it within the transaction.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder {
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// The record that accepted it: each accepts one at most.
    pub placed_seq: u64,
    /// When.
    pub placed_at: Timestamp,
    /// Which way.
    pub side: Side,
    /// What it asks for.
    pub terms: Terms,
    /// The client's own id.
    pub client_id: Option<ClientOrderId>,
    /// The order in whose stead it stands.
    pub replaces: Option<OrderId>,
    /// What became of it.
    pub change: OrderChange,
}

/// What happened to an order within one transaction.
#[derive(Debug, Clone, Copy)]
pub struct OrderChange {
    /// Which.
    pub order: OrderId,
    /// Lots that were filled.
    pub filled_lots: i64,
    /// Quote units that were exchanged for them.
    pub filled_notional: i64,
    /// Quote units that were paid besides.
    pub fee: i64,
    /// Lots that are left in the book now; zero once it is over.
    pub lots_left: i64,
    /// A size that its owner gave it instead: these lots, and what was filled before the transaction.
    pub new_lots: Option<i64>,
    /// How it stands.
    pub state: OrderState,
    /// The record that ended it, and when.
    pub closed: Option<(u64, Timestamp)>,
}

/// One leg of a movement.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry {
    /// When.
    pub at: Timestamp,
    /// The record.
    pub seq: u64,
    /// Its place among the entries of that record.
    pub line: i64,
    /// Which account changes, and by how much.
    pub leg: Leg,
    /// What the account has then.
    pub balance: i64,
    /// Why.
    pub cause: Cause,
}

const DOING: &str = "writing history";

const MOVE: &str = "UPDATE projection SET last_seq = $4, last_at = $5 \
    WHERE one = 1 AND journal_id = $1 AND epoch = $2 AND last_seq = $3";

static RECORD_ORDERS: Rows = Rows::new(
    "INSERT INTO placed_order (order_id, owner, market, placed_seq, placed_at, side, kind, ticks, lots, funds, \
     time_in_force, deadline_at, post_only, self_trade, client_id, replaces, filled_lots, filled_notional, fee, \
     lots_left, state, closed_seq, closed_at, reason) VALUES ",
    24,
    "",
);

// Both databases call the columns of VALUES column1, column2, … What stands to the right is what was there before.
static CHANGE_ORDERS: Rows = Rows::new(
    "UPDATE placed_order SET filled_lots = filled_lots + given.column2, \
     filled_notional = filled_notional + given.column3, fee = fee + given.column4, lots_left = given.column5, \
     lots = CASE WHEN given.column6 IS NULL THEN lots ELSE filled_lots + given.column6 END, state = given.column7, closed_seq = given.column8, \
     closed_at = given.column9, reason = given.column10 FROM (VALUES ",
    10,
    ") AS given WHERE order_id = given.column1",
);

static RECORD_FILLS: Rows = Rows::new(
    "INSERT INTO fill (owner, at, seq, line, market, trade, order_id, other_order_id, side, is_maker, ticks, lots, \
     notional, fee) VALUES ",
    14,
    "",
);

static RECORD_ENTRIES: Rows = Rows::new(
    "INSERT INTO ledger_entry (owner, at, seq, line, asset, bucket, amount, balance, cause, order_id) VALUES ",
    10,
    "",
);

impl History {
    /// Writes what the records behind `from` up to `to` did, and moves the sequence from the one to the other.
    ///
    /// False, and nothing is written, when history is not where the caller left it: somebody else writes, and the caller
    /// must stop.
    pub async fn record_batch(
        &self,
        projection: Projection,
        from: u64,
        (to, at): (u64, Timestamp),
        batch: &Arc<Batch>,
    ) -> Result<bool, StoreFault> {
        let batch = Arc::clone(batch);
        let written = self
            .db
            .write(DOING, move |tx| {
                Box::pin(async move {
                    let Projection { journal_id, epoch } = projection;
                    let (from, to) = (from.cast_signed(), to.cast_signed());
                    let values = values![&journal_id, epoch, from, to, at];
                    if !db::change_one(tx, DOING, MOVE, values).await? {
                        return Err(Stopped::Elsewhere);
                    }
                    write(tx, &batch).await.map_err(Stopped::Fault)
                })
            })
            .await;
        match written {
            Ok(()) => Ok(true),
            Err(Stopped::Elsewhere) => Ok(false),
            Err(Stopped::Fault(fault)) => Err(fault),
        }
    }
}

/// Why a transaction of the projection was taken back.
enum Stopped {
    Elsewhere,
    Fault(StoreFault),
}

impl From<StoreFault> for Stopped {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault)
    }
}

async fn write(tx: &mut Tx, batch: &Batch) -> Result<(), StoreFault> {
    let client_ids: Vec<Option<[u8; 16]>> =
        batch.orders.iter().map(|order| order.client_id.map(|id| id.0.get().to_be_bytes())).collect();
    let orders: Vec<Value<'_>> = batch
        .orders
        .iter()
        .zip(&client_ids)
        .flat_map(|(order, client_id)| order.values(client_id.as_ref()))
        .collect();
    db::change_rows(tx, DOING, &RECORD_ORDERS, &orders).await?;
    let changes: Vec<Value<'_>> = batch.changes.iter().flat_map(OrderChange::values).collect();
    let changed = db::change_rows(tx, DOING, &CHANGE_ORDERS, &changes).await?;
    if changed != batch.changes.len() as u64 {
        return Err(StoreFault::misuse(DOING, "an order that was accepted is missing: rebuild history"));
    }
    let fills: Vec<Value<'_>> = batch.fills.iter().flat_map(Fill::values).collect();
    db::change_rows(tx, DOING, &RECORD_FILLS, &fills).await?;
    let entries: Vec<Value<'_>> = batch.entries.iter().flat_map(NewEntry::values).collect();
    db::change_rows(tx, DOING, &RECORD_ENTRIES, &entries).await?;
    super::candle::record_candles(tx, &batch.candles).await
}

impl NewOrder {
    fn values<'v>(&self, client_id: Option<&'v [u8; 16]>) -> [Value<'v>; 24] {
        let terms = TermColumns::from(self.terms);
        let [
            order,
            filled_lots,
            filled_notional,
            fee,
            lots_left,
            new_lots,
            state,
            closed_seq,
            closed_at,
            reason,
        ] = self.change.values();
        // A size that was given within the transaction stands in the place of the first one.
        let lots = if self.change.new_lots.is_some() { new_lots } else { Value::from(terms.lots) };
        [
            order,
            Value::from(self.owner.0),
            Value::from(i64::from(self.market.0)),
            Value::from(self.placed_seq.cast_signed()),
            Value::from(self.placed_at),
            Value::from(side_number(self.side)),
            Value::from(terms.kind),
            Value::from(terms.ticks),
            lots,
            Value::from(terms.funds),
            Value::from(terms.time_in_force),
            Value::from(terms.deadline_at),
            Value::from(terms.post_only),
            Value::from(terms.self_trade),
            Value::Bytes(client_id.map(<[u8; 16]>::as_slice)),
            Value::from(self.replaces.map(order_number)),
            filled_lots,
            filled_notional,
            fee,
            lots_left,
            state,
            closed_seq,
            closed_at,
            reason,
        ]
    }
}

impl OrderChange {
    fn values(&self) -> [Value<'static>; 10] {
        let (state, reason) = self.state.numbers();
        [
            Value::from(order_number(self.order)),
            Value::from(self.filled_lots),
            Value::from(self.filled_notional),
            Value::from(self.fee),
            Value::from(self.lots_left),
            Value::from(self.new_lots),
            Value::from(state),
            Value::from(self.closed.map(|(seq, _)| seq.cast_signed())),
            Value::from(self.closed.map(|(_, at)| at)),
            Value::from(reason),
        ]
    }
}

impl NewEntry {
    fn values(&self) -> [Value<'static>; 10] {
        let account = self.leg.account;
        [
            Value::from(account.owner.map_or(super::entry::HOUSE, |owner| i64::from(owner.0))),
            Value::from(self.at),
            Value::from(self.seq.cast_signed()),
            Value::from(self.line),
            Value::from(i64::from(account.asset.0)),
            Value::from(i64::from(account.bucket.number())),
            Value::from(self.leg.amount),
            Value::from(self.balance),
            Value::from(i64::from(self.cause.number())),
            Value::from(self.leg.order.map(order_number)),
        ]
    }
}
