//! What an order says.

use crate::time::Timestamp;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Base for quote.
    Buy,
    /// Quote for base.
    Sell,
}

impl Side {
    /// The side it trades with.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The name that forms, frames and styles use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// How long an order stays (FIX tag 59).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeInForce {
    /// Until it is filled or cancelled.
    GoodTillCancelled,
    /// What is not filled at once is cancelled.
    ImmediateOrCancel,
    /// Filled whole at once, or cancelled whole.
    FillOrKill,
    /// Until it is filled or cancelled, or this time has come.
    GoodTillTime(Timestamp),
}

impl TimeInForce {
    /// Whether what is not filled at once stays in the book.
    pub const fn rests(self) -> bool {
        matches!(self, Self::GoodTillCancelled | Self::GoodTillTime(_))
    }

    /// When it ends by itself.
    pub const fn deadline(self) -> Option<Timestamp> {
        match self {
            Self::GoodTillTime(deadline) => Some(deadline),
            Self::GoodTillCancelled | Self::ImmediateOrCancel | Self::FillOrKill => None,
        }
    }
}

/// What happens when an order would trade with another one of its owner; the taker's setting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelfTradePrevention {
    /// CN: the taker's rest is cancelled.
    CancelNewest,
    /// CO: the resting order is cancelled.
    CancelOldest,
    /// CB: both are cancelled.
    CancelBoth,
    /// DC: both shrink by the smaller one, which is cancelled.
    DecreaseAndCancel,
}

/// Price and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderKind {
    /// At this price or a better one.
    Limit {
        /// Price in ticks.
        ticks: u32,
        /// Size in lots.
        lots: i64,
        /// How long it stays.
        time_in_force: TimeInForce,
        /// Cancelled rather than take.
        post_only: bool,
    },
    /// So much base at any price within the band.
    MarketBySize {
        /// Size in lots.
        lots: i64,
    },
    /// Base for so much quote, at any price within the band. To sell, base worth so much quote.
    MarketByFunds {
        /// Quote units, fee not included.
        funds: i64,
    },
}

/// Why a command is refused. Nothing has changed then.
///
/// Snapshots keep them as numbers: new ones come last, and none is ever taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CommandRefused {
    /// No such asset.
    UnknownAsset,
    /// No such market.
    UnknownMarket,
    /// No such owner.
    UnknownOwner,
    /// No open order of this owner with this id.
    UnknownOrder,
    /// The asset's or market's description does not hold.
    Unsound,
    /// An amount that is not positive.
    Amount,
    /// More of the asset than may exist.
    TooMuchIssued,
    /// Less available than needed.
    InsufficientFunds,
    /// A size below the market's smallest, above its largest, or no size.
    Size,
    /// A notional below the market's smallest.
    Notional,
    /// A price of zero, or beyond what arithmetic allows.
    Price,
    /// A price outside the band around the last trade.
    PriceBand,
    /// As many open orders in this market as are allowed.
    TooManyOpenOrders,
    /// A client's order id that is in use, or was within the last 24 h.
    DuplicateClientOrderId,
    /// The market takes no orders.
    Halted,
    /// The owner may not do this now.
    Restricted,
    /// Instructions that exclude each other, such as post-only with fill-or-kill.
    Instructions,
    /// A time in force that is over already.
    Deadline,
    /// An amended size that is filled already.
    AlreadyFilled,
    /// No such hold.
    UnknownHold,
    /// A hold of this name is there.
    DuplicateHold,
    /// A set of rules that this engine does not know, or one that was left behind.
    UnknownRules,
    /// Another command was given this identity.
    DuplicateCommandId,
    /// A record that does not follow the one before it.
    Sequence,
    /// As many orders as the engine has places for.
    Full,
}

impl CommandRefused {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 25] = [
        Self::UnknownAsset,
        Self::UnknownMarket,
        Self::UnknownOwner,
        Self::UnknownOrder,
        Self::Unsound,
        Self::Amount,
        Self::TooMuchIssued,
        Self::InsufficientFunds,
        Self::Size,
        Self::Notional,
        Self::Price,
        Self::PriceBand,
        Self::TooManyOpenOrders,
        Self::DuplicateClientOrderId,
        Self::Halted,
        Self::Restricted,
        Self::Instructions,
        Self::Deadline,
        Self::AlreadyFilled,
        Self::UnknownHold,
        Self::DuplicateHold,
        Self::UnknownRules,
        Self::DuplicateCommandId,
        Self::Sequence,
        Self::Full,
    ];

    /// The number that a snapshot keeps.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The refusal of a number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Why an order left the book, or did not reach it, without being filled whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Its owner cancelled it.
    Asked,
    /// Replaced by an amended one.
    Amended,
    /// Post-only, and it would have taken.
    WouldTake,
    /// Immediate-or-cancel, or a market order that found no more.
    NoMoreLiquidity,
    /// Fill-or-kill, and not all of it could be filled.
    NotWhole,
    /// Self-trade prevention.
    SelfTrade,
    /// Its time has come.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_at_the_place_of_its_number() {
        for (place, refused) in (0..).zip(CommandRefused::ALL) {
            assert_eq!(refused.number(), place);
            assert_eq!(CommandRefused::of_number(place), Some(refused));
        }
    }
}
