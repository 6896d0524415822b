//! What must hold of every state, checked from the ground up: for reconciliation, and for a snapshot that is read.

use std::collections::BTreeMap;

use doorward_domain::market::instrument::{AssetId, MarketId, OwnerId};
use doorward_domain::market::order::Side;

use crate::balance::Balance;
use crate::engine::Engine;
use crate::settle::hold_of;

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discrepancy {
    /// The ledger accounts of an asset do not sum to zero.
    Sum(AssetId),
    /// More of an asset was issued than may exist, or less than nothing.
    Issued(AssetId),
    /// A balance is below zero.
    Negative(OwnerId, AssetId),
    /// What is held of an asset is not what an owner's open orders and holds need.
    Held(OwnerId, AssetId),
    /// A bid at or above an ask.
    Crossed(MarketId),
}

impl Engine {
    /// Adds everything up anew. Takes time in the number of balances and open orders.
    pub fn audit(&self) -> Result<(), Discrepancy> {
        let assets = (0..).zip(&self.assets).map(|(asset, spec)| (AssetId(asset), spec));
        for (asset, spec) in assets.clone() {
            if self.shared.balances.sum(asset) != 0 {
                return Err(Discrepancy::Sum(asset));
            }
            let house = self.shared.balances.house(asset);
            if house.fees < 0 || house.suspense < 0 || house.custody > 0 || house.custody < -spec.max_issued {
                return Err(Discrepancy::Issued(asset));
            }
        }
        let held = self.needed();
        for owner in (0..self.shared.balances.owners()).map(OwnerId) {
            for (asset, _) in assets.clone() {
                let Balance { main, main_held, trade, held: trade_held } =
                    *self.shared.balances.of(owner, asset);
                if main < 0 || trade < 0 {
                    return Err(Discrepancy::Negative(owner, asset));
                }
                let needed = held.get(&(owner, asset)).copied().unwrap_or_default();
                if needed != [i128::from(main_held), i128::from(trade_held)] {
                    return Err(Discrepancy::Held(owner, asset));
                }
            }
        }
        for (market, trading) in (0..).zip(&self.markets) {
            if trading.ladder.best(Side::Buy) >= trading.ladder.best(Side::Sell) {
                return Err(Discrepancy::Crossed(MarketId(market)));
            }
        }
        Ok(())
    }

    /// Units that must be held of each asset of each owner: in the main wallet for holds, in the trade wallet for orders.
    fn needed(&self) -> BTreeMap<(OwnerId, AssetId), [i128; 2]> {
        let mut needed = BTreeMap::<_, [i128; 2]>::new();
        for hold in self.holds.values() {
            needed.entry((hold.owner, hold.asset)).or_default()[0] += i128::from(hold.amount);
        }
        for place in self.shared.orders.open_places() {
            let order = self.shared.orders.at(place);
            let market = &self.markets[usize::from(order.market.0)].market;
            let units = hold_of(
                market,
                order.side,
                order.ticks,
                order.lots_left,
                self.shared.orders.maker_notional(place),
            );
            needed.entry((order.owner, market.paid_with(order.side))).or_default()[1] += i128::from(units);
        }
        needed
    }
}
