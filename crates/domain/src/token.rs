//! Secrets that a browser or a mail carries: 256 random bits, of which only the hash is stored (entry rules 3).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Length of an encoded token in characters.
pub const TOKEN_CHARACTERS: usize = 43;

/// A session, device, link or browser secret.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token made of these random bytes.
    pub const fn from_random(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// 43 characters that a cookie or a URL can carry (base64url without padding).
    pub fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads what [`Token::encode`] wrote and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TOKEN_CHARACTERS {
            return None;
        }
        let mut bytes = [0; 32];
        let written = BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes).ok()?;
        (written == bytes.len()).then_some(Self(bytes))
    }

    /// What is stored in place of the token, and by what it is found.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The bytes themselves, for binding a sealed cookie or a puzzle to this token.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// SHA-256 of a token. No salt is needed: 256 random bits cannot be guessed.
#[derive(Clone, Copy, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "equality is the derived one, only in constant time")]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash that a database row holds.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The form that a database row holds.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_spelling_of_43_characters() {
        let token = Token::from_random([0xa5; 32]);
        let text = token.encode();
        assert_eq!(text.len(), TOKEN_CHARACTERS);
        assert_eq!(Token::parse(&text).map(|again| again.hash()), Some(token.hash()));
        // The last character carries two bits that must be zero.
        let mut other = text.into_bytes();
        other[42] += 1;
        assert!(Token::parse(std::str::from_utf8(&other).expect("still ASCII")).is_none());
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "a", &"=".repeat(43), &"é".repeat(22), &"A".repeat(44), &" ".repeat(43)] {
            assert!(Token::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn neither_a_token_nor_its_hash_shows_itself_in_a_log() {
        let token = Token::from_random([1; 32]);
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(…) TokenHash(…)");
    }
}
