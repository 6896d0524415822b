//! The passwords that attackers try first, as sorted 64-bit hashes.

use std::fmt;

use sha2::{Digest, Sha256};

use super::folded;

const ENTRY_BYTES: usize = 8;

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
