//! Across database and engine, on both databases: ledger accounts, freezes that arrive, and commands that are done once.

use std::num::NonZeroU128;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorward_app::clock::Clock;
use doorward_app::failure::Failure;
use doorward_app::matching::{self, Lease, Matching, MatchingSettings, NotTaken};
use doorward_domain::identity::IdentityRecord;
use doorward_domain::jurisdiction::{JurisdictionPolicy, Mode, Row, Schedule};
use doorward_domain::market::command::{Command, CommandId, Restriction};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::OwnerId;
use doorward_domain::market::order::{CommandRefused, Side};
use doorward_domain::staff::About;
use doorward_domain::time::Timestamp;
use doorward_store::Db;
use doorward_store::engine_intent::list_open_intents;
use doorward_store::testing::on_both;

use crate::house::{House, TestClock};
use crate::market_house::{MARKET, clock, limit, open_market, owner_with_money, poll_once, send, settings};
use crate::matching_lease::claim;

pub(crate) const FREE: Restriction = Restriction { no_buying: false, no_selling: false, no_leaving: false };
pub(crate) const STOPPED: Restriction = Restriction { no_buying: true, no_selling: true, no_leaving: true };

/// A node with an engine on this folder. What was promised before is not done yet.
pub(crate) async fn node(db: &Db, folder: &Path, clock: &Arc<TestClock>) -> (House, Matching, Lease) {
    let (ground, lease) = claim(db, folder).await.expect("the lease is free");
    let settings: MatchingSettings = settings(folder);
    let (matching, beginning) =
        matching::start(ground, &settings, &lease, Arc::clone(clock) as Arc<dyn Clock>).expect("starts");
    beginning.replayed().expect("replays");
    (House::with_market(db.clone(), Arc::clone(clock), Some(matching.clone())), matching, lease)
}

pub(crate) async fn open_node(db: &Db, folder: &Path, clock: &Arc<TestClock>) -> (House, Matching, Lease) {
    let (house, matching, lease) = node(db, folder, clock).await;
    house.app.open_market(&matching).await.expect("the market opens");
    (house, matching, lease)
}

pub(crate) async fn restriction(matching: &Matching, owner: OwnerId) -> Restriction {
    matching.look(move |engine| engine.restriction(owner)).await.expect("a look").expect("an owner")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_ledger_accounts_once_however_often_they_are_asked_for() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = open_node(&db, folder.path(), &clock()).await;
        let (ada, ben) = (house.customer("ada@example.org").await, house.customer("ben@example.org").await);
        assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), None);
        let asked = (0..8).map(|_| {
            let (app, account) = (house.app.clone(), ada.account);
            tokio::spawn(async move { app.open_owner(account).await.expect("an owner") })
        });
        let mut owners = Vec::new();
        for owner in asked.collect::<Vec<_>>() {
            owners.push(owner.await.expect("no panic"));
        }
        assert!(owners.iter().all(|owner| *owner == OwnerId(0)), "{owners:?}");
        assert_eq!(house.app.open_owner(ben.account).await.expect("an owner"), OwnerId(1));
        assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), Some(OwnerId(0)));
        assert_eq!(house.app.account_of_owner(OwnerId(1)).await.expect("reads"), Some(ben.account));
        assert_eq!(matching.sequence(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_its_end_reach_the_engine_before_they_are_answered() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = open_node(&db, folder.path(), &clock()).await;
        open_market::<1>(&matching).await;
        let ada = house.customer("ada@example.org").await;
        let owner = house.app.open_owner(ada.account).await.expect("an owner");
        assert_eq!(restriction(&matching, owner).await, FREE);

        house.app.freeze_by_staff(ada.account).await.expect("frozen");
        assert_eq!(restriction(&matching, owner).await, STOPPED);
        let refused = send(&matching, Command::Place(limit(owner, Side::Buy, 10, 5))).await.answer;
        assert_eq!(refused, Answer::Refused(CommandRefused::Restricted));

        house.lift_freeze(&house.two_who_lift().await, ada.account).await;
        assert_eq!(restriction(&matching, owner).await, FREE);
        let refused = send(&matching, Command::Place(limit(owner, Side::Buy, 10, 5))).await.answer;
        assert_eq!(refused, Answer::Refused(CommandRefused::InsufficientFunds));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_frozen_before_begins_with_its_restriction() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = open_node(&db, folder.path(), &clock()).await;
        let ada = house.customer("ada@example.org").await;
        house.app.freeze_by_staff(ada.account).await.expect("frozen");
        let owner = house.app.open_owner(ada.account).await.expect("an owner");
        assert_eq!(restriction(&matching, owner).await, STOPPED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_a_residence_reach_the_engine() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = open_node(&db, folder.path(), &clock()).await;
        let ada = house.customer("ada@example.org").await;
        let owner = house.app.open_owner(ada.account).await.expect("an owner");
        let schedule = |mode| Schedule::new(vec![(Timestamp::from_micros(0), mode)]).expect("one step");
        let rows = [("FR", Mode::Closing), ("IT", Mode::WithdrawOnly)];
        let rows = rows.map(|(code, mode)| (Row::from_name(code).expect("a country"), schedule(mode)));
        house.app.take_policy(JurisdictionPolicy::new(rows.into_iter().collect())).await.expect("in force");
        for (residence, expected) in [
            ("FR", Restriction { no_buying: true, ..FREE }),
            ("IT", Restriction { no_leaving: false, ..STOPPED }),
            ("DE", FREE),
            ("FR", Restriction { no_buying: true, ..FREE }),
        ] {
            let record = IdentityRecord {
                name: "Ada Lovelace".to_owned(),
                birth_date: "1990-12-10".to_owned(),
                residence: residence.to_owned(),
                level: "document".to_owned(),
                source: "the operator".to_owned(),
            };
            house.app.write_identity(ada.account, &record, "X123456").await.expect("written");
            assert_eq!(restriction(&matching, owner).await, expected, "{residence}");
        }
        // A rule that changes is told to the engine with the resident.
        house.app.take_policy(JurisdictionPolicy::default()).await.expect("in force");
        house.app.announce_modes().await.expect("told");
        assert_eq!(restriction(&matching, owner).await, FREE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_let_out_of_a_block_or_called_back_is_so_in_the_engine_at_once() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = open_node(&db, folder.path(), &clock()).await;
        let ada = house.customer("ada@example.org").await;
        let owner = house.app.open_owner(ada.account).await.expect("an owner");
        crate::country::resides(&house, ada.account, "NL").await;
        let [approver, compliance, _] = crate::blocks::deciders(&house).await;
        let (app, id, about) = (&house.app, ada.account, About::Account(ada.account));
        app.take_policy(crate::country::always(&[("NL", Mode::Blocked)])).await.expect("in force");
        app.announce_modes().await.expect("told");
        assert_eq!(restriction(&matching, owner).await, STOPPED);

        app.ask_to_lift_block(&approver, about, "A court said so.").await.expect("asked");
        let request = house.only_request(&compliance).await;
        app.settle_request(&compliance, &request, true).await.expect("lifted");
        let may_leave = Restriction { no_leaving: false, ..STOPPED };
        assert_eq!(restriction(&matching, owner).await, may_leave);
        app.call_back_at_desk(&compliance, id, "It changed its mind.").await.expect("called back");
        assert_eq!(restriction(&matching, owner).await, STOPPED);

        for staff in [&approver, &compliance] {
            app.approve_account_lift(id, staff.member.id).await.expect("approved");
        }
        assert_eq!(restriction(&matching, owner).await, may_leave);
        app.call_back(id, compliance.member.id, "Again.").await.expect("called back");
        assert_eq!(restriction(&matching, owner).await, STOPPED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_market_goes_on_when_it_takes_commands_and_not_before() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let (house, matching, _) = node(&db, folder.path(), &clock()).await;
        assert!(matching.replayed().await);
        {
            let mut opened = Box::pin(matching.opened());
            assert!(poll_once(&mut opened).await.is_none(), "what was promised before is not sent yet");
            house.app.open_market(&matching).await.expect("the market opens");
            assert!(opened.await);
        }
        let ada = house.customer("ada@example.org").await;
        house.app.open_owner(ada.account).await.expect("an owner");
        matching.stop();
        assert!(!matching.opened().await);
    })
    .await;
}

/// The identity of the one command that waits.
async fn waiting(db: &Db) -> CommandId {
    let open = list_open_intents(db, 10).await.expect("reads");
    let [intent] = open.as_slice() else { panic!("one command waits: {open:?}") };
    let id = intent.command_id.as_slice().try_into().expect("sixteen bytes");
    CommandId(NonZeroU128::new(u128::from_le_bytes(id)).expect("not zero"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_while_no_engine_ran_is_done_before_the_market_opens() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let elsewhere = House::with_market(db.clone(), Arc::clone(&clock), None);
        let ada = elsewhere.customer("ada@example.org").await;
        let refused = elsewhere.app.open_owner(ada.account).await;
        assert!(matches!(refused, Err(Failure::Refused(NotTaken::Absent))));
        clock.pass(Duration::from_secs(3_600));

        let (house, matching, _) = node(&db, folder.path(), &clock).await;
        assert_eq!(matching.send(None, Command::Tick).await, Err(NotTaken::Starting));
        assert!(house.app.market().is_err());
        house.app.open_market(&matching).await.expect("the market opens");
        assert!(house.app.market().is_ok());
        assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), Some(OwnerId(0)));
        assert_eq!(matching.sequence(), 1);
    })
    .await;
}

/// What comes between the engine's answer and the database's note of it.
async fn killed_before_the_note(db: &Db, outage: Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let elsewhere = House::with_market(db.clone(), Arc::clone(&clock), None);
    let ada = elsewhere.customer("ada@example.org").await;
    assert!(elsewhere.app.open_owner(ada.account).await.is_err());
    let (_, matching, _) = node(db, folder.path(), &clock).await;
    matching.admit();
    // Others come before and behind, so that a second one would get another number.
    owner_with_nothing(&matching).await;
    let sent = matching.send(Some(waiting(db).await), Command::OpenOwner).await.expect("answered");
    let Answer::Owner(owner) = sent.answer else { panic!("an owner is opened") };
    owner_with_nothing(&matching).await;
    matching.stop();

    clock.pass(outage);
    let (house, matching, _) = node(db, folder.path(), &clock).await;
    if outage > Duration::from_secs(600) {
        // The engine forgets at the next record.
        house.app.matching.as_ref().expect("an engine").admit();
        owner_with_nothing(&matching).await;
    }
    let owners = matching.look(doorward_owners).await.expect("a look");
    house.app.open_market(&matching).await.expect("the market opens");
    assert_eq!(house.app.owner_of(ada.account).await.expect("reads"), Some(owner));
    assert_eq!(matching.look(doorward_owners).await.expect("a look"), owners, "nothing was done twice");
    assert!(list_open_intents(db, 10).await.expect("reads").is_empty());
    matching.stop();
}

fn doorward_owners(engine: &doorward_engine::Engine) -> u32 {
    engine.owners()
}

async fn owner_with_nothing(matching: &Matching) {
    assert!(matches!(send(matching, Command::OpenOwner).await.answer, Answer::Owner(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_the_answer_and_its_note_does_nothing_twice() {
    on_both(async |db| killed_before_the_note(&db, Duration::from_secs(5)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_longer_than_answers_are_kept_does_nothing_twice() {
    on_both(async |db| killed_before_the_note(&db, Duration::from_secs(3_600)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_from_a_snapshot_finds_the_answer_too() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let elsewhere = House::with_market(db.clone(), Arc::clone(&clock), None);
        let ada = elsewhere.customer("ada@example.org").await;
        assert!(elsewhere.app.open_owner(ada.account).await.is_err());
        let (_, matching, _) = node(&db, folder.path(), &clock).await;
        matching.admit();
        let [_] = open_market(&matching).await;
        let snapshot = async || {
            let (sequence, bytes) =
                matching.look(|engine| (engine.sequence(), engine.snapshot())).await.expect("a look");
            let disk = doorward_journal::Folder::look(folder.path());
            doorward_journal::snapshots::store(&disk, sequence, &bytes).expect("a snapshot");
        };
        snapshot().await;
        let sent = matching.send(Some(waiting(&db).await), Command::OpenOwner).await.expect("answered");
        owner_with_money(&matching).await;
        clock.pass(Duration::from_secs(3_600));
        send(&matching, Command::Halt(MARKET)).await;
        // The newest snapshot lies behind the command: a restart does not see its answer again.
        snapshot().await;
        matching.stop();
        drop(matching);

        let (house, matching, _) = open_node(&db, folder.path(), &clock).await;
        let owner = house.app.owner_of(ada.account).await.expect("reads").expect("an owner");
        assert_eq!(Answer::Owner(owner), sent.answer);
        assert_eq!(matching.look(doorward_owners).await.expect("a look"), 3);
    })
    .await;
}
