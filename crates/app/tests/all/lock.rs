//! The settings lock and everything that waits, on both databases.

use std::time::Duration;

use doorward_app::protection::Choices;
use doorward_app::{Customer as Inside, Visit};
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::ActionRefused;
use doorward_domain::id::ChangeId;
use doorward_domain::phrase::Phrases;
use doorward_domain::protection::DelayedChange;
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::{Token, TokenHash};
use doorward_domain::trading_password::TradingRefused;
use doorward_store::StoreFault;
use doorward_store::delayed_change::{NewDelayedChange, record_delayed_change};
use doorward_store::testing::on_both;

use crate::house::{Customer, House, PASSWORD};
use crate::inside::{enter, password_is};
use crate::reset::up_to_password;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const NEW: &str = "violet-Harbour-93-compass";
const DAY: u64 = 86_400;

async fn guest(house: &House, customer: &Customer) -> (Visit, Inside) {
    let visit = house.visit([203, 0, 113, 1]);
    let (_, inside) = enter(house, customer, &visit, Factor::Totp).await;
    (visit, inside)
}

fn fresh(house: &House, customer: &Customer) -> String {
    house.pass(30);
    house.totp(customer, 0)
}

/// A customer inside, whose settings are locked with a delay of three days.
async fn locked(house: &House) -> (Customer, Visit, Inside) {
    let ada = house.customer(ADA).await;
    let (visit, inside) = guest(house, &ada).await;
    let code = fresh(house, &ada);
    house.app.lock_settings(&visit, &inside, 3, &code).await.expect("locked");
    (ada, visit, inside)
}

fn locked_for(days: u64, opens_at: Option<Timestamp>) -> ChangeRefused {
    let delay = Duration::from_secs(days * DAY);
    ChangeRefused::NotNow(ActionRefused::SettingsLocked { delay, opens_at })
}

/// The links of the newest letter that cancels something.
async fn cancel_link(house: &House) -> Token {
    let link = house.letters().await.into_iter().rev().find_map(|letter| letter.cancel).expect("a link");
    Token::parse(&link).expect("a token")
}

#[tokio::test]
async fn under_the_lock_every_change_is_refused_with_the_time_and_spends_no_code() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, visit, inside) = locked(&house).await;
        let (app, code) = (&house.app, fresh(&house, &ada));
        let no = locked_for(3, None);
        let change = app.change_password(&visit, &inside, &PASSWORD.into(), &NEW.into(), &code).await;
        assert_eq!(refused(change.map(drop)), no);
        assert_eq!(refused(app.renew_recovery_codes(&visit, &inside, &code).await.map(drop)), no);
        assert_eq!(refused(app.begin_totp_replacement(&visit, &inside, &code).await.map(drop)), no);
        assert_eq!(refused(app.choose_phrases(&visit, &inside, &Phrases::default(), &code).await), no);
        let trading = app.set_trading_password(&visit, &inside, &"".into(), &"482917".into(), &code).await;
        assert_eq!(refused(trading.map(drop)), TradingRefused::Change(no));
        let choices = Choices { every_entry: true, bind_network: true, address_book: false };
        assert_eq!(refused(app.choose_protection(&visit, &inside, choices, &code).await.map(drop)), no);
        assert_eq!(refused(app.lock_settings(&visit, &inside, 2, &code).await), no, "it only grows");
        assert!(password_is(&house, &ada, PASSWORD).await);
        app.end_other_sessions(&visit, &inside).await.expect("ending sessions stays possible");
        app.lock_settings(&visit, &inside, 5, &code).await.expect("longer, and the code is still good");
        app.freeze_own(&visit, &inside).await.expect("freezing stays possible");
    })
    .await;
}

#[tokio::test]
async fn what_was_half_changed_ends_when_the_lock_is_switched_on() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (visit, inside) = guest(&house, &ada).await;
        let app = &house.app;
        let begun = app.begin_totp_replacement(&visit, &inside, &fresh(&house, &ada)).await.expect("begun");
        app.lock_settings(&visit, &inside, 1, &fresh(&house, &ada)).await.expect("locked");
        assert!(app.show_totp_replacement(&visit, &inside, &begun.cookie).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_lock_opens_after_its_own_delay_and_not_a_moment_before() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, visit, inside) = locked(&house).await;
        let app = &house.app;
        house.letters().await;
        let code = fresh(&house, &ada);
        let at = app.ask_settings_unlock(&visit, &inside, &code).await.expect("asked");
        assert_eq!(at, app.now().plus(Duration::from_secs(3 * DAY)));
        let letters = house.letters().await;
        assert!(
            letters
                .iter()
                .any(|l| l.event.as_deref() == Some("settings-lock-off-asked") && l.cancel.is_some())
        );
        let again = app.ask_settings_unlock(&visit, &inside, &fresh(&house, &ada)).await;
        assert_eq!(refused(again), locked_for(3, Some(at)));
        house.pass(3 * DAY - 31);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
        let (visit, inside) = guest(&house, &ada).await;
        let early = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await;
        assert_eq!(refused(early.map(drop)), locked_for(3, Some(at)));
        house.pass(1);
        let (one, two) = tokio::join!(app.carry_out_due_changes(), app.carry_out_due_changes());
        assert_eq!(one.expect("done") + two.expect("done"), 1, "of two nodes one does it");
        app.renew_recovery_codes(&visit, &inside, &fresh(&house, &ada)).await.expect("open again");
        let lock = app.lock_settings(&visit, &inside, 1, &fresh(&house, &ada)).await;
        lock.expect("locked anew");
        house.pass(2 * DAY);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0, "an old wish opens no new lock");
    })
    .await;
}

#[tokio::test]
async fn a_link_on_every_channel_cancels_what_waits_once() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, visit, inside) = locked(&house).await;
        let app = &house.app;
        app.ask_settings_unlock(&visit, &inside, &fresh(&house, &ada)).await.expect("asked");
        let link = cancel_link(&house).await;
        let found = app.find_waiting_by_link(&link).await.expect("read").expect("it waits");
        assert_eq!(found.kind, DelayedChange::SettingsLockOff);
        let stranger = house.visit([198, 51, 100, 3]);
        let (one, two) =
            tokio::join!(app.cancel_by_link(&stranger, &link), app.cancel_by_link(&stranger, &link));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert!(app.find_waiting_by_link(&link).await.expect("read").is_none());
        house.pass(4 * DAY);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
        let (visit, inside) = guest(&house, &ada).await;
        let still = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await;
        assert_eq!(refused(still.map(drop)), locked_for(3, None));
        assert!(house.letters().await.iter().any(|l| l.event.as_deref() == Some("delayed-change-cancelled")));
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_under_the_lock_waits_for_its_delay() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, ..) = locked(&house).await;
        let app = &house.app;
        let visit = house.visit([203, 0, 113, 9]);
        house.pass(60);
        let cookie = up_to_password(&house, &visit, &ada).await;
        let done = app.choose_reset_password(&visit, &cookie, &NEW.into()).await.expect("taken");
        let at = app.now().plus(Duration::from_secs(3 * DAY));
        assert_eq!((done.parked_until, done.hold_until), (Some(at), None));
        assert!(password_is(&house, &ada, PASSWORD).await, "the present one stays");
        let announced = house.letters().await;
        let parked = announced.iter().find(|l| l.event.as_deref() == Some("password-reset-parked"));
        assert!(parked.is_some_and(|letter| letter.cancel.is_some() && letter.link.is_some()));
        house.pass(3 * DAY - 1);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
        house.pass(1);
        assert_eq!(app.carry_out_due_changes().await.expect("done"), 1);
        assert!(password_is(&house, &ada, NEW).await);
        assert!(house.letters().await.iter().any(|l| l.kind == "password-reset"));
        let (visit, inside) = guest(&house, &ada).await;
        let standing = app.protection(&visit, &inside).await.expect("read").standing;
        assert_eq!(
            standing.hold_until,
            Some(app.now().plus(Duration::from_secs(DAY))),
            "its hold begins now"
        );
        assert!(standing.settings_lock.is_some(), "and the lock is still on");
    })
    .await;
}

#[tokio::test]
async fn a_reset_that_waits_is_void_when_the_account_was_frozen_meanwhile_and_cancelled_by_its_link() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, ..) = locked(&house).await;
        let app = &house.app;
        let visit = house.visit([203, 0, 113, 9]);
        house.pass(60);
        let cookie = up_to_password(&house, &visit, &ada).await;
        app.choose_reset_password(&visit, &cookie, &NEW.into()).await.expect("taken");
        let (inside_visit, inside) = guest(&house, &ada).await;
        app.freeze_own(&inside_visit, &inside).await.expect("frozen");
        house.pass(4 * DAY);
        app.carry_out_due_changes().await.expect("looked");
        assert!(password_is(&house, &ada, PASSWORD).await);
        app.unfreeze_by_operator(ada.account).await.expect("lifted");
        let cookie = up_to_password(&house, &visit, &ada).await;
        app.choose_reset_password(&visit, &cookie, &NEW.into()).await.expect("taken");
        let link = cancel_link(&house).await;
        app.cancel_by_link(&visit, &link).await.expect("cancelled");
        house.pass(4 * DAY);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
        assert!(password_is(&house, &ada, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn the_address_book_goes_off_after_48_hours_and_comes_back_at_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (visit, inside) = guest(&house, &ada).await;
        let app = &house.app;
        let off = Choices { every_entry: false, bind_network: false, address_book: false };
        let on = Choices { address_book: true, ..off };
        let choose = async |choices: Choices| {
            let (visit, inside) = guest(&house, &ada).await;
            let code = fresh(&house, &ada);
            app.choose_protection(&visit, &inside, choices, &code).await.expect("chosen")
        };
        let at = choose(off).await.address_book_off_at;
        assert_eq!(at, Some(app.now().plus(Duration::from_secs(2 * DAY))));
        assert_eq!(choose(off).await.address_book_off_at, None, "a second wish begins no second wait");
        let view = app.protection(&visit, &inside).await.expect("read");
        assert!(view.choices.address_book && view.waiting[0].takes_effect_at == at.expect("a time"));
        house.pass(2 * DAY - 31);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
        house.pass(1);
        assert_eq!(app.carry_out_due_changes().await.expect("done"), 1);
        assert!(!app.protection(&visit, &inside).await.expect("read").choices.address_book);
        choose(on).await;
        assert!(app.protection(&visit, &inside).await.expect("read").choices.address_book);
        choose(off).await;
        choose(on).await;
        house.pass(3 * DAY);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0, "taken back");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_cannot_be_carried_out_holds_no_other_up() {
    on_both(async |db| {
        let house = House::open(db);
        let app = &house.app;
        let (ada, bob) = (house.customer(ADA).await, house.customer("bob@example.org").await);
        let (id, at) = (ChangeId::from_parts(app.now(), [6; 16]), app.now());
        let account = ada.account;
        let spoilt = app.db.write("letting a spoilt change wait for a test", move |tx| {
            Box::pin(async move {
                let new = NewDelayedChange {
                    id,
                    account_id: account,
                    kind: DelayedChange::AddressBookOff,
                    credential_version: 1,
                    cancel_hash: &TokenHash::from_bytes([6; 32]),
                    sealed: Some(b"nobody opens this"),
                    takes_effect_at: at,
                };
                record_delayed_change(tx, &new, at).await
            })
        });
        assert!(spoilt.await.map_err(|fault: StoreFault| fault).expect("written"));
        let (visit, inside) = guest(&house, &bob).await;
        app.lock_settings(&visit, &inside, 1, &fresh(&house, &bob)).await.expect("locked");
        app.ask_settings_unlock(&visit, &inside, &fresh(&house, &bob)).await.expect("asked");
        house.pass(DAY);
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 1, "the other one");
        assert_eq!(app.carry_out_due_changes().await.expect("looked"), 0);
    })
    .await;
}
