//! The picture: bands that run through it, gaps cut out of it, and one piece whose bands go on around one of the gaps.
//!
//! Everything the eye needs is the course of the bands. Their colours say nothing (the piece has its own), the outline says nothing (all gaps have the same),
//! and the first pixels around a gap say little (its rim is soft).

mod course;
mod field;
mod jpeg;
mod jpeg_tables;
mod palette;
mod plane;
mod puzzle;
mod silhouette;

use rand_chacha::ChaCha20Rng;

use crate::{Answer, Rung};

/// Width of the picture in pixels.
pub const PICTURE_WIDTH: u16 = 320;
/// Height of the picture in pixels.
pub const PICTURE_HEIGHT: u16 = 180;

/// What the browser gets to see.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The picture with the piece under it, as JPEG.
    pub jpeg: Vec<u8>,
    /// Where the piece is.
    pub piece: Piece,
}

/// The piece: where it stands in the JPEG, and how to cut it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Left edge in the JPEG.
    pub x: u16,
    /// Upper edge in the JPEG.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
    /// The top of the piece in the picture where that is given (rung 1).
    pub row: Option<u16>,
    /// The outline as an SVG path from the piece's upper left corner.
    pub outline: String,
}

/// A picture with its answer, not yet sealed.
#[derive(Debug)]
pub struct Drawing {
    /// The rung it was drawn for.
    pub rung: Rung,
    /// Where the piece fits.
    pub answer: Answer,
    /// What is shown.
    pub picture: Picture,
}

/// Draws a puzzle for `rung`, which has a picture (1 or 2); all chance comes from `random`, which the caller seeds from the operating system.
pub fn draw(rung: Rung, random: &mut ChaCha20Rng) -> Drawing {
    puzzle::draw(rung, random)
}
