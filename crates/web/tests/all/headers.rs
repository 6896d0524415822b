//! What every answer wears.

use doorward_web::routes::ROUTES;
use http::Method;

use crate::browser::{Browser, Page};
use crate::house::{House, Plan};

/// The headers of an answer, without what differs from one to the next.
fn fixed(page: &Page) -> String {
    let mut lines: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| {
            !["x-request-id", "content-length", "set-cookie", "etag"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("plain text")))
        .collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn a_page_wears_its_headers() {
    let house = House::new().await;
    insta::assert_snapshot!(fixed(&Browser::new(&house.router).get("/").await));
}

#[tokio::test]
async fn a_page_under_tls_wears_its_headers() {
    let house = House::of(Plan { public_url: "https://localhost:8080", ..Plan::default() }).await;
    insta::assert_snapshot!(fixed(&Browser::new(&house.router).get("/").await));
}

#[tokio::test]
async fn an_asset_may_be_kept_for_ever() {
    let house = House::new().await;
    let path = format!("{}/doorward.css", doorward_web::assets::base());
    let page = Browser::new(&house.router).get(&path).await;
    insta::assert_snapshot!(fixed(&page));
}

#[tokio::test]
async fn every_answer_names_its_request_and_forbids_sniffing_and_frames() {
    let house = House::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for route in ROUTES {
        for actor in ["/", "evil"] {
            let mut browser = Browser::new(&house.router);
            let mut request = browser.request(Method::GET, route.path.split('{').next().expect("a path"));
            if actor == "evil" {
                request.headers_mut().insert("host", "evil.example".parse().expect("a host"));
            }
            *request.method_mut() = route.method.clone();
            let page = browser.send(request).await;
            assert!(seen.insert(page.header("x-request-id").to_owned()), "{}", route.path);
            assert_eq!(page.header("x-request-id").len(), 16, "{}", route.path);
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{}", route.path);
            let policy = page.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{}", route.path);
            assert!(page.headers.get_all("cache-control").iter().count() == 1, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn nothing_personal_is_kept_by_a_cache() {
    let house = House::new().await;
    for route in
        ROUTES.iter().filter(|route| !route.path.starts_with("/assets") && route.path != "/favicon.ico")
    {
        let mut browser = Browser::new(&house.router);
        let page = browser
            .send(browser.request(route.method.clone(), route.path.split('{').next().expect("a path")))
            .await;
        assert_eq!(page.header("cache-control"), "no-store", "{}", route.path);
    }
}

#[tokio::test]
async fn no_page_holds_anything_inline() {
    let house = House::new().await;
    for route in ROUTES.iter().filter(|route| route.is_page() && route.method == Method::GET) {
        let text = Browser::new(&house.router).get(&route.path.replace("{topic}", "holds")).await.text();
        for inline in [" style=", "<style", "javascript:", " onclick=", " onload=", "<script>"] {
            assert!(!text.contains(inline), "{}: {inline}", route.path);
        }
    }
}

#[tokio::test]
async fn assets_are_packed_for_those_who_take_it() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    let path = format!("{}/doorward.css", doorward_web::assets::base());
    let plain = browser.get(&path).await;
    let mut request = browser.request(Method::GET, &path);
    request.headers_mut().insert("accept-encoding", "gzip, br".parse().expect("a header"));
    let packed = browser.send(request).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < plain.body.len() / 2);
}
