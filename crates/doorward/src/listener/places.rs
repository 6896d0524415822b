//! Who may hold a connection: so many in all, so many from one network.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections. Cloning shares the count.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    shared: Arc<Mutex<Taken>>,
    total: usize,
    per_network: usize,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    /// Only networks that hold a place stand here, so the map is never larger than `total`.
    by_network: HashMap<IpAddr, usize>,
}

/// Why a connection got no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    Full,
    NetworkFull,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    network: Option<IpAddr>,
}

impl Places {
    pub(crate) fn new(total: usize, per_network: usize) -> Self {
        Self { shared: Arc::default(), total, per_network }
    }

    /// Takes a place for `peer`; a `trusted` one (a proxy that speaks for many) counts in the total alone.
    pub(crate) fn take(&self, peer: IpAddr, trusted: bool) -> Result<Place, NoPlace> {
        let mut taken = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= self.total {
            return Err(NoPlace::Full);
        }
        let network = (!trusted).then(|| network_of(peer));
        if let Some(network) = network {
            let held = taken.by_network.entry(network).or_default();
            if *held >= self.per_network {
                return Err(NoPlace::NetworkFull);
            }
            *held += 1;
        }
        taken.total += 1;
        Ok(Place { places: self.clone(), network })
    }

    #[cfg(test)]
    fn taken(&self) -> usize {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.shared.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(network) = self.network
            && let Some(held) = taken.by_network.get_mut(&network)
        {
            *held -= 1;
            if *held == 0 {
                taken.by_network.remove(&network);
            }
        }
    }
}

/// An IPv4 address, or the /64 of an IPv6 one: what one customer line usually has.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_that_is_full_leaves_room_for_others() {
        let places = Places::new(5, 2);
        let first = places.take(ip("2001:db8::1"), false).expect("a place");
        let _second = places.take(ip("2001:db8::2"), false).expect("a place");
        assert_eq!(places.take(ip("2001:db8::3"), false).err(), Some(NoPlace::NetworkFull));
        let _other = places.take(ip("2001:db8:0:1::1"), false).expect("another /64");
        let _four = places.take(ip("192.0.2.1"), false).expect("another family");
        drop(first);
        let _again = places.take(ip("2001:db8::3"), false).expect("the freed place");
    }

    #[test]
    fn the_total_holds_for_trusted_proxies_too_but_no_network_limit() {
        let places = Places::new(3, 1);
        let held: Vec<_> = (0..3).map(|_| places.take(ip("10.0.0.5"), true).expect("a place")).collect();
        assert_eq!(places.take(ip("10.0.0.5"), true).err(), Some(NoPlace::Full));
        assert_eq!(places.taken(), 3);
        drop(held);
        assert_eq!(places.taken(), 0);
        assert!(places.shared.lock().expect("whole").by_network.is_empty());
    }

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        assert_eq!(network_of(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }
}
