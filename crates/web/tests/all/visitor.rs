//! Where a visitor comes from, in which language they read, and what they see when a part of the house is down.

use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::browser::Browser;
use crate::house::{BOTH, House, Plan};

#[tokio::test]
async fn a_chosen_language_stays_and_the_browser_s_own_is_the_beginning() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    let mut request = browser.request(Method::GET, "/");
    request.headers_mut().insert("accept-language", HeaderValue::from_static("de-AT, de;q=0.9"));
    assert!(browser.send(request).await.text().contains("<html lang=\"de\">"));
    assert!(browser.get("/help?language=de").await.text().contains("<html lang=\"de\">"));
    assert!(browser.get("/sign-in").await.text().contains("<html lang=\"de\">"));
    assert!(browser.get("/sign-in?language=en").await.text().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_forwarded_address_counts_from_a_configured_proxy_alone() {
    let house = House::of(Plan { trusted_proxies: &["10.0.0.0/8"], mailbox: false, ..Plan::default() }).await;
    // Only a proxy of ours is believed that its visitor sits at this machine.
    for (peer, believed) in [("10.1.2.3", true), ("198.51.100.9", false)] {
        let mut browser = Browser::new(&house.router).from(peer);
        let mut request = browser.request(Method::GET, "/before-you-sign-in");
        let forwarded = HeaderName::from_static("x-forwarded-for");
        request.headers_mut().insert(forwarded, HeaderValue::from_static("203.0.113.1, 127.0.0.1"));
        let page = browser.send(request).await;
        assert_eq!(page.text().contains("It does not leave this machine"), believed, "{peer}");
    }
}

#[tokio::test]
async fn a_stopped_database_gives_503_and_says_when_to_come_back() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut customer = house.customer().await;
        let mut flow = Browser::new(&house.router);
        flow.get("/sign-in").await;
        flow.post("/sign-in", &[("identifier", "ada@example.org")]).await;
        house.app.db.close().await;
        for page in [flow.get("/sign-in/password").await, customer.post("/sign-out", &[]).await] {
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{database:?}");
            assert!(!page.header("retry-after").is_empty());
            assert!(page.text().contains(page.header("x-request-id")), "the page names its request");
        }
        assert_eq!(flow.get("/").await.status, StatusCode::OK, "a page without data still opens");
        assert_eq!(flow.get("/healthz").await.status, StatusCode::OK);
        assert_eq!(flow.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn finders_of_weaknesses_and_password_managers_find_their_way() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    let text = browser.get("/.well-known/security.txt").await.text();
    assert!(text.contains("Contact: mailto:security@example.org\nExpires: 20"), "{text}");
    assert_eq!(browser.get("/.well-known/change-password").await.location(), "/security/password");
}

#[tokio::test]
async fn challenges_are_drawn_for_a_network_so_often_and_then_it_is_told_when_to_come_back() {
    const CHALLENGE: &str = "/human-check?purpose=sign-up&way=picture";
    let house = House::new().await;
    let mut browser = Browser::new(&house.router).from("203.0.113.9");
    browser.get("/sign-up").await;
    let burst = house.app.policy.throttle.challenges.burst;
    let mut drawn = 0;
    let told = loop {
        let answer = browser.get(CHALLENGE).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        drawn += 1;
        assert!(drawn <= burst * 2, "it is drawn for ever");
    };
    assert!(drawn >= burst, "{drawn}");
    assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!told.header("retry-after").is_empty());
    let mut other = Browser::new(&house.router).from("198.51.100.9");
    other.get("/sign-up").await;
    assert_eq!(other.get(CHALLENGE).await.status, StatusCode::OK, "another network is not touched");
}
