//! The book alone: ladder, queues and slab without money, owners or events. What remains when everything that makes a market
//! of it is taken away, so that a figure can say what that costs.

use doorward_domain::market::instrument::{MarketId, OwnerId};
use doorward_domain::market::order::Side;

use crate::ladder::{Ladder, NO_ASK, NO_BID};
use crate::orders::{NONE, NewOrder, Orders};

/// A book of limit orders with numbers of their own, counted from zero, fewer than 2^32.
pub struct BareBook {
    ladder: Ladder,
    orders: Orders,
    /// Where each number's order is or was. Its order there has the number as its owner, who is nobody's business here.
    places: Vec<u32>,
}

impl BareBook {
    /// An empty book for so many numbers.
    pub fn new(numbers: usize) -> Self {
        Self { ladder: Ladder::new(), orders: Orders::default(), places: vec![NONE; numbers] }
    }

    /// Trades with the other side as far as the price goes, and rests with what is left. Gives the lots that were traded.
    #[inline]
    pub fn insert(&mut self, number: u64, side: Side, ticks: u32, lots: i64) -> i64 {
        let mut lots_left = lots;
        while lots_left > 0 {
            let best = self.ladder.best(side.opposite());
            let crosses = match side {
                Side::Buy => best <= ticks && best != NO_ASK,
                Side::Sell => best >= ticks && best != NO_BID,
            };
            let place = if crosses { self.ladder.level(best).first } else { NONE };
            if place == NONE {
                break;
            }
            let maker = self.orders.at_mut(place);
            let traded = maker.lots_left.min(lots_left);
            lots_left -= traded;
            if traded < maker.lots_left {
                maker.lots_left -= traded;
                self.ladder.shrink(best, traded);
            } else {
                let maker = *maker;
                self.ladder.leave(&mut self.orders, place, &maker);
                self.orders.close(place);
            }
        }
        if lots_left > 0 {
            let reserved = self.orders.reserve();
            let new = NewOrder {
                owner: OwnerId(number as u32),
                market: MarketId(0),
                side,
                ticks,
                self_trade: None,
                post_only: false,
                timed: false,
                lots_left,
                held: 0,
                filled: 0,
                maker_notional: 0,
                client_id: None,
            };
            let place = self.orders.open(reserved, &new);
            self.ladder.join(&mut self.orders, place, (side, ticks, lots_left));
            self.places[number as usize] = place;
        }
        lots - lots_left
    }

    /// Takes an order out; says whether it was there.
    #[inline]
    pub fn cancel(&mut self, number: u64) -> bool {
        let place = self.places[number as usize];
        if place == NONE {
            return false;
        }
        let order = *self.orders.at(place);
        if !order.is_open() || order.owner != OwnerId(number as u32) {
            return false;
        }
        self.ladder.leave(&mut self.orders, place, &order);
        self.orders.close(place);
        true
    }
}
