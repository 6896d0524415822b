//! Signing up, whole and refused, on both databases.

use doorward_app::Visit;
use doorward_app::app::App;
use doorward_app::failure::Failure;
use doorward_app::human_check::{HumanAnswer, HumanCheckPurpose, HumanCheckWay};
use doorward_app::keys::Sealed;
use doorward_app::sign_up::SignedUp;
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::identifier::IdentifierRefused;
use doorward_domain::password::PasswordRefused;
use doorward_domain::risk::Rung;
use doorward_domain::sign_up::{SignUpRefused, SignUpStep};
use doorward_domain::totp::{TotpSecret, hotp, step_of};
use doorward_store::Db;
use doorward_store::testing::{Fresh, on_both};
use secrecy::SecretString;

use crate::house::{House, PASSWORD};

const ADA: &str = "ada@example.org";

pub(crate) fn human(house: &House, visit: &Visit, purpose: HumanCheckPurpose) -> HumanAnswer {
    let challenge = house.app.issue_challenge(visit, purpose, Rung::Slider, HumanCheckWay::Picture);
    house.solve(&challenge.expect("a browser"))
}

fn password() -> SecretString {
    PASSWORD.into()
}

pub(crate) fn refused<T: std::fmt::Debug, R: std::fmt::Debug>(outcome: Result<T, Failure<R>>) -> R {
    match outcome {
        Err(Failure::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

async fn begin(house: &House, visit: &Visit, identifier: &str) -> Result<String, Failure<SignUpRefused>> {
    let answer = human(house, visit, HumanCheckPurpose::SignUp);
    house.app.begin_sign_up(visit, identifier, None, Some(&answer)).await.map(|moved| {
        assert_eq!(moved.step, SignUpStep::Code);
        moved.cookie
    })
}

/// Through the code and the password, up to the enrolment.
async fn up_to_authenticator(house: &House, visit: &Visit, identifier: &str) -> (String, TotpSecret) {
    let cookie = begin(house, visit, identifier).await.expect("begun");
    let code = house.code_for(&identifier.to_lowercase()).await;
    let app = &house.app;
    let cookie = app.give_sign_up_code(visit, &cookie, &code).await.expect("the right code").cookie;
    let moved = app.choose_sign_up_password(visit, &cookie, &password()).await.expect("a good password");
    let shown = app.show_enrolment(visit, &moved.cookie).await.expect("an enrolment");
    let bytes = data_encoding::BASE32_NOPAD.decode(shown.secret.replace(' ', "").as_bytes()).expect("base32");
    (moved.cookie, TotpSecret::from_bytes(bytes.try_into().expect("20 bytes")))
}

pub(crate) fn code_now(app: &App, secret: &TotpSecret, steps: i64) -> String {
    let step = u64::try_from(step_of(app.now()) + steps).expect("after 1970");
    format!("{:06}", hotp(secret.as_bytes(), step, 6))
}

/// Up to the last page.
async fn up_to_access(house: &House, visit: &Visit, identifier: &str) -> (String, TotpSecret, Vec<String>) {
    let (cookie, secret) = up_to_authenticator(house, visit, identifier).await;
    let app = &house.app;
    let typed = code_now(app, &secret, 0);
    let cookie = app.confirm_authenticator(visit, &cookie, &typed).await.expect("the right code").cookie;
    let shown = app.show_recovery_codes(visit, &cookie).await.expect("codes");
    let codes: Vec<String> = shown.codes.iter().map(|code| code.to_string()).collect();
    let moved = app.keep_recovery_codes(visit, &cookie, true).await.expect("kept");
    assert_eq!(moved.step, SignUpStep::Access);
    (moved.cookie, secret, codes)
}

pub(crate) async fn sign_up(
    house: &House,
    visit: &Visit,
    identifier: &str,
) -> (SignedUp, TotpSecret, Vec<String>) {
    let (cookie, secret, codes) = up_to_access(house, visit, identifier).await;
    (house.app.access_sign_up(visit, &cookie).await.expect("an account"), secret, codes)
}

async fn house_on(db: Db) -> House {
    House::open(db)
}

#[tokio::test]
async fn a_sign_up_ends_in_an_account_with_everything_it_needs() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (signed_up, secret, codes) = sign_up(&house, &visit, "Ada@Example.org").await;
        let (app, id) = (&house.app, signed_up.account.id);
        let customer = app.authenticate(&signed_up.session).await.expect("a session");
        assert_eq!(customer.account, id);
        let totp = doorward_store::totp::find_totp(&app.db, id).await.expect("read").expect("an app");
        assert_eq!(totp.last_step, step_of(app.now()), "the confirming code is spent");
        let opened = app.keys.open(Sealed::Totp, totp.id.as_uuid().as_bytes(), &totp.sealed).expect("opens");
        assert_eq!(opened.as_slice(), secret.as_bytes());
        let set = doorward_store::recovery_code::find_recovery_codes(&app.db, id).await.expect("read");
        assert_eq!(set.expect("codes").remaining, 10);
        assert_eq!(codes.len(), 10);
        let known = doorward_store::device::find_device(&app.db, &signed_up.device.hash(), app.now()).await;
        assert_eq!(known.expect("read").expect("a known device").account_id, id);
        let letters = house.letters().await;
        assert!(letters.iter().any(|l| l.kind == "signed-up" && l.to == ADA && l.link.is_some()));
    })
    .await;
}

#[tokio::test]
async fn there_is_no_account_before_the_last_step() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (cookie, _, _) = up_to_access(&house, &visit, ADA).await;
        assert!(house.app.list_accounts(None, 10).await.expect("read").is_empty());
        house.app.access_sign_up(&visit, &cookie).await.expect("an account");
        assert_eq!(house.app.list_accounts(None, 10).await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_taken_identifier_looks_the_same_and_is_told_to_its_owner() {
    on_both(async |db| {
        let house = house_on(db).await;
        house.customer(ADA).await;
        let (one, other) = (house.visit([203, 0, 113, 1]), house.visit([203, 0, 113, 2]));
        let taken = begin(&house, &one, ADA).await.expect("looks begun");
        let free = begin(&house, &other, "bob@example.org").await.expect("begun");
        assert_eq!(taken.len(), free.len(), "the cookie tells nothing by its length");
        let letters = house.letters().await;
        let of = |to: &str| letters.iter().filter(|l| l.to == to).map(|l| l.kind.clone()).collect::<Vec<_>>();
        assert_eq!(of(ADA), ["identifier-taken"]);
        assert_eq!(of("bob@example.org"), ["code"]);
        let app = &house.app;
        for _ in 0..2 {
            let on_taken = refused(app.give_sign_up_code(&one, &taken, "000000").await);
            let on_free = refused(app.give_sign_up_code(&other, &free, "000000").await);
            assert_eq!(on_taken, on_free);
        }
        house.pass(61);
        app.resend_sign_up_code(&one, &taken).await.expect("looks sent");
        app.resend_sign_up_code(&other, &free).await.expect("sent");
        let letters = house.letters().await;
        assert!(letters.iter().all(|l| l.to != ADA), "no code ever goes out for a taken identifier");
        assert!(letters.iter().any(|l| l.to == "bob@example.org" && l.code.is_some()));
        let (a, b) = (app.show_sign_up(&one, &taken).await, app.show_sign_up(&other, &free).await);
        let (a, b) = (a.expect("a view"), b.expect("a view"));
        assert_eq!((a.step, a.resend_at), (b.step, b.resend_at));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_once_even_for_two_requests_at_the_same_moment() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = begin(&house, &visit, ADA).await.expect("begun");
        let code = house.code_for(ADA).await;
        let app = &house.app;
        let (one, two) = tokio::join!(
            app.give_sign_up_code(&visit, &cookie, &code),
            app.give_sign_up_code(&visit, &cookie, &code)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_end_a_sign_up_however_often_a_new_one_is_sent() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = begin(&house, &visit, ADA).await.expect("begun");
        let app = &house.app;
        let right = house.code_for(ADA).await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for tries_left in [4, 3] {
            let told = refused(app.give_sign_up_code(&visit, &cookie, wrong).await);
            assert_eq!(told, SignUpRefused::WrongCode { tries_left });
        }
        assert!(matches!(
            refused(app.resend_sign_up_code(&visit, &cookie).await),
            SignUpRefused::ResendTooSoon { .. }
        ));
        house.pass(61);
        app.resend_sign_up_code(&visit, &cookie).await.expect("sent");
        let newest = house.code_for(ADA).await;
        let told = refused(app.give_sign_up_code(&visit, &cookie, "not a code").await);
        assert_eq!(told, SignUpRefused::WrongCode { tries_left: 2 }, "what is no code is a try");
        if right != newest {
            let told = refused(app.give_sign_up_code(&visit, &cookie, &right).await);
            assert_eq!(told, SignUpRefused::WrongCode { tries_left: 1 }, "the first code is good no more");
        }
        let told = refused(app.give_sign_up_code(&visit, &cookie, wrong).await);
        assert_eq!(told, SignUpRefused::TooManyWrongCodes);
        let told = refused(app.give_sign_up_code(&visit, &cookie, &newest).await);
        assert_eq!(told, SignUpRefused::Ended);
    })
    .await;
}

#[tokio::test]
async fn no_step_is_skipped_repeated_or_taken_to_another_browser() {
    on_both(async |db| {
        let house = house_on(db).await;
        let (visit, stranger) = (house.visit([203, 0, 113, 1]), house.visit([203, 0, 113, 1]));
        let app = &house.app;
        let first = begin(&house, &visit, ADA).await.expect("begun");
        let other = SignUpRefused::OtherStep { asked: SignUpStep::Code };
        assert_eq!(refused(app.choose_sign_up_password(&visit, &first, &password()).await), other);
        assert_eq!(refused(app.confirm_authenticator(&visit, &first, "000000").await), other);
        assert_eq!(refused(app.keep_recovery_codes(&visit, &first, true).await), other);
        assert_eq!(refused(app.access_sign_up(&visit, &first).await), other);
        assert_eq!(refused(app.show_enrolment(&visit, &first).await), other);
        let code = house.code_for(ADA).await;
        let copied = refused(app.give_sign_up_code(&stranger, &first, &code).await);
        assert_eq!(copied, SignUpRefused::NotBegun, "a copied cookie");
        let second = app.give_sign_up_code(&visit, &first, &code).await.expect("the right code").cookie;
        let old = refused(app.choose_sign_up_password(&visit, &first, &password()).await);
        assert_eq!(old, SignUpRefused::NotBegun, "the cookie before the passed step");
        assert_eq!(refused(app.show_sign_up(&visit, "nonsense").await), SignUpRefused::NotBegun);
        app.cancel_sign_up(&visit, &second).await.expect("cancelled");
        let gone = refused(app.choose_sign_up_password(&visit, &second, &password()).await);
        assert_eq!(gone, SignUpRefused::Ended);
    })
    .await;
}

#[tokio::test]
async fn a_password_against_the_rules_is_refused_with_its_reason() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = begin(&house, &visit, "adalovelace@example.org").await.expect("begun");
        let code = house.code_for("adalovelace@example.org").await;
        let app = &house.app;
        let cookie = app.give_sign_up_code(&visit, &cookie, &code).await.expect("right").cookie;
        for (typed, reason) in [
            ("short", PasswordRefused::TooShort { minimum: 10 }),
            ("AdaLovelace", PasswordRefused::IsLocalPart),
            ("adalovelace@example.org", PasswordRefused::IsIdentifier),
            ("doorward99", PasswordRefused::IsSiteName),
        ] {
            let told = refused(app.choose_sign_up_password(&visit, &cookie, &typed.into()).await);
            assert_eq!(told, SignUpRefused::Password(reason), "{typed}");
        }
        let told = refused(app.choose_sign_up_password(&visit, &cookie, &"aaaaaaaaaaaa".into()).await);
        assert!(matches!(told, SignUpRefused::Password(PasswordRefused::TooWeak { .. })), "{told:?}");
        app.choose_sign_up_password(&visit, &cookie, &password()).await.expect("a good one");
    })
    .await;
}

#[tokio::test]
async fn an_authenticator_is_confirmed_by_a_code_of_now_and_told_about_its_clock() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (cookie, secret) = up_to_authenticator(&house, &visit, ADA).await;
        let app = &house.app;
        let late = refused(app.confirm_authenticator(&visit, &cookie, &code_now(app, &secret, -6)).await);
        assert_eq!(late, SignUpRefused::ClockOff { offset_steps: -6 });
        assert_eq!(refused(app.confirm_authenticator(&visit, &cookie, "").await), SignUpRefused::WrongFactor);
        let moved =
            app.confirm_authenticator(&visit, &cookie, &code_now(app, &secret, 0)).await.expect("right");
        let unkept = refused(app.keep_recovery_codes(&visit, &moved.cookie, false).await);
        assert_eq!(unkept, SignUpRefused::RecoveryCodesNotKept);
        app.show_recovery_codes(&visit, &moved.cookie).await.expect("shown again until they are kept");
        let kept = app.keep_recovery_codes(&visit, &moved.cookie, true).await.expect("kept").cookie;
        let again = refused(app.show_recovery_codes(&visit, &kept).await);
        assert_eq!(again, SignUpRefused::OtherStep { asked: SignUpStep::Access });
    })
    .await;
}

#[tokio::test]
async fn nothing_readable_stands_in_the_database() {
    let fresh = Fresh::sqlite().await;
    let house = house_on(fresh.db.clone()).await;
    let visit = house.visit([203, 0, 113, 1]);
    let (cookie, secret) = up_to_authenticator(&house, &visit, ADA).await;
    let app = &house.app;
    let moved = app.confirm_authenticator(&visit, &cookie, &code_now(app, &secret, 0)).await.expect("right");
    let shown = app.show_recovery_codes(&visit, &moved.cookie).await.expect("codes");
    let kept = app.keep_recovery_codes(&visit, &moved.cookie, true).await.expect("kept").cookie;
    let signed_up = app.access_sign_up(&visit, &kept).await.expect("an account");
    let code = doorward_domain::recovery_code::RecoveryCode::parse(&shown.codes[0]).expect("a code");
    let secrets: [(&str, Vec<u8>); 7] = [
        ("the identifier", ADA.into()),
        ("the password", PASSWORD.into()),
        ("the TOTP secret", secret.as_bytes().to_vec()),
        ("the TOTP secret as text", secret.base32().into()),
        ("a recovery code", shown.codes[0].as_bytes().to_vec()),
        ("a recovery code's bytes", code.as_bytes().to_vec()),
        ("the session", signed_up.session.as_bytes().to_vec()),
    ];
    let stored = everything_in(&fresh);
    for (what, bytes) in secrets {
        assert!(!stored.windows(bytes.len()).any(|window| window == bytes), "{what}");
    }
    let hash = signed_up.session.hash();
    assert!(stored.windows(32).any(|window| window == hash.as_bytes()), "the search finds what is there");
    fresh.end().await;
}

/// Every byte of a SQLite database and its log.
pub(crate) fn everything_in(fresh: &Fresh) -> Vec<u8> {
    let doorward_store::Place::Sqlite(path) = &fresh.config.place else { panic!("not SQLite") };
    let folder = path.parent().expect("a folder");
    let files = std::fs::read_dir(folder).expect("readable");
    files.flat_map(|file| std::fs::read(file.expect("an entry").path()).expect("readable")).collect()
}

#[tokio::test]
async fn two_sign_ups_of_one_identifier_give_one_account() {
    on_both(async |db| {
        let house = house_on(db).await;
        let (one, two) = (house.visit([203, 0, 113, 1]), house.visit([203, 0, 113, 2]));
        let (first, ..) = up_to_access(&house, &one, ADA).await;
        house.pass(61);
        let (second, ..) = up_to_access(&house, &two, ADA).await;
        let app = &house.app;
        let (a, b, c) = tokio::join!(
            app.access_sign_up(&one, &first),
            app.access_sign_up(&two, &second),
            app.access_sign_up(&two, &second)
        );
        let entered = [a.is_ok(), b.is_ok(), c.is_ok()].into_iter().filter(|ok| *ok).count();
        assert_eq!(entered, 1, "{a:?} {b:?} {c:?}");
        assert_eq!(app.list_accounts(None, 10).await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn limits_hold_for_networks_and_identifiers_known_or_not() {
    on_both(async |db| {
        let house = house_on(db).await;
        house.customer(ADA).await;
        for identifier in [ADA, "nobody@example.org"] {
            let (one, two) = (house.visit([203, 0, 113, 1]), house.visit([198, 51, 100, 1]));
            begin(&house, &one, identifier).await.expect("the first");
            let told = refused(begin(&house, &two, identifier).await);
            assert!(matches!(told, SignUpRefused::Throttled { .. }), "{identifier}: one code a minute");
        }
        let crowd = house.visit([192, 0, 2, 7]);
        for number in 0..5 {
            begin(&house, &crowd, &format!("n{number}@example.org")).await.expect("within the limit");
        }
        let told = refused(begin(&house, &crowd, "n5@example.org").await);
        let SignUpRefused::Throttled { retry_at } = told else { panic!("{told:?}") };
        assert!(retry_at > house.app.now());
        let neighbour = house.visit([192, 0, 2, 8]);
        begin(&house, &neighbour, "n6@example.org").await.expect("another address");
    })
    .await;
}

#[tokio::test]
async fn a_human_check_opens_one_sign_up_of_its_browser() {
    on_both(async |db| {
        let house = house_on(db).await;
        let (visit, stranger) = (house.visit([203, 0, 113, 1]), house.visit([203, 0, 113, 2]));
        let app = &house.app;
        let not_passed = SignUpRefused::HumanCheck(HumanCheckRefused::NotPassed);
        let empty = HumanAnswer::default();
        assert_eq!(refused(app.begin_sign_up(&visit, ADA, None, Some(&empty)).await), not_passed);
        let answer = human(&house, &visit, HumanCheckPurpose::SignUp);
        assert_eq!(refused(app.begin_sign_up(&stranger, ADA, None, Some(&answer)).await), not_passed);
        let answer = human(&house, &visit, HumanCheckPurpose::SignIn);
        assert_eq!(refused(app.begin_sign_up(&visit, ADA, None, Some(&answer)).await), not_passed);
        let answer = human(&house, &visit, HumanCheckPurpose::SignUp);
        app.begin_sign_up(&visit, ADA, None, Some(&answer)).await.expect("the right one");
        house.pass(90);
        assert_eq!(
            refused(app.begin_sign_up(&visit, ADA, None, Some(&answer)).await),
            not_passed,
            "replayed"
        );
        let unread = refused(app.begin_sign_up(&visit, "no identifier", None, Some(&answer)).await);
        assert_eq!(unread, SignUpRefused::Identifier(IdentifierRefused::NotAPhoneNumber));
    })
    .await;
}

#[tokio::test]
async fn a_sign_up_is_over_after_its_time() {
    on_both(async |db| {
        let house = house_on(db).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (cookie, ..) = up_to_access(&house, &visit, ADA).await;
        house.pass(60 * 60);
        assert_eq!(refused(house.app.access_sign_up(&visit, &cookie).await), SignUpRefused::Expired);
    })
    .await;
}
