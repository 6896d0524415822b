//! What is to be seen of the market without asking the engine: balances, orders, books. Fed on the sequencer's thread before
//! a caller is answered, so that whoever was answered sees what was done (market rules 4).
//!
//! Sharded by owner: a reader waits for the feeding of one owner's shard at most, and the sequencer for one reader.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;
use doorward_engine::{Balance, Engine};

mod book;
mod feed;
mod hash;
mod order;

use super::ring::Batch;
pub use book::Book;
use book::Books;
use hash::Hashed;
pub use order::{OrderState, ViewOrder};

/// How long a closed order is to be seen here (market rules 4).
pub(super) const CLOSED_KEPT_FOR: Duration = Duration::from_secs(60);
/// Closed orders that one shard keeps, however young: a million all together. Then the oldest go, and history has them.
const CLOSED_PER_SHARD: usize = 65_536;
const SHARDS: usize = 16;

/// A market's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketFacts {
    /// Its number.
    pub id: MarketId,
    /// Its description.
    pub spec: MarketSpec,
    /// Quote units of one lot at a price of one tick.
    pub tick_lot_units: i64,
    /// Whether it takes no orders now.
    pub halted: bool,
}

#[derive(Default)]
struct Facts {
    assets: Vec<AssetSpec>,
    markets: Vec<MarketFacts>,
}

/// What is to be seen.
pub struct View {
    shards: Vec<Mutex<Shard>>,
    facts: RwLock<Facts>,
    books: Books,
}

/// Owners whose numbers are alike in their lowest bits.
#[derive(Default)]
struct Shard {
    owners: HashMap<OwnerId, Owner, Hashed>,
    /// Open ones, and those that closed of late.
    orders: HashMap<OrderId, ViewOrder, Hashed>,
    clients: HashMap<ClientOrderId, OrderId, Hashed>,
    /// Closed ones, the oldest first.
    closed: std::collections::VecDeque<(Timestamp, OrderId)>,
}

#[derive(Default)]
struct Owner {
    /// By the asset's number.
    balances: Vec<Balance>,
    /// Orders in a book, in no order.
    open: Vec<OrderId>,
    /// The last record by which something of this owner changed.
    acknowledged: u64,
}

impl View {
    pub(super) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            facts: RwLock::default(),
            books: Books::default(),
        }
    }

    // Nothing under these locks panics, so a poisoned one holds sound values all the same.
    fn shard(&self, owner: OwnerId) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[owner.0 as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an owner has of each asset that is listed.
    pub fn balances(&self, owner: OwnerId) -> Vec<(AssetId, Balance)> {
        let assets = self.facts.read().unwrap_or_else(PoisonError::into_inner).assets.len();
        let shard = self.shard(owner);
        let known = shard.owners.get(&owner).map_or(&[][..], |owner| &owner.balances);
        let of = |at: usize| known.get(at).copied().unwrap_or_default();
        (0..).map(AssetId).zip((0..assets).map(of)).collect()
    }

    /// What an owner has of one asset.
    pub fn balance(&self, owner: OwnerId, asset: AssetId) -> Balance {
        let shard = self.shard(owner);
        let owner = shard.owners.get(&owner);
        owner.and_then(|owner| owner.balances.get(usize::from(asset.0)).copied()).unwrap_or_default()
    }

    /// An owner's open orders, of one market or of all, the newest first.
    pub fn open_orders(&self, owner: OwnerId, market: Option<MarketId>) -> Vec<ViewOrder> {
        let shard = self.shard(owner);
        let ids = shard.owners.get(&owner).map_or(&[][..], |owner| &owner.open);
        let is_meant = |order: &&ViewOrder| market.is_none_or(|market| order.market == market);
        let mut orders: Vec<ViewOrder> =
            ids.iter().filter_map(|id| shard.orders.get(id)).filter(is_meant).copied().collect();
        drop(shard);
        orders.sort_unstable_by_key(|order| std::cmp::Reverse((order.sequence, order.id)));
        orders
    }

    /// An owner's orders that closed within the last 60 seconds, the newest first.
    pub fn closed_orders(&self, owner: OwnerId) -> Vec<ViewOrder> {
        let shard = self.shard(owner);
        let closed = shard.closed.iter().rev().filter_map(|(_, id)| shard.orders.get(id));
        closed.filter(|order| order.owner == owner).copied().collect()
    }

    /// An owner's order that is open, or closed within the last 60 seconds.
    pub fn find_order(&self, owner: OwnerId, order: OrderId) -> Option<ViewOrder> {
        self.shard(owner).orders.get(&order).filter(|order| order.owner == owner).copied()
    }

    /// The same by the client's own id.
    pub fn find_client_order(&self, owner: OwnerId, client: ClientOrderId) -> Option<ViewOrder> {
        let shard = self.shard(owner);
        let order = shard.clients.get(&client).and_then(|order| shard.orders.get(order));
        order.filter(|order| order.owner == owner).copied()
    }

    /// All assets with their facts.
    pub fn assets(&self) -> Vec<(AssetId, AssetSpec)> {
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        (0..).map(AssetId).zip(facts.assets.iter().copied()).collect()
    }

    /// All markets.
    pub fn markets(&self) -> Vec<MarketFacts> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).markets.clone()
    }

    /// One market.
    pub fn market(&self, market: MarketId) -> Option<MarketFacts> {
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        facts.markets.get(usize::from(market.0)).copied()
    }

    /// The last record by which something of this owner changed: history that has come so far shows all of it.
    pub fn acknowledged(&self, owner: OwnerId) -> u64 {
        self.shard(owner).owners.get(&owner).map_or(0, |owner| owner.acknowledged)
    }

    /// A market's book as it is now.
    pub fn book(&self, market: MarketId) -> Option<Book> {
        self.books.of(market)
    }

    /// Forgets closed orders that are too old; says whether others are left.
    pub(super) fn forget(&self, now: Timestamp) -> bool {
        let mut left = false;
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.forget(now);
            left |= !shard.closed.is_empty();
        }
        left
    }

    /// Begins with the engine's state. What an order did before is history's to tell.
    pub(super) fn fill(&self, engine: &Engine) {
        // At once as large as they become: growing step by step moves every order several times.
        let mut orders = vec![0; SHARDS];
        engine.open_orders().for_each(|order| orders[order.owner.0 as usize % SHARDS] += 1);
        for (shard, orders) in self.shards.iter().zip(orders) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).reserve(orders);
        }
        for order in engine.open_orders() {
            let mut shard = self.shard(order.owner);
            shard.open(ViewOrder::of_engine(&order));
            shard.rest(order.owner, order.id);
        }
        let assets = engine.assets().len();
        for owner in (0..engine.owners()).map(OwnerId) {
            let balances = (0..).map(AssetId).take(assets).map(|asset| engine.balance(owner, asset));
            // An owner who has nothing takes no place.
            let balances: Vec<Balance> = balances.collect();
            if balances.iter().any(|balance| *balance != Balance::default()) {
                self.shard(owner).owners.entry(owner).or_default().balances = balances;
            }
        }
        let facts = Facts {
            assets: engine.assets().to_vec(),
            markets: (0..engine.markets()).filter_map(|id| market_facts(engine, MarketId(id))).collect(),
        };
        for market in &facts.markets {
            let levels = |side| engine.levels(market.id, side);
            let sequence = engine.level_sequence(market.id);
            self.books.fill(market.id, sequence, levels(Side::Buy), levels(Side::Sell));
        }
        *self.facts.write().unwrap_or_else(PoisonError::into_inner) = facts;
    }

    /// Shows a group that the engine has applied.
    pub(super) fn feed(&self, engine: &Engine, batch: &Batch) {
        feed::feed(self, engine, batch);
    }

    fn change_facts(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn market_facts(engine: &Engine, id: MarketId) -> Option<MarketFacts> {
    let market = engine.market(id)?;
    let (spec, tick_lot_units) = (market.spec, market.tick_lot_units);
    Some(MarketFacts { id, spec, tick_lot_units, halted: engine.is_halted(id) })
}

impl Shard {
    /// Makes room for so many more orders.
    fn reserve(&mut self, orders: usize) {
        self.orders.reserve(orders);
        self.clients.reserve(orders);
    }

    /// Takes a new order in, which is not in a book yet.
    fn open(&mut self, order: ViewOrder) {
        if let Some(client) = order.client_id {
            self.clients.insert(client, order.id);
        }
        self.orders.insert(order.id, order);
    }

    /// An order stands in a book.
    fn rest(&mut self, owner: OwnerId, order: OrderId) {
        self.owners.entry(owner).or_default().open.push(order);
    }

    /// An order is over.
    fn close(&mut self, order: OrderId, state: OrderState, at: Timestamp) {
        let Some(found) = self.orders.get_mut(&order) else { return };
        found.state = state;
        if let Some(owner) = self.owners.get_mut(&found.owner)
            && let Some(place) = owner.open.iter().rposition(|open| *open == order)
        {
            owner.open.swap_remove(place);
        }
        self.closed.push_back((at, order));
        if self.closed.len() > CLOSED_PER_SHARD {
            self.forget_oldest();
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while self.closed.front().is_some_and(|(at, _)| at.plus(CLOSED_KEPT_FOR) <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, id)) = self.closed.pop_front() else { return };
        let Some(order) = self.orders.remove(&id) else { return };
        // An amended order has passed its client's id on.
        if let Some(client) = order.client_id
            && self.clients.get(&client) == Some(&id)
        {
            self.clients.remove(&client);
        }
    }
}
