//! Placing an order: admitted, matched, settled, and what is left rests or is cancelled.

use doorward_domain::market::command::{ClientOrderId, PlaceOrder};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{MAX_TICKS, Market, OrderId, fee_of};
use doorward_domain::market::order::{
    CancelReason, CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce,
};

use crate::engine::Engine;
use crate::orders::{NewOrder, Order, Reserved};
use crate::settle::hold_of;
use crate::take::Taking;

impl Engine {
    pub(crate) fn place(
        &mut self,
        order: &PlaceOrder,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let taking = self.admit(order, None)?;
        let market = self.markets[usize::from(order.market.0)].market;
        Ok(self.enter(order, &market, taking, events))
    }

    /// Gives an admitted order its id, lets it trade, and lets what is left rest or end.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        order: &PlaceOrder,
        market: &Market,
        mut taking: Taking,
        events: &mut Vec<Event>,
    ) -> Answer {
        let reserved = self.orders.reserve();
        let id = reserved.id();
        if let Some(client_id) = order.client_id {
            self.client_ids.insert(client_id.0.get(), id.0);
        }
        events.push(Event::Accepted {
            order: id,
            owner: order.owner,
            market: order.market,
            side: order.side,
            client_id: order.client_id,
        });
        let ended = match self.cannot_begin(order, &taking) {
            Some(reason) => Some(reason),
            None => {
                self.take(order.market, market, id, &mut taking, events);
                self.settle_taker(market, &taking);
                match order.kind {
                    OrderKind::Limit { time_in_force, post_only, .. }
                        if time_in_force.rests() && taking.wants_more() =>
                    {
                        self.rest(order, market, reserved, &taking, (time_in_force, post_only), events);
                        return Answer::Order(id);
                    }
                    _ => taking.ended(&order.kind),
                }
            }
        };
        self.orders.give_back(reserved.place());
        self.retire_client_id(order.client_id);
        if let Some(reason) = ended {
            events.push(cancelled(order, id, taking.lots_left, reason));
        }
        Answer::Order(id)
    }

    /// Everything that can be wrong with an order, before anything changes. With `replaced` as if that one, of the same owner,
    /// market and side, were gone already.
    #[inline]
    pub(crate) fn admit(
        &self,
        order: &PlaceOrder,
        replaced: Option<&Order>,
    ) -> Result<Taking, CommandRefused> {
        let trading = self.markets.get(usize::from(order.market.0)).ok_or(CommandRefused::UnknownMarket)?;
        let restriction =
            self.restrictions.get(order.owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        let forbidden = match order.side {
            Side::Buy => restriction.no_buying,
            Side::Sell => restriction.no_selling,
        };
        if forbidden {
            return Err(CommandRefused::Restricted);
        }
        if trading.halted {
            return Err(CommandRefused::Halted);
        }
        let is_taken = |client_id: ClientOrderId| self.client_ids.get(client_id.0.get()).is_some();
        if replaced.is_none() && order.client_id.is_some_and(is_taken) {
            return Err(CommandRefused::DuplicateClientOrderId);
        }
        if self.orders.is_full() {
            return Err(CommandRefused::Full);
        }
        let market = &trading.market;
        let (low, high) = market.band(trading.last_ticks);
        let worst = match order.side {
            Side::Buy => high,
            Side::Sell => low,
        };
        let mut taking = Taking::new(order.owner, order.side, worst, i64::MAX, i64::MAX);
        taking.self_trade = order.self_trade;
        let needed = match order.kind {
            OrderKind::Limit { ticks, lots, time_in_force, post_only } => {
                if post_only && !time_in_force.rests() {
                    return Err(CommandRefused::Instructions);
                }
                if time_in_force.deadline().is_some_and(|deadline| deadline <= self.now) {
                    return Err(CommandRefused::Deadline);
                }
                if time_in_force == TimeInForce::FillOrKill {
                    // The whole must be known to fill: nothing of one's own may stand in the way.
                    taking.self_trade = order.self_trade.map(|_| SelfTradePrevention::CancelNewest);
                }
                if ticks == 0 || ticks > MAX_TICKS {
                    return Err(CommandRefused::Price);
                }
                size_fits(market, lots)?;
                let notional = market.notional(ticks, lots).ok_or(CommandRefused::Notional)?;
                if notional < market.spec.min_notional {
                    return Err(CommandRefused::Notional);
                }
                if ticks < low || ticks > high {
                    return Err(CommandRefused::PriceBand);
                }
                let own = self.own_orders.count(order.owner, order.market) - u32::from(replaced.is_some());
                if own >= u32::from(market.spec.max_open_orders) && time_in_force.rests() {
                    return Err(CommandRefused::TooManyOpenOrders);
                }
                (taking.limit, taking.lots_left) = (ticks, lots);
                match order.side {
                    Side::Sell => market.base_units(lots),
                    // One unit more than the fee of the whole: it may be taken in part and rest in part.
                    Side::Buy => {
                        notional + fee_of(market.spec.taker_ppm.max(market.spec.maker_ppm), notional) + 1
                    }
                }
            }
            OrderKind::MarketBySize { lots } => {
                self.market_instructions(order)?;
                size_fits(market, lots)?;
                taking.lots_left = lots;
                let survey = self.survey(order.market, &taking);
                match order.side {
                    Side::Sell => market.base_units(lots),
                    Side::Buy => survey.cost(market),
                }
            }
            OrderKind::MarketByFunds { funds } => {
                self.market_instructions(order)?;
                if funds <= 0 || funds < market.spec.min_notional {
                    return Err(CommandRefused::Notional);
                }
                let self_trade = taking.self_trade;
                taking = Taking::new(order.owner, order.side, worst, i64::MAX, funds);
                taking.self_trade = self_trade;
                let survey = self.survey(order.market, &taking);
                match order.side {
                    Side::Sell => market.base_units(survey.lots),
                    Side::Buy => survey.cost(market),
                }
            }
        };
        let freed = replaced.map_or(0, |replaced| replaced.held);
        if self.balances.of(order.owner, market.paid_with(order.side)).trade + freed < needed {
            return Err(CommandRefused::InsufficientFunds);
        }
        Ok(taking)
    }

    fn market_instructions(&self, order: &PlaceOrder) -> Result<(), CommandRefused> {
        if order.self_trade == Some(SelfTradePrevention::DecreaseAndCancel) {
            return Err(CommandRefused::Instructions);
        }
        Ok(())
    }

    /// Why an admitted order is cancelled before it takes anything.
    fn cannot_begin(&self, order: &PlaceOrder, taking: &Taking) -> Option<CancelReason> {
        let OrderKind::Limit { lots, time_in_force, post_only, .. } = order.kind else { return None };
        let ladder = &self.markets[usize::from(order.market.0)].ladder;
        if post_only && taking.takes(ladder.best(order.side.opposite())) {
            return Some(CancelReason::WouldTake);
        }
        let whole =
            time_in_force != TimeInForce::FillOrKill || self.survey(order.market, taking).lots == lots;
        (!whole).then_some(CancelReason::NotWhole)
    }

    #[inline]
    fn rest(
        &mut self,
        order: &PlaceOrder,
        market: &Market,
        reserved: Reserved,
        taking: &Taking,
        (time_in_force, post_only): (TimeInForce, bool),
        events: &mut Vec<Event>,
    ) {
        let (ticks, lots) = (taking.limit, taking.lots_left);
        let held = hold_of(market, order.side, ticks, lots, 0);
        let balance = self.balances.of_mut(order.owner, market.paid_with(order.side));
        balance.trade -= held;
        balance.held += held;
        let deadline = time_in_force.deadline();
        let new = NewOrder {
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks,
            self_trade: order.self_trade,
            post_only,
            timed: deadline.is_some(),
            lots_left: lots,
            held,
            filled: 0,
            maker_notional: 0,
            client_id: order.client_id,
        };
        let place = self.orders.open(reserved, &new);
        if let Some(deadline) = deadline {
            self.deadlines.insert(reserved.id(), deadline);
        }
        self.own_orders.open(order.owner, order.market, reserved.id(), &self.orders);
        let trading = &mut self.markets[usize::from(order.market.0)];
        trading.ladder.join(&mut self.orders, place);
        events.push(Event::Rested {
            order: reserved.id(),
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks,
            lots,
            held,
        });
        trading.level_changed(order.market, order.side, ticks, events);
    }
}

pub(crate) fn size_fits(market: &Market, lots: i64) -> Result<(), CommandRefused> {
    if lots < market.spec.min_lots || lots > market.spec.max_lots {
        return Err(CommandRefused::Size);
    }
    Ok(())
}

const fn cancelled(order: &PlaceOrder, id: OrderId, lots_left: i64, reason: CancelReason) -> Event {
    let lots_left = if lots_left == i64::MAX { 0 } else { lots_left };
    Event::Cancelled {
        order: id,
        owner: order.owner,
        market: order.market,
        side: order.side,
        lots_left,
        released: 0,
        reason,
    }
}
