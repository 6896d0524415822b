//! Where an id lies in a table. Ids here are the house's own, or hashed under its key: nobody chooses where they fall.

use std::hash::{BuildHasherDefault, Hasher};

pub(super) type Hashed = BuildHasherDefault<Mixed>;

/// Multiplies and folds.
#[derive(Default)]
pub(super) struct Mixed(u64);

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(ODD);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64(number as u64);
        self.write_u64((number >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(ODD)
    }
}
