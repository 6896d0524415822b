//! Countries, and where an address stands (entry rules 4 and 7).
//!
//! A country is one of the 249 codes of ISO 3166-1, or XK, which address data use for Kosovo.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

mod distance;

pub use distance::distance_km;

/// Two letters each, in alphabetical order, one space between.
const CODES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// How many countries there are.
pub const COUNTRIES: usize = (CODES.len() + 1) / 3;

/// A country, small enough to stand in every session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(u8);

impl Country {
    /// The country with this code of two capital letters.
    pub fn parse(code: &str) -> Option<Self> {
        let (mut low, mut high) = (0, COUNTRIES);
        while low < high {
            let middle = usize::midpoint(low, high);
            match code_at(middle).cmp(code) {
                std::cmp::Ordering::Equal => return u8::try_from(middle).ok().map(Self),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Its two letters.
    pub fn code(self) -> &'static str {
        code_at(self.index())
    }

    /// Its place in the alphabetical list of codes, below [`COUNTRIES`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every country, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..COUNTRIES).filter_map(|index| u8::try_from(index).ok().map(Self))
    }
}

fn code_at(index: usize) -> &'static str {
    CODES.get(index * 3..index * 3 + 2).unwrap_or_default()
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The month of which data about addresses are: the reader is told how old they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataMonth {
    /// Such as 2026.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

/// Where an address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// On this machine or in a network that the Internet does not reach.
    Local,
    /// In a country, as far as the data say. It is where the address is registered or used, never proof.
    In(Country),
    /// The data do not say.
    Unknown,
    /// The data that the operator named are lost: it might be anywhere.
    Lost,
}

/// What the data tell about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it stands.
    pub at: Whereabouts,
    /// It belongs to a network that hides its users: a proxy for anybody, a VPN, Tor.
    pub anonymising: bool,
    /// It belongs to a network of machines rather than of people.
    pub hosting: bool,
    /// Of which month the data are; `None` where none were asked.
    pub month: Option<DataMonth>,
}

impl Place {
    /// Nothing is known.
    pub const UNKNOWN: Self =
        Self { at: Whereabouts::Unknown, anonymising: false, hosting: false, month: None };

    /// The country, where the data name one.
    pub const fn country(&self) -> Option<Country> {
        match self.at {
            Whereabouts::In(country) => Some(country),
            Whereabouts::Local | Whereabouts::Unknown | Whereabouts::Lost => None,
        }
    }
}

/// Whether an address is of this machine or of a network that the Internet does not reach, so that no table of
/// countries can know it.
pub fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 stands between a provider and its customers (RFC 6598).
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4 == Ipv4Addr::UNSPECIFIED || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_to_its_country_and_back() {
        assert_eq!(COUNTRIES, 250);
        let all: Vec<Country> = Country::all().collect();
        assert_eq!(all.len(), COUNTRIES);
        assert!(all.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        for country in all {
            assert_eq!(Country::parse(country.code()), Some(country));
        }
        for wrong in ["", "D", "DEU", "de", "AA", "ZZ", "EU", "AP", "A ", "D\u{20ac}"] {
            assert_eq!(Country::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_that_the_internet_does_not_reach_are_local() {
        for (address, local) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("192.168.0.9", true),
            ("169.254.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("fd00::1", true),
            ("fe80::1", true),
            ("0.0.0.0", true),
            ("8.8.8.8", false),
            ("2001:4860:4860::8888", false),
        ] {
            assert_eq!(is_local(address.parse().expect("an address")), local, "{address}");
        }
    }
}
