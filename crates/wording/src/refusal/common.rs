//! Refusals that several flows share.

use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::identifier::IdentifierRefused;
use doorward_domain::password::{PasswordRefused, StrengthWarning};
use doorward_domain::step_up::{Factor, StepUpRefused};
use doorward_domain::time::Timestamp;

use super::InWords;
use crate::sentence::Sentence;
use crate::words::Words;

/// A wait until then, written out; at least a second, since "0 seconds" reads like a fault.
pub(super) fn wait(words: &Words, now: Timestamp, retry_at: Timestamp) -> String {
    let left = now.until(retry_at);
    words.span(left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0)).max(1))
}

/// Too many tries: the rule and when it ends.
pub(super) fn throttled(words: &Words, now: Timestamp, retry_at: Timestamp) -> Sentence {
    Sentence::whole(words.text_of("refused-throttled", "wait", wait(words, now, retry_at)))
}

/// A sentence about the code field that also says how many tries remain.
pub(super) fn code_with_tries(words: &Words, key: &str, tries_left: u32) -> Sentence {
    let left = words.text_of("refused-tries-left", "count", tries_left);
    Sentence::at("code", format!("{} {left}", words.text(key)))
}

/// A sentence about the code field that says when the next one is taken.
pub(super) fn code_after(words: &Words, key: &str, now: Timestamp, retry_at: Timestamp) -> Sentence {
    Sentence::at("code", words.text_of(key, "wait", wait(words, now, retry_at)))
}

/// The clock diagnosis of a TOTP code that belongs to another time, in steps of 30 s; positive: the phone is ahead.
pub fn clock_notice(words: &Words, offset_steps: i32) -> String {
    let off = words.span(u64::from(offset_steps.unsigned_abs()).saturating_mul(30));
    let key = if offset_steps > 0 { "refused-clock-ahead" } else { "refused-clock-behind" };
    words.text_of(key, "off", off)
}

impl InWords for IdentifierRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        let key = match self {
            Self::Empty => "refused-identifier-empty",
            Self::TooLong => "refused-identifier-too-long",
            Self::NotAscii => "refused-identifier-not-ascii",
            Self::NotAnEmail => "refused-identifier-not-an-email",
            Self::NotAPhoneNumber => "refused-identifier-not-a-phone-number",
            Self::CountryMissing => "refused-identifier-country-missing",
        };
        Sentence::at("identifier", words.text(key))
    }
}

impl InWords for HumanCheckRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::NotPassed => Sentence::at("human-check", words.text("refused-human-check")),
            Self::NeededForSms => Sentence::at("identifier", words.text("refused-sms-without-script")),
            Self::Wait { retry_at } => {
                let wait = wait(words, now, *retry_at);
                Sentence::at("human-check", words.text_of("refused-human-check-wait", "wait", wait))
            }
        }
    }
}

impl InWords for PasswordRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        let text = match self {
            Self::TooShort { minimum } => words.text_of("refused-password-too-short", "count", *minimum),
            Self::TooLong { maximum } => words.text_of("refused-password-too-long", "count", *maximum),
            Self::Nul => words.text("refused-password-nul").into_owned(),
            Self::Common => words.text("refused-password-common").into_owned(),
            Self::IsIdentifier => words.text("refused-password-is-identifier").into_owned(),
            Self::IsLocalPart => words.text("refused-password-is-local-part").into_owned(),
            Self::IsSiteName => words.text("refused-password-is-site-name").into_owned(),
            Self::TooWeak { warning: None, .. } => words.text("refused-password-weak").into_owned(),
            Self::TooWeak { warning: Some(warning), .. } => {
                format!(
                    "{} {}",
                    words.text(warning_key(*warning)),
                    words.text("refused-password-weak-advice")
                )
            }
        };
        Sentence::at("password", text)
    }
}

fn warning_key(warning: StrengthWarning) -> &'static str {
    match warning {
        StrengthWarning::KeyRow => "weak-key-row",
        StrengthWarning::KeyPattern => "weak-key-pattern",
        StrengthWarning::RepeatedLetter => "weak-repeated-letter",
        StrengthWarning::RepeatedPiece => "weak-repeated-piece",
        StrengthWarning::Common => "weak-common",
        StrengthWarning::LikeCommon => "weak-like-common",
        StrengthWarning::Sequence => "weak-sequence",
        StrengthWarning::Year => "weak-year",
        StrengthWarning::SingleWord => "weak-single-word",
        StrengthWarning::Date => "weak-date",
        StrengthWarning::Name => "weak-name",
    }
}

impl InWords for StepUpRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        let key = match self {
            Self::TooWeak { needed: Factor::Passkey } => "refused-step-up-passkey-needed",
            Self::TooWeak { .. } => "refused-step-up-too-weak",
            Self::NotForThis => "refused-step-up-not-for-this",
        };
        Sentence::at("code", words.text(key))
    }
}
