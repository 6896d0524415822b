//! A browser as far as the door can tell: cookies, origin, forms with their tokens.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use doorward_web::Router;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

pub(crate) const HOST: &str = "localhost:8080";
pub(crate) const ORIGIN: &str = "http://localhost:8080";

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Page {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The token of the page's forms.
    pub(crate) fn csrf(&self) -> String {
        self.between("name=\"csrf\" value=\"", "\"").unwrap_or_default()
    }

    pub(crate) fn between(&self, before: &str, after: &str) -> Option<String> {
        let text = self.text();
        let from = text.split_once(before)?.1;
        Some(from.split_once(after)?.0.to_owned())
    }

    /// Names of the cookies it sets, with the length of each text.
    pub(crate) fn cookies_set(&self) -> Vec<(String, usize)> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        let mut set: Vec<(String, usize)> = lines
            .filter_map(|line| {
                let (name, rest) = line.to_str().ok()?.split_once('=')?;
                Some((name.to_owned(), rest.split(';').next()?.len()))
            })
            .collect();
        set.sort();
        set
    }
}

/// One browser: what it keeps between two requests, and the address it comes from.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) peer: IpAddr,
    /// The form token of the last page.
    pub(crate) csrf: String,
    pub(crate) user_agent: &'static str,
}

impl Browser {
    pub(crate) fn new(router: &Router) -> Browser {
        Browser {
            router: router.clone(),
            cookies: BTreeMap::new(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            csrf: String::new(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        }
    }

    pub(crate) fn from(mut self, address: &str) -> Browser {
        self.peer = address.parse().expect("an address");
        self
    }

    /// A request as this browser would send it; change it before it is [sent](Browser::send).
    pub(crate) fn request(&self, method: Method, path: &str) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().expect("a path");
        let headers = request.headers_mut();
        let mut set = |name: HeaderName, value: &str| headers.insert(name, value.parse().expect("a header"));
        set(header::HOST, HOST);
        set(header::USER_AGENT, self.user_agent);
        set(HeaderName::from_static("sec-fetch-site"), "same-origin");
        set(HeaderName::from_static("sec-fetch-mode"), "navigate");
        set(HeaderName::from_static("sec-fetch-dest"), "document");
        if method == Method::POST {
            set(header::ORIGIN, ORIGIN);
        }
        if !self.cookies.is_empty() {
            let line: Vec<String> =
                self.cookies.iter().map(|(name, text)| format!("{name}={text}")).collect();
            set(header::COOKIE, &line.join("; "));
        }
        *request.method_mut() = method;
        request
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Page {
        let response = self.router.door(self.peer).oneshot(request).await.expect("the door never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body in memory").to_bytes().to_vec();
        let page = Page { status: parts.status, headers: parts.headers, body };
        for line in page.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("a plain cookie");
            let (name, rest) = line.split_once('=').expect("a named cookie");
            let text = rest.split(';').next().expect("a text");
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), text.to_owned());
            }
        }
        let csrf = page.csrf();
        if !csrf.is_empty() {
            self.csrf = csrf;
        }
        page
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts a form with the token of the last page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_raw(path, encode(&all).into_bytes()).await
    }

    /// Posts these very bytes as a form.
    pub(crate) async fn post_raw(&mut self, path: &str, body: Vec<u8>) -> Page {
        let mut request = self.request(Method::POST, path);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        *request.body_mut() = Body::from(body);
        self.send(request).await
    }
}

/// Fields as a browser writes them.
pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut escaped, byte| {
            if byte.is_ascii_alphanumeric() {
                escaped.push(char::from(byte));
            } else {
                escaped.push_str(&format!("%{byte:02X}"));
            }
            escaped
        })
    };
    fields
        .iter()
        .map(|(name, text)| format!("{}={}", escape(name), escape(text)))
        .collect::<Vec<_>>()
        .join("&")
}
