//! What an SMS carries where a mail carries a link that stops something: ten signs to type, never a link
//! (entry rules, opening lines).

use std::fmt;

/// Digits and letters that nobody mistakes for each other, as people write them down: no I, L, O or U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Signs of a code.
const LENGTH: usize = 10;

/// Fifty random bits that stop a case, or undo a changed identifier, once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StopCode(u64);

impl StopCode {
    /// The code drawn from 64 random bits, of which it keeps fifty.
    pub const fn from_random(random: u64) -> Self {
        Self(random >> 14)
    }

    /// Reads ten signs, in any case, with spaces or dashes between them; O is 0, I and L are 1.
    pub fn parse(text: &str) -> Option<Self> {
        let mut value = 0_u64;
        let mut signs = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let sign = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let place = SIGNS.iter().position(|known| *known == sign)?;
            signs += 1;
            if signs > LENGTH {
                return None;
            }
            value = value << 5 | u64::try_from(place).ok()?;
        }
        (signs == LENGTH).then_some(Self(value))
    }

    /// Eight bytes for the keyed hash.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for StopCode {
    /// `K7QM4-XRT20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..LENGTH).rev() {
            let sign = self.0 >> (5 * place) & 31;
            let sign = usize::try_from(sign).map_or(b'0', |sign| SIGNS[sign]);
            write!(f, "{}", char::from(sign))?;
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for StopCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StopCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it_down() {
        let code = StopCode::parse("10ABCDEFGH").expect("ten signs");
        assert_eq!(code.to_string(), "10ABC-DEFGH");
        for same in ["10abc-defgh", "10ABC DEFGH", "IOABCDEFGH", "l0abcdefgh"] {
            assert_eq!(StopCode::parse(same), Some(code), "{same}");
        }
        for none in ["", "10ABCDEFG", "10ABCDEFGHJ", "10ABCDEFGU", "10ABCDEFG!", "ä0ABCDEFGH"] {
            assert_eq!(StopCode::parse(none), None, "{none}");
        }
        assert_eq!(format!("{code:?}"), "StopCode(…)");
    }

    proptest! {
        #[test]
        fn what_was_sent_reads_back(random in any::<u64>()) {
            let code = StopCode::from_random(random);
            prop_assert_eq!(StopCode::parse(&code.to_string()), Some(code));
        }
    }
}
