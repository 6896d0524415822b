//! Double entry: which ledger accounts an event moves units between (market rules 1).

use super::command::Wallet;
use super::event::Event;
use super::instrument::{AssetId, Market, MarketId, OrderId, OwnerId};
use super::order::Side;

/// Where units of an asset are counted: the first four of an owner, the others of the house.
///
/// History keeps them as numbers: new ones come last, and none is ever taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Bucket {
    /// Main wallet, available.
    Main,
    /// Main wallet, held for what is on its way out.
    MainHeld,
    /// Trade wallet, available.
    Trade,
    /// Trade wallet, held for open orders.
    TradeHeld,
    /// Fees that the house took.
    Fees,
    /// Minus what custody keeps for everybody.
    Custody,
}

impl Bucket {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 6] =
        [Self::Main, Self::MainHeld, Self::Trade, Self::TradeHeld, Self::Fees, Self::Custody];

    /// The number that history keeps.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The bucket of a number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether every owner has one; otherwise the house alone.
    pub const fn is_of_owner(self) -> bool {
        matches!(self, Self::Main | Self::MainHeld | Self::Trade | Self::TradeHeld)
    }

    /// As an operator reads it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::MainHeld => "main-held",
            Self::Trade => "trade",
            Self::TradeHeld => "trade-held",
            Self::Fees => "fees",
            Self::Custody => "custody",
        }
    }
}

/// An account of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerAccount {
    /// Whose; none for the house.
    pub owner: Option<OwnerId>,
    /// Of what.
    pub asset: AssetId,
    /// Which of their accounts.
    pub bucket: Bucket,
}

impl std::fmt::Display for LedgerAccount {
    /// `owner 7, asset 0, trade-held`, or `house, asset 0, fees`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.owner {
            Some(owner) => write!(f, "owner {}, ", owner.0)?,
            None => f.write_str("house, ")?,
        }
        write!(f, "asset {}, {}", self.asset.0, self.bucket.name())
    }
}

/// One side of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Which account changes.
    pub account: LedgerAccount,
    /// Units that come; what goes is below zero.
    pub amount: i64,
    /// For which order.
    pub order: Option<OrderId>,
}

/// Why units move.
///
/// History keeps them as numbers: new ones come last, and none is ever taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// Something arrived in custody.
    Deposit,
    /// Between the wallets of one owner.
    Transfer,
    /// From one owner to another.
    Payment,
    /// Held for something outside the market, such as a withdrawal.
    Hold,
    /// Such a hold was given back.
    Release,
    /// Such a hold has left custody.
    Settlement,
    /// Two orders traded.
    Trade,
    /// Held for an order that stands in a book.
    OrderHeld,
    /// An order needs less or nothing any more.
    OrderReleased,
}

impl Cause {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 9] = [
        Self::Deposit,
        Self::Transfer,
        Self::Payment,
        Self::Hold,
        Self::Release,
        Self::Settlement,
        Self::Trade,
        Self::OrderHeld,
        Self::OrderReleased,
    ];

    /// Those that move nothing to or from a wallet: something of it is held, or given back.
    pub const HOLDS: [Self; 4] = [Self::Hold, Self::Release, Self::OrderHeld, Self::OrderReleased];

    /// The number that history keeps.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The cause of a number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Appends the legs of an event, which sum to zero for each asset, and says why they move. `None`, and nothing is appended,
/// when it moves nothing.
///
/// `market` gives the facts of the market that the event names; an event of a market that it does not know moves nothing.
pub fn legs_of<'m>(
    event: &Event,
    market: impl Fn(MarketId) -> Option<&'m Market>,
    legs: &mut Vec<Leg>,
) -> Option<Cause> {
    let own = |owner, asset, bucket| LedgerAccount { owner: Some(owner), asset, bucket };
    let house = |asset, bucket| LedgerAccount { owner: None, asset, bucket };
    let (cause, order, from, to, amount) = match *event {
        Event::Deposited { owner, asset, amount } => {
            (Cause::Deposit, None, house(asset, Bucket::Custody), own(owner, asset, Bucket::Main), amount)
        }
        Event::Transferred { owner, asset, amount, from } => {
            let to = match from {
                Wallet::Main => Bucket::Trade,
                Wallet::Trade => Bucket::Main,
            };
            (Cause::Transfer, None, own(owner, asset, available(from)), own(owner, asset, to), amount)
        }
        Event::Paid { owner, to, asset, amount, wallet } => {
            let bucket = available(wallet);
            (Cause::Payment, None, own(owner, asset, bucket), own(to, asset, bucket), amount)
        }
        Event::Held { owner, asset, amount, .. } => {
            let (from, to) = (own(owner, asset, Bucket::Main), own(owner, asset, Bucket::MainHeld));
            (Cause::Hold, None, from, to, amount)
        }
        Event::Released { owner, asset, amount, .. } => {
            let (from, to) = (own(owner, asset, Bucket::MainHeld), own(owner, asset, Bucket::Main));
            (Cause::Release, None, from, to, amount)
        }
        Event::Settled { owner, asset, amount, .. } => {
            let (from, to) = (own(owner, asset, Bucket::MainHeld), house(asset, Bucket::Custody));
            (Cause::Settlement, None, from, to, amount)
        }
        Event::Rested { order, owner, market: id, side, held, .. } => {
            let asset = market(id)?.paid_with(side);
            let (from, to) = (own(owner, asset, Bucket::Trade), own(owner, asset, Bucket::TradeHeld));
            (Cause::OrderHeld, Some(order), from, to, held)
        }
        Event::Cancelled { order, owner, market: id, side, released, .. }
        | Event::Decreased { order, owner, market: id, side, released, .. } => {
            let asset = market(id)?.paid_with(side);
            let (from, to) = (own(owner, asset, Bucket::TradeHeld), own(owner, asset, Bucket::Trade));
            (Cause::OrderReleased, Some(order), from, to, released)
        }
        Event::Traded { market: id, .. } => {
            trade(event, market(id)?, legs);
            return Some(Cause::Trade);
        }
        Event::AssetListed(_)
        | Event::MarketListed(_)
        | Event::OwnerOpened(_)
        | Event::Accepted { .. }
        | Event::LevelChanged { .. }
        | Event::Halted(_)
        | Event::Resumed(_)
        | Event::Restricted { .. }
        | Event::RulesActivated(_) => return None,
    };
    if amount == 0 {
        return None;
    }
    legs.push(Leg { account: from, amount: -amount, order });
    legs.push(Leg { account: to, amount, order });
    Some(cause)
}

/// The maker pays out of what it held, the taker out of what is available, and both pay their fee in quote.
fn trade(event: &Event, market: &Market, legs: &mut Vec<Leg>) {
    let Event::Traded {
        taker,
        maker,
        taker_owner,
        maker_owner,
        taker_side,
        lots,
        notional,
        taker_fee,
        maker_fee,
        ..
    } = *event
    else {
        return;
    };
    let (base, quote, units) = (market.spec.base, market.spec.quote, market.base_units(lots));
    let mut leg = |(owner, order), asset, bucket, amount| {
        if amount != 0 {
            legs.push(Leg { account: LedgerAccount { owner, asset, bucket }, amount, order: Some(order) });
        }
    };
    let (of_taker, of_maker) = ((Some(taker_owner), taker), (Some(maker_owner), maker));
    match taker_side {
        Side::Buy => {
            leg(of_maker, base, Bucket::TradeHeld, -units);
            leg(of_taker, base, Bucket::Trade, units);
            leg(of_taker, quote, Bucket::Trade, -notional - taker_fee);
            leg(of_maker, quote, Bucket::Trade, notional - maker_fee);
        }
        Side::Sell => {
            leg(of_taker, base, Bucket::Trade, -units);
            leg(of_maker, base, Bucket::Trade, units);
            leg(of_maker, quote, Bucket::TradeHeld, -notional - maker_fee);
            leg(of_taker, quote, Bucket::Trade, notional - taker_fee);
        }
    }
    leg((None, taker), quote, Bucket::Fees, taker_fee + maker_fee);
}

const fn available(wallet: Wallet) -> Bucket {
    match wallet {
        Wallet::Main => Bucket::Main,
        Wallet::Trade => Bucket::Trade,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_cause_stand_at_the_place_of_their_number() {
        for (place, bucket) in (0..).zip(Bucket::ALL) {
            assert_eq!((bucket.number(), Bucket::of_number(place)), (place, Some(bucket)));
        }
        for (place, cause) in (0..).zip(Cause::ALL) {
            assert_eq!((cause.number(), Cause::of_number(place)), (place, Some(cause)));
        }
    }
}
