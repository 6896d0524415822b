use std::time::Duration;

use super::*;
use crate::account::AccountStatus;
use crate::language::Language;

const HOUR: u64 = 3_600;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn after(hours: u64) -> Timestamp {
    now().plus(Duration::from_secs(hours * HOUR))
}

fn account() -> Account {
    Account {
        id: AccountId::from_parts(now(), [1; 16]),
        status: AccountStatus::Open,
        language: Language::English,
        credential_version: 3,
        passkeys_only: false,
        created_at: now(),
    }
}

fn staff(number: u8) -> Voter {
    Voter { staff: StaffId::from_parts(now(), [number; 16]), owns_the_account: false }
}

const RECORD: Identification = Identification { has_record: true, has_second_channel: false };
const TWO_CHANNELS: Identification = Identification { has_record: false, has_second_channel: true };
const NOTHING: Identification = Identification { has_record: false, has_second_channel: false };
const MATCHES: TotpJudgement = TotpJudgement::Matches { step: 7 };

fn begun() -> SupportCase {
    SupportCase::begin(&Policy::default(), Some(&account()), now())
}

fn sent(known: Identification, trading_password_lost: bool) -> SupportCase {
    let policy = Policy::default();
    let mut case = begun().after_channel(&policy, Ok(()), known, now()).case;
    if case.step == CaseStep::SecondChannel {
        case = case.after_second_channel(Ok(()), now()).case;
    }
    let case = case.after_authenticator(&policy, MATCHES, trading_password_lost, &account(), now()).case;
    if case.step == CaseStep::Decision {
        return case;
    }
    case.send(&policy, EvidenceKind::ALL, &account(), now()).case
}

fn vote(
    case: &SupportCase,
    voter: Voter,
    earlier: &[(StaffId, CaseVote)],
) -> Result<SupportCase, VoteRefused> {
    case.vote(&Policy::default(), voter, earlier, CaseVote::Approve, &account(), Duration::ZERO, now())
}

fn approved(case: &SupportCase) -> SupportCase {
    vote(case, staff(2), &[(staff(1).staff, CaseVote::Approve)]).expect("a second approver")
}

#[test]
fn with_a_record_the_steps_are_channel_authenticator_pictures_decision() {
    let policy = Policy::default();
    let case = begun();
    let outcome = case.after_channel(&policy, Ok(()), RECORD, now());
    assert_eq!(outcome.answer, Ok(CaseStep::Authenticator));
    let outcome = outcome.case.after_authenticator(&policy, MATCHES, false, &account(), now());
    assert_eq!(outcome.answer, Ok(CaseStep::Documents));
    let refused = outcome.case.send(&policy, &[EvidenceKind::DocumentFront], &account(), now());
    assert_eq!(refused.answer, Err(CaseRefused::PictureMissing { kind: EvidenceKind::DocumentBack }));
    let outcome = outcome.case.send(&policy, EvidenceKind::ALL, &account(), now());
    assert_eq!(outcome.answer, Ok(CaseStep::Decision));
}

#[test]
fn without_a_record_two_independent_channels_are_proved_or_nothing_comes_of_it() {
    let policy = Policy::default();
    let outcome = begun().after_channel(&policy, Ok(()), TWO_CHANNELS, now());
    assert_eq!(outcome.answer, Ok(CaseStep::SecondChannel));
    let outcome = outcome.case.after_second_channel(Ok(()), now());
    assert_eq!(outcome.answer, Ok(CaseStep::Authenticator));
    let outcome = outcome.case.after_authenticator(&policy, MATCHES, false, &account(), now());
    assert_eq!(outcome.answer, Ok(CaseStep::Decision));
    let none = begun().after_channel(&policy, Ok(()), NOTHING, now());
    assert_eq!(none.answer, Err(CaseRefused::NoIdentification));
    assert_eq!(none.case.end, Some(CaseEnd::NoIdentification));
}

#[test]
fn who_is_entered_by_passkeys_only_needs_a_record_and_waits_the_long_time() {
    let policy = Policy::default();
    let only = Account { passkeys_only: true, ..account() };
    let begun = SupportCase::begin(&policy, Some(&only), now());
    assert_eq!(begun.opened_by, CaseOpenedBy::PasskeysOnly, "no password was compared");
    let begun_by_reset = SupportCase::begin_after_reset(&policy, &only, RECORD, now());
    assert_eq!(begun_by_reset.answer, Ok(CaseStep::Authenticator));
    assert_eq!(begun_by_reset.case.opened_by, CaseOpenedBy::PasskeysOnly);
    for known in [TWO_CHANNELS, NOTHING] {
        for outcome in [
            begun.after_channel(&policy, Ok(()), known, now()),
            SupportCase::begin_after_reset(&policy, &only, known, now()),
        ] {
            assert_eq!(outcome.answer, Err(CaseRefused::NoRecord), "codes alone never open it");
            assert_eq!(outcome.case.end, Some(CaseEnd::NoIdentification));
        }
    }
    let case = begun.after_channel(&policy, Ok(()), RECORD, now()).case;
    let case = case.after_authenticator(&policy, MATCHES, false, &only, now()).case;
    let case = case.send(&policy, EvidenceKind::ALL, &only, now()).case;
    assert!(case.more_is_lost());
    assert_eq!(approved(&case).effective_at, Some(after(7 * 24)));
}

#[test]
fn nobodys_case_gets_no_further_than_its_code_whatever_is_typed() {
    let policy = Policy::default();
    let nobody = SupportCase::begin(&policy, None, now());
    assert_eq!(nobody.step, begun().step);
    assert_eq!(nobody.expires_at, begun().expires_at);
    for judged in [Ok(()), Err(CodeRefused::NoTriesLeft)] {
        let outcome = nobody.after_channel(&policy, judged, RECORD, now());
        assert_eq!(outcome.answer, Err(CaseRefused::TooManyWrongCodes));
        assert_eq!(outcome.case.step, CaseStep::Ended);
    }
}

#[test]
fn the_wait_is_a_day_and_seven_days_where_more_is_lost_or_no_record_exists() {
    let policy = Policy::default();
    let after_reset = |known| {
        SupportCase::begin_after_reset(&policy, &account(), known, now())
            .case
            .after_authenticator(&policy, MATCHES, false, &account(), now())
            .case
            .send(&policy, EvidenceKind::ALL, &account(), now())
            .case
    };
    for (case, hours) in [
        (sent(RECORD, false), 24),
        (sent(RECORD, true), 7 * 24),
        (sent(TWO_CHANNELS, false), 7 * 24),
        (after_reset(RECORD), 7 * 24),
    ] {
        assert_eq!(approved(&case).effective_at, Some(after(hours)), "{case:?}");
        let locked = case.vote(
            &policy,
            staff(2),
            &[(staff(1).staff, CaseVote::Approve)],
            CaseVote::Approve,
            &account(),
            Duration::from_secs(48 * HOUR),
            now(),
        );
        assert_eq!(locked.expect("approved").effective_at, Some(after(hours + 48)));
    }
}

#[test]
fn two_different_approvers_decide_and_nobody_over_an_account_of_their_own() {
    let case = sent(RECORD, false);
    let once = vote(&case, staff(1), &[]).expect("a first approver");
    assert_eq!(once.step, CaseStep::Decision);
    let first = [(staff(1).staff, CaseVote::Approve)];
    assert_eq!(vote(&once, staff(1), &first), Err(VoteRefused::VotedAlready));
    let own = Voter { owns_the_account: true, ..staff(2) };
    assert_eq!(vote(&once, own, &first), Err(VoteRefused::OwnAccount));
    let twice = vote(&once, staff(2), &first).expect("a second approver");
    assert_eq!(twice.step, CaseStep::Waiting);
    assert_eq!(vote(&twice, staff(3), &first), Err(VoteRefused::NotToDecide));
    assert_eq!(vote(&begun(), staff(1), &[]), Err(VoteRefused::NotToDecide));
}

#[test]
fn one_refusal_ends_a_case() {
    let (case, policy) = (sent(RECORD, false), Policy::default());
    let refused = case.vote(
        &policy,
        staff(2),
        &[(staff(1).staff, CaseVote::Approve)],
        CaseVote::Refuse,
        &account(),
        Duration::ZERO,
        now(),
    );
    assert_eq!(refused.expect("a vote").end, Some(CaseEnd::Refused));
}

#[test]
fn the_new_factor_takes_effect_at_its_time_and_never_before() {
    let case = approved(&sent(RECORD, false));
    let at = case.effective_at.expect("approved");
    assert_eq!(case.turn(&account(), at.minus(Duration::from_micros(1))), None);
    let done = case.turn(&account(), at).expect("due");
    assert_eq!(done.step, CaseStep::Done);
    assert_eq!(done.turn(&account(), at), None, "once");
    assert_eq!(case.end(CaseEnd::Stopped).turn(&account(), at), None, "what was stopped stays stopped");
}

#[test]
fn a_change_of_credentials_ends_a_case_at_every_step() {
    let changed = Account { credential_version: 4, ..account() };
    let policy = Policy::default();
    let cases = [begun(), sent(RECORD, false), approved(&sent(RECORD, false))];
    for case in &cases {
        assert_eq!(case.turn(&changed, now()).and_then(|case| case.end), Some(CaseEnd::Overtaken));
    }
    let vote = cases[1].vote(&policy, staff(1), &[], CaseVote::Approve, &changed, Duration::ZERO, now());
    assert_eq!(vote, Err(VoteRefused::Overtaken));
    let enrol = begun().after_channel(&policy, Ok(()), RECORD, now()).case;
    let outcome = enrol.after_authenticator(&policy, MATCHES, false, &changed, now());
    assert_eq!(outcome.answer, Err(CaseRefused::CredentialsChanged));
    assert_eq!(outcome.case.end, Some(CaseEnd::Overtaken));
}

#[test]
fn a_case_that_is_not_sent_or_not_decided_in_time_is_over_and_an_approved_one_is_not() {
    let policy = Policy::default();
    for (case, length) in [
        (begun(), policy.case.channel_within),
        (begun().after_channel(&policy, Ok(()), RECORD, now()).case, policy.case.open_for),
        (sent(RECORD, false), policy.case.decided_within),
    ] {
        let end = now().plus(length);
        assert_eq!(case.turn(&account(), end.minus(Duration::from_micros(1))), None);
        assert_eq!(case.turn(&account(), end).and_then(|case| case.end), Some(CaseEnd::Expired));
        assert_eq!(case.at(case.step, end), Err(CaseRefused::Expired));
    }
    let waiting = approved(&sent(RECORD, true));
    assert!(!waiting.is_expired(after(20 * 24)));
}

#[test]
fn wrong_codes_of_the_new_app_end_a_case_at_their_limit() {
    let policy = Policy::default();
    let mut case = begun().after_channel(&policy, Ok(()), RECORD, now()).case;
    for _ in 1..policy.case.factor_tries {
        let outcome = case.after_authenticator(&policy, TotpJudgement::Wrong, false, &account(), now());
        assert_eq!(outcome.answer, Err(CaseRefused::WrongFactor));
        case = outcome.case;
    }
    let last = case.after_authenticator(&policy, TotpJudgement::Wrong, false, &account(), now());
    assert_eq!(last.answer, Err(CaseRefused::TooManyWrongFactors));
    assert_eq!(last.case.step, CaseStep::Ended);
}

#[test]
fn a_code_of_the_day_is_six_signs_that_nobody_mistakes() {
    assert_eq!(code_of_the_day(0), "AAA AAA");
    let code = code_of_the_day(u64::MAX);
    assert_eq!(code.len(), 7);
    assert!(!code.contains(['0', 'O', '1', 'I', '2', 'Z', '8', 'B', 'S']), "{code}");
    assert_eq!(day_of(Timestamp::from_seconds(86_399)) + 1, day_of(Timestamp::from_seconds(86_400)));
}
