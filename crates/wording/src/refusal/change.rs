//! Changes behind the door.

use doorward_domain::change::ChangeRefused;
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::{clock_notice, code_after, throttled};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for ChangeRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::NotBegun => Sentence::whole(words.text("refused-change-not-begun")),
            Self::Expired => Sentence::whole(words.text("refused-change-expired")),
            Self::Ended => Sentence::whole(words.text("refused-change-ended")),
            Self::WrongPassword => {
                Sentence::at("current_password", words.text("refused-wrong-current-password"))
            }
            Self::Password(refused) => refused.in_words(words, now),
            Self::PasswordsDiffer => Sentence::at("password", words.text("refused-passwords-differ")),
            Self::SamePassword => Sentence::at("password", words.text("refused-same-password")),
            Self::WrongFactor => Sentence::at("code", words.text("refused-wrong-factor")),
            Self::ClockOff { offset_steps } => Sentence::at("code", clock_notice(words, *offset_steps)),
            Self::FactorAlreadyUsed => Sentence::at("code", words.text("refused-factor-already-used")),
            Self::FactorLocked { retry_at } => code_after(words, "refused-factor-locked", now, *retry_at),
            Self::FactorDisabled => Sentence::at("code", words.text("refused-factor-disabled")),
            Self::StepUp(refused) => refused.in_words(words, now),
            Self::TooManyWrongFactors => Sentence::whole(words.text("refused-change-too-many-factors")),
            Self::Throttled { retry_at } => throttled(words, now, *retry_at),
            Self::Passkey(refused) => refused.in_words(words, now),
            Self::CredentialsChanged => Sentence::whole(words.text("refused-change-credentials-changed")),
            Self::NotNow(refused) => refused.in_words(words, now),
        }
    }
}
