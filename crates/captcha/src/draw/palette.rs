//! Doorward's colours as heights' colours: paper, ink and teal for the picture, warm ones for the piece.

use rand_chacha::ChaCha20Rng;

use super::{field::TOP, plane::Chance};

/// A colour as JPEG stores it.
pub(crate) type Colour = [u8; 3];

/// Red, green, blue to luma and the two differences.
pub(crate) fn colour(red: u8, green: u8, blue: u8) -> Colour {
    let (r, g, b) = (f32::from(red), f32::from(green), f32::from(blue));
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [y as u8, (128.0 + 0.564 * (b - y)) as u8, (128.0 + 0.713 * (r - y)) as u8]
}

const COOL: [[(u8, u8, u8); 3]; 3] = [
    [(226, 234, 232), (200, 216, 216), (216, 224, 218)],
    [(128, 170, 182), (142, 176, 178), (118, 160, 176)],
    [(44, 92, 112), (52, 100, 110), (60, 88, 116)],
];
const WARM: [[(u8, u8, u8); 3]; 3] = [
    [(246, 232, 208), (244, 224, 196), (248, 238, 220)],
    [(222, 172, 108), (226, 160, 100), (214, 178, 120)],
    [(146, 78, 48), (134, 84, 40), (150, 70, 60)],
];

/// Where the contours lie, shared by picture and piece.
pub(crate) struct Contours {
    edges: Vec<f32>,
}

impl Contours {
    pub(crate) fn draw(random: &mut ChaCha20Rng) -> Self {
        let bands = 7 + random.below(3);
        let width = TOP as f32 / bands as f32;
        let edges = (1..bands).map(|index| (index as f32 + 0.36 * (random.unit() - 0.5)) * width).collect();
        Self { edges }
    }

    fn bands(&self) -> usize {
        self.edges.len() + 1
    }
}

/// A colour for every height.
pub(crate) struct Tones {
    pub(crate) of_height: Vec<Colour>,
}

impl Tones {
    /// The picture's tones.
    pub(crate) fn cool(contours: &Contours, random: &mut ChaCha20Rng) -> Self {
        Self::of(contours, &COOL, random)
    }

    /// The piece's tones.
    pub(crate) fn warm(contours: &Contours, random: &mut ChaCha20Rng) -> Self {
        Self::of(contours, &WARM, random)
    }

    fn of(contours: &Contours, tones: &[[(u8, u8, u8); 3]; 3], random: &mut ChaCha20Rng) -> Self {
        let mut last = 3;
        let bands: Vec<Colour> = (0..contours.bands())
            .map(|_| {
                let mut tone = random.below(3) as usize;
                if tone == last {
                    tone = (tone + 1 + random.below(2) as usize) % 3;
                }
                last = tone;
                let (r, g, b) = tones[tone][random.below(3) as usize];
                colour(r, g, b)
            })
            .collect();
        const SOFT: f32 = 5.0;
        let mut of_height = vec![bands[0]; TOP + 1];
        for (height, out) in of_height.iter_mut().enumerate() {
            let height = height as f32;
            let band = contours.edges.iter().filter(|edge| **edge <= height).count();
            *out = bands[band];
            let nearest =
                contours.edges.iter().copied().enumerate().find(|(_, edge)| (edge - height).abs() < SOFT);
            if let Some((index, edge)) = nearest {
                let t = (height - edge + SOFT) / (2.0 * SOFT);
                *out = mix(bands[index], bands[index + 1], t);
            }
        }
        Self { of_height }
    }
}

pub(crate) fn mix(one: Colour, other: Colour, t: f32) -> Colour {
    let blend = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * t) as u8;
    [blend(one[0], other[0]), blend(one[1], other[1]), blend(one[2], other[2])]
}
