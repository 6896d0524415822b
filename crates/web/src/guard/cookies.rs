//! Cookies: all `__Host-`, so that no other host, no plain connection and no other path can set one.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue, header};

/// The cookies of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cookie {
    /// Names the browser before there is a session; forms and human checks are bound to it.
    Browser,
    /// The language the person chose.
    Language,
    /// A sign-in on its way.
    SignIn,
    /// A sign-up on its way.
    SignUp,
    /// A forgotten password on its way.
    Reset,
    /// A change of security settings on its way.
    Change,
    /// A change of identifiers on its way.
    Identifiers,
    /// A lost-factor case, to the end of its wait and beyond.
    Case,
    /// Device tokens of up to five accounts, joined by dots.
    Device,
    /// The session.
    Session,
    /// A stay at the support desk.
    Desk,
}

/// Every cookie, for tests and for the page that lists them.
pub const ALL: [Cookie; 11] = [
    Cookie::Browser,
    Cookie::Language,
    Cookie::SignIn,
    Cookie::SignUp,
    Cookie::Reset,
    Cookie::Change,
    Cookie::Identifiers,
    Cookie::Case,
    Cookie::Device,
    Cookie::Session,
    Cookie::Desk,
];

/// The longest text of a cookie that is looked at, in bytes; browsers keep no longer ones.
const TEXT_BYTES_MAX: usize = 4096;

impl Cookie {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Cookie::Browser => "__Host-browser",
            Cookie::Language => "__Host-language",
            Cookie::SignIn => "__Host-sign-in",
            Cookie::SignUp => "__Host-sign-up",
            Cookie::Reset => "__Host-reset",
            Cookie::Change => "__Host-change",
            Cookie::Identifiers => "__Host-identifiers",
            Cookie::Case => "__Host-case",
            Cookie::Device => "__Host-device",
            Cookie::Session => "__Host-session",
            Cookie::Desk => "__Host-desk",
        }
    }

    /// How long the browser keeps it, in seconds; none means until it closes. The server's own limits are what counts.
    fn max_age_s(self) -> Option<u32> {
        const DAY_S: u32 = 24 * 60 * 60;
        match self {
            Cookie::Browser
            | Cookie::SignIn
            | Cookie::SignUp
            | Cookie::Reset
            | Cookie::Change
            | Cookie::Identifiers
            | Cookie::Session
            | Cookie::Desk => None,
            Cookie::Case => Some(90 * DAY_S),
            Cookie::Language => Some(365 * DAY_S),
            Cookie::Device => Some(90 * DAY_S),
        }
    }

    /// The desk's cookie is for people who type its address: no link from elsewhere carries it along.
    fn same_site(self) -> &'static str {
        match self {
            Cookie::Desk => "Strict",
            _ => "Lax",
        }
    }

    /// The text this browser sent, or nothing when it sent none, two different ones, or one too long.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        let mut found = None;
        for line in headers.get_all(header::COOKIE) {
            let Ok(line) = line.to_str() else { continue };
            for pair in line.split(';') {
                let Some((name, text)) = pair.trim_start_matches(' ').split_once('=') else { continue };
                if name != self.name() {
                    continue;
                }
                if found.is_some_and(|other| other != text) {
                    return None;
                }
                found = Some(text);
            }
        }
        found.filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX)
    }

    /// The header that gives this cookie a new text. Texts are the house's own (base64url and dots), never a visitor's.
    pub fn set(self, text: &str) -> HeaderValue {
        let mut line = String::with_capacity(text.len() + 96);
        let _ =
            write!(line, "{}={text}; Path=/; Secure; HttpOnly; SameSite={}", self.name(), self.same_site());
        if let Some(max_age_s) = self.max_age_s() {
            let _ = write!(line, "; Max-Age={max_age_s}");
        }
        sensitive(line)
    }

    /// The header that makes the browser forget this cookie.
    pub fn forget(self) -> HeaderValue {
        let (name, same_site) = (self.name(), self.same_site());
        sensitive(format!("{name}=; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age=0"))
    }
}

fn sensitive(line: String) -> HeaderValue {
    // A text that is no header value can only be a mistake of the house; the cookie is then forgotten rather than
    // the answer lost.
    let mut value = HeaderValue::try_from(line)
        .unwrap_or_else(|_| HeaderValue::from_static("__Host-browser=; Max-Age=0"));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let sent = headers(&["a=b; __Host-session=abc.def; __Host-browser=x"]);
        assert_eq!(Cookie::Session.read(&sent), Some("abc.def"));
        assert_eq!(Cookie::Browser.read(&sent), Some("x"));
        assert_eq!(Cookie::Device.read(&sent), None);
    }

    #[test]
    fn two_lines_are_read_as_http_2_sends_them() {
        assert_eq!(Cookie::Session.read(&headers(&["a=b", "__Host-session=abc"])), Some("abc"));
    }

    #[test]
    fn a_cookie_that_came_twice_is_none() {
        assert_eq!(Cookie::Session.read(&headers(&["__Host-session=abc; __Host-session=evil"])), None);
        assert_eq!(Cookie::Session.read(&headers(&["__Host-session=abc; __Host-session=abc"])), Some("abc"));
    }

    #[test]
    fn a_name_that_only_looks_alike_is_none() {
        let sent = headers(&["session=abc; __host-session=abc; x__Host-session=abc; __Host-session2=abc"]);
        assert_eq!(Cookie::Session.read(&sent), None);
    }

    #[test]
    fn every_cookie_is_bound_to_this_host_and_closed_to_scripts() {
        for cookie in ALL {
            for line in [cookie.set("text"), cookie.forget()] {
                let line = line.to_str().expect("plain text");
                assert!(line.starts_with("__Host-"), "{line}");
                assert!(line.contains("; Path=/; Secure; HttpOnly; SameSite="), "{line}");
                assert_eq!(line.contains("=Strict"), cookie == Cookie::Desk, "{line}");
                assert!(!line.contains("Domain"), "{line}");
            }
        }
    }
}
