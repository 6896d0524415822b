//! Forms with a file (`multipart/form-data`, RFC 7578): bounded in bytes and time, read strictly, at most one file.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::bad_input::BadInput;
use super::form::{FieldNames, Fields};

/// The name of the field that holds the file.
pub const FILE: &str = "file";
/// The longest body with a file, in bytes: the largest picture, and what stands around it.
pub const UPLOAD_BYTES_MAX: usize = doorward_app::case::PICTURE_BYTES_MAX + 64 * 1024;
/// The longest time it may take.
pub const UPLOAD_TIME_MAX: Duration = Duration::from_secs(120);

/// The longest head of a part, and the longest text of a field, in bytes.
const HEAD_BYTES_MAX: usize = 2 * 1024;
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// Bodies that are taken in at once: each may take [`UPLOAD_BYTES_MAX`] of memory.
pub(crate) static UPLOADS: Semaphore = Semaphore::const_new(8);

/// A form with its file.
#[derive(Default)]
pub struct Upload {
    /// The other fields.
    pub fields: Fields,
    /// The content of the file; empty when none was chosen.
    pub file: Vec<u8>,
}

impl Upload {
    /// Reads the body of a form with a file. The name and the type that its sender gave the file are left alone.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub async fn from_body(headers: &HeaderMap, body: Body, known: FieldNames) -> Result<Upload, BadInput> {
        let boundary = boundary(headers).ok_or(BadInput::ContentType)?;
        let declared =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length: usize| length > UPLOAD_BYTES_MAX) {
            return Err(BadInput::TooLarge);
        }
        let bytes = tokio::time::timeout(UPLOAD_TIME_MAX, collect(body)).await;
        read(&bytes.unwrap_or(Err(BadInput::TooSlow))?, &boundary, known)
    }
}

/// The boundary that the media type names (RFC 2046, 5.1.1), with the dashes before it.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (given.next(), given.next()) else { return None };
    let (essence, parameters) = only.to_str().ok()?.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (name, value) = parameters.trim().split_once('=')?;
    let value = value.trim_matches('"');
    let sound = (1..=70).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte));
    (name.eq_ignore_ascii_case("boundary") && sound).then(|| format!("--{value}"))
}

async fn collect(mut body: Body) -> Result<Vec<u8>, BadInput> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BadInput::TooSlow)?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > UPLOAD_BYTES_MAX {
            return Err(BadInput::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn read(bytes: &[u8], boundary: &str, known: FieldNames) -> Result<Upload, BadInput> {
    let mut rest = bytes.strip_prefix(boundary.as_bytes()).ok_or(BadInput::Malformed)?;
    let between = format!("\r\n{boundary}");
    let (mut texts, mut file) = (Vec::new(), None);
    while rest != b"--\r\n" && rest != b"--" {
        rest = rest.strip_prefix(b"\r\n").ok_or(BadInput::Malformed)?;
        let head_ends =
            find(&rest[..rest.len().min(HEAD_BYTES_MAX)], b"\r\n\r\n").ok_or(BadInput::Malformed)?;
        let (name, is_file) = head(&rest[..head_ends])?;
        rest = &rest[head_ends + 4..];
        let ends = find(rest, between.as_bytes()).ok_or(BadInput::Malformed)?;
        let content = &rest[..ends];
        rest = &rest[ends + between.len()..];
        let names = known.iter().map(|known| known.trim_end_matches('?'));
        let name = names.into_iter().find(|known| *known == name).ok_or(BadInput::UnknownField)?;
        let is_twice = texts.iter().any(|(other, _)| *other == name) || (name == FILE && file.is_some());
        if is_twice {
            return Err(BadInput::TwiceGiven);
        }
        if is_file != (name == FILE) {
            return Err(BadInput::Malformed);
        }
        if is_file {
            file = Some(content.to_vec());
        } else {
            texts.push((name, text(content)?));
        }
    }
    let missing =
        |name: &&str| !name.ends_with('?') && *name != FILE && !texts.iter().any(|(given, _)| given == name);
    if known.iter().any(missing) || file.is_none() {
        return Err(BadInput::MissingField);
    }
    Ok(Upload { fields: Fields::of(texts), file: file.unwrap_or_default() })
}

/// The name of a part, and whether it is a file.
fn head(bytes: &[u8]) -> Result<(String, bool), BadInput> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadInput::NotUtf8)?;
    let disposition = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"));
    let (_, value) = disposition.ok_or(BadInput::Malformed)?;
    let after = value.trim().strip_prefix("form-data; name=\"").ok_or(BadInput::Malformed)?;
    let (name, rest) = after.split_once('"').ok_or(BadInput::Malformed)?;
    Ok((name.to_owned(), rest.trim_start().starts_with("; filename")))
}

fn text(content: &[u8]) -> Result<Zeroizing<String>, BadInput> {
    if content.len() > TEXT_BYTES_MAX {
        return Err(BadInput::TooLarge);
    }
    if content.contains(&0) {
        return Err(BadInput::NulCharacter);
    }
    String::from_utf8(content.to_vec()).map(Zeroizing::new).map_err(|_| BadInput::NotUtf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: FieldNames = &["csrf", "kind", "file"];

    fn part(name: &str, more: &str, content: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n")
    }

    fn body(parts: &[String]) -> Vec<u8> {
        format!("{}--x--\r\n", parts.concat()).into_bytes()
    }

    fn picture() -> String {
        part("file", "; filename=\"../../a.html\"\r\nContent-Type: text/html", "\u{ff}\0bytes\r\n--y")
    }

    fn check(parts: &[String], expected: Result<&str, BadInput>) {
        let read = read(&body(parts), "--x", KNOWN);
        let file = read.map(|upload| String::from_utf8_lossy(&upload.file).into_owned());
        assert_eq!(file.as_deref().map_err(|bad| *bad), expected, "{parts:?}");
    }

    #[test]
    fn a_form_with_a_file_is_read_strictly() {
        let (csrf, kind) = (part("csrf", "", "token"), part("kind", "", "document-front"));
        check(&[csrf.clone(), kind.clone(), picture()], Ok("\u{ff}\0bytes\r\n--y"));
        let none = part("file", "; filename=\"\"", "");
        check(&[csrf.clone(), kind.clone(), none], Ok(""));
        check(&[csrf.clone(), picture()], Err(BadInput::MissingField));
        check(&[csrf.clone(), kind.clone()], Err(BadInput::MissingField));
        check(&[csrf.clone(), kind.clone(), picture(), picture()], Err(BadInput::TwiceGiven));
        check(&[csrf.clone(), csrf.clone(), kind.clone(), picture()], Err(BadInput::TwiceGiven));
        check(&[csrf.clone(), kind.clone(), part("admin", "", "1")], Err(BadInput::UnknownField));
        check(&[csrf.clone(), part("kind", "; filename=\"a\"", "x"), picture()], Err(BadInput::Malformed));
        check(&[csrf.clone(), kind, part("file", "", "x")], Err(BadInput::Malformed));
        check(&[csrf.clone(), part("kind", "", "a\0b"), picture()], Err(BadInput::NulCharacter));
        check(&[csrf, part("kind", "", &"x".repeat(5_000)), picture()], Err(BadInput::TooLarge));
        for broken in [&b""[..], b"--x", b"--x\r\n", b"--x--", b"nothing", b"--x\r\nA: b\r\n\r\nc\r\n--x--"] {
            assert!(read(broken, "--x", KNOWN).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn only_one_media_type_with_a_boundary_is_taken() {
        let of = |value: &'static str| {
            boundary(&HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(value))]))
        };
        assert_eq!(of("multipart/form-data; boundary=----x1").as_deref(), Some("------x1"));
        assert_eq!(of("Multipart/Form-Data; boundary=\"x\"").as_deref(), Some("--x"));
        for none in [
            "multipart/form-data",
            "multipart/mixed; boundary=x",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=a b",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_largest_picture_is_cut_off() {
        let type_of =
            [(header::CONTENT_TYPE, http::HeaderValue::from_static("multipart/form-data; boundary=x"))];
        let large = Body::from(vec![b'x'; UPLOAD_BYTES_MAX + 1]);
        let cut = Upload::from_body(&HeaderMap::from_iter(type_of), large, KNOWN).await;
        assert_eq!(cut.err(), Some(BadInput::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, "--x", KNOWN);
            let _ = read(&[b"--x\r\n", bytes.as_slice()].concat(), "--x", KNOWN);
        }
    }
}
