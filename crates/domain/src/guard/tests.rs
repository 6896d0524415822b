//! The table of refusals, and the holds against a naive model.

use proptest::prelude::*;

use super::*;
use crate::hold::{HoldScope, SecurityEventKind, hold_until};
use crate::policy::{HoldPolicy, Policy};

const HOUR: Duration = Duration::from_secs(3_600);
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn open() -> Standing {
    Standing {
        status: AccountStatus::Open,
        mode: Mode::Open,
        mode_since: None,
        hold_until: None,
        subject_hold_until: None,
        settings_lock: None,
        trading_password: TradingPasswordState::Usable,
        phone_only: false,
    }
}

/// The actions that are refused in this state.
fn refused(standing: &Standing) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| decide(standing, *action, NOW).is_err()).collect()
}

#[test]
fn an_open_account_may_do_everything() {
    assert_eq!(refused(&open()), []);
}

#[test]
fn an_account_with_a_phone_alone_waits_with_deposits_and_keys() {
    let phone_only = Standing { phone_only: true, ..open() };
    assert_eq!(refused(&phone_only), [Action::Deposit, Action::CreateApiKey]);
    assert_eq!(decide(&phone_only, Action::Deposit, NOW), Err(ActionRefused::PhoneOnly));
}

#[test]
fn a_frozen_account_may_only_be_protected() {
    let frozen = Standing { status: AccountStatus::Frozen, ..open() };
    for action in Action::ALL {
        let expected = if *action == Action::SignIn { Ok(()) } else { Err(ActionRefused::Frozen) };
        assert_eq!(decide(&frozen, *action, NOW), expected, "{action:?}");
    }
}

#[test]
fn a_country_closes_what_its_mode_says_and_says_since_when() {
    for mode in Mode::ALL.iter().copied() {
        let standing = Standing { mode, mode_since: Some(NOW.minus(HOUR)), ..open() };
        for action in Action::ALL.iter().copied() {
            let expected = match mode.allows(action) {
                true => Ok(()),
                false => Err(ActionRefused::Jurisdiction { mode, since: Some(NOW.minus(HOUR)) }),
            };
            assert_eq!(decide(&standing, action, NOW), expected, "{mode:?} {action:?}");
        }
    }
}

#[test]
fn a_hold_closes_what_leaves_and_nothing_else_until_its_end() {
    let until = NOW.plus(HOUR);
    let held = Standing { hold_until: Some(until), ..open() };
    assert_eq!(refused(&held), [Action::Withdraw]);
    let refusal = Err(ActionRefused::Held { until, closed: Closed::Account });
    assert_eq!(decide(&held, Action::Withdraw, until.minus(Duration::from_micros(1))), refusal);
    assert_eq!(decide(&held, Action::Withdraw, until), Ok(()));
    assert_eq!(new_key_cannot_trade_until(&held, NOW), Some(until));
    assert_eq!(new_key_cannot_trade_until(&held, until), None);
}

#[test]
fn a_hold_on_an_address_closes_that_address_and_the_later_end_is_told() {
    let (soon, late) = (NOW.plus(HOUR), NOW.plus(2 * HOUR));
    let both = Standing { hold_until: Some(soon), subject_hold_until: Some(late), ..open() };
    let told = decide(&both, Action::Withdraw, NOW);
    assert_eq!(told, Err(ActionRefused::Held { until: late, closed: Closed::Subject }));
    let swapped = Standing { hold_until: Some(late), subject_hold_until: Some(soon), ..open() };
    let told = decide(&swapped, Action::Withdraw, NOW);
    assert_eq!(told, Err(ActionRefused::Held { until: late, closed: Closed::Account }));
}

#[test]
fn the_settings_lock_closes_changes_of_security_alone() {
    let delay = 72 * HOUR;
    let lock = SettingsLock { delay, opens_at: None };
    let locked = Standing { settings_lock: Some(lock), ..open() };
    assert_eq!(refused(&locked), [Action::ChangeSecurity]);
    let opens_at = Some(NOW.plus(HOUR));
    let opening = Standing { settings_lock: Some(SettingsLock { delay, opens_at }), ..open() };
    let told = decide(&opening, Action::ChangeSecurity, NOW);
    assert_eq!(told, Err(ActionRefused::SettingsLocked { delay, opens_at }));
}

#[test]
fn what_leaves_needs_a_trading_password_that_can_be_asked() {
    let until = NOW.plus(HOUR);
    for (state, expected) in [
        (TradingPasswordState::Missing, Err(ActionRefused::TradingPasswordMissing)),
        (TradingPasswordState::Locked { until }, Err(ActionRefused::TradingPasswordLocked { until })),
        (TradingPasswordState::Locked { until: NOW }, Ok(())),
        (TradingPasswordState::Disabled, Err(ActionRefused::TradingPasswordDisabled)),
    ] {
        let standing = Standing { trading_password: state, ..open() };
        assert_eq!(decide(&standing, Action::Withdraw, NOW), expected);
        assert_eq!(decide(&standing, Action::Buy, NOW), Ok(()));
    }
}

/// One step of a story: what happens to an account, to its operator's configuration, to the clock.
#[derive(Debug, Clone)]
enum Step {
    Event { kind: SecurityEventKind, subject: u8 },
    Wait { seconds: u64 },
    Configure { added_hours: [u64; 5] },
    HoldAssets,
    Move { subject: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let kind = proptest::sample::select(SecurityEventKind::ALL);
    prop_oneof![
        4 => (kind, 0_u8..3).prop_map(|(kind, subject)| Step::Event { kind, subject }),
        3 => prop_oneof![0_u64..7_200, 0_u64..400_000].prop_map(|seconds| Step::Wait { seconds }),
        1 => proptest::array::uniform5(0_u64..600).prop_map(|added_hours| Step::Configure { added_hours }),
        1 => Just(Step::HoldAssets),
        4 => (0_u8..3).prop_map(|subject| Step::Move { subject }),
    ]
}

/// A valid configuration: the rules' lengths and so many hours more.
fn configured(added_hours: [u64; 5]) -> HoldPolicy {
    let least = HoldPolicy::default();
    let longer = |length: Duration, at: usize| length + HOUR * u32::try_from(added_hours[at]).unwrap_or(0);
    let hold = HoldPolicy {
        credential_changed: longer(least.credential_changed, 0),
        factor_replaced_after_recovery: longer(least.factor_replaced_after_recovery, 1),
        identifier_changed: longer(least.identifier_changed, 2),
        address_added: longer(least.address_added, 3),
        api_key_widened: longer(least.api_key_widened, 4),
        ..least
    };
    let policy = Policy { hold: hold.clone(), ..Policy::default() };
    assert_eq!(policy.violations(), [], "only what start-up takes is tried");
    hold
}

/// Hours that section 6 promises at least, written down a second time and by hand.
fn promised_hours(kind: SecurityEventKind, held_assets: bool) -> u64 {
    match kind.name() {
        "first-password" | "first-totp" | "trading-password-set" if !held_assets => 0,
        "frozen" | "recovery-codes-renewed" | "address-book-off" => 0,
        "totp-replaced-after-recovery" | "factor-replaced-by-case" => 48,
        "identifier-changed" | "case-with-password-lost" => 72,
        _ => 24,
    }
}

fn about_one_thing(kind: SecurityEventKind) -> bool {
    matches!(kind.name(), "address-added" | "api-key-may-withdraw" | "api-key-widened")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// The model remembers every promise for ever and looks through all of them; the guard keeps one latest end for
    /// the account and one for each subject.
    #[test]
    fn no_story_lets_assets_leave_before_every_promise_has_passed(story in proptest::collection::vec(step(), 1..60)) {
        let (mut now, mut hold, mut held_assets) = (NOW, HoldPolicy::default(), false);
        let mut promises: Vec<(Timestamp, Option<u8>)> = Vec::new();
        let mut ends: [Option<Timestamp>; 4] = [None; 4];
        for step in story {
            match step {
                Step::Event { kind, subject } => {
                    let about = about_one_thing(kind).then_some(subject);
                    promises.push((now.plus(HOUR * u32::try_from(promised_hours(kind, held_assets)).unwrap()), about));
                    let place = match kind.scope() {
                        HoldScope::Account => 0,
                        HoldScope::Subject => usize::from(subject) + 1,
                    };
                    let before = ends[place];
                    ends[place] = before.max(hold_until(&hold, kind, held_assets, now));
                    prop_assert!(ends[place] >= before, "no event moves an end earlier");
                }
                Step::Wait { seconds } => now = now.plus(Duration::from_secs(seconds)),
                Step::Configure { added_hours } => hold = configured(added_hours),
                Step::HoldAssets => held_assets = true,
                Step::Move { subject } => {
                    let standing = Standing {
                        hold_until: ends[0],
                        subject_hold_until: ends[usize::from(subject) + 1],
                        ..open()
                    };
                    let answer = decide(&standing, Action::Withdraw, now);
                    let promised = promises
                        .iter()
                        .any(|(end, about)| now < *end && about.is_none_or(|about| about == subject));
                    if promised {
                        let is_held = matches!(answer, Err(ActionRefused::Held { until, .. }) if until > now);
                        prop_assert!(is_held, "a promise was broken: {answer:?}");
                    }
                    let latest = ends[0].max(ends[usize::from(subject) + 1]);
                    prop_assert_eq!(answer.is_ok(), latest.is_none_or(|end| end <= now), "it lifts by itself");
                }
            }
        }
    }
}
