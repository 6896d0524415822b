//! The lost-factor case from its opening to the new factor, on both databases.

use std::io::Cursor;
use std::time::Duration;

use doorward_app::failure::Failure;
use doorward_app::keys::Sealed;
use doorward_app::stop::{StopRefused, Stops};
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{CaseId, StaffId};
use doorward_domain::identity::IdentityRecord;
use doorward_domain::language::Language;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::staff::Role;
use doorward_domain::step_up::Factor;
use doorward_domain::support_case::{
    CaseEnd, CaseRefused, CaseStep, CaseVote, EvidenceKind, PictureRefused, VoteRefused,
};
use doorward_domain::token::{Token, TokenHash};
use doorward_domain::totp::{TotpSecret, hotp, step_of};
use doorward_store::StoreFault;
use doorward_store::staff::{NewStaff, finish_enrolment, invite_staff, record_staff};
use doorward_store::testing::on_both;
use image::{ImageFormat, Rgb, RgbImage};

use crate::browser::Browser;
use crate::house::{Customer, House, PASSWORD};
use crate::inside::enter;
use crate::sign_up::refused;

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const HOUR: u64 = 3_600;
pub(crate) const DAY: u64 = 24 * HOUR;

/// A picture that somebody could have taken.
pub(crate) fn photo() -> Vec<u8> {
    let image = RgbImage::from_fn(480, 320, |x, y| {
        Rgb([u8::try_from(x % 255).unwrap_or(0), u8::try_from(y % 255).unwrap_or(0), 120])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture is written");
    bytes.into_inner()
}

pub(crate) fn staff(number: u8) -> StaffId {
    StaffId::from_parts(doorward_domain::time::Timestamp::from_seconds(1_800_000_000), [number; 16])
}

/// Enrolled approvers under the ids of [`staff`].
pub(crate) async fn approvers(house: &House, numbers: &[u8]) {
    let (app, now) = (&house.app, house.app.now());
    for number in numbers.iter().copied() {
        let (id, link) = (staff(number), TokenHash::from_bytes([number; 32]));
        let mail = format!("approver-{number}@staff.example");
        let sealed = app.keys.seal(Sealed::Staff, id.as_uuid().as_bytes(), mail.as_bytes());
        let hired = app.db.write("hiring somebody for a test", move |tx| {
            Box::pin(async move {
                let name = format!("Approver {number}");
                let (role, language) = (Role::Approver, Language::English);
                let new =
                    NewStaff { id, name: &name, lookup: &[number; 32], sealed: &sealed, role, language };
                assert!(record_staff(tx, &new, now).await?, "hired once");
                invite_staff(tx, id, &link, now.plus(Duration::from_secs(60)), now).await?;
                finish_enrolment(tx, id, &link, now).await
            })
        });
        assert!(hired.await.map_err(|fault: StoreFault| fault).expect("written"));
    }
}

pub(crate) async fn identify(house: &House, customer: &Customer) {
    let record = IdentityRecord {
        name: "Ada King".into(),
        birth_date: "1990-02-28".into(),
        residence: "DE".into(),
        level: "document".into(),
        source: "KYC desk".into(),
    };
    house.app.write_identity(customer.account, &record, "L01X-00T47").await.expect("written");
}

/// Opens a case after the password; the cookie of the case.
pub(crate) async fn open(house: &House, address: [u8; 4], identifier: &str) -> String {
    house.pass(60);
    let mut browser = Browser::new(house, address);
    assert_eq!(browser.try_password(identifier, PASSWORD).await, Ok(SignInStep::SecondFactor));
    let moved = house.app.open_case_from_sign_in(&browser.visit, &browser.cookie).await.expect("opened");
    assert_eq!(moved.step, CaseStep::Channel);
    moved.cookie
}

/// Proves the channel; the cookie of the case and its next step.
pub(crate) async fn prove(house: &House, cookie: &str, identifier: &str) -> (String, CaseStep) {
    let code = house.code_for(identifier).await;
    let visit = house.visit([203, 0, 113, 1]);
    let moved = house.app.give_case_code(&visit, cookie, &code).await.expect("the right code");
    (moved.cookie, moved.step)
}

/// Enrols the new app; the cookie, the next step and the new secret.
pub(crate) async fn enrol(house: &House, cookie: &str, more_lost: bool) -> (String, CaseStep, TotpSecret) {
    let shown = house.app.show_case_enrolment(cookie).await.expect("an enrolment");
    let bytes = data_encoding::BASE32_NOPAD.decode(shown.secret.replace(' ', "").as_bytes()).expect("base32");
    let secret = TotpSecret::from_bytes(bytes.try_into().expect("20 bytes"));
    let visit = house.visit([203, 0, 113, 1]);
    let typed = code_of(house, &secret);
    let moved = house.app.give_case_authenticator(&visit, cookie, &typed, more_lost).await.expect("enrolled");
    (moved.cookie, moved.step, secret)
}

pub(crate) fn code_of(house: &House, secret: &TotpSecret) -> String {
    let step = u64::try_from(step_of(house.app.now())).expect("after 1970");
    format!("{:06}", hotp(secret.as_bytes(), step, 6))
}

/// A case that was sent to staff by somebody with an identity record.
pub(crate) async fn sent(house: &House, address: [u8; 4]) -> (String, CaseId, TotpSecret) {
    let cookie = open(house, address, ADA).await;
    let (cookie, step) = prove(house, &cookie, ADA).await;
    assert_eq!(step, CaseStep::Authenticator);
    let (cookie, step, secret) = enrol(house, &cookie, false).await;
    assert_eq!(step, CaseStep::Documents);
    for kind in EvidenceKind::ALL {
        house.app.add_case_picture(&cookie, *kind, photo()).await.expect("a picture");
    }
    let moved = house.app.send_case(&house.visit([203, 0, 113, 1]), &cookie).await.expect("sent");
    assert_eq!(moved.step, CaseStep::Decision);
    let queue = house.app.list_cases(staff(1), true).await.expect("the queue");
    (moved.cookie, queue.last().expect("a case").id, secret)
}

pub(crate) async fn approve(house: &House, id: CaseId) {
    let app = &house.app;
    approvers(house, &[1, 2]).await;
    assert_eq!(
        app.approve_case(staff(1), &[], id, CaseVote::Approve).await.expect("a vote"),
        CaseStep::Decision
    );
    assert_eq!(
        app.approve_case(staff(2), &[], id, CaseVote::Approve).await.expect("a vote"),
        CaseStep::Waiting
    );
}

#[tokio::test]
async fn a_case_replaces_the_lost_factor_after_two_approvals_and_a_day() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let (session, _) = enter(&house, &ada, &house.visit([198, 51, 100, 1]), Factor::Totp).await;
        let (cookie, id, secret) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        let status = app.show_case(&cookie).await.expect("the status");
        assert_eq!(status.effective_at, Some(app.now().plus(Duration::from_secs(DAY))));
        house.pass(DAY - 1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 0, "not before its time");
        house.pass(1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 0, "once");
        assert_eq!(app.show_case(&cookie).await.expect("the status").step, CaseStep::Done);
        assert!(app.authenticate(&session).await.is_err(), "no session stays");
        let view = app.show_account(ada.account).await.expect("an account");
        assert_eq!((view.sessions, view.devices, view.recovery_codes_left), (0, 0, 0));
        assert_eq!(view.hold_until, Some(app.now().plus(Duration::from_secs(2 * DAY))));
        let rest = doorward_store::account::find_api_keys_suspended(&app.db, ada.account).await;
        assert_eq!(rest.expect("read"), Some(app.now()), "API keys rest");
        // The old app opens nothing, the new one does.
        house.pass(60);
        let mut browser = Browser::new(&house, [203, 0, 113, 9]);
        assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert!(browser.factor(&house.totp(&ada, 0)).await.is_err());
        let new = Customer { secret, ..ada.clone() };
        house.pass(60);
        browser.enter(&new).await;
        let kinds: Vec<String> = house.letters().await.into_iter().map(|letter| letter.kind).collect();
        assert!(!kinds.is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_channel_is_told_of_each_turn_with_a_link_that_stops_it() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        let letters = house.letters().await;
        let told = letters.iter().find(|letter| letter.kind == "case-sent").expect("told");
        assert!(told.to == ADA && told.link.is_some() && told.stop_code.is_some());
        approve(&house, id).await;
        let letters = house.letters().await;
        let told = letters.iter().find(|letter| letter.kind == "case-approved").expect("told");
        let link = Token::parse(told.link.as_deref().expect("a link")).expect("a token");
        let visit = house.visit([192, 0, 2, 7]);
        assert!(house.app.find_stop(&link).await.expect("asked").is_some());
        assert!(house.app.find_stop(&link).await.expect("asked").is_some(), "looking changes nothing");
        assert_eq!(house.app.stop_by_link(&visit, &link).await.expect("stopped"), Stops::Case(id));
        assert_eq!(refused(house.app.stop_by_link(&visit, &link).await), StopRefused::NotGood, "once");
        house.pass(2 * DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0);
        let view = house.app.case_view(staff(1), id).await.expect("a view");
        assert_eq!(view.line.end, Some(CaseEnd::Stopped));
        assert!(house.letters().await.iter().any(|letter| letter.kind == "case-ended"));
    })
    .await;
}

#[tokio::test]
async fn the_code_of_a_short_message_stops_a_case_like_the_link_of_a_mail() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (cookie, id, _) = sent(&house, [203, 0, 113, 1]).await;
        let letters = house.letters().await;
        let code = letters.iter().find_map(|letter| letter.stop_code.clone()).expect("a code");
        let visit = house.visit([192, 0, 2, 7]);
        let wrong = house.app.stop_by_code(&visit, "00000-00000").await;
        assert_eq!(refused(wrong), StopRefused::NotGood);
        let stopped = house.app.stop_by_code(&visit, &code.to_lowercase()).await.expect("stopped");
        assert_eq!(stopped, Stops::Case(id));
        let status = house.app.show_case(&cookie).await.expect("the status");
        assert_eq!((status.step, status.end), (CaseStep::Ended, Some(CaseEnd::Stopped)));
        // Guessing is limited like everything else that a network tries.
        let mut throttled = false;
        for _ in 0..20 {
            let tried = refused(house.app.stop_by_code(&visit, "00000-00000").await);
            throttled |= matches!(tried, StopRefused::Throttled { .. });
        }
        assert!(throttled);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_opens_a_case_that_looks_the_same_and_reaches_nobody() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        for (address, identifier, password) in [
            ([203, 0, 113, 1], ADA, "not-Her-Password-12"),
            ([203, 0, 113, 2], "nobody@example.org", PASSWORD),
        ] {
            house.pass(60);
            let mut browser = Browser::new(&house, address);
            let step = browser.try_password(identifier, password).await;
            assert_eq!(step, Ok(SignInStep::SecondFactor));
            let moved = house.app.open_case_from_sign_in(&browser.visit, &browser.cookie).await;
            let cookie = moved.expect("opened").cookie;
            let letters = house.letters().await;
            assert!(letters.iter().all(|letter| letter.code.is_none()), "no code leaves");
            let status = house.app.show_case(&cookie).await.expect("the status");
            assert_eq!((status.step, status.end), (CaseStep::Channel, None));
            for left in (1..5).rev() {
                let wrong = refused(house.app.give_case_code(&browser.visit, &cookie, "123456").await);
                assert_eq!(wrong, CaseRefused::WrongCode { tries_left: left });
            }
            let last = refused(house.app.give_case_code(&browser.visit, &cookie, "123456").await);
            assert_eq!(last, CaseRefused::TooManyWrongCodes);
        }
        assert!(house.app.list_cases(staff(1), true).await.expect("the queue").is_empty());
    })
    .await;
}

#[tokio::test]
async fn without_a_record_and_a_second_channel_nothing_tells_the_owner_from_a_thief() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        let code = house.code_for(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let answer = house.app.give_case_code(&visit, &cookie, &code).await;
        assert_eq!(refused(answer), CaseRefused::NoIdentification);
    })
    .await;
}

#[tokio::test]
async fn when_more_is_lost_the_wait_is_seven_days_and_the_hold_three() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let visit = house.visit([203, 0, 113, 1]);
        let reset = crate::reset::ask(&house, &visit, ADA).await.expect("asked");
        let code = house.code_for(ADA).await;
        let moved = app.give_reset_code(&visit, &reset, &code).await.expect("the right code");
        let opened = app.open_case_from_reset(&visit, &moved.cookie).await.expect("opened");
        assert_eq!(opened.step, CaseStep::Authenticator, "the channel is proved already");
        assert!(app.open_case_from_reset(&visit, &moved.cookie).await.is_err(), "the reset is over");
        let (cookie, _, _) = enrol(&house, &opened.cookie, false).await;
        for kind in EvidenceKind::ALL {
            app.add_case_picture(&cookie, *kind, photo()).await.expect("a picture");
        }
        app.send_case(&visit, &cookie).await.expect("sent");
        let id = app.list_cases(staff(1), true).await.expect("the queue")[0].id;
        approve(&house, id).await;
        house.pass(7 * DAY - 1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 0);
        house.pass(1);
        assert_eq!(app.turn_cases().await.expect("a turn"), 1);
        let view = app.show_account(ada.account).await.expect("an account");
        assert_eq!(view.hold_until, Some(app.now().plus(Duration::from_secs(3 * DAY))));
        let since = app.now().minus(Duration::from_secs(1));
        let events =
            doorward_store::security_event::list_security_events(&app.db, ada.account, since, 5).await;
        assert_eq!(events.expect("read")[0].kind, SecurityEventKind::CaseWithPasswordLost);
    })
    .await;
}

#[tokio::test]
async fn pictures_are_judged_replaced_kept_sealed_and_deleted_after_thirty_days() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let app = &house.app;
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        let early = app.add_case_picture(&cookie, EvidenceKind::DocumentFront, photo()).await;
        assert_eq!(refused(early), CaseRefused::OtherStep { asked: CaseStep::Channel });
        let (cookie, _) = prove(&house, &cookie, ADA).await;
        let (cookie, _, _) = enrol(&house, &cookie, false).await;
        let visit = house.visit([203, 0, 113, 1]);
        let missing = refused(app.send_case(&visit, &cookie).await);
        assert_eq!(missing, CaseRefused::PictureMissing { kind: EvidenceKind::DocumentFront });
        let page = b"<html><script>alert(1)</script></html>".to_vec();
        let no_picture = app.add_case_picture(&cookie, EvidenceKind::DocumentFront, page).await;
        assert_eq!(refused(no_picture), CaseRefused::Picture(PictureRefused::NotAPicture));
        for kind in EvidenceKind::ALL.iter().chain(&[EvidenceKind::HolderWithNote]) {
            app.add_case_picture(&cookie, *kind, photo()).await.expect("a picture");
        }
        let today = app.show_case(&cookie).await.expect("the status").code_of_the_day;
        app.send_case(&visit, &cookie).await.expect("sent");
        let id = app.list_cases(staff(1), true).await.expect("the queue")[0].id;
        let view = app.case_view(staff(1), id).await.expect("a view");
        assert_eq!(view.evidence.len(), 3, "a second picture of a kind takes the first one's place");
        assert!(view.evidence.iter().all(|line| line.code_of_the_day == today));
        let identity = view.identity.expect("a record");
        assert_eq!((identity.record.name.as_str(), identity.record.residence.as_str()), ("Ada King", "DE"));
        let picture = app.evidence(staff(1), id, view.evidence[0].id).await.expect("asked").expect("there");
        assert!(picture.jpeg.starts_with(&[0xff, 0xd8, 0xff]));
        let stored = doorward_store::support_case::find_evidence(&app.db, id, view.evidence[0].id).await;
        let stored = stored.expect("read").expect("there");
        assert!(!stored.windows(3).any(|bytes| bytes == [0xff, 0xd8, 0xff]), "it lies sealed");
        assert!(app.compare_document(staff(1), id, "l01x 00t47").await.expect("compared"));
        assert!(!app.compare_document(staff(1), id, "L01X00T48").await.expect("compared"));
        approvers(&house, &[1]).await;
        app.approve_case(staff(1), &[], id, CaseVote::Refuse).await.expect("a vote");
        house.pass(30 * DAY - 1);
        assert_eq!(app.delete_case_evidence().await.expect("swept"), 0);
        house.pass(1);
        assert_eq!(app.delete_case_evidence().await.expect("swept"), 1);
        let view = app.case_view(staff(1), id).await.expect("a view");
        assert!(view.evidence.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_code_of_the_day_is_another_one_tomorrow_and_for_another_case() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let first = open(&house, [203, 0, 113, 1], ADA).await;
        let second = open(&house, [203, 0, 113, 2], ADA).await;
        let code = async |cookie: &str| house.app.show_case(cookie).await.expect("shown").code_of_the_day;
        assert_ne!(code(&first).await, code(&second).await);
        let today = code(&first).await;
        assert_eq!(today, code(&first).await);
        house.pass(DAY);
        assert_ne!(today, code(&first).await);
    })
    .await;
}

#[tokio::test]
async fn two_different_approvers_decide_and_nobody_over_an_account_of_their_own() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        let app = &house.app;
        approvers(&house, &[1, 2, 3, 4]).await;
        let own = app.approve_case(staff(3), &[ada.account], id, CaseVote::Approve).await;
        assert_eq!(refused(own), VoteRefused::OwnAccount);
        app.approve_case(staff(1), &[], id, CaseVote::Approve).await.expect("a vote");
        let again = app.approve_case(staff(1), &[], id, CaseVote::Approve).await;
        assert_eq!(refused(again), VoteRefused::VotedAlready);
        let change_of_mind = app.approve_case(staff(1), &[], id, CaseVote::Refuse).await;
        assert_eq!(refused(change_of_mind), VoteRefused::VotedAlready);
        let line = &app.list_cases(staff(1), true).await.expect("the queue")[0];
        assert_eq!((line.step, line.votes.len()), (CaseStep::Decision, 1));
        app.approve_case(staff(2), &[], id, CaseVote::Refuse).await.expect("a refusal");
        let line = &app.list_cases(staff(1), false).await.expect("what is over")[0];
        assert_eq!((line.step, line.end), (CaseStep::Ended, Some(CaseEnd::Refused)));
        assert!(house.letters().await.iter().any(|letter| letter.kind == "case-ended"));
        let late = app.approve_case(staff(4), &[], id, CaseVote::Approve).await;
        assert_eq!(refused(late), VoteRefused::NotToDecide);
    })
    .await;
}

#[tokio::test]
async fn a_look_of_staff_leaves_a_trace_in_the_owners_record() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        let view = house.app.case_view(staff(1), id).await.expect("a view");
        house.app.evidence(staff(1), id, view.evidence[0].id).await.expect("asked").expect("there");
        let unknown = house.app.case_view(staff(1), CaseId::from_parts(house.app.now(), [9; 16])).await;
        assert!(matches!(unknown, Err(Failure::Refused(VoteRefused::NoCase))));
        for kind in [AuditKind::StaffLookedAtCase, AuditKind::StaffLookedAtEvidence] {
            let since = doorward_domain::time::Timestamp::from_seconds(0);
            let noted =
                doorward_store::audit::list_audit_of_kind(&house.app.db, ada.account, kind, since, 5).await;
            assert_eq!(noted.expect("read").len(), 1, "{kind:?}");
        }
    })
    .await;
}
