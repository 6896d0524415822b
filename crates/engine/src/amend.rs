//! Cancelling and amending open orders.

use doorward_domain::market::command::{AmendOrder, PlaceOrder};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{CancelReason, CommandRefused, OrderKind, TimeInForce};

use crate::engine::Engine;
use crate::place::size_fits;
use crate::settle::hold_of;
use crate::shared::{Shared, Trading};
use crate::take::Taking;

impl Engine {
    /// The place of an open order, if it is this owner's.
    fn own_order(&self, owner: OwnerId, order: OrderId) -> Result<u32, CommandRefused> {
        let place = self.shared.orders.find(order).ok_or(CommandRefused::UnknownOrder)?;
        if self.shared.orders.at(place).owner != owner {
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
        let market = self.shared.orders.at(place).market;
        let trading = &mut self.markets[usize::from(market.0)];
        self.shared.remove(trading, place, CancelReason::Asked, events);
        Ok(Answer::Order(order))
    }

    pub(crate) fn cancel_all(
        &mut self,
        owner: OwnerId,
        market: Option<MarketId>,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        if owner.0 >= self.shared.balances.owners() {
            return Err(CommandRefused::UnknownOwner);
        }
        if market.is_some_and(|market| usize::from(market.0) >= self.markets.len()) {
            return Err(CommandRefused::UnknownMarket);
        }
        let is_meant =
            |place: &u32| market.is_none_or(|market| self.shared.orders.at(*place).market == market);
        let places: Vec<u32> =
            self.shared.own_orders.places(owner, &self.shared.orders).filter(is_meant).collect();
        for place in places {
            let market = self.shared.orders.at(place).market;
            let trading = &mut self.markets[usize::from(market.0)];
            self.shared.remove(trading, place, CancelReason::Asked, events);
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
        let old = *self.shared.orders.at(place);
        let trading = &mut self.markets[usize::from(old.market.0)];
        size_fits(&trading.market, amend.lots)?;
        let lots_left = amend.lots - self.shared.orders.filled(place);
        if lots_left <= 0 {
            return Err(CommandRefused::AlreadyFilled);
        }
        if amend.ticks == old.ticks && lots_left <= old.lots_left {
            if lots_left < old.lots_left {
                self.shared.decrease(trading, place, lots_left, events);
                trading.level_changed(old.side, old.ticks, events);
            }
            return Ok(Answer::Order(amend.order));
        }
        let deadline = self.shared.deadlines.of(amend.order);
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
            client_id: self.shared.orders.client_id(place),
        };
        let restriction = self.restrictions.get(old.owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        let mut taking = Taking::new(old.owner, old.side);
        self.shared.admit(trading, *restriction, &replacement, Some(&old), &mut taking)?;
        self.shared.remove(trading, place, CancelReason::Amended, events);
        Ok(self.shared.enter(trading, &replacement, &mut taking, events))
    }
}

impl Shared {
    /// Leaves an open order only so many lots and gives back what it no longer needs to hold.
    pub(crate) fn decrease(
        &mut self,
        trading: &mut Trading,
        place: u32,
        lots_left: i64,
        events: &mut Vec<Event>,
    ) {
        let old = *self.orders.at(place);
        let market = &trading.market;
        trading.ladder.shrink(old.ticks, old.lots_left - lots_left);
        let held = hold_of(market, old.side, old.ticks, lots_left, self.orders.maker_notional(place));
        let released = old.held - held;
        self.release(market, &old, released);
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
    #[inline]
    pub(crate) fn remove(
        &mut self,
        trading: &mut Trading,
        place: u32,
        reason: CancelReason,
        events: &mut Vec<Event>,
    ) {
        let (side, ticks) = (self.orders.at(place).side, self.orders.at(place).ticks);
        let level_lots = self.cancel_resting(trading, place, reason, events);
        trading.tell_level(side, ticks, level_lots, events);
    }
}
