//! Puts landscape, gaps and piece together.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

use super::{
    Drawing, PICTURE_HEIGHT, PICTURE_WIDTH, Picture, Piece,
    field::Field,
    palette::{Colour, Contours, Tones, colour, mix},
    plane::Chance,
    silhouette::Silhouette,
};
use crate::{Answer, Rung};

const QUALITY: u8 = 72;
const SPRITE_TOP: u16 = 184;
const SHEET_HEIGHT: u16 = 240;
/// Pixels around a gap over which the picture comes back.
const RIM: f32 = 5.0;

/// Picture and sprite, three bytes a pixel.
struct Sheet {
    pixels: Vec<Colour>,
}

pub(crate) fn draw(rung: Rung, random: &mut ChaCha20Rng) -> Drawing {
    let (silhouette, gaps) = match rung {
        Rung::HarderSlider => grid(random),
        Rung::Invisible | Rung::Slider => line(random),
    };
    let field = Field::draw(random);
    let contours = Contours::draw(random);
    let tones = Tones::cool(&contours, random);
    let piece_tones = Tones::warm(&contours, random);
    let right = gaps[random.below(gaps.len() as u32) as usize];

    let mut sheet = Sheet { pixels: vec![colour(240, 237, 230); 320 * usize::from(SHEET_HEIGHT)] };
    let mut noise = vec![0_u8; field.heights.len()];
    random.fill_bytes(&mut noise);
    for ((pixel, height), noise) in sheet.pixels.iter_mut().zip(&field.heights).zip(&noise) {
        *pixel = tones.of_height[usize::from(*height)];
        pixel[0] = pixel[0].saturating_add(noise & 7);
    }
    cut_piece(&mut sheet, &field, &piece_tones, silhouette, right, random);
    for gap in &gaps {
        dig(&mut sheet, silhouette, *gap, random);
    }
    let piece = Piece {
        x: 0,
        y: SPRITE_TOP,
        width: silhouette.width,
        height: silhouette.height,
        row: (rung != Rung::HarderSlider).then_some(right.1),
        outline: silhouette.path(),
    };
    let answer = Answer { left: right.0, top: (rung == Rung::HarderSlider).then_some(right.1) };
    Drawing { rung, answer, picture: Picture { jpeg: sheet.encode(), piece } }
}

/// Four gaps in one row; the piece starts left of them.
fn line(random: &mut ChaCha20Rng) -> (Silhouette, Vec<(u16, u16)>) {
    let width = random.between(42, 47) as u16;
    let height = random.between(46, 52) as u16;
    let silhouette = Silhouette::draw(random, width, height);
    let top = random.between(10, i32::from(PICTURE_HEIGHT) - i32::from(silhouette.height) - 10) as u16;
    let slack = i32::from(PICTURE_WIDTH) - 60 - 8 - 4 * i32::from(width) - 3 * 12;
    let mut cuts: Vec<i32> = (0..4).map(|_| random.between(0, slack)).collect();
    cuts.sort_unstable();
    let gaps = cuts
        .iter()
        .enumerate()
        .map(|(index, cut)| ((60 + cut + index as i32 * (i32::from(width) + 12)) as u16, top))
        .collect();
    (silhouette, gaps)
}

/// Nine gaps, three by three, each somewhere in its field.
fn grid(random: &mut ChaCha20Rng) -> (Silhouette, Vec<(u16, u16)>) {
    let width = random.between(36, 40) as u16;
    let height = random.between(36, 40) as u16;
    let silhouette = Silhouette::draw(random, width, height);
    let (field_width, field_height) = ((i32::from(PICTURE_WIDTH) - 52) / 3, i32::from(PICTURE_HEIGHT) / 3);
    let gaps = (0..9)
        .map(|index| {
            let left = 48 + (index % 3) * field_width + random.between(6, field_width - i32::from(width) - 6);
            let top = (index / 3) * field_height
                + random.between(6, field_height - i32::from(silhouette.height) - 6);
            (left as u16, top as u16)
        })
        .collect();
    (silhouette, gaps)
}

fn cut_piece(
    sheet: &mut Sheet,
    field: &Field,
    tones: &Tones,
    silhouette: Silhouette,
    (left, top): (u16, u16),
    random: &mut ChaCha20Rng,
) {
    for y in 0..silhouette.height {
        for x in 0..silhouette.width {
            if silhouette.distance(f32::from(x) + 0.5, f32::from(y) + 0.5) < 1.5 {
                let height = field.heights[at(left + x, top + y)];
                let pixel = &mut sheet.pixels[at(x, SPRITE_TOP + y)];
                *pixel = tones.of_height[usize::from(height)];
                pixel[0] = pixel[0].saturating_add(random.below(8) as u8);
            }
        }
    }
}

fn dig(sheet: &mut Sheet, silhouette: Silhouette, (left, top): (u16, u16), random: &mut ChaCha20Rng) {
    let rim = RIM as i32;
    let paper = colour(243, 240, 234);
    let shade = colour(214, 210, 202);
    let (slope, phase) = (random.unit() * 1.4 - 0.7, random.unit() * 6.0);
    for y in -rim..i32::from(silhouette.height) + rim {
        for x in -rim..i32::from(silhouette.width) + rim {
            let distance = silhouette.distance(x as f32 + 0.5, y as f32 + 0.5);
            let cover = (1.0 - distance / RIM).clamp(0.0, 1.0);
            let (column, row) = (x + i32::from(left), y + i32::from(top));
            if cover <= 0.0
                || !(0..i32::from(PICTURE_WIDTH)).contains(&column)
                || !(0..i32::from(PICTURE_HEIGHT)).contains(&row)
            {
                continue;
            }
            let hatch = (x as f32 * slope + y as f32 + phase).rem_euclid(6.0);
            let fill = mix(paper, shade, if hatch < 1.5 { 0.5 } else { 0.0 });
            let pixel = &mut sheet.pixels[at(column as u16, row as u16)];
            *pixel = mix(*pixel, fill, cover * cover * (3.0 - 2.0 * cover));
        }
    }
}

fn at(x: u16, y: u16) -> usize {
    usize::from(y) * usize::from(PICTURE_WIDTH) + usize::from(x)
}

impl Sheet {
    fn encode(&self) -> Vec<u8> {
        let mut jpeg = Vec::with_capacity(16 * 1024);
        let mut encoder = Encoder::new(&mut jpeg, QUALITY);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode_image(self).expect("the sheet's size is fixed and a vector takes every byte");
        jpeg
    }
}

impl ImageBuffer for &Sheet {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        PICTURE_WIDTH
    }

    fn height(&self) -> u16 {
        SHEET_HEIGHT
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        for pixel in &self.pixels[at(0, y)..at(0, y + 1)] {
            buffers[0].push(pixel[0]);
            buffers[1].push(pixel[1]);
            buffers[2].push(pixel[2]);
        }
    }
}
