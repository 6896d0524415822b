//! The rules of countries, on every surface (entry rules 7).

use std::collections::BTreeMap;
use std::time::Duration;

use doorward_domain::country::Country;
use doorward_domain::identity::IdentityRecord;
use doorward_domain::jurisdiction::{JurisdictionPolicy, Mode, Row, Schedule};
use doorward_domain::time::Timestamp;
use doorward_web::routes::{Access, ROUTES};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::browser::{Browser, Page};
use crate::house::{House, Plan};
use crate::person::{goes_to, with};

/// A policy in which these rows hold from the beginning of time.
pub(crate) fn policy(rows: &[(&str, Mode)]) -> JurisdictionPolicy {
    let row = |(name, mode): &(&str, Mode)| {
        let schedule = Schedule::new(vec![(Timestamp::from_seconds(0), *mode)]).expect("one step");
        (Row::from_name(name).expect("a row"), schedule)
    };
    JurisdictionPolicy::new(rows.iter().map(row).collect())
}

/// Writes an identity record: from now on the residence is verified.
pub(crate) async fn resides(house: &House, identifier: &str, code: &str) {
    let record = IdentityRecord {
        name: "Ada Lovelace".to_owned(),
        birth_date: "1990-12-10".to_owned(),
        residence: code.to_owned(),
        level: "full".to_owned(),
        source: "counter".to_owned(),
    };
    let account = house.app.find_account_for_staff(identifier, None).await.expect("an account");
    house.app.write_identity(account, &record, "L01X00T47").await.expect("written");
}

fn is_refused(page: &Page) -> bool {
    page.status == StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
}

/// Sends a form of the table without the fields that may be absent and without a good token: past the rules of
/// countries it is told 403.
async fn post_without_token(browser: &Browser, path: &str) -> Page {
    let mut browser = browser.clone();
    let route = ROUTES.iter().find(|route| route.path == path && route.method == Method::POST);
    let fields = route.unwrap_or_else(|| panic!("{path} is no form")).fields;
    let body: Vec<String> =
        fields.iter().filter(|name| !name.ends_with('?')).map(|name| format!("{name}=")).collect();
    browser.post_raw(path, body.join("&").into_bytes()).await
}

#[tokio::test]
async fn each_mode_leaves_open_on_every_surface_what_the_table_says() {
    let house = House::new().await;
    let customer = house.customer().await;
    let in_flow = house.browser_in_every_flow().await;
    let stranger = Browser::new(&house.router);
    for mode in Mode::ALL {
        house.app.jurisdictions.replace(policy(&[("local", *mode)]));
        let open = *mode == Mode::Open;
        let blocked = *mode == Mode::Blocked;
        // Looking.
        for path in ["/dashboard", "/security", "/security/password", "/review", "/api/session"] {
            let page = customer.clone().get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{mode:?} GET {path}");
        }
        // Changing what guards the account.
        for path in ["/security/password", "/security/authenticator", "/security/recovery-codes"] {
            let page = post_without_token(&customer, path).await;
            assert_eq!(is_refused(&page), blocked, "{mode:?} POST {path}: {}", page.status);
        }
        for path in ["/forgot-password", "/forgot-password/link"] {
            let page = post_without_token(&stranger, path).await;
            assert_eq!(is_refused(&page), blocked, "{mode:?} POST {path}: {}", page.status);
        }
        // What protects the owner.
        for path in ["/sign-out", "/security/sessions/end", "/security/devices/forget", "/review"] {
            let page = post_without_token(&customer, path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{mode:?} POST {path}");
        }
        assert_eq!(post_without_token(&stranger, "/freeze").await.status, StatusCode::FORBIDDEN);
        // Signing in.
        assert_eq!(stranger.clone().get("/sign-in").await.status, StatusCode::OK, "{mode:?}");
        for path in ["/sign-in", "/sign-in/password", "/sign-in/access"] {
            let page = post_without_token(&in_flow, path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{mode:?} POST {path}");
        }
        // Signing up, the first page and every step.
        assert_eq!(is_refused(&stranger.clone().get("/sign-up").await), !open, "{mode:?} GET /sign-up");
        for path in
            ["/sign-up", "/sign-up/code", "/sign-up/password", "/sign-up/authenticator", "/sign-up/access"]
        {
            let page = post_without_token(&in_flow, path).await;
            assert_eq!(is_refused(&page), !open, "{mode:?} POST {path}: {}", page.status);
        }
    }
}

#[tokio::test]
async fn no_form_behind_the_door_is_forgotten_when_a_country_is_blocked() {
    let house = House::new().await;
    let customer = house.customer().await;
    house.app.jurisdictions.replace(policy(&[("local", Mode::Blocked)]));
    let always_open = [
        "/sign-out",
        "/security/sessions/end",
        "/security/devices/forget",
        "/security/waiting/cancel",
        "/security/case/stop",
        "/security/freeze",
        "/review",
        "/account/data/keep",
        // Looks, and changes nothing.
        "/account/data/take",
    ];
    for path in always_open {
        let page = post_without_token(&customer, path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "POST {path} is past the rules of countries");
    }
    let behind =
        ROUTES.iter().filter(|route| route.access == Access::Customer && route.method == Method::POST);
    for route in behind.filter(|route| !always_open.contains(&route.path) && !route.path.contains('{')) {
        let page = post_without_token(&customer, route.path).await;
        // A form that needs a body of another kind is refused for that first.
        let known = [StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, StatusCode::UNSUPPORTED_MEDIA_TYPE];
        assert!(known.contains(&page.status), "{route:?} answers {}", page.status);
    }
}

#[tokio::test]
async fn a_refusal_says_what_why_since_when_and_what_remains() {
    let house = House::new().await;
    let since = house.now();
    let steps = Schedule::new(vec![(since, Mode::Closing)]).expect("one step");
    house.app.jurisdictions.replace(JurisdictionPolicy::new(BTreeMap::from([(Row::Local, steps)])));
    let mut browser = Browser::new(&house.router);
    let text = browser.get("/sign-up").await.text();
    for said in [
        "These rules do not let you open an account. In force: Closing.",
        "The rules for private networks apply",
        "In force since",
        "23 November 2026, 04:00 UTC",
        "<li>withdraw</li>",
        "<li>sell</li>",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    for not_said in ["<li>buy</li>", "<li>deposit</li>"] {
        assert!(!text.contains(not_said), "{not_said}");
    }
}

#[tokio::test]
async fn a_customer_sees_the_rule_in_force_until_it_ends() {
    let house = House::new().await;
    let mut customer = house.customer().await;
    assert!(!customer.get("/dashboard").await.text().contains("class=\"restriction\""));
    for (mode, said) in [
        (Mode::Closing, "Closing: no new deposits, purchases, API keys or accounts"),
        (Mode::WithdrawOnly, "Withdrawals only: you can withdraw and cancel orders"),
        (Mode::Blocked, "Blocked: you can look at your account, and nothing else"),
    ] {
        house.app.jurisdictions.replace(policy(&[("local", mode)]));
        for path in ["/dashboard", "/security", "/review"] {
            assert!(customer.get(path).await.text().contains(said), "{mode:?} {path}");
        }
    }
    house.app.jurisdictions.replace(JurisdictionPolicy::default());
    assert!(!customer.get("/dashboard").await.text().contains("class=\"restriction\""));
}

#[tokio::test]
async fn the_country_follows_the_forwarded_address_from_a_configured_proxy_alone() {
    let house = House::of(Plan { trusted_proxies: &["10.0.0.0/8"], mailbox: false, ..Plan::default() }).await;
    assert!(Country::parse("US").is_some());
    house.app.jurisdictions.replace(policy(&[("US", Mode::Closing)]));
    // 8.8.8.8 is registered in the United States, 193.0.6.139 in the Netherlands.
    for (peer, forwarded, refused) in [
        ("8.8.8.8", None, true),
        ("193.0.6.139", None, false),
        ("10.0.0.7", Some("8.8.8.8"), true),
        ("10.0.0.7", Some("193.0.6.139"), false),
        ("10.0.0.7", Some("193.0.6.139, 8.8.8.8"), true),
        ("10.0.0.7", Some("8.8.8.8, 193.0.6.139"), false),
        ("10.0.0.7", Some("8.8.8.8, 10.0.0.9"), true),
        ("8.8.8.8", Some("193.0.6.139"), true),
        ("193.0.6.139", Some("8.8.8.8"), false),
    ] {
        let mut browser = Browser::new(&house.router).from(peer);
        let mut request = browser.request(Method::GET, "/sign-up");
        if let Some(forwarded) = forwarded {
            let name = HeaderName::from_static("x-forwarded-for");
            request.headers_mut().insert(name, HeaderValue::from_str(forwarded).expect("a header"));
        }
        assert_eq!(is_refused(&browser.send(request).await), refused, "{peer} {forwarded:?}");
    }
}

#[tokio::test]
async fn lost_country_data_put_everybody_beyond_this_machine_under_the_strictest_row() {
    let house = House::new().await;
    house.app.jurisdictions.replace(policy(&[("US", Mode::Closing)]));
    let from = |address: &str| Browser::new(&house.router).from(address);
    assert!(!is_refused(&from("193.0.6.139").get("/sign-up").await));
    house.app.read_country_data_again(std::path::Path::new("/nowhere/at.mmdb"));
    assert!(is_refused(&from("193.0.6.139").get("/sign-up").await));
    assert!(!is_refused(&from("127.0.0.1").get("/sign-up").await));
    let ready = from("127.0.0.1").get("/readyz").await.text();
    assert!(ready.contains("country data lost"), "{ready}");
}

#[tokio::test]
async fn a_place_is_shown_with_the_month_of_its_data() {
    let house = House::new().await;
    let mut person = house.sign_up("ada@example.org").await;
    assert!(person.browser.get("/review").await.text().contains("private network"));
    let mut abroad = Browser::new(&house.router).from("193.0.6.139");
    house.sign_in(&mut abroad, &person).await;
    let text = abroad.get("/review").await.text();
    assert!(text.contains("193.0.6.139</span>, Netherlands (data of November 2026)"), "{text}");
    let german = abroad.get("/security?language=de").await;
    assert!(german.location() == "/review?return_to=/security" || german.text().contains("Niederlande"));
}

/// Asks for a reset and gives what the page that follows says, but for what differs at each request.
async fn ask_reset(house: &House, browser: &mut Browser, identifier: &str) -> (StatusCode, String, String) {
    house.pass(Duration::from_secs(60));
    browser.get("/forgot-password").await;
    let check = house.solve(browser, "forgot-password").await;
    let page = browser.post("/forgot-password", &with(&check, &[("identifier", identifier)])).await;
    let location = page.location().to_owned();
    let text = browser.get("/forgot-password/code").await.text();
    let main =
        text.split("<main").nth(1).expect("a page").split("</main>").next().expect("its end").to_owned();
    let csrf = browser.csrf.clone();
    (page.status, location, main.replace(&csrf, "csrf"))
}

#[tokio::test]
async fn a_forgotten_password_is_judged_by_the_residence_once_the_channel_is_proved_and_not_before() {
    let house = House::new().await;
    let ada = house.sign_up("ada@example.org").await;
    resides(&house, "ada@example.org", "NL").await;
    house.app.jurisdictions.replace(policy(&[("NL", Mode::Blocked)]));
    // To whoever asks, an account of a blocked residence looks like none at all.
    let mut owner = Browser::new(&house.router);
    let theirs = ask_reset(&house, &mut owner, "ada@example.org").await;
    let nobody = ask_reset(&house, &mut Browser::new(&house.router), "abc@example.org").await;
    assert_eq!(theirs, nobody);
    let wrong = owner.post("/forgot-password/code", &[("code", "000000")]).await;
    assert!(!is_refused(&wrong), "{}", wrong.status);
    let code = house.mailed_code("ada@example.org").await;
    goes_to(&owner.post("/forgot-password/code", &[("code", &code)]).await, "/forgot-password/factor");
    owner.get("/forgot-password/factor").await;
    let factor = house.next_app_code(&ada);
    let page = owner.post("/forgot-password/factor", &[("code", &factor)]).await;
    assert!(is_refused(&page), "{}", page.status);
    assert!(page.text().contains("your verified residence is there"), "{}", page.text());
    let page = owner.post("/forgot-password/lost-factor", &[]).await;
    assert!(is_refused(&page), "no case either: {}", page.status);
    // Where the rules let go, the same reset goes on.
    house.app.jurisdictions.replace(policy(&[("NL", Mode::WithdrawOnly)]));
    owner.get("/forgot-password/factor").await;
    let page = owner.post("/forgot-password/factor", &[("code", &factor)]).await;
    goes_to(&page, "/forgot-password/password");
    house.app.jurisdictions.replace(policy(&[("NL", Mode::Blocked)]));
    let page = owner.post("/forgot-password/password", &[("password", "violet-Harbour-93-compass")]).await;
    assert!(is_refused(&page), "{}", page.status);
}

#[tokio::test]
async fn a_case_is_judged_by_the_residence_once_the_channel_is_proved() {
    let house = House::new().await;
    let ada = house.sign_up("ada@example.org").await;
    resides(&house, "ada@example.org", "NL").await;
    house.pass(Duration::from_secs(60));
    let mut owner = Browser::new(&house.router);
    let page = house.sign_in_to_factor(&mut owner, "ada@example.org", &ada.password).await;
    goes_to(&page, "/sign-in/code");
    owner.get("/sign-in/code").await;
    goes_to(&owner.post("/sign-in/lost-factor", &[]).await, "/case/code");
    house.app.jurisdictions.replace(policy(&[("NL", Mode::Blocked)]));
    owner.get("/case/code").await;
    let code = house.mailed_code("ada@example.org").await;
    let page = owner.post("/case/code", &[("code", &code)]).await;
    goes_to(&page, "/case/authenticator");
    owner.get("/case/authenticator").await;
    let page = owner.post("/case/authenticator", &[("code", "000000")]).await;
    assert!(is_refused(&page), "{}", page.status);
}

#[tokio::test]
async fn another_sign_up_in_a_browser_that_an_account_knows_is_judged_by_its_residence() {
    let house = House::new().await;
    let mut ada = house.sign_up("ada@example.org").await;
    resides(&house, "ada@example.org", "NL").await;
    house.app.jurisdictions.replace(policy(&[("NL", Mode::Closing)]));
    ada.browser.post("/sign-out", &[]).await;
    assert!(is_refused(&ada.browser.get("/sign-up").await));
    assert!(!is_refused(&Browser::new(&house.router).get("/sign-up").await));
}
