//! Sign-up and forgotten password without script: a code by mail stands in for the human check, under budgets of its
//! own (decision 0006). On both databases.

use doorward_app::Visit;
use doorward_app::failure::Failure;
use doorward_app::human_check::{HumanAnswer, HumanCheckPurpose};
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::policy::Policy;
use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::sign_up::{SignUpRefused, SignUpStep};
use doorward_domain::throttle::Rate;
use doorward_domain::time::Timestamp;
use doorward_store::testing::on_both;

use crate::house::{House, PASSWORD};
use crate::sign_up::{human, refused};

const ADA: &str = "ada@example.org";
const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// A browser that runs no script.
fn visit(house: &House, address: [u8; 4]) -> Visit {
    Visit { script: false, ..house.visit(address) }
}

async fn begin(house: &House, visit: &Visit, identifier: &str) -> Result<String, Failure<SignUpRefused>> {
    house.app.begin_sign_up(visit, identifier, None, None).await.map(|moved| {
        assert_eq!(moved.step, SignUpStep::Code);
        moved.cookie
    })
}

async fn ask(house: &House, visit: &Visit, identifier: &str) -> Result<String, Failure<ResetRefused>> {
    house.app.ask_reset(visit, identifier, None, None).await.map(|moved| {
        assert_eq!(moved.step, ResetStep::ChannelProof);
        moved.cookie
    })
}

/// When a throttled sign-up may come again.
fn waits(told: Result<String, Failure<SignUpRefused>>) -> Timestamp {
    match refused(told) {
        SignUpRefused::Throttled { retry_at } => retry_at,
        other => panic!("not throttled: {other:?}"),
    }
}

#[tokio::test]
async fn without_script_the_mailed_code_leads_on_to_the_password() {
    on_both(async |db| {
        let house = House::open(db);
        let (app, browser) = (&house.app, visit(&house, [203, 0, 113, 1]));
        let cookie = begin(&house, &browser, ADA).await.expect("begun");
        let code = house.code_for(ADA).await;
        let moved = app.give_sign_up_code(&browser, &cookie, &code).await.expect("the right code");
        assert_eq!(moved.step, SignUpStep::Password);
        let chosen = app.choose_sign_up_password(&browser, &moved.cookie, &PASSWORD.into()).await;
        assert_eq!(chosen.expect("a good password").step, SignUpStep::Authenticator);
    })
    .await;
}

#[tokio::test]
async fn without_script_the_mailed_code_replaces_a_forgotten_password() {
    on_both(async |db| {
        let house = House::open(db);
        let customer = house.customer(ADA).await;
        let (app, browser) = (&house.app, visit(&house, [203, 0, 113, 1]));
        let cookie = ask(&house, &browser, ADA).await.expect("asked");
        let code = house.code_for(ADA).await;
        let moved = app.give_reset_code(&browser, &cookie, &code).await.expect("the right code");
        let factor = house.totp(&customer, 0);
        let moved = app.give_reset_factor(&browser, &moved.cookie, &factor).await.expect("the right factor");
        let new = "violet-Harbour-93-compass".into();
        app.choose_reset_password(&browser, &moved.cookie, &new).await.expect("replaced");
    })
    .await;
}

#[tokio::test]
async fn a_network_has_three_such_codes_an_hour_for_both_ways_together() {
    on_both(async |db| {
        let house = House::open(db);
        let browser = visit(&house, [203, 0, 113, 1]);
        begin(&house, &browser, "a@example.org").await.expect("the first");
        ask(&house, &browser, "b@example.org").await.expect("the second");
        begin(&house, &browser, "c@example.org").await.expect("the third");
        let retry_at = waits(begin(&house, &browser, "d@example.org").await);
        assert_eq!(retry_at, house.app.now().plus(HOUR / 3));
        let told = refused(ask(&house, &browser, "d@example.org").await);
        assert_eq!(told, ResetRefused::Throttled { retry_at });
        let answer = human(&house, &browser, HumanCheckPurpose::SignUp);
        let checked = house.app.begin_sign_up(&browser, "d@example.org", None, Some(&answer)).await;
        checked.expect("whoever passes the human check is not held by this");
        begin(&house, &visit(&house, [203, 0, 113, 2]), "e@example.org").await.expect("another network");
        house.pass(20 * 60);
        begin(&house, &browser, "f@example.org").await.expect("one is regained");
    })
    .await;
}

#[tokio::test]
async fn a_crowd_of_networks_shares_the_budget_of_the_site_further_codes_included() {
    on_both(async |db| {
        let site = |policy: &mut Policy| policy.throttle.scriptless_codes_site = Rate::new(4, HOUR, 4);
        let house = House::with(db, site);
        let at = |network: u8| visit(&house, [198, 51, network, 1]);
        let first = at(0);
        let cookie = begin(&house, &first, "a@example.org").await.expect("the first");
        ask(&house, &at(1), "b@example.org").await.expect("the second");
        begin(&house, &at(2), "c@example.org").await.expect("the third");
        house.pass(61);
        house.app.resend_sign_up_code(&first, &cookie).await.expect("the fourth, to the first address");
        waits(begin(&house, &at(3), "d@example.org").await);
        assert!(matches!(
            refused(ask(&house, &at(4), "d@example.org").await),
            ResetRefused::Throttled { .. }
        ));
        house.pass(61);
        let again = refused(house.app.resend_sign_up_code(&first, &cookie).await);
        assert!(matches!(again, SignUpRefused::Throttled { .. }), "{again:?}");
        let other = house.visit([198, 51, 5, 1]);
        let answer = human(&house, &other, HumanCheckPurpose::SignUp);
        let checked = house.app.begin_sign_up(&other, "e@example.org", None, Some(&answer)).await;
        let cookie = checked.expect("the ordinary way stays open").cookie;
        house.pass(61);
        house.app.resend_sign_up_code(&other, &cookie).await.expect("and so do its further codes");
    })
    .await;
}

#[tokio::test]
async fn no_sms_is_sent_without_a_human_check_whoever_has_the_number() {
    on_both(async |db| {
        let house = House::open(db);
        let known = "+4915123456781";
        house.customer(known).await;
        let needed = HumanCheckRefused::NeededForSms;
        for number in [known, "+4915123456782"] {
            let browser = visit(&house, [203, 0, 113, 1]);
            let told = refused(begin(&house, &browser, number).await);
            assert_eq!(told, SignUpRefused::HumanCheck(needed), "{number}");
            let told = refused(ask(&house, &browser, number).await);
            assert_eq!(told, ResetRefused::HumanCheck(needed), "{number}");
        }
        assert!(house.letters().await.is_empty());
        let browser = visit(&house, [203, 0, 113, 1]);
        for address in ["a@example.org", "b@example.org", "c@example.org"] {
            begin(&house, &browser, address).await.expect("a refused number cost nothing");
        }
    })
    .await;
}

#[tokio::test]
async fn a_check_that_came_and_is_wrong_is_no_way_without_one() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let browser = house.visit([203, 0, 113, 1]);
        let right = human(&house, &browser, HumanCheckPurpose::SignIn);
        let forged = HumanAnswer { token: "nonsense".into(), ..right.clone() };
        for answer in [HumanAnswer::default(), forged, right] {
            let told = refused(house.app.begin_sign_up(&browser, "b@example.org", None, Some(&answer)).await);
            assert_eq!(told, SignUpRefused::HumanCheck(HumanCheckRefused::NotPassed));
            let told = refused(house.app.ask_reset(&browser, ADA, None, Some(&answer)).await);
            assert_eq!(told, ResetRefused::HumanCheck(HumanCheckRefused::NotPassed));
        }
        assert!(house.letters().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_browser_without_a_cookie_of_ours_gets_no_code() {
    on_both(async |db| {
        let house = House::open(db);
        let stranger = Visit { browser: None, ..visit(&house, [203, 0, 113, 1]) };
        let told = refused(begin(&house, &stranger, ADA).await);
        assert_eq!(told, SignUpRefused::HumanCheck(HumanCheckRefused::NotPassed));
        assert!(house.letters().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn known_and_unknown_addresses_look_the_same_without_script_too() {
    on_both(async |db| {
        let house = House::open(db);
        house.customer(ADA).await;
        let mut seen = Vec::new();
        for (network, identifier) in [(1, ADA), (2, "eve@example.org")] {
            let (app, one) = (&house.app, visit(&house, [203, 0, 113, network]));
            let mut of_one = Vec::new();
            let signing_up = begin(&house, &one, identifier).await.expect("looks begun");
            of_one.push(signing_up.len().to_string());
            of_one.push(format!("{:?}", refused(ask(&house, &one, identifier).await)));
            house.pass(60);
            let resetting = ask(&house, &one, identifier).await.expect("looks asked");
            of_one.push(resetting.len().to_string());
            of_one.push(format!("{:?}", app.give_sign_up_code(&one, &signing_up, "000000").await.err()));
            of_one.push(format!("{:?}", app.give_reset_code(&one, &resetting, "000000").await.err()));
            house.pass(60);
            of_one.push(format!("{:?}", app.resend_sign_up_code(&one, &signing_up).await));
            house.pass(60);
            of_one.push(format!("{:?}", app.resend_reset_code(&one, &resetting).await));
            house.pass(60);
            begin(&house, &one, "filler@example.org").await.expect("the third of this network");
            house.pass(60);
            let told = waits(begin(&house, &one, identifier).await);
            of_one.push(format!("{:?}", told.since(house.app.now())));
            house.pass(2 * 60 * 60);
            seen.push(of_one);
        }
        // The first refusal names its moment, which is another for the second address: only its kind is compared.
        for of_one in &mut seen {
            of_one[1] = of_one[1].split('{').next().unwrap_or_default().to_owned();
        }
        assert_eq!(seen[0], seen[1]);
    })
    .await;
}
