//! Phone numbers in E.164 form, by the lengths and prefixes of their countries.
//!
//! Whether a number is given to somebody is not judged here: a code sent to it is. libphonenumber, which knows each
//! range, compiles its patterns anew for every other country and so costs about as much as a password's hash, before
//! any human check.

use super::countries::{COUNTRIES, Country};
use super::{Identifier, IdentifierKind, IdentifierRefused};

/// Most digits of a number with its calling code (E.164, 6).
const MOST_DIGITS: usize = 15;

/// Reads a number as people write it; `country` is two letters for numbers without `+`.
pub(super) fn parse(text: &str, country: Option<&str>) -> Result<Identifier, IdentifierRefused> {
    let refused = IdentifierRefused::NotAPhoneNumber;
    let plausible = text.bytes().all(|byte| byte.is_ascii_digit() || b"+ -./()".contains(&byte))
        && text.bytes().skip(1).all(|byte| byte != b'+');
    let digits: String = text.bytes().filter(u8::is_ascii_digit).map(char::from).collect();
    if !plausible || !(4..=20).contains(&digits.len()) {
        return Err(refused);
    }
    let number = if text.starts_with('+') {
        international(&digits)
    } else {
        let home = country.and_then(find).ok_or(IdentifierRefused::CountryMissing)?;
        // What is dialled before a foreign number: 00 nearly everywhere, 011 in North America.
        let abroad = if home.1 == 1 { "011" } else { "00" };
        digits.strip_prefix(abroad).map_or_else(|| national(home, &digits), international)
    };
    let text = number.filter(|number| number.len() <= MOST_DIGITS).ok_or(refused)?;
    Ok(Identifier { kind: IdentifierKind::Phone, text: format!("+{text}") })
}

fn find(letters: &str) -> Option<&'static Country> {
    let letters = letters.to_ascii_uppercase();
    let place = COUNTRIES.binary_search_by_key(&letters.as_str(), |country| country.0).ok()?;
    COUNTRIES.get(place)
}

/// Digits that begin with a calling code. No calling code begins another one.
fn international(digits: &str) -> Option<String> {
    let sharing = |code: u16| COUNTRIES.iter().filter(move |country| country.1 == code);
    let code: u16 = (1..=3).find_map(|length| {
        let code = digits.get(..length).filter(|code| !code.starts_with('0'))?.parse().ok()?;
        sharing(code).next().map(|_| code)
    })?;
    let rest = digits.get(code.to_string().len()..)?;
    // "+49 (0)30 …" is how many people write it, though the 0 is for callers inside the country alone.
    let without_trunk = |country: &Country| match country.2 {
        "0" => rest.strip_prefix('0').filter(|rest| fits(country, rest)),
        _ => None,
    };
    let stripped = sharing(code).find_map(without_trunk);
    let rest = stripped.or_else(|| sharing(code).any(|country| fits(country, rest)).then_some(rest))?;
    Some(format!("{code}{rest}"))
}

/// Digits as they are dialled inside this country.
fn national(home: &Country, digits: &str) -> Option<String> {
    let without_trunk = digits.strip_prefix(home.2).filter(|rest| !home.2.is_empty() && fits(home, rest));
    let rest = without_trunk.or_else(|| fits(home, digits).then_some(digits))?;
    Some(format!("{}{rest}", home.1))
}

fn fits(country: &Country, rest: &str) -> bool {
    rest.len() <= MOST_DIGITS && country.3 & (1 << rest.len()) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use phonenumber::metadata::{DATABASE, Descriptor};

    /// The kinds of number that a person may have.
    fn kinds(metadata: &phonenumber::Metadata) -> Vec<&Descriptor> {
        let all = metadata.descriptors();
        [all.fixed_line(), all.mobile(), all.personal_number(), all.voip()].into_iter().flatten().collect()
    }

    #[test]
    fn the_table_agrees_with_libphonenumber() {
        let mut listed: Vec<(String, u16, String, u16)> = Vec::new();
        for metadata in DATABASE.iter().filter(|metadata| metadata.id() != "001") {
            let lengths = kinds(metadata).into_iter().flat_map(|kind| kind.possible_length().to_vec());
            let bits = lengths.filter(|length| *length <= 15).fold(0, |bits, length| bits | 1 << length);
            let prefix = metadata.national_prefix().unwrap_or("").to_owned();
            listed.push((metadata.id().to_owned(), metadata.country_code(), prefix, bits));
        }
        listed.sort();
        let ours: Vec<_> =
            COUNTRIES.iter().map(|row| (row.0.to_owned(), row.1, row.2.to_owned(), row.3)).collect();
        assert_eq!(ours, listed);
    }

    #[test]
    fn every_countrys_example_numbers_are_read_as_libphonenumber_reads_them() {
        let (mut seen, mut differing) = (0, Vec::new());
        for metadata in DATABASE.iter().filter(|metadata| metadata.id() != "001") {
            for example in kinds(metadata).into_iter().filter_map(|kind| kind.example()) {
                let expected = format!("+{}{example}", metadata.country_code());
                let at_home = format!("{}{example}", metadata.national_prefix().unwrap_or(""));
                for (typed, country) in [(&expected, None), (&at_home, Some(metadata.id()))] {
                    let read = parse(typed, country).map(|identifier| identifier.as_str().to_owned());
                    if read.as_ref() != Ok(&expected) {
                        differing.push(format!("{typed} in {country:?}: {read:?}"));
                    }
                }
                seen += 1;
            }
        }
        assert!(seen > 400, "{seen} examples");
        assert!(differing.is_empty(), "{differing:#?}");
    }

    #[test]
    fn a_calling_code_that_nobody_has_is_refused() {
        for typed in ["+999 123 456 789", "+0 123 456 789", "+210 123 456 789", "+800 123 456 789"] {
            assert_eq!(parse(typed, None).err(), Some(IdentifierRefused::NotAPhoneNumber), "{typed}");
        }
    }
}
