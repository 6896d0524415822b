//! The human check of flows that anybody may begin: what a network has done elsewhere counts there too, and drawing has
//! its price (entry rules 4).

use doorward_app::Visit;
use doorward_app::human_check::{HumanCheckPurpose, HumanCheckWay};
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::reset::ResetRefused;
use doorward_domain::sign_up::SignUpRefused;
use doorward_domain::throttle::NetworkKey;
use doorward_store::StoreFault;
use doorward_store::testing::{Fresh, on_both};
use doorward_store::throttle::record_wrong_try;

use crate::house::House;
use crate::sign_up::{human, refused};

/// Wrong passwords of this network on so many identifiers.
async fn spray(house: &House, visit: &Visit, identifiers: u8) {
    let (network, now) = (NetworkKey::of(visit.network), house.app.now());
    house
        .app
        .db
        .write::<_, StoreFault, _>("spraying for a test", move |tx| {
            Box::pin(async move {
                for number in 0..identifiers {
                    record_wrong_try(tx, network.as_bytes(), &[number; 32], now).await?;
                }
                Ok(())
            })
        })
        .await
        .expect("written");
}

#[tokio::test]
async fn sign_up_and_forgotten_password_ask_a_spraying_network_for_more() {
    on_both(async |db| {
        let house = House::open(db);
        let (app, way) = (&house.app, HumanCheckWay::Picture);
        let sprayer = house.visit([203, 0, 113, 66]);
        let other = house.visit([198, 51, 100, 1]);
        // Drawn before the network was found out: the slider alone does not do any more.
        let easy_sign_up = human(&house, &sprayer, HumanCheckPurpose::SignUp);
        let easy_reset = human(&house, &sprayer, HumanCheckPurpose::Reset);
        spray(&house, &sprayer, 11).await;
        let began = app.begin_sign_up(&sprayer, "eve@example.org", None, Some(&easy_sign_up)).await;
        assert_eq!(refused(began), SignUpRefused::HumanCheck(HumanCheckRefused::NotPassed));
        let asked = app.ask_reset(&sprayer, "ada@example.org", None, Some(&easy_reset)).await;
        assert_eq!(refused(asked), ResetRefused::HumanCheck(HumanCheckRefused::NotPassed));
        for (visit, is_harder) in [(&sprayer, true), (&other, false)] {
            for purpose in [HumanCheckPurpose::SignUp, HumanCheckPurpose::Reset] {
                let drawn = app.issue_visitor_challenge(visit, purpose, way).await.expect("read");
                assert_eq!(drawn.expect("a browser").memory.is_some(), is_harder, "{purpose:?}");
            }
        }
        let drawn = app.issue_visitor_challenge(&sprayer, HumanCheckPurpose::SignUp, way).await;
        let harder = house.solve(&drawn.expect("read").expect("a browser"));
        app.begin_sign_up(&sprayer, "eve@example.org", None, Some(&harder))
            .await
            .expect("the harder one opens");
    })
    .await;
}

#[tokio::test]
async fn a_network_has_so_many_challenges_drawn_and_others_are_not_touched() {
    let fresh = Fresh::sqlite().await;
    let house = House::open(fresh.db.clone());
    let app = &house.app;
    let greedy = house.visit([203, 0, 113, 1]);
    let burst = app.policy.throttle.challenges.burst;
    for _ in 0..burst {
        app.take_challenge(&greedy).expect("within the burst");
    }
    let throttled = app.take_challenge(&greedy).expect_err("one too many");
    assert!(throttled.retry_at > app.now());
    app.take_challenge(&house.visit([203, 0, 113, 2])).expect("a neighbour");
    house.clock.pass(app.now().until(throttled.retry_at));
    app.take_challenge(&greedy).expect("a little later");
    // The /24 has a budget of its own.
    let wide = burst * app.policy.throttle.wide_factor;
    let refusals = (0..wide)
        .filter(|number| {
            let [.., last] = (100 + number % 100).to_be_bytes();
            app.take_challenge(&house.visit([203, 0, 113, last])).is_err()
        })
        .count();
    assert!(refusals > 0, "a hundred neighbours share the budget of their network");
    app.take_challenge(&house.visit([198, 51, 100, 1])).expect("another network");
    fresh.end().await;
}
