//! What a trade, a rest and a cancel do to the ledger.

use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{Market, fee_of};
use doorward_domain::market::order::{CancelReason, Side};

use crate::orders::Order;
use crate::shared::{Shared, Trading};

/// Units to hold for a resting order that has traded `maker_notional` as maker: exactly what its fills will take, fee
/// included, so that nothing is left over when the last lot is filled.
#[inline]
pub(crate) fn hold_of(market: &Market, side: Side, ticks: u32, lots: i64, maker_notional: i64) -> i64 {
    // Both sides are worked out: a branch on them is guessed wrong every other time.
    let notional = market.tick_lot_units * i64::from(ticks) * lots;
    let ppm = market.spec.maker_ppm;
    let quote_units = notional + fee_of(ppm, maker_notional + notional) - fee_of(ppm, maker_notional);
    let base_units = market.base_units(lots);
    if side == Side::Buy { quote_units } else { base_units }
}

impl Shared {
    /// Fills lots of a resting order at its own price, and gives the fee it pays. One that is filled whole is still there.
    #[inline]
    pub(crate) fn settle_maker(
        &mut self,
        market: &Market,
        place: u32,
        maker: &Order,
        lots: i64,
        notional: i64,
    ) -> i64 {
        let ppm = market.spec.maker_ppm;
        let before = self.orders.maker_notional(place);
        let fee = fee_of(ppm, before + notional) - fee_of(ppm, before);
        let base_units = market.base_units(lots);
        let taken = match maker.side {
            Side::Buy => notional + fee,
            Side::Sell => base_units,
        };
        if lots < maker.lots_left {
            self.orders.fill(place, lots, notional, taken);
        }
        match maker.side {
            Side::Buy => {
                self.balances.of_mut(maker.owner, market.spec.quote).held -= taken;
                self.balances.of_mut(maker.owner, market.spec.base).trade += base_units;
            }
            Side::Sell => {
                self.balances.of_mut(maker.owner, market.spec.base).held -= taken;
                self.balances.of_mut(maker.owner, market.spec.quote).trade += notional - fee;
            }
        }
        fee
    }

    /// Gives back what an order no longer needs.
    #[inline]
    pub(crate) fn release(&mut self, market: &Market, order: &Order, units: i64) {
        let balance = self.balances.of_mut(order.owner, market.paid_with(order.side));
        balance.held -= units;
        balance.trade += units;
    }

    /// Takes an open order out of its book and its owner's list, gives its hold back, and frees its place. Gives the lots
    /// that its level has now.
    #[inline]
    pub(crate) fn cancel_resting(
        &mut self,
        trading: &mut Trading,
        place: u32,
        reason: CancelReason,
        events: &mut Vec<Event>,
    ) -> i64 {
        let order = *self.orders.at(place);
        self.release(&trading.market, &order, order.held);
        events.push(Event::Cancelled {
            order: self.orders.id_at(place),
            owner: order.owner,
            market: order.market,
            side: order.side,
            lots_left: order.lots_left,
            released: order.held,
            reason,
        });
        // An amended order leaves its client's id to the one that takes its stead.
        if reason != CancelReason::Amended {
            self.retire_client_id(self.orders.client_id(place));
        }
        self.close(trading, place, &order)
    }

    /// Takes an order out of its book and its owner's list and frees its place; its hold is settled already.
    /// Gives the lots that its level has now.
    #[inline]
    pub(crate) fn close(&mut self, trading: &mut Trading, place: u32, order: &Order) -> i64 {
        if order.is_timed() {
            self.deadlines.remove(self.orders.id_at(place));
        }
        let level_lots = trading.ladder.leave(&mut self.orders, place, order);
        self.own_orders.close(order.owner, order.market);
        self.orders.close(place);
        level_lots
    }
}
