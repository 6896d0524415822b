//! Reading orders.

use std::num::NonZeroU128;

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use super::History;
use super::entry::Window;
use super::number::{OrderState, TermColumns, Terms, narrow, order_number, order_of, side_of};
use crate::db;
use crate::fault::StoreFault;
use crate::row::{Record, Row, unreadable, values};

/// Which orders.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrderFilter {
    /// Of one market.
    pub market: Option<MarketId>,
    /// Only those that are over.
    pub done: bool,
}

/// An order that was accepted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its id.
    pub order: OrderId,
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// The record that accepted it: pages go on before it.
    pub placed_seq: u64,
    /// When.
    pub placed_at: Timestamp,
    /// Which way.
    pub side: Side,
    /// What it asks for, its size as its owner changed it last.
    pub terms: Terms,
    /// The client's own id.
    pub client_id: Option<ClientOrderId>,
    /// The order in whose stead it stands.
    pub replaces: Option<OrderId>,
    /// Lots that were filled.
    pub filled_lots: i64,
    /// Quote units that were exchanged for them.
    pub filled_notional: i64,
    /// Quote units that were paid besides.
    pub fee: i64,
    /// Lots that stand in the book; zero once it is over.
    pub lots_left: i64,
    /// How it stands.
    pub state: OrderState,
    /// The record that ended it, and when.
    pub closed: Option<(u64, Timestamp)>,
}

impl Record for PlacedOrder {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let terms = TermColumns {
            kind: row.get("kind")?,
            ticks: row.get("ticks")?,
            lots: row.get("lots")?,
            funds: row.get("funds")?,
            time_in_force: row.get("time_in_force")?,
            deadline_at: row.get("deadline_at")?,
            post_only: row.get("post_only")?,
            self_trade: row.get("self_trade")?,
        };
        let placed_seq: i64 = row.get("placed_seq")?;
        let closed_seq: Option<i64> = row.get("closed_seq")?;
        Ok(Self {
            order: order_of(row.get("order_id")?),
            owner: OwnerId(row.get("owner")?),
            market: MarketId(narrow(row.get("market")?)?),
            placed_seq: placed_seq.cast_unsigned(),
            placed_at: row.get("placed_at")?,
            side: side_of(row.get("side")?)?,
            terms: terms.terms()?,
            client_id: row.get::<Option<Vec<u8>>>("client_id")?.map(client_id).transpose()?,
            replaces: row.get::<Option<i64>>("replaces")?.map(order_of),
            filled_lots: row.get("filled_lots")?,
            filled_notional: row.get("filled_notional")?,
            fee: row.get("fee")?,
            lots_left: row.get("lots_left")?,
            state: OrderState::of_numbers(row.get("state")?, row.get("reason")?)?,
            closed: closed_seq.map(i64::cast_unsigned).zip(row.get("closed_at")?),
        })
    }
}

fn client_id(bytes: Vec<u8>) -> Result<ClientOrderId, sqlx::Error> {
    let bytes = <[u8; 16]>::try_from(bytes).ok().map(u128::from_be_bytes);
    let id = bytes.and_then(NonZeroU128::new);
    id.map(ClientOrderId).ok_or_else(|| unreadable("a client's order id of another length"))
}

const FIND_ORDER: &str = "SELECT order_id, owner, market, placed_seq, placed_at, side, kind, ticks, lots, funds, time_in_force, \
     deadline_at, post_only, self_trade, client_id, replaces, filled_lots, filled_notional, fee, lots_left, \
     state, closed_seq, closed_at, reason FROM placed_order \
     WHERE order_id = $1 AND owner = $2";
// One client id may be used again a day after its order is over: the newest counts.
const FIND_CLIENT_ORDER: &str = "SELECT order_id, owner, market, placed_seq, placed_at, side, kind, ticks, lots, funds, time_in_force, \
     deadline_at, post_only, self_trade, client_id, replaces, filled_lots, filled_notional, fee, lots_left, \
     state, closed_seq, closed_at, reason FROM placed_order \
     WHERE client_id = $1 AND owner = $2 ORDER BY placed_seq DESC LIMIT 1";
const LIST_ORDERS: &str = "SELECT order_id, owner, market, placed_seq, placed_at, side, kind, ticks, lots, funds, time_in_force, \
     deadline_at, post_only, self_trade, client_id, replaces, filled_lots, filled_notional, fee, lots_left, \
     state, closed_seq, closed_at, reason FROM placed_order \
     WHERE owner = $1 AND placed_at >= $2 AND (placed_at, placed_seq) < ($3, $4) AND ($5 = -1 OR market = $5) \
     AND ($6 = 0 OR state <> 0) ORDER BY placed_at DESC, placed_seq DESC LIMIT $7";
const LIST_OPEN_ORDERS: &str = "SELECT order_id, owner, market, placed_seq, placed_at, side, kind, ticks, lots, funds, time_in_force, \
     deadline_at, post_only, self_trade, client_id, replaces, filled_lots, filled_notional, fee, lots_left, \
     state, closed_seq, closed_at, reason FROM placed_order \
     WHERE state = 0 AND order_id >= $1 ORDER BY order_id LIMIT $2";

impl History {
    /// An order of this owner.
    pub async fn find_order(
        &self,
        owner: OwnerId,
        order: OrderId,
    ) -> Result<Option<PlacedOrder>, StoreFault> {
        let values = values![order_number(order), owner.0];
        db::find((&self.db).into(), "reading an order", FIND_ORDER, values).await
    }

    /// The newest order to which its owner gave this id.
    pub async fn find_client_order(
        &self,
        owner: OwnerId,
        client_id: ClientOrderId,
    ) -> Result<Option<PlacedOrder>, StoreFault> {
        let client_id = client_id.0.get().to_be_bytes();
        let values = values![&client_id, owner.0];
        db::find((&self.db).into(), "reading an order", FIND_CLIENT_ORDER, values).await
    }

    /// A page of an owner's orders by when they were placed, newest first. Of `window.before` the line does not matter.
    pub async fn list_orders(
        &self,
        owner: OwnerId,
        filter: OrderFilter,
        window: Window,
    ) -> Result<Vec<PlacedOrder>, StoreFault> {
        let Window { since, before, most } = window;
        let market = filter.market.map_or(-1, |market| i64::from(market.0));
        let values = values![owner.0, since, before.at, before.seq.cast_signed(), market, filter.done, most];
        db::list((&self.db).into(), "listing orders", LIST_ORDERS, values).await
    }

    /// So many open orders behind `after`, by the number that the database has for their id. Together they equal the
    /// engine's at the sequence that history reaches.
    pub async fn list_open_orders(
        &self,
        after: Option<OrderId>,
        most: u32,
    ) -> Result<Vec<PlacedOrder>, StoreFault> {
        let first = after.map_or(i64::MIN, |order| order_number(order).saturating_add(1));
        db::list((&self.db).into(), "listing open orders", LIST_OPEN_ORDERS, values![first, most]).await
    }
}
