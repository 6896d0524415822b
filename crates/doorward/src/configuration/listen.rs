//! Addresses: where to listen, what customers type, and when plain HTTP and the local mailbox are allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::{Configuration, MailWay, SmsWay};

/// Where a listener binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// Both loopback addresses at one port, so that the name `localhost` answers however it resolves.
    Localhost(u16),
    At(SocketAddr),
}

impl ListenAddress {
    pub(crate) fn is_loopback(self) -> bool {
        match self {
            Self::Localhost(_) => true,
            Self::At(address) => address.ip().to_canonical().is_loopback(),
        }
    }

    /// The socket addresses to bind, the one that must succeed first.
    pub(crate) fn sockets(self) -> Vec<SocketAddr> {
        match self {
            Self::Localhost(port) => {
                vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
            }
            Self::At(address) => vec![address],
        }
    }
}

impl std::fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Localhost(port) => write!(f, "localhost:{port}"),
            Self::At(address) => address.fmt(f),
        }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let wrong = || "takes localhost:PORT or IP:PORT, such as 0.0.0.0:443".to_owned();
        match given.strip_prefix("localhost:") {
            Some(port) => port.parse().map(Self::Localhost).map_err(|_| wrong()),
            None => given.parse().map(Self::At).map_err(|_| wrong()),
        }
    }
}

/// Where Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricsAddress {
    Off,
    At(ListenAddress),
}

impl FromStr for MetricsAddress {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        if given == "off" { Ok(Self::Off) } else { given.parse().map(Self::At) }
    }
}

/// The parts of an absolute http(s) URL that the rules ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    pub(crate) https: bool,
    /// Without brackets around an IPv6 address.
    pub(crate) host: String,
}

impl PublicUrl {
    /// An address of a site: no path, no query, no user, nothing after the port.
    pub(crate) fn parse_site(given: &str) -> Result<Self, String> {
        let wrong = || "takes an address such as https://example.com, without a path".to_owned();
        let uri: http::Uri = given.parse().map_err(|_| wrong())?;
        if given.ends_with('/') || uri.query().is_some() || !matches!(uri.path(), "/" | "") {
            return Err(wrong());
        }
        Self::parse_any(given).map_err(|_| wrong())
    }

    pub(crate) fn parse_any(given: &str) -> Result<Self, String> {
        let wrong = || "takes an absolute http or https address".to_owned();
        let uri: http::Uri = given.parse().map_err(|_| wrong())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(wrong)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || host.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong());
        }
        Ok(Self { https, host })
    }
}

pub(crate) fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Everything about addresses that does not fit together, one line each.
pub(super) fn problems(configuration: &Configuration) -> Vec<String> {
    let mut wrong = Vec::new();
    let listen = &configuration.listen;
    let encrypted = listen.certificate.is_some();
    if encrypted != listen.private_key.is_some() {
        wrong.push("listen.certificate and listen.private_key go together".to_owned());
    }
    if !encrypted && !listen.address.is_loopback() && listen.proxies.is_empty() {
        wrong.push(format!(
            "listen.address {} is not loopback: give listen.certificate and listen.private_key, or name the proxy \
             in front in listen.proxies",
            listen.address
        ));
    }
    let url = configuration.site.public_url.as_deref().map(PublicUrl::parse_site);
    match &url {
        None if !listen.address.is_loopback() || !listen.proxies.is_empty() => {
            wrong.push(
                "site.public_url must be given: customers do not reach this site at localhost".to_owned(),
            );
        }
        Some(Err(why)) => wrong.push(format!("site.public_url {why}")),
        Some(Ok(url)) if !url.https && !is_loopback_host(&url.host) => {
            wrong.push("site.public_url must be https; http is for localhost only".to_owned());
        }
        Some(Ok(url)) if encrypted && !url.https => {
            wrong.push("site.public_url must be https, because listen.certificate is given".to_owned());
        }
        Some(Ok(url)) if !encrypted && url.https && listen.proxies.is_empty() => {
            wrong.push(
                "site.public_url is https, so give listen.certificate, or name the proxy in front in listen.proxies"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let host_is_localhost = match &url {
        None => true,
        Some(url) => url.as_ref().is_ok_and(|url| url.host == "localhost"),
    };
    if !(listen.address.is_loopback() && listen.proxies.is_empty() && host_is_localhost) {
        for (key, chosen, else_choose) in [
            ("mail.way", configuration.mail.way == MailWay::Mailbox, "smtp"),
            ("sms.way", configuration.sms.way == SmsWay::Mailbox, "gateway or none"),
        ] {
            if chosen {
                wrong.push(format!(
                    "{key} mailbox is for a listener on loopback without proxies, at a site.public_url whose host is \
                     localhost; here choose {else_choose}"
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_site_has_no_path_and_no_user() {
        for (given, fits) in [
            ("https://example.com", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("https://example.com/", false),
            ("https://example.com/door", false),
            ("https://user@example.com", false),
            ("ftp://example.com", false),
            ("example.com", false),
            ("https://Example.com", false),
            ("", false),
        ] {
            assert_eq!(PublicUrl::parse_site(given).is_ok(), fits, "{given}");
        }
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for (host, loopback) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("localhost.example", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_loopback_host(host), loopback, "{host}");
        }
    }

    #[test]
    fn localhost_is_both_loopback_addresses() {
        let address: ListenAddress = "localhost:8080".parse().expect("parses");
        assert_eq!(
            address.sockets(),
            ["127.0.0.1:8080".parse().expect("v4"), "[::1]:8080".parse().expect("v6")]
        );
        assert!("8080".parse::<ListenAddress>().is_err());
        assert!("example.com:80".parse::<ListenAddress>().is_err());
    }
}
