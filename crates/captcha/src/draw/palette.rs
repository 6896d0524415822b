//! Doorward's colours as heights' colours: paper, ink and teal for the picture, warm ones for the piece.

use rand_chacha::ChaCha20Rng;

use super::{field::TOP, plane::Chance};

/// Luma and the two colour differences.
pub(crate) type Colour = [u8; 3];

/// Red, green, blue as JPEG stores it.
const fn colour(red: i32, green: i32, blue: i32) -> Colour {
    let luma = (299 * red + 587 * green + 114 * blue) / 1000;
    [luma as u8, (128 + (blue - luma) * 564 / 1000) as u8, (128 + (red - luma) * 713 / 1000) as u8]
}

/// Light, middle and dark of the picture.
const COOL: [[Colour; 3]; 3] = [
    [colour(222, 232, 231), colour(202, 218, 218), colour(214, 224, 218)],
    [colour(128, 170, 182), colour(142, 176, 178), colour(118, 160, 176)],
    [colour(44, 92, 112), colour(54, 100, 110), colour(60, 88, 116)],
];

/// Light, middle and dark of the piece.
const WARM: [[Colour; 3]; 3] = [
    [colour(246, 232, 208), colour(244, 224, 196), colour(248, 238, 220)],
    [colour(222, 172, 108), colour(226, 160, 100), colour(214, 178, 120)],
    [colour(146, 78, 48), colour(134, 84, 40), colour(150, 70, 60)],
];

/// What light, middle and dark become in the piece: two swaps that keep half of the order, two turns that reverse half of it.
const SWAPS: [[usize; 3]; 4] = [[1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1]];

/// Where the bands end, shared by picture and piece.
pub(crate) struct Contours {
    edges: Vec<f32>,
}

impl Contours {
    /// `bands` of nearly equal height.
    pub(crate) fn draw(random: &mut ChaCha20Rng, bands: u32) -> Self {
        let width = TOP as f32 / bands as f32;
        let edges = (1..bands).map(|index| (index as f32 + 0.3 * (random.unit() - 0.5)) * width).collect();
        Self { edges }
    }

    /// The number of the band that a height lies in.
    pub(crate) fn band(&self, height: u16) -> u8 {
        self.edges.iter().map(|edge| u8::from(f32::from(height) > *edge)).sum()
    }
}

/// A colour for every height.
pub(crate) struct Tones {
    luma: [u8; TOP + 1],
    colours: [[u8; 2]; TOP + 1],
}

impl Tones {
    /// The picture's tones and the piece's. The piece swaps light, middle and dark as a whole: the eye takes that for a coat of paint and follows the bands,
    /// while a comparison of brightness is led right as often as wrong.
    pub(crate) fn draw(contours: &Contours, random: &mut ChaCha20Rng) -> (Self, Self) {
        let mut last = random.below(3) as usize;
        let depths: Vec<usize> = (0..=contours.edges.len())
            .map(|_| {
                last = (last + 1 + random.below(2) as usize) % 3;
                last
            })
            .collect();
        let swap = SWAPS[random.below(SWAPS.len() as u32) as usize];
        let swapped: Vec<usize> = depths.iter().map(|depth| swap[*depth]).collect();
        (Self::of(contours, &COOL, &depths, random), Self::of(contours, &WARM, &swapped, random))
    }

    pub(crate) fn luma(&self, height: u16) -> u8 {
        self.luma[usize::from(height) & TOP]
    }

    pub(crate) fn colours(&self, height: u16) -> [u8; 2] {
        self.colours[usize::from(height) & TOP]
    }

    fn of(contours: &Contours, tones: &[[Colour; 3]; 3], depths: &[usize], random: &mut ChaCha20Rng) -> Self {
        /// Heights on either side of an edge over which two bands blend.
        const SOFT: f32 = 5.0;
        let chosen = tones.map(|tone| tone[random.below(3) as usize]);
        let bands: Vec<Colour> = depths.iter().map(|depth| chosen[*depth]).collect();
        let (mut luma, mut colours) = ([0; TOP + 1], [[0; 2]; TOP + 1]);
        let mut band = 0;
        for (height, (luma, colours)) in luma.iter_mut().zip(&mut colours).enumerate() {
            let height = height as f32;
            while contours.edges.get(band).is_some_and(|edge| height > edge + SOFT) {
                band += 1;
            }
            let part = contours
                .edges
                .get(band)
                .map_or(0.0, |edge| ((height - edge + SOFT) / (2.0 * SOFT)).clamp(0.0, 1.0));
            let (one, other) = (bands[band], bands[(band + 1).min(bands.len() - 1)]);
            let mix = |index: usize| {
                (f32::from(one[index]) + (f32::from(other[index]) - f32::from(one[index])) * part) as u8
            };
            *luma = mix(0);
            *colours = [mix(1), mix(2)];
        }
        Self { luma, colours }
    }
}
