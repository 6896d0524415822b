//! Faults that peers have had, shown absent (entry rules 10).

use std::time::Duration;

use doorward_app::hash_pool::HashPoolSize;
use doorward_app::outcomes::SignInOutcome;
use doorward_app::sign_in::SignInRefused;
use doorward_app::{Failure, Fault, FaultKind};
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::throttle::Rate;
use doorward_store::testing::on_both;
use doorward_store::{account, session};

use crate::browser::{Browser, Said, secret};
use crate::house::{House, PASSWORD};

const WRONG: &str = "not the password at all";

fn is_throttled(said: &Said) -> bool {
    matches!(said, Err(SignInRefused::Throttled { .. }))
}

#[tokio::test]
async fn a_totp_code_is_good_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let code = house.totp(&ada, 0);
        assert_eq!(browser.factor(&code).await, Ok(SignInStep::DeviceCode));
        let mut replay = Browser::new(&house, [198, 51, 100, 1]);
        replay.try_password("ada@example.org", PASSWORD).await.expect("the password");
        assert_eq!(replay.factor(&code).await, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_outsiders_made_does_not_keep_the_owner_out() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut owner = Browser::new(&house, [203, 0, 113, 7]);
        owner.enter(&ada).await;
        house.pass(30);
        let mut refused = 0;
        for number in 0..40 {
            let mut thief = Browser::new(&house, [198, 51, 100, number]);
            let said = thief.try_password("ada@example.org", WRONG).await;
            refused += u32::from(is_throttled(&said));
        }
        assert!(refused > 30, "outsiders are held off");
        // A known device has a counter of its own and enters in the middle of it.
        owner.enter(&ada).await;
        // On a new device the verified channel opens what outsiders have closed for good.
        for number in 0..80_u8 {
            house.pass(901);
            let mut thief = Browser::new(&house, [198, 51, 101, number]);
            if thief.try_password("ada@example.org", WRONG).await == Ok(SignInStep::ChannelProof) {
                break;
            }
        }
        house.pass(901);
        let mut elsewhere = Browser::new(&house, [203, 0, 113, 99]);
        assert_eq!(elsewhere.try_password("ada@example.org", PASSWORD).await, Ok(SignInStep::ChannelProof));
        assert_eq!(elsewhere.ask_channel_code().await, Ok(SignInStep::ChannelProof));
        let mailed = house.code_for("ada@example.org").await;
        assert_eq!(elsewhere.channel_code(&mailed).await, Ok(SignInStep::Password));
        assert_eq!(elsewhere.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert_eq!(elsewhere.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
        let mailed = house.code_for("ada@example.org").await;
        assert_eq!(elsewhere.device_code(&mailed).await, Ok(SignInStep::Access));
        elsewhere.access().await.expect("the door opens");
        // A whole sign-in ends the row of failures.
        let mut next = Browser::new(&house, [203, 0, 113, 100]);
        next.enter(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn outsiders_cannot_drive_a_password_to_its_end() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        for number in 0..150_u8 {
            house.pass(901);
            let mut thief = Browser::new(&house, [198, 51, number, 1]);
            let _refused = thief.try_password("ada@example.org", WRONG).await;
        }
        let stored =
            doorward_store::password::find_password(&house.app.db, ada.account).await.expect("a read");
        let stored = stored.expect("a password");
        assert_eq!((stored.failures, stored.disabled_at), (20, None));
    })
    .await;
}

#[tokio::test]
async fn password_and_code_have_counters_of_their_own() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut owner = Browser::new(&house, [203, 0, 113, 7]);
        owner.enter(&ada).await;
        house.pass(30);
        owner.try_password("ada@example.org", PASSWORD).await.expect("the password");
        for tries_left in (1..5).rev() {
            let said = owner.factor(&house.wrong_totp(&ada)).await;
            assert_eq!(said, Err(SignInRefused::WrongFactor { tries_left }));
        }
        assert_eq!(owner.factor(&house.wrong_totp(&ada)).await, Err(SignInRefused::TooManyWrongFactors));
        // Five wrong codes are no wrong password: the next sign-in begins as any.
        owner.try_password("ada@example.org", PASSWORD).await.expect("the password");
        for _ in 0..4 {
            owner.factor(&house.wrong_totp(&ada)).await.expect_err("a wrong code");
        }
        assert_eq!(owner.factor(&house.wrong_totp(&ada)).await, Err(SignInRefused::TooManyWrongFactors));
        // Ten in a row close the app for a quarter of an hour, for a right code too; recovery codes stay open.
        owner.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let locked = owner.factor(&house.totp(&ada, 0)).await;
        assert!(matches!(locked, Err(SignInRefused::FactorLocked { .. })), "{locked:?}");
        assert_eq!(owner.factor(&ada.recovery_codes[0]).await, Ok(SignInStep::Access));
    })
    .await;
}

#[tokio::test]
async fn limits_are_reached_by_identifiers_that_nobody_has_as_well() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut said = Vec::new();
        for identifier in ["ada@example.org", "eve@example.org"] {
            let mut of_one = Vec::new();
            for number in 0..40_u8 {
                let mut thief = Browser::new(&house, [198, 51, number, 1]);
                let answer = thief.try_password(identifier, WRONG).await;
                if let Err(SignInRefused::Throttled { retry_at }) = answer {
                    let wait = house.app.now().until(retry_at);
                    of_one.push(format!("wait {}", wait.as_secs()));
                    house.clock.pass(wait);
                } else {
                    of_one.push(format!("{answer:?}"));
                }
            }
            said.push(of_one);
        }
        assert_eq!(said[0], said[1]);
        assert!(said[0].iter().any(|line| line.starts_with("wait 29")), "{:?}", said[0]);
        assert!(said[0].iter().any(|line| line.contains("ChannelProof")));
    })
    .await;
}

#[tokio::test]
async fn a_right_password_brings_a_lock_as_late_as_a_wrong_one() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut said = Vec::new();
        for (identifier, fourth) in [("ada@example.org", PASSWORD), ("bob@example.org", WRONG)] {
            let mut of_one = Vec::new();
            for number in 0..6_u8 {
                let mut thief = Browser::new(&house, [198, 51, 100, 1]);
                let password = if number == 3 { fourth } else { WRONG };
                of_one.push(is_throttled(&thief.try_password(identifier, password).await));
            }
            said.push(of_one);
        }
        assert_eq!(said[0], said[1]);
        assert_eq!(said[0], [false, false, false, false, false, true]);
    })
    .await;
}

#[tokio::test]
async fn the_second_factors_page_says_nothing_about_the_password() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let bob = house.customer("bob@example.org").await;
        let (right, wrong) = (house.totp(&ada, 0), house.wrong_totp(&ada));
        let mut said = Vec::new();
        for (identifier, password, code) in [
            ("ada@example.org", PASSWORD, &wrong),
            ("ada@example.org", WRONG, &right),
            ("ada@example.org", WRONG, &wrong),
            ("eve@example.org", PASSWORD, &wrong),
        ] {
            let mut thief = Browser::new(&house, [198, 51, 100, 1]);
            let mut answers = vec![format!("{:?}", thief.try_password(identifier, password).await)];
            let mut sizes = vec![thief.cookie.len()];
            let view = thief.view().await.expect("a page");
            answers.push(format!("{:?} {} {:?}", view.step, view.known_device, view.code));
            for _ in 0..5 {
                answers.push(format!("{:?}", thief.factor(code).await));
                sizes.push(thief.cookie.len());
            }
            said.push((answers, sizes));
        }
        for other in &said[1..] {
            assert_eq!(said[0], *other);
        }
        // The right code beside a wrong password was not spent by it.
        house.pass(60);
        let mut owner = Browser::new(&house, [203, 0, 113, 7]);
        owner.enter(&bob).await;
        let mut owner = Browser::new(&house, [203, 0, 113, 8]);
        owner.enter(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn a_success_does_not_clear_what_the_network_has_tried_on_others() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let address = [198, 51, 100, 1];
        for number in 0..11 {
            let mut thief = Browser::new(&house, address);
            let said = thief.try_password(&format!("person{number}@example.org"), WRONG).await;
            assert_eq!(said, Ok(SignInStep::SecondFactor));
        }
        let rung = async || {
            let mut browser = Browser::new(&house, address);
            browser.begin("somebody@example.org");
            browser.view().await.expect("a page").rung
        };
        assert_eq!(rung().await, Rung::HarderSlider);
        let mut own = Browser::new(&house, address);
        own.enter(&ada).await;
        assert_eq!(rung().await, Rung::HarderSlider);
        house.pass(601);
        assert_eq!(rung().await, Rung::Slider);
    })
    .await;
}

#[tokio::test]
async fn trust_in_a_device_counts_for_no_other_account() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, bob) = (house.customer("ada@example.org").await, house.customer("bob@example.org").await);
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.enter(&ada).await;
        house.pass(60);
        browser.begin("bob@example.org");
        assert!(!browser.view().await.expect("a page").known_device);
        assert_eq!(browser.password(WRONG).await, Ok(SignInStep::SecondFactor), "not told");
        browser.try_password("bob@example.org", PASSWORD).await.expect("the password");
        assert_eq!(browser.factor(&house.totp(&bob, 0)).await, Ok(SignInStep::DeviceCode));
    })
    .await;
}

#[tokio::test]
async fn a_device_that_fails_five_times_counts_as_unknown() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.enter(&ada).await;
        for _ in 0..5 {
            let said = browser.try_password("ada@example.org", WRONG).await;
            assert_eq!(said, Err(SignInRefused::WrongPassword));
        }
        assert_eq!(browser.try_password("ada@example.org", WRONG).await, Ok(SignInStep::SecondFactor));
    })
    .await;
}

#[tokio::test]
async fn a_human_check_does_not_fail_open_when_the_database_is_gone() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        let way = doorward_app::human_check::HumanCheckWay::Picture;
        let challenge = house.app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await;
        let answer = house.solve(&challenge.expect("a challenge"));
        house.app.db.close().await;
        let given =
            house.app.give_password(&browser.visit, &browser.cookie, &secret(PASSWORD), &answer).await;
        let Err(Failure::Fault(fault)) = given else { panic!("{given:?}") };
        assert_eq!(fault.kind, FaultKind::Unavailable);
    })
    .await;
}

#[tokio::test]
async fn a_full_hash_queue_answers_at_once_and_is_no_failed_try() {
    on_both(async |db| {
        let house = House::open(db.clone());
        let ada = house.customer("ada@example.org").await;
        let full = HashPoolSize { threads: 1, queue: 0 };
        let busy = House::node(db, house.clock.clone(), full, 2, |_| {});
        for _ in 0..8 {
            let mut browser = Browser::new(&busy, [203, 0, 113, 7]);
            browser.begin("ada@example.org");
            let way = doorward_app::human_check::HumanCheckWay::Picture;
            let challenge = busy.app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await;
            let answer = busy.solve(&challenge.expect("a challenge"));
            let given =
                busy.app.give_password(&browser.visit, &browser.cookie, &secret(PASSWORD), &answer).await;
            let Err(Failure::Fault(Fault { kind: FaultKind::Busy { retry_after }, .. })) = given else {
                panic!("{given:?}")
            };
            assert!(!retry_after.is_zero());
        }
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.enter(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn a_network_starts_so_many_sign_ins_and_known_devices_have_a_bucket_apart() {
    on_both(async |db| {
        let house = House::with(db, |policy| {
            policy.throttle.sign_in_starts = Rate::new(1, Duration::from_secs(60), 3);
        });
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [198, 51, 100, 1]);
        known.enter(&ada).await;
        house.pass(120);
        let mut said = Vec::new();
        for number in 0..5 {
            let mut browser = Browser::new(&house, [198, 51, 100, 1]);
            said.push(browser.try_password(&format!("p{number}@example.org"), WRONG).await);
        }
        assert!(said.iter().any(is_throttled), "{said:?}");
        known.enter(&ada).await;
        let mut elsewhere = Browser::new(&house, [203, 0, 113, 1]);
        assert_eq!(elsewhere.try_password("q@example.org", WRONG).await, Ok(SignInStep::SecondFactor));
    })
    .await;
}

#[tokio::test]
async fn the_channels_page_is_the_same_for_identifiers_that_nobody_has() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut said = Vec::new();
        for identifier in ["ada@example.org", "eve@example.org"] {
            let mut browser = Browser::new(&house, [198, 51, 100, 1]);
            browser.visit.script = false;
            browser.begin(identifier);
            let mut of_one =
                vec![format!("{:?}", browser.ask_channel_code().await), browser.cookie.len().to_string()];
            let view = browser.view().await.expect("a page");
            let code = view.code.expect("a code is on its way");
            of_one.push(format!("{:?}", house.app.now().until(code.expires_at)));
            of_one.push(format!("{:?}", browser.ask_channel_code().await.is_err()));
            for _ in 0..6 {
                of_one.push(format!("{:?}", browser.channel_code("000000").await));
            }
            said.push(of_one);
        }
        assert_eq!(said[0], said[1]);
        let letters = house.letters().await;
        assert!(
            letters.iter().all(|letter| letter.to == "ada@example.org"),
            "nobody's identifier gets no mail"
        );
    })
    .await;
}

#[tokio::test]
async fn a_frozen_account_is_told_after_password_and_factor_only_and_gets_no_session() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut before = Browser::new(&house, [203, 0, 113, 7]);
        assert_eq!(before.up_to_access(&ada).await, Ok(SignInStep::Access));
        let (account, now) = (ada.account, house.app.now());
        house
            .app
            .db
            .write("freezing", move |tx| {
                Box::pin(async move {
                    account::freeze_account(tx, account, "staff", now).await?;
                    let keep = session::Keep::default();
                    session::end_all_access(tx, account, &keep, "frozen", now).await.map_err(Fault::from)
                })
            })
            .await
            .expect("frozen");
        assert_eq!(before.access().await.map(drop), Err(SignInRefused::Ended));
        house.pass(60);
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        assert_eq!(browser.try_password("ada@example.org", PASSWORD).await, Ok(SignInStep::SecondFactor));
        let said = browser.factor(&house.wrong_totp(&ada)).await;
        assert_eq!(said, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Err(SignInRefused::Frozen));
        assert_eq!(browser.access().await.map(drop), Err(SignInRefused::Ended));
    })
    .await;
}

#[tokio::test]
async fn a_change_of_credentials_between_factor_and_access_ends_the_sign_in() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        assert_eq!(browser.up_to_access(&ada).await, Ok(SignInStep::Access));
        let id = ada.account;
        house
            .app
            .db
            .write("changing credentials", move |tx| {
                Box::pin(async move { account::raise_credential_version(tx, id).await.map_err(Fault::from) })
            })
            .await
            .expect("changed");
        assert_eq!(browser.access().await.map(drop), Err(SignInRefused::CredentialsChanged));
        assert_eq!(browser.access().await.map(drop), Err(SignInRefused::Ended));
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_all_over_the_site_raise_unknown_devices_by_one_rung_on_every_node() {
    on_both(async |db| {
        let house = House::open(db.clone());
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        for _ in 0..100 {
            house.app.outcomes.count(SignInOutcome::WrongPassword);
        }
        house.app.add_up_outcomes().await.expect("counted");
        let other = House::node(db, house.clock.clone(), HashPoolSize { threads: 1, queue: 8 }, 2, |_| {});
        other.app.add_up_outcomes().await.expect("counted");
        for node in [&house, &other] {
            let mut stranger = Browser::new(node, [198, 51, 100, 1]);
            stranger.begin("ada@example.org");
            assert_eq!(stranger.view().await.expect("a page").rung, Rung::HarderSlider);
        }
        known.begin("ada@example.org");
        assert_eq!(known.view().await.expect("a page").rung, Rung::Slider);
        house.pass(3_600);
        house.app.add_up_outcomes().await.expect("counted");
        let mut stranger = Browser::new(&house, [198, 51, 100, 1]);
        stranger.begin("ada@example.org");
        assert_eq!(stranger.view().await.expect("a page").rung, Rung::Slider);
    })
    .await;
}
