//! Changed, added, removed and undone identifiers, and numbers that move on, on both databases.

use std::sync::Arc;
use std::time::Duration;

use doorward_app::deliver::{MailSender, MailboxFolder, SmsSender};
use doorward_app::failure::Failure;
use doorward_app::hash_pool::HashPoolSize;
use doorward_app::identifiers::IdentifierWish;
use doorward_app::outbox::Outbox;
use doorward_app::stop::{StopRefused, Stops};
use doorward_app::{Customer as Inside, Visit};
use doorward_domain::account::AccountStatus;
use doorward_domain::action::Action;
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::ActionRefused;
use doorward_domain::id::IdentifierId;
use doorward_domain::identifier::change::{
    IdentifierChangeKind as Kind, IdentifierChangeRefused, IdentifierChangeStep as Step,
};
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::protection::lock_settings;
use doorward_store::testing::on_both;
use doorward_store::{Db, StoreFault};

use crate::house::{Customer, House, TestClock};
use crate::inside::enter;
use crate::sign_up::{refused, sign_up};

const ADA: &str = "ada@example.org";
const NEW: &str = "ada@new.example";
const PHONE: &str = "+4915112345678";
const DAY: u64 = 86_400;

/// A house whose SMS go into a folder, so that numbers are reached.
fn house_with_sms(db: Db) -> House {
    let clock = Arc::new(TestClock::at(Timestamp::from_seconds(1_800_000_000)));
    let folder = || {
        let place = std::env::temp_dir().join("doorward-nowhere");
        MailboxFolder::open(&place, "door@example.org").expect("a temporary folder")
    };
    let outbox = Outbox::new(MailSender::Folder(folder()), SmsSender::Folder(folder()));
    House::node_sending(db, clock, HashPoolSize { threads: 2, queue: 64 }, 1, |_| {}, outbox)
}

struct Scene<'h> {
    house: &'h House,
    ada: Customer,
    visit: Visit,
    inside: Inside,
}

impl<'h> Scene<'h> {
    async fn of(house: &'h House) -> Self {
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(house, &ada, &visit, Factor::Totp).await;
        Self { house, ada, visit, inside }
    }

    async fn own(&self) -> Vec<(IdentifierId, String)> {
        let own = self.house.app.list_own_identifiers(&self.inside).await.expect("read");
        own.into_iter().map(|line| (line.id, line.masked)).collect()
    }

    async fn begin(
        &self,
        kind: Kind,
        old: Option<IdentifierId>,
        typed: &str,
    ) -> Result<(String, Step), Failure<IdentifierChangeRefused>> {
        self.house.pass(60);
        let code = self.house.totp(&self.ada, 0);
        let wish = IdentifierWish { kind, old, typed, country: None, second_factor: &code };
        let begun = self.house.app.begin_identifier_change(&self.visit, &self.inside, wish).await;
        begun.map(|moved| (moved.cookie, moved.step))
    }

    async fn give(
        &self,
        cookie: &str,
        code: &str,
    ) -> Result<(String, Step), Failure<IdentifierChangeRefused>> {
        let given = self.house.app.give_identifier_code(&self.visit, &self.inside, cookie, code).await;
        given.map(|moved| (moved.cookie, moved.step))
    }

    /// Changes the first identifier to a new one.
    async fn change_to(&self, new: &str) {
        let old = self.own().await[0].0;
        let (cookie, step) = self.begin(Kind::Change, Some(old), new).await.expect("begun");
        assert_eq!(step, Step::OldCode);
        let code = self.house.code_for(ADA).await;
        let (cookie, step) = self.give(&cookie, &code).await.expect("the old one's code");
        assert_eq!(step, Step::NewCode);
        let code = self.house.code_for(new).await;
        let (_, step) = self.give(&cookie, &code).await.expect("the new one's code");
        assert_eq!(step, Step::Done);
    }
}

#[tokio::test]
async fn another_address_takes_the_place_of_one_and_the_old_one_can_undo_it_once() {
    on_both(async |db| {
        let house = House::open(db);
        let scene = Scene::of(&house).await;
        scene.change_to(NEW).await;
        assert_eq!(
            scene.own().await.iter().map(|(_, masked)| masked.as_str()).collect::<Vec<_>>(),
            ["a•••@new.example"]
        );
        let view = house.app.show_account(scene.ada.account).await.expect("an account");
        assert_eq!(view.hold_until, Some(house.app.now().plus(Duration::from_secs(3 * DAY))));
        let letters = house.letters().await;
        let undo = letters.iter().find(|letter| letter.kind == "identifier-changed").expect("told");
        assert_eq!(undo.to, ADA, "the old address can undo it");
        assert!(letters.iter().any(|letter| letter.kind == "identifiers-now" && letter.to == NEW));
        let link = Token::parse(undo.link.as_deref().expect("a link")).expect("a token");
        house.pass(6 * DAY);
        let visit = house.visit([192, 0, 2, 7]);
        let stopped = house.app.stop_by_link(&visit, &link).await.expect("undone");
        assert!(matches!(stopped, Stops::IdentifierChange(_)));
        assert_eq!(refused(house.app.stop_by_link(&visit, &link).await), StopRefused::NotGood);
        let view = house.app.show_account(scene.ada.account).await.expect("an account");
        assert_eq!(view.account.status, AccountStatus::Frozen);
        assert_eq!(view.identifiers_masked, ["a•••@example.org"]);
        assert_eq!(view.sessions, 0);
        let told: Vec<String> = house
            .letters()
            .await
            .into_iter()
            .filter(|l| l.kind == "identifier-undone")
            .map(|l| l.to)
            .collect();
        assert!(told.contains(&ADA.to_owned()) && told.contains(&NEW.to_owned()), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn an_undo_takes_back_everything_that_came_since() {
    on_both(async |db| {
        let house = House::open(db);
        let scene = Scene::of(&house).await;
        scene.change_to(NEW).await;
        let letters = house.letters().await;
        let undo = letters.iter().find(|letter| letter.kind == "identifier-changed").expect("told");
        let link = Token::parse(undo.link.as_deref().expect("a link")).expect("a token");
        // Whoever did it goes on: one more address, and away with the first new one.
        let (cookie, _) = scene.begin(Kind::Add, None, "thief@example.net").await.expect("begun");
        let code = house.code_for("thief@example.net").await;
        scene.give(&cookie, &code).await.expect("added");
        let first = scene.own().await[0].0;
        let (_, step) = scene.begin(Kind::Remove, Some(first), "").await.expect("removed");
        assert_eq!(step, Step::Done);
        house.app.stop_by_link(&house.visit([192, 0, 2, 7]), &link).await.expect("undone");
        let view = house.app.show_account(scene.ada.account).await.expect("an account");
        assert_eq!(view.identifiers_masked, ["a•••@example.org"]);
    })
    .await;
}

#[tokio::test]
async fn an_undo_link_is_too_old_after_seven_days_and_the_address_is_free_then() {
    on_both(async |db| {
        let house = House::open(db);
        let scene = Scene::of(&house).await;
        scene.change_to(NEW).await;
        let letters = house.letters().await;
        let undo = letters.iter().find(|letter| letter.kind == "identifier-changed").expect("told");
        let link = Token::parse(undo.link.as_deref().expect("a link")).expect("a token");
        // Until then nobody else takes it.
        let taken = doorward_store::identifier::find_taken(&house.app.db, &house.lookup(ADA)).await;
        assert_eq!(taken.expect("read"), Some(scene.ada.account));
        house.pass(7 * DAY);
        let visit = house.visit([192, 0, 2, 7]);
        assert_eq!(refused(house.app.stop_by_link(&visit, &link).await), StopRefused::NotGood);
        house.app.forget_retired_identifiers().await.expect("swept");
        let taken = doorward_store::identifier::find_taken(&house.app.db, &house.lookup(ADA)).await;
        assert_eq!(taken.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn a_taken_address_looks_the_same_is_never_reached_and_its_owner_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer("bob@example.org").await;
        let scene = Scene::of(&house).await;
        let (cookie, step) = scene.begin(Kind::Add, None, "bob@example.org").await.expect("begun");
        assert_eq!(step, Step::NewCode);
        let letters = house.letters().await;
        assert!(letters.iter().all(|letter| letter.code.is_none()));
        assert!(letters.iter().any(|l| l.kind == "identifier-taken" && l.to == "bob@example.org"));
        let wrong = refused(scene.give(&cookie, "123456").await);
        assert_eq!(wrong, IdentifierChangeRefused::WrongCode { tries_left: 4 });
    })
    .await;
}

#[tokio::test]
async fn the_last_identifier_is_never_removed_and_a_wrong_factor_begins_nothing() {
    on_both(async |db| {
        let house = House::open(db);
        let scene = Scene::of(&house).await;
        let only = scene.own().await[0].0;
        let last = refused(scene.begin(Kind::Remove, Some(only), "").await);
        assert_eq!(last, IdentifierChangeRefused::LastOne);
        let own = refused(scene.begin(Kind::Add, None, "ADA@example.org").await);
        assert_eq!(own, IdentifierChangeRefused::OwnAlready);
        let foreign = IdentifierId::from_parts(house.app.now(), [9; 16]);
        let none = refused(scene.begin(Kind::Change, Some(foreign), NEW).await);
        assert_eq!(none, IdentifierChangeRefused::NoSuchIdentifier);
        let code = house.wrong_totp(&scene.ada);
        let wish =
            IdentifierWish { kind: Kind::Add, old: None, typed: NEW, country: None, second_factor: &code };
        assert!(house.app.begin_identifier_change(&scene.visit, &scene.inside, wish).await.is_err());
        assert!(house.letters().await.iter().all(|letter| letter.to != NEW));
    })
    .await;
}

#[tokio::test]
async fn a_number_that_was_not_proved_for_180_days_starts_no_reset_until_it_is_proved_again() {
    on_both(async |db| {
        let house = house_with_sms(db);
        let ada = house.customer(PHONE).await;
        let visit = house.visit([203, 0, 113, 1]);
        house.pass(181 * DAY);
        crate::reset::ask(&house, &visit, PHONE).await.expect("the same page");
        assert!(house.letters().await.iter().all(|letter| letter.code.is_none()), "no code leaves");
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let scene = Scene { house: &house, ada, visit, inside };
        let own = house.app.list_own_identifiers(&scene.inside).await.expect("read");
        assert!(own[0].stale);
        let deposit = house.app.may(&scene.visit, &scene.inside, Action::Deposit).await;
        assert_eq!(refused(deposit), ActionRefused::PhoneOnly);
        let (cookie, _) = scene.begin(Kind::Prove, Some(own[0].id), "").await.expect("begun");
        let code = house.code_for(PHONE).await;
        scene.give(&cookie, &code).await.expect("proved");
        let own = house.app.list_own_identifiers(&scene.inside).await.expect("read");
        assert!(!own[0].stale);
        house.pass(3_600);
        crate::reset::ask(&house, &scene.visit, PHONE).await.expect("asked");
        assert!(house.letters().await.iter().any(|letter| letter.code.is_some()));
    })
    .await;
}

#[tokio::test]
async fn the_new_holder_of_a_number_gets_an_empty_account_and_the_old_one_keeps_the_rest() {
    on_both(async |db| {
        let house = house_with_sms(db);
        let scene = Scene::of(&house).await;
        let (cookie, _) = scene.begin(Kind::Add, None, PHONE).await.expect("begun");
        let code = house.code_for(PHONE).await;
        scene.give(&cookie, &code).await.expect("added");
        house.pass(3_600);
        house.app.report_reassigned_number(PHONE, None).await.expect("reported");
        assert!(house.app.report_reassigned_number(PHONE, None).await.is_err(), "once");
        house.letters().await;
        let (newcomer, _, _) = sign_up(&house, &house.visit([198, 51, 100, 8]), PHONE).await;
        assert_ne!(newcomer.account.id, scene.ada.account);
        let view = house.app.show_account(scene.ada.account).await.expect("an account");
        assert_eq!(view.identifiers_masked, ["a•••@example.org"]);
        let letters = house.letters().await;
        assert!(letters.iter().any(|letter| letter.kind == "number-reassigned" && letter.to == ADA));
    })
    .await;
}

#[tokio::test]
async fn a_change_begun_before_the_settings_were_locked_is_not_finished_under_the_lock() {
    on_both(async |db| {
        let house = House::open(db);
        let scene = Scene::of(&house).await;
        let before = scene.own().await;
        let (cookie, step) = scene.begin(Kind::Add, None, NEW).await.expect("begun");
        assert_eq!(step, Step::NewCode);
        let code = house.code_for(NEW).await;
        // The lock alone stands in its way, whatever ended the change or did not.
        let account = scene.ada.account;
        let lock = house.app.db.write("locking settings for a test", move |tx| {
            Box::pin(async move { lock_settings(tx, account, 3).await })
        });
        lock.await.map_err(|fault: StoreFault| fault).expect("locked");
        let locked = scene.give(&cookie, &code).await;
        let Failure::Refused(IdentifierChangeRefused::Change(ChangeRefused::NotNow(why))) =
            locked.expect_err("refused")
        else {
            panic!("refused by the lock")
        };
        assert!(matches!(why, ActionRefused::SettingsLocked { .. }), "{why:?}");
        house.pass(30);
        let factor = house.totp(&scene.ada, 0);
        house.app.lock_settings(&scene.visit, &scene.inside, 3, &factor).await.expect("locked");
        let ended = IdentifierChangeRefused::Change(ChangeRefused::Ended);
        assert_eq!(refused(scene.give(&cookie, &code).await), ended, "the page of the lock ends it");
        assert_eq!(scene.own().await, before);
    })
    .await;
}
