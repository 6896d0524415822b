//! Recovery codes: 128 random bits each, used once, found by keyed hash (entry rules 3).

use std::fmt;

use zeroize::Zeroize;

/// Crockford's alphabet: no I, L, O or U, which are read as others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 26 letters of five bits carry 128 bits; the first one is below 8.
const LETTERS: usize = 26;
const GROUP: usize = 5;

/// One recovery code.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; 16]);

impl RecoveryCode {
    /// The code made of these random bytes.
    pub const fn from_random(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes, for the keyed hash.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads a code as people type it: any case, spaces and dashes anywhere, I and L for 1, O for 0.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        let (mut number, mut letters) = (0_u128, 0);
        for letter in text.chars() {
            if letter.is_whitespace() || matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}') {
                continue;
            }
            let upper = match letter.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let value = ALPHABET.iter().position(|known| char::from(*known) == upper)?;
            // The first letter has only three bits to give, a 27th none.
            if letters == LETTERS || (letters == 0 && value > 7) {
                return None;
            }
            number = (number << 5) | u128::try_from(value).ok()?;
            letters += 1;
        }
        (letters == LETTERS).then(|| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for RecoveryCode {
    /// Groups of five letters and a last one of six: `01234-56789-ABCDE-FGHJK-MNPQRS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.0);
        for place in 0..LETTERS {
            if place > 0 && place % GROUP == 0 && place < LETTERS - 1 {
                f.write_str("-")?;
            }
            let shift = 5 * (LETTERS - 1 - place);
            let value = usize::try_from((number >> shift) & 31).unwrap_or(0);
            write!(f, "{}", char::from(ALPHABET[value]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl Drop for RecoveryCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_shown_in_groups_that_can_be_read_out() {
        let code = RecoveryCode::from_random([0xff; 16]).to_string();
        assert_eq!(code, "7ZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZZ");
        assert_eq!(RecoveryCode::from_random([0; 16]).to_string(), "00000-00000-00000-00000-000000");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::from_random([0x10; 16]);
        let text = code.to_string();
        let confused = text.to_lowercase().replace('0', "o").replace('1', "l");
        let spelled = format!("  {}  ", text.replace('-', " \u{2013} "));
        for typed in [text.clone(), confused, spelled, text.replace('-', ""), text.replace('1', "I")] {
            assert_eq!(RecoveryCode::parse(&typed), Some(code.clone()), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let text = RecoveryCode::from_random([0x10; 16]).to_string();
        for typed in [
            String::new(),
            text[1..].to_owned(),
            format!("{text}0"),
            text.replacen('0', "8", 1),
            text.replacen('0', "U", 1),
            text.replacen('0', "é", 1),
            text.replacen('0', "\0", 1),
            format!("{text}{}", " ".repeat(200)),
            "123456".to_owned(),
        ] {
            assert!(RecoveryCode::parse(&typed).is_none(), "{typed:?}");
        }
    }

    #[test]
    fn a_code_shows_itself_in_no_log() {
        assert_eq!(format!("{:?}", RecoveryCode::from_random([1; 16])), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn reading_gives_back_what_was_shown(random in any::<[u8; 16]>()) {
            let code = RecoveryCode::from_random(random);
            prop_assert_eq!(RecoveryCode::parse(&code.to_string()), Some(code));
        }

        #[test]
        fn what_is_read_is_shown_in_the_one_spelling(typed in "[0-9A-Za-z -]{20,40}") {
            if let Some(code) = RecoveryCode::parse(&typed) {
                prop_assert_eq!(RecoveryCode::parse(&code.to_string()), Some(code));
            }
        }
    }
}
