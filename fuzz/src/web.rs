//! Forms, cookies and the other headers that are looked into.

use std::net::IpAddr;
use std::sync::OnceLock;

use axum::body::Body;
use doorward_web::guard::cookies;
use doorward_web::guard::form::{FieldNames, Fields};
use doorward_web::guard::{language, network};
use http::{HeaderMap, HeaderValue, header};
use ipnet::IpNet;
use tokio::runtime::{Builder, Runtime};

const KNOWN: FieldNames = &["identifier", "password", "stay?"];

/// The body of a form, and the same as an address's parameters.
pub fn form(input: &[u8]) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime =
        RUNTIME.get_or_init(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let body = runtime.block_on(Fields::from_body(&headers, Body::from(input.to_vec()), KNOWN));
    if let Ok(fields) = body {
        assert!(fields.has("identifier") && fields.has("password"));
        for name in ["identifier", "password", "stay"] {
            assert!(fields.get(name).len() <= input.len());
        }
    }
    if let Ok(query) = std::str::from_utf8(input)
        && let Ok(fields) = Fields::from_query(Some(query), &["next?", "token?"])
    {
        assert!(fields.get("next").len() + fields.get("token").len() <= query.len());
    }
}

/// One header line, read as every header that is looked into.
pub fn header_line(input: &[u8]) {
    let Ok(line) = HeaderValue::from_bytes(input) else { return };
    let mut headers = HeaderMap::new();
    for name in [header::COOKIE, header::ACCEPT_LANGUAGE, header::FORWARDED] {
        headers.insert(name, line.clone());
    }
    headers.insert("x-forwarded-for", line);
    for cookie in cookies::ALL {
        if let Some(text) = cookie.read(&headers) {
            assert!(!text.is_empty() && text.len() <= input.len() && !text.contains(';'));
        }
    }
    let _ = language::of(&headers);
    let peer = IpAddr::from([203, 0, 113, 7]);
    assert_eq!(network::visitor(peer, &headers, &[]), peer, "nobody's proxy is believed");
    let trusted = [IpNet::from(peer)];
    let _ = network::visitor(peer, &headers, &trusted);
}
