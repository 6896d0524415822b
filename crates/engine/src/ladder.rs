//! The book of one market: a level for each price, an array of them around the mid and a tree for the few far away.
//!
//! Bids and asks share the ladder, since the book is never crossed: everything from the best ask up asks, everything
//! from the best bid down bids. Where the array stands is no part of the market's state, only of its speed.

use std::collections::BTreeMap;

use doorward_domain::market::order::Side;

use crate::bits::Bits;
use crate::orders::{Links, NONE, Order, Orders};

/// The queue at one price.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) lots: i64,
}

const EMPTY: Level = Level { first: NONE, last: NONE, lots: 0 };

/// No price: below every bid.
pub(crate) const NO_BID: u32 = 0;
/// No price: above every ask.
pub(crate) const NO_ASK: u32 = u32::MAX;

pub(crate) struct Ladder {
    /// Price of the first level of the array.
    base: u32,
    /// None before the first order, so that a market that nobody uses takes no memory.
    levels: Vec<Level>,
    occupied: Bits,
    far: BTreeMap<u32, Level>,
    pub(crate) best_bid: u32,
    pub(crate) best_ask: u32,
    /// Levels moved and orders seen since the array was moved: moving it must pay.
    seen_since_move: usize,
    occupied_levels: usize,
}

impl Ladder {
    pub(crate) fn new() -> Self {
        Self {
            base: 0,
            levels: Vec::new(),
            occupied: Bits::new(),
            far: BTreeMap::new(),
            best_bid: NO_BID,
            best_ask: NO_ASK,
            seen_since_move: 0,
            occupied_levels: 0,
        }
    }

    #[inline]
    fn slot(&self, ticks: u32) -> Option<usize> {
        let slot = ticks.wrapping_sub(self.base) as usize;
        (slot < self.levels.len()).then_some(slot)
    }

    #[inline]
    pub(crate) fn level(&self, ticks: u32) -> Level {
        match self.slot(ticks) {
            Some(slot) => self.levels[slot],
            None => self.far.get(&ticks).copied().unwrap_or(EMPTY),
        }
    }

    #[inline]
    fn level_mut(&mut self, ticks: u32) -> &mut Level {
        match self.slot(ticks) {
            Some(slot) => &mut self.levels[slot],
            None => self.far.entry(ticks).or_insert(EMPTY),
        }
    }

    /// The best price of a side, or the value that says there is none.
    #[inline]
    pub(crate) const fn best(&self, side: Side) -> u32 {
        match side {
            Side::Buy => self.best_bid,
            Side::Sell => self.best_ask,
        }
    }

    /// The next price of a side that is worse than `ticks`, or the value that says there is none.
    #[inline]
    pub(crate) fn worse(&self, side: Side, ticks: u32) -> u32 {
        match side {
            Side::Sell => self.above(ticks),
            Side::Buy => self.below(ticks),
        }
    }

    /// The prices of a side at which orders stand, best first.
    pub(crate) fn prices(&self, side: Side) -> impl Iterator<Item = u32> {
        let exists = |ticks: &u32| *ticks != NO_BID && *ticks != NO_ASK;
        std::iter::successors(Some(self.best(side)).filter(exists), move |ticks| {
            Some(self.worse(side, *ticks)).filter(exists)
        })
    }

    fn above(&self, ticks: u32) -> u32 {
        let from = ticks.saturating_add(1).saturating_sub(self.base) as usize;
        let near = if ticks.saturating_add(1) < self.base { 0 } else { from };
        let near = self.occupied.from(near).map_or(NO_ASK, |slot| self.base + slot as u32);
        if self.far.is_empty() {
            return near;
        }
        let far = self.far.range(ticks.saturating_add(1)..).next().map_or(NO_ASK, |(far, _)| *far);
        near.min(far)
    }

    fn below(&self, ticks: u32) -> u32 {
        let near = (ticks > self.base)
            .then(|| self.occupied.up_to((ticks - 1 - self.base) as usize))
            .flatten()
            .map_or(NO_BID, |slot| self.base + slot as u32);
        if self.far.is_empty() {
            return near;
        }
        let far = self.far.range(..ticks).next_back().map_or(NO_BID, |(far, _)| *far);
        near.max(far)
    }

    /// Puts an order of this side, price and lots at the end of the queue of its price, and gives the lots that stand there
    /// now.
    #[inline]
    pub(crate) fn join(
        &mut self,
        orders: &mut Orders,
        place: u32,
        (side, ticks, lots): (Side, u32, i64),
    ) -> i64 {
        // One branch for both sides, which is seldom taken.
        let buys = side == Side::Buy;
        if (buys & (ticks > self.best_bid)) | (!buys & (ticks < self.best_ask)) {
            match side {
                Side::Buy => self.best_bid = ticks,
                Side::Sell => self.best_ask = ticks,
            }
            if self.slot(ticks).is_none() {
                self.move_to(ticks);
            }
        }
        let slot = self.slot(ticks);
        let level = self.level_mut(ticks);
        let last = level.last;
        level.last = place;
        level.lots += lots;
        let level_lots = level.lots;
        if last == NONE {
            level.first = place;
            if let Some(slot) = slot {
                self.occupied.insert(slot);
            }
            self.occupied_levels += 1;
        } else {
            orders.links_mut(last).behind = place;
        }
        *orders.links_mut(place) = Links { before: last, behind: NONE };
        self.seen_since_move += 1;
        level_lots
    }

    /// Takes an order out of the queue of its price; its remaining lots go with it. Gives the lots that stand there now.
    #[inline]
    pub(crate) fn leave(&mut self, orders: &mut Orders, place: u32, order: &Order) -> i64 {
        let links = orders.links(place);
        if links.before != NONE {
            orders.links_mut(links.before).behind = links.behind;
        }
        if links.behind != NONE {
            orders.links_mut(links.behind).before = links.before;
        }
        let slot = self.slot(order.ticks);
        let level = self.level_mut(order.ticks);
        level.lots -= order.lots_left;
        let level_lots = level.lots;
        if level.first == place {
            level.first = links.behind;
        }
        if level.last == place {
            level.last = links.before;
        }
        if level.first != NONE {
            return level_lots;
        }
        self.occupied_levels -= 1;
        match slot {
            Some(slot) => self.occupied.remove(slot),
            None => {
                self.far.remove(&order.ticks);
            }
        }
        if order.ticks == self.best(order.side) {
            let next = self.worse(order.side, order.ticks);
            match order.side {
                Side::Buy => self.best_bid = next,
                Side::Sell => self.best_ask = next,
            }
        }
        level_lots
    }

    /// Takes lots off an order that stays.
    #[inline]
    pub(crate) fn shrink(&mut self, ticks: u32, lots: i64) {
        self.level_mut(ticks).lots -= lots;
    }

    /// Moves the array so that this price is in its middle; not before as many orders came as levels must be moved, so
    /// that nobody can make each order cost a move.
    #[cold]
    fn move_to(&mut self, ticks: u32) {
        if self.seen_since_move < self.occupied_levels {
            return;
        }
        self.seen_since_move = 0;
        if self.levels.is_empty() {
            self.levels = vec![EMPTY; Bits::LEN];
        }
        let mut from = 0;
        while let Some(slot) = self.occupied.from(from) {
            self.far.insert(self.base + slot as u32, self.levels[slot]);
            self.levels[slot] = EMPTY;
            self.occupied.remove(slot);
            from = slot + 1;
        }
        let half = (Bits::LEN / 2) as u32;
        self.base = ticks.saturating_sub(half).min(u32::MAX - Bits::LEN as u32);
        let end = self.base + Bits::LEN as u32;
        let near: Vec<u32> = self.far.range(self.base..end).map(|(ticks, _)| *ticks).collect();
        for ticks in near {
            if let (Some(level), Some(slot)) = (self.far.remove(&ticks), self.slot(ticks)) {
                self.levels[slot] = level;
                self.occupied.insert(slot);
            }
        }
    }
}
