//! Passkeys whole and refused: added, used to enter, as second factor and as step-up, removed, and nothing else but them.

use std::time::Duration;

use doorward_app::change::Changed;
use doorward_app::session::SessionEnded;
use doorward_app::webauthn::Begun;
use doorward_app::webauthn::testing::SoftwareAuthenticator;
use doorward_app::{Customer as Inside, Visit};
use doorward_domain::change::ChangeRefused;
use doorward_domain::passkey::{CeremonyRefused, PasskeyRefused};
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_domain::step_up::{Factor, StepUpPurpose, StepUpRefused};
use doorward_domain::token::Token;
use doorward_store::Db;
use doorward_store::account::freeze_account;
use doorward_store::testing::on_both;

use crate::browser::{Browser, refusal};
use crate::house::{Customer, House, PASSWORD};
use crate::inside::enter;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";
pub(crate) const ORIGIN: &str = "https://entry.example";
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Adds a passkey, proved by this text.
pub(crate) async fn add(
    house: &House,
    visit: &Visit,
    inside: &Inside,
    key: &mut SoftwareAuthenticator,
    proof: &str,
) -> Changed {
    let app = &house.app;
    let moved = app.begin_passkey_addition(visit, inside, "A key", proof).await.expect("the proof is right");
    let shown = app.show_passkey_addition(visit, inside, &moved.cookie).await.expect("it is in progress");
    let answer = key.register(&shown.begun.options, &shown.begun.state);
    app.finish_passkey_addition(visit, inside, &moved.cookie, &answer).await.expect("the key is taken")
}

/// Somebody with a session and one device-bound passkey.
pub(crate) struct Owner {
    pub(crate) ada: Customer,
    pub(crate) visit: Visit,
    pub(crate) inside: Inside,
    pub(crate) session: Token,
    pub(crate) key: SoftwareAuthenticator,
}

pub(crate) async fn owner(house: &House) -> Owner {
    let ada = house.customer(ADA).await;
    let visit = house.visit([203, 0, 113, 1]);
    let (session, inside) = enter(house, &ada, &visit, Factor::Totp).await;
    let mut key = SoftwareAuthenticator::new(ORIGIN);
    add(house, &visit, &inside, &mut key, &house.totp(&ada, 0)).await;
    house.pass(60);
    Owner { ada, visit, inside, session, key }
}

fn signed(key: &mut SoftwareAuthenticator, begun: &Begun) -> String {
    key.assert(&begun.options, &begun.state)
}

pub(crate) async fn knock(
    house: &House,
    visit: &Visit,
    key: &mut SoftwareAuthenticator,
) -> Result<String, SignInRefused> {
    let begun = house.app.begin_passkey_sign_in(visit).expect("there are passkeys");
    let answer = signed(key, &begun);
    house.app.give_passkey(visit, &answer, None).await.map(|next| next.cookie).map_err(refusal)
}

/// Enters by a passkey.
pub(crate) async fn enter_by(
    house: &House,
    visit: &Visit,
    key: &mut SoftwareAuthenticator,
) -> (Token, Inside) {
    let cookie = knock(house, visit, key).await.expect("the key is right");
    let entered = house.app.access(visit, &cookie).await.expect("it enters");
    let inside = house.app.authenticate(&entered.session).await.expect("a session");
    (entered.session, inside)
}

pub(crate) async fn step_up(
    house: &House,
    inside: &Inside,
    purpose: StepUpPurpose,
    key: &mut SoftwareAuthenticator,
) -> String {
    let begun =
        house.app.begin_passkey_step_up(inside, purpose).await.expect("read").expect("there is a key");
    signed(key, &begun)
}

pub(crate) async fn kinds_of_letters(house: &House) -> Vec<String> {
    house.letters().await.into_iter().map(|letter| letter.kind).collect()
}

#[tokio::test]
async fn a_passkey_is_added_after_a_step_up_and_then_enters_alone() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (other, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (own, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let mut key = SoftwareAuthenticator::synced(ORIGIN);
        let changed = add(&house, &visit, &inside, &mut key, &house.totp(&ada, 0)).await;
        assert_eq!(changed.hold_until, Some(house.app.now().plus(DAY)));
        assert_eq!(refused(house.app.authenticate(&other).await), SessionEnded::Ended);
        house.app.authenticate(&own).await.expect("the own session stays");
        assert!(house.letters().await.iter().any(|l| l.kind == "passkey" && l.link.is_some()));
        let shown = house.app.show_passkeys(&inside).await.unwrap();
        assert!(shown.are_possible && shown.passkeys[0].is_synced && shown.only_since.is_none());
        // From a browser that nobody knows: no password, no code, no mail before the last page.
        let mut stranger = house.visit([198, 51, 100, 7]);
        let (_, by_key) = enter_by(&house, &stranger, &mut key).await;
        assert_eq!((by_key.account, by_key.entered_by), (ada.account, Factor::Passkey));
        assert_eq!(kinds_of_letters(&house).await, ["new-sign-in"]);
        stranger.device_tokens.clear();
        assert!(house.app.show_passkeys(&by_key).await.unwrap().passkeys[0].last_used_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_answer_enters_once_even_when_it_is_sent_twice_at_the_same_moment() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { visit, mut key, .. } = owner(&house).await;
        let begun = house.app.begin_passkey_sign_in(&visit).unwrap();
        let answer = signed(&mut key, &begun);
        let (first, second) = tokio::join!(
            house.app.give_passkey(&visit, &answer, None),
            house.app.give_passkey(&visit, &answer, None)
        );
        assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
        let third = house.app.give_passkey(&visit, &answer, None).await;
        assert_eq!(third.map_err(refusal).unwrap_err(), SignInRefused::PasskeyRefused);
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_a_stranger_hears_one_refusal_and_gets_nothing() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { visit, mut key, inside, .. } = owner(&house).await;
        let all_alike = |answer: Result<String, SignInRefused>, what: &str| {
            assert_eq!(answer.unwrap_err(), SignInRefused::PasskeyRefused, "{what}");
        };
        let mut unknown = SoftwareAuthenticator::new(ORIGIN);
        unknown.user_handle = key.user_handle.clone();
        all_alike(knock(&house, &visit, &mut unknown).await, "a key that nobody has");
        unknown.id = key.id.clone();
        all_alike(knock(&house, &visit, &mut unknown).await, "another key under this one's name");
        key.origin = "https://entry.example.evil".into();
        all_alike(knock(&house, &visit, &mut key).await, "another site");
        key.origin = ORIGIN.into();
        key.verifies = false;
        all_alike(knock(&house, &visit, &mut key).await, "no user verified");
        key.verifies = true;
        let handle = key.user_handle.replace(b"somebody else".to_vec());
        all_alike(knock(&house, &visit, &mut key).await, "another owner's handle");
        key.user_handle = handle;
        let begun = house.app.begin_passkey_sign_in(&house.visit([198, 51, 100, 9])).unwrap();
        let answer = house.app.give_passkey(&visit, &signed(&mut key, &begun), None).await;
        all_alike(answer.map(|next| next.cookie).map_err(refusal), "another browser's challenge");
        let begun = house.app.begin_passkey_factor(&visit).unwrap();
        let answer = house.app.give_passkey(&visit, &signed(&mut key, &begun), None).await;
        all_alike(answer.map(|next| next.cookie).map_err(refusal), "a second factor's challenge");
        let begun = house.app.begin_passkey_sign_in(&visit).unwrap();
        let answer = signed(&mut key, &begun);
        house.pass(600);
        let late = house.app.give_passkey(&visit, &answer, None).await;
        all_alike(late.map(|next| next.cookie).map_err(refusal), "too late");
        // None of it counted against the owner, and the key still opens.
        knock(&house, &visit, &mut key).await.expect("the key is right");
        let id = house.app.show_passkeys(&inside).await.unwrap().passkeys[0].id;
        let proof = step_up(&house, &inside, StepUpPurpose::RemovePasskey, &mut key).await;
        house.app.remove_passkey(&visit, &inside, id, &proof).await.expect("removed");
        all_alike(knock(&house, &visit, &mut key).await, "a removed key");
    })
    .await;
}

#[tokio::test]
async fn a_network_that_knocks_too_often_waits() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { visit, mut key, .. } = owner(&house).await;
        for _ in 0..60 {
            let answer = house.app.give_passkey(&visit, "{}", None).await;
            assert_eq!(answer.map_err(refusal).unwrap_err(), SignInRefused::PasskeyRefused);
        }
        let answer = knock(&house, &visit, &mut key).await;
        assert!(matches!(answer, Err(SignInRefused::Throttled { .. })), "{answer:?}");
        knock(&house, &house.visit([198, 51, 100, 7]), &mut key).await.expect("another network");
    })
    .await;
}

#[tokio::test]
async fn a_frozen_account_is_told_to_its_own_key_and_a_freeze_ends_what_was_begun() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, mut key, .. } = owner(&house).await;
        let begun = knock(&house, &visit, &mut key).await.expect("begun before the freeze");
        let (account, now) = (ada.account, house.app.now());
        house
            .app
            .db
            .write::<_, doorward_store::StoreFault, _>("freezing", move |tx| {
                Box::pin(async move { freeze_account(tx, account, "staff", now).await })
            })
            .await
            .unwrap();
        let ended = house.app.access(&visit, &begun).await.map_err(refusal).unwrap_err();
        assert_eq!(ended, SignInRefused::CredentialsChanged);
        assert_eq!(knock(&house, &visit, &mut key).await, Err(SignInRefused::Frozen));
        let mut stranger = SoftwareAuthenticator::new(ORIGIN);
        stranger.user_handle = key.user_handle.clone();
        assert_eq!(knock(&house, &visit, &mut stranger).await, Err(SignInRefused::PasskeyRefused));
    })
    .await;
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_told_to_the_owner() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { visit, mut key, .. } = owner(&house).await;
        key.counter = Some(40);
        knock(&house, &visit, &mut key).await.expect("a count that rose");
        kinds_of_letters(&house).await;
        key.counter = Some(7);
        assert_eq!(knock(&house, &visit, &mut key).await, Err(SignInRefused::PasskeyRefused));
        assert_eq!(kinds_of_letters(&house).await, ["passkey"]);
        key.counter = Some(41);
        knock(&house, &visit, &mut key).await.expect("the key itself still opens");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_too_and_says_nothing_about_a_wrong_password() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { mut key, .. } = owner(&house).await;
        let bob = house.customer(BOB).await;
        let bobs = house.visit([203, 0, 113, 2]);
        let (_, inside) = enter(&house, &bob, &bobs, Factor::Totp).await;
        let mut bobs_key = SoftwareAuthenticator::new(ORIGIN);
        add(&house, &bobs, &inside, &mut bobs_key, &house.totp(&bob, 0)).await;
        let mut browser = Browser::new(&house, [198, 51, 100, 7]);
        let answer = |browser: &Browser<'_>, key: &mut SoftwareAuthenticator| {
            signed(key, &house.app.begin_passkey_factor(&browser.visit).unwrap())
        };
        assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
        let wrong = browser.factor(&answer(&browser, &mut bobs_key)).await;
        assert_eq!(wrong, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
        let right = answer(&browser, &mut key);
        assert_eq!(browser.factor(&right).await, Ok(SignInStep::DeviceCode));
        let mut other = Browser::new(&house, [198, 51, 100, 8]);
        assert_eq!(other.try_password(ADA, "not-her-password-7").await, Ok(SignInStep::SecondFactor));
        let refused = other.factor(&answer(&other, &mut key)).await;
        assert_eq!(refused, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
        let mut nobody = Browser::new(&house, [198, 51, 100, 9]);
        assert_eq!(nobody.try_password("nobody@example.org", PASSWORD).await, Ok(SignInStep::SecondFactor));
        let refused = nobody.factor(&answer(&nobody, &mut key)).await;
        assert_eq!(refused, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
    })
    .await;
}

#[tokio::test]
async fn who_entered_by_passkey_proves_by_passkey_for_this_action_in_this_session_once() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, mut key, inside: by_totp, .. } = owner(&house).await;
        let (_, inside) = enter_by(&house, &visit, &mut key).await;
        let app = &house.app;
        let renew = async |inside: &Inside, proof: String| {
            app.renew_recovery_codes(&visit, inside, &proof).await.map(drop)
        };
        let weak = ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Passkey });
        assert_eq!(refused(renew(&inside, house.totp(&ada, 0)).await), weak);
        let not_for_this = ChangeRefused::Passkey(PasskeyRefused::Ceremony(CeremonyRefused::NotBegun));
        let other_purpose = step_up(&house, &inside, StepUpPurpose::ReplaceTotp, &mut key).await;
        assert_eq!(refused(renew(&inside, other_purpose).await), not_for_this);
        let other_session = step_up(&house, &by_totp, StepUpPurpose::RenewRecoveryCodes, &mut key).await;
        assert_eq!(refused(renew(&inside, other_session).await), not_for_this);
        let proof = step_up(&house, &inside, StepUpPurpose::RenewRecoveryCodes, &mut key).await;
        renew(&inside, proof.clone()).await.expect("a right proof");
        assert_eq!(refused(renew(&inside, proof).await), not_for_this, "it is spent");
        // Who entered by a weaker factor may use the stronger one.
        let proof = step_up(&house, &by_totp, StepUpPurpose::ChangePassword, &mut key).await;
        let changed = app
            .change_password(&visit, &by_totp, &PASSWORD.into(), &"violet-Harbour-93-compass".into(), &proof)
            .await;
        changed.expect("a right proof");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_owner_alone() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, inside, session, mut key } = owner(&house).await;
        let bob = house.customer(BOB).await;
        let (_, stranger) = enter(&house, &bob, &visit, Factor::Totp).await;
        let app = &house.app;
        let id = app.show_passkeys(&inside).await.unwrap().passkeys[0].id;
        let not_found = ChangeRefused::Passkey(PasskeyRefused::NotFound);
        assert_eq!(refused(app.rename_passkey(&visit, &stranger, id, "Mine").await), not_found);
        assert_eq!(refused(app.remove_passkey(&visit, &stranger, id, &house.totp(&bob, 0)).await), not_found);
        let no_name = ChangeRefused::Passkey(PasskeyRefused::Name);
        assert_eq!(refused(app.rename_passkey(&visit, &inside, id, " ").await), no_name);
        app.rename_passkey(&visit, &inside, id, "Blue key").await.expect("renamed");
        assert_eq!(app.show_passkeys(&inside).await.unwrap().passkeys[0].name, "Blue key");
        let wrong = house.wrong_totp(&ada);
        assert_eq!(
            refused(app.remove_passkey(&visit, &inside, id, &wrong).await),
            ChangeRefused::WrongFactor
        );
        knock(&house, &visit, &mut key).await.expect("it is still there");
        let removed = app.remove_passkey(&visit, &inside, id, &house.totp(&ada, 0)).await.expect("removed");
        assert_eq!(removed.hold_until, Some(app.now().plus(DAY)));
        app.authenticate(&session).await.expect("the own session stays");
        assert!(app.show_passkeys(&inside).await.unwrap().passkeys.is_empty());
        let letters = kinds_of_letters(&house).await;
        assert_eq!(letters.iter().filter(|kind| *kind == "passkey").count(), 2, "{letters:?}");
    })
    .await;
}

#[tokio::test]
async fn the_same_authenticator_is_not_taken_twice_and_a_late_answer_adds_nothing() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, inside, mut key, .. } = owner(&house).await;
        let app = &house.app;
        let begin = async || {
            house.pass(60);
            let typed = house.totp(&ada, 0);
            let moved = app.begin_passkey_addition(&visit, &inside, "Again", &typed).await.expect("begun");
            let shown = app.show_passkey_addition(&visit, &inside, &moved.cookie).await.expect("shown");
            (moved.cookie, shown.begun)
        };
        let (cookie, begun) = begin().await;
        let answer = key.register(&begun.options, &begun.state);
        let twice = app.finish_passkey_addition(&visit, &inside, &cookie, &answer).await;
        assert_eq!(refused(twice), ChangeRefused::Passkey(PasskeyRefused::NotTaken));
        let (old, begun) = begin().await;
        let answer = SoftwareAuthenticator::new(ORIGIN).register(&begun.options, &begun.state);
        let (cookie, _) = begin().await;
        let other = app.finish_passkey_addition(&visit, &inside, &old, &answer).await;
        assert_eq!(refused(other), ChangeRefused::Ended, "begun anew meanwhile");
        let other = app.finish_passkey_addition(&visit, &inside, &cookie, &answer).await;
        let not_begun = ChangeRefused::Passkey(PasskeyRefused::Ceremony(CeremonyRefused::NotBegun));
        assert_eq!(refused(other), not_begun, "made for the one before");
        assert_eq!(app.show_passkeys(&inside).await.unwrap().passkeys.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn passkeys_only_closes_every_other_way_until_a_passkey_opens_them_again() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, inside, mut key, .. } = owner(&house).await;
        let app = &house.app;
        let weak = ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Passkey });
        let by_code = app.set_passkeys_only(&visit, &inside, true, &house.totp(&ada, 0)).await;
        assert_eq!(refused(by_code), weak, "a code does not do");
        let proof = step_up(&house, &inside, StepUpPurpose::BeginPasskeysOnly, &mut key).await;
        let too_few = app.set_passkeys_only(&visit, &inside, true, &proof).await;
        assert_eq!(refused(too_few), ChangeRefused::Passkey(PasskeyRefused::TooFew));
        let mut second = SoftwareAuthenticator::new(ORIGIN);
        add(&house, &visit, &inside, &mut second, &house.totp(&ada, 0)).await;
        let proof = step_up(&house, &inside, StepUpPurpose::BeginPasskeysOnly, &mut key).await;
        let begun = app.set_passkeys_only(&visit, &inside, true, &proof).await.expect("two keys");
        assert!(begun.hold_until.is_some());
        kinds_of_letters(&house).await;
        house.pass(60);

        let mut browser = Browser::new(&house, [198, 51, 100, 7]);
        assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
        let refused_factor = browser.factor(&house.totp(&ada, 0)).await;
        assert_eq!(refused_factor, Err(SignInRefused::WrongPasswordOrCode { tries_left: 4 }));
        let (id, only_two) =
            (app.show_passkeys(&inside).await.unwrap().passkeys[0].id, PasskeyRefused::StillNeeded);
        let removed = app.remove_passkey(&visit, &inside, id, &house.totp(&ada, 0)).await;
        assert_eq!(refused(removed), ChangeRefused::Passkey(only_two));
        let changed = app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await;
        assert_eq!(refused(changed), weak);
        let proof = step_up(&house, &inside, StepUpPurpose::RenewRecoveryCodes, &mut key).await;
        let changed = app.renew_recovery_codes(&visit, &inside, &proof).await;
        assert_eq!(refused(changed), ChangeRefused::Passkey(PasskeyRefused::PasskeysOnly));
        let (_, by_key) = enter_by(&house, &visit, &mut second).await;

        let proof = step_up(&house, &by_key, StepUpPurpose::EndPasskeysOnly, &mut second).await;
        app.set_passkeys_only(&visit, &by_key, false, &proof).await.expect("proved by a passkey");
        let mut browser = Browser::new(&house, [198, 51, 100, 8]);
        assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
    })
    .await;
}

#[tokio::test]
async fn the_owner_of_a_frozen_account_lifts_the_freeze_with_a_passkey_and_a_mailed_code() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, inside, mut key, .. } = owner(&house).await;
        let app = &house.app;
        app.freeze_own(&visit, &inside).await.expect("frozen");
        let elsewhere = house.visit([198, 51, 100, 7]);
        let begun = app.begin_passkey_sign_in(&elsewhere).expect("there are passkeys");
        let next = app.give_passkey(&elsewhere, &signed(&mut key, &begun), None).await.map_err(refusal);
        let next = next.expect("its own passkey is told");
        assert_eq!(next.step, SignInStep::Unfreeze, "and no session, whatever the factor");
        let early = app.access(&elsewhere, &next.cookie).await.map_err(refusal);
        assert!(matches!(early, Err(SignInRefused::OtherStep { .. })), "{early:?}");
        let code = house.code_for(ADA).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let told = app.unfreeze_own(&elsewhere, &next.cookie, wrong).await.map_err(refusal);
        assert_eq!(told, Err(SignInRefused::WrongCode { tries_left: 4 }));
        let stranger = house.visit([198, 51, 100, 8]);
        let copied = app.unfreeze_own(&stranger, &next.cookie, &code).await.map_err(refusal);
        assert_eq!(copied, Err(SignInRefused::NotBegun), "the sign-in belongs to its browser");
        let lifted = app.unfreeze_own(&elsewhere, &next.cookie, &code).await.expect("lifted");
        assert_eq!(lifted.hold_until, Some(app.now().plus(DAY)));
        let again = app.unfreeze_own(&elsewhere, &next.cookie, &code).await.map_err(refusal);
        assert!(again.is_err(), "once");
        assert!(app.list_sessions(&inside).await.expect("read").is_empty(), "no session came of it");
        assert!(kinds_of_letters(&house).await.contains(&"unfrozen".to_owned()));
        let (_, back) = enter_by(&house, &elsewhere, &mut key).await;
        assert_eq!(back.account, ada.account);
    })
    .await;
}

#[tokio::test]
async fn who_entered_by_a_passkey_takes_a_copy_and_asks_for_the_erasure_with_it() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let Owner { ada, visit, mut key, .. } = owner(&house).await;
        let app = &house.app;
        let (_, by_key) = enter_by(&house, &visit, &mut key).await;
        let weak = ChangeRefused::StepUp(StepUpRefused::TooWeak { needed: Factor::Passkey });
        let by_code = app.export_data(&visit, &by_key, &house.totp(&ada, 0)).await;
        assert_eq!(refused(by_code), weak, "a code is weaker than the entry");
        let other = step_up(&house, &by_key, StepUpPurpose::EraseAccount, &mut key).await;
        let crossed = app.export_data(&visit, &by_key, &other).await;
        assert!(matches!(refused(crossed), ChangeRefused::Passkey(_)), "signed for something else");
        let proof = step_up(&house, &by_key, StepUpPurpose::ExportData, &mut key).await;
        app.export_data(&visit, &by_key, &proof).await.expect("a copy");
        // The passkey's own hold is over before an erasure is taken on.
        house.pass(2 * 24 * 3_600);
        let (_, by_key) = enter_by(&house, &visit, &mut key).await;
        let proof = step_up(&house, &by_key, StepUpPurpose::EraseAccount, &mut key).await;
        app.ask_erasure(&visit, &by_key, &proof).await.expect("taken on");
    })
    .await;
}
