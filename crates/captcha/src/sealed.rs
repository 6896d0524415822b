//! Sealed tokens: XChaCha20-Poly1305 under a key that changes every hour and is derived from one root, so that every node opens every node's tokens
//! and nothing is stored.
//!
//! A token is `key id (4) ‖ nonce (24) ‖ ciphertext ‖ tag (16)` in base64url. The key id is the hour since the Unix epoch and is authenticated; the first
//! sixteen bytes of the nonce are what the caller spends.

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const KEY_PERIOD_MICROS: i64 = 3_600_000_000;
const HEAD: usize = 4 + 24;
const TAG: usize = 16;

/// What tokens are sealed under.
pub(crate) struct Root(Zeroizing<[u8; 32]>);

/// An authentic token's content.
pub(crate) struct Opened<const N: usize> {
    pub(crate) nonce: [u8; 16],
    pub(crate) content: [u8; N],
}

impl Root {
    pub(crate) fn new(root: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*root))
    }

    fn cipher(&self, key_id: u32) -> XChaCha20Poly1305 {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length");
        mac.update(b"doorward human check token");
        mac.update(&key_id.to_be_bytes());
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(mac.finalize().into_bytes().into());
        XChaCha20Poly1305::new_from_slice(key.as_slice()).expect("the key has 32 bytes")
    }

    /// Seals `content` under the key of the hour of `now`.
    pub(crate) fn seal<const N: usize>(&self, content: &[u8; N], now: i64, nonce: &[u8; 24]) -> String {
        let key_id = key_id(now);
        let mut token = Vec::with_capacity(HEAD + N + TAG);
        token.extend_from_slice(&key_id.to_be_bytes());
        token.extend_from_slice(nonce);
        let mut sealed = *content;
        let tag = self
            .cipher(key_id)
            .encrypt_inout_detached(
                &XNonce::from(*nonce),
                &key_id.to_be_bytes(),
                sealed.as_mut_slice().into(),
            )
            .expect("a token is far under the cipher's limit of length");
        token.extend_from_slice(&sealed);
        token.extend_from_slice(&tag);
        BASE64URL_NOPAD.encode(&token)
    }

    /// Opens a token of exactly `N` bytes of content, sealed in this hour or a neighbouring one; `None` for everything else.
    pub(crate) fn open<const N: usize>(&self, token: &str, now: i64) -> Option<Opened<N>> {
        let length = HEAD + N + TAG;
        // One stack buffer fits every kind of token; a length that differs is refused before any work.
        let mut bytes = [0_u8; 160];
        if length > bytes.len() || token.len() != BASE64URL_NOPAD.encode_len(length) {
            return None;
        }
        let bytes = bytes.get_mut(..BASE64URL_NOPAD.decode_len(token.len()).ok()?)?;
        BASE64URL_NOPAD.decode_mut(token.as_bytes(), bytes).ok()?;
        let (key_bytes, rest) = bytes.split_first_chunk::<4>()?;
        let key_id_given = u32::from_be_bytes(*key_bytes);
        if key_id_given.abs_diff(key_id(now)) > 1 {
            return None;
        }
        let (nonce, rest) = rest.split_first_chunk::<24>()?;
        let (sealed, tag) = rest.split_first_chunk::<N>()?;
        let tag: [u8; TAG] = tag.try_into().ok()?;
        let mut content = *sealed;
        self.cipher(key_id_given)
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                &key_id_given.to_be_bytes(),
                content.as_mut_slice().into(),
                &Tag::from(tag),
            )
            .ok()?;
        let (spent, _) = nonce.split_first_chunk::<16>()?;
        Some(Opened { nonce: *spent, content })
    }
}

fn key_id(now: i64) -> u32 {
    u32::try_from(now.div_euclid(KEY_PERIOD_MICROS)).unwrap_or(0)
}
