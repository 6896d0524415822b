//! Changes of identifiers behind the door.

use doorward_domain::identifier::change::IdentifierChangeRefused;
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::{code_after, code_with_tries};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for IdentifierChangeRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::Change(refused) => refused.in_words(words, now),
            Self::Identifier(refused) => refused.in_words(words, now),
            Self::NoSmsThere => Sentence::at("identifier", words.text("refused-no-sms-there")),
            Self::OwnAlready => Sentence::at("identifier", words.text("refused-identifier-own")),
            Self::NoSuchIdentifier => Sentence::whole(words.text("refused-identifier-none")),
            Self::LastOne => Sentence::whole(words.text("refused-identifier-last")),
            Self::TooMany => Sentence::whole(words.text("refused-identifier-too-many")),
            Self::OtherStep { .. } => Sentence::whole(words.text("refused-other-step")),
            Self::WrongCode { tries_left } => code_with_tries(words, "refused-wrong-code", *tries_left),
            Self::CodeExpired => Sentence::at("code", words.text("refused-code-expired")),
            Self::TooManyWrongCodes => Sentence::whole(words.text("refused-identifier-too-many-codes")),
            Self::ResendTooSoon { retry_at } => code_after(words, "refused-resend-too-soon", now, *retry_at),
            Self::NoSendsLeft => Sentence::whole(words.text("refused-no-sends-left")),
        }
    }
}
