//! What the surface must be told by the program.

use std::path::PathBuf;

use http::Uri;
use ipnet::IpNet;

/// What the surface must be told by the program.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Where visitors find the house, as in their address bar: scheme, host and, where it is none of the usual, port.
    pub public_url: PublicUrl,
    /// Where staff find the desk when it has a listener of its own; the public one then knows nothing of it.
    pub desk_url: Option<PublicUrl>,
    /// The name on every page.
    pub site_name: String,
    /// Proxies whose word about a visitor's address counts. Empty: the connection's own address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The folder whose mails the page `/mailbox` shows. `None` unless the program enabled the local mailbox: it
    /// must make sure that the listener is loopback, no proxy is trusted and the public host is `localhost`.
    pub mailbox: Option<PathBuf>,
    /// Whether visitors reach the house over TLS, ended here or at a named proxy; then HSTS is sent.
    pub tls: bool,
    /// Who wants to hear of a weakness: a `mailto:` or `https:` address for `/.well-known/security.txt`.
    pub security_contact: Option<String>,
}

/// The address of the house, taken apart once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    port: u16,
    https: bool,
}

/// What is wrong with a configured public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPublicUrl;

impl std::fmt::Display for NoPublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a public URL is http:// or https://, a host, and perhaps a port; nothing more")
    }
}

impl std::error::Error for NoPublicUrl {}

impl PublicUrl {
    /// Reads `https://example.org`, `http://localhost:8080`; one closing slash is fine.
    ///
    /// # Errors
    /// [`NoPublicUrl`] for anything else: a path, a user, another scheme.
    pub fn parse(text: &str) -> Result<PublicUrl, NoPublicUrl> {
        let uri: Uri = text.parse().map_err(|_| NoPublicUrl)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(NoPublicUrl),
        };
        let authority = uri.authority().ok_or(NoPublicUrl)?;
        let alone = uri.query().is_none() && matches!(uri.path(), "" | "/") && !text.contains('#');
        if authority.as_str().contains('@') || !alone {
            return Err(NoPublicUrl);
        }
        let host = authority.host().to_ascii_lowercase();
        let usual = if https { 443 } else { 80 };
        let given = authority.as_str().len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if given => return Err(NoPublicUrl),
            None => usual,
        };
        if host.is_empty() {
            return Err(NoPublicUrl);
        }
        let scheme = if https { "https" } else { "http" };
        let origin =
            if port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") };
        Ok(PublicUrl { origin, host, port, https })
    }

    /// `https://example.org`, as browsers write it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `example.org`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether pages are fetched over TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether a `Host` or `:authority` names this house.
    pub fn is_host(&self, given: &str) -> bool {
        // As nearly every browser writes it.
        if self.origin.split_at(if self.https { 8 } else { 7 }).1 == given {
            return true;
        }
        let (host, port) = match given.rsplit_once(':') {
            // The colons of an IPv6 address stand inside its brackets.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (given, Some(if self.https { 443 } else { 80 })),
        };
        host.eq_ignore_ascii_case(&self.host) && port == Some(self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_scheme_host_and_port() {
        let origin = |text| PublicUrl::parse(text).map(|url| url.origin);
        assert_eq!(origin("http://localhost:8080"), Ok("http://localhost:8080".to_owned()));
        assert_eq!(origin("http://localhost:8080/"), Ok("http://localhost:8080".to_owned()));
        assert_eq!(origin("https://Example.org:443"), Ok("https://example.org".to_owned()));
        assert_eq!(origin("http://[::1]:8080"), Ok("http://[::1]:8080".to_owned()));
        for wrong in [
            "",
            "localhost",
            "localhost:8080",
            "ftp://x",
            "https://",
            "https://x/path",
            "https://x?y",
            "https://x/#y",
            "https://u@x",
            "https://x:",
            "https://x:99999",
        ] {
            assert_eq!(origin(wrong), Err(NoPublicUrl), "{wrong}");
        }
    }

    #[test]
    fn only_its_own_host_is_its_host() {
        let url = PublicUrl::parse("https://example.org").expect("a public URL");
        for right in ["example.org", "EXAMPLE.org", "example.org:443"] {
            assert!(url.is_host(right), "{right}");
        }
        for wrong in [
            "",
            "example.org:80",
            "example.org:",
            "www.example.org",
            "example.org.",
            "evil@example.org",
            "[::1]",
        ] {
            assert!(!url.is_host(wrong), "{wrong}");
        }
        let url = PublicUrl::parse("http://[::1]:8080").expect("a public URL");
        assert!(url.is_host("[::1]:8080"));
        assert!(!url.is_host("[::1]"));
    }
}
