//! Trading password, phrases, notices of entries and binding to a network, on both databases.

use std::net::IpAddr;
use std::time::Duration;

use doorward_app::protection::Choices;
use doorward_app::session::SessionEnded;
use doorward_app::{Customer as Inside, Visit};
use doorward_domain::action::Action;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::{ActionRefused, TradingPasswordState};
use doorward_domain::phrase::{Phrase, PhrasePlace, Phrases};
use doorward_domain::sign_in::SignInStep;
use doorward_domain::step_up::{Factor, StepUpRefused};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::trading_password::{TradingPasswordRefused, TradingRefused, WeakDigits};
use doorward_store::testing::on_both;

use crate::browser::Browser;
use crate::house::{Customer, House, PASSWORD};
use crate::inside::enter;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const DIGITS: &str = "482917";
const OTHERS: &str = "730594";
const HOUR: u64 = 3_600;

struct Guest {
    visit: Visit,
    session: Token,
    inside: Inside,
}

async fn guest(house: &House, customer: &Customer) -> Guest {
    let visit = house.visit([203, 0, 113, 1]);
    let (session, inside) = enter(house, customer, &visit, Factor::Totp).await;
    Guest { visit, session, inside }
}

/// A code of the app that was not used yet.
fn fresh(house: &House, customer: &Customer) -> String {
    house.pass(30);
    house.totp(customer, 0)
}

async fn set(
    house: &House,
    ada: &Customer,
    guest: &Guest,
    present: &str,
    new: &str,
) -> Result<Option<Timestamp>, TradingRefused> {
    let code = fresh(house, ada);
    let app = &house.app;
    let set =
        app.set_trading_password(&guest.visit, &guest.inside, &present.into(), &new.into(), &code).await;
    set.map(|changed| changed.hold_until).map_err(|failure| refused::<(), _>(Err(failure)))
}

async fn prove(house: &House, guest: &Guest, typed: &str) -> Result<(), TradingRefused> {
    let proved = house.app.prove_trading_password(&guest.visit, &guest.inside, &typed.into()).await;
    proved.map(drop).map_err(|failure| refused::<(), _>(Err(failure)))
}

#[tokio::test]
async fn a_trading_password_is_set_proved_and_changed_and_only_the_change_starts_a_hold() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        let app = &house.app;
        let missing = refused(app.may(&guest.visit, &guest.inside, Action::Withdraw).await);
        assert_eq!(missing, ActionRefused::TradingPasswordMissing);
        assert_eq!(prove(&house, &guest, DIGITS).await, Err(TradingRefused::Missing));
        assert_eq!(set(&house, &ada, &guest, "", DIGITS).await, Ok(None), "the first of an empty account");
        app.may(&guest.visit, &guest.inside, Action::Withdraw).await.expect("nothing stands before it");
        assert_eq!(prove(&house, &guest, DIGITS).await, Ok(()));
        assert_eq!(prove(&house, &guest, "48291").await, Err(TradingRefused::NotSixDigits));
        assert_eq!(
            set(&house, &ada, &guest, OTHERS, OTHERS).await,
            Err(TradingRefused::Wrong { tries_left: 4 })
        );
        assert_eq!(set(&house, &ada, &guest, DIGITS, DIGITS).await, Err(TradingRefused::Same));
        let until = set(&house, &ada, &guest, DIGITS, OTHERS).await.expect("changed");
        assert_eq!(until, Some(app.now().plus(Duration::from_secs(24 * HOUR))));
        assert!(matches!(prove(&house, &guest, DIGITS).await, Err(TradingRefused::Wrong { .. })));
        let held = refused(app.may(&guest.visit, &guest.inside, Action::Withdraw).await);
        assert!(matches!(held, ActionRefused::Held { until: end, .. } if Some(end) == until));
        app.may(&guest.visit, &guest.inside, Action::Sell).await.expect("selling does not leave");
        let events: Vec<_> = house.letters().await.into_iter().filter_map(|letter| letter.event).collect();
        assert_eq!(events, ["trading-password-set", "trading-password-changed"]);
    })
    .await;
}

#[tokio::test]
async fn a_weak_choice_is_refused_with_its_reason_and_spends_no_code() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        let (app, code) = (&house.app, house.totp(&ada, 0));
        for (typed, reason) in [
            ("000000", TradingPasswordRefused::Weak(WeakDigits::Pattern)),
            ("123456", TradingPasswordRefused::Weak(WeakDigits::Run)),
            ("240689", TradingPasswordRefused::Weak(WeakDigits::Date)),
            ("1234", TradingPasswordRefused::NotSixDigits),
        ] {
            let set =
                app.set_trading_password(&guest.visit, &guest.inside, &"".into(), &typed.into(), &code).await;
            assert_eq!(refused(set), TradingRefused::Choice(reason), "{typed}");
        }
        let weak = ada.recovery_codes[0].clone();
        let set =
            app.set_trading_password(&guest.visit, &guest.inside, &"".into(), &DIGITS.into(), &weak).await;
        let too_weak = ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Totp });
        assert_eq!(refused(set), TradingRefused::Change(too_weak));
        app.set_trading_password(&guest.visit, &guest.inside, &"".into(), &DIGITS.into(), &code)
            .await
            .expect("the code is still good");
    })
    .await;
}

#[tokio::test]
async fn five_wrong_trading_passwords_close_it_for_two_hours_even_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        set(&house, &ada, &guest, "", DIGITS).await.expect("set");
        house.letters().await;
        let tries = (0..8).map(|_| prove(&house, &guest, OTHERS));
        let told = crate::change::futures_of(tries).await;
        let compared = told.iter().filter(|told| matches!(told, Err(TradingRefused::Wrong { .. }))).count();
        assert_eq!(compared, 4, "the fifth closes it: {told:?}");
        let until = house.app.now().plus(Duration::from_secs(2 * HOUR));
        assert_eq!(prove(&house, &guest, DIGITS).await, Err(TradingRefused::Locked { until }));
        let standing = house.app.protection(&guest.visit, &guest.inside).await.expect("read").standing;
        assert_eq!(standing.trading_password, TradingPasswordState::Locked { until });
        assert!(house.letters().await.iter().any(|l| l.event.as_deref() == Some("trading-password-locked")));
        house.pass(2 * HOUR);
        let again = guest_again(&house, &ada).await;
        assert_eq!(prove(&house, &again, DIGITS).await, Ok(()));
        assert_eq!(prove(&house, &again, OTHERS).await, Err(TradingRefused::Wrong { tries_left: 4 }));
    })
    .await;
}

async fn guest_again(house: &House, ada: &Customer) -> Guest {
    guest(house, ada).await
}

#[tokio::test]
async fn a_hundred_wrong_ones_in_a_row_disable_it_until_it_is_replaced() {
    on_both(async |db| {
        let house = House::with(db, |policy| {
            policy.trading_password.disable_after = 7;
            policy.trading_password.lock_after = 5;
        });
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        set(&house, &ada, &guest, "", DIGITS).await.expect("set");
        for _ in 0..5 {
            prove(&house, &guest, OTHERS).await.expect_err("wrong");
        }
        house.pass(2 * HOUR);
        prove(&house, &guest, OTHERS).await.expect_err("wrong");
        assert_eq!(prove(&house, &guest, OTHERS).await, Err(TradingRefused::Disabled));
        assert_eq!(prove(&house, &guest, DIGITS).await, Err(TradingRefused::Disabled));
        let again = guest_again(&house, &ada).await;
        let denied = refused(house.app.may(&again.visit, &again.inside, Action::Withdraw).await);
        assert_eq!(denied, ActionRefused::TradingPasswordDisabled);
        assert_eq!(set(&house, &ada, &again, DIGITS, OTHERS).await, Err(TradingRefused::Disabled));
        house.app.ask_trading_code(&again.visit, &again.inside).await.expect("a code is sent");
        let (mailed, code) = (house.code_for(ADA).await, fresh(&house, &ada));
        let replaced = house
            .app
            .replace_trading_password(&again.visit, &again.inside, &mailed, &OTHERS.into(), &code)
            .await
            .expect("replaced");
        assert!(replaced.hold_until.is_some());
        assert_eq!(prove(&house, &again, OTHERS).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_trading_password_takes_a_factor_and_a_code_of_this_session() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        let app = &house.app;
        let ask = || app.ask_trading_code(&guest.visit, &guest.inside);
        assert_eq!(refused(ask().await), TradingRefused::Missing);
        set(&house, &ada, &guest, "", DIGITS).await.expect("set");
        ask().await.expect("sent");
        let mailed = house.code_for(ADA).await;
        assert!(matches!(refused(ask().await), TradingRefused::Resend(_)), "a moment ago");
        let replace = async |who: &Guest, mailed: &str, code: String| {
            let new = OTHERS.into();
            app.replace_trading_password(&who.visit, &who.inside, mailed, &new, &code).await
        };
        let wrong = house.wrong_totp(&ada);
        let told = refused(replace(&guest, &mailed, wrong).await);
        assert_eq!(told, TradingRefused::Change(ChangeRefused::WrongFactor));
        let other = guest_again(&house, &ada).await;
        let told = refused(replace(&other, &mailed, fresh(&house, &ada)).await);
        assert!(matches!(told, TradingRefused::Code(_)), "another session's code: {told:?}");
        let no_code = if mailed == "000000" { "000001" } else { "000000" };
        let told = refused(replace(&guest, no_code, fresh(&house, &ada)).await);
        assert!(matches!(told, TradingRefused::Code(_)));
        let replaced = replace(&guest, &mailed, fresh(&house, &ada)).await.expect("replaced");
        assert_eq!(replaced.hold_until, Some(app.now().plus(Duration::from_secs(24 * HOUR))));
        assert_eq!(prove(&house, &guest, OTHERS).await, Ok(()));
        let told = refused(replace(&guest, &mailed, fresh(&house, &ada)).await);
        assert!(matches!(told, TradingRefused::Code(_)), "a code is good once");
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_worth_nothing_after_the_trading_password_was_changed() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        set(&house, &ada, &guest, "", DIGITS).await.expect("set");
        let app = &house.app;
        let proof =
            app.prove_trading_password(&guest.visit, &guest.inside, &DIGITS.into()).await.expect("right");
        let holds = async || {
            let app = app.clone();
            let write = house.app.db.write("asking for a test", move |tx| {
                Box::pin(async move { app.trading_proof_holds_in(tx, &proof).await })
            });
            write.await.map_err(|fault: doorward_store::StoreFault| fault).expect("read")
        };
        assert!(holds().await);
        set(&house, &ada, &guest, DIGITS, OTHERS).await.expect("changed");
        assert!(!holds().await);
    })
    .await;
}

#[tokio::test]
async fn the_sign_in_phrase_is_shown_to_a_known_device_alone_and_is_sealed_at_rest() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        let guest = guest(&house, &ada).await;
        let phrases = Phrases::parse("blue teapot", "quiet river", "seven lanterns").expect("phrases");
        let code = fresh(&house, &ada);
        house.app.choose_phrases(&guest.visit, &guest.inside, &phrases, &code).await.expect("chosen");
        known.begin(ADA);
        let view = known.view().await.expect("a page");
        let shown = house.app.sign_in_phrase(&view).await.expect("read");
        assert_eq!(shown.as_ref().map(Phrase::as_str), Some("quiet river"));
        let mut unknown = Browser::new(&house, [203, 0, 113, 8]);
        unknown.begin(ADA);
        let view = unknown.view().await.expect("a page");
        assert_eq!(house.app.sign_in_phrase(&view).await.expect("read"), None);
        let shown = house.app.withdrawal_phrase(&guest.inside).await.expect("read");
        assert_eq!(shown.as_ref().map(Phrase::as_str), Some("seven lanterns"));
        let stored = doorward_store::protection::find_protection(&house.app.db, ada.account).await;
        let sealed = stored.expect("read").expect("an account").phrases.expect("phrases");
        assert!(!String::from_utf8_lossy(&sealed).contains("teapot"));
        let used = house.app.choose_phrases(&guest.visit, &guest.inside, &Phrases::default(), &code).await;
        assert_eq!(refused(used), ChangeRefused::FactorAlreadyUsed);
        let code = fresh(&house, &ada);
        house
            .app
            .choose_phrases(&guest.visit, &guest.inside, &Phrases::default(), &code)
            .await
            .expect("none");
        assert_eq!(house.app.phrase(ada.account, PhrasePlace::Mail).await.expect("read"), None);
    })
    .await;
}

async fn choose(house: &House, ada: &Customer, guest: &Guest, choices: Choices) {
    let code = fresh(house, ada);
    house.app.choose_protection(&guest.visit, &guest.inside, choices, &code).await.expect("chosen");
}

const CHOICES: Choices = Choices { every_entry: false, bind_network: false, address_book: true };

#[tokio::test]
async fn who_wants_to_hear_of_each_entry_does_and_nobody_hears_of_less_than_new_devices() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let mut known = Browser::new(&house, [203, 0, 113, 7]);
        known.enter(&ada).await;
        let guest = guest(&house, &ada).await;
        assert!(house.letters().await.iter().any(|l| l.kind == "new-sign-in"), "the default");
        known.enter(&ada).await;
        assert!(house.letters().await.is_empty(), "a known device is not told by itself");
        choose(&house, &ada, &guest, Choices { every_entry: true, ..CHOICES }).await;
        known.enter(&ada).await;
        let told = |letters: Vec<crate::house::Letter>| {
            letters.into_iter().filter_map(|l| l.event).filter(|event| event == "entered-again").count()
        };
        assert_eq!(told(house.letters().await), 1);
        choose(&house, &ada, &guest, CHOICES).await;
        known.enter(&ada).await;
        let mut new = Browser::new(&house, [203, 0, 113, 70]);
        assert_eq!(new.up_to_access(&ada).await, Ok(SignInStep::Access));
        new.access().await.expect("in");
        let letters = house.letters().await;
        assert!(letters.iter().any(|l| l.kind == "new-sign-in"));
        assert_eq!(told(letters), 0);
    })
    .await;
}

#[tokio::test]
async fn a_bound_session_ends_when_a_request_comes_from_another_network() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        let app = &house.app;
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let (home, near, away) = (address("203.0.113.1"), address("203.0.113.200"), address("198.51.100.1"));
        app.admit_session(&guest.session, away, false).await.expect("not bound by itself");
        choose(&house, &ada, &guest, Choices { bind_network: true, ..CHOICES }).await;
        app.heartbeat().await.expect("word");
        for _ in 0..2 {
            app.admit_session(&guest.session, home, false).await.expect("at home");
            app.admit_session(&guest.session, near, false).await.expect("the same /24");
        }
        let told = refused(app.admit_session(&guest.session, away, false).await.map(drop));
        assert_eq!(told, SessionEnded::OtherNetwork);
        let told = refused(app.admit_session(&guest.session, home, false).await.map(drop));
        assert_eq!(told, SessionEnded::Ended, "it is over at home as well");
        let since = Timestamp::from_seconds(0);
        let kind = AuditKind::NetworkChanged;
        let noted = doorward_store::audit::count_audit(&app.db, ada.account, kind, since, 10).await;
        assert_eq!(noted.expect("read"), 1);
    })
    .await;
}

#[tokio::test]
async fn the_guard_at_a_glance_knows_the_hold_within_a_heartbeat() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let guest = guest(&house, &ada).await;
        let (app, network) = (&house.app, guest.visit.network);
        app.heartbeat().await.expect("word");
        let glance = async || app.admit_session(&guest.session, network, false).await.expect("in");
        let (inside, before) = glance().await;
        app.may_at_a_glance(network, &inside, &before, Action::Withdraw).expect("no hold");
        let code = fresh(&house, &ada);
        let (old, new) = (PASSWORD.into(), "violet-Harbour-93-compass".into());
        let changed = app.change_password(&guest.visit, &guest.inside, &old, &new, &code).await;
        let until = changed.expect("changed").hold_until.expect("a hold");
        app.heartbeat().await.expect("word");
        let (inside, after) = glance().await;
        assert_eq!(after.hold_until(), Some(until));
        assert!(app.may_at_a_glance(network, &inside, &after, Action::Withdraw).is_err());
        app.may_at_a_glance(network, &inside, &after, Action::View).expect("looking is open");
    })
    .await;
}
