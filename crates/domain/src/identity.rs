//! The identity record: what the operator's own checks found out about an owner (entry rules 1).

use std::fmt;

/// A record as the operator writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityRecord {
    /// The name on the document.
    pub name: String,
    /// The birth date, `1990-02-28`.
    pub birth_date: String,
    /// The country of residence, two letters (ISO 3166).
    pub residence: String,
    /// How thoroughly was checked, in the operator's own words.
    pub level: String,
    /// Who checked.
    pub source: String,
}

impl fmt::Debug for IdentityRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityRecord({}, {})", self.level, self.source)
    }
}

/// Why a record is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityRefused {
    /// A field is empty, or longer than 200 characters.
    Length,
    /// No date of the form `1990-02-28`.
    NotADate,
    /// Not two letters of a country.
    NotACountry,
    /// No document number, or none with a letter or digit.
    NoDocumentNumber,
}

const MOST_CHARACTERS: usize = 200;

impl IdentityRecord {
    /// Whether the record can be written.
    pub fn check(&self) -> Result<(), IdentityRefused> {
        let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= MOST_CHARACTERS;
        if ![&self.name, &self.level, &self.source].into_iter().all(|text| fits(text)) {
            return Err(IdentityRefused::Length);
        }
        if !is_date(&self.birth_date) {
            return Err(IdentityRefused::NotADate);
        }
        let country =
            self.residence.len() == 2 && self.residence.bytes().all(|byte| byte.is_ascii_uppercase());
        if country { Ok(()) } else { Err(IdentityRefused::NotACountry) }
    }
}

/// A document number as it is compared: letters and digits, upper case, nothing between them.
pub fn normal_document_number(typed: &str) -> Result<String, IdentityRefused> {
    let normal: String =
        typed.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    if normal.is_empty() || normal.chars().count() > MOST_CHARACTERS {
        return Err(IdentityRefused::NoDocumentNumber);
    }
    Ok(normal)
}

/// A day of the Gregorian calendar between 1900 and 2199.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<u32> {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    parts.next().is_none()
        && (1900..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> IdentityRecord {
        IdentityRecord {
            name: "Ada King".to_owned(),
            birth_date: "1990-02-28".to_owned(),
            residence: "DE".to_owned(),
            level: "document and liveness".to_owned(),
            source: "KYC desk".to_owned(),
        }
    }

    #[test]
    fn a_record_has_every_field_a_real_date_and_a_country() {
        assert_eq!(record().check(), Ok(()));
        for (change, refused) in [
            (
                Box::new(|record: &mut IdentityRecord| record.name = "  ".to_owned()) as Box<dyn Fn(&mut _)>,
                IdentityRefused::Length,
            ),
            (
                Box::new(|record: &mut IdentityRecord| record.source = "x".repeat(201)),
                IdentityRefused::Length,
            ),
            (
                Box::new(|record: &mut IdentityRecord| record.residence = "Germany".to_owned()),
                IdentityRefused::NotACountry,
            ),
            (
                Box::new(|record: &mut IdentityRecord| record.residence = "de".to_owned()),
                IdentityRefused::NotACountry,
            ),
        ] {
            let mut changed = record();
            change(&mut changed);
            assert_eq!(changed.check(), Err(refused));
        }
        for wrong in ["", "1990-2-28", "1990-02-30", "1990-13-01", "1990-02-28-1", "28.02.1990", "1899-01-01"]
        {
            assert!(!is_date(wrong), "{wrong}");
        }
        assert!(is_date("2000-02-29") && !is_date("1900-02-29"));
    }

    #[test]
    fn a_document_number_is_compared_without_what_people_write_between_its_signs() {
        assert_eq!(normal_document_number(" l01x-00t 47 "), Ok("L01X00T47".to_owned()));
        assert_eq!(normal_document_number(" - "), Err(IdentityRefused::NoDocumentNumber));
    }

    #[test]
    fn a_record_shows_no_person_in_debug() {
        assert!(!format!("{:?}", record()).contains("Ada"));
    }
}
