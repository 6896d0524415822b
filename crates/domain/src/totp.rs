//! Time-based one-time passwords (RFC 6238 over RFC 4226): six digits, thirty seconds, SHA-1 as every app speaks it.

use std::fmt;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use crate::time::Timestamp;

/// Digits of a code.
pub const DIGITS: u32 = 6;
/// Length of a step.
pub const STEP_SECONDS: i64 = 30;
/// Steps before the present one that are accepted.
pub const ACCEPTED_PAST_STEPS: i64 = 1;
/// Steps around the present one that are searched to tell how wrong a clock is.
pub const DIAGNOSED_STEPS: i64 = 20;

/// The secret shared with an authenticator app: 160 random bits (RFC 4226, 4, R6).
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// The secret made of these random bytes, or the one that storage held.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes, for sealing.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// 32 characters for typing into an app by hand.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The link that a QR code carries. `issuer` is the site's name, `account` what the app shows below it.
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl Drop for TotpSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn percent_encoded(text: &str) -> String {
    use fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A code of six digits as somebody typed it.
#[derive(Clone, Copy)]
pub struct TotpCode(u32);

impl TotpCode {
    /// Reads six digits, with spaces between them if need be.
    pub fn parse(text: &str) -> Option<Self> {
        six_digits(text).map(Self)
    }

    /// The number, 0 to 999,999.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode(…)")
    }
}

/// Six ASCII digits among spaces and dashes, nothing else.
pub(crate) fn six_digits(text: &str) -> Option<u32> {
    if text.len() > 32 {
        return None;
    }
    let (mut number, mut digits) = (0, 0);
    for letter in text.chars() {
        match letter {
            '0'..='9' => {
                number = number * 10 + letter.to_digit(10)?;
                digits += 1;
            }
            ' ' | '\u{a0}' | '\t' | '-' => {}
            _ => return None,
        }
        if digits > DIGITS {
            return None;
        }
    }
    (digits == DIGITS).then_some(number)
}

/// HMAC-based one-time password (RFC 4226, 5.3) of so many digits, at most nine.
pub fn hotp(secret: &[u8], counter: u64, digits: u32) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0xf);
    let mut word = [0; 4];
    word.copy_from_slice(&digest[offset..offset + 4]);
    (u32::from_be_bytes(word) & 0x7fff_ffff) % 10_u32.pow(digits)
}

/// The step that the clock is in.
pub const fn step_of(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(STEP_SECONDS)
}

/// The first moment at which this step is accepted by no clock of ours any more.
pub fn step_passed_at(step: i64) -> Timestamp {
    Timestamp::from_seconds(step.saturating_add(1 + ACCEPTED_PAST_STEPS).saturating_mul(STEP_SECONDS))
}

/// What a typed code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpJudgement {
    /// The code of the present step or the one before. Whether it was spent, the store decides.
    Matches {
        /// Its step.
        step: i64,
    },
    /// The code of another step: the phone's clock is wrong.
    OtherStep {
        /// Its step, to be remembered until it has passed.
        step: i64,
        /// How many steps the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
    },
    /// No code of this secret anywhere near now.
    Wrong,
}

/// Judges a typed code in the same time whatever it is: every step of the window is computed and compared.
pub fn judge(secret: &TotpSecret, typed: TotpCode, now: Timestamp) -> TotpJudgement {
    let present = step_of(now);
    let missing = i64::MAX;
    let mut found = missing;
    // From the farthest to the nearest, so that of two matching steps the nearest stays; the accepted ones last.
    for distance in (0..=DIAGNOSED_STEPS).rev() {
        for offset in [distance, -distance] {
            let step = present.saturating_add(offset);
            let code = u64::try_from(step).map_or(u32::MAX, |counter| hotp(&secret.0, counter, DIGITS));
            found.conditional_assign(&offset, code.ct_eq(&typed.0));
        }
    }
    // The step before the present one is as good as the present one; one step ahead is not.
    match found {
        offset if offset == missing => TotpJudgement::Wrong,
        offset if (-ACCEPTED_PAST_STEPS..=0).contains(&offset) => {
            TotpJudgement::Matches { step: present.saturating_add(offset) }
        }
        offset => TotpJudgement::OtherStep {
            step: present.saturating_add(offset),
            offset_steps: i32::try_from(offset).unwrap_or(0),
        },
    }
}

/// How far a phone's clock is off: so many whole steps.
pub fn clock_error(offset_steps: i32) -> Duration {
    let step = Duration::from_secs(STEP_SECONDS.unsigned_abs());
    step.saturating_mul(offset_steps.unsigned_abs())
}
