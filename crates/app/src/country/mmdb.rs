//! A country or network file of the operator's in the MaxMind DB format, in both usual layouts: nested as GeoIP2 writes
//! it (`country.iso_code`), or flat (`country_code`).

use std::net::IpAddr;
use std::path::Path;

use doorward_domain::country::{Country, DataMonth, Place, Whereabouts};
use maxminddb::{MaxMindDbError, PathElement, Reader};

use super::Attribution;

/// Larger than any file of countries or cities that is sold.
const BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// How many entries are looked at to see what a file tells.
const SAMPLES: usize = 20_000;

/// Flags under which makers say that a network hides its users.
const ANONYMISING: [&str; 6] = [
    "is_anonymous",
    "is_anonymous_vpn",
    "is_anonymous_proxy",
    "is_public_proxy",
    "is_tor_exit_node",
    "is_residential_proxy",
];
const HOSTING: &str = "is_hosting_provider";

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MmdbFault {
    /// It is not there or may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is no MaxMind DB, or a part of it is missing or changed.
    #[error("is damaged or no MaxMind DB: {0}")]
    Damaged(#[from] MaxMindDbError),
    /// It opens, but tells neither countries nor networks.
    #[error(
        "tells neither countries (country.iso_code or country_code) nor networks (is_anonymous, is_hosting_provider)"
    )]
    TellsNothing,
    /// Larger than [`BYTES_MAX`].
    #[error("is larger than 2 GiB")]
    TooLarge,
}

/// Where a file keeps what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `country.iso_code`, and where that is missing `registered_country.iso_code`.
    Nested,
    /// One text at the top.
    Flat(&'static str),
}

/// A file in memory.
pub struct Mmdb {
    reader: Reader<Vec<u8>>,
    countries: Option<Layout>,
    /// Whether the flags of networks stand at the top (`Some(false)`) or under `traits` (`Some(true)`).
    flags_in_traits: Option<bool>,
    month: Option<DataMonth>,
}

impl Mmdb {
    /// Reads a whole file and goes through it once, so that what is damaged is found now and not at a request.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or tells nothing that is asked here.
    pub fn read(path: &Path) -> Result<Self, MmdbFault> {
        if std::fs::metadata(path)?.len() > BYTES_MAX {
            return Err(MmdbFault::TooLarge);
        }
        Self::of_bytes(std::fs::read(path)?)
    }

    /// The same from the bytes of a file.
    ///
    /// # Errors
    /// They are damaged, or tell nothing that is asked here.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, MmdbFault> {
        let reader = Reader::from_source(bytes)?;
        reader.verify()?;
        let (countries, flags_in_traits) = layouts(&reader)?;
        if countries.is_none() && flags_in_traits.is_none() {
            return Err(MmdbFault::TellsNothing);
        }
        let month = month_of(reader.metadata().build_epoch);
        Ok(Self { reader, countries, flags_in_traits, month })
    }

    /// Of which month the data are.
    pub fn month(&self) -> Option<DataMonth> {
        self.month
    }

    /// Whether the file tells countries at all.
    pub fn tells_countries(&self) -> bool {
        self.countries.is_some()
    }

    pub(super) fn find(&self, address: IpAddr) -> Place {
        let unknown = Place { month: self.month, ..Place::UNKNOWN };
        // A file of IPv4 alone says nothing about other addresses.
        let Ok(found) = self.reader.lookup(address) else { return unknown };
        if !found.has_data() {
            return unknown;
        }
        let text = |path: &[&str]| {
            let path: Vec<PathElement<'_>> = path.iter().map(|key| PathElement::Key(key)).collect();
            found.decode_path::<&str>(&path).ok().flatten().and_then(Country::parse)
        };
        let country = match self.countries {
            Some(Layout::Nested) => {
                text(&["country", "iso_code"]).or_else(|| text(&["registered_country", "iso_code"]))
            }
            Some(Layout::Flat(key)) => text(&[key]),
            None => None,
        };
        let flag = |name: &str| {
            let found = match self.flags_in_traits {
                Some(true) => {
                    found.decode_path::<bool>(&[PathElement::Key("traits"), PathElement::Key(name)])
                }
                Some(false) => found.decode_path::<bool>(&[PathElement::Key(name)]),
                None => return false,
            };
            found.ok().flatten() == Some(true)
        };
        Place {
            at: country.map_or(Whereabouts::Unknown, Whereabouts::In),
            anonymising: ANONYMISING.iter().any(|name| flag(name)),
            hosting: flag(HOSTING),
            month: self.month,
        }
    }

    /// What the makers of the usual free files demand to be said.
    pub(super) fn attribution(&self) -> Option<Attribution> {
        let kind = self.reader.metadata().database_type.to_ascii_lowercase();
        let said = |text: &str, url: &str| Attribution { text: text.to_owned(), url: Some(url.to_owned()) };
        if kind.contains("dbip") || kind.contains("db-ip") {
            return Some(said("IP Geolocation by DB-IP", "https://db-ip.com"));
        }
        kind.contains("geolite2").then(|| {
            said("This product includes GeoLite2 data created by MaxMind", "https://www.maxmind.com")
        })
    }
}

impl std::fmt::Debug for Mmdb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mmdb({:?}, {:?}, {:?})", self.countries, self.flags_in_traits, self.month)
    }
}

/// Looks at entries until both questions are answered or enough were seen.
fn layouts(reader: &Reader<Vec<u8>>) -> Result<(Option<Layout>, Option<bool>), MaxMindDbError> {
    let (mut countries, mut flags) = (None, None);
    for found in reader.networks(maxminddb::WithinOptions::default())?.take(SAMPLES) {
        let found = found?;
        let has_text =
            |path: &[PathElement<'_>]| found.decode_path::<&str>(path).is_ok_and(|it| it.is_some());
        let has_flag =
            |path: &[PathElement<'_>]| found.decode_path::<bool>(path).is_ok_and(|it| it.is_some());
        let key = PathElement::Key;
        if countries.is_none() {
            countries = if has_text(&[key("country"), key("iso_code")])
                || has_text(&[key("registered_country"), key("iso_code")])
            {
                Some(Layout::Nested)
            } else {
                let flat = ["country_code", "country"].into_iter().find(|name| has_text(&[key(name)]));
                flat.map(Layout::Flat)
            };
        }
        let names = || ANONYMISING.iter().chain([&HOSTING]);
        if flags.is_none() {
            flags = if names().any(|name| has_flag(&[key("traits"), key(name)])) {
                Some(true)
            } else {
                names().any(|name| has_flag(&[key(name)])).then_some(false)
            };
        }
        if countries.is_some() && flags.is_some() {
            break;
        }
    }
    Ok((countries, flags))
}

/// The month of a moment in seconds after the Unix epoch, UTC.
fn month_of(epoch_seconds: u64) -> Option<DataMonth> {
    // Days from 1 March of year 0, in eras of 400 years (proleptic Gregorian calendar).
    let days = i64::try_from(epoch_seconds / 86_400).ok()? + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some(DataMonth { year: u16::try_from(year).ok()?, month: u8::try_from(month).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_found_from_its_seconds() {
        let month = |seconds| month_of(seconds).map(|month| (month.year, month.month));
        assert_eq!(month(0), Some((1970, 1)));
        assert_eq!(month(951_782_400), Some((2000, 2)));
        assert_eq!(month(1_780_272_000), Some((2026, 6)));
        assert_eq!(month(1_795_406_400), Some((2026, 11)));
        assert_eq!(month(u64::MAX), None);
    }

    #[test]
    fn what_is_no_file_of_ours_is_refused() {
        for bytes in [&b""[..], b"hello", b"\xab\xcd\xefMaxMind.com", &[0; 5_000]] {
            assert!(matches!(Mmdb::of_bytes(bytes.to_vec()), Err(MmdbFault::Damaged(_))));
        }
        assert!(matches!(Mmdb::read(Path::new("/nowhere/at.mmdb")), Err(MmdbFault::Unreadable(_))));
    }
}
