//! The forgotten password, whole and refused, on both databases.

use doorward_app::Visit;
use doorward_app::failure::Failure;
use doorward_app::human_check::HumanCheckPurpose;
use doorward_app::session::SessionEnded;
use doorward_domain::password::PasswordRefused;
use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::step_up::Factor;
use doorward_domain::token::Token;
use doorward_store::testing::on_both;

use crate::house::{Customer, House};
use crate::inside::{enter, password_is};
use crate::sign_up::{human, refused};

const ADA: &str = "ada@example.org";
const NEW: &str = "violet-Harbour-93-compass";

pub(crate) async fn ask(
    house: &House,
    visit: &Visit,
    identifier: &str,
) -> Result<String, Failure<ResetRefused>> {
    let answer = human(house, visit, HumanCheckPurpose::Reset);
    house.app.ask_reset(visit, identifier, None, Some(&answer)).await.map(|moved| {
        assert_eq!(moved.step, ResetStep::ChannelProof);
        moved.cookie
    })
}

/// Asks and proves the channel by the code.
async fn up_to_factor(house: &House, visit: &Visit) -> String {
    let cookie = ask(house, visit, ADA).await.expect("asked");
    let code = house.code_for(ADA).await;
    let moved = house.app.give_reset_code(visit, &cookie, &code).await.expect("the right code");
    assert_eq!(moved.step, ResetStep::SecondFactor);
    moved.cookie
}

pub(crate) async fn up_to_password(house: &House, visit: &Visit, customer: &Customer) -> String {
    let cookie = up_to_factor(house, visit).await;
    let typed = house.totp(customer, 0);
    let moved = house.app.give_reset_factor(visit, &cookie, &typed).await.expect("the right factor");
    assert_eq!(moved.step, ResetStep::Password);
    moved.cookie
}

#[tokio::test]
async fn a_reset_replaces_the_password_ends_everything_and_opens_nothing() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (session, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let before = doorward_store::account::find_account(&house.app.db, ada.account).await;
        let cookie = up_to_password(&house, &visit, &ada).await;
        let app = &house.app;
        let weak = refused(app.choose_reset_password(&visit, &cookie, &"short".into()).await);
        assert_eq!(weak, ResetRefused::Password(PasswordRefused::TooShort { minimum: 10 }));
        let done = app.choose_reset_password(&visit, &cookie, &NEW.into()).await.expect("replaced");
        assert_eq!(done.hold_until, Some(app.now().plus(std::time::Duration::from_secs(86_400))));
        assert_eq!(refused(app.authenticate(&session).await), SessionEnded::Ended);
        let devices = doorward_store::device::list_devices(&app.db, ada.account, app.now()).await;
        assert!(devices.expect("read").is_empty(), "no device stays known");
        let view = app.show_account(ada.account).await.expect("an account");
        assert_eq!(view.sessions, 0, "and no session was made");
        assert_eq!(view.hold_until, done.hold_until);
        assert!(password_is(&house, &ada, NEW).await);
        let after = doorward_store::account::find_account(&app.db, ada.account).await;
        let version = |found: Result<Option<doorward_domain::account::Account>, _>| {
            found
                .map_err(|_: doorward_store::StoreFault| ())
                .expect("read")
                .expect("an account")
                .credential_version
        };
        assert!(version(after) > version(before), "sign-ins in progress are worth nothing");
        let letters = house.letters().await;
        assert!(letters.iter().any(|l| l.kind == "password-reset" && l.to == ADA && l.link.is_some()));
        assert_eq!(
            refused(app.choose_reset_password(&visit, &cookie, &NEW.into()).await),
            ResetRefused::Ended
        );
    })
    .await;
}

#[tokio::test]
async fn everybody_sees_the_same_page_and_only_an_owner_gets_mail() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let (one, other) = (house.visit([203, 0, 113, 1]), house.visit([203, 0, 113, 2]));
        let known = ask(&house, &one, ADA).await.expect("asked");
        let unknown = ask(&house, &other, "eve@example.org").await.expect("asked all the same");
        assert_eq!(known.len(), unknown.len());
        let letters = house.letters().await;
        assert_eq!(letters.iter().map(|l| l.to.as_str()).collect::<Vec<_>>(), [ADA]);
        assert!(letters[0].code.is_some() && letters[0].link.is_some());
        let app = &house.app;
        for _ in 0..2 {
            let a = refused(app.give_reset_code(&one, &known, "000000").await);
            let b = refused(app.give_reset_code(&other, &unknown, "000000").await);
            assert_eq!(a, b);
        }
        house.pass(61);
        app.resend_reset_code(&one, &known).await.expect("sent");
        app.resend_reset_code(&other, &unknown).await.expect("looks sent");
        assert_eq!(house.letters().await.len(), 1);
        let (a, b) = (app.show_reset(&one, &known).await, app.show_reset(&other, &unknown).await);
        let (a, b) = (a.expect("a view"), b.expect("a view"));
        assert_eq!((a.step, a.channel, a.resend_at), (b.step, b.channel, b.resend_at));
        assert_eq!(a.identifier_masked, "a•••@example.org");
    })
    .await;
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_and_its_button_works_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (asked_in, opened_in) = (house.visit([203, 0, 113, 1]), house.visit([198, 51, 100, 9]));
        ask(&house, &asked_in, ADA).await.expect("asked");
        let link = house.letters().await.pop().and_then(|l| l.link).expect("a link");
        let link = Token::parse(&link).expect("a token");
        let app = &house.app;
        for _ in 0..3 {
            assert!(app.is_reset_link_good(&link).await.expect("read"));
        }
        let (one, two) =
            tokio::join!(app.open_reset_link(&opened_in, &link), app.open_reset_link(&asked_in, &link));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert!(!app.is_reset_link_good(&link).await.expect("read"));
        let (visit, moved) =
            if let Ok(moved) = one { (&opened_in, moved) } else { (&asked_in, two.expect("one")) };
        let typed = house.totp(&ada, 0);
        let moved = app.give_reset_factor(visit, &moved.cookie, &typed).await.expect("the right factor");
        app.choose_reset_password(visit, &moved.cookie, &NEW.into()).await.expect("replaced");
        assert_eq!(refused(app.open_reset_link(&asked_in, &link).await), ResetRefused::Ended);
        assert!(!app.is_reset_link_good(&Token::from_random([9; 32])).await.expect("read"));
    })
    .await;
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        ask(&house, &visit, ADA).await.expect("asked");
        let link = house.letters().await.pop().and_then(|l| l.link).expect("a link");
        let link = Token::parse(&link).expect("a token");
        house.pass(60 * 60);
        assert!(!house.app.is_reset_link_good(&link).await.expect("read"));
        assert_eq!(refused(house.app.open_reset_link(&visit, &link).await), ResetRefused::Ended);
    })
    .await;
}

#[tokio::test]
async fn no_password_is_replaced_without_a_second_factor() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let app = &house.app;
        let cookie = ask(&house, &visit, ADA).await.expect("asked");
        let told = refused(app.choose_reset_password(&visit, &cookie, &NEW.into()).await);
        assert_eq!(told, ResetRefused::OtherStep { asked: ResetStep::ChannelProof });
        assert_eq!(refused(app.give_reset_factor(&visit, &cookie, "000000").await), told);
        let code = house.code_for(ADA).await;
        let cookie = app.give_reset_code(&visit, &cookie, &code).await.expect("right").cookie;
        let told = refused(app.choose_reset_password(&visit, &cookie, &NEW.into()).await);
        assert_eq!(told, ResetRefused::OtherStep { asked: ResetStep::SecondFactor });
        let stranger = house.visit([203, 0, 113, 1]);
        assert_eq!(refused(app.show_reset(&stranger, &cookie).await), ResetRefused::NotBegun);
    })
    .await;
}

#[tokio::test]
async fn several_resets_never_void_each_other() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (one, two) = (house.visit([203, 0, 113, 1]), house.visit([198, 51, 100, 1]));
        let first = ask(&house, &one, ADA).await.expect("asked");
        let first_code = house.code_for(ADA).await;
        house.pass(61);
        let second = ask(&house, &two, ADA).await.expect("asked again by somebody else");
        let second_code = house.code_for(ADA).await;
        let app = &house.app;
        if first_code != second_code {
            assert!(
                app.give_reset_code(&two, &second, &first_code).await.is_err(),
                "a code belongs to its browser"
            );
        }
        let first = app.give_reset_code(&one, &first, &first_code).await.expect("still good").cookie;
        app.give_reset_code(&two, &second, &second_code).await.expect("good as well");
        let typed = house.totp(&ada, 0);
        let first = app.give_reset_factor(&one, &first, &typed).await.expect("right").cookie;
        app.choose_reset_password(&one, &first, &NEW.into()).await.expect("replaced");
    })
    .await;
}

#[tokio::test]
async fn the_second_factor_of_a_reset_stands_under_the_limits_of_every_other_way() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let app = &house.app;
        let mut wrong_tries = 0;
        for round in 0..2_u8 {
            let visit = house.visit([203, 0, 113, round]);
            let cookie = up_to_factor(&house, &visit).await;
            for tries_left in [4, 3, 2, 1] {
                let told = refused(app.give_reset_factor(&visit, &cookie, &house.wrong_totp(&ada)).await);
                assert_eq!(told, ResetRefused::WrongFactor { tries_left });
                wrong_tries += 1;
            }
            let told = refused(app.give_reset_factor(&visit, &cookie, &house.wrong_totp(&ada)).await);
            assert_eq!(told, ResetRefused::TooManyWrongFactors);
            wrong_tries += 1;
            assert_eq!(refused(app.give_reset_factor(&visit, &cookie, "000000").await), ResetRefused::Ended);
            house.pass(61);
        }
        let totp =
            doorward_store::totp::find_totp(&app.db, ada.account).await.expect("read").expect("an app");
        assert_eq!(totp.failures, wrong_tries, "each try counts on the authenticator, across resets");
        let visit = house.visit([203, 0, 113, 9]);
        let cookie = up_to_factor(&house, &visit).await;
        let told = refused(app.give_reset_factor(&visit, &cookie, &house.totp(&ada, 0)).await);
        assert!(
            matches!(told, ResetRefused::FactorLocked { .. }),
            "after ten in a row even the right one: {told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn one_factor_code_opens_one_reset_even_at_the_same_moment() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (one, two) = (house.visit([203, 0, 113, 1]), house.visit([198, 51, 100, 1]));
        let first = up_to_factor(&house, &one).await;
        house.pass(61);
        let second = up_to_factor(&house, &two).await;
        let (app, typed) = (&house.app, house.totp(&ada, 0));
        let (a, b) = tokio::join!(
            app.give_reset_factor(&one, &first, &typed),
            app.give_reset_factor(&two, &second, &typed)
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_serves_once_and_its_use_is_announced() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = up_to_factor(&house, &visit).await;
        let app = &house.app;
        let typed = ada.recovery_codes[0].to_lowercase();
        let cookie = app.give_reset_factor(&visit, &cookie, &typed).await.expect("a recovery code").cookie;
        assert!(house.letters().await.iter().any(|l| l.kind == "recovery-code-used"));
        app.choose_reset_password(&visit, &cookie, &NEW.into()).await.expect("replaced");
        house.pass(61);
        let cookie = up_to_factor(&house, &visit).await;
        let told = refused(app.give_reset_factor(&visit, &cookie, &typed).await);
        assert_eq!(told, ResetRefused::WrongFactor { tries_left: 4 });
    })
    .await;
}

#[tokio::test]
async fn resets_have_their_limits() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        for identifier in [ADA, "nobody@example.org"] {
            let (one, two) = (house.visit([203, 0, 113, 1]), house.visit([198, 51, 100, 1]));
            ask(&house, &one, identifier).await.expect("the first");
            let told = refused(ask(&house, &two, identifier).await);
            assert!(matches!(told, ResetRefused::Throttled { .. }), "{identifier}: one a minute");
        }
        let crowd = house.visit([192, 0, 2, 7]);
        for number in 0..10 {
            ask(&house, &crowd, &format!("n{number}@example.org")).await.expect("within the limit");
        }
        let told = refused(ask(&house, &crowd, "n10@example.org").await);
        assert!(matches!(told, ResetRefused::Throttled { .. }), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn the_last_recovery_code_renews_them_also_in_a_reset() {
    on_both(async |db| {
        let house = House::with(db, |policy| policy.recovery.lock_after = 100);
        let ada = house.customer(ADA).await;
        let app = &house.app;
        let (account, now) = (ada.account, app.now());
        let lookup = app.keys.hash(
            doorward_app::keys::KeyedHash::RecoveryCode,
            &[doorward_domain::recovery_code::RecoveryCode::parse(&ada.recovery_codes[0])
                .expect("a code")
                .as_bytes()],
        );
        app.db
            .write::<_, doorward_store::StoreFault, _>("leaving one code for a test", move |tx| {
                Box::pin(async move {
                    doorward_store::recovery_code::renew_recovery_codes(tx, account, &[lookup], now).await
                })
            })
            .await
            .expect("one code is left");
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = up_to_factor(&house, &visit).await;
        let moved =
            app.give_reset_factor(&visit, &cookie, &ada.recovery_codes[0]).await.expect("the last code");
        let done = app.choose_reset_password(&visit, &moved.cookie, &NEW.into()).await.expect("replaced");
        let shown = done.recovery_codes.expect("a new set");
        assert_eq!(shown.codes.len(), 10);
        assert!(house.letters().await.iter().any(|l| l.kind == "recovery-codes-renewed"));
        house.pass(61);
        let cookie = up_to_factor(&house, &visit).await;
        app.give_reset_factor(&visit, &cookie, &shown.codes[3]).await.expect("a new code opens");
    })
    .await;
}
