//! Puts landscape, gaps and piece together.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

use super::{
    Drawing, PICTURE_HEIGHT, PICTURE_WIDTH, Picture, Piece,
    course::Rings,
    field::Field,
    jpeg::ENCODER,
    palette::{Contours, Tones},
    plane::{Chance, Place, Sheet},
    silhouette::{RIM, Silhouette, Stencil},
};
use crate::{Answer, Rung};

const WIDTH: usize = PICTURE_WIDTH as usize;
const HEIGHT: usize = PICTURE_HEIGHT as usize;

/// The fill of a gap: sand, which is no tone of the picture.
const FILL: [u8; 3] = [212, 117, 136];

pub(crate) fn draw(rung: Rung, random: &mut ChaCha20Rng) -> Drawing {
    let silhouette = match rung {
        Rung::HarderSlider => Silhouette::draw(random, 36..=40, 36..=40),
        Rung::Invisible | Rung::Slider => Silhouette::draw(random, 41..=45, 44..=50),
    };
    let stencil = silhouette.stencil();
    let field = Field::draw(random);
    let contours = Contours::draw(random, field.bands);
    let (tones, piece_tones) = Tones::draw(&contours, random);
    let (places, (left, top)) = choose(rung, &silhouette, &field, &contours, random);

    let mut sheet = Sheet::new(silhouette.width.into());
    paint(&mut sheet, &field, &tones, random);
    for place in &places {
        dig(&mut sheet, &stencil, *place, random);
    }
    cut(&mut sheet, &field, &piece_tones, &stencil, (left, top), random);
    let one_row = rung != Rung::HarderSlider;
    let piece = Piece {
        x: 0,
        y: Sheet::SPRITE_TOP as u16,
        width: silhouette.width,
        height: silhouette.height,
        row: one_row.then_some(top as u16),
        outline: silhouette.path(),
    };
    let answer = Answer { left: left as u16, top: (!one_row).then_some(top as u16) };
    Drawing { rung, answer, picture: Picture { jpeg: ENCODER.encode(&sheet), piece } }
}

/// Places for the gaps, and the one among them whose piece is taken: by chance among those that no other place could be mistaken for.
fn choose(
    rung: Rung,
    silhouette: &Silhouette,
    field: &Field,
    contours: &Contours,
    random: &mut ChaCha20Rng,
) -> (Vec<Place>, Place) {
    /// Fewer edges tell too little, more are a muddle.
    const EDGES: std::ops::RangeInclusive<u32> = 3..=10;
    const MISMATCHES: u32 = 3;
    const LAYOUTS: usize = 6;
    let rings = Rings::of(silhouette);
    let mut best: Option<(u32, Vec<Place>, Place)> = None;
    for _ in 0..LAYOUTS {
        let places =
            if rung == Rung::HarderSlider { grid(silhouette, random) } else { line(silhouette, random) };
        let fits = rings.fits(field, contours, &places);
        let clear: Vec<Place> = places
            .iter()
            .zip(&fits)
            .filter(|(_, fit)| EDGES.contains(&fit.edges) && fit.mismatches >= MISMATCHES)
            .map(|(place, _)| *place)
            .collect();
        if !clear.is_empty() {
            let right = clear[random.below(clear.len() as u32) as usize];
            return (places, right);
        }
        let clearest = places.iter().zip(&fits).max_by_key(|(_, fit)| fit.mismatches.min(fit.edges));
        if let Some((place, fit)) = clearest
            && best.as_ref().is_none_or(|(mismatches, ..)| fit.mismatches > *mismatches)
        {
            best = Some((fit.mismatches, places.clone(), *place));
        }
    }
    let (_, places, right) = best.expect("every layout has places");
    (places, right)
}

/// Four gaps in one row; the piece starts left of them.
fn line(silhouette: &Silhouette, random: &mut ChaCha20Rng) -> Vec<Place> {
    const START: i32 = 58;
    const BETWEEN: i32 = 14;
    let (width, height) = (i32::from(silhouette.width), i32::from(silhouette.height));
    let top = random.between(12, i32::from(PICTURE_HEIGHT) - height - 12);
    let slack = i32::from(PICTURE_WIDTH) - START - 10 - 4 * width - 3 * BETWEEN;
    let mut shifts = [0; 4].map(|_: i32| random.between(0, slack));
    shifts.sort_unstable();
    (0..)
        .zip(shifts)
        .map(|(index, shift)| ((START + shift + index * (width + BETWEEN)) as usize, top as usize))
        .collect()
}

/// Nine gaps, three by three, each somewhere in its own field.
fn grid(silhouette: &Silhouette, random: &mut ChaCha20Rng) -> Vec<Place> {
    const START: i32 = 50;
    const MARGIN: i32 = 5;
    let (width, height) = (i32::from(silhouette.width), i32::from(silhouette.height));
    let (across, down) = ((i32::from(PICTURE_WIDTH) - START) / 3, i32::from(PICTURE_HEIGHT) / 3);
    (0..9)
        .map(|index| {
            let left = START + (index % 3) * across + random.between(MARGIN, across - width - MARGIN);
            let top = (index / 3) * down + random.between(MARGIN, down - height - MARGIN);
            (left as usize, top as usize)
        })
        .collect()
}

/// The picture before any gap.
fn paint(sheet: &mut Sheet, field: &Field, tones: &Tones, random: &mut ChaCha20Rng) {
    let mut grain = [0_u8; WIDTH * HEIGHT / 4];
    random.fill_bytes(&mut grain);
    let heights = field.heights.as_chunks::<4>().0;
    for ((pixels, heights), grain) in sheet.luma.as_chunks_mut::<4>().0.iter_mut().zip(heights).zip(grain) {
        let [first, second, third, fourth] = heights.map(|height| u32::from(tones.luma(height)));
        // Two bits of grain for each of the four, all at once: no tone is so light that a pixel reached into the next.
        let grain = u32::from(grain);
        let grain = (grain & 3) << 1 | (grain & 12) << 7 | (grain & 48) << 13 | (grain & 192) << 19;
        *pixels = ((first | second << 8 | third << 16 | fourth << 24) + grain).to_le_bytes();
    }
    let rows = field.heights.chunks_exact(WIDTH).step_by(2);
    let colours = sheet.blue.chunks_exact_mut(WIDTH / 2).zip(sheet.red.chunks_exact_mut(WIDTH / 2));
    for (heights, (blue, red)) in rows.zip(colours) {
        for ((pair, blue), red) in heights.as_chunks::<2>().0.iter().zip(blue).zip(red) {
            [*blue, *red] = tones.colours(pair[0]);
        }
    }
}

/// Covers a gap with hatched sand; its rim is soft.
fn dig(sheet: &mut Sheet, stencil: &Stencil, (left, top): Place, random: &mut ChaCha20Rng) {
    let fill = FILL[0].saturating_add_signed(random.between(-5, 5) as i8);
    let (slope, phase) = (random.between(-9, 9), random.between(0, 63));
    for y in 0..stencil.height {
        let Some(row) = (top + y).checked_sub(RIM).filter(|row| *row < HEIGHT) else { continue };
        for x in 0..stencil.width {
            let Some(column) = (left + x).checked_sub(RIM).filter(|column| *column < WIDTH) else { continue };
            let cover = u32::from(stencil.cover[y * stencil.width + x]);
            if cover == 0 {
                continue;
            }
            let hatch = ((x as i32 * slope + y as i32 * 12 + phase) & 63) < 14;
            let sand = if hatch { fill - 12 } else { fill };
            let pixel = &mut sheet.luma[row * WIDTH + column];
            *pixel = blend(*pixel, sand, cover);
            if row % 2 == 0 && column % 2 == 0 {
                let at = row / 2 * (WIDTH / 2) + column / 2;
                sheet.blue[at] = blend(sheet.blue[at], FILL[1], cover);
                sheet.red[at] = blend(sheet.red[at], FILL[2], cover);
            }
        }
    }
}

fn blend(under: u8, over: u8, cover: u32) -> u8 {
    ((u32::from(under) * (256 - cover) + u32::from(over) * cover) >> 8) as u8
}

/// The piece, in its own tones, at the start of the sprite's rows; what lies outside its outline stays paper.
fn cut(
    sheet: &mut Sheet,
    field: &Field,
    tones: &Tones,
    stencil: &Stencil,
    (left, top): Place,
    random: &mut ChaCha20Rng,
) {
    let mut grain = [0_u8; 64 * 64];
    random.fill_bytes(&mut grain);
    for y in 0..stencil.height - 2 * RIM {
        for x in 0..stencil.width - 2 * RIM {
            let height = field.heights[(top + y) * WIDTH + left + x];
            let at = (y + RIM) * stencil.width + x + RIM;
            if stencil.distance[at] < 1.5 {
                sheet.luma[(Sheet::SPRITE_TOP + y) * WIDTH + x] =
                    tones.luma(height).saturating_add(grain[y * 64 + x] & 3);
            }
            if stencil.distance[at] < 3.0 && x % 2 == 0 && y % 2 == 0 {
                let at = (Sheet::SPRITE_TOP + y) / 2 * (WIDTH / 2) + x / 2;
                [sheet.blue[at], sheet.red[at]] = tones.colours(height);
            }
        }
    }
}
