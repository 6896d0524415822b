//! The passwords that attackers try first, as sorted 64-bit hashes.

use std::fmt;

use sha2::{Digest, Sha256};

use super::folded;

const ENTRY_BYTES: usize = 8;

/// Where it comes from and under which licence: `data/NOTICE.md`.
const SHIPPED: &[u8] = include_bytes!("../../data/blocklist.bin");

/// A list of refused passwords: big-endian numbers in rising order, each the first eight bytes of the SHA-256 of a
/// case-folded password. A false hit is one in millions of millions.
#[derive(Clone, Copy)]
pub struct Blocklist {
    bytes: &'static [u8],
}

/// The bytes are no blocklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlocklistBroken {
    /// Not a whole number of entries.
    #[error("the blocklist's length is no multiple of {ENTRY_BYTES} bytes")]
    Length,
    /// Entries out of order, which would make searching miss.
    #[error("the blocklist is not sorted")]
    Order,
}

impl Blocklist {
    /// A list that refuses nothing.
    pub const EMPTY: Self = Self { bytes: &[] };

    /// The list of a file made by [`Blocklist::entry`]. Reads all of it once, to check the order.
    pub fn from_bytes(bytes: &'static [u8]) -> Result<Self, BlocklistBroken> {
        if !bytes.len().is_multiple_of(ENTRY_BYTES) {
            return Err(BlocklistBroken::Length);
        }
        let list = Self { bytes };
        if (1..list.len()).any(|place| list.at(place - 1) >= list.at(place)) {
            return Err(BlocklistBroken::Order);
        }
        Ok(list)
    }

    /// The list that this crate ships, made by `cargo xtask blocklist`. A test has checked its order, so nothing is
    /// read before the first question.
    pub const fn shipped() -> Self {
        Self { bytes: SHIPPED }
    }

    /// Passwords on the list.
    pub const fn len(&self) -> usize {
        self.bytes.len() / ENTRY_BYTES
    }

    /// Whether nothing is refused.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether this password stands on the list, in whatever case.
    pub fn contains(&self, password: &str) -> bool {
        let wanted = Self::entry(password);
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.at(middle).cmp(&wanted) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    /// The entry that stands for a password.
    pub fn entry(password: &str) -> u64 {
        let digest: [u8; 32] = Sha256::digest(folded(password).as_bytes()).into();
        let mut first = [0; ENTRY_BYTES];
        first.copy_from_slice(&digest[..ENTRY_BYTES]);
        u64::from_be_bytes(first)
    }

    fn at(&self, place: usize) -> u64 {
        let mut entry = [0; ENTRY_BYTES];
        entry.copy_from_slice(&self.bytes[place * ENTRY_BYTES..(place + 1) * ENTRY_BYTES]);
        u64::from_be_bytes(entry)
    }
}

impl fmt::Debug for Blocklist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blocklist({} entries)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_sorted_and_holds_at_least_a_hundred_thousand() {
        let list = Blocklist::from_bytes(SHIPPED).expect("it is in order");
        assert!(list.len() >= 100_000, "{}", list.len());
    }

    #[test]
    fn the_shipped_list_knows_what_is_tried_first_in_whatever_case() {
        for password in ["1234567890", "qwertyuiop", "QwertyUiop", "password123", "PASSWORD123"] {
            assert!(Blocklist::shipped().contains(password), "{password}");
        }
        for password in ["", "correct horse battery staple", "qwertyuiop tram"] {
            assert!(!Blocklist::shipped().contains(password), "{password}");
        }
    }

    #[test]
    fn first_middle_and_last_entries_are_found() {
        let words = ["one", "two", "three", "four", "five"];
        let mut entries: Vec<u64> = words.iter().map(|word| Blocklist::entry(word)).collect();
        entries.sort_unstable();
        for count in 0..=entries.len() {
            let bytes: Vec<u8> = entries[..count].iter().flat_map(|entry| entry.to_be_bytes()).collect();
            let list = Blocklist::from_bytes(bytes.leak()).expect("it is in order");
            let found = words.iter().filter(|word| list.contains(word)).count();
            assert_eq!((list.len(), found, list.is_empty()), (count, count, count == 0));
        }
    }

    #[test]
    fn bytes_that_are_no_list_are_refused() {
        assert_eq!(Blocklist::from_bytes(&[1, 2, 3]).err(), Some(BlocklistBroken::Length));
        let falling: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(Blocklist::from_bytes(falling).err(), Some(BlocklistBroken::Order));
    }
}
