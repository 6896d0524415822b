//! Amounts as text: exact, never through a float (market rules 1).

use super::instrument::{MAX_ISSUED, MAX_SCALE};

/// Longest text of an amount in bytes.
pub const MAX_AMOUNT_BYTES: usize = 64;

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountRefused {
    /// Not a number as JSON writes one.
    NotANumber,
    /// Below zero.
    Negative,
    /// More digits after the point than the asset has.
    TooManyDigits,
    /// More than any asset can have.
    TooLarge,
}

/// Reads the raw text of a JSON number or of a string that holds one, exponent included, as units of an asset of `scale` digits.
///
/// Zeros beyond the scale are no digits: `1.500` is an amount of an asset of one digit.
pub fn parse_units(text: &str, scale: u8) -> Result<i64, AmountRefused> {
    debug_assert!(scale <= MAX_SCALE);
    if text.len() > MAX_AMOUNT_BYTES {
        return Err(AmountRefused::NotANumber);
    }
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) if are_digits(fraction) => (whole, fraction),
        Some(_) => return Err(AmountRefused::NotANumber),
        None => (mantissa, ""),
    };
    if !are_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(AmountRefused::NotANumber);
    }
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    if is_negative {
        return Err(AmountRefused::Negative);
    }
    // Texts are short, so that none of these leaves i64.
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let shift = exponent - length(fraction) + (length(&digits) - length(significant)) + i64::from(scale);
    let shift = u32::try_from(shift).map_err(|_| AmountRefused::TooManyDigits)?;
    let units = significant.bytes().try_fold(0_i128, |sum, digit| {
        sum.checked_mul(10).and_then(|tens| tens.checked_add(i128::from(digit - b'0')))
    });
    let units = units.and_then(|units| units.checked_mul(10_i128.checked_pow(shift)?));
    let units = units.and_then(|units| i64::try_from(units).ok());
    units.filter(|units| *units <= MAX_ISSUED).ok_or(AmountRefused::TooLarge)
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_exponent(text: &str) -> Result<i64, AmountRefused> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    if !are_digits(digits) {
        return Err(AmountRefused::NotANumber);
    }
    // Beyond this every exponent is too many digits or too large, whichever it is.
    Ok(sign * digits.parse::<i64>().unwrap_or(1_000_000).min(1_000_000))
}

/// The shortest text of these units, without an exponent and without zeros at the end.
pub fn print_units(units: i64, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let one = 10_u64.pow(u32::from(scale.min(MAX_SCALE)));
    let (whole, part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{part:0width$}", width = usize::from(scale));
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

/// Digits after the point that whole numbers of this step need: numbers of one column all get as many.
pub const fn digits_of_step(step_units: i64, scale: u8) -> u8 {
    let (mut units, mut digits) = (step_units, scale);
    while digits > 0 && units != 0 && units % 10 == 0 {
        units /= 10;
        digits -= 1;
    }
    digits
}

/// These units with exactly so many digits after the point; the shortest text where they need more.
pub fn print_aligned(units: i64, scale: u8, digits: u8) -> String {
    let mut text = print_units(units, scale);
    let had = text.find('.').map_or(0, |at| text.len() - at - 1);
    if had == 0 && digits > 0 {
        text.push('.');
    }
    for _ in had..usize::from(digits) {
        text.push('0');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_column_has_as_many_digits_as_its_step() {
        assert_eq!(digits_of_step(10_000, 6), 2);
        assert_eq!(digits_of_step(1, 6), 6);
        assert_eq!(digits_of_step(25, 2), 2);
        assert_eq!(digits_of_step(5_000_000, 6), 0);
        assert_eq!(print_aligned(61_250_500_000, 6, 2), "61250.50");
        assert_eq!(print_aligned(61_250_000_000, 6, 2), "61250.00");
        assert_eq!(print_aligned(61_250_000_000, 6, 0), "61250");
        assert_eq!(print_aligned(1, 6, 2), "0.000001");
        assert_eq!(print_aligned(-150, 2, 2), "-1.50");
    }

    #[test]
    fn an_amount_is_read_exactly_or_refused() {
        for (text, scale, expected) in [
            ("0", 8, Ok(0)),
            ("1", 8, Ok(100_000_000)),
            ("0.00000001", 8, Ok(1)),
            ("1e-8", 8, Ok(1)),
            ("1.5E+2", 2, Ok(15_000)),
            ("1.500", 1, Ok(15)),
            ("100e-2", 0, Ok(1)),
            ("46116860184.27387904", 8, Ok(MAX_ISSUED)),
            ("46116860184.27387905", 8, Err(AmountRefused::TooLarge)),
            ("0.000000001", 8, Err(AmountRefused::TooManyDigits)),
            ("1e-9", 8, Err(AmountRefused::TooManyDigits)),
            ("1e99999999999999999999", 8, Err(AmountRefused::TooLarge)),
            ("1e-99999999999999999999", 8, Err(AmountRefused::TooManyDigits)),
            ("0e99999999999999999999", 8, Ok(0)),
            ("9223372036854775808", 0, Err(AmountRefused::TooLarge)),
            ("-1", 8, Err(AmountRefused::Negative)),
            ("-0", 8, Ok(0)),
            ("", 8, Err(AmountRefused::NotANumber)),
            ("01", 8, Err(AmountRefused::NotANumber)),
            (".5", 8, Err(AmountRefused::NotANumber)),
            ("1.", 8, Err(AmountRefused::NotANumber)),
            ("+1", 8, Err(AmountRefused::NotANumber)),
            ("1e", 8, Err(AmountRefused::NotANumber)),
            ("1,5", 8, Err(AmountRefused::NotANumber)),
            (" 1", 8, Err(AmountRefused::NotANumber)),
            ("NaN", 8, Err(AmountRefused::NotANumber)),
            ("٣", 8, Err(AmountRefused::NotANumber)),
        ] {
            assert_eq!(parse_units(text, scale), expected, "{text:?} at {scale}");
        }
        assert_eq!(parse_units(&"9".repeat(65), 8), Err(AmountRefused::NotANumber));
        assert_eq!(parse_units(&"9".repeat(64), 8), Err(AmountRefused::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(units in 0..=MAX_ISSUED, scale in 0..=MAX_SCALE) {
            prop_assert_eq!(parse_units(&print_units(units, scale), scale), Ok(units));
        }

        #[test]
        fn no_text_is_more_than_refused(text in "[-+0-9.eE]{0,70}", scale in 0..=MAX_SCALE) {
            if let Ok(units) = parse_units(&text, scale) {
                prop_assert!((0..=MAX_ISSUED).contains(&units));
            }
        }
    }
}
