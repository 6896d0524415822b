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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RFC_SECRET: &[u8; 20] = b"12345678901234567890";

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(*RFC_SECRET)
    }

    fn code_of(step: i64) -> TotpCode {
        TotpCode(hotp(RFC_SECRET, step.unsigned_abs(), DIGITS))
    }

    #[test]
    fn hotp_agrees_with_rfc_4226_appendix_d() {
        let expected =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (counter, code) in (0_u64..).zip(expected) {
            assert_eq!(hotp(RFC_SECRET, counter, 6), code, "counter {counter}");
        }
    }

    #[test]
    fn totp_agrees_with_rfc_6238_appendix_b_for_sha_1() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_of(Timestamp::from_seconds(seconds));
            assert_eq!(hotp(RFC_SECRET, step.unsigned_abs(), 8), code, "{seconds} s");
        }
    }

    #[test]
    fn now_and_the_step_before_are_accepted_and_every_other_within_twenty_is_diagnosed() {
        let now = Timestamp::from_seconds(1_234_567_890);
        let present = step_of(now);
        for offset in -25_i64..=25 {
            let judged = judge(&secret(), code_of(present + offset), now);
            let step = present + offset;
            let expected = match offset {
                -1..=0 => TotpJudgement::Matches { step },
                -20..=20 => {
                    TotpJudgement::OtherStep { step, offset_steps: i32::try_from(offset).expect("small") }
                }
                _ => TotpJudgement::Wrong,
            };
            assert_eq!(judged, expected, "offset {offset}");
        }
    }

    #[test]
    fn the_first_steps_of_all_time_are_judged_too() {
        let now = Timestamp::from_seconds(3);
        assert_eq!(judge(&secret(), code_of(0), now), TotpJudgement::Matches { step: 0 });
        assert!(matches!(
            judge(&secret(), code_of(7), now),
            TotpJudgement::OtherStep { offset_steps: 7, .. }
        ));
    }

    #[test]
    fn a_step_has_passed_when_no_clock_of_ours_accepts_it() {
        let step = 41_152_263;
        let last = step_passed_at(step).minus(Duration::from_micros(1));
        assert_eq!(judge(&secret(), code_of(step), last), TotpJudgement::Matches { step });
        assert!(!matches!(
            judge(&secret(), code_of(step), step_passed_at(step)),
            TotpJudgement::Matches { .. }
        ));
    }

    #[test]
    fn a_code_is_six_digits_however_they_are_spaced() {
        for (text, number) in
            [("012345", Some(12_345)), (" 01 23 45 ", Some(12_345)), ("012-345", Some(12_345))]
        {
            assert_eq!(TotpCode::parse(text).map(TotpCode::number), number, "{text:?}");
        }
        for text in
            ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345", "123456\0", "1.2345", &" ".repeat(99)]
        {
            assert!(TotpCode::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_secret_travels_as_base32_in_a_link_that_every_app_reads() {
        let secret = secret();
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret.otpauth_uri("Door & Ward", "ana+1@example.com"),
            "otpauth://totp/Door%20%26%20Ward:ana%2B1%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Door%20%26%20Ward&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_clock_error_is_told_in_whole_steps() {
        assert_eq!(clock_error(-3), Duration::from_secs(90));
        assert_eq!(clock_error(20), Duration::from_secs(600));
    }

    #[test]
    fn neither_secret_nor_code_shows_itself_in_a_log() {
        assert_eq!(format!("{:?} {:?}", secret(), code_of(1)), "TotpSecret(…) TotpCode(…)");
    }

    proptest! {
        #[test]
        fn a_judgement_never_accepts_a_step_that_is_not_now_or_just_before(
            key in any::<[u8; 20]>(), typed in 0_u32..1_000_000, seconds in 0_i64..4_000_000_000,
        ) {
            let now = Timestamp::from_seconds(seconds);
            let secret = TotpSecret::from_bytes(key);
            match judge(&secret, TotpCode(typed), now) {
                TotpJudgement::Matches { step } => {
                    prop_assert!((step_of(now) - 1..=step_of(now)).contains(&step));
                    prop_assert_eq!(hotp(&key, step.unsigned_abs(), DIGITS), typed);
                }
                TotpJudgement::OtherStep { step, offset_steps } => {
                    prop_assert_eq!(step - step_of(now), i64::from(offset_steps));
                    prop_assert_eq!(hotp(&key, step.unsigned_abs(), DIGITS), typed);
                }
                TotpJudgement::Wrong => {}
            }
        }
    }
}
