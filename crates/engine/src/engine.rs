//! The state, and what each command does to it.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use doorward_domain::market::command::{ClientOrderId, Command, Restriction, Wallet};
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{
    AssetId, AssetSpec, Market, MarketId, MarketSpec, OrderId, OwnerId,
};
use doorward_domain::market::order::{CancelReason, CommandRefused, Side};
use doorward_domain::time::Timestamp;

use crate::balance::{Balance, Balances};
use crate::ladder::Ladder;
use crate::orders::{NONE, Orders};

/// How long the id of a client's closed order stays taken (market rules 2).
const CLIENT_ID_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A market with its book.
pub(crate) struct Trading {
    pub(crate) market: Market,
    pub(crate) ladder: Ladder,
    /// Price of the last trade in ticks; zero before the first.
    pub(crate) last_ticks: u32,
    /// Level changes so far.
    pub(crate) sequence: u64,
    /// Trades so far.
    pub(crate) trades: u64,
    pub(crate) halted: bool,
}

impl Trading {
    /// Says how many lots stand at a price now.
    #[inline]
    pub(crate) fn level_changed(
        &mut self,
        market: MarketId,
        side: Side,
        ticks: u32,
        events: &mut Vec<Event>,
    ) {
        self.sequence += 1;
        let lots = self.ladder.level(ticks).lots;
        events.push(Event::LevelChanged { market, side, ticks, lots, sequence: self.sequence });
    }
}

/// An owner's open orders in one market.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnOrders {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// Client order ids are hashes already.
#[derive(Default)]
pub(crate) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = (number >> 64) as u64 ^ number as u64;
    }
}

type ClientIds = HashMap<ClientOrderId, OrderId, BuildHasherDefault<Folded>>;

/// The market: assets, ledger accounts, books and open orders.
pub struct Engine {
    assets: Vec<AssetSpec>,
    pub(crate) markets: Vec<Trading>,
    pub(crate) balances: Balances,
    pub(crate) orders: Orders,
    pub(crate) restrictions: Vec<Restriction>,
    /// By owner, then market.
    pub(crate) own_orders: Vec<OwnOrders>,
    market_stride: usize,
    /// Only ever looked up, never walked: its order is nobody's business.
    pub(crate) client_ids: ClientIds,
    /// Ids of closed orders, oldest first.
    closed_client_ids: VecDeque<(Timestamp, ClientOrderId)>,
    now: Timestamp,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// A market without assets, owners or orders.
    pub fn new() -> Self {
        Self {
            assets: Vec::new(),
            markets: Vec::new(),
            balances: Balances::default(),
            orders: Orders::default(),
            restrictions: Vec::new(),
            own_orders: Vec::new(),
            market_stride: 0,
            client_ids: ClientIds::default(),
            closed_client_ids: VecDeque::new(),
            now: Timestamp::from_micros(0),
        }
    }

    /// Carries a command out at this time, which never runs backwards, and appends what happened to `events`.
    ///
    /// A refused command appends one [`Event::Refused`] and changes nothing.
    pub fn apply(&mut self, now: Timestamp, command: &Command, events: &mut Vec<Event>) {
        self.now = self.now.max(now);
        self.forget_client_ids();
        let answer = match command {
            Command::Place(order) => self.place(order, events),
            Command::Cancel { owner, order } => self.cancel(*owner, *order, events),
            Command::CancelAll { owner, market } => self.cancel_all(*owner, *market, events),
            Command::ListAsset(spec) => self.list_asset(*spec, events),
            Command::ListMarket(spec) => self.list_market(*spec, events),
            Command::OpenOwner => {
                self.open_owner(events);
                Ok(())
            }
            Command::Deposit { owner, asset, amount } => self.deposit(*owner, *asset, *amount, events),
            Command::Transfer { owner, asset, amount, from } => {
                self.transfer(*owner, *asset, *amount, *from, events)
            }
            Command::Halt(market) => self.set_halted(*market, true, events),
            Command::Resume(market) => self.set_halted(*market, false, events),
            Command::Restrict { owner, restriction } => self.restrict(*owner, *restriction, events),
        };
        if let Err(refused) = answer {
            events.push(Event::Refused(refused));
        }
    }

    /// What an owner has of an asset; nothing for unknown ones.
    pub fn balance(&self, owner: OwnerId, asset: AssetId) -> Balance {
        match self.owner_and_asset(owner, asset) {
            Ok(()) => *self.balances.of(owner, asset),
            Err(_) => Balance::default(),
        }
    }

    /// Fees that the house has taken of an asset.
    pub fn fees(&self, asset: AssetId) -> i64 {
        self.assets.get(usize::from(asset.0)).map_or(0, |_| self.balances.house(asset).fees)
    }

    /// The sum over all ledger accounts of an asset, the house's included: zero, always.
    pub fn sum(&self, asset: AssetId) -> i128 {
        self.assets.get(usize::from(asset.0)).map_or(0, |_| self.balances.sum(asset))
    }

    /// The book of one side, best price first: price in ticks and lots.
    pub fn levels(&self, market: MarketId, side: Side) -> Vec<(u32, i64)> {
        let Some(trading) = self.markets.get(usize::from(market.0)) else { return Vec::new() };
        let ladder = &trading.ladder;
        let (mut levels, mut ticks) = (Vec::new(), ladder.best(side));
        while ladder.level(ticks).first != NONE {
            levels.push((ticks, ladder.level(ticks).lots));
            ticks = ladder.worse(side, ticks);
        }
        levels
    }

    /// Every open order: id, owner, price in ticks, lots left, units held. In an order that is the same for equal states.
    pub fn open_orders(&self) -> impl Iterator<Item = (OrderId, OwnerId, u32, i64, i64)> {
        self.orders.iter().map(|(id, order)| (id, order.owner, order.ticks, order.lots_left, order.held))
    }

    fn list_asset(&mut self, spec: AssetSpec, events: &mut Vec<Event>) -> Result<(), CommandRefused> {
        let id = u16::try_from(self.assets.len()).map_err(|_| CommandRefused::Unsound)?;
        if !spec.is_sound() {
            return Err(CommandRefused::Unsound);
        }
        self.assets.push(spec);
        self.balances.add_asset();
        events.push(Event::AssetListed(AssetId(id)));
        Ok(())
    }

    fn list_market(&mut self, spec: MarketSpec, events: &mut Vec<Event>) -> Result<(), CommandRefused> {
        let id = u16::try_from(self.markets.len()).map_err(|_| CommandRefused::Unsound)?;
        let base = self.assets.get(usize::from(spec.base.0)).ok_or(CommandRefused::UnknownAsset)?;
        self.assets.get(usize::from(spec.quote.0)).ok_or(CommandRefused::UnknownAsset)?;
        let market = Market::new(spec, base.scale).map_err(|_| CommandRefused::Unsound)?;
        self.markets.push(Trading {
            market,
            ladder: Ladder::new(),
            last_ticks: 0,
            sequence: 0,
            trades: 0,
            halted: false,
        });
        self.widen_own_orders();
        events.push(Event::MarketListed(MarketId(id)));
        Ok(())
    }

    fn widen_own_orders(&mut self) {
        if self.markets.len() <= self.market_stride {
            return;
        }
        let (old, new) = (self.market_stride, self.markets.len().next_power_of_two());
        let owners = self.balances.owners() as usize;
        let mut widened = vec![OwnOrders { first: NONE, count: 0 }; owners * new];
        for owner in 0..owners {
            widened[owner * new..owner * new + old]
                .copy_from_slice(&self.own_orders[owner * old..(owner + 1) * old]);
        }
        (self.own_orders, self.market_stride) = (widened, new);
    }

    fn open_owner(&mut self, events: &mut Vec<Event>) {
        let owner = self.balances.add_owner();
        self.restrictions.push(Restriction::default());
        let places = self.market_stride * self.balances.owners() as usize;
        self.own_orders.resize(places, OwnOrders { first: NONE, count: 0 });
        events.push(Event::OwnerOpened(owner));
    }

    #[inline]
    pub(crate) fn own_orders_mut(&mut self, owner: OwnerId, market: MarketId) -> &mut OwnOrders {
        &mut self.own_orders[owner.0 as usize * self.market_stride + usize::from(market.0)]
    }

    fn owner_and_asset(&self, owner: OwnerId, asset: AssetId) -> Result<(), CommandRefused> {
        if owner.0 >= self.balances.owners() {
            return Err(CommandRefused::UnknownOwner);
        }
        self.assets.get(usize::from(asset.0)).map(|_| ()).ok_or(CommandRefused::UnknownAsset)
    }

    fn deposit(
        &mut self,
        owner: OwnerId,
        asset: AssetId,
        amount: i64,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        self.owner_and_asset(owner, asset)?;
        if amount <= 0 {
            return Err(CommandRefused::Amount);
        }
        let most = self.assets[usize::from(asset.0)].max_issued;
        let house = self.balances.house_mut(asset);
        // Custody counts downwards, so that everything together sums to zero.
        if most + house.custody < amount {
            return Err(CommandRefused::TooMuchIssued);
        }
        house.custody -= amount;
        self.balances.of_mut(owner, asset).main += amount;
        events.push(Event::Deposited { owner, asset, amount });
        Ok(())
    }

    fn transfer(
        &mut self,
        owner: OwnerId,
        asset: AssetId,
        amount: i64,
        from: Wallet,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        self.owner_and_asset(owner, asset)?;
        if amount <= 0 {
            return Err(CommandRefused::Amount);
        }
        let balance = self.balances.of_mut(owner, asset);
        let (source, target) = match from {
            Wallet::Main => (&mut balance.main, &mut balance.trade),
            Wallet::Trade => (&mut balance.trade, &mut balance.main),
        };
        if *source < amount {
            return Err(CommandRefused::InsufficientFunds);
        }
        *source -= amount;
        *target += amount;
        events.push(Event::Transferred { owner, asset, amount, from });
        Ok(())
    }

    fn set_halted(
        &mut self,
        market: MarketId,
        halted: bool,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        let trading = self.markets.get_mut(usize::from(market.0)).ok_or(CommandRefused::UnknownMarket)?;
        trading.halted = halted;
        events.push(if halted { Event::Halted(market) } else { Event::Resumed(market) });
        Ok(())
    }

    fn restrict(
        &mut self,
        owner: OwnerId,
        restriction: Restriction,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        let place = self.restrictions.get_mut(owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        *place = restriction;
        events.push(Event::Restricted { owner, restriction });
        Ok(())
    }

    fn cancel(
        &mut self,
        owner: OwnerId,
        order: OrderId,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        let place = self.orders.find(order).ok_or(CommandRefused::UnknownOrder)?;
        if self.orders.at(place).owner != owner {
            return Err(CommandRefused::UnknownOrder);
        }
        self.remove(place, CancelReason::Asked, events);
        Ok(())
    }

    fn cancel_all(
        &mut self,
        owner: OwnerId,
        market: MarketId,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        if owner.0 >= self.balances.owners() {
            return Err(CommandRefused::UnknownOwner);
        }
        self.markets.get(usize::from(market.0)).ok_or(CommandRefused::UnknownMarket)?;
        loop {
            let first = self.own_orders_mut(owner, market).first;
            if first == NONE {
                return Ok(());
            }
            self.remove(first, CancelReason::Asked, events);
        }
    }

    /// Takes an open order out of the book and says what the level has now.
    pub(crate) fn remove(&mut self, place: u32, reason: CancelReason, events: &mut Vec<Event>) {
        let order = *self.orders.at(place);
        self.cancel_resting(place, reason, events);
        self.markets[usize::from(order.market.0)].level_changed(
            order.market,
            order.side,
            order.ticks,
            events,
        );
    }

    fn forget_client_ids(&mut self) {
        while let Some((closed_at, client_id)) = self.closed_client_ids.front().copied() {
            if self.now < closed_at.plus(CLIENT_ID_KEPT_FOR) {
                return;
            }
            self.closed_client_ids.pop_front();
            self.client_ids.remove(&client_id);
        }
    }

    /// The last day of a client's id begins, because its order is over.
    #[inline]
    pub(crate) fn retire_client_id(&mut self, client_id: Option<ClientOrderId>) {
        if let Some(client_id) = client_id {
            self.closed_client_ids.push_back((self.now, client_id));
        }
    }
}
