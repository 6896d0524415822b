//! Every form with everything that no form of ours sends: a clear 4xx, and nothing is written.

use axum::body::Body;
use doorward_domain::staff::Role;
use doorward_web::routes::{Access, ROUTES, Route};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};

use crate::browser::{Browser, encode};
use crate::house::House;

/// A request that its form would send, with empty texts.
fn proper(browser: &Browser, route: &Route) -> (Request<Body>, String) {
    let fields: Vec<(&str, &str)> = route
        .fields
        .iter()
        .filter(|name| !name.ends_with('?'))
        .map(|name| (*name, if *name == "csrf" { browser.csrf.as_str() } else { "" }))
        .collect();
    let mut request = browser.request(Method::POST, route.path);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, form);
    (request, encode(&fields))
}

struct Case {
    name: &'static str,
    status: StatusCode,
    change: fn(&mut Request<Body>, String),
}

fn with(request: &mut Request<Body>, body: impl Into<Body>) {
    *request.body_mut() = body.into();
}

fn set(request: &mut Request<Body>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

const CASES: &[Case] = &[
    Case {
        name: "json",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        change: |request, body| {
            set(request, "content-type", "application/json");
            with(request, body);
        },
    },
    Case {
        name: "multipart",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        change: |request, body| {
            set(request, "content-type", "multipart/form-data; boundary=x");
            with(request, body);
        },
    },
    Case {
        name: "plain text",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        change: |request, body| {
            set(request, "content-type", "text/plain");
            with(request, body);
        },
    },
    Case {
        name: "no media type",
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        change: |request, body| {
            request.headers_mut().remove(header::CONTENT_TYPE);
            with(request, body);
        },
    },
    Case {
        name: "64 KiB and more",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        change: |request, body| {
            with(request, format!("{body}&{}", "x".repeat(64 * 1024)));
        },
    },
    Case {
        name: "a length beyond 64 KiB",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        change: |request, body| {
            set(request, "content-length", "999999999");
            with(request, body);
        },
    },
    Case {
        name: "no UTF-8",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| with(request, format!("{body}%FF")),
    },
    Case {
        name: "raw bytes",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| {
            let mut bytes = body.into_bytes();
            bytes.extend([0xc3, 0x28]);
            with(request, bytes);
        },
    },
    Case {
        name: "NUL",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| with(request, format!("{body}%00")),
    },
    Case {
        name: "a raw NUL",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| with(request, format!("{body}\0")),
    },
    Case {
        name: "a broken escape",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| with(request, format!("{body}%4")),
    },
    Case {
        name: "a field twice",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| with(request, format!("{body}&csrf=x")),
    },
    Case {
        name: "an unknown field",
        status: StatusCode::BAD_REQUEST,
        change: |request, body| {
            with(request, format!("{body}&is_admin=true"));
        },
    },
    Case { name: "nothing", status: StatusCode::BAD_REQUEST, change: |request, _| with(request, "") },
    Case {
        name: "from another origin",
        status: StatusCode::FORBIDDEN,
        change: |request, body| {
            set(request, "origin", "https://evil.example");
            with(request, body);
        },
    },
    Case {
        name: "from a hidden origin",
        status: StatusCode::FORBIDDEN,
        change: |request, body| {
            set(request, "origin", "null");
            with(request, body);
        },
    },
    Case {
        name: "from no origin",
        status: StatusCode::FORBIDDEN,
        change: |request, body| {
            request.headers_mut().remove(header::ORIGIN);
            with(request, body);
        },
    },
    Case {
        name: "cross-site",
        status: StatusCode::FORBIDDEN,
        change: |request, body| {
            set(request, "sec-fetch-site", "cross-site");
            with(request, body);
        },
    },
    Case {
        name: "same-site",
        status: StatusCode::FORBIDDEN,
        change: |request, body| {
            set(request, "sec-fetch-site", "same-site");
            with(request, body);
        },
    },
    Case {
        name: "another host",
        status: StatusCode::MISDIRECTED_REQUEST,
        change: |request, body| {
            set(request, "host", "evil.example");
            with(request, body);
        },
    },
    Case {
        name: "two hosts",
        status: StatusCode::MISDIRECTED_REQUEST,
        change: |request, body| {
            request.headers_mut().append(header::HOST, HeaderValue::from_static("localhost:8080"));
            with(request, body);
        },
    },
];

fn forms() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.method == Method::POST && !route.is_upload)
}

#[tokio::test]
async fn no_form_takes_what_no_form_of_ours_sends() {
    let house = House::new().await;
    let actors = [
        Browser::new(&house.router),
        house.browser_in_every_flow().await,
        house.customer().await,
        house.colleague("Mia", Role::Compliance).await,
    ];
    let before = house.everything_stored();
    for route in forms() {
        for actor in &actors {
            for case in CASES {
                let (mut request, body) = proper(actor, route);
                (case.change)(&mut request, body);
                let page = actor.clone().send(request).await;
                assert_eq!(page.status, case.status, "{}: {}", route.path, case.name);
                assert!(
                    page.text().contains("<h1>") || page.header("content-type").contains("json"),
                    "{}",
                    route.path
                );
            }
        }
    }
    assert!(before == house.everything_stored(), "something was written");
}

#[tokio::test]
async fn a_form_without_the_token_of_its_browser_or_session_is_refused() {
    let house = House::new().await;
    let mut other = Browser::new(&house.router);
    other.get("/sign-in").await;
    let mia = house.colleague("Mia", Role::Compliance).await;
    let actors = [house.browser_in_every_flow().await, house.customer().await, mia];
    let before = house.everything_stored();
    for route in forms() {
        for actor in &actors {
            for csrf in ["", "x", other.csrf.as_str()] {
                let mut actor = actor.clone();
                actor.csrf = csrf.to_owned();
                let (mut request, body) = proper(&actor, route);
                with(&mut request, body);
                let status = actor.send(request).await.status.as_u16();
                // Whoever may not open it at all is told so first.
                assert!([401, 403, 409].contains(&status), "{}: {status}", route.path);
            }
        }
    }
    assert!(before == house.everything_stored(), "something was written");
}

#[tokio::test]
async fn an_address_with_broken_parameters_is_refused() {
    let house = House::new().await;
    let customer = house.customer().await;
    for route in ROUTES.iter().filter(|route| route.method == Method::GET && !route.path.contains('{')) {
        let mut browser = customer.clone();
        for query in ["language=%FF", "x=%00", "x=%4", "language=en&language=de"] {
            if query.contains("language=en") && !route.is_page() {
                continue;
            }
            let page = browser.get(&format!("{}?{query}", route.path)).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{} {query}", route.path);
        }
        let long = format!("{}?x={}", route.path, "x".repeat(4_000));
        assert_eq!(browser.get(&long).await.status, StatusCode::URI_TOO_LONG, "{}", route.path);
    }
}

#[tokio::test]
async fn cookies_of_nonsense_are_no_cookies() {
    let house = House::new().await;
    for route in ROUTES.iter().filter(|route| route.access != Access::Probe) {
        let mut browser = Browser::new(&house.router);
        for cookie in doorward_web::guard::cookies::ALL {
            browser.cookies.insert(cookie.name().to_owned(), "nonsense.~!%00".to_owned());
        }
        let page = match route.method {
            Method::POST => browser.post(route.path, &[]).await,
            _ => browser.get(route.path).await,
        };
        assert!(page.status.as_u16() < 500, "{} {}: {}", route.method, route.path, page.status);
    }
}
