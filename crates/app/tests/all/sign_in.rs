//! The sign-in from its first page to its session.

use doorward_app::human_check::HumanAnswer;
use doorward_app::sign_in::SignInRefused;
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::step_up::Factor;
use doorward_store::testing::on_both;

use crate::browser::{Browser, refusal, secret};
use crate::house::{House, PASSWORD};

const NOT_PASSED: SignInRefused = SignInRefused::HumanCheck(HumanCheckRefused::NotPassed);

#[tokio::test]
async fn a_person_enters_from_a_new_device_and_then_from_the_same_one_without_a_mailed_code() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("Ada@Example.org");
        let view = browser.view().await.expect("a page");
        assert_eq!((view.step, view.rung, view.known_device), (SignInStep::Password, Rung::Slider, false));
        assert_eq!(browser.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        let code = house.totp(&ada, 0);
        assert_eq!(
            browser.factor(&format!("{} {}", &code[..3], &code[3..])).await,
            Ok(SignInStep::DeviceCode)
        );
        let mailed = house.code_for("ada@example.org").await;
        assert_eq!(browser.device_code(&mailed).await, Ok(SignInStep::Access));
        let entered = browser.access().await.expect("the door opens");
        assert_eq!(entered.return_to.as_deref(), Some("/security?from=mail"));
        let customer = house.app.authenticate(&entered.session).await.expect("a session");
        assert_eq!((customer.account, customer.entered_by), (ada.account, Factor::Totp));
        let kinds: Vec<String> = house.letters().await.into_iter().map(|letter| letter.kind).collect();
        assert_eq!(kinds, ["new-sign-in"]);

        house.pass(60);
        browser.begin("ada@example.org");
        assert!(browser.view().await.expect("a page").known_device);
        assert_eq!(browser.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::Access));
        let again = browser.access().await.expect("the door opens");
        assert!(again.replaces_device.is_some(), "the device's token rotates");
        assert_eq!(browser.visit.device_tokens.len(), 1);
        assert!(house.letters().await.is_empty(), "a known device is not announced");
    })
    .await;
}

#[tokio::test]
async fn a_known_device_is_told_at_once_that_the_password_was_wrong_and_others_are_not() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        assert_eq!(
            known.try_password("ada@example.org", "not the password at all").await,
            Err(SignInRefused::WrongPassword)
        );
        assert_eq!(known.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        let mut other = Browser::new(&house, [203, 0, 113, 8]);
        let said = other.try_password("ada@example.org", "not the password at all").await;
        assert_eq!(said, Ok(SignInStep::SecondFactor));
    })
    .await;
}

#[tokio::test]
async fn no_step_is_skipped_or_repeated_and_the_cookie_of_a_passed_step_is_worth_nothing() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        let asked = |asked| Err(SignInRefused::OtherStep { asked });
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, asked(SignInStep::Password));
        assert_eq!(browser.access().await.map(drop), asked(SignInStep::Password).map(drop));
        assert_eq!(browser.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert_eq!(browser.access().await.map(drop), asked(SignInStep::SecondFactor).map(drop));
        assert_eq!(browser.device_code("123456").await, asked(SignInStep::SecondFactor));
        let passed = browser.cookie.clone();
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
        assert_eq!(browser.access().await.map(drop), asked(SignInStep::DeviceCode).map(drop));
        let mut old = Browser { cookie: passed, ..browser.clone() };
        assert_eq!(old.factor(&house.totp(&ada, 0)).await, Err(SignInRefused::NotBegun));
        // A copied cookie opens in no other browser.
        let mut thief = Browser::new(&house, [203, 0, 113, 9]);
        thief.cookie = browser.cookie.clone();
        assert_eq!(thief.device_code("123456").await, Err(SignInRefused::NotBegun));
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_lasts_ten_minutes_and_twenty_once_a_new_device_waits_for_its_mail() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        house.pass(601);
        assert_eq!(browser.view().await.map(drop), Err(SignInRefused::Expired));
        browser.begin("ada@example.org");
        browser.password(PASSWORD).await.expect("the password");
        house.pass(570);
        browser.factor(&house.totp(&ada, 0)).await.expect("the code");
        let mailed = house.code_for("ada@example.org").await;
        house.pass(500);
        assert_eq!(browser.device_code(&mailed).await, Ok(SignInStep::Access));
        house.pass(200);
        assert_eq!(browser.access().await.map(drop), Err(SignInRefused::Expired));
    })
    .await;
}

#[tokio::test]
async fn a_resumed_sign_in_asks_for_the_password_again_and_forgives_nothing() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        browser.password(PASSWORD).await.expect("the password");
        browser.factor(&house.wrong_totp(&ada)).await.expect_err("a wrong code");
        let next = house.app.resume_sign_in(&browser.visit, &browser.cookie).await.expect("it goes on");
        assert_eq!(next.step, SignInStep::Password);
        browser.cookie = next.cookie;
        assert_eq!(
            browser.factor(&house.totp(&ada, 0)).await,
            Err(SignInRefused::OtherStep { asked: SignInStep::Password })
        );
        browser.password(PASSWORD).await.expect("the password again");
        assert_eq!(
            browser.factor(&house.wrong_totp(&ada)).await,
            Err(SignInRefused::WrongPasswordOrCode { tries_left: 3 })
        );
        house.app.cancel_sign_in(&browser.visit, &browser.cookie).await.expect("it ends");
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Err(SignInRefused::Ended));
    })
    .await;
}

#[tokio::test]
async fn a_human_check_opens_once_in_its_browser_and_not_without_an_answer() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        let app = &house.app;
        let give = async |browser: &Browser<'_>, answer: &HumanAnswer| {
            app.give_password(&browser.visit, &browser.cookie, &secret(PASSWORD), answer)
                .await
                .map_err(refusal)
        };
        assert_eq!(give(&browser, &HumanAnswer::default()).await, Err(NOT_PASSED));
        let way = doorward_app::human_check::HumanCheckWay::Picture;
        let challenge =
            app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await.expect("a challenge");
        let answer = house.solve(&challenge);
        let mut other = Browser::new(&house, [203, 0, 113, 8]);
        other.begin("ada@example.org");
        assert_eq!(give(&other, &answer).await, Err(NOT_PASSED), "another browser");
        // The try from elsewhere has spent it.
        assert_eq!(give(&browser, &answer).await, Err(NOT_PASSED));
        let challenge =
            app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await.expect("a challenge");
        let wrong = HumanAnswer { answer: "1".into(), ..house.solve(&challenge) };
        assert_eq!(give(&browser, &wrong).await, Err(NOT_PASSED));
        let right = house.solve(&challenge);
        assert_eq!(give(&browser, &right).await, Err(NOT_PASSED), "a wrong answer spends the challenge");
        assert_eq!(browser.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
    })
    .await;
}

#[tokio::test]
async fn without_script_the_channel_is_proved_first_and_no_puzzle_is_asked() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.visit.script = false;
        browser.begin("ada@example.org");
        assert_eq!(browser.ask_channel_code().await, Ok(SignInStep::ChannelProof));
        let mailed = house.code_for("ada@example.org").await;
        assert_eq!(browser.channel_code(&mailed).await, Ok(SignInStep::Password));
        assert!(browser.view().await.expect("a page").channel_proved);
        let given = house
            .app
            .give_password(&browser.visit, &browser.cookie, &secret(PASSWORD), &HumanAnswer::default())
            .await
            .expect("no puzzle");
        browser.cookie = given.cookie;
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
    })
    .await;
}

#[tokio::test]
async fn a_phone_with_a_wrong_clock_is_told_by_how_much_and_its_code_is_spent_for_later() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let early = house.totp(&ada, 4);
        assert_eq!(
            browser.factor(&early).await,
            Err(SignInRefused::ClockOff { offset_steps: 4, tries_left: 4 })
        );
        house.pass(120);
        assert_eq!(browser.factor(&early).await, Err(SignInRefused::WrongPasswordOrCode { tries_left: 3 }));
        house.pass(30);
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_enters_once_is_announced_and_the_last_one_brings_new_ones() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.enter(&ada).await;
        house.letters().await;
        for (index, code) in ada.recovery_codes.iter().enumerate() {
            house.pass(60);
            browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
            let typed = code.to_lowercase().replace('-', " ");
            assert_eq!(browser.factor(&typed).await, Ok(SignInStep::Access));
            let entered = browser.access().await.expect("the door opens");
            assert_eq!(entered.recovery_codes.len(), if index == 9 { 10 } else { 0 });
            let mut kinds: Vec<String> =
                house.letters().await.into_iter().map(|letter| letter.kind).collect();
            kinds.sort();
            let renewed = (index == 9).then_some("recovery-codes-renewed");
            let expected: Vec<&str> = ["recovery-code-used"].into_iter().chain(renewed).collect();
            assert_eq!(kinds, expected);
        }
        house.pass(60);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let used = browser.factor(&ada.recovery_codes[0]).await;
        assert_eq!(used, Err(SignInRefused::WrongFactor { tries_left: 4 }));
    })
    .await;
}

#[tokio::test]
async fn a_right_password_without_a_second_factor_is_announced_once_and_a_wrong_one_is_recorded() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        for password in [PASSWORD, PASSWORD, "not the password at all"] {
            let mut thief = Browser::new(&house, [198, 51, 100, 1]);
            thief.try_password("ada@example.org", password).await.expect("the same step");
        }
        assert!(house.letters().await.is_empty(), "nothing is written at the door");
        house.pass(700);
        assert_eq!(house.app.sweep_sign_ins().await.expect("swept"), 3);
        let letters = house.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].kind, "password-right-but-not-finished");
        assert!(letters[0].link.is_some(), "it can freeze the account");
        assert_eq!(house.app.sweep_sign_ins().await.expect("swept"), 0);

        let mut owner = Browser::new(&house, [203, 0, 113, 7]);
        let entered = owner.enter(&ada).await;
        let customer = house.app.authenticate(&entered.session).await.expect("a session");
        let review = house.app.review(&customer).await.expect("a review");
        let kinds: Vec<&str> = review.failed_tries.iter().map(|line| line.kind.name()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "sign-in-unfinished").count(), 2);
        assert_eq!(kinds.iter().filter(|kind| **kind == "wrong-password").count(), 1);
        assert_eq!(review.failed_tries[0].network.as_deref(), Some("198.51.100.1"));
        house.app.confirm_review(&owner.visit, &customer, &entered.session).await.expect("confirmed");
        let customer = house.app.authenticate(&entered.session).await.expect("a session");
        assert!(customer.is_reviewed);
        assert!(house.app.review(&customer).await.expect("a review").failed_tries.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_password_hashed_below_todays_cost_is_raised_after_the_answer() {
    on_both(async |db| {
        let cheap = House::open(db.clone());
        let ada = cheap.customer("ada@example.org").await;
        let house = House::node(
            db.clone(),
            cheap.clock.clone(),
            doorward_app::hash_pool::HashPoolSize { threads: 1, queue: 8 },
            2,
            |policy| {
                policy.password.hash_memory_kib = 128;
            },
        );
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let params = async || {
            let stored = doorward_store::password::find_password(&db, ada.account).await.expect("a read");
            stored.expect("a password").params
        };
        while params().await != "m=128,t=1,p=1" {
            tokio::task::yield_now().await;
        }
        let mut again = Browser::new(&house, [203, 0, 113, 8]);
        again.enter(&ada).await;
    })
    .await;
}
