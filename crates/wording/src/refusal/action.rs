//! An action that the guard refuses: why, and until when.

use doorward_domain::guard::{ActionRefused, Closed};
use doorward_domain::jurisdiction::Mode;
use doorward_domain::time::Timestamp;

use super::InWords;
use super::common::wait;
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for ActionRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        let moment = |at: &Timestamp| words.moment(at.as_micros());
        let whole = |text: String| Sentence::whole(text);
        match self {
            Self::Frozen => whole(words.text("refused-action-frozen").into_owned()),
            Self::Jurisdiction { mode, since } => {
                let rule = words.text(mode_key(*mode));
                whole(match since {
                    Some(since) => {
                        format!(
                            "{rule} {}",
                            words.text_of("refused-action-country-since", "since", moment(since))
                        )
                    }
                    None => rule.into_owned(),
                })
            }
            Self::Held { until, closed } => {
                let key = match closed {
                    Closed::Account => "refused-action-held",
                    Closed::Subject => "refused-action-subject-held",
                };
                let left = wait(words, now, *until);
                whole(words.text_with(key, &[("until", moment(until).into()), ("left", left.into())]))
            }
            Self::SettingsLocked { delay, opens_at: None } => {
                whole(words.text_of("refused-action-locked", "delay", words.span(delay.as_secs())))
            }
            Self::SettingsLocked { opens_at: Some(opens_at), .. } => {
                whole(words.text_of("refused-action-opening", "until", moment(opens_at)))
            }
            Self::PhoneOnly => whole(words.text("refused-action-phone-only").into_owned()),
            Self::TradingPasswordMissing => whole(words.text("refused-action-trading-missing").into_owned()),
            Self::TradingPasswordLocked { until } => {
                whole(words.text_of("refused-trading-locked", "wait", wait(words, now, *until)))
            }
            Self::TradingPasswordDisabled => whole(words.text("refused-trading-disabled").into_owned()),
        }
    }
}

fn mode_key(mode: Mode) -> &'static str {
    match mode {
        Mode::Open => "refused-action-country-open",
        Mode::Closing => "refused-action-country-closing",
        Mode::WithdrawOnly => "refused-action-country-withdraw-only",
        Mode::Blocked => "refused-action-country-blocked",
    }
}
