//! The trading password, and the safety phrases.

use doorward_domain::one_time_code::{CodeRefused, ResendRefused};
use doorward_domain::phrase::{PhrasePlace, PhraseRefused};
use doorward_domain::time::Timestamp;
use doorward_domain::trading_password::{TradingPasswordRefused, TradingRefused, WeakDigits};

use super::InWords;
use super::common::{throttled, wait};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for TradingRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::Choice(refused) => Sentence::at("new", words.text(choice_key(*refused))),
            Self::Differ => Sentence::at("again", words.text("refused-trading-differ")),
            Self::Same => Sentence::at("new", words.text("refused-trading-same")),
            Self::NotSixDigits => Sentence::at("present", words.text("refused-trading-not-six-digits")),
            Self::Wrong { tries_left } => {
                let left = words.text_of("refused-tries-left", "count", *tries_left);
                Sentence::at("present", format!("{} {left}", words.text("refused-trading-wrong")))
            }
            Self::Locked { until } => Sentence::at(
                "present",
                words.text_of("refused-trading-locked", "wait", wait(words, now, *until)),
            ),
            Self::Disabled => Sentence::whole(words.text("refused-trading-disabled")),
            Self::Missing => Sentence::whole(words.text("refused-trading-missing")),
            Self::Changed => Sentence::whole(words.text("refused-trading-changed")),
            Self::Change(refused) => refused.in_words(words, now),
            Self::Code(CodeRefused::Wrong { tries_left }) => {
                let left = words.text_of("refused-tries-left", "count", *tries_left);
                Sentence::at("mailed_code", format!("{} {left}", words.text("refused-wrong-code")))
            }
            Self::Code(CodeRefused::Expired | CodeRefused::NotSent) => {
                Sentence::at("mailed_code", words.text("refused-code-expired"))
            }
            Self::Code(CodeRefused::NoTriesLeft) => {
                Sentence::at("mailed_code", words.text("refused-code-too-many"))
            }
            Self::Resend(ResendRefused::TooSoon { retry_at }) => {
                Sentence::whole(words.text_of("refused-resend-too-soon", "wait", wait(words, now, *retry_at)))
            }
            Self::Resend(ResendRefused::NoSendsLeft) => Sentence::whole(words.text("refused-code-too-many")),
            Self::Throttled { retry_at } => throttled(words, now, *retry_at),
        }
    }
}

fn choice_key(refused: TradingPasswordRefused) -> &'static str {
    match refused {
        TradingPasswordRefused::NotSixDigits => "refused-trading-not-six-digits",
        TradingPasswordRefused::Weak(WeakDigits::Pattern) => "refused-trading-pattern",
        TradingPasswordRefused::Weak(WeakDigits::Run) => "refused-trading-run",
        TradingPasswordRefused::Weak(WeakDigits::Date) => "refused-trading-date",
        TradingPasswordRefused::Weak(WeakDigits::Common) => "refused-trading-common",
    }
}

/// A refused phrase beside the field of its place.
impl InWords for (PhrasePlace, PhraseRefused) {
    fn in_words(&self, words: &Words, _: Timestamp) -> Sentence {
        let field = match self.0 {
            PhrasePlace::Mail => "mail",
            PhrasePlace::SignIn => "sign_in",
            PhrasePlace::Withdrawal => "withdrawal",
        };
        let key = match self.1 {
            PhraseRefused::TooShort => "refused-phrase-too-short",
            PhraseRefused::TooLong => "refused-phrase-too-long",
            PhraseRefused::NotPlain => "refused-phrase-not-plain",
            PhraseRefused::SameAsOther => "refused-phrase-same",
        };
        Sentence::at(field, words.text(key))
    }
}
