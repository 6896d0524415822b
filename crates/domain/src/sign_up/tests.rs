use super::*;
use std::time::Duration;

fn start() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn begin(taken: bool) -> SignUp {
    SignUp::begin(&Policy::default(), taken, start())
}

const MATCHES: TotpJudgement = TotpJudgement::Matches { step: 60_000_000 };

#[test]
fn the_path_leads_from_the_code_through_password_and_authenticator_to_access() {
    let policy = Policy::default();
    let outcome = begin(false).after_code(Ok(()), start());
    assert_eq!(outcome.answer, Ok(SignUpStep::Password));
    let outcome = outcome.sign_up.after_password(Ok(()), start());
    assert_eq!(outcome.answer, Ok(SignUpStep::Authenticator));
    let outcome = outcome.sign_up.after_authenticator(&policy, MATCHES, start());
    assert_eq!(outcome.answer, Ok(SignUpStep::RecoveryCodes));
    let kept = outcome.sign_up.after_recovery_codes(false, start());
    assert_eq!(kept.answer, Err(SignUpRefused::RecoveryCodesNotKept));
    let outcome = kept.sign_up.after_recovery_codes(true, start());
    assert_eq!(outcome.answer, Ok(SignUpStep::Access));
    let outcome = outcome.sign_up.access(start());
    assert_eq!(outcome.answer, Ok(SignUpStep::Entered));
    assert_eq!(outcome.sign_up.access(start()).answer, Err(SignUpRefused::Ended));
}

#[test]
fn no_step_is_skipped() {
    let policy = Policy::default();
    let asked = SignUpRefused::OtherStep { asked: SignUpStep::Code };
    let sign_up = begin(false);
    assert_eq!(sign_up.after_password(Ok(()), start()).answer, Err(asked));
    assert_eq!(sign_up.after_authenticator(&policy, MATCHES, start()).answer, Err(asked));
    assert_eq!(sign_up.after_recovery_codes(true, start()).answer, Err(asked));
    assert_eq!(sign_up.access(start()).answer, Err(asked));
}

#[test]
fn a_taken_identifier_is_refused_like_a_wrong_code_and_never_goes_further() {
    let wrong = CodeRefused::Wrong { tries_left: 4 };
    let (free, taken) = (begin(false), begin(true));
    assert_eq!(free.after_code(Err(wrong), start()).answer, taken.after_code(Err(wrong), start()).answer);
    assert_eq!(free.expires_at, taken.expires_at);
    // Even a code that somehow is right opens nothing that is somebody else's.
    let outcome = taken.after_code(Ok(()), start());
    assert_eq!(outcome.answer, Err(SignUpRefused::TooManyWrongCodes));
    assert_eq!(outcome.sign_up.step, SignUpStep::Ended);
}

#[test]
fn a_refused_password_can_be_chosen_anew() {
    let sign_up = begin(false).after_code(Ok(()), start()).sign_up;
    let outcome = sign_up.after_password(Err(PasswordRefused::Common), start());
    assert_eq!(outcome.answer, Err(SignUpRefused::Password(PasswordRefused::Common)));
    assert_eq!(outcome.sign_up, sign_up);
}

#[test]
fn the_first_code_of_an_authenticator_tells_how_wrong_its_clock_is() {
    let policy = Policy::default();
    let mut sign_up = SignUp { step: SignUpStep::Authenticator, ..begin(false) };
    let judged = TotpJudgement::OtherStep { step: 59_999_996, offset_steps: -4 };
    let outcome = sign_up.after_authenticator(&policy, judged, start());
    assert_eq!(outcome.answer, Err(SignUpRefused::ClockOff { offset_steps: -4 }));
    sign_up = outcome.sign_up;
    for _ in 2..policy.sign_up.factor_tries {
        let outcome = sign_up.after_authenticator(&policy, TotpJudgement::Wrong, start());
        assert_eq!(outcome.answer, Err(SignUpRefused::WrongFactor));
        sign_up = outcome.sign_up;
    }
    let outcome = sign_up.after_authenticator(&policy, TotpJudgement::Wrong, start());
    assert_eq!(outcome.answer, Err(SignUpRefused::TooManyWrongFactors));
    assert_eq!(outcome.sign_up.step, SignUpStep::Ended);
}

#[test]
fn a_sign_up_lives_an_hour() {
    let late = start().plus(Duration::from_secs(3_600));
    assert_eq!(begin(false).after_code(Ok(()), late).answer, Err(SignUpRefused::Expired));
}
