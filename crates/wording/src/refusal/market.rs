//! What an order, a cancel or a move between wallets is refused for.

use doorward_domain::market::amount::{AmountRefused, print_units};
use doorward_domain::market::order::{CancelReason, CommandRefused};
use doorward_domain::market::refused::{AmountField, MarketRefused};
use doorward_domain::time::Timestamp;

use super::InWords;
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for MarketRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        let whole = |key: &str| Sentence::whole(words.text(key));
        match *self {
            Self::NotNow(refused) => refused.in_words(words, now),
            Self::NoEngine => whole("refused-market-no-engine"),
            Self::Busy => whole("refused-market-busy"),
            Self::NotKnown => whole("refused-market-not-known"),
            Self::FormTooOld => whole("refused-move-form-old"),
            Self::UnknownAsset => whole("refused-market-unknown-asset"),
            Self::UnknownMarket => whole("refused-market-unknown-market"),
            Self::Amount { field, why, scale } => {
                let text = match why {
                    AmountRefused::NotANumber => words.text("refused-amount-no-number").into_owned(),
                    AmountRefused::Negative => words.text("refused-amount-negative").into_owned(),
                    AmountRefused::TooManyDigits => words.text_of("refused-amount-digits", "count", scale),
                    AmountRefused::TooLarge => words.text("refused-amount-too-large").into_owned(),
                };
                Sentence::at(field_name(field), text)
            }
            Self::Zero { field } => Sentence::at(field_name(field), words.text("refused-amount-zero")),
            Self::OffStep { field, step } => {
                let key = match field {
                    AmountField::Price => "refused-amount-off-tick",
                    AmountField::Size | AmountField::Amount => "refused-amount-off-lot",
                };
                let step = print_units(step.units, step.scale);
                Sentence::at(field_name(field), words.text_of(key, "step", step))
            }
            Self::PriceOfMarketOrder => Sentence::at("price", words.text("refused-market-order-price")),
            Self::Engine(refused) => match engine_field(refused) {
                Some(field) => Sentence::at(field, words.text(engine_key(refused))),
                None => whole(engine_key(refused)),
            },
            Self::EndedAtOnce(reason) => whole(ended_key(reason)),
        }
    }
}

const fn field_name(field: AmountField) -> &'static str {
    match field {
        AmountField::Price => "price",
        AmountField::Size => "size",
        AmountField::Amount => "amount",
    }
}

/// The field of an order's form that the engine's refusal is about.
const fn engine_field(refused: CommandRefused) -> Option<&'static str> {
    match refused {
        CommandRefused::Size | CommandRefused::Notional => Some("size"),
        CommandRefused::Price | CommandRefused::PriceBand => Some("price"),
        CommandRefused::Amount => Some("amount"),
        _ => None,
    }
}

fn engine_key(refused: CommandRefused) -> &'static str {
    match refused {
        CommandRefused::UnknownAsset => "refused-market-unknown-asset",
        CommandRefused::UnknownMarket => "refused-market-unknown-market",
        CommandRefused::UnknownOrder => "refused-order-unknown",
        CommandRefused::Amount => "refused-amount-zero",
        CommandRefused::InsufficientFunds => "refused-order-funds",
        CommandRefused::Size => "refused-order-size",
        CommandRefused::Notional => "refused-order-notional",
        CommandRefused::Price => "refused-order-price",
        CommandRefused::PriceBand => "refused-order-band",
        CommandRefused::TooManyOpenOrders => "refused-order-too-many",
        CommandRefused::Halted => "refused-order-halted",
        CommandRefused::Restricted => "refused-order-restricted",
        CommandRefused::DuplicateCommandId => "refused-order-form-used",
        CommandRefused::DuplicateClientOrderId => "refused-order-form-sent",
        CommandRefused::AlreadyFilled => "refused-order-unknown",
        CommandRefused::Full => "refused-market-busy",
        // No form of ours asks for what these refuse; whoever meets one has met a fault of ours.
        CommandRefused::UnknownOwner
        | CommandRefused::Unsound
        | CommandRefused::TooMuchIssued
        | CommandRefused::Instructions
        | CommandRefused::Deadline
        | CommandRefused::UnknownHold
        | CommandRefused::DuplicateHold
        | CommandRefused::UnknownRules
        | CommandRefused::Sequence => "refused-market-other",
    }
}

fn ended_key(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::WouldTake => "order-ended-would-take",
        CancelReason::NoMoreLiquidity => "order-ended-nothing-there",
        CancelReason::NotWhole => "order-ended-not-whole",
        CancelReason::SelfTrade => "order-ended-own-order",
        CancelReason::Asked | CancelReason::Amended => "order-ended-cancelled",
        CancelReason::Expired => "order-ended-expired",
    }
}
