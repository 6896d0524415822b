//! The invisible proof of work: several small SHA-256 puzzles, because the sum of many small searches varies little.
//!
//! With `seed = SHA-256(token as ASCII)`, puzzle `i` is solved by a counter for which
//! `SHA-256(seed ‖ i as u32 big-endian ‖ counter as u32 big-endian)` begins with `bits` zero bits.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// How many puzzles, and how hard each one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// 16 to 50 puzzles.
    pub puzzles: u8,
    /// Leading zero bits of each; a browser tries about a million counters a second.
    pub bits: u8,
}

pub(crate) fn seed_of(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

pub(crate) fn solves(seed: &[u8; 32], puzzle: u32, counter: u32, bits: u8) -> bool {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(puzzle.to_be_bytes());
    hash.update(counter.to_be_bytes());
    let digest = hash.finalize();
    let head = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    head.leading_zeros() >= u32::from(bits)
}

/// The counters of a field, if there are exactly `count`.
pub(crate) fn parse_counters(text: &str, count: u8) -> Option<Vec<u32>> {
    let expected = usize::from(count) * 4;
    if text.len() != BASE64URL_NOPAD.encode_len(expected) {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    Some(bytes.as_chunks::<4>().0.iter().map(|four| u32::from_be_bytes(*four)).collect())
}

#[cfg(any(feature = "solver", test))]
pub(crate) fn encode_counters(counters: &[u32]) -> String {
    let bytes: Vec<u8> = counters.iter().flat_map(|counter| counter.to_be_bytes()).collect();
    BASE64URL_NOPAD.encode(&bytes)
}

impl Work {
    /// Whether `field` solves every puzzle of this token.
    pub fn is_done(self, token: &str, field: &str) -> bool {
        let Some(counters) = parse_counters(field, self.puzzles) else { return false };
        let seed = seed_of(token);
        (0_u32..).zip(counters).all(|(puzzle, counter)| solves(&seed, puzzle, counter, self.bits))
    }
}
