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
        for (y, mut line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
            let (row, t) = split(y as f32 / cell + shift_y);
            let (upper, lower) =
                (&lattice[row * across..][..across], &lattice[(row + 1) * across..][..across]);
            for ((mixed, upper), lower) in mixed.iter_mut().zip(upper).zip(lower) {
                *mixed = weight * (upper + (lower - upper) * t);
            }
            for run in columns.chunk_by(|(left, _), (right, _)| left == right) {
                let (now, later) = line.split_at_mut(run.len());
                let column = run[0].0;
                let (from, rise) = (mixed[column], mixed[column + 1] - mixed[column]);
                for (value, (_, t)) in now.iter_mut().zip(run) {
                    *value += from + rise * t;
                }
                line = later;
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

/// A sine along a row, by rotation, without a sine a pixel. [`LANES`] columns advance together: one alone would wait for
/// its own last result at each.
struct Wave {
    height: f32,
    /// Sine and cosine of one column's step, and of `LANES` columns' step.
    one: (f32, f32),
    all: (f32, f32),
}

const LANES: usize = 8;

impl Wave {
    /// One that advances by so many radians a column.
    fn along(step: f32, height: f32) -> Self {
        Self { height, one: step.sin_cos(), all: (step * LANES as f32).sin_cos() }
    }

    /// Adds it to a row that it enters at `phase`.
    fn add(&self, line: &mut [f32], phase: f32) {
        let (mut sins, mut coss) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        let (mut sin, mut cos) = phase.sin_cos();
        for (lane_sin, lane_cos) in sins.iter_mut().zip(&mut coss) {
            (*lane_sin, *lane_cos) = (self.height * sin, self.height * cos);
            (sin, cos) = (sin * self.one.1 + cos * self.one.0, cos * self.one.1 - sin * self.one.0);
        }
        let (whole, rest) = line.as_chunks_mut::<LANES>();
        for values in whole {
            for ((value, sin), cos) in values.iter_mut().zip(&mut sins).zip(&mut coss) {
                *value += *sin;
                (*sin, *cos) = (*sin * self.all.1 + *cos * self.all.0, *cos * self.all.1 - *sin * self.all.0);
            }
        }
        for (value, sin) in rest.iter_mut().zip(sins) {
            *value += sin;
        }
    }
}

/// Three plane waves.
fn waves(random: &mut ChaCha20Rng) -> Vec<u16> {
    let mut sum = vec![0.0_f32; COLUMNS * ROWS];
    let turn = random.unit() * std::f32::consts::TAU;
    for (index, length) in [74.0_f32, 55.0, 40.0].into_iter().enumerate() {
        let angle = turn + index as f32 * 2.1 + random.unit() * 0.8;
        let step = std::f32::consts::TAU / (length * (0.85 + 0.3 * random.unit()));
        let (step_x, step_y) = (step * angle.cos(), step * angle.sin());
        let phase = random.unit() * std::f32::consts::TAU;
        let wave = Wave::along(step_x, 1.0);
        for (y, line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
            wave.add(line, phase + step_y * y as f32);
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
            let left = 1.9 * CELL * CELL - down;
            if left < 0.0 {
                continue;
            }
            let reach = left.sqrt() + 1.0;
            let (from, to) = ((point_x - reach).max(0.0) as usize, (point_x + reach).max(0.0) as usize);
            let to = to.min(COLUMNS);
            for (x, value) in (from..to).zip(line.get_mut(from..to).unwrap_or_default()) {
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
    let bows: Vec<(Wave, f32, f32)> = (0..3)
        .map(|index| {
            let length = [70.0_f32, 44.0, 31.0][index] * (0.85 + 0.3 * random.unit());
            let frequency = std::f32::consts::TAU / length;
            let phase = random.unit() * std::f32::consts::TAU;
            let drift = (0.008 + 0.012 * random.unit()) * frequency * 20.0;
            (Wave::along(frequency, [15.0, 8.0, 4.0][index]), phase, drift)
        })
        .collect();
    let mut sum = vec![0.0_f32; COLUMNS * ROWS];
    for (y, line) in sum.chunks_exact_mut(COLUMNS).enumerate() {
        line.fill(y as f32);
        for (wave, phase, drift) in &bows {
            wave.add(line, phase + drift * y as f32);
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
