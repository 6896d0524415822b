//! Placing an order: admitted, matched, settled, and what is left rests or is cancelled.

use doorward_domain::market::command::{ClientOrderId, PlaceOrder, Restriction};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{MAX_TICKS, Market, OrderId, fee_of};
use doorward_domain::market::order::{
    CancelReason, CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce,
};

use crate::engine::Engine;
use crate::orders::{NewOrder, Order, Reserved};
use crate::settle::hold_of;
use crate::shared::{Shared, Trading};
use crate::take::Taking;

impl Engine {
    #[inline(always)]
    pub(crate) fn place(
        &mut self,
        order: &PlaceOrder,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let trading =
            self.markets.get_mut(usize::from(order.market.0)).ok_or(CommandRefused::UnknownMarket)?;
        let restriction =
            self.restrictions.get(order.owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        let mut taking = Taking::new(order.owner, order.side);
        self.shared.admit(trading, *restriction, order, None, &mut taking)?;
        Ok(self.shared.enter(trading, order, &mut taking, events))
    }
}

impl Shared {
    /// Gives an admitted order its id, lets it trade, and lets what is left rest or end.
    #[inline(always)]
    pub(crate) fn enter(
        &mut self,
        trading: &mut Trading,
        order: &PlaceOrder,
        taking: &mut Taking,
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
        let crosses = taking.takes(trading.ladder.best(order.side.opposite()));
        let ended = match self.cannot_begin(trading, order, taking, crosses) {
            Some(reason) => Some(reason),
            None => {
                if crosses {
                    self.take(trading, id, taking, events);
                }
                match order.kind {
                    OrderKind::Limit { time_in_force, post_only, .. }
                        if time_in_force.rests() && taking.wants_more() =>
                    {
                        self.rest(trading, order, reserved, taking, (time_in_force, post_only), events);
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
    #[inline(always)]
    pub(crate) fn admit(
        &self,
        trading: &Trading,
        restriction: Restriction,
        order: &PlaceOrder,
        replaced: Option<&Order>,
        taking: &mut Taking,
    ) -> Result<(), CommandRefused> {
        // Sides come as they like, and a branch on them is guessed wrong every other time: both are worked out instead.
        let buys = order.side == Side::Buy;
        if (restriction.no_buying & buys) | (restriction.no_selling & !buys) {
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
        taking.limit = if buys { high } else { low };
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
                // One unit more than the fee of the whole: it may be taken in part and rest in part.
                let fee = fee_of(market.spec.taker_ppm.max(market.spec.maker_ppm), notional) + 1;
                let base_units = market.base_units(lots);
                if buys { notional + fee } else { base_units }
            }
            OrderKind::MarketBySize { lots } => {
                market_instructions(order)?;
                size_fits(market, lots)?;
                taking.lots_left = lots;
                let survey = self.survey(trading, taking);
                match order.side {
                    Side::Sell => market.base_units(lots),
                    Side::Buy => survey.cost(market),
                }
            }
            OrderKind::MarketByFunds { funds } => {
                market_instructions(order)?;
                if funds <= 0 || funds < market.spec.min_notional {
                    return Err(CommandRefused::Notional);
                }
                taking.funds_left = funds;
                let survey = self.survey(trading, taking);
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
        Ok(())
    }

    /// Why an admitted order is cancelled before it takes anything.
    #[inline]
    fn cannot_begin(
        &self,
        trading: &Trading,
        order: &PlaceOrder,
        taking: &Taking,
        crosses: bool,
    ) -> Option<CancelReason> {
        let OrderKind::Limit { lots, time_in_force, post_only, .. } = order.kind else { return None };
        if post_only && crosses {
            return Some(CancelReason::WouldTake);
        }
        let whole = time_in_force != TimeInForce::FillOrKill || self.survey(trading, taking).lots == lots;
        (!whole).then_some(CancelReason::NotWhole)
    }

    #[inline]
    fn rest(
        &mut self,
        trading: &mut Trading,
        order: &PlaceOrder,
        reserved: Reserved,
        taking: &Taking,
        (time_in_force, post_only): (TimeInForce, bool),
        events: &mut Vec<Event>,
    ) {
        let (ticks, lots) = (taking.limit, taking.lots_left);
        let held = hold_of(&trading.market, order.side, ticks, lots, 0);
        let balance = self.balances.of_mut(order.owner, trading.market.paid_with(order.side));
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
        let level_lots = trading.ladder.join(&mut self.orders, place, (order.side, ticks, lots));
        events.push(Event::Rested {
            order: reserved.id(),
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks,
            lots,
            held,
        });
        trading.tell_level(order.side, ticks, level_lots, events);
    }
}

fn market_instructions(order: &PlaceOrder) -> Result<(), CommandRefused> {
    if order.self_trade == Some(SelfTradePrevention::DecreaseAndCancel) {
        return Err(CommandRefused::Instructions);
    }
    Ok(())
}

#[inline]
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
