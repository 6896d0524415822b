//! The headers on every answer. All values are fixed when the door is made; an answer only takes a copy of them.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Which set of headers an answer wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dress {
    /// A page: scripts, styles, pictures and fonts of this house only, nothing inline, no frame around it.
    Page,
    /// A page of the support desk: the same and less. No worker, no fetch, and script may write no markup.
    Desk,
    /// JSON, a picture of a human check, plain text: nothing that could run or be shown as a page.
    Data,
    /// A file of a release: anybody of this house may keep it for ever.
    Asset,
    /// The worker script that runs the memory-hard proof. A worker lives under the policy it came with, so no page
    /// needs WebAssembly itself.
    AssetWithProof,
}

const DRESSES: [Dress; 5] = [Dress::Page, Dress::Desk, Dress::Data, Dress::Asset, Dress::AssetWithProof];

const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), \
    idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), \
    picture-in-picture=(), publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), \
    serial=(), storage-access=(), usb=(), window-management=(), xr-spatial-tracking=()";

/// The fixed headers, one list per dress.
#[derive(Debug)]
pub struct Wardrobe([Vec<(HeaderName, HeaderValue)>; DRESSES.len()]);

impl Wardrobe {
    /// Lays out the headers of every dress.
    pub fn new(tls: bool) -> Wardrobe {
        Wardrobe(DRESSES.map(|dress| lay_out(dress, tls)))
    }

    /// Puts a dress on. What the answer says about itself (its own caching) stays.
    pub fn put_on(&self, dress: Dress, headers: &mut HeaderMap) {
        let list = &self.0[dress as usize];
        headers.reserve(list.len() + 2);
        for (name, value) in list {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn lay_out(dress: Dress, tls: bool) -> Vec<(HeaderName, HeaderValue)> {
    let mut list = vec![
        (header::CONTENT_SECURITY_POLICY, content_security_policy(dress, tls)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, cache_control(dress)),
    ];
    if matches!(dress, Dress::Page | Dress::Desk) {
        list.extend([
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            // Not `no-referrer`: browsers then send `Origin: null` with our own forms.
            (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
            (
                HeaderName::from_static("cross-origin-embedder-policy"),
                HeaderValue::from_static("require-corp"),
            ),
            (HeaderName::from_static("origin-agent-cluster"), HeaderValue::from_static("?1")),
            (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS_POLICY)),
            (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
            (header::VARY, HeaderValue::from_static("Cookie, Accept-Language")),
        ]);
    }
    if matches!(dress, Dress::Asset | Dress::AssetWithProof) {
        // A page that wants this of everything it embeds wants it of its workers' scripts too.
        list.push((
            HeaderName::from_static("cross-origin-embedder-policy"),
            HeaderValue::from_static("require-corp"),
        ));
    }
    if tls {
        list.push((
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        ));
    }
    list
}

fn cache_control(dress: Dress) -> HeaderValue {
    HeaderValue::from_static(match dress {
        Dress::Page | Dress::Desk | Dress::Data => "no-store",
        Dress::Asset | Dress::AssetWithProof => "public, max-age=31536000, immutable",
    })
}

fn content_security_policy(dress: Dress, tls: bool) -> HeaderValue {
    let text = match (dress, tls) {
        (Dress::Data, _) => "default-src 'none'; frame-ancestors 'none'; sandbox",
        // A worker lives under the policy that its own script came with.
        (Dress::Asset, _) => {
            "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
        }
        (Dress::AssetWithProof, _) => {
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'"
        }
        (Dress::Desk, false) => {
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        }
        (Dress::Desk, true) => {
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; upgrade-insecure-requests"
        }
        (Dress::Page, false) => {
            "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        }
        (Dress::Page, true) => {
            "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; upgrade-insecure-requests"
        }
    };
    HeaderValue::from_static(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worn(dress: Dress, tls: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Wardrobe::new(tls).put_on(dress, &mut headers);
        headers
    }

    #[test]
    fn no_dress_allows_anything_inline_or_a_frame() {
        for (dress, tls) in DRESSES.into_iter().flat_map(|dress| [(dress, false), (dress, true)]) {
            let policy =
                worn(dress, tls)[header::CONTENT_SECURITY_POLICY].to_str().expect("plain text").to_owned();
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            for never in ["unsafe-inline", "'unsafe-eval'", "data:", "*", "http:", "https:"] {
                assert!(!policy.contains(never), "{policy}");
            }
        }
    }

    #[test]
    fn web_assembly_runs_in_the_worker_of_the_memory_hard_proof_alone() {
        for dress in DRESSES {
            let policy =
                worn(dress, true)[header::CONTENT_SECURITY_POLICY].to_str().expect("plain text").to_owned();
            let proof = dress == Dress::AssetWithProof;
            assert_eq!(policy.contains("wasm-unsafe-eval"), proof, "{dress:?}");
        }
    }

    #[test]
    fn hsts_is_said_under_tls_alone() {
        for dress in DRESSES {
            assert!(worn(dress, true).contains_key(header::STRICT_TRANSPORT_SECURITY));
            assert!(!worn(dress, false).contains_key(header::STRICT_TRANSPORT_SECURITY));
        }
    }

    #[test]
    fn an_answer_s_own_caching_stays() {
        let mut headers =
            HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"))]);
        Wardrobe::new(false).put_on(Dress::Data, &mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "max-age=60");
    }
}
