//! What a customer's order, cancel or move can be refused for, before the engine and by it.

use crate::guard::ActionRefused;

use super::amount::AmountRefused;
use super::order::{CancelReason, CommandRefused};

/// Which number of a form is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AmountField {
    /// The price of an order, in the market's quote asset.
    Price,
    /// The size of an order, in its base asset.
    Size,
    /// The amount of a move between wallets.
    Amount,
}

/// A step that an amount must be a whole number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// Units of one step.
    pub units: i64,
    /// Digits of the asset that the units are of.
    pub scale: u8,
}

/// Why a customer's wish on the market comes to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketRefused {
    /// The guard: a freeze, the rules of a country.
    NotNow(ActionRefused),
    /// This node has no engine, or it has stopped, or waits for its database.
    NoEngine,
    /// The engine has as much to do as it takes, or the history lags too far behind.
    Busy,
    /// The engine stopped before it answered: whether it was done is not known.
    NotKnown,
    /// A form from so long ago that nobody knows any more whether it was sent before; nothing was done.
    FormTooOld,
    /// No such asset.
    UnknownAsset,
    /// No such market.
    UnknownMarket,
    /// A text that is no amount of its asset.
    Amount {
        /// Which number.
        field: AmountField,
        /// What is wrong with it.
        why: AmountRefused,
        /// Digits that the asset has after the point.
        scale: u8,
    },
    /// A number that is not above zero.
    Zero {
        /// Which number.
        field: AmountField,
    },
    /// A number that is no whole count of the market's steps.
    OffStep {
        /// Which number.
        field: AmountField,
        /// The step.
        step: Step,
    },
    /// A market order with a price: whoever wrote one may rely on it.
    PriceOfMarketOrder,
    /// The engine's own answer.
    Engine(CommandRefused),
    /// The order was taken and ended at once, without a fill.
    EndedAtOnce(CancelReason),
}

/// The steps that units come to; refused when they are no whole number of them, or not above zero.
pub const fn steps_of(units: i64, step: Step, field: AmountField) -> Result<i64, MarketRefused> {
    if units <= 0 {
        return Err(MarketRefused::Zero { field });
    }
    if units % step.units != 0 {
        return Err(MarketRefused::OffStep { field, step });
    }
    Ok(units / step.units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_whole_steps_or_refused() {
        let (step, field) = (Step { units: 25, scale: 2 }, AmountField::Price);
        assert_eq!(steps_of(100, step, field), Ok(4));
        assert_eq!(steps_of(0, step, field), Err(MarketRefused::Zero { field }));
        assert_eq!(steps_of(110, step, field), Err(MarketRefused::OffStep { field, step }));
    }
}
