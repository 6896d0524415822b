//! The engine against scripts that a trader could review, and against a naive engine over random commands.

mod naive;
mod oracle;
mod scripts;

use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketSpec};

/// A market of an asset of eight digits against one of two: one lot is 0.01 base, one tick 0.01 quote, so that one lot
/// at one tick is one ten-thousandth; scaled so that it is a whole number of units.
pub(crate) const fn market_spec() -> MarketSpec {
    MarketSpec {
        base: AssetId(0),
        quote: AssetId(1),
        tick_units: 10_000,
        lot_units: 1_000_000,
        min_lots: 1,
        max_lots: 1_000_000_000,
        min_notional: 0,
        taker_ppm: 1_000,
        maker_ppm: 800,
        band_ppm: 0,
        max_open_orders: 200,
    }
}

pub(crate) const ASSET: AssetSpec = AssetSpec { scale: 8, max_issued: 1 << 62 };
