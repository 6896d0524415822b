//! What can be asked of the engine.

use super::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use super::order::{OrderKind, SelfTradePrevention, Side};

/// Where an owner's units are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wallet {
    /// What deposits credit and withdrawals take.
    Main,
    /// What orders use.
    Trade,
}

/// What an owner may not do for now (entry rules 6 and 7, as they reach the engine).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Restriction {
    /// No order that buys.
    pub no_buying: bool,
    /// No order that sells.
    pub no_selling: bool,
    /// No transfer that leaves.
    pub no_leaving: bool,
}

/// A client's name for its order, hashed together with its owner to 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientOrderId(pub u128);

/// A new order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// Price and size.
    pub kind: OrderKind,
    /// What happens when it meets another order of its owner; `None` lets them trade.
    pub self_trade: Option<SelfTradePrevention>,
    /// The client's own id.
    pub client_id: Option<ClientOrderId>,
}

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// List an asset; it gets the next number.
    ListAsset(AssetSpec),
    /// List a market; it gets the next number.
    ListMarket(MarketSpec),
    /// Open the ledger accounts of an owner; it gets the next number.
    OpenOwner,
    /// Credit what arrived in custody.
    Deposit {
        /// To whom.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// Move between an owner's wallets.
    Transfer {
        /// Whose.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
        /// From where; to the other one.
        from: Wallet,
    },
    /// Place an order.
    Place(PlaceOrder),
    /// Cancel an open order.
    Cancel {
        /// Whose.
        owner: OwnerId,
        /// Which.
        order: OrderId,
    },
    /// Cancel all open orders of an owner in a market.
    CancelAll {
        /// Whose.
        owner: OwnerId,
        /// Where.
        market: MarketId,
    },
    /// Take no more orders; cancels work.
    Halt(MarketId),
    /// Take orders again.
    Resume(MarketId),
    /// Change what an owner may do.
    Restrict {
        /// Who.
        owner: OwnerId,
        /// From now on.
        restriction: Restriction,
    },
}
