//! Placing an order: admitted, matched, settled, and what is left rests or is cancelled.

use doorward_domain::market::command::PlaceOrder;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{MAX_TICKS, Market, MarketId, OrderId, OwnerId, fee_of};
use doorward_domain::market::order::{
    CancelReason, CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce,
};

use crate::engine::Engine;
use crate::ladder::{NO_ASK, NO_BID};
use crate::orders::{NONE, NewOrder};
use crate::settle::hold_of;

/// An admitted order on its way through the book.
struct Taking {
    owner: OwnerId,
    side: Side,
    self_trade: Option<SelfTradePrevention>,
    /// The worst price it takes.
    limit: u32,
    /// Lots still wanted; unbounded for an order by funds.
    lots_left: i64,
    /// Quote units still to be used; unbounded for an order by size.
    funds_left: i64,
    /// Quote units and lots exchanged so far.
    notional: i64,
    lots: i64,
    fee: i64,
    stopped_by_self_trade: bool,
}

/// What the book would give to a taker.
struct Survey {
    lots: i64,
    notional: i64,
}

impl Taking {
    #[inline]
    fn takes(&self, ticks: u32) -> bool {
        match self.side {
            Side::Buy => ticks <= self.limit && ticks != NO_ASK,
            Side::Sell => ticks >= self.limit && ticks != NO_BID,
        }
    }

    /// Lots that it takes of so many at this price.
    #[inline]
    fn share(&self, market: &Market, ticks: u32, offered: i64) -> i64 {
        let wanted = self.lots_left.min(offered);
        if self.funds_left == i64::MAX { wanted } else { wanted.min(market.lots_for(self.funds_left, ticks)) }
    }
}

impl Engine {
    pub(crate) fn place(
        &mut self,
        order: &PlaceOrder,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        let (market, mut taking) = self.admit(order)?;
        let reserved = self.orders.reserve();
        let id = reserved.id();
        if let Some(client_id) = order.client_id {
            self.client_ids.insert(client_id, id);
        }
        events.push(Event::Accepted {
            order: id,
            owner: order.owner,
            market: order.market,
            side: order.side,
            client_id: order.client_id,
        });
        if let Some(reason) = self.cannot_begin(order, &taking) {
            self.orders.give_back(reserved);
            self.retire_client_id(order.client_id);
            events.push(cancelled(order, id, taking.lots_left, reason));
            return Ok(());
        }
        self.take(order.market, &market, id, &mut taking, events);
        self.settle_taker(&market, &taking);
        let rests =
            matches!(order.kind, OrderKind::Limit { time_in_force: TimeInForce::GoodTillCancelled, .. });
        if rests && taking.lots_left > 0 && !taking.stopped_by_self_trade {
            self.rest(order, &market, reserved, &taking, events);
            return Ok(());
        }
        self.orders.give_back(reserved);
        self.retire_client_id(order.client_id);
        let is_filled = match order.kind {
            OrderKind::MarketByFunds { .. } => taking.lots > 0 && !taking.stopped_by_self_trade,
            OrderKind::Limit { .. } | OrderKind::MarketBySize { .. } => taking.lots_left == 0,
        };
        if taking.stopped_by_self_trade || !is_filled {
            let reason = if taking.stopped_by_self_trade {
                CancelReason::SelfTrade
            } else {
                CancelReason::NoMoreLiquidity
            };
            events.push(cancelled(order, id, taking.lots_left, reason));
        }
        Ok(())
    }

    /// Everything that can be wrong with an order, before anything changes.
    fn admit(&self, order: &PlaceOrder) -> Result<(Market, Taking), CommandRefused> {
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
        if order.client_id.is_some_and(|client_id| self.client_ids.contains_key(&client_id)) {
            return Err(CommandRefused::DuplicateClientOrderId);
        }
        let market = trading.market;
        let (low, high) = market.band(trading.last_ticks);
        let worst = match order.side {
            Side::Buy => high,
            Side::Sell => low,
        };
        let mut taking = Taking {
            owner: order.owner,
            side: order.side,
            self_trade: order.self_trade,
            limit: worst,
            lots_left: i64::MAX,
            funds_left: i64::MAX,
            notional: 0,
            lots: 0,
            fee: 0,
            stopped_by_self_trade: false,
        };
        let needed = match order.kind {
            OrderKind::Limit { ticks, lots, time_in_force, post_only } => {
                if post_only && time_in_force != TimeInForce::GoodTillCancelled {
                    return Err(CommandRefused::Instructions);
                }
                if time_in_force == TimeInForce::FillOrKill {
                    // The whole must be known to fill: nothing of one's own may stand in the way.
                    taking.self_trade = order.self_trade.map(|_| SelfTradePrevention::CancelNewest);
                }
                if ticks == 0 || ticks > MAX_TICKS {
                    return Err(CommandRefused::Price);
                }
                size_fits(&market, lots)?;
                let notional = market.notional(ticks, lots).ok_or(CommandRefused::Notional)?;
                if notional < market.spec.min_notional {
                    return Err(CommandRefused::Notional);
                }
                if ticks < low || ticks > high {
                    return Err(CommandRefused::PriceBand);
                }
                let own = self.own_orders_of(order.owner, order.market);
                if own >= u32::from(market.spec.max_open_orders)
                    && time_in_force == TimeInForce::GoodTillCancelled
                {
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
                size_fits(&market, lots)?;
                taking.lots_left = lots;
                let survey = self.survey(order.market, &taking);
                match order.side {
                    Side::Sell => market.base_units(lots),
                    Side::Buy => survey.notional + fee_of(market.spec.taker_ppm, survey.notional),
                }
            }
            OrderKind::MarketByFunds { funds } => {
                self.market_instructions(order)?;
                if funds <= 0 || funds < market.spec.min_notional {
                    return Err(CommandRefused::Notional);
                }
                taking.funds_left = funds;
                let survey = self.survey(order.market, &taking);
                match order.side {
                    Side::Sell => market.base_units(survey.lots),
                    Side::Buy => survey.notional + fee_of(market.spec.taker_ppm, survey.notional),
                }
            }
        };
        let asset = match order.side {
            Side::Buy => market.spec.quote,
            Side::Sell => market.spec.base,
        };
        if self.balances.of(order.owner, asset).trade < needed {
            return Err(CommandRefused::InsufficientFunds);
        }
        Ok((market, taking))
    }

    fn market_instructions(&self, order: &PlaceOrder) -> Result<(), CommandRefused> {
        if order.self_trade == Some(SelfTradePrevention::DecreaseAndCancel) {
            return Err(CommandRefused::Instructions);
        }
        Ok(())
    }

    fn own_orders_of(&self, owner: OwnerId, market: MarketId) -> u32 {
        let stride = self.own_orders.len() / (self.balances.owners() as usize).max(1);
        self.own_orders[owner.0 as usize * stride + usize::from(market.0)].count
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

    /// What a taker would get, self-trade prevention considered; nothing changes.
    fn survey(&self, market_id: MarketId, taking: &Taking) -> Survey {
        let trading = &self.markets[usize::from(market_id.0)];
        let (market, ladder) = (&trading.market, &trading.ladder);
        let side = taking.side.opposite();
        let mut wanted = Taking { ..copy_of(taking) };
        let mut ticks = ladder.best(side);
        while wanted.takes(ticks) {
            let mut place = ladder.level(ticks).first;
            while place != NONE {
                let maker = self.orders.at(place);
                let is_own = maker.owner == wanted.owner && wanted.self_trade.is_some();
                if is_own && wanted.self_trade != Some(SelfTradePrevention::CancelOldest) {
                    return Survey { lots: wanted.lots, notional: wanted.notional };
                }
                if !is_own {
                    let lots = wanted.share(market, ticks, maker.lots_left);
                    if lots == 0 {
                        return Survey { lots: wanted.lots, notional: wanted.notional };
                    }
                    wanted.count(market, ticks, lots);
                    if lots < maker.lots_left {
                        return Survey { lots: wanted.lots, notional: wanted.notional };
                    }
                }
                place = maker.behind;
            }
            ticks = ladder.worse(side, ticks);
        }
        Survey { lots: wanted.lots, notional: wanted.notional }
    }

    /// Trades with the book until nothing is wanted or nothing fits.
    fn take(
        &mut self,
        market_id: MarketId,
        market: &Market,
        taker: OrderId,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) {
        let side = taking.side.opposite();
        while taking.lots_left > 0 && !taking.stopped_by_self_trade {
            let ticks = self.markets[usize::from(market_id.0)].ladder.best(side);
            if !taking.takes(ticks) {
                return;
            }
            let sequence_before = events.len();
            let exhausted = self.take_level(market_id, market, taker, ticks, taking, events);
            if events.len() > sequence_before {
                self.markets[usize::from(market_id.0)].level_changed(market_id, side, ticks, events);
            }
            if !exhausted {
                return;
            }
        }
    }

    /// Trades with one price; says whether the whole queue is gone.
    fn take_level(
        &mut self,
        market_id: MarketId,
        market: &Market,
        taker: OrderId,
        ticks: u32,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) -> bool {
        let mut place = self.markets[usize::from(market_id.0)].ladder.level(ticks).first;
        while place != NONE {
            if taking.lots_left == 0 {
                return false;
            }
            let maker = *self.orders.at(place);
            if let Some(prevention) = taking.self_trade.filter(|_| maker.owner == taking.owner) {
                if !self.prevent(prevention, market, place, taking, events) {
                    return false;
                }
                place = maker.behind;
                continue;
            }
            let lots = taking.share(market, ticks, maker.lots_left);
            if lots == 0 {
                return false;
            }
            let notional = market.tick_lot_units * i64::from(ticks) * lots;
            let maker_fee = self.settle_maker(market, place, lots, notional);
            let taker_fee = fee_of(market.spec.taker_ppm, taking.notional + notional) - taking.fee;
            taking.count(market, ticks, lots);
            taking.fee += taker_fee;
            self.balances.house_mut(market.spec.quote).fees += maker_fee;
            let trading = &mut self.markets[usize::from(market_id.0)];
            trading.trades += 1;
            trading.last_ticks = ticks;
            events.push(Event::Traded {
                market: market_id,
                trade: trading.trades,
                taker,
                maker: self.orders.id_at(place),
                taker_owner: taking.owner,
                maker_owner: maker.owner,
                taker_side: taking.side,
                ticks,
                lots,
                notional,
                taker_fee,
                maker_fee,
                maker_lots_left: maker.lots_left - lots,
            });
            if lots < maker.lots_left {
                self.orders.at_mut(place).lots_left -= lots;
                trading.ladder.shrink(ticks, lots);
                return false;
            }
            self.close(place);
            place = maker.behind;
        }
        true
    }

    /// Keeps a taker from trading with its own order; says whether it goes on.
    #[cold]
    fn prevent(
        &mut self,
        prevention: SelfTradePrevention,
        market: &Market,
        place: u32,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) -> bool {
        let maker = *self.orders.at(place);
        match prevention {
            SelfTradePrevention::CancelNewest => taking.stopped_by_self_trade = true,
            SelfTradePrevention::CancelOldest => self.cancel_resting(place, CancelReason::SelfTrade, events),
            SelfTradePrevention::CancelBoth => {
                self.cancel_resting(place, CancelReason::SelfTrade, events);
                taking.stopped_by_self_trade = true;
            }
            SelfTradePrevention::DecreaseAndCancel if maker.lots_left <= taking.lots_left => {
                taking.lots_left -= maker.lots_left;
                taking.stopped_by_self_trade = taking.lots_left == 0;
                self.cancel_resting(place, CancelReason::SelfTrade, events);
            }
            SelfTradePrevention::DecreaseAndCancel => {
                let lots_left = maker.lots_left - taking.lots_left;
                let held = hold_of(market, maker.side, maker.ticks, lots_left, maker.maker_notional);
                let released = maker.held - held;
                self.release(market, &maker, released);
                let order = self.orders.at_mut(place);
                (order.lots_left, order.held) = (lots_left, held);
                let trading = &mut self.markets[usize::from(maker.market.0)];
                trading.ladder.shrink(maker.ticks, taking.lots_left);
                events.push(Event::Decreased { order: self.orders.id_at(place), lots_left, released });
                taking.lots_left = 0;
                taking.stopped_by_self_trade = true;
            }
        }
        !taking.stopped_by_self_trade
    }

    #[inline]
    fn settle_taker(&mut self, market: &Market, taking: &Taking) {
        if taking.lots == 0 {
            return;
        }
        let base_units = market.base_units(taking.lots);
        let (quote, base) = match taking.side {
            Side::Buy => (-(taking.notional + taking.fee), base_units),
            Side::Sell => (taking.notional - taking.fee, -base_units),
        };
        self.balances.of_mut(taking.owner, market.spec.quote).trade += quote;
        self.balances.of_mut(taking.owner, market.spec.base).trade += base;
        self.balances.house_mut(market.spec.quote).fees += taking.fee;
    }

    #[inline]
    fn rest(
        &mut self,
        order: &PlaceOrder,
        market: &Market,
        reserved: crate::orders::Reserved,
        taking: &Taking,
        events: &mut Vec<Event>,
    ) {
        let held = hold_of(market, order.side, taking.limit, taking.lots_left, 0);
        let asset = match order.side {
            Side::Buy => market.spec.quote,
            Side::Sell => market.spec.base,
        };
        let balance = self.balances.of_mut(order.owner, asset);
        balance.trade -= held;
        balance.held += held;
        let new = NewOrder {
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks: taking.limit,
            lots: taking.lots_left,
            held,
            client_id: order.client_id,
        };
        let place = self.orders.open(reserved, new);
        let own = self.own_orders_mut(order.owner, order.market);
        let behind = own.first;
        own.first = place;
        own.count += 1;
        if behind != NONE {
            self.orders.at_mut(behind).owner_before = place;
        }
        self.orders.at_mut(place).owner_behind = behind;
        let trading = &mut self.markets[usize::from(order.market.0)];
        trading.ladder.join(&mut self.orders, place);
        events.push(Event::Rested {
            order: reserved.id(),
            ticks: taking.limit,
            lots: taking.lots_left,
            held,
        });
        trading.level_changed(order.market, order.side, taking.limit, events);
    }
}

impl Taking {
    #[inline]
    fn count(&mut self, market: &Market, ticks: u32, lots: i64) {
        let notional = market.tick_lot_units * i64::from(ticks) * lots;
        self.notional += notional;
        self.lots += lots;
        if self.lots_left != i64::MAX {
            self.lots_left -= lots;
        }
        if self.funds_left != i64::MAX {
            self.funds_left -= notional;
        }
    }
}

const fn copy_of(taking: &Taking) -> Taking {
    Taking {
        owner: taking.owner,
        side: taking.side,
        self_trade: taking.self_trade,
        limit: taking.limit,
        lots_left: taking.lots_left,
        funds_left: taking.funds_left,
        notional: 0,
        lots: 0,
        fee: 0,
        stopped_by_self_trade: false,
    }
}

fn size_fits(market: &Market, lots: i64) -> Result<(), CommandRefused> {
    if lots < market.spec.min_lots || lots > market.spec.max_lots {
        return Err(CommandRefused::Size);
    }
    Ok(())
}

const fn cancelled(order: &PlaceOrder, id: OrderId, lots_left: i64, reason: CancelReason) -> Event {
    let lots_left = if lots_left == i64::MAX { 0 } else { lots_left };
    Event::Cancelled { order: id, owner: order.owner, market: order.market, lots_left, released: 0, reason }
}
