//! The lost-factor case.

use doorward_domain::support_case::{CaseRefused, EvidenceKind, PictureRefused};
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::{clock_notice, code_after, code_with_tries, throttled};
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for CaseRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::NotBegun => Sentence::whole(words.text("refused-case-not-begun")),
            Self::Expired => Sentence::whole(words.text("refused-case-expired")),
            Self::Ended => Sentence::whole(words.text("refused-case-ended")),
            Self::OtherStep { .. } => Sentence::whole(words.text("refused-other-step")),
            Self::HumanCheck(refused) => refused.in_words(words, now),
            Self::Throttled { retry_at } => throttled(words, now, *retry_at),
            Self::WrongCode { tries_left } => code_with_tries(words, "refused-wrong-code", *tries_left),
            Self::CodeExpired => Sentence::at("code", words.text("refused-code-expired")),
            Self::TooManyWrongCodes => Sentence::whole(words.text("refused-case-too-many-codes")),
            Self::ResendTooSoon { retry_at } => code_after(words, "refused-resend-too-soon", now, *retry_at),
            Self::NoSendsLeft => Sentence::whole(words.text("refused-no-sends-left")),
            Self::WrongFactor => Sentence::at("code", words.text("refused-wrong-factor")),
            Self::ClockOff { offset_steps } => Sentence::at("code", clock_notice(words, *offset_steps)),
            Self::TooManyWrongFactors => Sentence::whole(words.text("refused-case-too-many-factors")),
            Self::NoIdentification => Sentence::whole(words.text("refused-case-no-identification")),
            Self::NoRecord => Sentence::whole(words.text("refused-case-no-record")),
            Self::AnotherCase => Sentence::whole(words.text("refused-case-another")),
            Self::PictureMissing { kind } => {
                Sentence::at("file", words.text_of("refused-picture-missing", "what", words.evidence(*kind)))
            }
            Self::Picture(refused) => refused.in_words(words, now),
            Self::CredentialsChanged => Sentence::whole(words.text("refused-case-credentials-changed")),
        }
    }
}

impl InWords for PictureRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        let text = match self {
            Self::Empty => words.text("refused-picture-empty").into_owned(),
            Self::TooLarge { bytes_at_most } => {
                let megabytes = u32::try_from(bytes_at_most / (1024 * 1024)).unwrap_or(u32::MAX);
                words.text_of("refused-picture-too-large", "megabytes", megabytes)
            }
            Self::Heic => words.text("refused-picture-heic").into_owned(),
            Self::NotAPicture => words.text("refused-picture-not-a-picture").into_owned(),
            Self::Damaged => words.text("refused-picture-damaged").into_owned(),
            Self::TooManyPixels => words.text("refused-picture-too-many-pixels").into_owned(),
            Self::TooFewPixels { side_at_least } => {
                words.text_of("refused-picture-too-few-pixels", "side", *side_at_least)
            }
        };
        Sentence::at("file", text)
    }
}

impl Words {
    /// What a picture of a case shows, in a few words.
    pub fn evidence(&self, kind: EvidenceKind) -> String {
        let key = match kind {
            EvidenceKind::DocumentFront => "evidence-document-front",
            EvidenceKind::DocumentBack => "evidence-document-back",
            EvidenceKind::HolderWithNote => "evidence-holder-with-note",
        };
        self.text(key).into_owned()
    }
}
