//! Where a visitor comes from. Forwarded addresses are believed from configured proxies alone, read from the right
//! (entry rules 7).

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The header that configured proxies append to.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HEADERS: [&str; 6] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

/// The address that counts for throttles and for the record: the connection's own, or, behind configured proxies, the
/// rightmost one that is no proxy of ours. What is left of it was written by the visitor and counts for nothing.
pub fn visitor(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    if trusted.is_empty() {
        return address;
    }
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    while trusted.iter().any(|network| network.contains(&address)) {
        match hops.next().and_then(|hop| parse(hop.trim())) {
            Some(earlier) => address = earlier,
            None => break,
        }
    }
    address
}

/// Whether somebody between browser and door wrote into this request.
pub fn was_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED_HEADERS.iter().any(|name| headers.contains_key(*name))
        || headers.keys().any(|name| name.as_str().starts_with("x-forwarded-"))
}

fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(peer: &str, lines: &[&'static str], expected: &str) {
        let headers = lines.iter().map(|line| (FORWARDED_FOR, HeaderValue::from_static(line))).collect();
        let trusted: Vec<IpNet> =
            ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("a network")).to_vec();
        let peer = peer.parse().expect("an address");
        assert_eq!(visitor(peer, &headers, &trusted).to_string(), expected, "{lines:?}");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts() {
        check("203.0.113.9", &[], "203.0.113.9");
        check("203.0.113.9", &["1.2.3.4"], "203.0.113.9");
        check("10.0.0.1", &["1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9, 1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9, 1.2.3.4, 10.0.0.7"], "1.2.3.4");
        check("10.0.0.1", &["9.9.9.9", "1.2.3.4"], "1.2.3.4");
        check("10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4");
        check("fd00::1", &["[2001:db8::7]:443"], "2001:db8::7");
        check("fd00::1", &["[2001:db8::7]"], "2001:db8::7");
        check("::ffff:10.0.0.1", &["::ffff:1.2.3.4"], "1.2.3.4");
    }

    #[test]
    fn an_unreadable_hop_ends_the_reading() {
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["1.2.3.4, unknown"], "10.0.0.1");
        check("10.0.0.1", &["1.2.3.4, unknown, 10.0.0.7"], "10.0.0.7");
        check("10.0.0.1", &["10.0.0.2, 10.0.0.3"], "10.0.0.2");
    }

    #[test]
    fn a_forwarded_request_is_seen() {
        for name in
            ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-anything", "via", "x-real-ip"]
        {
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static("x"))]);
            assert!(was_forwarded(&headers), "{name}");
        }
        assert!(!was_forwarded(&HeaderMap::new()));
    }
}
