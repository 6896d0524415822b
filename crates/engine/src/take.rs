//! An admitted order goes through the book: what it would get, and what it gets.

use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{Market, OrderId, OwnerId, fee_of};
use doorward_domain::market::order::{CancelReason, OrderKind, SelfTradePrevention, Side};

use crate::ladder::{NO_ASK, NO_BID};
use crate::orders::{NONE, Order};
use crate::shared::{Shared, Trading};

/// An admitted order on its way through the book.
#[derive(Clone)]
pub(crate) struct Taking {
    pub(crate) owner: OwnerId,
    pub(crate) side: Side,
    pub(crate) self_trade: Option<SelfTradePrevention>,
    /// The worst price it takes.
    pub(crate) limit: u32,
    /// Lots still wanted; unbounded for an order by funds.
    pub(crate) lots_left: i64,
    /// Quote units still to be used; unbounded for an order by size.
    pub(crate) funds_left: i64,
    /// Quote units and lots exchanged so far.
    notional: i64,
    lots: i64,
    fee: i64,
    stopped_by_self_trade: bool,
}

/// What the book would give to a taker. More than any asset can have stands as the largest number.
pub(crate) struct Survey {
    pub(crate) lots: i64,
    notional: i64,
}

impl Survey {
    /// Quote units that a buyer pays, fee included.
    pub(crate) fn cost(&self, market: &Market) -> i64 {
        self.notional.saturating_add(fee_of(market.spec.taker_ppm, self.notional))
    }
}

impl Taking {
    /// One that wants whatever there is at any price.
    #[inline]
    pub(crate) const fn new(owner: OwnerId, side: Side) -> Self {
        Self {
            owner,
            side,
            self_trade: None,
            limit: 0,
            lots_left: i64::MAX,
            funds_left: i64::MAX,
            notional: 0,
            lots: 0,
            fee: 0,
            stopped_by_self_trade: false,
        }
    }

    #[inline]
    pub(crate) fn takes(&self, ticks: u32) -> bool {
        // Sides come as they like: a branch on them is guessed wrong every other time.
        let buys = self.side == Side::Buy;
        (buys & (ticks <= self.limit) & (ticks != NO_ASK))
            | (!buys & (ticks >= self.limit) & (ticks != NO_BID))
    }

    /// Whether what is left of it may rest.
    #[inline]
    pub(crate) const fn wants_more(&self) -> bool {
        self.lots_left > 0 && !self.stopped_by_self_trade
    }

    /// Why an order that does not rest is over, if not because it is filled.
    pub(crate) fn ended(&self, kind: &OrderKind) -> Option<CancelReason> {
        let is_filled = match kind {
            OrderKind::MarketByFunds { .. } => self.lots > 0,
            OrderKind::Limit { .. } | OrderKind::MarketBySize { .. } => self.lots_left == 0,
        };
        match (self.stopped_by_self_trade, is_filled) {
            (true, _) => Some(CancelReason::SelfTrade),
            (false, false) => Some(CancelReason::NoMoreLiquidity),
            (false, true) => None,
        }
    }

    /// Lots that it takes of so many at this price.
    #[inline]
    fn share(&self, market: &Market, ticks: u32, offered: i64) -> i64 {
        let wanted = self.lots_left.min(offered);
        if self.funds_left == i64::MAX { wanted } else { wanted.min(market.lots_for(self.funds_left, ticks)) }
    }

    /// Adds a fill up. Only a survey, which nobody has paid for, meets the end of the numbers.
    #[inline]
    fn count(&mut self, lots: i64, notional: i64) {
        self.notional = self.notional.saturating_add(notional);
        self.lots = self.lots.saturating_add(lots);
        if self.lots_left != i64::MAX {
            self.lots_left -= lots;
        }
        if self.funds_left != i64::MAX {
            self.funds_left -= notional;
        }
    }
}

/// Quote units of lots that stand in the book: no more than were admitted with them.
#[inline]
fn notional_of(market: &Market, ticks: u32, lots: i64) -> i64 {
    market.tick_lot_units * i64::from(ticks) * lots
}

impl Shared {
    /// What a taker would get, self-trade prevention considered; nothing changes.
    pub(crate) fn survey(&self, trading: &Trading, taking: &Taking) -> Survey {
        let mut wanted = taking.clone();
        self.walk(trading, &mut wanted);
        Survey { lots: wanted.lots, notional: wanted.notional }
    }

    fn walk(&self, trading: &Trading, wanted: &mut Taking) {
        let side = wanted.side.opposite();
        let mut ticks = trading.ladder.best(side);
        while wanted.takes(ticks) {
            let mut place = trading.ladder.level(ticks).first;
            while place != NONE {
                let maker = self.orders.at(place);
                let prevention = wanted.self_trade.filter(|_| maker.owner == wanted.owner);
                match prevention {
                    Some(SelfTradePrevention::CancelOldest) => {}
                    Some(_) => return,
                    None => {
                        let lots = wanted.share(&trading.market, ticks, maker.lots_left);
                        wanted.count(lots, notional_of(&trading.market, ticks, lots));
                        if lots < maker.lots_left {
                            return;
                        }
                    }
                }
                place = self.orders.links(place).behind;
            }
            ticks = trading.ladder.worse(side, ticks);
        }
    }

    /// Trades with the book until nothing is wanted or nothing fits, and settles what it got.
    #[inline(never)]
    pub(crate) fn take(
        &mut self,
        trading: &mut Trading,
        taker: OrderId,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) {
        let side = taking.side.opposite();
        while taking.wants_more() {
            let ticks = trading.ladder.best(side);
            if !taking.takes(ticks) {
                break;
            }
            let events_before = events.len();
            let exhausted = self.take_level(trading, taker, ticks, taking, events);
            if events.len() > events_before {
                trading.level_changed(side, ticks, events);
            }
            if !exhausted {
                break;
            }
        }
        self.settle_taker(&trading.market, taking);
    }

    /// Trades with one price; says whether the whole queue is gone.
    #[inline]
    fn take_level(
        &mut self,
        trading: &mut Trading,
        taker: OrderId,
        ticks: u32,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) -> bool {
        let mut place = trading.ladder.level(ticks).first;
        while place != NONE {
            if taking.lots_left == 0 {
                return false;
            }
            let (maker, behind) = (*self.orders.at(place), self.orders.links(place).behind);
            if let Some(prevention) = taking.self_trade.filter(|_| maker.owner == taking.owner) {
                if !self.prevent(prevention, trading, place, taking, events) {
                    return false;
                }
                place = behind;
                continue;
            }
            let lots = taking.share(&trading.market, ticks, maker.lots_left);
            if lots == 0 {
                return false;
            }
            self.trade(trading, taker, taking, (place, &maker, lots), events);
            if lots < maker.lots_left {
                trading.ladder.shrink(ticks, lots);
                return false;
            }
            self.retire_client_id(self.orders.client_id(place));
            self.close(trading, place, &maker);
            place = behind;
        }
        true
    }

    /// Lets a taker have these lots of this resting order.
    #[inline]
    fn trade(
        &mut self,
        trading: &mut Trading,
        taker: OrderId,
        taking: &mut Taking,
        (place, maker, lots): (u32, &Order, i64),
        events: &mut Vec<Event>,
    ) {
        let (market, ticks) = (&trading.market, maker.ticks);
        let notional = notional_of(market, ticks, lots);
        let maker_fee = self.settle_maker(market, place, maker, lots, notional);
        let taker_fee = fee_of(market.spec.taker_ppm, taking.notional + notional) - taking.fee;
        taking.count(lots, notional);
        taking.fee += taker_fee;
        self.balances.house_mut(market.spec.quote).fees += maker_fee;
        trading.trades += 1;
        trading.last_ticks = ticks;
        events.push(Event::Traded {
            market: trading.id,
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
    }

    /// Keeps a taker from trading with its own order; says whether it goes on.
    #[cold]
    fn prevent(
        &mut self,
        prevention: SelfTradePrevention,
        trading: &mut Trading,
        place: u32,
        taking: &mut Taking,
        events: &mut Vec<Event>,
    ) -> bool {
        let maker_lots = self.orders.at(place).lots_left;
        match prevention {
            SelfTradePrevention::CancelNewest => taking.stopped_by_self_trade = true,
            SelfTradePrevention::CancelOldest => {
                self.cancel_resting(trading, place, CancelReason::SelfTrade, events);
            }
            SelfTradePrevention::CancelBoth => {
                self.cancel_resting(trading, place, CancelReason::SelfTrade, events);
                taking.stopped_by_self_trade = true;
            }
            SelfTradePrevention::DecreaseAndCancel if maker_lots <= taking.lots_left => {
                taking.lots_left -= maker_lots;
                taking.stopped_by_self_trade = taking.lots_left == 0;
                self.cancel_resting(trading, place, CancelReason::SelfTrade, events);
            }
            SelfTradePrevention::DecreaseAndCancel => {
                self.decrease(trading, place, maker_lots - taking.lots_left, events);
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
}
