//! Ledger accounts: per owner and asset what is available and held in each wallet, and the house's own per asset.

use doorward_domain::market::instrument::{AssetId, OwnerId};

/// An owner's units of one asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Balance {
    /// Main wallet, available.
    pub main: i64,
    /// Main wallet, held for what is on its way out.
    pub main_held: i64,
    /// Trade wallet, available.
    pub trade: i64,
    /// Trade wallet, held for open orders.
    pub held: i64,
}

impl Balance {
    fn sum(&self) -> i128 {
        i128::from(self.main) + i128::from(self.main_held) + i128::from(self.trade) + i128::from(self.held)
    }
}

/// The house's units of one asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct House {
    /// Fees taken.
    pub fees: i64,
    /// Minus what custody keeps for everybody: with it each asset sums to zero.
    pub custody: i64,
    /// What arrived and may not be credited.
    pub suspense: i64,
}

/// All ledger accounts. An owner's assets lie beside each other.
#[derive(Default)]
pub(crate) struct Balances {
    accounts: Vec<Balance>,
    house: Vec<House>,
    owners: u32,
    /// Places for assets per owner, a power of two.
    stride: usize,
}

impl Balances {
    pub(crate) fn add_asset(&mut self) {
        self.house.push(House::default());
        if self.house.len() <= self.stride {
            return;
        }
        let stride = self.house.len().next_power_of_two();
        let mut accounts = vec![Balance::default(); stride * self.owners as usize];
        for owner in 0..self.owners as usize {
            let old = &self.accounts[owner * self.stride..(owner + 1) * self.stride];
            accounts[owner * stride..owner * stride + self.stride].copy_from_slice(old);
        }
        (self.accounts, self.stride) = (accounts, stride);
    }

    pub(crate) fn add_owner(&mut self) -> OwnerId {
        self.owners += 1;
        self.accounts.resize(self.stride * self.owners as usize, Balance::default());
        OwnerId(self.owners - 1)
    }

    pub(crate) const fn owners(&self) -> u32 {
        self.owners
    }

    #[inline]
    fn at(&self, owner: OwnerId, asset: AssetId) -> usize {
        owner.0 as usize * self.stride + usize::from(asset.0)
    }

    #[inline]
    pub(crate) fn of(&self, owner: OwnerId, asset: AssetId) -> &Balance {
        &self.accounts[self.at(owner, asset)]
    }

    #[inline]
    pub(crate) fn of_mut(&mut self, owner: OwnerId, asset: AssetId) -> &mut Balance {
        let at = self.at(owner, asset);
        &mut self.accounts[at]
    }

    pub(crate) fn house(&self, asset: AssetId) -> &House {
        &self.house[usize::from(asset.0)]
    }

    #[inline]
    pub(crate) fn house_mut(&mut self, asset: AssetId) -> &mut House {
        &mut self.house[usize::from(asset.0)]
    }

    /// The sum over all ledger accounts of an asset, the house's included: zero, always.
    pub(crate) fn sum(&self, asset: AssetId) -> i128 {
        let house = self.house(asset);
        let people = self.accounts.iter().skip(usize::from(asset.0)).step_by(self.stride.max(1));
        people.map(Balance::sum).sum::<i128>()
            + i128::from(house.fees)
            + i128::from(house.custody)
            + i128::from(house.suspense)
    }
}
