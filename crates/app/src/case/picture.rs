//! Uploaded pictures: judged by their content, decoded under limits, and drawn anew.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use doorward_domain::support_case::PictureRefused;

use crate::failure::Fault;

/// The most bytes of an uploaded picture.
pub const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The most pixels that are decoded: any phone's photo, and no bomb.
const PIXELS_MAX: u64 = 50_000_000;
/// The longest side that is decoded.
const SIDE_MAX: u32 = 16_384;
/// Bytes that decoding one picture may take.
const DECODING_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The shorter side of a picture by which somebody reads a document.
const SIDE_MIN: u32 = 300;
/// The longest side that is kept.
const KEPT_SIDE_MAX: u32 = 2_560;
const QUALITY: u8 = 88;

/// Pictures that are decoded at once: each takes a core and up to [`DECODING_BYTES_MAX`].
static DRAWING: Semaphore = Semaphore::const_new(2);
/// How long a picture waits for its turn before its sender is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// A picture as it is kept: JPEG, upright, nothing but pixels.
pub(super) struct Drawn {
    pub(super) jpeg: Zeroizing<Vec<u8>>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Judges a file and draws its picture anew, on a thread where it holds nobody up.
pub(super) async fn draw_anew(file: Vec<u8>) -> Result<Result<Drawn, PictureRefused>, Fault> {
    if let Err(refused) = sort(&file) {
        return Ok(Err(refused));
    }
    let turn = tokio::time::timeout(PATIENCE, DRAWING.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(Fault::busy("drawing pictures anew", Duration::from_secs(30)));
    };
    let drawn = tokio::task::spawn_blocking(move || draw(&file)).await;
    drop(turn);
    drawn.map_err(|error| Fault::internal("drawing a picture anew").caused_by(error))
}

/// What a file is by its first bytes.
fn sort(file: &[u8]) -> Result<ImageFormat, PictureRefused> {
    if file.is_empty() {
        return Err(PictureRefused::Empty);
    }
    if file.len() > PICTURE_BYTES_MAX {
        return Err(PictureRefused::TooLarge { bytes_at_most: PICTURE_BYTES_MAX as u64 });
    }
    if file.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(ImageFormat::Jpeg);
    }
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    // ISO base media: a box length, then `ftyp` and the brand.
    let brand = file.get(4..12).and_then(|at| at.strip_prefix(b"ftyp"));
    let is_heic = brand.is_some_and(|brand| {
        [&b"heic"[..], b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"].contains(&brand)
    });
    Err(if is_heic { PictureRefused::Heic } else { PictureRefused::NotAPicture })
}

fn draw(file: &[u8]) -> Result<Drawn, PictureRefused> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODING_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(file), sort(file)?);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(PictureRefused::TooManyPixels);
    }
    if width.min(height) < SIDE_MIN {
        return Err(PictureRefused::TooFewPixels { side_at_least: SIDE_MIN });
    }
    // Metadata is read for which way is up, and goes with everything else.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    if width.max(height) > KEPT_SIDE_MAX {
        image = image.resize(KEPT_SIDE_MAX, KEPT_SIDE_MAX, FilterType::Triangle);
    }
    image.apply_orientation(orientation);
    let pixels = image.into_rgb8();
    let mut jpeg = Zeroizing::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut *jpeg, QUALITY);
    pixels.write_with_encoder(encoder).map_err(|_| PictureRefused::Damaged)?;
    Ok(Drawn { jpeg, width: pixels.width(), height: pixels.height() })
}

fn refused(error: &ImageError) -> PictureRefused {
    match error {
        ImageError::Limits(_) => PictureRefused::TooManyPixels,
        _ => PictureRefused::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| {
            Rgb([u8::try_from(x % 251).unwrap_or(0), u8::try_from(y % 241).unwrap_or(0), 90])
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("a picture is written");
        bytes.into_inner()
    }

    fn drawn(file: &[u8]) -> Result<(u32, u32), PictureRefused> {
        draw(file).map(|drawn| (drawn.width, drawn.height))
    }

    #[test]
    fn jpeg_and_png_are_drawn_anew_and_large_ones_smaller() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let anew = draw(&written(640, 400, format)).expect("a picture");
            assert_eq!((anew.width, anew.height), (640, 400));
            assert!(anew.jpeg.starts_with(&[0xff, 0xd8, 0xff]));
            assert_eq!(drawn(&anew.jpeg), Ok((640, 400)));
        }
        assert_eq!(drawn(&written(5_120, 1_000, ImageFormat::Jpeg)), Ok((2_560, 500)));
    }

    #[test]
    fn what_stands_behind_or_inside_a_picture_is_gone() {
        let mut file = written(400, 300, ImageFormat::Jpeg);
        // A comment before the picture, and an archive and a page behind it.
        let comment = b"GPS 52.52 13.40 <script>alert(1)</script>";
        let length = u16::try_from(comment.len() + 2).expect("short").to_be_bytes();
        let marked = [&[0xff, 0xfe][..], &length, comment].concat();
        file.splice(2..2, marked);
        file.extend(b"PK\x03\x04 an archive <html><script>alert(1)</script>");
        let anew = draw(&file).expect("a picture");
        let has = |needle: &[u8]| anew.jpeg.windows(needle.len()).any(|window| window == needle);
        assert!(!has(b"script") && !has(b"PK\x03\x04") && !has(b"GPS"));
    }

    #[test]
    fn a_file_is_judged_by_what_it_holds() {
        assert_eq!(sort(b""), Err(PictureRefused::Empty));
        assert_eq!(sort(b"\0\0\0\x18ftypheic\0\0\0\0mif1"), Err(PictureRefused::Heic));
        assert_eq!(sort(b"\0\0\0\x18ftypavif\0\0\0\0mif1"), Err(PictureRefused::NotAPicture));
        for other in
            [&b"GIF89a......"[..], b"<svg xmlns=", b"%PDF-1.7 ...", b"PK\x03\x04....", b"RIFF....WEBP"]
        {
            assert_eq!(sort(other), Err(PictureRefused::NotAPicture));
        }
        let large = vec![0xff; PICTURE_BYTES_MAX + 1];
        assert!(matches!(sort(&large), Err(PictureRefused::TooLarge { .. })));
    }

    #[test]
    fn a_picture_cut_off_or_only_begun_is_damaged() {
        let png = written(640, 400, ImageFormat::Png);
        assert_eq!(drawn(&png[..png.len() / 2]), Err(PictureRefused::Damaged));
        assert_eq!(drawn(b"\xff\xd8\xff\xe0 and then a page: <html>"), Err(PictureRefused::Damaged));
        assert_eq!(drawn(b"\x89PNG\r\n\x1a\n and nothing more"), Err(PictureRefused::Damaged));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_decoded() {
        // A PNG that says it is 60,000 pixels wide and high, in a few bytes.
        let mut bomb = written(640, 400, ImageFormat::Png);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(drawn(&bomb), Err(PictureRefused::TooManyPixels));
        // Within the sides, beyond the pixels.
        bomb[16..20].copy_from_slice(&16_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&16_000_u32.to_be_bytes());
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(drawn(&bomb), Err(PictureRefused::TooManyPixels));
    }

    #[test]
    fn a_picture_too_small_to_read_is_refused() {
        let refused = Err(PictureRefused::TooFewPixels { side_at_least: SIDE_MIN });
        assert_eq!(drawn(&written(2_000, 200, ImageFormat::Png)), refused);
    }

    /// The checksum of a PNG chunk.
    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }
}
