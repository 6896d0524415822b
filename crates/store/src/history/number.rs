//! What history keeps as numbers.

use doorward_domain::market::instrument::OrderId;
use doorward_domain::market::order::{CancelReason, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;

use crate::row::unreadable;

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// It stands in its book.
    Open,
    /// Nothing of it is left to fill.
    Filled,
    /// It ended with something unfilled.
    Cancelled(CancelReason),
}

/// What an order asks for, beyond its price and size: an amended order goes on with the old one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Price, size, and how long it stays.
    pub kind: OrderKind,
    /// What happens when it meets another order of its owner.
    pub self_trade: Option<SelfTradePrevention>,
}

const REASONS: [CancelReason; 7] = [
    CancelReason::Asked,
    CancelReason::Amended,
    CancelReason::WouldTake,
    CancelReason::NoMoreLiquidity,
    CancelReason::NotWhole,
    CancelReason::SelfTrade,
    CancelReason::Expired,
];
const PREVENTIONS: [SelfTradePrevention; 4] = [
    SelfTradePrevention::CancelNewest,
    SelfTradePrevention::CancelOldest,
    SelfTradePrevention::CancelBoth,
    SelfTradePrevention::DecreaseAndCancel,
];

/// The place of a member in its list, counted from `first`.
fn place_in<T: PartialEq>(list: &[T], member: &T, first: i64) -> i64 {
    (first..).zip(list).find(|(_, known)| *known == member).map_or(first, |(place, _)| place)
}

fn member_of<T: Copy>(list: &[T], place: i64, first: i64) -> Option<T> {
    usize::try_from(place - first).ok().and_then(|place| list.get(place)).copied()
}

impl OrderState {
    /// State and reason.
    pub(super) fn numbers(self) -> (i64, Option<i64>) {
        match self {
            Self::Open => (0, None),
            Self::Filled => (1, None),
            Self::Cancelled(reason) => (2, Some(place_in(&REASONS, &reason, 0))),
        }
    }

    pub(super) fn of_numbers(state: i64, reason: Option<i64>) -> Result<Self, sqlx::Error> {
        match (state, reason.and_then(|reason| member_of(&REASONS, reason, 0))) {
            (0, None) => Ok(Self::Open),
            (1, None) => Ok(Self::Filled),
            (2, Some(reason)) => Ok(Self::Cancelled(reason)),
            _ => Err(unreadable("a state of an order that this version does not know")),
        }
    }
}

/// An order's terms, column by column.
#[derive(Debug, Default)]
pub(super) struct TermColumns {
    pub(super) kind: i64,
    pub(super) ticks: Option<i64>,
    pub(super) lots: Option<i64>,
    pub(super) funds: Option<i64>,
    pub(super) time_in_force: i64,
    pub(super) deadline_at: Option<Timestamp>,
    pub(super) post_only: bool,
    pub(super) self_trade: i64,
}

impl From<Terms> for TermColumns {
    fn from(terms: Terms) -> Self {
        let self_trade = terms.self_trade.map_or(0, |prevention| place_in(&PREVENTIONS, &prevention, 1));
        // Market orders take what there is at once and leave the rest.
        let mut columns = Self { self_trade, time_in_force: 1, ..Self::default() };
        match terms.kind {
            OrderKind::Limit { ticks, lots, time_in_force, post_only } => {
                (columns.ticks, columns.lots) = (Some(i64::from(ticks)), Some(lots));
                columns.post_only = post_only;
                columns.deadline_at = time_in_force.deadline();
                columns.time_in_force = match time_in_force {
                    TimeInForce::GoodTillCancelled => 0,
                    TimeInForce::ImmediateOrCancel => 1,
                    TimeInForce::FillOrKill => 2,
                    TimeInForce::GoodTillTime(_) => 3,
                };
            }
            OrderKind::MarketBySize { lots } => (columns.kind, columns.lots) = (1, Some(lots)),
            OrderKind::MarketByFunds { funds } => (columns.kind, columns.funds) = (2, Some(funds)),
        }
        columns
    }
}

impl TermColumns {
    pub(super) fn terms(&self) -> Result<Terms, sqlx::Error> {
        self.read().ok_or_else(|| unreadable("terms of an order that this version does not know"))
    }

    fn read(&self) -> Option<Terms> {
        let kind = match self.kind {
            0 => OrderKind::Limit {
                ticks: u32::try_from(self.ticks?).ok()?,
                lots: self.lots?,
                time_in_force: match (self.time_in_force, self.deadline_at) {
                    (0, None) => TimeInForce::GoodTillCancelled,
                    (1, None) => TimeInForce::ImmediateOrCancel,
                    (2, None) => TimeInForce::FillOrKill,
                    (3, Some(deadline)) => TimeInForce::GoodTillTime(deadline),
                    _ => return None,
                },
                post_only: self.post_only,
            },
            1 => OrderKind::MarketBySize { lots: self.lots? },
            2 => OrderKind::MarketByFunds { funds: self.funds? },
            _ => return None,
        };
        let self_trade = match self.self_trade {
            0 => None,
            number => Some(member_of(&PREVENTIONS, number, 1)?),
        };
        Some(Terms { kind, self_trade })
    }
}

pub(super) const fn side_number(side: Side) -> i64 {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

pub(super) fn side_of(number: i64) -> Result<Side, sqlx::Error> {
    match number {
        0 => Ok(Side::Buy),
        1 => Ok(Side::Sell),
        _ => Err(unreadable("a side that this version does not know")),
    }
}

/// Ids of orders use all 64 bits.
pub(super) const fn order_number(order: OrderId) -> i64 {
    order.0.cast_signed()
}

pub(super) const fn order_of(number: i64) -> OrderId {
    OrderId(number.cast_unsigned())
}

/// A small number that the database keeps as a large one.
pub(super) fn narrow<T: TryFrom<i64>>(number: i64) -> Result<T, sqlx::Error> {
    T::try_from(number).map_err(|_| unreadable("a number out of range"))
}
