use super::*;
use std::time::Duration;

fn start() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn begin() -> ReplaceTotp {
    ReplaceTotp::begin(&Policy::default(), Factor::Totp, 5, start())
}

const MATCHES: TotpJudgement = TotpJudgement::Matches { step: 60_000_000 };

#[test]
fn a_code_of_the_new_app_puts_it_in_place_once() {
    let policy = Policy::default();
    let (done, answer) = begin().confirm(&policy, MATCHES, 5, start());
    assert_eq!((done.step, answer), (ReplaceTotpStep::Done, Ok(())));
    assert_eq!(done.confirm(&policy, MATCHES, 5, start()).1, Err(ChangeRefused::Ended));
}

#[test]
fn another_change_meanwhile_or_too_much_time_ends_it() {
    let policy = Policy::default();
    let (ended, answer) = begin().confirm(&policy, MATCHES, 6, start());
    assert_eq!((ended.step, answer), (ReplaceTotpStep::Ended, Err(ChangeRefused::CredentialsChanged)));
    let late = start().plus(Duration::from_secs(30 * 60));
    assert_eq!(begin().confirm(&policy, MATCHES, 5, late).1, Err(ChangeRefused::Expired));
}

#[test]
fn the_fifth_wrong_code_of_the_new_app_ends_it() {
    let policy = Policy::default();
    let mut change = begin();
    let off = TotpJudgement::OtherStep { step: 60_000_004, offset_steps: 4 };
    for (judged, expected) in [
        (off, ChangeRefused::ClockOff { offset_steps: 4 }),
        (TotpJudgement::Wrong, ChangeRefused::WrongFactor),
        (TotpJudgement::Wrong, ChangeRefused::WrongFactor),
        (TotpJudgement::Wrong, ChangeRefused::WrongFactor),
        (TotpJudgement::Wrong, ChangeRefused::TooManyWrongFactors),
        (MATCHES, ChangeRefused::Ended),
    ] {
        let (next, answer) = change.confirm(&policy, judged, 5, start());
        assert_eq!(answer, Err(expected));
        change = next;
    }
}

#[test]
fn a_step_up_needs_a_right_factor_that_is_strong_enough() {
    let purpose = StepUpPurpose::ChangePassword;
    let judge = |judgement| judge_step_up(purpose, Factor::Totp, judgement);
    assert_eq!(judge(FactorJudgement::Right(Factor::Totp)), Ok(Factor::Totp));
    let too_weak = StepUpRefused::TooWeak { needed: Factor::Totp };
    assert_eq!(judge(FactorJudgement::Right(Factor::RecoveryCode)), Err(ChangeRefused::StepUp(too_weak)));
    for (judgement, expected) in [
        (FactorJudgement::Wrong, ChangeRefused::WrongFactor),
        (FactorJudgement::AlreadyUsed, ChangeRefused::FactorAlreadyUsed),
        (FactorJudgement::Disabled, ChangeRefused::FactorDisabled),
        (FactorJudgement::Locked { retry_at: start() }, ChangeRefused::FactorLocked { retry_at: start() }),
        (
            FactorJudgement::OtherStep { step: 1, offset_steps: 9 },
            ChangeRefused::ClockOff { offset_steps: 9 },
        ),
    ] {
        assert_eq!(judge(judgement), Err(expected));
    }
}
