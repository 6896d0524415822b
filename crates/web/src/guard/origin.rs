//! Who asks: this house's own pages, the person in the address bar, or some other site.

use http::{HeaderMap, Method, Uri, header};

use super::bad_input::BadInput;
use crate::config::PublicUrl;

/// Says whether a request names this house as its host, in the address and in the header alike.
pub fn names_this_host(url: &PublicUrl, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::HOST).iter();
    let host = given.next();
    if given.next().is_some() {
        return false;
    }
    let named = host.map(|host| host.to_str().is_ok_and(|host| url.is_host(host)));
    let addressed = uri.authority().map(|authority| url.is_host(authority.as_str()));
    // HTTP/2 has the authority alone, HTTP/1 the header alone or both.
    named.unwrap_or(true) && addressed.unwrap_or(true) && (named.is_some() || addressed.is_some())
}

/// What kind of thing is asked for; other sites may link to pages and to nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A page that a link elsewhere may open.
    Page,
    /// Something that only our own pages fetch.
    OwnPagesOnly,
}

/// Refuses what another site's page asks for (fetch metadata), and any change that no page of ours asks for.
///
/// Every browser of today sends `Origin` with a POST. It is `null` from a page whose referrer policy is `no-referrer`,
/// which is why our own policy is `same-origin`.
///
/// # Errors
/// [`BadInput::CrossSite`].
pub fn judge(url: &PublicUrl, method: &Method, headers: &HeaderMap, asked: Asked) -> Result<(), BadInput> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site = text("sec-fetch-site");
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    let from_here = match (site, asked, changes) {
        (None | Some("same-origin"), ..) => true,
        // Typed, from a bookmark, from a mail program.
        (Some("none"), _, false) => true,
        (Some(_), Asked::Page, false) => is_navigation(text("sec-fetch-mode"), text("sec-fetch-dest")),
        (Some(_), ..) => false,
    };
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next();
    let is_ours = origin.is_some_and(|origin| origin.as_bytes() == url.origin().as_bytes());
    let origin_fits = if changes || asked == Asked::OwnPagesOnly {
        (is_ours || (origin.is_none() && !changes)) && origins.next().is_none()
    } else {
        true
    };
    if from_here && origin_fits { Ok(()) } else { Err(BadInput::CrossSite) }
}

/// A link that was followed in a window of its own; not a frame, an image, a script or a fetch.
fn is_navigation(mode: Option<&str>, dest: Option<&str>) -> bool {
    mode == Some("navigate") && matches!(dest, None | Some("document"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn check(method: &Method, asked: Asked, lines: &[(&'static str, &'static str)], passes: bool) {
        let url = PublicUrl::parse("http://localhost:8080").expect("a public URL");
        assert_eq!(
            judge(&url, method, &headers(lines), asked).is_ok(),
            passes,
            "{method} {asked:?} {lines:?}"
        );
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let ours = ("origin", "http://localhost:8080");
        for asked in [Asked::Page, Asked::OwnPagesOnly] {
            let check =
                |lines: &[(&'static str, &'static str)], passes| check(&Method::POST, asked, lines, passes);
            check(&[ours], true);
            check(&[ours, ("sec-fetch-site", "same-origin")], true);
            check(&[], false);
            check(&[("sec-fetch-site", "same-origin")], false);
            check(&[("origin", "null")], false);
            check(&[("origin", "http://localhost")], false);
            check(&[("origin", "https://localhost:8080")], false);
            check(&[("origin", "http://localhost:8080.evil.example")], false);
            check(&[ours, ("origin", "http://evil.example")], false);
            check(&[ours, ("sec-fetch-site", "same-site")], false);
            check(&[ours, ("sec-fetch-site", "cross-site")], false);
            check(&[ours, ("sec-fetch-site", "none")], false);
            check(&[ours, ("sec-fetch-site", "nonsense")], false);
        }
    }

    #[test]
    fn other_sites_may_link_to_pages_and_embed_nothing() {
        let navigate = ("sec-fetch-mode", "navigate");
        let cross = ("sec-fetch-site", "cross-site");
        check(&Method::GET, Asked::Page, &[], true);
        check(&Method::GET, Asked::Page, &[("sec-fetch-site", "none")], true);
        check(&Method::GET, Asked::Page, &[cross, navigate, ("sec-fetch-dest", "document")], true);
        check(&Method::GET, Asked::Page, &[cross, navigate, ("sec-fetch-dest", "iframe")], false);
        check(&Method::GET, Asked::Page, &[cross, navigate, ("sec-fetch-dest", "object")], false);
        check(
            &Method::GET,
            Asked::Page,
            &[cross, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
            false,
        );
        check(&Method::GET, Asked::Page, &[cross, ("sec-fetch-mode", "cors")], false);
        check(&Method::GET, Asked::OwnPagesOnly, &[], true);
        check(&Method::GET, Asked::OwnPagesOnly, &[("sec-fetch-site", "same-origin")], true);
        check(&Method::GET, Asked::OwnPagesOnly, &[cross, navigate, ("sec-fetch-dest", "document")], false);
        check(&Method::GET, Asked::OwnPagesOnly, &[("origin", "http://evil.example")], false);
    }

    #[test]
    fn the_host_must_be_ours_wherever_it_is_named() {
        let url = PublicUrl::parse("http://localhost:8080").expect("a public URL");
        let check = |uri: &str, hosts: &[(&'static str, &'static str)], passes| {
            let uri: Uri = uri.parse().expect("an address");
            assert_eq!(names_this_host(&url, &uri, &headers(hosts)), passes, "{uri} {hosts:?}");
        };
        let ours = ("host", "localhost:8080");
        check("/", &[ours], true);
        check("http://localhost:8080/", &[], true);
        check("http://localhost:8080/", &[ours], true);
        check("/", &[], false);
        check("/", &[("host", "127.0.0.1:8080")], false);
        check("/", &[("host", "localhost")], false);
        check("/", &[ours, ours], false);
        check("http://evil.example/", &[ours], false);
        check("http://localhost:8080/", &[("host", "evil.example")], false);
    }
}
