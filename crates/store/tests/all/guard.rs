//! The guard's statement against a naive memory of every promise, on both databases.

use doorward_domain::action::Action;
use doorward_domain::guard::{ActionRefused, Standing, TradingPasswordState, decide};
use doorward_domain::hold::{HoldScope, SecurityEventKind, hold_until};
use doorward_domain::jurisdiction::Mode;
use doorward_domain::policy::HoldPolicy;
use doorward_domain::time::Timestamp;
use doorward_store::Db;
use doorward_store::guard::find_standing;
use doorward_store::security_event::record_security_event;
use doorward_store::testing::on_both;
use uuid::Uuid;

use crate::support::{NOW, in_write, open_account, seconds};

/// A generator that gives each run the same stories.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn subject(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// The guard's answer to a withdrawal by way of this subject, as the database says it.
async fn answer(
    db: &Db,
    account: doorward_domain::id::AccountId,
    way: Uuid,
    now: Timestamp,
) -> Result<(), ActionRefused> {
    let stored = find_standing(db, account, Some(way), now).await.expect("read").expect("an account");
    let standing = Standing {
        status: stored.status,
        mode: Mode::Open,
        mode_since: None,
        hold_until: stored.hold_until,
        subject_hold_until: stored.subject_hold_until,
        settings_lock: None,
        trading_password: TradingPasswordState::Usable,
        phone_only: stored.phone_only,
    };
    decide(&standing, Action::Withdraw, now)
}

/// One story of forty steps. The model keeps each promise for ever and looks through all of them.
async fn tell(db: &Db, number: u8) {
    let account = open_account(db, number).await;
    let (mut dice, mut now, mut policy) = (Dice(u64::from(number)), NOW, HoldPolicy::default());
    let mut promises: Vec<(Timestamp, Option<Uuid>)> = Vec::new();
    for _ in 0..40 {
        match dice.roll(8) {
            0..3 => {
                let kinds = SecurityEventKind::ALL;
                let at = usize::try_from(dice.roll(kinds.len() as u64)).expect("a small number");
                let kind = kinds[at];
                let about = (kind.scope() == HoldScope::Subject).then(|| subject(dice.roll(3)));
                let until = hold_until(&policy, kind, true, now);
                in_write!(db, |tx| record_security_event(tx, account, kind, about, until, now))
                    .expect("written");
                promises.extend(until.map(|until| (until, about)));
            }
            3..5 => now = now.plus(seconds(dice.roll(200_000))),
            5 => policy.credential_changed = seconds((24 + dice.roll(200)) * 3_600),
            _ => {
                let way = subject(dice.roll(3));
                let latest = promises
                    .iter()
                    .filter(|(_, about)| about.is_none_or(|about| about == way))
                    .map(|(until, _)| *until)
                    .filter(|until| now < *until)
                    .max();
                let told = match answer(db, account, way, now).await {
                    Ok(()) => None,
                    Err(ActionRefused::Held { until, .. }) => Some(until),
                    Err(other) => panic!("{other:?}"),
                };
                assert_eq!(told, latest, "story {number}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_story_of_events_and_clock_moves_lets_assets_leave_early() {
    on_both(async |db| {
        for number in 1..=20 {
            tell(&db, number).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_one_address_closes_neither_another_nor_another_account() {
    on_both(async |db| {
        let (ada, bob) = (open_account(&db, 1).await, open_account(&db, 2).await);
        let until = Some(NOW.plus(seconds(3_600)));
        let kind = SecurityEventKind::AddressAdded;
        in_write!(db, |tx| record_security_event(tx, ada, kind, Some(subject(1)), until, NOW))
            .expect("written");
        let later = NOW.plus(seconds(1));
        assert!(answer(&db, ada, subject(1), later).await.is_err());
        assert!(answer(&db, ada, subject(2), later).await.is_ok());
        assert!(answer(&db, bob, subject(1), later).await.is_ok());
        assert!(find_standing(&db, crate::support::account_id(9), None, NOW).await.expect("read").is_none());
    })
    .await;
}
