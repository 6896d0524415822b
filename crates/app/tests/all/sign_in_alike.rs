//! What must not show: whether somebody has an identifier, by time, by a write, by spelling.

use std::time::Duration;

use doorward_app::human_check::{HumanAnswer, HumanCheckWay};
use doorward_app::sign_in::SignInRefused;
use doorward_domain::sign_in::SignInStep;
use doorward_store::testing::{close_writer, on_both};

use crate::browser::{Browser, secret};
use crate::house::{House, PASSWORD};

const WRONG: &str = "not the password at all";

/// Pairs of tries that are compared: enough that a fair coin leaves the allowed band once in ten thousand runs.
const PAIRS: usize = 48;

/// A browser whose human check is solved already.
async fn prepared<'h>(house: &'h House, identifier: &str, number: u8) -> (Browser<'h>, HumanAnswer) {
    let mut browser = Browser::new(house, [198, 51, number, 1]);
    browser.begin(identifier);
    let way = HumanCheckWay::Picture;
    let challenge = house.app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await;
    let answer = house.solve(&challenge.expect("a challenge"));
    (browser, answer)
}

async fn timed(house: &House, at: &(Browser<'_>, HumanAnswer)) -> Duration {
    let (browser, answer) = at;
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured is the time that a visitor would measure"
    )]
    let start = std::time::Instant::now();
    let _said = house.app.give_password(&browser.visit, &browser.cookie, &secret(WRONG), answer).await;
    start.elapsed()
}

/// How often the first of each pair took longer. The pairs alternate and are judged by rank, so that neither the speed
/// of the machine nor its other work decides.
async fn slower_first(house: &House, first: &str, second: &str) -> usize {
    let mut slower = 0;
    for pair in 0..PAIRS {
        let number = u8::try_from(pair).expect("few pairs");
        let one = prepared(house, first, number).await;
        let other = prepared(house, second, number).await;
        let (of_one, of_other) = if pair % 2 == 0 {
            let of_one = timed(house, &one).await;
            (of_one, timed(house, &other).await)
        } else {
            let of_other = timed(house, &other).await;
            (timed(house, &one).await, of_other)
        };
        slower += usize::from(of_one > of_other);
    }
    slower
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_unknown_and_throttled_identifiers_take_the_same_time() {
    on_both(async |db| {
        // Without locks at first, so that each try is compared; a hash of some milliseconds, as a visitor would see it.
        let house = House::with(db.clone(), |policy| {
            policy.password.hash_memory_kib = 2_048;
            policy.throttle.lock_after = 1_000;
            policy.throttle.channel_proof_after = 1_000;
            policy.throttle.rung_rises_after = 1_000;
        });
        house.customer("ada@example.org").await;
        let band = PAIRS / 5..=PAIRS - PAIRS / 5;
        let slower = slower_first(&house, "ada@example.org", "eve@example.org").await;
        assert!(band.contains(&slower), "known before unknown: {slower} of {PAIRS}");

        let house = House::node(
            db,
            house.clock.clone(),
            doorward_app::hash_pool::HashPoolSize { threads: 1, queue: 8 },
            2,
            |policy| policy.throttle.longest_lock = Duration::from_secs(100_000),
        );
        house.customer("bob@example.org").await;
        for identifier in ["bob@example.org", "dan@example.org"] {
            for _ in 0..5 {
                let mut browser = Browser::new(&house, [203, 0, 113, 1]);
                browser.try_password(identifier, WRONG).await.expect("compared");
            }
        }
        let slower = slower_first(&house, "bob@example.org", "dan@example.org").await;
        assert!(band.contains(&slower), "known before unknown, both locked: {slower} of {PAIRS}");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_says_when_and_never_sleeps() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        for _ in 0..5 {
            let mut browser = Browser::new(&house, [203, 0, 113, 1]);
            browser.try_password("ada@example.org", WRONG).await.expect("compared");
        }
        let mut browser = Browser::new(&house, [203, 0, 113, 1]);
        let said = browser.try_password("ada@example.org", PASSWORD);
        let said = tokio::time::timeout(Duration::from_secs(10), said).await.expect("at once");
        let Err(SignInRefused::Throttled { retry_at }) = said else { panic!("{said:?}") };
        assert!(
            house.app.now().until(retry_at) > Duration::from_secs(15),
            "far longer than it took to say so"
        );
    })
    .await;
}

#[tokio::test]
async fn no_page_of_a_sign_in_writes_anything() {
    on_both(async |db| {
        let house = House::open(db.clone());
        house.customer("ada@example.org").await;
        // SQLite has one connection that writes: without it, whatever works does not write.
        close_writer(&db).await;
        for identifier in ["ada@example.org", "eve@example.org"] {
            let (browser, _) = prepared(&house, identifier, 1).await;
            assert_eq!(browser.view().await.expect("a page").step, SignInStep::Password);
        }
    })
    .await;
}

#[tokio::test]
async fn identifiers_are_compared_after_normalisation() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let visit = house.visit([203, 0, 113, 7]);
        for homoglyph in ["\u{430}da@example.org", "ada@ex\u{430}mple.org", "ada@example.org\u{200b}"] {
            let said = house.app.begin_sign_in(&visit, homoglyph, None, None);
            assert!(matches!(said, Err(SignInRefused::Identifier(_))), "{homoglyph:?}");
        }
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("  ADA@Example.ORG ", PASSWORD).await.expect("the password");
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
        // A plus sign is part of the name: this is somebody else's.
        house.pass(60);
        let mut other = Browser::new(&house, [203, 0, 113, 8]);
        other.try_password("ada+door@example.org", PASSWORD).await.expect("the same step");
        assert_eq!(
            other.factor(&house.totp(&ada, 0)).await,
            Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 })
        );
    })
    .await;
}
