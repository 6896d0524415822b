//! Signing up.

use doorward_domain::sign_up::SignUpRefused;
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::{clock_notice, code_after, code_with_tries, throttled};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for SignUpRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::NotBegun => Sentence::whole(words.text("refused-sign-up-not-begun")),
            Self::Expired => Sentence::whole(words.text("refused-sign-up-expired")),
            Self::Ended => Sentence::whole(words.text("refused-sign-up-ended")),
            Self::OtherStep { .. } => Sentence::whole(words.text("refused-other-step")),
            Self::Identifier(refused) => refused.in_words(words, now),
            Self::NoSmsThere => Sentence::at("identifier", words.text("refused-no-sms-there")),
            Self::HumanCheck(refused) => refused.in_words(words, now),
            Self::Throttled { retry_at } => throttled(words, now, *retry_at),
            Self::WrongCode { tries_left } => code_with_tries(words, "refused-wrong-code", *tries_left),
            Self::CodeExpired => Sentence::at("code", words.text("refused-code-expired")),
            Self::TooManyWrongCodes => Sentence::whole(words.text("refused-sign-up-too-many-codes")),
            Self::ResendTooSoon { retry_at } => code_after(words, "refused-resend-too-soon", now, *retry_at),
            Self::NoSendsLeft => Sentence::whole(words.text("refused-no-sends-left")),
            Self::Password(refused) => refused.in_words(words, now),
            Self::PasswordsDiffer => Sentence::at("password", words.text("refused-passwords-differ")),
            Self::WrongFactor => Sentence::at("code", words.text("refused-wrong-app-code")),
            Self::ClockOff { offset_steps } => Sentence::at("code", clock_notice(words, *offset_steps)),
            Self::TooManyWrongFactors => Sentence::whole(words.text("refused-sign-up-too-many-factors")),
            Self::RecoveryCodesNotKept => Sentence::at("kept", words.text("refused-recovery-codes-not-kept")),
        }
    }
}
