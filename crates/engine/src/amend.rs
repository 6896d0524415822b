//! Cancelling and amending open orders.

use doorward_domain::market::command::{AmendOrder, PlaceOrder};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{CancelReason, CommandRefused, OrderKind, TimeInForce};

use crate::engine::Engine;
use crate::place::size_fits;
use crate::settle::hold_of;

impl Engine {
    /// The place of an open order, if it is this owner's.
    fn own_order(&self, owner: OwnerId, order: OrderId) -> Result<u32, CommandRefused> {
        let place = self.orders.find(order).ok_or(CommandRefused::UnknownOrder)?;
        if self.orders.at(place).owner != owner {
            return Err(CommandRefused::UnknownOrder);
        }
        Ok(place)
    }

    pub(crate) fn cancel(
        &mut self,
        owner: OwnerId,
        order: OrderId,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let place = self.own_order(owner, order)?;
        self.remove(place, CancelReason::Asked, events);
        Ok(Answer::Order(order))
    }

    pub(crate) fn cancel_all(
        &mut self,
        owner: OwnerId,
        market: Option<MarketId>,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        if owner.0 >= self.balances.owners() {
            return Err(CommandRefused::UnknownOwner);
        }
        if market.is_some_and(|market| usize::from(market.0) >= self.markets.len()) {
            return Err(CommandRefused::UnknownMarket);
        }
        let is_meant = |place: &u32| market.is_none_or(|market| self.orders.at(*place).market == market);
        let places: Vec<u32> = self.own_orders.places(owner, &self.orders).filter(is_meant).collect();
        for place in places {
            self.remove(place, CancelReason::Asked, events);
        }
        Ok(Answer::Done)
    }

    /// A smaller size at the same price keeps its place in the queue; anything else is a new order, admitted as if the old
    /// one were gone, and only then is the old one cancelled.
    pub(crate) fn amend(
        &mut self,
        amend: &AmendOrder,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let place = self.own_order(amend.owner, amend.order)?;
        let old = *self.orders.at(place);
        let market = self.markets[usize::from(old.market.0)].market;
        size_fits(&market, amend.lots)?;
        let lots_left = amend.lots - self.orders.filled(place);
        if lots_left <= 0 {
            return Err(CommandRefused::AlreadyFilled);
        }
        if amend.ticks == old.ticks && lots_left <= old.lots_left {
            if lots_left < old.lots_left {
                self.decrease(place, lots_left, events);
                let trading = &mut self.markets[usize::from(old.market.0)];
                trading.level_changed(old.market, old.side, old.ticks, events);
            }
            return Ok(Answer::Order(amend.order));
        }
        let deadline = self.deadlines.of(amend.order);
        let stays = deadline.map_or(TimeInForce::GoodTillCancelled, TimeInForce::GoodTillTime);
        let replacement = PlaceOrder {
            owner: old.owner,
            market: old.market,
            side: old.side,
            kind: OrderKind::Limit {
                ticks: amend.ticks,
                lots: lots_left,
                time_in_force: stays,
                post_only: old.is_post_only(),
            },
            self_trade: old.self_trade(),
            client_id: self.orders.client_id(place),
        };
        let taking = self.admit(&replacement, Some(&old))?;
        self.remove(place, CancelReason::Amended, events);
        Ok(self.enter(&replacement, &market, taking, events))
    }

    /// Leaves an open order only so many lots and gives back what it no longer needs to hold.
    pub(crate) fn decrease(&mut self, place: u32, lots_left: i64, events: &mut Vec<Event>) {
        let old = *self.orders.at(place);
        let trading = &mut self.markets[usize::from(old.market.0)];
        let market = trading.market;
        trading.ladder.shrink(old.ticks, old.lots_left - lots_left);
        let held = hold_of(&market, old.side, old.ticks, lots_left, self.orders.maker_notional(place));
        let released = old.held - held;
        self.release(&market, &old, released);
        let order = self.orders.at_mut(place);
        (order.lots_left, order.held) = (lots_left, held);
        events.push(Event::Decreased {
            order: self.orders.id_at(place),
            owner: old.owner,
            market: old.market,
            side: old.side,
            lots_left,
            released,
        });
    }

    /// Takes an open order out of the book and says what the level has now.
    pub(crate) fn remove(&mut self, place: u32, reason: CancelReason, events: &mut Vec<Event>) {
        let order = *self.orders.at(place);
        self.cancel_resting(place, reason, events);
        let trading = &mut self.markets[usize::from(order.market.0)];
        trading.level_changed(order.market, order.side, order.ticks, events);
    }
}
