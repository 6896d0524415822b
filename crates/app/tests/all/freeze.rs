//! Freezing, and what staff may do, on both databases.

use doorward_app::session::SessionEnded;
use doorward_app::sign_in::SignInRefused;
use doorward_app::staff::account::StaffRefused;
use doorward_app::staff::{AtDesk, DeskRefused, Settled};
use doorward_domain::account::AccountStatus;
use doorward_domain::action::Action;
use doorward_domain::audit::AuditKind;
use doorward_domain::guard::ActionRefused;
use doorward_domain::id::AccountId;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::staff::Role;
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::testing::on_both;

use crate::browser::Browser;
use crate::house::{House, PASSWORD};
use crate::inside::enter;
use crate::reset::ask;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";

async fn status(house: &House, account: AccountId) -> AccountStatus {
    let found = doorward_store::account::find_account(&house.app.db, account).await.expect("read");
    found.expect("an account").status
}

/// A freeze link, as a security mail carries it.
async fn link_of_a_mail(house: &House, ada: &crate::house::Customer) -> Token {
    let visit = house.visit([203, 0, 113, 1]);
    let (_, inside) = enter(house, ada, &visit, Factor::Totp).await;
    house.app.renew_recovery_codes(&visit, &inside, &house.totp(ada, 0)).await.expect("a security event");
    let letters = house.letters().await;
    let link = letters.iter().rev().find(|l| l.to == ADA).and_then(|l| l.link.clone()).expect("a link");
    Token::parse(&link).expect("a token")
}

#[tokio::test]
async fn the_link_of_a_mail_freezes_once_by_its_button_without_a_sign_in() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let link = link_of_a_mail(&house, &ada).await;
        let visit = house.visit([198, 51, 100, 7]);
        let (session, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        for _ in 0..3 {
            assert!(app.is_freeze_link_good(&link).await.expect("read"));
        }
        assert_eq!(status(&house, ada.account).await, AccountStatus::Open, "looking changes nothing");
        let (one, two) = tokio::join!(app.freeze_by_link(&visit, &link), app.freeze_by_link(&visit, &link));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(status(&house, ada.account).await, AccountStatus::Frozen);
        assert_eq!(refused(app.authenticate(&session).await), SessionEnded::Ended);
        assert!(house.letters().await.iter().any(|l| l.kind == "frozen" && l.to == ADA));
        app.unfreeze_by_operator(ada.account).await.expect("lifted");
        assert!(app.freeze_by_link(&visit, &link).await.is_err(), "a used link does not freeze again");
        assert!(app.freeze_by_link(&visit, &Token::from_random([3; 32])).await.is_err());
        assert_eq!(status(&house, ada.account).await, AccountStatus::Open);
    })
    .await;
}

#[tokio::test]
async fn a_freeze_link_is_good_for_seven_days() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let link = link_of_a_mail(&house, &ada).await;
        house.pass(7 * 24 * 60 * 60);
        assert!(!house.app.is_freeze_link_good(&link).await.expect("read"));
        assert!(house.app.freeze_by_link(&house.visit([203, 0, 113, 1]), &link).await.is_err());
        assert_eq!(status(&house, ada.account).await, AccountStatus::Open);
    })
    .await;
}

#[tokio::test]
async fn an_owner_freezes_the_account_from_inside() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (session, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let reset = ask(&house, &visit, ADA).await.expect("asked");
        house.app.freeze_own(&visit, &inside).await.expect("frozen");
        assert_eq!(status(&house, ada.account).await, AccountStatus::Frozen);
        assert_eq!(refused(house.app.authenticate(&session).await), SessionEnded::Ended);
        assert!(house.app.show_reset(&visit, &reset).await.is_err(), "what was half open ends as well");
    })
    .await;
}

impl House {
    /// Two members of staff at the desk who may lift a freeze together.
    pub(crate) async fn two_who_lift(&self) -> [AtDesk; 2] {
        let mut approver = self.colleague("Approver", Role::Approver, [203, 0, 113, 31]).await;
        let mut compliance = self.colleague("Compliance", Role::Compliance, [203, 0, 113, 32]).await;
        [self.at_desk(&mut approver).await.1, self.at_desk(&mut compliance).await.1]
    }

    /// The only request that waits for a second member of staff.
    pub(crate) async fn only_request(&self, at: &AtDesk) -> String {
        let lines = self.app.list_requests(at).await.expect("read");
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].id.to_string()
    }

    /// A freeze by staff is lifted by two of them; says until when nothing leaves the account.
    pub(crate) async fn lift_freeze(&self, [asks, agrees]: &[AtDesk; 2], id: AccountId) -> Option<Timestamp> {
        self.app.ask_to_lift(asks, id, "Cleared.").await.expect("asked");
        let request = self.only_request(agrees).await;
        match self.app.settle_request(agrees, &request, true).await.expect("lifted") {
            Settled::Done { hold_until } => hold_until,
            other => panic!("it is lifted, and not {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_freeze_by_staff_is_lifted_by_two_of_them_alone_and_nothing_leaves_for_a_day() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (app, id) = (&house.app, ada.account);
        let two = house.two_who_lift().await;
        let mut third = house.colleague("Third", Role::Compliance, [203, 0, 113, 33]).await;
        let ([approver, compliance], third) = (&two, house.at_desk(&mut third).await.1);
        assert_eq!(refused(app.ask_to_lift(approver, id, "x").await), DeskRefused::NotFrozenByStaff);
        assert_eq!(refused(app.unfreeze_by_operator(id).await), StaffRefused::NotFrozen);
        app.freeze_by_staff(id).await.expect("frozen");
        assert_eq!(refused(app.freeze_by_staff(id).await), StaffRefused::FrozenAlready);
        let view = app.show_account(id).await.expect("shown");
        assert_eq!(view.frozen.map(|(_, by)| by).as_deref(), Some("staff"));
        assert_eq!(refused(app.unfreeze_by_operator(id).await), StaffRefused::NeedsTwoStaff);
        app.ask_to_lift(approver, id, "Cleared.").await.expect("asked");
        let first = house.only_request(approver).await;
        assert_eq!(refused(app.settle_request(approver, &first, true).await), DeskRefused::SamePerson);
        assert_eq!(status(&house, id).await, AccountStatus::Frozen);
        let (one, other) = tokio::join!(
            app.settle_request(compliance, &first, true),
            app.settle_request(&third, &first, true)
        );
        let until = Some(app.now().plus(std::time::Duration::from_secs(86_400)));
        let lifted = |answer: &Result<Settled, _>| {
            matches!(answer, Ok(Settled::Done { hold_until }) if *hold_until == until)
        };
        assert!(lifted(&one) != lifted(&other), "one of them lifts it: {one:?} {other:?}");
        assert_eq!(app.show_account(id).await.expect("shown").hold_until, until);
        app.freeze_by_staff(id).await.expect("frozen again");
        let late = app.settle_request(compliance, &first, true).await;
        assert_eq!(refused(late), DeskRefused::NoRequest, "a new freeze needs two of its own");
        assert_eq!(house.lift_freeze(&[third, approver.clone()], id).await, until);
        assert_eq!(status(&house, id).await, AccountStatus::Open);
        let nobody = AccountId::from_parts(app.now(), [1; 16]);
        assert_eq!(refused(app.freeze_by_staff(nobody).await), StaffRefused::NoAccount);
        assert_eq!(refused(app.unfreeze_by_operator(nobody).await), StaffRefused::NoAccount);
        assert_eq!(refused(app.ask_to_lift(approver, nobody, "x").await), DeskRefused::NotFrozenByStaff);
    })
    .await;
}

/// Signs in to the frozen account, up to the page that lifts the freeze.
async fn knock<'h>(house: &'h House, ada: &crate::house::Customer) -> Browser<'h> {
    house.pass(30);
    let mut browser = Browser::new(house, [203, 0, 113, 9]);
    assert_eq!(browser.try_password(ADA, PASSWORD).await, Ok(SignInStep::SecondFactor));
    assert_eq!(browser.factor(&house.totp(ada, 0)).await, Ok(SignInStep::Unfreeze));
    browser
}

#[tokio::test]
async fn the_owner_lifts_a_freeze_by_password_factor_and_a_mailed_code_and_gets_no_session() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (app, id) = (&house.app, ada.account);
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        app.freeze_own(&visit, &inside).await.expect("frozen");
        let browser = knock(&house, &ada).await;
        let letters = house.letters().await;
        let code = letters.into_iter().rev().find_map(|letter| letter.code).expect("a code was sent");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let told = refused(app.unfreeze_own(&browser.visit, &browser.cookie, wrong).await);
        assert_eq!(told, SignInRefused::WrongCode { tries_left: 4 });
        assert!(matches!(browser.clone().access().await, Err(SignInRefused::OtherStep { .. })));
        let lift = || app.unfreeze_own(&browser.visit, &browser.cookie, &code);
        let (one, two) = tokio::join!(lift(), lift());
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let until = Some(app.now().plus(std::time::Duration::from_secs(86_400)));
        let lifted = one.or(two).expect("one of them");
        assert_eq!(lifted.hold_until, until);
        assert_eq!(status(&house, id).await, AccountStatus::Open);
        assert!(app.list_sessions(&inside).await.expect("read").is_empty(), "no session came of it");
        assert!(house.letters().await.iter().any(|l| l.kind == "unfrozen"));
        let held = app.may(&visit, &inside, Action::Withdraw).await;
        assert!(matches!(refused(held), ActionRefused::Held { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_freeze_by_staff_stops_an_owner_who_is_lifting_an_own_one() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let app = &house.app;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        app.freeze_own(&visit, &inside).await.expect("frozen");
        let browser = knock(&house, &ada).await;
        let code = house.code_for(ADA).await;
        app.freeze_by_staff(ada.account).await.expect("taken over");
        assert!(app.unfreeze_own(&browser.visit, &browser.cookie, &code).await.is_err());
        assert_eq!(status(&house, ada.account).await, AccountStatus::Frozen);
        house.pass(30);
        let mut later = Browser::new(&house, [203, 0, 113, 9]);
        later.try_password(ADA, PASSWORD).await.expect("on to the factor");
        assert_eq!(later.factor(&house.totp(&ada, 0)).await, Err(SignInRefused::Frozen));
    })
    .await;
}

#[tokio::test]
async fn staff_see_less_than_the_owner_and_every_look_leaves_a_trace() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        house.pass(1);
        house.customer("bob@example.org").await;
        let app = &house.app;
        let lines = app.list_accounts(None, 10).await.expect("listed");
        let masked: Vec<_> = lines.iter().filter_map(|line| line.identifier_masked.as_deref()).collect();
        assert_eq!(masked, ["a•••@example.org", "b•••@example.org"]);
        assert_eq!(app.list_accounts(Some(ada.account), 10).await.expect("the next page").len(), 1);
        assert_eq!(app.find_account_for_staff("ADA@example.org", None).await.expect("found"), ada.account);
        let by_id = app.find_account_for_staff(&ada.account.to_string(), None).await;
        assert_eq!(by_id.expect("found"), ada.account);
        assert_eq!(
            refused(app.find_account_for_staff("eve@example.org", None).await),
            StaffRefused::NoAccount
        );
        let view = app.show_account(ada.account).await.expect("shown");
        assert_eq!(
            (view.identifiers_masked.as_slice(), view.recovery_codes_left),
            (&["a•••@example.org".to_owned()][..], 10)
        );
        let looked = AuditKind::StaffLooked;
        let since = doorward_domain::time::Timestamp::from_seconds(0);
        let looks = doorward_store::audit::count_audit(&app.db, ada.account, looked, since, 10).await;
        assert_eq!(looks.expect("read"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_of_staff_goes_to_the_owner_alone() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let app = &house.app;
        app.send_reset_link(ada.account).await.expect("sent");
        let letters = house.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].to == ADA && letters[0].code.is_none(), "no browser asked, so there is no code");
        let link = letters[0].link.as_deref().and_then(Token::parse).expect("a link");
        let visit = house.visit([203, 0, 113, 1]);
        let moved = app.open_reset_link(&visit, &link).await.expect("opened");
        let moved =
            app.give_reset_factor(&visit, &moved.cookie, &house.totp(&ada, 0)).await.expect("a factor");
        app.choose_reset_password(&visit, &moved.cookie, &"violet-Harbour-93-compass".into())
            .await
            .expect("replaced");
    })
    .await;
}

#[tokio::test]
async fn staff_end_the_sessions_of_one_account_or_of_all() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, bob) = (house.customer(ADA).await, house.customer("bob@example.org").await);
        let visit = house.visit([203, 0, 113, 1]);
        let (of_ada, _) = enter(&house, &ada, &visit, Factor::Totp).await;
        let (of_bob, _) = enter(&house, &bob, &visit, Factor::Totp).await;
        let app = &house.app;
        assert_eq!(app.end_sessions_by_staff(ada.account).await.expect("ended"), 1);
        assert!(app.authenticate(&of_ada).await.is_err());
        app.authenticate(&of_bob).await.expect("bob stays");
        assert_eq!(app.end_all_sessions_by_staff().await.expect("ended"), 1);
        assert!(app.authenticate(&of_bob).await.is_err());
        assert_eq!(crate::blocks::of_house(&house, AuditKind::StaffEndedSessions).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_ready_account_follows_the_rules_of_a_sign_up() {
    on_both(async |db| {
        let house = House::open(db);
        let app = &house.app;
        let english = doorward_domain::language::Language::English;
        assert!(app.open_ready_account("ada", &PASSWORD.into(), english).await.is_err());
        assert!(app.open_ready_account(ADA, &"short".into(), english).await.is_err());
        let ready = app.open_ready_account(ADA, &PASSWORD.into(), english).await.expect("opened");
        assert_eq!(ready.recovery_codes.len(), 10);
        let view = app.show_account(ready.account).await.expect("shown");
        assert!(view.totp_usable && view.recovery_codes_left == 10 && view.hold_until.is_none());
        assert!(app.open_ready_account(ADA, &PASSWORD.into(), english).await.is_err(), "taken");
    })
    .await;
}
