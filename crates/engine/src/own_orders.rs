//! Which open orders an owner has.
//!
//! Nothing happens here when an order closes but that it is counted down: its id stays in the list until there are twice
//! as many of the closed as of the open ones. A cancel would otherwise go and find two more orders only to tie their ends together.

use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};

use crate::orders::Orders;

#[derive(Debug, Default)]
struct Owned {
    /// Oldest first, open ones and some that were.
    ids: Vec<OrderId>,
    open: usize,
}

impl Owned {
    /// Lets go of the ids that are over. Which ones nobody can guess, the processor neither: no branch asks.
    fn keep_open(&mut self, orders: &Orders) {
        let mut kept = 0;
        for at in 0..self.ids.len() {
            let id = self.ids[at];
            self.ids[kept] = id;
            kept += usize::from(orders.is_latest(id));
        }
        self.ids.truncate(kept);
    }
}

/// Lists and counts.
#[derive(Default)]
pub(crate) struct OwnOrders {
    owners: Vec<Owned>,
    /// Open orders by owner, then market.
    counts: Vec<u32>,
    /// Places for markets per owner, a power of two.
    stride: usize,
}

impl OwnOrders {
    pub(crate) fn add_market(&mut self, markets: usize) {
        if markets <= self.stride {
            return;
        }
        let (old, new) = (self.stride, markets.next_power_of_two());
        let mut counts = vec![0; self.owners.len() * new];
        for owner in 0..self.owners.len() {
            counts[owner * new..owner * new + old]
                .copy_from_slice(&self.counts[owner * old..(owner + 1) * old]);
        }
        (self.counts, self.stride) = (counts, new);
    }

    pub(crate) fn add_owner(&mut self) {
        self.owners.push(Owned::default());
        self.counts.resize(self.owners.len() * self.stride, 0);
    }

    #[inline]
    fn at(&self, owner: OwnerId, market: MarketId) -> usize {
        owner.0 as usize * self.stride + usize::from(market.0)
    }

    /// How many are open in a market.
    #[inline]
    pub(crate) fn count(&self, owner: OwnerId, market: MarketId) -> u32 {
        self.counts[self.at(owner, market)]
    }

    /// Adds the newest one, which is open already.
    #[inline]
    pub(crate) fn open(&mut self, owner: OwnerId, market: MarketId, order: OrderId, orders: &Orders) {
        let at = self.at(owner, market);
        self.counts[at] += 1;
        let owned = &mut self.owners[owner.0 as usize];
        owned.open += 1;
        if owned.ids.len() > 3 * owned.open + 6 {
            owned.keep_open(orders);
        }
        owned.ids.push(order);
    }

    #[inline]
    pub(crate) fn close(&mut self, owner: OwnerId, market: MarketId) {
        let at = self.at(owner, market);
        self.counts[at] -= 1;
        self.owners[owner.0 as usize].open -= 1;
    }

    /// Places of the open ones, newest first.
    pub(crate) fn places<'a>(&'a self, owner: OwnerId, orders: &'a Orders) -> impl Iterator<Item = u32> + 'a {
        let ids = self.owners.get(owner.0 as usize).map_or(&[][..], |owned| &owned.ids);
        ids.iter().rev().filter_map(|id| orders.find(*id))
    }
}
