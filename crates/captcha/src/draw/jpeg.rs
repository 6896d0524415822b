//! A baseline JPEG writer for one kind of sheet: three planes, colour at half size, the usual tables. It exists because the sheets are drawn as planes already and a
//! general encoder spent more time on converting and on empty paper than on the picture (docs/decisions, human check).

use super::{
    jpeg_tables::{
        CHROMA_AC_LENGTHS, CHROMA_AC_VALUES, CHROMA_DC_LENGTHS, CHROMA_DC_VALUES, CHROMA_QUANTIZER,
        LUMA_AC_LENGTHS, LUMA_AC_VALUES, LUMA_DC_LENGTHS, LUMA_DC_VALUES, LUMA_QUANTIZER, ZIGZAG,
    },
    plane::Sheet,
};
use std::sync::LazyLock;

/// Everything that depends on the quality alone.
pub(crate) struct Encoder {
    head: Vec<u8>,
    luma: Channel,
    chroma: Channel,
}

struct Channel {
    /// Reciprocals of the steps, with the transform's own scale in them, in the transform's (transposed) order.
    factors: [f32; 64],
    dc: [Code; 12],
    ac: [Code; 256],
}

#[derive(Clone, Copy, Default)]
struct Code {
    bits: u32,
    length: u32,
}

/// The encoder of all sheets.
pub(crate) static ENCODER: LazyLock<Encoder> = LazyLock::new(|| Encoder::new(70));

impl Encoder {
    fn new(quality: u16) -> Self {
        let steps = |table: &[u8; 64]| {
            let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
            table.map(|step| ((u16::from(step) * scale + 50) / 100).clamp(1, 255) as u8)
        };
        let (luma_steps, chroma_steps) = (steps(&LUMA_QUANTIZER), steps(&CHROMA_QUANTIZER));
        Self {
            head: head(&luma_steps, &chroma_steps),
            luma: Channel {
                factors: factors(&luma_steps),
                dc: codes(&LUMA_DC_LENGTHS, &LUMA_DC_VALUES),
                ac: codes(&LUMA_AC_LENGTHS, &LUMA_AC_VALUES),
            },
            chroma: Channel {
                factors: factors(&chroma_steps),
                dc: codes(&CHROMA_DC_LENGTHS, &CHROMA_DC_VALUES),
                ac: codes(&CHROMA_AC_LENGTHS, &CHROMA_AC_VALUES),
            },
        }
    }

    /// The sheet as a JPEG file.
    pub(crate) fn encode(&self, sheet: &Sheet) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + 18_000);
        out.extend_from_slice(&self.head);
        let mut bits = Bits { out, held: 0, count: 0 };
        let (mut last_luma, mut last_blue, mut last_red) = (0, 0, 0);
        for row in 0..Sheet::HEIGHT / 16 {
            for column in 0..Sheet::WIDTH / 16 {
                if sheet.is_blank(column * 16, row * 16) {
                    // Paper next to paper: its mean once, then nothing.
                    let (luma, blue, red) = (
                        self.luma.flat(Sheet::PAPER[0]),
                        self.chroma.flat(Sheet::PAPER[1]),
                        self.chroma.flat(Sheet::PAPER[2]),
                    );
                    for _ in 0..4 {
                        self.luma.write(&mut bits, &luma, &mut last_luma);
                    }
                    self.chroma.write(&mut bits, &blue, &mut last_blue);
                    self.chroma.write(&mut bits, &red, &mut last_red);
                    continue;
                }
                for (x, y) in [(0, 0), (8, 0), (0, 8), (8, 8)] {
                    let at = (row * 16 + y) * Sheet::WIDTH + column * 16 + x;
                    let block = self.luma.block(&sheet.luma[at..], Sheet::WIDTH);
                    self.luma.write(&mut bits, &block, &mut last_luma);
                }
                let at = row * 8 * (Sheet::WIDTH / 2) + column * 8;
                let blue = self.chroma.block(&sheet.blue[at..], Sheet::WIDTH / 2);
                self.chroma.write(&mut bits, &blue, &mut last_blue);
                let red = self.chroma.block(&sheet.red[at..], Sheet::WIDTH / 2);
                self.chroma.write(&mut bits, &red, &mut last_red);
            }
        }
        bits.finish()
    }
}

impl Channel {
    /// The quantized coefficients of the eight by eight pixels at the start of `pixels`, in zigzag order.
    fn block(&self, pixels: &[u8], stride: usize) -> [i16; 64] {
        let mut values = [[0.0_f32; 8]; 8];
        for (row, values) in values.iter_mut().enumerate() {
            if let Some(eight) = pixels[row * stride..].first_chunk::<8>() {
                for (value, pixel) in values.iter_mut().zip(eight) {
                    *value = f32::from(*pixel) - 128.0;
                }
            }
        }
        transform(&mut values);
        let mut turned = [[0.0_f32; 8]; 8];
        for (row, values) in values.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                turned[column][row] = *value;
            }
        }
        transform(&mut turned);
        // Adding this constant leaves the rounded value in the low bits, which is quicker than a checked conversion; the coefficients are far inside its range.
        const ROUND: f32 = 12_582_912.0;
        let mut whole = [0_i16; 64];
        for ((whole, value), factor) in whole.iter_mut().zip(turned.as_flattened()).zip(&self.factors) {
            *whole = (value * factor + ROUND).to_bits() as i16;
        }
        ZIGZAG_TURNED.map(|place| whole[usize::from(place & 63)])
    }

    fn flat(&self, value: u8) -> [i16; 64] {
        let mut block = [0; 64];
        block[0] = ((f32::from(value) - 128.0) * 64.0 * self.factors[0]).round() as i16;
        block
    }

    fn write(&self, bits: &mut Bits, block: &[i16; 64], last: &mut i16) {
        let difference = block[0] - *last;
        *last = block[0];
        let size = size_of(difference);
        let code = self.dc[size as usize % 12];
        bits.put(code.bits << size | low_bits(difference, size), code.length + size);
        let mut filled = 0_u64;
        for (index, eight) in block.as_chunks::<8>().0.iter().enumerate() {
            let mut mask = 0_u64;
            for (place, value) in eight.iter().enumerate() {
                mask |= u64::from(*value != 0) << place;
            }
            filled |= mask << (index * 8);
        }
        filled &= !1;
        let mut place = 0;
        while filled != 0 {
            let next = filled.trailing_zeros();
            filled &= filled - 1;
            let mut run = next - place - 1;
            place = next;
            while run > 15 {
                let code = self.ac[0xf0];
                bits.put(code.bits, code.length);
                run -= 16;
            }
            let value = block[next as usize & 63];
            let size = size_of(value);
            let code = self.ac[(run << 4 | size) as usize & 255];
            bits.put(code.bits << size | low_bits(value, size), code.length + size);
        }
        if place != 63 {
            let code = self.ac[0];
            bits.put(code.bits, code.length);
        }
    }
}

fn size_of(value: i16) -> u32 {
    u16::BITS - value.unsigned_abs().leading_zeros()
}

fn low_bits(value: i16, size: u32) -> u32 {
    let value = i32::from(value);
    ((value + (value >> 31)) as u32) & ((1 << size) - 1)
}

const ZIGZAG_TURNED: [u8; 64] = {
    let mut turned = [0; 64];
    let mut index = 0;
    while index < 64 {
        let place = ZIGZAG[index];
        turned[index] = (place & 7) * 8 + place / 8;
        index += 1;
    }
    turned
};

/// Eight transforms at once, down the columns (Arai, Agui, Nakajima: five multiplications, the scale left to the quantizer).
fn transform(values: &mut [[f32; 8]; 8]) {
    let [v0, v1, v2, v3, v4, v5, v6, v7] = values;
    for lane in 0..8 {
        let (s07, d07) = (v0[lane] + v7[lane], v0[lane] - v7[lane]);
        let (s16, d16) = (v1[lane] + v6[lane], v1[lane] - v6[lane]);
        let (s25, d25) = (v2[lane] + v5[lane], v2[lane] - v5[lane]);
        let (s34, d34) = (v3[lane] + v4[lane], v3[lane] - v4[lane]);
        let (outer, outer_difference) = (s07 + s34, s07 - s34);
        let (inner, inner_difference) = (s16 + s25, s16 - s25);
        v0[lane] = outer + inner;
        v4[lane] = outer - inner;
        let z1 = (inner_difference + outer_difference) * std::f32::consts::FRAC_1_SQRT_2;
        v2[lane] = outer_difference + z1;
        v6[lane] = outer_difference - z1;
        let (t0, t1, t2) = (d34 + d25, d25 + d16, d16 + d07);
        let z5 = (t0 - t2) * 0.382_683_43;
        let z2 = 0.541_196_1 * t0 + z5;
        let z4 = 1.306_563 * t2 + z5;
        let z3 = t1 * std::f32::consts::FRAC_1_SQRT_2;
        let (z11, z13) = (d07 + z3, d07 - z3);
        v5[lane] = z13 + z2;
        v3[lane] = z13 - z2;
        v1[lane] = z11 + z4;
        v7[lane] = z11 - z4;
    }
}

fn factors(steps: &[u8; 64]) -> [f32; 64] {
    const SCALE: [f32; 8] =
        [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];
    let mut factors = [0.0; 64];
    for (index, factor) in factors.iter_mut().enumerate() {
        let (row, column) = (index % 8, index / 8);
        *factor = 1.0 / (f32::from(steps[row * 8 + column]) * SCALE[row] * SCALE[column] * 8.0);
    }
    factors
}

fn codes<const N: usize>(lengths: &[u8; 16], values: &[u8]) -> [Code; N] {
    let mut codes = [Code::default(); N];
    let (mut bits, mut next) = (0, 0);
    for (length, count) in (1..).zip(lengths) {
        for _ in 0..*count {
            if let Some(code) = codes.get_mut(usize::from(values[next])) {
                *code = Code { bits, length };
            }
            bits += 1;
            next += 1;
        }
        bits <<= 1;
    }
    codes
}

fn head(luma_steps: &[u8; 64], chroma_steps: &[u8; 64]) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    let mut segment = |marker: u8, parts: &[&[u8]]| {
        let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
        out.extend([0xff, marker]);
        out.extend((length as u16).to_be_bytes());
        parts.iter().for_each(|part| out.extend(*part));
    };
    segment(0xe0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
    for (id, steps) in [(0, luma_steps), (1, chroma_steps)] {
        segment(0xdb, &[&[id], &ZIGZAG.map(|place| steps[usize::from(place)])]);
    }
    let [height_high, height_low] = (Sheet::HEIGHT as u16).to_be_bytes();
    let [width_high, width_low] = (Sheet::WIDTH as u16).to_be_bytes();
    segment(
        0xc0,
        &[&[8, height_high, height_low, width_high, width_low, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]],
    );
    segment(0xc4, &[&[0x00], &LUMA_DC_LENGTHS, &LUMA_DC_VALUES]);
    segment(0xc4, &[&[0x10], &LUMA_AC_LENGTHS, &LUMA_AC_VALUES]);
    segment(0xc4, &[&[0x01], &CHROMA_DC_LENGTHS, &CHROMA_DC_VALUES]);
    segment(0xc4, &[&[0x11], &CHROMA_AC_LENGTHS, &CHROMA_AC_VALUES]);
    segment(0xda, &[&[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]]);
    out
}

struct Bits {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    /// At most 32 bits at a time.
    fn put(&mut self, bits: u32, length: u32) {
        self.held = self.held << length | u64::from(bits);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            let four = ((self.held >> self.count) as u32).to_be_bytes();
            if four.contains(&0xff) {
                four.into_iter().for_each(|byte| self.byte(byte));
            } else {
                self.out.extend_from_slice(&four);
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xff {
            self.out.push(0);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        // Ones fill the last byte.
        let padding = (8 - self.count % 8) % 8;
        self.held = self.held << padding | ((1 << padding) - 1);
        self.count += padding;
        while self.count > 0 {
            self.count -= 8;
            self.byte((self.held >> self.count) as u8);
        }
        self.out.extend([0xff, 0xd9]);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(jpeg: &[u8]) -> Vec<u8> {
        let mut decoder = jpeg_decoder::Decoder::new(jpeg);
        let pixels = decoder.decode().expect("a whole JPEG");
        let info = decoder.info().expect("a head");
        assert_eq!((usize::from(info.width), usize::from(info.height)), (Sheet::WIDTH, Sheet::HEIGHT));
        pixels
    }

    #[test]
    fn another_decoder_sees_what_was_drawn() {
        let mut sheet = Sheet::new(64);
        for (index, pixel) in sheet.luma.iter_mut().enumerate() {
            let (x, y) = (index % Sheet::WIDTH, index / Sheet::WIDTH);
            if !sheet_is_paper(x, y) {
                *pixel = (x / 2 + if y / 24 % 2 == 0 { 40 } else { 0 }) as u8;
            }
        }
        sheet.blue.fill(Sheet::PAPER[1]);
        let pixels = decode(&ENCODER.encode(&sheet));
        let missed: u64 = pixels
            .as_chunks::<3>()
            .0
            .iter()
            .zip(&sheet.luma)
            .map(|([red, green, blue], luma)| {
                let seen = (299 * u32::from(*red) + 587 * u32::from(*green) + 114 * u32::from(*blue)) / 1000;
                u64::from(seen.abs_diff(u32::from(*luma)))
            })
            .sum();
        let mean = missed as f64 / sheet.luma.len() as f64;
        assert!(mean < 2.5, "a pixel is off by {mean} on average");
    }

    fn sheet_is_paper(x: usize, y: usize) -> bool {
        y >= Sheet::SPRITE_TOP && x >= 64
    }

    #[test]
    fn the_loudest_noise_still_makes_a_whole_jpeg() {
        let mut sheet = Sheet::new(Sheet::WIDTH);
        for (index, pixel) in sheet.luma.iter_mut().enumerate() {
            *pixel = if (index * 2_654_435_761) >> 7 & 1 == 0 { 0 } else { 255 };
        }
        for (index, pixel) in sheet.blue.iter_mut().chain(&mut sheet.red).enumerate() {
            *pixel = if (index * 2_246_822_519) >> 9 & 1 == 0 { 0 } else { 255 };
        }
        decode(&ENCODER.encode(&sheet));
    }
}
