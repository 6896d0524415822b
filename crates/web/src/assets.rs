//! The files of a release, inside the program: one digest over all of them is part of every address, so that a module
//! can name another by its plain relative path, and all can be kept for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use axum::body::Body;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use rust_embed::RustEmbed;

use crate::guard::headers::Dress;
use crate::view::STYLESHEET;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[exclude = "*.md"]
#[exclude = "*.txt"]
#[exclude = "css/*"]
struct Embedded;

struct Asset {
    bytes: Bytes,
    content_type: &'static str,
    etag: HeaderValue,
    gzip: OnceLock<Option<Bytes>>,
}

impl Asset {
    fn new(name: &str, bytes: Bytes, digest: &Fnv) -> Asset {
        let etag = HeaderValue::try_from(format!("\"{:016x}\"", digest.0))
            .expect("hexadecimal digits are a header value");
        Asset { bytes, content_type: content_type(name), etag, gzip: OnceLock::new() }
    }
}

struct Assets {
    base: String,
    by_name: BTreeMap<String, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut by_name = BTreeMap::new();
    let mut digest = Fnv(0xcbf2_9ce4_8422_2325);
    let mut names: Vec<Cow<'static, str>> = Embedded::iter().collect();
    names.sort();
    for name in names {
        let Some(file) = Embedded::get(&name) else { continue };
        digest.add(name.as_bytes());
        digest.add(&file.metadata.sha256_hash());
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let mut own = Fnv(0xcbf2_9ce4_8422_2325);
        own.add(&file.metadata.sha256_hash());
        let asset = Asset::new(&name, bytes, &own);
        by_name.insert(name.into_owned(), asset);
    }
    let stylesheet = Bytes::from_static(STYLESHEET.as_bytes());
    digest.add(&stylesheet);
    by_name.insert("doorward.css".to_owned(), Asset::new("doorward.css", stylesheet, &digest));
    Assets { base: format!("/assets/{:016x}", digest.0), by_name }
});

/// The folder of this release's files, as `/assets/0123456789abcdef`.
pub fn base() -> &'static str {
    &ASSETS.base
}

/// Answers `/assets/{digest}/{file}`; another release's digest is not found, since its files may differ.
pub(crate) fn answer(path: &str, headers: &HeaderMap) -> Option<(Dress, Response<Body>)> {
    let name = path.strip_prefix(base())?.strip_prefix('/')?;
    let asset = ASSETS.by_name.get(name)?;
    let dress = if name.contains("memory-hard") { Dress::AssetWithProof } else { Dress::Asset };
    Some((dress, respond(asset, headers)))
}

/// Answers a file that browsers ask for by a fixed address: kept for a day, then asked for again by its tag.
pub(crate) fn answer_by_name(name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let asset = ASSETS.by_name.get(name)?;
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&asset.etag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        respond(asset, headers)
    };
    response.headers_mut().insert(header::ETAG, asset.etag.clone());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Some(response)
}

fn respond(asset: &Asset, headers: &HeaderMap) -> Response<Body> {
    let gzip = if takes_gzip(headers) { asset.gzip.get_or_init(|| compress(asset)).clone() } else { None };
    let packed = gzip.is_some();
    let mut response = Response::new(Body::from(gzip.unwrap_or_else(|| asset.bytes.clone())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Packed once, at the first request; nothing where packing gains less than a tenth (fonts, pictures).
fn compress(asset: &Asset) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&asset.bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < asset.bytes.len() / 10 * 9).then(|| Bytes::from(packed))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused =
                weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// FNV-1a over the files' own SHA-256: a name for the release, not a proof of anything.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for takes in ["gzip", "deflate, gzip;q=0.5, br", "GZIP"] {
            assert!(takes_gzip(&accepting(takes)), "{takes}");
        }
        for refuses in ["", "br", "gzip;q=0", "gzip; q=0.0", "xgzip"] {
            assert!(!takes_gzip(&accepting(refuses)), "{refuses}");
        }
    }

    #[test]
    fn every_file_has_a_known_media_type() {
        for (name, asset) in &ASSETS.by_name {
            assert_ne!(asset.content_type, "application/octet-stream", "{name}");
        }
    }

    #[test]
    fn only_this_release_s_files_are_found() {
        for wrong in ["/assets/0000000000000000/app.css", "/assets/", "/assets", "/assets/../Cargo.toml"] {
            assert!(answer(wrong, &HeaderMap::new()).is_none(), "{wrong}");
        }
        assert!(answer(&format!("{}/../Cargo.toml", base()), &HeaderMap::new()).is_none());
    }
}
