//! Refusals as people read them.

use std::time::Duration;

use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::identifier::IdentifierRefused;
use doorward_domain::password::{PasswordRefused, StrengthWarning};
use doorward_domain::sign_in::SignInRefused;
use doorward_domain::sign_up::SignUpRefused;
use doorward_domain::time::Timestamp;
use doorward_wording::refusal::InWords;
use doorward_wording::{Sentence, Words};

fn said(refused: &impl InWords) -> Sentence {
    refused.in_words(&Words::of_tag("en"), Timestamp::from_seconds(1_000))
}

#[test]
fn a_wait_is_said_with_its_length_rounded_up() {
    let retry_at = Timestamp::from_seconds(1_029).plus(Duration::from_millis(300));
    let sentence = said(&SignInRefused::Throttled { retry_at });
    assert_eq!(sentence, Sentence::whole("There were too many tries. You can try again in 30 seconds."));
    let past = said(&SignInRefused::Throttled { retry_at: Timestamp::from_seconds(999) });
    assert_eq!(past.summary, "There were too many tries. You can try again in 1 second.");
}

#[test]
fn a_clock_that_is_off_is_said_with_direction_and_amount() {
    let ahead = said(&SignInRefused::ClockOff { offset_steps: 4, tries_left: 3 });
    assert_eq!(ahead.field, Some("code"));
    assert_eq!(ahead.summary, "This code belongs to another time: your phone's clock is 2 minutes ahead.");
    let behind = said(&SignInRefused::ClockOff { offset_steps: -2, tries_left: 3 });
    assert_eq!(behind.summary, "This code belongs to another time: your phone's clock is 1 minute behind.");
}

#[test]
fn an_unknown_device_hears_one_sentence_for_password_and_code() {
    let sentence = said(&SignInRefused::WrongPasswordOrCode { tries_left: 1 });
    assert_eq!(sentence, Sentence::at("code", "Password or code did not match. One try is left."));
}

#[test]
fn a_refused_password_says_why_and_what_helps() {
    let weak = PasswordRefused::TooWeak { score: 1, warning: Some(StrengthWarning::Date) };
    assert_eq!(
        said(&weak).summary,
        "A date is easy to guess. Add a word or two that nobody connects with you."
    );
    assert_eq!(said(&PasswordRefused::TooShort { minimum: 10 }).summary, "Use at least 10 characters.");
}

#[test]
fn every_strength_warning_has_words_in_both_languages() {
    for tag in ["en", "de"] {
        let words = Words::of_tag(tag);
        for warning in StrengthWarning::ALL {
            let refused = PasswordRefused::TooWeak { score: 0, warning: Some(*warning) };
            assert!(
                refused.in_words(&words, Timestamp::from_seconds(0)).summary.ends_with('.'),
                "{warning:?}"
            );
        }
    }
}

#[test]
fn a_field_s_refusal_stands_at_its_field() {
    assert_eq!(said(&SignInRefused::Identifier(IdentifierRefused::Empty)).field, Some("identifier"));
    assert_eq!(said(&SignInRefused::HumanCheck(HumanCheckRefused::NotPassed)).field, Some("human-check"));
    let for_sms = said(&SignUpRefused::HumanCheck(HumanCheckRefused::NeededForSms));
    assert_eq!(for_sms.field, Some("identifier"), "the number is what can be changed");
    assert_eq!(said(&SignInRefused::WrongPassword).field, Some("password"));
}
