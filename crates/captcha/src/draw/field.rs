//! The landscapes: a smooth height over the picture, whose contour bands are what is seen. Computed at half size and interpolated, since a smooth height
//! loses nothing by it.

use rand_chacha::ChaCha20Rng;

use super::{PICTURE_HEIGHT, PICTURE_WIDTH, plane::Chance};

/// Columns and rows at half size, with the one beyond the edge that interpolation needs.
const COLUMNS: usize = PICTURE_WIDTH as usize / 2 + 1;
const ROWS: usize = PICTURE_HEIGHT as usize / 2 + 1;

/// Heights are 0 ..= `TOP` at full size.
pub(crate) const TOP: usize = 1023;

/// Heights of every pixel, row by row.
pub(crate) struct Field {
    pub(crate) heights: Vec<u16>,
    /// Into how many bands this family is best divided.
    pub(crate) bands: u32,
}

impl Field {
    /// One of the families, by chance.
    pub(crate) fn draw(random: &mut ChaCha20Rng) -> Self {
        let (half, bands) = match random.below(4) {
            0 => (value_noise(random), 6 + random.below(3)),
            1 => (waves(random), 5 + random.below(3)),
            2 => (ripples(random), 5 + random.below(3)),
            _ => (layers(random), 8 + random.below(3)),
        };
        Self { heights: enlarge(&half), bands }
    }
}

/// Value noise in two octaves; each row needs two lattice rows only.
fn value_noise(random: &mut ChaCha20Rng) -> Vec<u16> {
    let mut sum = vec![0.0_f32; COLUMNS * ROWS];
    for (cell, weight) in [(34.0_f32, 0.78_f32), (15.0, 0.22)] {
        let across = (COLUMNS as f32 / cell) as usize + 3;
        let down = (ROWS as f32 / cell) as usize + 3;
        let lattice: Vec<f32> = (0..across * down).map(|_| random.unit()).collect();
        let (shift_x, shift_y) = (random.unit(), random.unit());
        let columns: Vec<(usize, f32)> = (0..COLUMNS).map(|x| split(x as f32 / cell + shift_x)).collect();
        let mut mixed = vec![0.0_f32; across];
        for (y, line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
            let (row, t) = split(y as f32 / cell + shift_y);
            let (upper, lower) =
                (&lattice[row * across..][..across], &lattice[(row + 1) * across..][..across]);
            for ((mixed, upper), lower) in mixed.iter_mut().zip(upper).zip(lower) {
                *mixed = weight * (upper + (lower - upper) * t);
            }
            for (value, (column, t)) in line.iter_mut().zip(&columns) {
                *value += mixed[*column] + (mixed[*column + 1] - mixed[*column]) * t;
            }
        }
    }
    stretch(sum)
}

/// Whole part, and the fraction eased so that the slope is continuous.
fn split(position: f32) -> (usize, f32) {
    let whole = position as usize;
    let t = position - whole as f32;
    (whole, t * t * (3.0 - 2.0 * t))
}

/// Three plane waves; each row advances by rotation, without a sine a pixel.
fn waves(random: &mut ChaCha20Rng) -> Vec<u16> {
    let mut sum = vec![0.0_f32; COLUMNS * ROWS];
    let turn = random.unit() * std::f32::consts::TAU;
    for (index, length) in [74.0_f32, 55.0, 40.0].into_iter().enumerate() {
        let angle = turn + index as f32 * 2.1 + random.unit() * 0.8;
        let step = std::f32::consts::TAU / (length * (0.85 + 0.3 * random.unit()));
        let (step_x, step_y) = (step * angle.cos(), step * angle.sin());
        let phase = random.unit() * std::f32::consts::TAU;
        let (turn_sin, turn_cos) = step_x.sin_cos();
        for (y, line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
            let (mut sin, mut cos) = (phase + step_y * y as f32).sin_cos();
            for value in line {
                *value += sin;
                (sin, cos) = (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
            }
        }
    }
    stretch(sum)
}

/// Distance to the nearest of some scattered points (Voronoi): ripples that meet along straight seams.
fn ripples(random: &mut ChaCha20Rng) -> Vec<u16> {
    const CELL: f32 = 46.0;
    let across = (COLUMNS as f32 / CELL) as usize + 4;
    let down = (ROWS as f32 / CELL) as usize + 4;
    let points: Vec<(f32, f32)> = (0..across * down)
        .map(|index| {
            let (column, row) = ((index % across) as f32 - 1.0, (index / across) as f32 - 1.0);
            ((column + 0.1 + 0.8 * random.unit()) * CELL, (row + 0.1 + 0.8 * random.unit()) * CELL)
        })
        .collect();
    let mut nearest = vec![f32::MAX; COLUMNS * ROWS];
    for (y, line) in nearest.chunks_exact_mut(COLUMNS).enumerate() {
        for (point_x, point_y) in &points {
            let down = (y as f32 - point_y) * (y as f32 - point_y);
            // No pixel is further than this from its nearest point.
            if down > 1.9 * CELL * CELL {
                continue;
            }
            for (x, value) in line.iter_mut().enumerate() {
                let right = x as f32 - point_x;
                let square = right * right + down;
                *value = if square < *value { square } else { *value };
            }
        }
    }
    for value in &mut nearest {
        *value = value.sqrt();
    }
    stretch(nearest)
}

/// Curves laid over one another, level or upright or in between.
fn layers(random: &mut ChaCha20Rng) -> Vec<u16> {
    let tilt = (random.unit() - 0.5) * 2.4;
    let bows: Vec<(f32, f32, f32, f32)> = (0..3)
        .map(|index| {
            let length = [70.0_f32, 44.0, 31.0][index] * (0.85 + 0.3 * random.unit());
            let height = [15.0_f32, 8.0, 4.0][index];
            (
                std::f32::consts::TAU / length,
                random.unit() * std::f32::consts::TAU,
                height,
                0.008 + 0.012 * random.unit(),
            )
        })
        .collect();
    let mut sum = vec![0.0_f32; COLUMNS * ROWS];
    for (y, line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
        for value in line.iter_mut() {
            *value = y as f32;
        }
        for (frequency, phase, height, drift) in &bows {
            let (turn_sin, turn_cos) = frequency.sin_cos();
            let (mut sin, mut cos) = (phase + drift * frequency * y as f32 * 20.0).sin_cos();
            for value in line.iter_mut() {
                *value += height * sin;
                (sin, cos) = (sin * turn_cos + cos * turn_sin, cos * turn_cos - sin * turn_sin);
            }
        }
        for (x, value) in line.iter_mut().enumerate() {
            *value += tilt * x as f32 * 0.5;
        }
    }
    stretch(sum)
}

/// To 0 ..= `TOP`.
fn stretch(values: Vec<f32>) -> Vec<u16> {
    let (mut low, mut high) = ([f32::MAX; 8], [f32::MIN; 8]);
    for eight in values.as_chunks::<8>().0 {
        for ((low, high), value) in low.iter_mut().zip(&mut high).zip(eight) {
            *low = if *value < *low { *value } else { *low };
            *high = if *value > *high { *value } else { *high };
        }
    }
    let low = low.into_iter().fold(f32::MAX, f32::min);
    let high = high.into_iter().fold(f32::MIN, f32::max);
    let scale = TOP as f32 / (high - low).max(f32::MIN_POSITIVE);
    // Adding this constant leaves the rounded value in the low bits, which is quicker than a checked conversion.
    const ROUND: f32 = 12_582_912.0;
    values
        .into_iter()
        .map(|value| ((((value - low) * scale).clamp(0.0, TOP as f32) + ROUND).to_bits() & 0xffff) as u16)
        .collect()
}

fn enlarge(half: &[u16]) -> Vec<u16> {
    let width = usize::from(PICTURE_WIDTH);
    let mut full = vec![0_u16; width * usize::from(PICTURE_HEIGHT)];
    let mut between = [0_u16; COLUMNS];
    for (row, two) in full.chunks_exact_mut(width * 2).enumerate() {
        let upper = &half[row * COLUMNS..][..COLUMNS];
        let lower = &half[(row + 1) * COLUMNS..][..COLUMNS];
        let (first, second) = two.split_at_mut(width);
        widen(upper, first);
        for ((between, upper), lower) in between.iter_mut().zip(upper).zip(lower) {
            *between = (upper + lower) / 2;
        }
        widen(&between, second);
    }
    full
}

fn widen(from: &[u16], to: &mut [u16]) {
    for ((pair, left), right) in to.as_chunks_mut::<2>().0.iter_mut().zip(from).zip(&from[1..]) {
        *pair = [*left, (left + right) / 2];
    }
}
