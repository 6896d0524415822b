//! What can be asked of the engine.

use std::num::NonZeroU128;

use crate::account::AccountStatus;
use crate::action::Action;
use crate::jurisdiction::Mode;
use crate::time::Timestamp;

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

impl Restriction {
    /// Nothing but cancelling.
    pub const ALL: Self = Self { no_buying: true, no_selling: true, no_leaving: true };

    /// What the state of an account and the rules of its verified residence leave its owner.
    pub const fn of(status: AccountStatus, mode: Mode) -> Self {
        match status {
            AccountStatus::Frozen => Self::ALL,
            AccountStatus::Open => Self {
                no_buying: !mode.allows(Action::Buy),
                no_selling: !mode.allows(Action::Sell),
                no_leaving: !mode.allows(Action::Withdraw),
            },
        }
    }
}

/// A client's name for its order, hashed together with its owner to 128 bits.
///
/// Hashed with a key of the house: a client that could choose the result would choose where it lies in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrderId(pub NonZeroU128);

/// The identity of a command, made by the house, never by a client: the same one again gets the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub NonZeroU128);

/// Units held in a main wallet for something outside the market, such as a withdrawal; named by whoever holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldId(pub NonZeroU128);

/// One entry of the journal: a command with its place and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Its number; the first is one, and none is left out.
    pub sequence: u64,
    /// When the sequencer took it; never before the record before it.
    pub at: Timestamp,
    /// Its identity; none for what the house itself sends and never sends again.
    pub id: Option<CommandId>,
    /// What is asked.
    pub command: Command,
}

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

/// A change of an open order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmendOrder {
    /// Whose.
    pub owner: OwnerId,
    /// Which.
    pub order: OrderId,
    /// Its price from now on, in ticks.
    pub ticks: u32,
    /// Its size from now on in lots, counting what is filled.
    pub lots: i64,
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
    /// Move to another owner, such as a sub-account, within the same wallet.
    Pay {
        /// Whose.
        owner: OwnerId,
        /// To whom.
        to: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
        /// From and to which.
        wallet: Wallet,
    },
    /// Hold units of a main wallet until they are released or settled.
    Hold {
        /// Under which name.
        hold: HoldId,
        /// Whose.
        owner: OwnerId,
        /// Of what.
        asset: AssetId,
        /// Units.
        amount: i64,
    },
    /// Give held units back.
    Release(HoldId),
    /// Held units have left custody.
    Settle(HoldId),
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
    /// Cancel all open orders of an owner, newest first.
    CancelAll {
        /// Whose.
        owner: OwnerId,
        /// Where; `None` for every market.
        market: Option<MarketId>,
    },
    /// Change an open order: a smaller size at the same price keeps its place, everything else is a new order in its stead.
    Amend(AmendOrder),
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
    /// Nothing but the time: deadlines that have passed are carried out.
    Tick,
    /// From the next record on the engine follows this set of rules.
    ActivateRules(u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_stops_everything_and_a_residence_what_its_rules_close() {
        let open = |mode| Restriction::of(AccountStatus::Open, mode);
        let closing = Restriction { no_buying: true, ..Restriction::default() };
        let leaving = Restriction { no_leaving: false, ..Restriction::ALL };
        assert_eq!(open(Mode::Open), Restriction::default());
        assert_eq!(open(Mode::Closing), closing);
        assert_eq!(open(Mode::WithdrawOnly), leaving);
        assert_eq!(open(Mode::Blocked), Restriction::ALL);
        for mode in [Mode::Open, Mode::Closing, Mode::WithdrawOnly, Mode::Blocked] {
            assert_eq!(Restriction::of(AccountStatus::Frozen, mode), Restriction::ALL);
        }
    }
}
