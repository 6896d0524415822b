//! Changes of what guards an account, whole and refused, on both databases.

use std::time::Duration;

use doorward_app::failure::Failure;
use doorward_app::session::SessionEnded;
use doorward_domain::change::ChangeRefused;
use doorward_domain::password::PasswordRefused;
use doorward_domain::step_up::{Factor, StepUpRefused};
use doorward_domain::totp::TotpSecret;
use doorward_store::testing::on_both;

use crate::house::{House, PASSWORD};
use crate::inside::{enter, password_is};
use crate::sign_up::{code_now, refused};

const ADA: &str = "ada@example.org";
const NEW: &str = "violet-Harbour-93-compass";
const HOUR: u64 = 3_600;

#[tokio::test]
async fn a_changed_password_ends_other_sessions_starts_a_hold_and_is_announced() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (other, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (own, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let typed = house.totp(&ada, 0);
        let changed = app.change_password(&visit, &inside, &PASSWORD.into(), &NEW.into(), &typed).await;
        let changed = changed.expect("changed");
        assert_eq!(changed.hold_until, Some(app.now().plus(Duration::from_secs(24 * HOUR))));
        assert!(password_is(&house, &ada, NEW).await && !password_is(&house, &ada, PASSWORD).await);
        assert_eq!(refused(app.authenticate(&other).await), SessionEnded::Ended);
        app.authenticate(&own).await.expect("the own session stays");
        assert!(house.letters().await.iter().any(|l| l.kind == "password-changed" && l.link.is_some()));
        let again = app.change_password(&visit, &inside, &NEW.into(), &PASSWORD.into(), &typed).await;
        assert_eq!(refused(again), ChangeRefused::FactorAlreadyUsed, "a proof is spent by its action");
    })
    .await;
}

#[tokio::test]
async fn what_the_rules_refuse_spends_no_code() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (app, typed) = (&house.app, house.totp(&ada, 0));
        let change = |current: &'static str, new: &'static str, factor: String| {
            let (visit, app) = (visit.clone(), app.clone());
            async move { app.change_password(&visit, &inside, &current.into(), &new.into(), &factor).await }
        };
        assert_eq!(
            refused(change("wrong-password-1", NEW, typed.clone()).await),
            ChangeRefused::WrongPassword
        );
        assert_eq!(refused(change("", NEW, typed.clone()).await), ChangeRefused::WrongPassword);
        let short = ChangeRefused::Password(PasswordRefused::TooShort { minimum: 10 });
        assert_eq!(refused(change(PASSWORD, "short", typed.clone()).await), short);
        assert_eq!(refused(change(PASSWORD, PASSWORD, typed.clone()).await), ChangeRefused::SamePassword);
        let wrong = house.wrong_totp(&ada);
        assert_eq!(refused(change(PASSWORD, NEW, wrong).await), ChangeRefused::WrongFactor);
        assert!(password_is(&house, &ada, PASSWORD).await);
        change(PASSWORD, NEW, typed).await.expect("the code is still good");
    })
    .await;
}

#[tokio::test]
async fn a_stolen_session_is_no_place_to_guess_the_password() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let (wrong, new) = ("wrong-password-1".into(), NEW.into());
        let tries = (0..8).map(|_| app.change_password(&visit, &inside, &wrong, &new, "000000"));
        let told: Vec<_> = futures_of(tries).await.into_iter().map(refused).collect();
        let compared = told.iter().filter(|told| **told == ChangeRefused::WrongPassword).count();
        assert_eq!(compared, 5, "of eight parallel tries five are compared: {told:?}");
        assert!(told.iter().any(|told| matches!(told, ChangeRefused::Throttled { .. })));
        let right = app.change_password(&visit, &inside, &PASSWORD.into(), &new, &house.totp(&ada, 0)).await;
        assert!(matches!(refused(right), ChangeRefused::Throttled { .. }), "locked for the right one, too");
        house.pass(31);
        let right = app.change_password(&visit, &inside, &PASSWORD.into(), &new, &house.totp(&ada, 0)).await;
        right.expect("after the lock");
    })
    .await;
}

/// Runs futures of one kind at the same time.
pub(crate) async fn futures_of<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (place, result) in waiting.iter_mut().zip(&mut done) {
            if let Some(future) = place
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *result = Some(output);
                *place = None;
            }
        }
        if waiting.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().map(|result| result.expect("ready")).collect()
}

#[tokio::test]
async fn one_code_authorises_one_change_even_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (app, typed) = (&house.app, house.totp(&ada, 0));
        let (one, two) = tokio::join!(
            app.renew_recovery_codes(&visit, &inside, &typed),
            app.begin_totp_replacement(&visit, &inside, &typed)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    })
    .await;
}

#[tokio::test]
async fn renewed_recovery_codes_take_the_place_of_the_old_ones() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (own, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let shown = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await.expect("renewed");
        assert_eq!(shown.codes.len(), 10);
        assert_eq!(shown.identifier, "a•••@example.org");
        app.authenticate(&own).await.expect("the session stays");
        assert!(house.letters().await.iter().any(|l| l.kind == "recovery-codes-renewed"));
        house.pass(30);
        let old = app.begin_totp_replacement(&visit, &inside, &ada.recovery_codes[0]).await;
        assert_eq!(refused(old), ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Totp }));
        let (_, by_recovery) = enter(&house, &ada, &visit, Factor::RecoveryCode).await;
        let old = app.begin_totp_replacement(&visit, &by_recovery, &ada.recovery_codes[0]).await;
        assert_eq!(refused(old), ChangeRefused::WrongFactor, "an old code opens nothing");
        app.begin_totp_replacement(&visit, &by_recovery, &shown.codes[0]).await.expect("a new one does");
    })
    .await;
}

#[tokio::test]
async fn an_authenticator_is_replaced_by_proving_the_old_and_confirming_the_new_one() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (other, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (own, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let moved = app.begin_totp_replacement(&visit, &inside, &house.totp(&ada, 0)).await.expect("begun");
        let shown = app.show_totp_replacement(&visit, &inside, &moved.cookie).await.expect("an enrolment");
        let bytes =
            data_encoding::BASE32_NOPAD.decode(shown.secret.replace(' ', "").as_bytes()).expect("base32");
        let secret = TotpSecret::from_bytes(bytes.try_into().expect("20 bytes"));
        let wrong = app.confirm_totp_replacement(&visit, &inside, &moved.cookie, "000000").await;
        if code_now(app, &secret, 0) != "000000" {
            assert!(wrong.is_err());
        }
        let late = code_now(app, &secret, -8);
        let late = refused(app.confirm_totp_replacement(&visit, &inside, &moved.cookie, &late).await);
        assert_eq!(late, ChangeRefused::ClockOff { offset_steps: -8 });
        app.authenticate(&other).await.expect("until it is confirmed, nothing changes");
        let typed = code_now(app, &secret, 0);
        let changed =
            app.confirm_totp_replacement(&visit, &inside, &moved.cookie, &typed).await.expect("replaced");
        assert_eq!(changed.hold_until, Some(app.now().plus(Duration::from_secs(24 * HOUR))));
        assert_eq!(refused(app.authenticate(&other).await), SessionEnded::Ended);
        app.authenticate(&own).await.expect("the own session stays");
        let devices =
            doorward_store::device::list_devices(&app.db, ada.account, app.now()).await.expect("read");
        assert_eq!(devices.iter().map(|device| device.id).collect::<Vec<_>>(), [inside.device]);
        assert!(house.letters().await.iter().any(|l| l.kind == "totp-replaced"));
        let spent = app.renew_recovery_codes(&visit, &inside, &typed).await;
        assert_eq!(refused(spent), ChangeRefused::FactorAlreadyUsed, "the confirming code is spent");
        house.pass(60);
        let old = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await;
        assert_eq!(refused(old), ChangeRefused::WrongFactor, "the old app opens nothing");
        app.renew_recovery_codes(&visit, &inside, &code_now(app, &secret, 0))
            .await
            .expect("the new one does");
    })
    .await;
}

#[tokio::test]
async fn after_entry_by_recovery_code_another_one_replaces_the_lost_app_and_nothing_else() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::RecoveryCode).await;
        let (app, codes) = (&house.app, &ada.recovery_codes);
        let weak = ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Totp });
        assert_eq!(refused(app.renew_recovery_codes(&visit, &inside, &codes[1]).await), weak);
        let change = app.change_password(&visit, &inside, &PASSWORD.into(), &NEW.into(), &codes[1]).await;
        assert_eq!(refused(change), weak);
        let moved =
            app.begin_totp_replacement(&visit, &inside, &codes[1]).await.expect("not burnt by the refusals");
        let again = app.begin_totp_replacement(&visit, &inside, &codes[1]).await;
        assert_eq!(refused(again), ChangeRefused::WrongFactor, "a code is good once");
        let shown = app.show_totp_replacement(&visit, &inside, &moved.cookie).await.expect("an enrolment");
        let bytes =
            data_encoding::BASE32_NOPAD.decode(shown.secret.replace(' ', "").as_bytes()).expect("base32");
        let secret = TotpSecret::from_bytes(bytes.try_into().expect("20 bytes"));
        let typed = code_now(app, &secret, 0);
        let changed =
            app.confirm_totp_replacement(&visit, &inside, &moved.cookie, &typed).await.expect("replaced");
        assert_eq!(changed.hold_until, Some(app.now().plus(Duration::from_secs(48 * HOUR))));
        house.pass(30);
        let typed = code_now(app, &secret, 0);
        let changed = app.change_password(&visit, &inside, &PASSWORD.into(), &NEW.into(), &typed).await;
        changed.expect("the new app is strong enough");
        let hold = doorward_store::security_event::find_hold_end(&app.db, ada.account, app.now()).await;
        let longest = app.now().plus(Duration::from_secs(48 * HOUR - 30));
        assert_eq!(hold.expect("read"), Some(longest), "a later, shorter hold moves nothing earlier");
    })
    .await;
}

#[tokio::test]
async fn a_replacement_belongs_to_its_session_and_cannot_be_begun_without_proof() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, eve) = (house.customer(ADA).await, house.customer("eve@example.org").await);
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (_, second) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (_, stranger) = enter(&house, &eve, &visit, Factor::Totp).await;
        let app = &house.app;
        assert_eq!(
            refused(app.begin_totp_replacement(&visit, &inside, "").await),
            ChangeRefused::WrongFactor
        );
        let moved = app.begin_totp_replacement(&visit, &inside, &house.totp(&ada, 0)).await.expect("begun");
        for other in [&second, &stranger] {
            let told = refused(app.show_totp_replacement(&visit, other, &moved.cookie).await);
            assert_eq!(told, ChangeRefused::NotBegun);
            let told = app.confirm_totp_replacement(&visit, other, &moved.cookie, "000000").await;
            assert_eq!(refused(told), ChangeRefused::NotBegun);
        }
        app.cancel_totp_replacement(&visit, &inside, &moved.cookie).await.expect("cancelled");
        let told = refused(app.show_totp_replacement(&visit, &inside, &moved.cookie).await);
        assert_eq!(told, ChangeRefused::Ended);
        house.pass(30);
        let moved = app.begin_totp_replacement(&visit, &inside, &house.totp(&ada, 0)).await.expect("begun");
        house.pass(30 * 60);
        let told = refused(app.show_totp_replacement(&visit, &inside, &moved.cookie).await);
        assert_eq!(told, ChangeRefused::Expired);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_wrong_codes_disable_an_app_and_its_owner_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let mut disabled = false;
        for _ in 0..100 {
            match app.renew_recovery_codes(&visit, &inside, &house.wrong_totp(&ada)).await {
                Err(Failure::Refused(ChangeRefused::WrongFactor)) => {}
                other => panic!("{other:?}"),
            }
            house.pass(15 * 60);
            let totp =
                doorward_store::totp::find_totp(&app.db, ada.account).await.expect("read").expect("an app");
            disabled = totp.disabled_at.is_some();
        }
        assert!(disabled);
        let right = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await;
        assert_eq!(refused(right), ChangeRefused::FactorDisabled);
        assert!(house.letters().await.iter().any(|l| l.kind == "totp-disabled"));
    })
    .await;
}
