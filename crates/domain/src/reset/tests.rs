use super::*;
use crate::account::AccountStatus;
use crate::language::Language;
use std::time::Duration;

fn start() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn after(minutes: u64) -> Timestamp {
    start().plus(Duration::from_secs(minutes * 60))
}

fn account() -> Account {
    Account {
        id: AccountId::from_parts(start(), [1; 16]),
        status: AccountStatus::Open,
        language: Language::German,
        credential_version: 3,
        passkeys_only: false,
        created_at: start(),
    }
}

fn at_second_factor() -> Reset {
    let policy = Policy::default();
    Reset::begin(&policy, Some(&account()), start()).after_channel_proof(&policy, Ok(()), start()).reset
}

#[test]
fn a_reset_needs_the_channel_then_the_factor_then_a_password_and_makes_no_session() {
    let policy = Policy::default();
    let reset = Reset::begin(&policy, Some(&account()), start());
    let asked = ResetRefused::OtherStep { asked: ResetStep::ChannelProof };
    assert_eq!(reset.after_password(&account(), Ok(()), start()).answer, Err(asked));
    let outcome = reset.after_channel_proof(&policy, Ok(()), start());
    assert_eq!(outcome.answer, Ok(ResetStep::SecondFactor));
    let right = FactorJudgement::Right(Factor::Totp);
    let (outcome, effects) = outcome.reset.after_second_factor(&policy, right, start());
    assert_eq!(outcome.answer, Ok(ResetStep::Password));
    assert!(effects.spend && effects.reset_failures && !effects.count_failure);
    let outcome = outcome.reset.after_password(&account(), Ok(()), start());
    assert_eq!(outcome.answer, Ok(ResetStep::Done));
    let again = outcome.reset.after_password(&account(), Ok(()), start());
    assert_eq!(again.answer, Err(ResetRefused::Ended));
}

#[test]
fn nobodys_identifier_answers_like_somebodys_and_opens_nothing() {
    let policy = Policy::default();
    let (nobody, somebody) =
        (Reset::begin(&policy, None, start()), Reset::begin(&policy, Some(&account()), start()));
    assert_eq!((nobody.step, nobody.expires_at), (somebody.step, somebody.expires_at));
    let wrong = Err(CodeRefused::Wrong { tries_left: 3 });
    assert_eq!(
        nobody.after_channel_proof(&policy, wrong, start()).answer,
        somebody.after_channel_proof(&policy, wrong, start()).answer
    );
    assert!(nobody.after_channel_proof(&policy, Ok(()), start()).answer.is_err());
}

#[test]
fn a_link_opens_for_an_hour_and_leaves_twenty_minutes_from_there() {
    let policy = Policy::default();
    let reset = Reset::begin(&policy, Some(&account()), start());
    let late = reset.after_channel_proof(&policy, Ok(()), after(60));
    assert_eq!(late.answer, Err(ResetRefused::Expired));
    let outcome = reset.after_channel_proof(&policy, Ok(()), after(59));
    assert_eq!(outcome.reset.expires_at, after(79));
}

#[test]
fn the_fifth_wrong_factor_ends_the_reset_and_each_counts_on_the_authenticator() {
    let policy = Policy::default();
    let mut reset = at_second_factor();
    for tries_left in (1..5).rev() {
        let (outcome, effects) = reset.after_second_factor(&policy, FactorJudgement::Wrong, start());
        assert_eq!(outcome.answer, Err(ResetRefused::WrongFactor { tries_left }));
        assert!(effects.count_failure);
        reset = outcome.reset;
    }
    let (outcome, _) = reset.after_second_factor(&policy, FactorJudgement::Wrong, start());
    assert_eq!(outcome.answer, Err(ResetRefused::TooManyWrongFactors));
    let right = FactorJudgement::Right(Factor::Totp);
    let (outcome, effects) = outcome.reset.after_second_factor(&policy, right, start());
    assert_eq!((outcome.answer, effects.spend), (Err(ResetRefused::Ended), false));
}

#[test]
fn each_way_to_be_wrong_is_told_to_who_holds_the_channel() {
    let policy = Policy::default();
    for (judgement, expected, counted) in [
        (FactorJudgement::AlreadyUsed, ResetRefused::FactorAlreadyUsed { tries_left: 4 }, true),
        (
            FactorJudgement::OtherStep { step: 9, offset_steps: 2 },
            ResetRefused::ClockOff { offset_steps: 2, tries_left: 4 },
            true,
        ),
        (
            FactorJudgement::Locked { retry_at: after(15) },
            ResetRefused::FactorLocked { retry_at: after(15) },
            false,
        ),
        (FactorJudgement::Disabled, ResetRefused::FactorDisabled, false),
    ] {
        let (outcome, effects) = at_second_factor().after_second_factor(&policy, judgement, start());
        assert_eq!((outcome.answer, effects.count_failure), (Err(expected), counted));
    }
}

#[test]
fn a_reset_begun_before_another_change_ends() {
    let policy = Policy::default();
    let right = FactorJudgement::Right(Factor::RecoveryCode);
    let reset = at_second_factor().after_second_factor(&policy, right, start()).0.reset;
    let changed = Account { credential_version: 4, ..account() };
    let outcome = reset.after_password(&changed, Ok(()), start());
    assert_eq!(outcome.answer, Err(ResetRefused::CredentialsChanged));
    assert_eq!(outcome.reset.step, ResetStep::Ended);
    let refused = reset.after_password(&account(), Err(PasswordRefused::Common), start());
    assert_eq!(refused.answer, Err(ResetRefused::Password(PasswordRefused::Common)));
    assert_eq!(refused.reset.step, ResetStep::Password);
}
