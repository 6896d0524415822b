//! Commands on their way from the database into the engine that something stands in the way of.

use std::sync::Arc;

use doorward_app::clock::Clock;
use doorward_app::matching::{self, Matching, MatchingSettings, NotTaken};
use doorward_domain::id::AccountId;
use doorward_domain::market::instrument::OwnerId;
use doorward_store::account::hold_account;
use doorward_store::engine_intent::{NewIntent, list_open_intents, record_intent};
use doorward_store::testing::{depose_engine, forget_short_commands, on_both, stop_every_owner};
use doorward_store::{Db, StoreFault};

use crate::house::House;
use crate::market_house::{clock, hold, poll_once, settings};
use crate::matching_account::{FREE, STOPPED, open_node, restriction};
use crate::matching_lease::claim;

/// Writes a command down that no version so far can read.
async fn write_unreadable(db: &Db, house: &House, account: AccountId) {
    let now = house.app.now();
    let write = db.write::<_, StoreFault, _>("writing an unreadable command", move |tx| {
        Box::pin(async move {
            hold_account(tx, account).await?;
            let intent = NewIntent { command_id: &[9; 16], account_id: account, command: &[255] };
            record_intent(tx, &intent, now).await
        })
    });
    assert!(write.await.expect("written"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_read_stops_its_own_account_and_nobody_elses() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (house, matching, _) = open_node(&db, folder.path(), &clock).await;
        let (ada, ben) = (house.customer("ada@example.org").await, house.customer("ben@example.org").await);
        let its_owner = async |account| house.app.open_owner(account).await.expect("an owner");
        let (of_ada, of_ben) = (its_owner(ada.account).await, its_owner(ben.account).await);
        write_unreadable(&db, &house, ada.account).await;

        house.app.freeze_by_staff(ben.account).await.expect("frozen");
        assert_eq!(restriction(&matching, of_ben).await, STOPPED, "nobody else waits");
        assert_eq!(restriction(&matching, of_ada).await, STOPPED, "it may have been a freeze");
        let two = house.two_who_lift().await;
        for account in [ada.account, ben.account] {
            if account == ada.account {
                house.app.freeze_by_staff(account).await.expect("frozen");
            }
            house.lift_freeze(&two, account).await;
        }
        let restrictions = async |matching: &Matching| {
            (restriction(matching, of_ada).await, restriction(matching, of_ben).await)
        };
        assert_eq!(restrictions(&matching).await, (STOPPED, FREE), "what came behind it waits");
        matching.stop();
        drop((house, matching));

        let (house, matching, _) = open_node(&db, folder.path(), &clock).await;
        assert!(house.app.market().is_ok(), "the market opens all the same");
        assert_eq!(restrictions(&matching).await, (STOPPED, FREE));
        matching.stop();
        drop((house, matching));

        // As if a version that knows it had sent it.
        forget_short_commands(&db).await;
        let (_house, matching, _) = open_node(&db, folder.path(), &clock).await;
        assert_eq!(restrictions(&matching).await, (FREE, FREE));
        assert!(list_open_intents(&db, 10).await.expect("reads").is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_command_cannot_be_read_is_stopped_before_the_market_opens() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (house, matching, _) = open_node(&db, folder.path(), &clock).await;
        let ada = house.customer("ada@example.org").await;
        let owner = house.app.open_owner(ada.account).await.expect("an owner");
        matching.stop();
        write_unreadable(&db, &house, ada.account).await;
        // The table says so already, as after a kill before the engine was told.
        stop_every_owner(&db).await;
        drop((house, matching));
        let (_house, matching, _) = open_node(&db, folder.path(), &clock).await;
        assert_eq!(restriction(&matching, owner).await, STOPPED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_whose_queue_is_full_at_start_does_not_open_before_what_was_promised_is_done() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let elsewhere = House::with_market(db.clone(), Arc::clone(&clock), None);
        let ada = elsewhere.customer("ada@example.org").await;
        assert!(elsewhere.app.open_owner(ada.account).await.is_err());

        let (ground, lease) = claim(&db, folder.path()).await.expect("the lease is free");
        let settings = MatchingSettings { queue: 1, ..settings(folder.path()) };
        let engine_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let (matching, beginning) = matching::start(ground, &settings, &lease, engine_clock).expect("starts");
        beginning.replayed().expect("replays");
        let house = House::with_market(db.clone(), Arc::clone(&clock), Some(matching.clone()));
        // One look holds the thread up, and a second one is all that may wait.
        let held = hold(&matching).await;
        let mut waiting = Box::pin(matching.look(|_| ()));
        assert!(poll_once(&mut waiting).await.is_none());

        assert!(house.app.open_market(&matching).await.is_err());
        assert_eq!(matching.ready().err(), Some(NotTaken::Starting));
        held.let_go().await;
        waiting.await.expect("the other one as well");
        house.app.open_market(&matching).await.expect("the market opens");
        assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), Some(OwnerId(0)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_another_has_followed_notes_no_answer() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (house, matching, lease) = open_node(&db, folder.path(), &clock).await;
        let ada = house.customer("ada@example.org").await;
        depose_engine(&db).await;
        assert!(house.app.open_owner(ada.account).await.is_err());
        assert!(house.app.send_intents().await.is_err());
        assert_eq!(
            list_open_intents(&db, 10).await.expect("reads").len(),
            1,
            "it is for the other one to do"
        );
        assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), None);
        assert_eq!(matching.sequence(), 1, "it was not sent twice either");
        assert!(!doorward_app::engine_lease::renew(&db, &matching, lease).await.expect("answers"));
    })
    .await;
}
