use super::*;
use crate::language::Language;
use crate::one_time_code::CodeRefused;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn account() -> Account {
    Account {
        id: AccountId::from_parts(start(), [1; 16]),
        status: AccountStatus::Open,
        language: Language::English,
        credential_version: 7,
        passkeys_only: false,
        created_at: start(),
    }
}

/// A test's sign-in: what it is asked and what it answers, step by step.
struct Walk {
    policy: Policy,
    sign_in: SignIn,
    account: Account,
    owner_may_unfreeze: bool,
    now: Timestamp,
}

impl Walk {
    fn on(known_device: bool) -> Self {
        let (policy, account) = (Policy::default(), account());
        let sign_in = SignIn::begin(&policy, Some(account.id), known_device, start());
        Self { policy, sign_in, account, owner_may_unfreeze: false, now: start() }
    }

    fn after(mut self, wait: Duration) -> Self {
        self.now = self.now.plus(wait);
        self
    }

    fn take(&mut self, outcome: Outcome) -> Result<SignInStep, SignInRefused> {
        self.sign_in = outcome.sign_in;
        outcome.answer
    }

    fn password(&mut self, matches: bool) -> Result<SignInStep, SignInRefused> {
        let known_device = self.sign_in.known_device;
        let facts = PasswordFacts { account: Some(&self.account), matches, known_device };
        let outcome = self.sign_in.after_password(facts, self.now);
        self.take(outcome)
    }

    fn factor(&mut self, judgement: FactorJudgement) -> (Result<SignInStep, SignInRefused>, FactorEffects) {
        let facts = FactorFacts {
            account: Some(&self.account),
            judgement,
            owner_may_unfreeze: self.owner_may_unfreeze,
        };
        let (outcome, effects) = self.sign_in.after_second_factor(&self.policy, facts, self.now);
        (self.take(outcome), effects)
    }

    fn right_factor(&mut self) -> Result<SignInStep, SignInRefused> {
        self.factor(FactorJudgement::Right(Factor::Totp)).0
    }

    fn device_code(&mut self, judged: Result<(), CodeRefused>) -> Result<SignInStep, SignInRefused> {
        let outcome = self.sign_in.after_device_code(judged, self.now);
        self.take(outcome)
    }

    fn access(&mut self) -> Result<SignInStep, SignInRefused> {
        let outcome = self.sign_in.access(AccessFacts { account: Some(&self.account) }, self.now);
        self.take(outcome)
    }
}

#[test]
fn a_known_device_enters_by_password_and_factor() {
    let mut walk = Walk::on(true);
    assert_eq!(walk.password(true), Ok(SignInStep::SecondFactor));
    assert_eq!(walk.right_factor(), Ok(SignInStep::Access));
    assert_eq!(walk.access(), Ok(SignInStep::Entered));
    assert_eq!(walk.access(), Err(SignInRefused::Ended));
}

#[test]
fn a_new_device_needs_the_device_code_too() {
    let mut walk = Walk::on(false);
    assert_eq!(walk.password(true), Ok(SignInStep::SecondFactor));
    assert_eq!(walk.right_factor(), Ok(SignInStep::DeviceCode));
    assert_eq!(walk.access(), Err(SignInRefused::OtherStep { asked: SignInStep::DeviceCode }));
    let wrong = CodeRefused::Wrong { tries_left: 4 };
    assert_eq!(walk.device_code(Err(wrong)), Err(SignInRefused::WrongCode { tries_left: 4 }));
    assert_eq!(walk.device_code(Ok(())), Ok(SignInStep::Access));
    assert_eq!(walk.access(), Ok(SignInStep::Entered));
}

#[test]
fn a_known_device_is_told_at_once_that_the_password_is_wrong() {
    let mut walk = Walk::on(true);
    assert_eq!(walk.password(false), Err(SignInRefused::WrongPassword));
    assert_eq!(walk.sign_in.step, SignInStep::Password);
    assert_eq!(walk.password(true), Ok(SignInStep::SecondFactor));
}

#[test]
fn an_unknown_device_gets_the_same_answers_whatever_the_password_and_the_identifier() {
    let judgements = [
        FactorJudgement::Wrong,
        FactorJudgement::AlreadyUsed,
        FactorJudgement::Locked { retry_at: start() },
        FactorJudgement::Disabled,
        FactorJudgement::OtherStep { step: 60_000_003, offset_steps: 3 },
    ];
    for judgement in judgements {
        let (mut right, mut wrong) = (Walk::on(false), Walk::on(false));
        assert_eq!(right.password(true), wrong.password(false));
        assert_eq!(right.factor(judgement).0, wrong.factor(judgement).0, "{judgement:?}");
        assert_eq!(right.sign_in.step, wrong.sign_in.step);
        assert_eq!(right.sign_in.expires_at, wrong.sign_in.expires_at);
    }

    let policy = Policy::default();
    let nobody = SignIn::begin(&policy, None, false, start());
    let facts = PasswordFacts { account: None, matches: false, known_device: false };
    let after = nobody.after_password(facts, start());
    assert_eq!(after.answer, Ok(SignInStep::SecondFactor));
    let facts = FactorFacts { account: None, judgement: FactorJudgement::Wrong, owner_may_unfreeze: false };
    let (outcome, effects) = after.sign_in.after_second_factor(&policy, facts, start());
    assert_eq!(outcome.answer, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
    assert_eq!(effects, FactorEffects::default());
}

#[test]
fn a_right_factor_after_a_wrong_password_is_refused_like_a_wrong_one_and_not_spent() {
    let mut walk = Walk::on(false);
    walk.password(false).expect("the result is not shown");
    let (answer, effects) = walk.factor(FactorJudgement::Right(Factor::RecoveryCode));
    assert_eq!(answer, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
    assert_eq!(effects, FactorEffects::default());
    assert_eq!(walk.sign_in.factor, None);
}

#[test]
fn outsiders_without_the_password_cannot_drive_an_authenticator_to_its_limit() {
    let mut walk = Walk::on(false);
    walk.password(false).expect("the result is not shown");
    for _ in 0..5 {
        let (_, effects) = walk.factor(FactorJudgement::Wrong);
        assert!(!effects.count_failure);
    }
    let mut walk = Walk::on(false);
    walk.password(true).expect("right");
    let (_, effects) = walk.factor(FactorJudgement::Wrong);
    assert!(effects.count_failure);
}

#[test]
fn a_code_of_another_step_is_remembered_even_without_the_password() {
    for matches in [true, false] {
        let mut walk = Walk::on(false);
        walk.password(matches).expect("the result is not shown");
        let judged = FactorJudgement::OtherStep { step: 60_000_003, offset_steps: 3 };
        let (answer, effects) = walk.factor(judged);
        assert_eq!(answer, Err(SignInRefused::ClockOff { offset_steps: 3, tries_left: 4 }));
        assert_eq!(effects.remember_step, Some(60_000_003));
        assert_eq!(effects.count_failure, matches);
    }
}

#[test]
fn a_code_that_is_not_compared_is_not_counted_on_the_authenticator() {
    for judgement in [FactorJudgement::Disabled, FactorJudgement::Locked { retry_at: start() }] {
        let mut walk = Walk::on(true);
        walk.password(true).expect("right");
        let (answer, effects) = walk.factor(judgement);
        assert!(matches!(answer, Err(SignInRefused::FactorDisabled | SignInRefused::FactorLocked { .. })));
        assert!(!effects.count_failure);
    }
}

#[test]
fn the_fifth_wrong_factor_ends_the_sign_in() {
    for known_device in [true, false] {
        let mut walk = Walk::on(known_device);
        walk.password(true).expect("right");
        for left in (1..5).rev() {
            let (answer, _) = walk.factor(FactorJudgement::Wrong);
            let expected = if known_device {
                SignInRefused::WrongFactor { tries_left: left }
            } else {
                SignInRefused::WrongPasswordOrCode { tries_left: left }
            };
            assert_eq!(answer, Err(expected));
        }
        assert_eq!(walk.factor(FactorJudgement::Wrong).0, Err(SignInRefused::TooManyWrongFactors));
        assert_eq!(walk.right_factor(), Err(SignInRefused::Ended));
    }
}

#[test]
fn beginning_the_password_again_does_not_give_the_factors_tries_back() {
    let mut walk = Walk::on(false);
    walk.password(true).expect("right");
    for _ in 0..4 {
        assert!(walk.factor(FactorJudgement::Wrong).0.is_err());
    }
    let outcome = walk.sign_in.resume(walk.now);
    assert_eq!(walk.take(outcome), Ok(SignInStep::Password));
    walk.password(true).expect("right");
    assert_eq!(walk.factor(FactorJudgement::Wrong).0, Err(SignInRefused::TooManyWrongFactors));
}

#[test]
fn a_resumed_sign_in_asks_for_the_password_again_and_lives_no_longer() {
    let mut walk = Walk::on(false);
    walk.password(true).expect("right");
    walk.right_factor().expect("right");
    let expires_at = walk.sign_in.expires_at;
    let outcome = walk.sign_in.resume(walk.now);
    assert_eq!(walk.take(outcome), Ok(SignInStep::Password));
    assert!(!walk.sign_in.password_matched);
    assert_eq!(walk.sign_in.factor, None);
    assert_eq!(walk.sign_in.expires_at, expires_at);
    // Going round once more does not extend it a second time.
    walk.now = walk.now.plus(5 * MINUTE);
    walk.password(true).expect("right");
    walk.right_factor().expect("right");
    assert_eq!(walk.sign_in.expires_at, expires_at);
}

#[test]
fn a_sign_in_lives_ten_minutes_and_the_device_code_extends_it_once_to_twenty() {
    let almost = 10 * MINUTE - Duration::from_micros(1);
    assert_eq!(Walk::on(false).after(10 * MINUTE).password(true), Err(SignInRefused::Expired));
    let mut walk = Walk::on(false).after(almost);
    walk.password(true).expect("in time");
    assert_eq!(walk.right_factor(), Ok(SignInStep::DeviceCode));
    assert_eq!(walk.sign_in.expires_at, start().plus(20 * MINUTE));
    assert_eq!(walk.sign_in.code_lives(&walk.policy, walk.now), 10 * MINUTE);
    let mut walk = walk.after(10 * MINUTE);
    assert_eq!(walk.device_code(Ok(())), Ok(SignInStep::Access));
    let mut walk = walk.after(MINUTE);
    assert_eq!(walk.access(), Err(SignInRefused::Expired));
}

#[test]
fn a_known_device_is_not_given_more_than_ten_minutes() {
    let mut walk = Walk::on(true);
    walk.password(true).expect("right");
    walk.right_factor().expect("right");
    assert_eq!(walk.sign_in.expires_at, start().plus(10 * MINUTE));
}

#[test]
fn a_frozen_account_is_told_after_password_and_factor_and_not_before() {
    for known_device in [true, false] {
        let mut walk = Walk::on(known_device);
        walk.account.status = AccountStatus::Frozen;
        assert_eq!(walk.password(true), Ok(SignInStep::SecondFactor));
        assert!(!matches!(walk.factor(FactorJudgement::Wrong).0, Err(SignInRefused::Frozen)));
        assert_eq!(walk.right_factor(), Err(SignInRefused::Frozen));
        assert_eq!(walk.sign_in.step, SignInStep::Ended);
    }
    let mut walk = Walk::on(false);
    walk.account.status = AccountStatus::Frozen;
    walk.password(false).expect("the result is not shown");
    assert_eq!(walk.right_factor(), Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
}

#[test]
fn the_owner_of_a_frozen_account_is_asked_a_code_that_ends_the_sign_in_without_a_session() {
    for known_device in [true, false] {
        let mut walk = Walk::on(known_device);
        walk.owner_may_unfreeze = true;
        walk.account.status = AccountStatus::Frozen;
        walk.password(true).expect("right");
        assert_eq!(walk.right_factor(), Ok(SignInStep::Unfreeze));
        assert_eq!(walk.access(), Err(SignInRefused::OtherStep { asked: SignInStep::Unfreeze }));
        let version = walk.account.credential_version;
        let meanwhile = walk.sign_in.after_unfreeze_code(Ok(()), version + 1, walk.now);
        assert_eq!(meanwhile.answer, Err(SignInRefused::CredentialsChanged), "staff froze it meanwhile");
        let wrong = CodeRefused::Wrong { tries_left: 4 };
        let outcome = walk.sign_in.after_unfreeze_code(Err(wrong), version, walk.now);
        assert_eq!(walk.take(outcome), Err(SignInRefused::WrongCode { tries_left: 4 }));
        let outcome = walk.sign_in.after_unfreeze_code(Ok(()), version, walk.now);
        assert_eq!(walk.take(outcome), Ok(SignInStep::Ended));
        assert_eq!(walk.access(), Err(SignInRefused::Ended));
    }
}

#[test]
fn access_looks_at_status_and_credentials_once_more() {
    let ready = || {
        let mut walk = Walk::on(true);
        walk.password(true).expect("right");
        walk.right_factor().expect("right");
        walk
    };
    let mut walk = ready();
    walk.account.credential_version += 1;
    assert_eq!(walk.access(), Err(SignInRefused::CredentialsChanged));
    assert_eq!(walk.sign_in.step, SignInStep::Ended);

    let mut walk = ready();
    walk.account.status = AccountStatus::Frozen;
    assert_eq!(walk.access(), Err(SignInRefused::Frozen));

    let walk = ready();
    let outcome = walk.sign_in.access(AccessFacts { account: None }, walk.now);
    assert_eq!(outcome.answer, Err(SignInRefused::CredentialsChanged));
}

#[test]
fn credentials_changed_between_password_and_factor_end_the_sign_in() {
    let mut walk = Walk::on(true);
    walk.password(true).expect("right");
    walk.account.credential_version += 1;
    assert_eq!(walk.right_factor(), Err(SignInRefused::CredentialsChanged));
}

#[test]
fn too_many_wrong_device_codes_end_the_sign_in() {
    let mut walk = Walk::on(false);
    walk.password(true).expect("right");
    walk.right_factor().expect("right");
    assert_eq!(walk.device_code(Err(CodeRefused::NoTriesLeft)), Err(SignInRefused::TooManyWrongCodes));
    assert_eq!(walk.sign_in.step, SignInStep::Ended);
}

#[test]
fn the_gate_before_the_password_follows_the_counters() {
    let policy = Policy::default();
    let later = start().plus(MINUTE);
    let counters = |unknown, until, known| PasswordCounters {
        unknown_device_failures: unknown,
        unknown_device_locked_until: until,
        known_device_failures: known,
    };
    let open = |known_device| PasswordGate::Open { known_device };
    let locked = PasswordGate::Locked { retry_at: later };
    for (known_device, proved, counters, expected) in [
        (false, false, counters(0, None, 0), open(false)),
        (true, false, counters(0, None, 0), open(true)),
        (false, false, counters(5, Some(later), 0), locked),
        (false, false, counters(5, Some(start()), 0), open(false)),
        (false, false, counters(20, None, 0), PasswordGate::ChannelProof),
        (false, true, counters(20, None, 0), open(false)),
        (false, true, counters(20, Some(later), 0), locked),
        (false, true, counters(100, None, 0), PasswordGate::Disabled),
        // What outsiders do keeps no owner out of a known device.
        (true, false, counters(100, Some(later), 4), open(true)),
        // A known device that fails five times counts as unknown.
        (true, false, counters(0, None, 5), open(false)),
        (true, false, counters(20, None, 5), PasswordGate::ChannelProof),
        (true, false, counters(7, Some(later), 5), locked),
    ] {
        let mut sign_in = SignIn::begin(&policy, None, known_device, start());
        sign_in.channel_proved = proved;
        assert_eq!(
            counters.gate(&policy, &sign_in, start()),
            expected,
            "{known_device} {proved} {counters:?}"
        );
    }
}

#[test]
fn a_closed_gate_leads_to_the_channel_and_from_there_to_the_password() {
    let policy = Policy::default();
    let sign_in = SignIn::begin(&policy, None, true, start());
    let outcome = sign_in.after_gate(PasswordGate::ChannelProof, start());
    assert_eq!(outcome.answer, Err(SignInRefused::ChannelProofNeeded));
    assert_eq!(outcome.sign_in.step, SignInStep::ChannelProof);
    let outcome = outcome.sign_in.after_channel_proof(Ok(()), start());
    assert_eq!(outcome.answer, Ok(SignInStep::Password));
    assert!(outcome.sign_in.channel_proved);

    let outcome = sign_in.after_gate(PasswordGate::Locked { retry_at: start() }, start());
    assert_eq!(outcome.answer, Err(SignInRefused::Throttled { retry_at: start() }));
    assert_eq!(outcome.sign_in, sign_in);
}

#[test]
fn somebody_elses_account_never_stands_in_for_the_sign_ins_own() {
    let mut walk = Walk::on(false);
    walk.account.id = AccountId::from_parts(start(), [2; 16]);
    walk.password(true).expect("the result is not shown");
    assert!(!walk.sign_in.password_matched);
}

#[test]
fn six_digits_are_totp_and_everything_else_is_read_as_a_recovery_code() {
    assert!(matches!(TypedFactor::parse("123 456"), TypedFactor::Totp(_)));
    let code = RecoveryCode::from_random([9; 16]).to_string();
    assert!(matches!(TypedFactor::parse(&code.to_lowercase()), TypedFactor::Recovery(_)));
    assert!(matches!(TypedFactor::parse("12345"), TypedFactor::Neither));
}

/// Everything that a visitor can do, in any order.
#[derive(Debug, Clone)]
enum Move {
    Password(bool),
    Factor(bool),
    DeviceCode(bool),
    ChannelProof(bool),
    Access,
    Resume,
    Wait(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        any::<bool>().prop_map(Move::Password),
        any::<bool>().prop_map(Move::Factor),
        any::<bool>().prop_map(Move::DeviceCode),
        any::<bool>().prop_map(Move::ChannelProof),
        Just(Move::Access),
        Just(Move::Resume),
        (0_u64..300).prop_map(Move::Wait),
    ];
    proptest::collection::vec(one, 0..24)
}

proptest! {
    #[test]
    fn nobody_enters_without_password_factor_and_on_a_new_device_its_code(known in any::<bool>(), moves in moves()) {
        let mut walk = Walk::on(known);
        let (mut password, mut factor, mut device) = (false, false, known);
        for step in moves {
            match step {
                Move::Password(right) => {
                    if walk.password(right).is_ok() {
                        (password, factor, device) = (right, false, known);
                    }
                }
                Move::Factor(right) => {
                    let judgement = if right { FactorJudgement::Right(Factor::Totp) } else { FactorJudgement::Wrong };
                    factor |= walk.factor(judgement).0.is_ok() && right;
                }
                Move::DeviceCode(right) => {
                    let judged = if right { Ok(()) } else { Err(CodeRefused::Wrong { tries_left: 1 }) };
                    device |= walk.device_code(judged).is_ok();
                }
                Move::ChannelProof(right) => {
                    let judged = if right { Ok(()) } else { Err(SignInRefused::WrongCode { tries_left: 1 }) };
                    let outcome = walk.sign_in.after_channel_proof(judged, walk.now);
                    let _ = walk.take(outcome);
                }
                Move::Access => {
                    if walk.access() == Ok(SignInStep::Entered) {
                        prop_assert!(password && factor && device);
                        prop_assert!(walk.now < start().plus(20 * MINUTE));
                    }
                }
                Move::Resume => {
                    let outcome = walk.sign_in.resume(walk.now);
                    let _ = walk.take(outcome);
                }
                Move::Wait(seconds) => walk.now = walk.now.plus(Duration::from_secs(seconds)),
            }
            prop_assert!(walk.sign_in.expires_at <= start().plus(20 * MINUTE));
            prop_assert!(walk.sign_in.factor_failures <= 5);
        }
    }
}
