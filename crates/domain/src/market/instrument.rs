//! Assets and markets: their scales, and the arithmetic that follows from them.

use std::fmt;

use super::order::Side;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// An asset, numbered in the order of listing.
    AssetId(u16)
}
number! {
    /// A market, numbered in the order of listing.
    MarketId(u16)
}
number! {
    /// The owner of ledger accounts, numbered in the order of opening.
    OwnerId(u32)
}
number! {
    /// An order; never used again for another one.
    OrderId(u64)
}

/// Most digits that an asset's amounts have after the point.
pub const MAX_SCALE: u8 = 8;
/// Most units that may ever exist of an asset: sums of all its accounts stay far inside `i64`.
pub const MAX_ISSUED: i64 = 1 << 62;
/// A rate of one, in the unit of fee rates and price bands.
pub const PARTS_PER_MILLION: i64 = 1_000_000;

/// An asset's fixed facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetSpec {
    /// Digits after the point, at most [`MAX_SCALE`].
    pub scale: u8,
    /// Most units that may exist, at most [`MAX_ISSUED`].
    pub max_issued: i64,
}

impl AssetSpec {
    /// Whether the facts are within what arithmetic relies on.
    pub const fn is_sound(&self) -> bool {
        self.scale <= MAX_SCALE && self.max_issued > 0 && self.max_issued <= MAX_ISSUED
    }
}

/// A market as an operator describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketSpec {
    /// What is bought and sold.
    pub base: AssetId,
    /// What it is paid with.
    pub quote: AssetId,
    /// Step of prices: quote units for one whole base (10^scale of its units).
    pub tick_units: i64,
    /// Step of sizes: base units.
    pub lot_units: i64,
    /// Smallest and largest size of an order in lots.
    pub min_lots: i64,
    /// See `min_lots`.
    pub max_lots: i64,
    /// Smallest notional of an order in quote units.
    pub min_notional: i64,
    /// Fee of whoever takes, in millionths of the notional.
    pub taker_ppm: u32,
    /// Fee of whoever makes, in millionths of the notional.
    pub maker_ppm: u32,
    /// How far from the last trade an order may be priced, in millionths; zero for no band.
    pub band_ppm: u32,
    /// Most open orders of one owner.
    pub max_open_orders: u16,
}

/// Why a market cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketUnsound {
    /// Base and quote are the same asset, or one is not listed.
    Assets,
    /// A step or limit is not positive, or the limits are the wrong way round.
    Limits,
    /// One tick times one lot is no whole number of quote units.
    Fraction,
    /// A fee of the whole notional or more.
    Fees,
    /// The largest order at the highest price would not fit.
    Overflow,
}

/// A market whose arithmetic is known to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// As described.
    pub spec: MarketSpec,
    /// Quote units of one lot at a price of one tick.
    pub tick_lot_units: i64,
}

/// Highest price in ticks.
pub const MAX_TICKS: u32 = u32::MAX - 1;

impl Market {
    /// Checks a description against the scale of its base asset.
    pub fn new(spec: MarketSpec, base_scale: u8) -> Result<Self, MarketUnsound> {
        let limits_hold = spec.tick_units > 0
            && spec.lot_units > 0
            && 0 < spec.min_lots
            && spec.min_lots <= spec.max_lots
            && spec.min_notional >= 0
            && spec.max_open_orders > 0;
        if !limits_hold {
            return Err(MarketUnsound::Limits);
        }
        if spec.base == spec.quote || base_scale > MAX_SCALE {
            return Err(MarketUnsound::Assets);
        }
        if i64::from(spec.taker_ppm.max(spec.maker_ppm)) >= PARTS_PER_MILLION {
            return Err(MarketUnsound::Fees);
        }
        let whole = 10_i128.pow(u32::from(base_scale));
        let product = i128::from(spec.tick_units) * i128::from(spec.lot_units);
        if product % whole != 0 {
            return Err(MarketUnsound::Fraction);
        }
        let base_units = i128::from(spec.lot_units) * i128::from(spec.max_lots);
        let tick_lot_units = i64::try_from(product / whole).map_err(|_| MarketUnsound::Overflow)?;
        if base_units > i128::from(MAX_ISSUED) {
            return Err(MarketUnsound::Overflow);
        }
        Ok(Self { spec, tick_lot_units })
    }

    /// Quote units of so many lots at this price; `None` when that is more than any asset can have.
    #[inline]
    pub fn notional(&self, ticks: u32, lots: i64) -> Option<i64> {
        // Nearly every notional fits as it is, and needs no long multiplication.
        let one = self.tick_lot_units.checked_mul(i64::from(ticks));
        if let Some(units) = one.and_then(|one| one.checked_mul(lots)) {
            return (units <= MAX_ISSUED).then_some(units);
        }
        let product = i128::from(self.tick_lot_units) * i128::from(ticks) * i128::from(lots);
        i64::try_from(product).ok().filter(|units| *units <= MAX_ISSUED)
    }

    /// Base units of so many lots; exact for every order that was admitted, and more than anybody has where that would
    /// not fit.
    #[inline]
    pub const fn base_units(&self, lots: i64) -> i64 {
        self.spec.lot_units.saturating_mul(lots)
    }

    /// What an order of this side gives away and holds.
    #[inline]
    pub const fn paid_with(&self, side: Side) -> AssetId {
        match side {
            Side::Buy => self.spec.quote,
            Side::Sell => self.spec.base,
        }
    }

    /// Lots that these quote units buy at this price.
    pub fn lots_for(&self, funds: i64, ticks: u32) -> i64 {
        let one = i128::from(self.tick_lot_units) * i128::from(ticks.max(1));
        i64::try_from(i128::from(funds) / one).unwrap_or(i64::MAX)
    }

    /// Lowest and highest price in ticks that the band around the last trade allows.
    #[inline]
    pub fn band(&self, last_ticks: u32) -> (u32, u32) {
        if self.spec.band_ppm == 0 || last_ticks == 0 {
            return (1, MAX_TICKS);
        }
        let (last, ppm) = (i128::from(last_ticks), i128::from(self.spec.band_ppm));
        let width = last * ppm / i128::from(PARTS_PER_MILLION);
        let low = u32::try_from((last - width).max(1)).unwrap_or(1);
        let high = u32::try_from(last + width).unwrap_or(MAX_TICKS).min(MAX_TICKS);
        (low, high)
    }
}

/// The fee of everything filled so far on one side of liquidity, rounded up once: `ceil(rate × notional)`.
///
/// Charged is the difference to what was charged before, so that splitting a fill never costs more.
#[inline]
pub const fn fee_of(ppm: u32, cumulative_notional: i64) -> i64 {
    // Nearly every notional is small enough for one multiplication and no long division.
    if cumulative_notional < 1 << 43 {
        let product = cumulative_notional as u64 * ppm as u64;
        // Far from the end of the numbers, so that nobody need look at what a division leaves.
        let above = product + (PARTS_PER_MILLION as u64 - 1);
        return (above / PARTS_PER_MILLION as u64) as i64;
    }
    // Within u128 for every i64 and u32; the result is at most the notional, since a rate is below one.
    let product = cumulative_notional as u128 * ppm as u128;
    product.div_ceil(PARTS_PER_MILLION as u128) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec() -> MarketSpec {
        MarketSpec {
            base: AssetId(0),
            quote: AssetId(1),
            tick_units: 100,
            lot_units: 1_000_000,
            min_lots: 1,
            max_lots: 1_000_000_000,
            min_notional: 0,
            taker_ppm: 1_000,
            maker_ppm: 800,
            band_ppm: 50_000,
            max_open_orders: 200,
        }
    }

    #[test]
    fn a_market_is_refused_unless_tick_times_lot_is_whole() {
        assert_eq!(Market::new(spec(), 8).map(|market| market.tick_lot_units), Ok(1));
        assert_eq!(Market::new(MarketSpec { tick_units: 1, ..spec() }, 8), Err(MarketUnsound::Fraction));
    }

    #[test]
    fn each_unsound_description_says_what_is_wrong() {
        for (spec, why) in [
            (MarketSpec { quote: AssetId(0), ..spec() }, MarketUnsound::Assets),
            (MarketSpec { lot_units: 0, ..spec() }, MarketUnsound::Limits),
            (MarketSpec { min_lots: 5, max_lots: 4, ..spec() }, MarketUnsound::Limits),
            (MarketSpec { taker_ppm: 1_000_000, ..spec() }, MarketUnsound::Fees),
            (MarketSpec { max_lots: i64::MAX, ..spec() }, MarketUnsound::Overflow),
            (
                MarketSpec { tick_units: i64::MAX, lot_units: 100_000_000_000, ..spec() },
                MarketUnsound::Overflow,
            ),
        ] {
            assert_eq!(Market::new(spec, 8), Err(why), "{spec:?}");
        }
    }

    #[test]
    fn the_band_is_measured_from_the_last_trade() {
        let market = Market::new(spec(), 8).expect("sound");
        assert_eq!(market.band(1_000), (950, 1_050));
        assert_eq!(market.band(0), (1, MAX_TICKS));
        assert_eq!(market.band(3), (3, 3));
        assert_eq!(market.band(MAX_TICKS), (4_080_218_930, MAX_TICKS));
    }

    proptest! {
        #[test]
        fn a_fill_in_pieces_costs_what_it_costs_whole(ppm in 0_u32..1_000_000, pieces in prop::collection::vec(1_i64..1_000_000, 1..100)) {
            let whole: i64 = pieces.iter().sum();
            let (mut filled, mut charged) = (0, 0);
            for piece in pieces {
                let fee = fee_of(ppm, filled + piece) - fee_of(ppm, filled);
                prop_assert!(fee >= 0 && fee <= piece);
                filled += piece;
                charged += fee;
            }
            prop_assert_eq!(charged, fee_of(ppm, whole));
        }

        #[test]
        fn funds_never_buy_more_lots_than_they_pay(funds in 0_i64..1 << 62, ticks in 1_u32..u32::MAX) {
            let market = Market::new(spec(), 8).expect("sound");
            let lots = market.lots_for(funds, ticks);
            let cost = i128::from(market.tick_lot_units) * i128::from(ticks) * i128::from(lots);
            prop_assert!(cost <= i128::from(funds));
        }
    }
}
