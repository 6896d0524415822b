//! The forgotten password.

use doorward_domain::reset::ResetRefused;
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::{clock_notice, code_after, code_with_tries, throttled};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for ResetRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::NotBegun => Sentence::whole(words.text("refused-reset-not-begun")),
            Self::Expired => Sentence::whole(words.text("refused-reset-expired")),
            Self::Ended => Sentence::whole(words.text("refused-reset-ended")),
            Self::OtherStep { .. } => Sentence::whole(words.text("refused-other-step")),
            Self::Identifier(refused) => refused.in_words(words, now),
            Self::HumanCheck(refused) => refused.in_words(words, now),
            Self::Throttled { retry_at } => throttled(words, now, *retry_at),
            Self::WrongCode { tries_left } => code_with_tries(words, "refused-wrong-code", *tries_left),
            Self::CodeExpired => Sentence::at("code", words.text("refused-code-expired")),
            Self::TooManyWrongCodes => Sentence::whole(words.text("refused-reset-too-many-codes")),
            Self::ResendTooSoon { retry_at } => code_after(words, "refused-resend-too-soon", now, *retry_at),
            Self::NoSendsLeft => Sentence::whole(words.text("refused-no-sends-left")),
            Self::WrongFactor { tries_left } => code_with_tries(words, "refused-wrong-factor", *tries_left),
            Self::ClockOff { offset_steps, .. } => Sentence::at("code", clock_notice(words, *offset_steps)),
            Self::FactorAlreadyUsed { tries_left } => {
                code_with_tries(words, "refused-factor-already-used", *tries_left)
            }
            Self::FactorLocked { retry_at } => code_after(words, "refused-factor-locked", now, *retry_at),
            Self::FactorDisabled => Sentence::at("code", words.text("refused-factor-disabled")),
            Self::TooManyWrongFactors => Sentence::whole(words.text("refused-reset-too-many-factors")),
            Self::Password(refused) => refused.in_words(words, now),
            Self::PasswordsDiffer => Sentence::at("password", words.text("refused-passwords-differ")),
            Self::PasskeysOnly => Sentence::whole(words.text("forgot-passkeys-only-lead")),
            Self::CredentialsChanged => Sentence::whole(words.text("refused-reset-credentials-changed")),
        }
    }
}
