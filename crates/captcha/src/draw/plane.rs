//! Chance and pixels.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

/// A place for a gap: its left and upper edge.
pub(crate) type Place = (usize, usize);

/// Picture and sprite as JPEG stores them: luma of every pixel, the two colour differences of every second one in both directions.
pub(crate) struct Sheet {
    pub(crate) luma: Vec<u8>,
    pub(crate) blue: Vec<u8>,
    pub(crate) red: Vec<u8>,
    /// Pixels right of this are paper in the rows of the sprite.
    pub(crate) sprite_width: usize,
}

impl Sheet {
    pub(crate) const WIDTH: usize = 320;
    pub(crate) const HEIGHT: usize = 240;
    /// The first row of the sprite; even, so that colour and luma agree.
    pub(crate) const SPRITE_TOP: usize = 184;
    /// What nothing was drawn on.
    pub(crate) const PAPER: [u8; 3] = [236, 125, 131];

    pub(crate) fn new(sprite_width: usize) -> Self {
        let colours = Self::WIDTH * Self::HEIGHT / 4;
        Self {
            luma: vec![Self::PAPER[0]; Self::WIDTH * Self::HEIGHT],
            blue: vec![Self::PAPER[1]; colours],
            red: vec![Self::PAPER[2]; colours],
            sprite_width,
        }
    }

    /// Whether the sixteen by sixteen pixels there are paper.
    pub(crate) fn is_blank(&self, x: usize, y: usize) -> bool {
        y >= Self::SPRITE_TOP && x >= self.sprite_width
    }
}

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
