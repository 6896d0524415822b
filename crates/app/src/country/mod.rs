//! Where an address stands: from the table that is compiled in, or from a file of the operator's (entry rules 4 and 7).
//!
//! The answer is a hint, shown with the month of its data. It is asked on every request: nothing here waits, and the
//! data stand in memory as a whole.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use doorward_domain::country::{Country, DataMonth, Place, Whereabouts, is_local};

use crate::app::App;

mod mmdb;

pub use mmdb::{Mmdb, MmdbFault};

/// When `iptocc` 1.4.175 read what the regional registries had given to whom. A test holds it to the locked version.
const COMPILED_IN: DataMonth = DataMonth { year: 2026, month: 11 };

/// What the data demand to be said wherever their answers are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// The sentence.
    pub text: String,
    /// Where it must lead, if it must.
    pub url: Option<String>,
}

impl Attribution {
    /// An operator's own: a text, and as its last word an address of `https://` if it should lead somewhere.
    pub fn parse(given: &str) -> Self {
        match given.trim().rsplit_once(' ') {
            Some((text, url)) if url.starts_with("https://") => {
                Self { text: text.trim_end().to_owned(), url: Some(url.to_owned()) }
            }
            _ => Self { text: given.trim().to_owned(), url: None },
        }
    }
}

/// Which data answer.
enum Data {
    CompiledIn,
    File(Box<Mmdb>),
    /// The operator's file was there at the start and is not any more, or cannot be read.
    Lost,
}

/// The data in force, exchangeable while requests run.
pub struct Places {
    data: RwLock<Arc<Data>>,
    /// The operator's own words in place of what the file's maker usually demands.
    attribution: Option<Attribution>,
}

impl Places {
    /// The table of the regional registries that the program carries.
    pub fn compiled_in() -> Self {
        Self { data: RwLock::new(Arc::new(Data::CompiledIn)), attribution: None }
    }

    /// A file of the operator's.
    pub fn of_file(file: Mmdb, attribution: Option<Attribution>) -> Self {
        Self { data: RwLock::new(Arc::new(Data::File(Box::new(file)))), attribution }
    }

    /// What the data say about an address.
    pub fn find(&self, address: IpAddr) -> Place {
        let address = address.to_canonical();
        if is_local(address) {
            return Place { at: Whereabouts::Local, ..Place::UNKNOWN };
        }
        match &*self.data() {
            Data::CompiledIn => registered(address),
            Data::File(file) => {
                let mut place = file.find(address);
                // A file about networks alone leaves the country to the table.
                if !file.tells_countries() {
                    let registered = registered(address);
                    (place.at, place.month) = (registered.at, registered.month);
                }
                place
            }
            Data::Lost => Place { at: Whereabouts::Lost, ..Place::UNKNOWN },
        }
    }

    /// What must be said wherever places are shown.
    pub fn attribution(&self) -> Option<Attribution> {
        match &*self.data() {
            Data::File(file) => self.attribution.clone().or_else(|| file.attribution()),
            Data::CompiledIn | Data::Lost => None,
        }
    }

    /// Whether the operator's file is lost.
    pub fn is_lost(&self) -> bool {
        matches!(&*self.data(), Data::Lost)
    }

    /// Newer data of the operator's take the place of what there was.
    pub fn replace(&self, file: Mmdb) {
        self.put(Data::File(Box::new(file)));
    }

    /// The operator's file is gone or damaged: from now on every address might be anywhere.
    pub fn lose(&self) {
        self.put(Data::Lost);
    }

    fn data(&self) -> Arc<Data> {
        Arc::clone(&self.data.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, data: Data) {
        metrics::gauge!("doorward_country_data_lost").set(u8::from(matches!(data, Data::Lost)));
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(data);
    }
}

/// To whom the registries gave an address: where it is registered, which need not be where it is used.
fn registered(address: IpAddr) -> Place {
    let country = iptocc::country_code(address).and_then(Country::parse);
    let at = country.map_or(Whereabouts::Unknown, Whereabouts::In);
    Place { at, month: Some(COMPILED_IN), ..Place::UNKNOWN }
}

impl App {
    /// Where an address stands, as far as the data tell.
    pub fn place_of(&self, address: IpAddr) -> Place {
        self.places.find(address)
    }

    /// The same for an address as it is stored.
    pub(crate) fn place_of_text(&self, address: &str) -> Place {
        address.parse().map_or(Place::UNKNOWN, |address| self.place_of(address))
    }

    /// Reads the operator's file again. When it cannot be read, every address might be anywhere from now on, which is
    /// judged by the strictest row, loudly.
    pub fn read_country_data_again(&self, path: &Path) {
        match Mmdb::read(path) {
            Ok(file) => {
                tracing::info!(file = %path.display(), month = ?file.month(), "read the country data again");
                self.places.replace(file);
            }
            Err(fault) => {
                let was_lost = self.places.is_lost();
                self.places.lose();
                if !was_lost {
                    tracing::error!(file = %path.display(), %fault, "the country data are lost: every address is judged by the strictest row of the policy until they are back");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Whereabouts {
        Places::compiled_in().find(address.parse().expect("an address")).at
    }

    #[test]
    fn the_table_that_is_compiled_in_knows_countries() {
        let country = |code| Whereabouts::In(Country::parse(code).expect("a country"));
        assert_eq!(at("8.8.8.8"), country("US"));
        assert_eq!(at("193.0.6.139"), country("NL"));
        assert_eq!(at("2001:4860:4860::8888"), country("US"));
        assert_eq!(at("::ffff:8.8.8.8"), country("US"));
        assert_eq!(at("127.0.0.1"), Whereabouts::Local);
        assert_eq!(at("fd00::7"), Whereabouts::Local);
        assert_eq!(at("203.0.113.9"), Whereabouts::Unknown);
    }

    #[test]
    fn the_month_is_that_of_the_locked_version() {
        let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));
        let lock = lock.expect("the lock file");
        assert!(
            lock.contains("name = \"iptocc\"\nversion = \"1.4.175\""),
            "iptocc has moved: set COMPILED_IN to the month of the new one"
        );
    }

    #[test]
    fn an_operators_attribution_may_lead_somewhere() {
        let led = Attribution::parse("IP Geolocation by DB-IP https://db-ip.com");
        assert_eq!(led.text, "IP Geolocation by DB-IP");
        assert_eq!(led.url.as_deref(), Some("https://db-ip.com"));
        assert_eq!(Attribution::parse("Our own").url, None);
        assert_eq!(Attribution::parse("See http://x.example").url, None, "only over TLS");
    }
}
