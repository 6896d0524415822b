//! Forms of the market that are sent again, and wishes whose answer never came: nothing is done twice, and nobody is told
//! what is not known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_app::market::{Lasts, OrderWish, Placed};
use doorward_domain::market::command::Wallet;
use doorward_domain::market::order::{CancelReason, CommandRefused, Side};
use doorward_domain::market::refused::MarketRefused;
use doorward_store::testing::{Fresh, on_both};

use crate::market_floor::{Floor, why, wish};
use crate::matching_faults::open_failing;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_again_is_the_same_order_and_the_same_move() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        for _ in 0..3 {
            floor.place(&ada, wish(Side::Sell, "61250.50", "0.1", "one")).await.expect("taken");
        }
        assert_eq!(floor.own(&ada).await.len(), 1);
        let other = floor.place(&ada, wish(Side::Sell, "61250.50", "0.2", "one")).await;
        assert_eq!(why(other), MarketRefused::Engine(CommandRefused::DuplicateCommandId));
        let ben = floor.trader("ben@example.org").await;
        floor.place(&ben, wish(Side::Buy, "61250.50", "0.1", "one")).await.expect("another's form");
        let app = &floor.house.app;
        let (what, mark) = (("BTC", "0.25"), app.new_form_mark());
        for _ in 0..2 {
            let moved = app.move_between_wallets(&ada.visit, &ada.inside, what, Wallet::Trade, &mark).await;
            moved.expect("moved");
        }
        assert_eq!(floor.held(&ada, "BTC").await.0, "0.25");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_again_long_after_its_order_ended_says_neither_filled_nor_places_another() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        let hasty = |mark| OrderWish { lasts: Lasts::AtOnce, ..wish(Side::Buy, "61250", "0.1", mark) };
        let unfilled = MarketRefused::EndedAtOnce(CancelReason::NoMoreLiquidity);
        assert_eq!(why(floor.place(&ada, hasty("one")).await), unfilled);
        floor.place(&ada, wish(Side::Buy, "61000", "0.1", "two")).await.expect("taken");
        floor.clock.pass(Duration::from_secs(61));
        // By this the view forgets what ended a minute ago.
        assert_eq!(why(floor.place(&ada, hasty("three")).await), unfilled);
        assert_eq!(floor.place(&ada, hasty("one")).await.expect("known"), Placed::Ended);

        // The engine has forgotten the commands, and still knows that these forms became orders.
        floor.clock.pass(Duration::from_secs(11 * 60));
        let sent = MarketRefused::Engine(CommandRefused::DuplicateClientOrderId);
        assert_eq!(why(floor.place(&ada, hasty("one")).await), sent);
        assert_eq!(why(floor.place(&ada, wish(Side::Buy, "61000", "0.1", "two")).await), sent);
        assert_eq!(floor.own(&ada).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_too_old_to_know_whether_it_was_sent_moves_nothing() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        let app = &floor.house.app;
        let (what, mark) = (("BTC", "0.25"), app.new_form_mark());
        let moves = async |mark: &str| {
            app.move_between_wallets(&ada.visit, &ada.inside, what, Wallet::Trade, mark).await
        };
        floor.clock.pass(Duration::from_secs(8 * 60));
        moves(&mark).await.expect("moved");
        floor.clock.pass(Duration::from_secs(60));
        assert_eq!(why(moves(&mark).await), MarketRefused::FormTooOld);
        for not_ours in ["", "two", "-", "x-y", "99999999999999999999-y"] {
            assert_eq!(why(moves(not_ours).await), MarketRefused::FormTooOld, "{not_ours}");
        }
        assert_eq!(floor.held(&ada, "BTC").await.0, "0.25");
        moves(&app.new_form_mark()).await.expect("moved");
        assert_eq!(floor.held(&ada, "BTC").await.0, "0.5");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_did_not_answer_any_more_is_told_as_not_known() {
    for wanted in ["place", "cancel", "cancel all", "move"] {
        let fresh = Fresh::sqlite().await;
        let lasts = Arc::new(AtomicU64::new(u64::MAX));
        let floor = Floor::open_with(fresh.db.clone(), |folder, _| open_failing(folder, &lasts)).await;
        let ada = floor.trader("ada@example.org").await;
        floor.place(&ada, wish(Side::Buy, "61000", "0.1", "a")).await.expect("taken");
        let (app, order) = (&floor.house.app, floor.own(&ada).await[0].id.to_string());
        let ask = async || match wanted {
            "place" => why(floor.place(&ada, wish(Side::Buy, "61000", "0.1", "b")).await),
            "cancel" => why(app.cancel_order(&ada.visit, &ada.inside, &order).await),
            "cancel all" => why(app.cancel_all_orders(&ada.visit, &ada.inside, "BTC-EUR").await),
            _ => {
                let (what, mark) = (("BTC", "0.25"), app.new_form_mark());
                why(app.move_between_wallets(&ada.visit, &ada.inside, what, Wallet::Trade, &mark).await)
            }
        };
        // The write may have come to the disk before it failed, and then the next start finds it.
        lasts.store(0, Ordering::SeqCst);
        assert_eq!(ask().await, MarketRefused::NotKnown, "{wanted}");
        floor.matching.failed().await;
        assert_eq!(ask().await, MarketRefused::NoEngine, "{wanted}: this one was not even sent");
        fresh.end().await;
    }
}
