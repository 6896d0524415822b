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
    /// What the transform's values are divided by, with the transform's own scale in it, in its (transposed) order: half of each
    /// step, and 65,536 over it.
    halves: [[i16; 8]; 8],
    reciprocals: [[i16; 8]; 8],
    dc: [Code; 12],
    ac: [Code; 256],
}

/// Eight by eight pixels as JPEG stores them.
struct Block {
    /// Their mean.
    mean: i16,
    /// Which of the other values are not zero, the first place being the mean's.
    filled: u64,
    /// In zigzag order.
    values: [i16; 64],
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
                halves: halves(&luma_steps),
                reciprocals: reciprocals(&luma_steps),
                dc: codes(&LUMA_DC_LENGTHS, &LUMA_DC_VALUES),
                ac: codes(&LUMA_AC_LENGTHS, &LUMA_AC_VALUES),
            },
            chroma: Channel {
                halves: halves(&chroma_steps),
                reciprocals: reciprocals(&chroma_steps),
                dc: codes(&CHROMA_DC_LENGTHS, &CHROMA_DC_VALUES),
                ac: codes(&CHROMA_AC_LENGTHS, &CHROMA_AC_VALUES),
            },
        }
    }

    /// The sheet as a JPEG file.
    pub(crate) fn encode(&self, sheet: &Sheet) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + 18_000);
        out.extend_from_slice(&self.head);
        let mut bits = Bits::after(out);
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
    fn block(&self, pixels: &[u8], stride: usize) -> Block {
        let mut values = [[0_i16; 8]; 8];
        for (row, values) in values.iter_mut().enumerate() {
            if let Some(eight) = pixels[row * stride..].first_chunk::<8>() {
                for (value, pixel) in values.iter_mut().zip(eight) {
                    *value = (i16::from(*pixel) - 128) * 2;
                }
            }
        }
        transform(&mut values);
        let mut turned = turn(values);
        transform(&mut turned);
        self.quantized(&turned)
    }

    fn flat(&self, value: u8) -> Block {
        let mut values = [[0; 8]; 8];
        values[0][0] = (i16::from(value) - 128) * 128;
        self.quantized(&values)
    }

    /// What the transform gave, divided, rounded and in zigzag order.
    fn quantized(&self, values: &[[i16; 8]; 8]) -> Block {
        let mut whole = [[0_i16; 8]; 8];
        for (row, whole) in whole.iter_mut().enumerate() {
            let (values, halves, reciprocals) = (&values[row], &self.halves[row], &self.reciprocals[row]);
            for lane in 0..8 {
                whole[lane] = part(values[lane] + halves[lane], reciprocals[lane]);
            }
        }
        let whole = whole.as_flattened();
        let mut bytes = [0_u8; 64];
        for (byte, value) in bytes.iter_mut().zip(whole) {
            // Clamped and not cut off: what is not zero stays so.
            *byte = (*value).clamp(-128, 127) as u8;
        }
        let eights = bytes.as_chunks::<8>().0.iter().zip((0..64).step_by(8));
        let mut filled = eights.fold(0, |filled, (eight, at)| filled | filled_of(*eight) << at);
        // Few are left: only those are brought into their order.
        let mut block = Block { mean: whole[0], filled: 0, values: [0; 64] };
        filled &= !1;
        while filled != 0 {
            let from = filled.trailing_zeros() as usize & 63;
            filled &= filled - 1;
            let place = usize::from(ZIGZAG_PLACE[from] & 63);
            block.filled |= 1 << place;
            block.values[place] = whole[from];
        }
        block
    }

    fn write(&self, bits: &mut Bits, block: &Block, last: &mut i16) {
        let difference = block.mean - *last;
        *last = block.mean;
        let size = size_of(difference);
        let code = self.dc[size as usize % 12];
        bits.put(code.bits << size | low_bits(difference, size), code.length + size);
        let mut filled = block.filled;
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
            let value = block.values[next as usize & 63];
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

/// Which of eight bytes are not zero, as bits.
fn filled_of(eight: [u8; 8]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let all = u64::from_le_bytes(eight);
    // Adding ones to the low bits carries into the uppermost one unless they are zero.
    let uppermost = (((all & LOW) + LOW) | all) & !LOW;
    // The product gathers the eight bits in the uppermost byte.
    (uppermost >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Where in the zigzag order the transform's values stand, which are turned.
const ZIGZAG_PLACE: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        let place = ZIGZAG[index] as usize;
        places[(place & 7) * 8 + place / 8] = index as u8;
        index += 1;
    }
    places
};

/// The upper half of a product: `value` times `of` 65,536ths, rounded down.
fn part(value: i16, of: i16) -> i16 {
    ((i32::from(value) * i32::from(of)) >> 16) as i16
}

/// Eight transforms at once, down the columns (Arai, Agui, Nakajima: five multiplications, the scale left to the quantizer).
/// In whole numbers of twice the pixels' scale: the largest that any pixels lead to in two passes is 25,900, and rounding loses
/// less than a sixteenth of the smallest step.
fn transform(values: &mut [[i16; 8]; 8]) {
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
        let z1 = diagonal(inner_difference + outer_difference);
        v2[lane] = outer_difference + z1;
        v6[lane] = outer_difference - z1;
        let (t0, t1, t2) = (d34 + d25, d25 + d16, d16 + d07);
        // 0.38268, 0.54120 and 1.30656; what does not fit into 65,536ths of 16 bits is taken as the distance from one.
        let z5 = part(t0 - t2, 25_080);
        let z2 = t0 - part(t0, 30_068) + z5;
        let z4 = t2 + part(t2, 20_091) + z5;
        let z3 = diagonal(t1);
        let (z11, z13) = (d07 + z3, d07 - z3);
        v5[lane] = z13 + z2;
        v3[lane] = z13 - z2;
        v1[lane] = z11 + z4;
        v7[lane] = z11 - z4;
    }
}

/// Times √½.
fn diagonal(value: i16) -> i16 {
    value - part(value, 19_195)
}

/// Rows become columns: rows four apart are woven together, three times.
fn turn(rows: [[i16; 8]; 8]) -> [[i16; 8]; 8] {
    woven(woven(woven(rows)))
}

fn woven([a, b, c, d, e, f, g, h]: [[i16; 8]; 8]) -> [[i16; 8]; 8] {
    let front = |u: [i16; 8], l: [i16; 8]| [u[0], l[0], u[1], l[1], u[2], l[2], u[3], l[3]];
    let back = |u: [i16; 8], l: [i16; 8]| [u[4], l[4], u[5], l[5], u[6], l[6], u[7], l[7]];
    [front(a, e), back(a, e), front(b, f), back(b, f), front(c, g), back(c, g), front(d, h), back(d, h)]
}

/// Steps of the quantizer in the transform's order and scale.
fn scaled(steps: &[u8; 64], of: impl Fn(f32) -> f32) -> [[i16; 8]; 8] {
    const SCALE: [f32; 8] =
        [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];
    let mut scaled = [[0; 8]; 8];
    for (index, value) in scaled.as_flattened_mut().iter_mut().enumerate() {
        let (row, column) = (index % 8, index / 8);
        // Twice the pixels' scale, eight times the usual transform's.
        let step = f32::from(steps[row * 8 + column]) * SCALE[row] * SCALE[column] * 16.0;
        *value = of(step).round() as i16;
    }
    scaled
}

fn halves(steps: &[u8; 64]) -> [[i16; 8]; 8] {
    scaled(steps, |step| step / 2.0)
}

fn reciprocals(steps: &[u8; 64]) -> [[i16; 8]; 8] {
    scaled(steps, |step| 65_536.0 / step)
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

/// Bits in their order. A byte of ones gets a zero behind it (so that it is no marker) in one go at the end, since nearly none is one.
struct Bits {
    out: Vec<u8>,
    /// Where the picture's own bytes begin.
    begin: usize,
    held: u64,
    count: u32,
}

impl Bits {
    fn after(out: Vec<u8>) -> Self {
        Self { begin: out.len(), out, held: 0, count: 0 }
    }

    /// At most 32 bits at a time.
    fn put(&mut self, bits: u32, length: u32) {
        self.held = self.held << length | u64::from(bits);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            self.out.extend_from_slice(&((self.held >> self.count) as u32).to_be_bytes());
        }
    }

    fn finish(mut self) -> Vec<u8> {
        // Ones fill the last byte.
        let padding = (8 - self.count % 8) % 8;
        self.held = self.held << padding | ((1 << padding) - 1);
        self.count += padding;
        while self.count > 0 {
            self.count -= 8;
            self.out.push((self.held >> self.count) as u8);
        }
        let drawn = self.out.split_off(self.begin);
        for eight in drawn.chunks(16) {
            if eight.contains(&0xff) {
                for byte in eight {
                    self.out.push(*byte);
                    if *byte == 0xff {
                        self.out.push(0);
                    }
                }
            } else {
                self.out.extend_from_slice(eight);
            }
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
