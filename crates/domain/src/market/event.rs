//! What happened, with every amount that a ledger or a view needs.

use super::command::{ClientOrderId, HoldId, Restriction, Wallet};
use super::instrument::{AssetId, MarketId, OrderId, OwnerId};
use super::order::{CancelReason, CommandRefused, Side};

/// What a command is answered; a retry gets the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out.
    Done,
    /// An asset was listed under this number.
    Asset(AssetId),
    /// A market was listed under this number.
    Market(MarketId),
    /// Ledger accounts were opened under this number.
    Owner(OwnerId),
    /// An order was accepted under this id; an amended one keeps or changes it.
    Order(OrderId),
    /// Nothing changed.
    Refused(CommandRefused),
}

impl Answer {
    /// Which kind it is, and the number that came into being or of the refusal: how a snapshot and the database keep it.
    pub const fn parts(self) -> (u8, u64) {
        match self {
            Self::Done => (0, 0),
            Self::Asset(asset) => (1, asset.0 as u64),
            Self::Market(market) => (2, market.0 as u64),
            Self::Owner(owner) => (3, owner.0 as u64),
            Self::Order(order) => (4, order.0),
            Self::Refused(refused) => (5, refused.number() as u64),
        }
    }
}

/// One thing that happened. A refused command makes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An asset was listed.
    AssetListed(AssetId),
    /// A market was listed.
    MarketListed(MarketId),
    /// Ledger accounts were opened.
    OwnerOpened(OwnerId),
    /// A deposit was credited to the main wallet.
    Deposited {
        /// To whom.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// Units moved to the other wallet.
    Transferred {
        /// Whose.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
        /// From where.
        from: Wallet,
    },
    /// Units went to another owner.
    Paid {
        /// Whose they were.
        owner: OwnerId,
        /// Whose they are.
        to: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
        /// From and to which.
        wallet: Wallet,
    },
    /// Units of a main wallet are held.
    Held {
        /// Under which name.
        hold: HoldId,
        /// Whose.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// Held units are available again.
    Released {
        /// Which hold ended.
        hold: HoldId,
        /// Whose.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// Held units have left custody.
    Settled {
        /// Which hold ended.
        hold: HoldId,
        /// Whose they were.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// An order was admitted.
    Accepted {
        /// Its id.
        order: OrderId,
        /// Whose.
        owner: OwnerId,
        /// Where.
        market: MarketId,
        /// Which way.
        side: Side,
        /// The client's own id.
        client_id: Option<ClientOrderId>,
    },
    /// Two orders traded.
    Traded {
        /// Where.
        market: MarketId,
        /// Number of the trade in its market.
        trade: u64,
        /// Who came.
        taker: OrderId,
        /// Who was there.
        maker: OrderId,
        /// Whose the taker is.
        taker_owner: OwnerId,
        /// Whose the maker is.
        maker_owner: OwnerId,
        /// Which way the taker went.
        taker_side: Side,
        /// The maker's price.
        ticks: u32,
        /// How much.
        lots: i64,
        /// Quote units exchanged.
        notional: i64,
        /// Quote units that the taker paid besides.
        taker_fee: i64,
        /// Quote units that the maker paid besides.
        maker_fee: i64,
        /// Lots of the maker that remain.
        maker_lots_left: i64,
    },
    /// What was not filled stands in the book.
    Rested {
        /// Which.
        order: OrderId,
        /// Whose.
        owner: OwnerId,
        /// Where.
        market: MarketId,
        /// Which way it goes.
        side: Side,
        /// Price in ticks.
        ticks: u32,
        /// Size in lots.
        lots: i64,
        /// Units held for it: quote of a buyer, base of a seller.
        held: i64,
    },
    /// An order is over without being filled whole.
    Cancelled {
        /// Which.
        order: OrderId,
        /// Whose.
        owner: OwnerId,
        /// Where.
        market: MarketId,
        /// Which way it went.
        side: Side,
        /// Lots that were not filled.
        lots_left: i64,
        /// Units that are available again: quote of a buyer, base of a seller; zero for one that never rested.
        released: i64,
        /// Why.
        reason: CancelReason,
    },
    /// Its owner, or self-trade prevention, took lots off a resting order, which keeps its place.
    Decreased {
        /// Which.
        order: OrderId,
        /// Whose.
        owner: OwnerId,
        /// Where.
        market: MarketId,
        /// Which way it goes.
        side: Side,
        /// Lots that remain.
        lots_left: i64,
        /// Units that are available again: quote of a buyer, base of a seller.
        released: i64,
    },
    /// The lots at a price changed. Sequences of a market have no gap.
    LevelChanged {
        /// Where.
        market: MarketId,
        /// Which side of the book.
        side: Side,
        /// Price in ticks.
        ticks: u32,
        /// Lots that stand there now; zero when none do.
        lots: i64,
        /// Number of this change in its market.
        sequence: u64,
    },
    /// A market takes no orders any more.
    Halted(MarketId),
    /// A market takes orders again.
    Resumed(MarketId),
    /// What an owner may do has changed.
    Restricted {
        /// Who.
        owner: OwnerId,
        /// From now on.
        restriction: Restriction,
    },
    /// The engine follows another set of rules from the next record on.
    RulesActivated(u16),
}
