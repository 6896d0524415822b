//! Addresses: where to listen, what customers type, and when plain HTTP and the local mailbox are allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use doorward_web::PublicUrl;

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

/// What is wrong with the address of a gateway, which secrets are sent to.
pub(super) fn gateway_problem(given: &str) -> Option<&'static str> {
    let Ok(uri) = given.parse::<http::Uri>() else { return Some("takes an absolute https address") };
    match (uri.scheme_str(), uri.authority()) {
        (Some("https"), Some(_)) => None,
        (Some("http"), Some(authority)) if is_loopback_host(authority.host()) => None,
        (Some("http"), Some(_)) => Some("must be https, or http on loopback"),
        _ => Some("takes an absolute https address"),
    }
}

pub(crate) fn is_loopback_host(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
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
    let url = configuration.site.public_url.as_deref().map(PublicUrl::parse);
    match &url {
        None if !listen.address.is_loopback() || !listen.proxies.is_empty() => {
            wrong.push(
                "site.public_url must be given: customers do not reach this site at localhost".to_owned(),
            );
        }
        Some(Err(why)) => wrong.push(format!("site.public_url: {why}")),
        Some(Ok(url)) if !url.is_https() && !is_loopback_host(url.host()) => {
            wrong.push("site.public_url must be https; http is for localhost only".to_owned());
        }
        Some(Ok(url)) if encrypted && !url.is_https() => {
            wrong.push("site.public_url must be https, because listen.certificate is given".to_owned());
        }
        Some(Ok(url)) if !encrypted && url.is_https() && listen.proxies.is_empty() => {
            wrong.push(
                "site.public_url is https, so give listen.certificate, or name the proxy in front in listen.proxies"
                    .to_owned(),
            );
        }
        _ => {}
    }
    wrong.extend(desk_problems(configuration));
    let host_is_localhost = match &url {
        None => true,
        Some(url) => url.as_ref().is_ok_and(|url| url.host() == "localhost"),
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

/// What does not fit together about the support desk's own listener.
fn desk_problems(configuration: &Configuration) -> Vec<String> {
    let (listen, support) = (&configuration.listen, &configuration.support);
    let mut wrong = Vec::new();
    let Some(address) = support.listen else {
        if support.public_url.is_some() {
            wrong.push(
                "support.public_url is for a desk with a listener of its own: give support.listen".to_owned(),
            );
        }
        return wrong;
    };
    if listen.certificate.is_none() && !address.is_loopback() && listen.proxies.is_empty() {
        wrong.push(format!(
            "support.listen {address} is not loopback: give listen.certificate, or name the proxy in front in listen.proxies"
        ));
    }
    match support.public_url.as_deref().map(PublicUrl::parse) {
        None if !address.is_loopback() || !listen.proxies.is_empty() => {
            wrong.push(
                "support.public_url must be given: staff do not reach the desk at localhost".to_owned(),
            );
        }
        Some(Err(why)) => wrong.push(format!("support.public_url: {why}")),
        Some(Ok(url)) if !url.is_https() && !is_loopback_host(url.host()) => {
            wrong.push("support.public_url must be https; http is for localhost only".to_owned());
        }
        _ => {}
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for (host, loopback) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("[::1]", true),
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
