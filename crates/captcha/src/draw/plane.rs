//! Chance and pixels.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

/// What drawing asks of the generator.
pub(crate) trait Chance {
    /// 0 up to, not including, 1.
    fn unit(&mut self) -> f32;
    /// 0 up to, not including, `limit`.
    fn below(&mut self, limit: u32) -> u32;
    /// `low` up to and including `high`.
    fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below(low.abs_diff(high) + 1).cast_signed()
    }
}

impl Chance for ChaCha20Rng {
    fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    fn below(&mut self, limit: u32) -> u32 {
        // A 64-bit product keeps the bias under 2⁻³² a draw, which no picture shows.
        ((u64::from(self.next_u32()) * u64::from(limit)) >> 32) as u32
    }
}
