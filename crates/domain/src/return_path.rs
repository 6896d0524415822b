//! Where a deep link comes back to after entry: this site's own paths only.

/// Longest return path in bytes.
pub const MAX_BYTES: usize = 512;

/// A path of this site, with its query: never another host, whatever a browser makes of slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Reads what a link carried; `None` for anything that is not plainly a path of ours.
    ///
    /// Browsers treat a backslash as a slash and drop tabs and line ends inside an address, so none is taken; an
    /// encoded one stays text and is harmless, but nobody needs it at the beginning.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let plain = text.len() <= MAX_BYTES
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&byte));
        let lower = rest.get(..3).unwrap_or(rest).to_ascii_lowercase();
        let hidden_slash = rest.starts_with('/') || lower == "%2f" || lower == "%5c";
        let path = text.split('?').next().unwrap_or("");
        let climbs = path
            .split('/')
            .any(|part| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."));
        (plain && !hidden_slash && !path.contains("//") && !climbs).then(|| Self(text.to_owned()))
    }

    /// The path, as it stood in the link.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn own_paths_are_taken_as_they_stand() {
        for path in [
            "/",
            "/dashboard",
            "/security/password",
            "/orders?market=BTC-EUR&page=2",
            "/help/two%20words",
            "/a.b/..c/~d",
            "/search?next=//evil.example",
            "/x?u=https://evil.example/",
            "/a:b@c",
        ] {
            assert_eq!(ReturnPath::parse(path).as_ref().map(ReturnPath::as_str), Some(path));
        }
    }

    #[test]
    fn what_a_browser_might_take_elsewhere_is_refused() {
        for path in [
            "",
            "dashboard",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /dashboard",
            "/dash board",
            "/a//evil.example",
            "/a/../..//evil.example",
            "/../etc",
            "/./x",
            "/a/%2e%2E/b",
            "/a/.%2e",
            "/a#b",
            "/a\0",
            "/a\r\nSet-Cookie:x=y",
            "/\u{ff0f}evil.example",
            "/ä",
            "/<script>",
            "/a\"b",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\u{7f}",
        ] {
            assert_eq!(ReturnPath::parse(path), None, "{path:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(MAX_BYTES))), None);
        assert!(ReturnPath::parse(&format!("/{}", "a".repeat(MAX_BYTES - 1))).is_some());
    }

    proptest! {
        #[test]
        fn a_taken_path_begins_with_one_slash_and_can_stand_in_a_header(text in "/?[/\\\\a-z.%?#:@ \\PC]{0,40}") {
            if let Some(path) = ReturnPath::parse(&text) {
                let path = path.as_str();
                prop_assert!(path.starts_with('/') && !path.starts_with("//"));
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
            }
        }
    }
}
