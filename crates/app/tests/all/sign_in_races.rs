//! Two requests at the same moment: really parallel, on both databases (entry rules 10).

use std::sync::Arc;

use doorward_app::sign_in::SignInRefused;
use doorward_app::{Failure, Visit};
use doorward_domain::sign_in::SignInStep;
use doorward_domain::step_up::Factor;
use doorward_store::testing::on_both;
use tokio::sync::Barrier;

use crate::browser::{Browser, Said, refusal, secret};
use crate::house::{House, PASSWORD};
use crate::inside::enter;

/// Runs the requests at the same moment, each on a task of its own.
async fn at_once<T: Send + 'static>(requests: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(requests.len()));
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                request.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a request ends"));
    }
    answers
}

/// The second factor of one browser, to be sent when the others are.
fn factor_of(
    house: &House,
    visit: &Visit,
    cookie: &str,
    code: &str,
) -> impl Future<Output = Said> + Send + 'static {
    let (app, visit, cookie, code) = (house.app.clone(), visit.clone(), cookie.to_owned(), secret(code));
    async move { app.give_second_factor(&visit, &cookie, &code).await.map(|next| next.step).map_err(refusal) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_totp_code_is_good_once_even_for_many_sign_ins_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        house.pass(60);
        let mut browsers = Vec::new();
        for _ in 0..8 {
            known.try_password("ada@example.org", PASSWORD).await.expect("the password");
            browsers.push(known.clone());
        }
        let code = house.totp(&ada, 0);
        let tries = browsers.iter().map(|at| factor_of(&house, &at.visit, &at.cookie, &code)).collect();
        let said = at_once(tries).await;
        assert_eq!(said.iter().filter(|said| **said == Ok(SignInStep::Access)).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_requests_of_one_sign_in_with_one_code_pass_one_step() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let code = house.totp(&ada, 0);
        let tries = (0..4).map(|_| factor_of(&house, &browser.visit, &browser.cookie, &code)).collect();
        let said = at_once(tries).await;
        assert_eq!(said.iter().filter(|said| said.is_ok()).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_recovery_code_is_good_once_for_two_sign_ins_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        let mut browsers = Vec::new();
        for _ in 0..4 {
            known.try_password("ada@example.org", PASSWORD).await.expect("the password");
            browsers.push(known.clone());
        }
        let code = &ada.recovery_codes[3];
        let tries = browsers.iter().map(|at| factor_of(&house, &at.visit, &at.cookie, code)).collect();
        let said = at_once(tries).await;
        assert_eq!(said.iter().filter(|said| said.is_ok()).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_wrong_codes_cannot_pass_the_limit_of_a_sign_in() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        let wrong = house.wrong_totp(&ada);
        let tries = (0..12).map(|_| factor_of(&house, &browser.visit, &browser.cookie, &wrong)).collect();
        let said = at_once(tries).await;
        let compared = |said: &&Said| {
            matches!(
                said,
                Err(SignInRefused::WrongPasswordOrCode { .. } | SignInRefused::TooManyWrongFactors)
            )
        };
        assert_eq!(said.iter().filter(compared).count(), 5, "{said:?}");
        let stored = doorward_store::totp::find_totp(&house.app.db, ada.account).await.expect("a read");
        assert_eq!(stored.expect("an app").failures, 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_is_not_passed_by_parallel_tries() {
    on_both(async |db| {
        // The rung that rises with failures would hold most of them off before the lock does.
        let house = House::with(db, |policy| policy.throttle.rung_rises_after = 1_000);
        house.customer("ada@example.org").await;
        let mut tries = Vec::new();
        let mut prepared = Vec::new();
        for number in 0..16_u8 {
            let mut thief = Browser::new(&house, [198, 51, number, 1]);
            thief.begin("ada@example.org");
            let way = doorward_app::human_check::HumanCheckWay::Picture;
            let challenge = house.app.issue_sign_in_challenge(&thief.visit, &thief.cookie, way).await;
            let answer = house.solve(&challenge.expect("a challenge"));
            prepared.push((thief.visit, thief.cookie, answer));
        }
        for (visit, cookie, answer) in prepared {
            let app = house.app.clone();
            tries.push(async move {
                let password = secret("not the password at all");
                app.give_password(&visit, &cookie, &password, &answer)
                    .await
                    .map(|next| next.step)
                    .map_err(refusal)
            });
        }
        let said = at_once(tries).await;
        let compared = said.iter().filter(|said| **said == Ok(SignInStep::SecondFactor)).count();
        assert!(compared <= 5, "{said:?}");
        assert!(said.iter().any(|said| matches!(said, Err(SignInRefused::Throttled { .. }))), "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_answer_to_a_human_check_opens_one_of_many_requests() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.begin("ada@example.org");
        let way = doorward_app::human_check::HumanCheckWay::Picture;
        let challenge = house.app.issue_sign_in_challenge(&browser.visit, &browser.cookie, way).await;
        let answer = house.solve(&challenge.expect("a challenge"));
        let mut tries = Vec::new();
        for _ in 0..8 {
            let (app, visit, cookie) = (house.app.clone(), browser.visit.clone(), browser.cookie.clone());
            let answer = answer.clone();
            tries.push(async move {
                let given = app.give_password(&visit, &cookie, &secret(PASSWORD), &answer).await;
                given.map(|next| next.step).map_err(refusal)
            });
        }
        let said = at_once(tries).await;
        assert_eq!(said.iter().filter(|said| said.is_ok()).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_devices_code_is_good_once_for_two_requests_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        browser.try_password("ada@example.org", PASSWORD).await.expect("the password");
        browser.factor(&house.totp(&ada, 0)).await.expect("the code");
        let code = house.code_for("ada@example.org").await;
        let mut tries = Vec::new();
        for _ in 0..6 {
            let (app, visit, cookie) = (house.app.clone(), browser.visit.clone(), browser.cookie.clone());
            let code = code.clone();
            tries.push(async move { app.give_device_code(&visit, &cookie, &code).await.map_err(refusal) });
        }
        let said = at_once(tries).await;
        assert_eq!(said.iter().filter(|said| said.is_ok()).count(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clicks_on_access_at_the_same_moment_give_one_session() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        assert_eq!(browser.up_to_access(&ada).await, Ok(SignInStep::Access));
        let mut clicks = Vec::new();
        for _ in 0..6 {
            let (app, visit, cookie) = (house.app.clone(), browser.visit.clone(), browser.cookie.clone());
            clicks.push(async move { app.access(&visit, &cookie).await.map_err(refusal) });
        }
        let entered: Vec<_> = at_once(clicks).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(entered.len(), 1);
        let customer = house.app.authenticate(&entered[0].session).await.expect("a session");
        assert_eq!(house.app.list_sessions(&customer).await.expect("a list").len(), 1);
        assert_eq!(house.app.list_devices(&customer).await.expect("a list").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_and_a_change_of_what_it_proves_at_the_same_moment_both_get_an_answer() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        let (_, inside) = enter(&house, &ada, &house.visit([203, 0, 113, 8]), Factor::Totp).await;
        for _ in 0..6 {
            house.pass(60);
            let mut browsers = Vec::new();
            for _ in 0..3 {
                known.try_password("ada@example.org", PASSWORD).await.expect("the password");
                browsers.push(known.clone());
            }
            // Locks the authenticator and then the sign-ins; they lock themselves and then the authenticator.
            let (app, visit, code) = (house.app.clone(), known.visit.clone(), house.totp(&ada, 0));
            let wrong = house.wrong_totp(&ada);
            let mut requests: Vec<std::pin::Pin<Box<dyn Future<Output = bool> + Send>>> = Vec::new();
            for at in &browsers {
                let tried = factor_of(&house, &at.visit, &at.cookie, &wrong);
                requests.push(Box::pin(async move { tried.await.is_err() }));
            }
            requests.push(Box::pin(async move {
                !matches!(app.renew_recovery_codes(&visit, &inside, &code).await, Err(Failure::Fault(_)))
            }));
            assert!(at_once(requests).await.into_iter().all(|is_answer| is_answer));
        }
    })
    .await;
}
