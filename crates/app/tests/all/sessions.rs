//! Staying behind the door, and every way in which that ends.

use std::time::Duration;

use doorward_app::Failure;
use doorward_app::hash_pool::HashPoolSize;
use doorward_app::session::SessionEnded;
use doorward_domain::token::Token;
use doorward_store::testing::on_both;

use crate::browser::Browser;
use crate::house::House;

const SIZE: HashPoolSize = HashPoolSize { threads: 1, queue: 8 };

async fn state(house: &House, token: &Token) -> Result<(), SessionEnded> {
    match house.app.authenticate(token).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(ended)) => Err(ended),
        Err(Failure::Fault(fault)) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn an_ended_session_opens_nothing_here_at_the_next_request_and_elsewhere_after_a_heartbeat() {
    on_both(async |db| {
        let here = House::open(db.clone());
        let there = House::node(db, here.clock.clone(), SIZE, 2, |_| {});
        let ada = here.customer("ada@example.org").await;
        let mut browser = Browser::new(&here, [203, 0, 113, 7]);
        let first = browser.enter(&ada).await;
        let second = browser.enter(&ada).await;
        for house in [&here, &there] {
            house.app.heartbeat().await.expect("word from the database");
            assert_eq!(state(house, &first.session).await, Ok(()));
        }
        let customer = here.app.authenticate(&second.session).await.expect("a session");
        let lines = here.app.list_sessions(&customer).await.expect("a list");
        assert_eq!(lines.len(), 2);
        let other = lines.iter().find(|line| !line.is_this_one).expect("the other one");
        assert!(here.app.end_session(&browser.visit, &customer, other.id).await.expect("it ends"));
        assert_eq!(state(&here, &first.session).await, Err(SessionEnded::Ended));
        // The other node may believe its memory for a second at most; its heartbeat comes four times in that.
        assert_eq!(state(&there, &first.session).await, Ok(()));
        there.app.heartbeat().await.expect("word from the database");
        assert_eq!(state(&there, &first.session).await, Err(SessionEnded::Ended));
        assert_eq!(state(&there, &second.session).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_node_that_hears_nothing_for_a_second_asks_the_database() {
    on_both(async |db| {
        let here = House::open(db.clone());
        let deaf = House::node(db, here.clock.clone(), SIZE, 2, |_| {});
        let ada = here.customer("ada@example.org").await;
        let mut browser = Browser::new(&here, [203, 0, 113, 7]);
        let entered = browser.enter(&ada).await;
        deaf.app.heartbeat().await.expect("word from the database");
        assert_eq!(state(&deaf, &entered.session).await, Ok(()));
        let customer = here.app.authenticate(&entered.session).await.expect("a session");
        here.app.sign_out(&browser.visit, &customer).await.expect("signed out");
        here.clock.pass(Duration::from_millis(999));
        assert_eq!(state(&deaf, &entered.session).await, Ok(()), "its memory is believed for a second");
        here.clock.pass(Duration::from_millis(1));
        assert_eq!(state(&deaf, &entered.session).await, Err(SessionEnded::Ended));
    })
    .await;
}

#[tokio::test]
async fn a_session_idles_out_after_half_an_hour_and_ends_after_half_a_day() {
    on_both(async |db| {
        let house = House::open(db.clone());
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        let entered = browser.enter(&ada).await;
        for _ in 0..24 {
            house.pass(29 * 60);
            house.app.heartbeat().await.expect("word from the database");
            assert_eq!(state(&house, &entered.session).await, Ok(()));
            house.app.write_last_uses().await.expect("written");
        }
        // Another node knows of these uses.
        let other = House::node(db, house.clock.clone(), SIZE, 2, |_| {});
        assert_eq!(state(&other, &entered.session).await, Ok(()));
        house.pass(25 * 60);
        assert_eq!(state(&house, &entered.session).await, Err(SessionEnded::TooOld));
        let entered = browser.enter(&ada).await;
        house.pass(30 * 60);
        assert_eq!(state(&house, &entered.session).await, Err(SessionEnded::IdleTooLong));
        assert_eq!(state(&house, &house.app.new_browser()).await, Err(SessionEnded::Unknown));
    })
    .await;
}

#[tokio::test]
async fn the_oldest_session_ends_when_one_too_many_begins() {
    on_both(async |db| {
        let house = House::with(db, |policy| policy.session.at_most = 3);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        let mut sessions = Vec::new();
        for _ in 0..4 {
            sessions.push(browser.enter(&ada).await.session);
        }
        house.app.heartbeat().await.expect("word from the database");
        let mut states = Vec::new();
        for session in &sessions {
            states.push(state(&house, session).await.is_ok());
        }
        assert_eq!(states, [false, true, true, true]);
    })
    .await;
}

#[tokio::test]
async fn ending_all_others_ends_sign_ins_in_progress_too_and_keeps_this_one() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        let first = browser.enter(&ada).await;
        let second = browser.enter(&ada).await;
        let mut half = Browser::new(&house, [198, 51, 100, 1]);
        half.up_to_access(&ada).await.expect("only the button is missing");
        let customer = house.app.authenticate(&second.session).await.expect("a session");
        assert_eq!(house.app.end_other_sessions(&browser.visit, &customer).await.expect("they end"), 1);
        assert_eq!(state(&house, &first.session).await, Err(SessionEnded::Ended));
        assert_eq!(state(&house, &second.session).await, Ok(()));
        half.access().await.expect_err("it has ended");
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_device_is_a_new_one_at_the_next_sign_in() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, [203, 0, 113, 7]);
        let entered = browser.enter(&ada).await;
        let customer = house.app.authenticate(&entered.session).await.expect("a session");
        let devices = house.app.list_devices(&customer).await.expect("a list");
        assert!(devices.len() == 1 && devices[0].is_this_one);
        assert!(house.app.forget_device(&browser.visit, &customer, devices[0].id).await.expect("forgotten"));
        browser.begin("ada@example.org");
        assert!(!browser.view().await.expect("a page").known_device);
    })
    .await;
}
