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
