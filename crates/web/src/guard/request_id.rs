//! A name for each request, for the log line and for the person who reports a fault.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Sixteen hexadecimal digits, unlike any other of this process and, but for chance, of any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl RequestId {
    /// The digits, without an allocation.
    pub fn digits(self) -> [u8; 16] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 16];
        for (at, digit) in text.iter_mut().enumerate() {
            *digit = DIGITS[(self.0 >> (60 - 4 * at) & 15) as usize];
        }
        text
    }
}

/// Gives out request ids.
#[derive(Debug)]
pub struct RequestIds {
    start: u64,
    given: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> RequestIds {
        // A number unlike that of the last start is enough here; nothing trusts a request id.
        RequestIds { start: RandomState::new().hash_one(0_u8), given: AtomicU64::new(0) }
    }
}

impl RequestIds {
    /// The next id. SplitMix64 is a bijection: no id comes twice before 2⁶⁴ requests.
    pub fn next(&self) -> RequestId {
        let count = self.given.fetch_add(1, Ordering::Relaxed);
        let mut id = self.start.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        id = (id ^ (id >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        id = (id ^ (id >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        RequestId(id ^ (id >> 31))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_requests_share_an_id() {
        let ids = RequestIds::default();
        let given: HashSet<String> = (0..10_000).map(|_| ids.next().to_string()).collect();
        assert_eq!(given.len(), 10_000);
        assert!(given.iter().all(|id| id.len() == 16));
    }

    #[test]
    fn the_digits_are_the_text() {
        let id = RequestIds::default().next();
        assert_eq!(id.digits().as_slice(), id.to_string().as_bytes());
    }
}
