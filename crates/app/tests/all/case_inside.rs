//! A running case as it shows inside the account, and the case of who has lost every passkey, on both databases.

use std::time::Duration;

use doorward_app::webauthn::testing::SoftwareAuthenticator;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_domain::step_up::{Factor, StepUpPurpose};
use doorward_domain::support_case::{CaseEnd, CaseOpenedBy, CaseRefused, CaseStep, EvidenceKind};
use doorward_domain::time::Timestamp;
use doorward_domain::totp::TotpSecret;
use doorward_store::audit::list_audit_of_kind;
use doorward_store::security_event::list_security_events;
use doorward_store::testing::on_both;

use crate::browser::Browser;
use crate::case::{ADA, DAY, approve, enrol, identify, open, photo, prove, sent, staff};
use crate::house::{Customer, House, PASSWORD};
use crate::inside::enter;
use crate::passkeys::{ORIGIN, Owner, add, knock, owner, step_up};
use crate::reset::ask;
use crate::sign_up::refused;

#[tokio::test]
async fn a_running_case_shows_inside_the_account_with_what_is_next_and_until_when() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let (_, inside) = enter(&house, &ada, &house.visit([198, 51, 100, 1]), Factor::Totp).await;
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        assert!(app.running_case(&inside).await.expect("read").is_none(), "its channel is not proved yet");
        prove(&house, &cookie, ADA).await;
        let unsent = app.running_case(&inside).await.expect("read").expect("it runs");
        assert_eq!((unsent.step, unsent.opened_by), (CaseStep::Authenticator, CaseOpenedBy::Password));
        assert_eq!(unsent.network.to_string(), "203.0.113.1");
        house.pass(DAY);
        assert!(app.running_case(&inside).await.expect("read").is_none(), "it was not sent in time");
        let (_, id, _) = sent(&house, [203, 0, 113, 2]).await;
        let with_staff = app.running_case(&inside).await.expect("read").expect("it runs");
        let decided_by = app.now().plus(app.policy.case.decided_within);
        assert_eq!((with_staff.step, with_staff.expires_at), (CaseStep::Decision, decided_by));
        approve(&house, id).await;
        let waiting = app.running_case(&inside).await.expect("read").expect("it runs");
        assert_eq!(waiting.effective_at, Some(app.now().plus(Duration::from_secs(DAY))));
        assert_eq!(waiting.hold, app.policy.hold.factor_replaced_after_recovery);
    })
    .await;
}

#[tokio::test]
async fn one_button_inside_stops_a_case_at_every_step_and_tells_every_channel() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, bob) = (house.customer(ADA).await, house.customer("bob@example.org").await);
        identify(&house, &ada).await;
        let (app, visit) = (&house.app, house.visit([198, 51, 100, 1]));
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (_, stranger) = enter(&house, &bob, &visit, Factor::Totp).await;
        assert!(!app.stop_case_inside(&visit, &inside).await.expect("asked"), "there is none");
        // Not sent yet: no channel was told of it before, each is told of its end.
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        let (cookie, _) = prove(&house, &cookie, ADA).await;
        assert!(!app.stop_case_inside(&visit, &stranger).await.expect("asked"), "it is not theirs");
        assert!(app.stop_case_inside(&visit, &inside).await.expect("stopped"));
        let status = app.show_case(&cookie).await.expect("the status");
        assert_eq!((status.step, status.end), (CaseStep::Ended, Some(CaseEnd::Stopped)));
        let told = |kind: &str| kind == "case-ended";
        assert!(house.letters().await.iter().any(|letter| told(&letter.kind) && letter.to == ADA));
        // Approved and waiting: a stop of two tabs counts once, and nothing is executed.
        let (cookie, id, _) = sent(&house, [203, 0, 113, 2]).await;
        approve(&house, id).await;
        house.letters().await;
        let (one, two) =
            tokio::join!(app.stop_case_inside(&visit, &inside), app.stop_case_inside(&visit, &inside));
        assert_ne!(one.expect("answered"), two.expect("answered"));
        assert_eq!(house.letters().await.iter().filter(|letter| told(&letter.kind)).count(), 1);
        house.pass(2 * DAY);
        assert_eq!(app.turn_cases().await.expect("a turn"), 0);
        assert_eq!(app.show_case(&cookie).await.expect("the status").end, Some(CaseEnd::Stopped));
        let noted =
            list_audit_of_kind(&app.db, ada.account, AuditKind::CaseEnded, Timestamp::from_seconds(0), 5);
        let noted = noted.await.expect("read");
        assert_eq!(noted.len(), 2);
        assert!(noted.iter().all(|entry| entry.network.as_deref() == Some("198.51.100.1")), "{noted:?}");
    })
    .await;
}

#[tokio::test]
async fn the_looks_of_staff_at_a_case_are_one_line_of_the_review() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let (_, inside) = enter(&house, &ada, &house.visit([198, 51, 100, 1]), Factor::Totp).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        assert!(app.review(&inside).await.expect("read").case_looks.is_none());
        for number in [1, 2] {
            let view = app.case_view(staff(number), id).await.expect("a view");
            for picture in &view.evidence {
                app.evidence(staff(number), id, picture.id).await.expect("asked").expect("there");
            }
            app.compare_document(staff(number), id, "L01X-00T47").await.expect("compared");
        }
        app.show_account(ada.account).await.expect("a look that is no look at a case");
        let review = app.review(&inside).await.expect("read");
        let looks = review.case_looks.expect("a line");
        assert_eq!((looks.times, looks.newest.kind), (10, AuditKind::StaffComparedDocument));
        let kinds: Vec<_> = review.by_staff.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [AuditKind::StaffLooked]);
    })
    .await;
}

/// Somebody whose account is entered by two passkeys and nothing else.
async fn by_passkeys_only(house: &House) -> (Customer, SoftwareAuthenticator) {
    let Owner { ada, visit, inside, mut key, .. } = owner(house).await;
    let mut second = SoftwareAuthenticator::new(ORIGIN);
    add(house, &visit, &inside, &mut second, &house.totp(&ada, 0)).await;
    let proof = step_up(house, &inside, StepUpPurpose::BeginPasskeysOnly, &mut key).await;
    house.app.set_passkeys_only(&visit, &inside, true, &proof).await.expect("two keys");
    house.letters().await;
    house.pass(60);
    (ada, key)
}

/// A reset whose channel is proved; its cookie.
async fn reset_with_proved_channel(house: &House) -> (doorward_app::Visit, String) {
    let visit = house.visit([203, 0, 113, 50]);
    let cookie = ask(house, &visit, ADA).await.expect("asked");
    let code = house.code_for(ADA).await;
    let moved = house.app.give_reset_code(&visit, &cookie, &code).await.expect("the right code");
    assert_eq!(moved.step, ResetStep::SecondFactor);
    (visit, moved.cookie)
}

/// Enrols the new app, gives the pictures, and lets two approve; the cookie and the new app's secret.
async fn carried_to_the_wait(house: &House, cookie: &str) -> (String, TotpSecret) {
    let (cookie, step, secret) = enrol(house, cookie, false).await;
    assert_eq!(step, CaseStep::Documents, "pictures are asked in every such case");
    for kind in EvidenceKind::ALL {
        house.app.add_case_picture(&cookie, *kind, photo()).await.expect("a picture");
    }
    let moved = house.app.send_case(&house.visit([203, 0, 113, 1]), &cookie).await.expect("sent");
    let queue = house.app.list_cases(staff(1), true).await.expect("the queue");
    let line = queue.last().expect("a case");
    assert_eq!(line.opened_by, CaseOpenedBy::PasskeysOnly, "staff see that no password was proved");
    approve(house, line.id).await;
    (moved.cookie, secret)
}

#[tokio::test]
async fn who_lost_every_passkey_comes_back_by_a_case_after_seven_days() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, mut key) = by_passkeys_only(&house).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let (visit, reset) = reset_with_proved_channel(&house).await;
        assert!(app.show_reset(&visit, &reset).await.expect("a view").passkeys_only);
        for typed in [house.totp(&ada, 0), ada.recovery_codes[0].clone()] {
            let given = app.give_reset_factor(&visit, &reset, &typed).await;
            assert_eq!(refused(given), ResetRefused::PasskeysOnly, "there is no reset");
        }
        let opened = app.open_case_from_reset(&visit, &reset).await.expect("a case opens");
        assert_eq!(opened.step, CaseStep::Authenticator);
        let (cookie, secret) = carried_to_the_wait(&house, &opened.cookie).await;
        let status = app.show_case(&cookie).await.expect("the status");
        assert_eq!(status.effective_at, Some(app.now().plus(Duration::from_secs(7 * DAY))));
        knock(&house, &visit, &mut key).await.expect("nothing has changed before the end");
        house.pass(7 * DAY - 1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 0, "not before its time");
        house.pass(1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 1);
        let view = app.show_account(ada.account).await.expect("an account");
        assert_eq!(view.hold_until, Some(app.now().plus(Duration::from_secs(3 * DAY))));
        let none = list_audit_of_kind(
            &app.db,
            ada.account,
            AuditKind::PasskeysOnlyEnded,
            Timestamp::from_seconds(0),
            5,
        );
        assert_eq!(none.await.expect("read").len(), 1, "the record says that the choice is over");
        let events = list_security_events(&app.db, ada.account, Timestamp::from_micros(0), 50).await;
        let kinds: Vec<_> = events.expect("read").into_iter().map(|event| event.kind).collect();
        assert!(kinds.contains(&SecurityEventKind::CaseWithPasswordLost), "{kinds:?}");
        let gone = knock(&house, &visit, &mut key).await;
        assert_eq!(gone, Err(SignInRefused::PasskeyRefused), "the lost passkeys open nothing");
        // Password and new app open the account; an old code of the former app does not.
        house.pass(60);
        let mut browser = Browser::new(&house, [203, 0, 113, 9]);
        assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert!(browser.factor(&house.totp(&ada, 0)).await.is_err());
        let back = Customer { secret, ..ada.clone() };
        house.pass(60);
        browser.enter(&back).await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_opens_the_case_of_lost_passkeys_whatever_was_typed_as_password() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, _) = by_passkeys_only(&house).await;
        identify(&house, &ada).await;
        for (address, password) in
            [([203, 0, 113, 1], PASSWORD), ([203, 0, 113, 2], "long-forgotten-Words-8")]
        {
            house.pass(60);
            let mut browser = Browser::new(&house, address);
            assert_eq!(browser.try_password(ADA, password).await, Ok(SignInStep::SecondFactor));
            let moved = house.app.open_case_from_sign_in(&browser.visit, &browser.cookie).await;
            let (cookie, step) = prove(&house, &moved.expect("opened").cookie, ADA).await;
            assert_eq!(step, CaseStep::Authenticator);
            let status = house.app.show_case(&cookie).await.expect("the status");
            assert_eq!(status.wait, Duration::from_secs(7 * DAY), "a password counts for nothing here");
        }
    })
    .await;
}

#[tokio::test]
async fn codes_alone_never_open_an_account_that_is_entered_by_passkeys_only() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, mut key) = by_passkeys_only(&house).await;
        let (visit, reset) = reset_with_proved_channel(&house).await;
        let opened = house.app.open_case_from_reset(&visit, &reset).await;
        assert_eq!(refused(opened), CaseRefused::NoRecord, "nobody has checked who she is");
        house.pass(60);
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        let code = house.code_for(ADA).await;
        let given = house.app.give_case_code(&visit, &cookie, &code).await;
        assert_eq!(refused(given), CaseRefused::NoRecord);
        assert!(house.app.list_cases(staff(1), true).await.expect("the queue").is_empty());
        // Once somebody has, the same reset opens the case; and one of her passkeys ends it.
        identify(&house, &ada).await;
        let opened = house.app.open_case_from_reset(&visit, &reset).await.expect("a case opens");
        let (cookie, _) = carried_to_the_wait(&house, &opened.cookie).await;
        let begun = house.app.begin_passkey_sign_in(&visit).expect("there are passkeys");
        let answer = key.assert(&begun.options, &begun.state);
        let next = house.app.give_passkey(&visit, &answer, None).await.expect("a passkey that was not lost");
        let entered = house.app.access(&visit, &next.cookie).await.expect("it enters");
        let inside = house.app.authenticate(&entered.session).await.expect("a session");
        let running = house.app.running_case(&inside).await.expect("read").expect("it shows");
        assert_eq!(running.opened_by, CaseOpenedBy::PasskeysOnly);
        assert!(house.app.stop_case_inside(&visit, &inside).await.expect("stopped"));
        house.pass(8 * DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0);
        assert_eq!(house.app.show_case(&cookie).await.expect("the status").end, Some(CaseEnd::Stopped));
    })
    .await;
}
