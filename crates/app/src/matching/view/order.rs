//! One order as its owner sees it.

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{CancelReason, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::OpenOrder;

/// Whether an order goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// It stands in the book.
    Open,
    /// All of it was filled.
    Filled {
        /// When.
        at: Timestamp,
    },
    /// It ended before.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why.
        reason: CancelReason,
    },
}

/// An order. What it did before the last start of the program is counted only as far as the engine itself still needs it;
/// history knows all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewOrder {
    /// Its id.
    pub id: OrderId,
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// Price and size as asked; of an amended order as it is now.
    pub kind: OrderKind,
    /// What happens when it meets another order of its owner.
    pub self_trade: Option<SelfTradePrevention>,
    /// The client's own id.
    pub client_id: Option<ClientOrderId>,
    /// Whether it goes on.
    pub state: OrderState,
    /// Lots that are not filled; of a closed one those that never were.
    pub lots_left: i64,
    /// Lots that were filled.
    pub filled_lots: i64,
    /// Quote units for which they were.
    pub filled_notional: i64,
    /// Quote units of fees for them.
    pub fee: i64,
    /// The record that placed it; zero when that is not known any more.
    pub sequence: u64,
    /// When that was.
    pub placed_at: Option<Timestamp>,
}

impl ViewOrder {
    /// Price in ticks; none of a market order.
    pub const fn ticks(&self) -> Option<u32> {
        match self.kind {
            OrderKind::Limit { ticks, .. } => Some(ticks),
            OrderKind::MarketBySize { .. } | OrderKind::MarketByFunds { .. } => None,
        }
    }

    pub(super) fn of_engine(order: &OpenOrder) -> Self {
        let time_in_force = order.deadline.map_or(TimeInForce::GoodTillCancelled, TimeInForce::GoodTillTime);
        let (ticks, lots, post_only) = (order.ticks, order.lots, order.post_only);
        Self {
            id: order.id,
            owner: order.owner,
            market: order.market,
            side: order.side,
            kind: OrderKind::Limit { ticks, lots, time_in_force, post_only },
            self_trade: order.self_trade,
            client_id: order.client_id,
            state: OrderState::Open,
            lots_left: order.lots_left,
            filled_lots: order.lots - order.lots_left,
            filled_notional: 0,
            fee: 0,
            sequence: 0,
            placed_at: None,
        }
    }

    /// Part of it traded.
    pub(super) fn fill(&mut self, lots: i64, notional: i64, fee: i64) {
        self.filled_lots += lots;
        self.filled_notional += notional;
        self.fee += fee;
    }

    /// A limit order's size is what was filled and what is left.
    pub(super) fn resize(&mut self) {
        if let OrderKind::Limit { lots, .. } = &mut self.kind {
            *lots = self.filled_lots + self.lots_left;
        }
    }
}
