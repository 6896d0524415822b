//! What there is of each asset, added up anew: the table that an operator reads when books are reconciled.

use doorward_domain::market::instrument::{AssetId, OwnerId};

use crate::balance::{Balance, House};
use crate::engine::Engine;

/// Sums over all owners of an asset, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetTotals {
    /// Of what.
    pub asset: AssetId,
    /// Digits of its amounts after the point.
    pub scale: u8,
    /// Available in both wallets.
    pub available: i128,
    /// Held in trade wallets.
    pub held_for_orders: i128,
    /// What the open orders say that they hold.
    pub open_orders: i128,
    /// Held in main wallets.
    pub held_besides: i128,
    /// What the holds themselves say.
    pub holds: i128,
    /// The house's own accounts.
    pub house: House,
    /// Everything together: zero, always.
    pub sum: i128,
}

impl AssetTotals {
    const fn of(asset: AssetId, scale: u8, house: House) -> Self {
        Self {
            asset,
            scale,
            available: 0,
            held_for_orders: 0,
            open_orders: 0,
            held_besides: 0,
            holds: 0,
            house,
            sum: 0,
        }
    }

    /// Whether it sums to zero, and what is held is what orders and holds say.
    pub const fn agree(&self) -> bool {
        self.sum == 0 && self.held_for_orders == self.open_orders && self.held_besides == self.holds
    }
}

impl Engine {
    /// The totals of every asset. Takes time in the number of balances and open orders.
    pub fn totals(&self) -> Vec<AssetTotals> {
        let ids = (0..).map(AssetId).take(self.assets.len());
        let mut totals: Vec<_> = ids
            .clone()
            .zip(&self.assets)
            .map(|(asset, spec)| AssetTotals::of(asset, spec.scale, *self.shared.balances.house(asset)))
            .collect();
        for owner in (0..self.shared.balances.owners()).map(OwnerId) {
            for (asset, total) in ids.clone().zip(&mut totals) {
                let Balance { main, main_held, trade, held } = *self.shared.balances.of(owner, asset);
                total.available += i128::from(main) + i128::from(trade);
                total.held_besides += i128::from(main_held);
                total.held_for_orders += i128::from(held);
            }
        }
        for place in self.shared.orders.open_places() {
            let order = self.shared.orders.at(place);
            let paid_with = self.markets[usize::from(order.market.0)].market.paid_with(order.side);
            totals[usize::from(paid_with.0)].open_orders += i128::from(order.held);
        }
        for hold in self.holds.values() {
            totals[usize::from(hold.asset.0)].holds += i128::from(hold.amount);
        }
        for total in &mut totals {
            let House { fees, custody, suspense } = total.house;
            let house = i128::from(fees) + i128::from(custody) + i128::from(suspense);
            total.sum = total.available + total.held_for_orders + total.held_besides + house;
        }
        totals
    }
}
