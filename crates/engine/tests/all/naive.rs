//! The rules once more, slowly: vectors, no lists, no ladder, no incremental holds.

use doorward_domain::market::command::{AmendOrder, PlaceOrder};
use doorward_domain::market::instrument::{MAX_TICKS, Market, MarketId, OwnerId, fee_of};
use doorward_domain::market::order::{CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Resting {
    pub(crate) number: usize,
    pub(crate) owner: OwnerId,
    pub(crate) side: Side,
    pub(crate) ticks: u32,
    /// What it was placed with, less what was taken off since.
    pub(crate) size: i64,
    pub(crate) lots: i64,
    pub(crate) maker_notional: i64,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) post_only: bool,
    pub(crate) self_trade: Option<SelfTradePrevention>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) maker: usize,
    pub(crate) ticks: u32,
    pub(crate) lots: i64,
    pub(crate) taker_fee: i64,
    pub(crate) maker_fee: i64,
}

/// One market, and for each owner what is free of base and quote.
pub(crate) struct Naive {
    pub(crate) market: Market,
    /// In the order of arrival.
    pub(crate) book: Vec<Resting>,
    pub(crate) free: Vec<[i64; 2]>,
    pub(crate) fees: i64,
    pub(crate) last: u32,
    pub(crate) orders: usize,
    pub(crate) now: Timestamp,
    pub(crate) halted: bool,
}

const BASE: usize = 0;
const QUOTE: usize = 1;

fn at(owner: OwnerId) -> usize {
    owner.0 as usize
}

impl Naive {
    pub(crate) fn held(&self, order: &Resting) -> i64 {
        let ppm = self.market.spec.maker_ppm;
        match order.side {
            Side::Sell => order.lots * self.market.spec.lot_units,
            Side::Buy => {
                let notional = self.market.notional(order.ticks, order.lots).expect("admitted");
                notional + fee_of(ppm, order.maker_notional + notional) - fee_of(ppm, order.maker_notional)
            }
        }
    }

    /// Where the best order that this taker could meet stands.
    fn best(&self, side: Side, limit: u32) -> Option<usize> {
        let opposite = self.book.iter().enumerate().filter(|(_, order)| order.side != side);
        let fits = opposite.filter(|(_, order)| match side {
            Side::Buy => order.ticks <= limit,
            Side::Sell => order.ticks >= limit,
        });
        // The first of equals arrived first; for bids the highest price is best.
        match side {
            Side::Buy => fits.min_by_key(|(index, order)| (order.ticks, *index)),
            Side::Sell => fits.min_by_key(|(index, order)| (u32::MAX - order.ticks, *index)),
        }
        .map(|(index, _)| index)
    }

    /// Cancels, and gives the hold back.
    pub(crate) fn cancel(&mut self, index: usize) {
        let order = self.book.remove(index);
        let asset = if order.side == Side::Buy { QUOTE } else { BASE };
        self.free[at(order.owner)][asset] += self.held(&order);
    }

    /// Ends what is over by this time.
    pub(crate) fn pass_time(&mut self, now: Timestamp) {
        self.now = now;
        while let Some(index) =
            self.book.iter().position(|order| order.deadline.is_some_and(|deadline| deadline <= now))
        {
            self.cancel(index);
        }
    }

    /// Amends on a copy of everything: the old order goes, the new one comes.
    pub(crate) fn amend(&mut self, index: usize, amend: &AmendOrder) -> Result<Vec<Trade>, CommandRefused> {
        let old = self.book[index];
        if amend.lots < self.market.spec.min_lots || amend.lots > self.market.spec.max_lots {
            return Err(CommandRefused::Size);
        }
        let left = amend.lots - (old.size - old.lots);
        if left <= 0 {
            return Err(CommandRefused::AlreadyFilled);
        }
        if amend.ticks == old.ticks && left <= old.lots {
            let asset = if old.side == Side::Buy { QUOTE } else { BASE };
            let rest = Resting { size: amend.lots, lots: left, ..old };
            self.free[at(old.owner)][asset] += self.held(&old) - self.held(&rest);
            self.book[index] = rest;
            return Ok(Vec::new());
        }
        let before = (self.book.clone(), self.free.clone());
        self.cancel(index);
        let placed = self.place(&PlaceOrder {
            owner: old.owner,
            market: MarketId(0),
            side: old.side,
            kind: OrderKind::Limit {
                ticks: amend.ticks,
                lots: left,
                time_in_force: old.deadline.map_or(TimeInForce::GoodTillCancelled, TimeInForce::GoodTillTime),
                post_only: old.post_only,
            },
            self_trade: old.self_trade,
            client_id: None,
        });
        if placed.is_err() {
            (self.book, self.free) = before;
        }
        placed
    }

    /// Places an order on a copy of everything, so that a refusal can leave no trace.
    pub(crate) fn place(&mut self, order: &PlaceOrder) -> Result<Vec<Trade>, CommandRefused> {
        let market = self.market;
        if self.halted {
            return Err(CommandRefused::Halted);
        }
        let (low, high) = market.band(self.last);
        let worst = if order.side == Side::Buy { high } else { low };
        let mut prevention = order.self_trade;
        let size_fits = |lots: i64| lots >= market.spec.min_lots && lots <= market.spec.max_lots;
        let (limit, lots, funds) = match order.kind {
            OrderKind::Limit { ticks, lots, time_in_force, post_only } => {
                if post_only && !time_in_force.rests() {
                    return Err(CommandRefused::Instructions);
                }
                if time_in_force.deadline().is_some_and(|deadline| deadline <= self.now) {
                    return Err(CommandRefused::Deadline);
                }
                if time_in_force == TimeInForce::FillOrKill && prevention.is_some() {
                    prevention = Some(SelfTradePrevention::CancelNewest);
                }
                if ticks == 0 || ticks > MAX_TICKS {
                    return Err(CommandRefused::Price);
                }
                if !size_fits(lots) {
                    return Err(CommandRefused::Size);
                }
                let notional = market.notional(ticks, lots).ok_or(CommandRefused::Notional)?;
                if ticks < low || ticks > high {
                    return Err(CommandRefused::PriceBand);
                }
                let open = self.book.iter().filter(|resting| resting.owner == order.owner).count();
                if time_in_force.rests() && open >= usize::from(market.spec.max_open_orders) {
                    return Err(CommandRefused::TooManyOpenOrders);
                }
                let needed = match order.side {
                    Side::Sell => lots * market.spec.lot_units,
                    Side::Buy => {
                        notional + fee_of(market.spec.taker_ppm.max(market.spec.maker_ppm), notional) + 1
                    }
                };
                let asset = if order.side == Side::Buy { QUOTE } else { BASE };
                if self.free[at(order.owner)][asset] < needed {
                    return Err(CommandRefused::InsufficientFunds);
                }
                (ticks, lots, i64::MAX)
            }
            OrderKind::MarketBySize { lots } => {
                if prevention == Some(SelfTradePrevention::DecreaseAndCancel) {
                    return Err(CommandRefused::Instructions);
                }
                if !size_fits(lots) {
                    return Err(CommandRefused::Size);
                }
                if order.side == Side::Sell && self.free[at(order.owner)][BASE] < lots * market.spec.lot_units
                {
                    return Err(CommandRefused::InsufficientFunds);
                }
                (worst, lots, i64::MAX)
            }
            OrderKind::MarketByFunds { funds } => {
                if prevention == Some(SelfTradePrevention::DecreaseAndCancel) {
                    return Err(CommandRefused::Instructions);
                }
                if funds <= 0 {
                    return Err(CommandRefused::Notional);
                }
                (worst, i64::MAX, funds)
            }
        };
        let before = (self.book.clone(), self.free.clone(), self.fees, self.last);
        let opposite_best = self.best(order.side, limit);
        let number = self.orders;
        if let OrderKind::Limit { post_only: true, .. } = order.kind
            && opposite_best.is_some()
        {
            self.orders += 1;
            return Ok(Vec::new());
        }
        let (trades, left, stopped) = self.take(order, prevention, limit, lots, funds);
        if let OrderKind::Limit { time_in_force: TimeInForce::FillOrKill, .. } = order.kind
            && left > 0
        {
            (self.book, self.free, self.fees, self.last) = before;
            self.orders += 1;
            return Ok(Vec::new());
        }
        let is_market = !matches!(order.kind, OrderKind::Limit { .. });
        // A self-trade prevention of a market order gives its holds back only after it was admitted.
        if is_market && self.was_short(order, &before.1, &trades) {
            (self.book, self.free, self.fees, self.last) = before;
            return Err(CommandRefused::InsufficientFunds);
        }
        self.orders += 1;
        if let OrderKind::Limit { time_in_force, post_only, .. } = order.kind
            && time_in_force.rests()
            && left > 0
            && !stopped
        {
            let resting = Resting {
                number,
                owner: order.owner,
                side: order.side,
                ticks: limit,
                size: left,
                lots: left,
                maker_notional: 0,
                deadline: time_in_force.deadline(),
                post_only,
                self_trade: order.self_trade,
            };
            let asset = if order.side == Side::Buy { QUOTE } else { BASE };
            self.free[at(order.owner)][asset] -= self.held(&resting);
            self.book.push(resting);
        }
        Ok(trades)
    }

    fn was_short(&self, order: &PlaceOrder, free: &[[i64; 2]], trades: &[Trade]) -> bool {
        let notional: i64 =
            trades.iter().map(|trade| self.market.notional(trade.ticks, trade.lots).expect("traded")).sum();
        match order.side {
            Side::Buy => {
                free[at(order.owner)][QUOTE] < notional + fee_of(self.market.spec.taker_ppm, notional)
            }
            Side::Sell => {
                let lots: i64 = trades.iter().map(|trade| trade.lots).sum();
                free[at(order.owner)][BASE] < lots * self.market.spec.lot_units
            }
        }
    }

    fn take(
        &mut self,
        order: &PlaceOrder,
        prevention: Option<SelfTradePrevention>,
        limit: u32,
        mut lots: i64,
        mut funds: i64,
    ) -> (Vec<Trade>, i64, bool) {
        let market = self.market;
        let (mut trades, mut notional) = (Vec::new(), 0);
        while lots > 0 {
            let Some(index) = self.best(order.side, limit) else { break };
            let maker = self.book[index];
            if maker.owner == order.owner
                && let Some(prevention) = prevention
            {
                match prevention {
                    SelfTradePrevention::CancelNewest => return (trades, lots, true),
                    SelfTradePrevention::CancelOldest => self.cancel(index),
                    SelfTradePrevention::CancelBoth => {
                        self.cancel(index);
                        return (trades, lots, true);
                    }
                    SelfTradePrevention::DecreaseAndCancel => {
                        let smaller = lots.min(maker.lots);
                        lots -= smaller;
                        if smaller == maker.lots {
                            self.cancel(index);
                        } else {
                            let asset = if maker.side == Side::Buy { QUOTE } else { BASE };
                            let mut rest = maker;
                            rest.lots -= smaller;
                            rest.size -= smaller;
                            self.free[at(maker.owner)][asset] += self.held(&maker) - self.held(&rest);
                            self.book[index] = rest;
                        }
                        if lots == 0 {
                            return (trades, lots, true);
                        }
                    }
                }
                continue;
            }
            let affordable = if funds == i64::MAX { i64::MAX } else { market.lots_for(funds, maker.ticks) };
            let filled = lots.min(maker.lots).min(affordable);
            if filled == 0 {
                break;
            }
            let piece = market.notional(maker.ticks, filled).expect("admitted");
            let taker_fee =
                fee_of(market.spec.taker_ppm, notional + piece) - fee_of(market.spec.taker_ppm, notional);
            let maker_fee = fee_of(market.spec.maker_ppm, maker.maker_notional + piece)
                - fee_of(market.spec.maker_ppm, maker.maker_notional);
            notional += piece;
            // A maker's hold is given back whole and taken anew for what remains.
            let mut rest = maker;
            rest.lots -= filled;
            rest.maker_notional += piece;
            let base_units = filled * market.spec.lot_units;
            let (maker_at, taker_at) = (at(maker.owner), at(order.owner));
            let asset = if maker.side == Side::Buy { QUOTE } else { BASE };
            self.free[maker_at][asset] += self.held(&maker) - self.held(&rest);
            let (buyer, seller, buyer_fee, seller_fee) = match order.side {
                Side::Buy => (taker_at, maker_at, taker_fee, maker_fee),
                Side::Sell => (maker_at, taker_at, maker_fee, taker_fee),
            };
            self.free[buyer][QUOTE] -= piece + buyer_fee;
            self.free[buyer][BASE] += base_units;
            self.free[seller][QUOTE] += piece - seller_fee;
            self.free[seller][BASE] -= base_units;
            self.fees += taker_fee + maker_fee;
            self.last = maker.ticks;
            trades.push(Trade {
                maker: maker.number,
                ticks: maker.ticks,
                lots: filled,
                taker_fee,
                maker_fee,
            });
            if rest.lots == 0 {
                self.book.remove(index);
            } else {
                self.book[index] = rest;
            }
            if lots != i64::MAX {
                lots -= filled;
            }
            if funds != i64::MAX {
                funds -= piece;
            }
        }
        (trades, lots, false)
    }
}
