//! Passkeys, as their owner is told about them.

use doorward_domain::passkey::{CeremonyRefused, PasskeyRefused};
use doorward_domain::time::Timestamp;

use super::InWords;
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for PasskeyRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        let key = match self {
            Self::Name => return Sentence::at("name", words.text("refused-passkey-name")),
            Self::Ceremony(refused) => return refused.in_words(words, now),
            Self::Unavailable => "refused-passkey-unavailable",
            Self::NotTaken => "refused-passkey-not-taken",
            Self::NotFound => "refused-passkey-not-found",
            Self::StillNeeded => "refused-passkey-still-needed",
            Self::TooFew => "refused-passkey-too-few",
            Self::PasskeysOnly => "refused-passkeys-only",
            Self::AlreadySo => "refused-passkey-already-so",
        };
        Sentence::whole(words.text(key))
    }
}

impl InWords for CeremonyRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        Sentence::whole(words.text(match self {
            Self::NotBegun | Self::Expired | Self::Malformed => "refused-ceremony-begin-again",
            Self::WrongOrigin => "refused-ceremony-origin",
            Self::NotVerified => "refused-ceremony-not-verified",
            Self::NotTrusted => "refused-ceremony-not-trusted",
            Self::WrongKey => "refused-ceremony-wrong-key",
            Self::CounterWentBack => "refused-ceremony-counter",
        }))
    }
}
