//! Email addresses and phone numbers, compared only after normalisation (entry rules 10).

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::named::named;

pub mod change;
mod countries;
mod phone;
pub mod proof;

/// Longest identifier in bytes: the longest address that SMTP can carry (RFC 5321, 4.5.3.1.3).
pub const MAX_BYTES: usize = 254;

const MAX_LOCAL_PART_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

named! {
    /// The kinds of identifier.
    pub enum IdentifierKind {
        /// An email address, lower case.
        Email = "email",
        /// A phone number in E.164 form.
        Phone = "phone",
    }
}

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierRefused {
    /// Nothing was typed.
    Empty,
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// Letters outside ASCII remain: they may look like others.
    NotAscii,
    /// Has an `@` and is no email address all the same.
    NotAnEmail,
    /// No `@`, and no phone number of any country.
    NotAPhoneNumber,
    /// A phone number without its country.
    CountryMissing,
}

/// An email address or phone number in its one normal form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    text: String,
}

impl Identifier {
    /// Reads what a person typed. `default_country` is two letters (ISO 3166) for numbers without `+`.
    pub fn parse(input: &str, default_country: Option<&str>) -> Result<Self, IdentifierRefused> {
        // Far beyond any identifier; keeps normalisation cheap.
        if input.len() > 4 * MAX_BYTES {
            return Err(IdentifierRefused::TooLong);
        }
        let text: String = input.trim().nfc().collect();
        if text.is_empty() {
            return Err(IdentifierRefused::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(IdentifierRefused::TooLong);
        }
        if !text.is_ascii() {
            return Err(IdentifierRefused::NotAscii);
        }
        if text.contains('@') { email(&text) } else { phone::parse(&text, default_country) }
    }

    /// Rebuilds an identifier from storage, where only normal forms are ever written.
    pub fn restore(kind: IdentifierKind, text: String) -> Self {
        Self { kind, text }
    }

    /// Whether it is an address or a number.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The normal form: lower-case address, or `+` and digits.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`; `None` for a phone number.
    pub fn local_part(&self) -> Option<&str> {
        self.text.split_once('@').map(|(local, _)| local)
    }

    /// Enough for its owner to recognise, too little for a stranger to use: `a•••@example.com`, `+49•••••67`.
    pub fn masked(&self) -> String {
        match self.text.split_once('@') {
            Some((local, domain)) => {
                let first: String = local.chars().take(1).collect();
                format!("{first}•••@{domain}")
            }
            None => {
                let (shown, hidden) = (3.min(self.text.len()), self.text.len().saturating_sub(5));
                let end = &self.text[self.text.len().saturating_sub(2)..];
                format!("{}{}{end}", &self.text[..shown], "•".repeat(hidden))
            }
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({})", self.kind.name())
    }
}

fn email(text: &str) -> Result<Identifier, IdentifierRefused> {
    let refused = IdentifierRefused::NotAnEmail;
    let (local, domain) = text.rsplit_once('@').ok_or(refused)?;
    let local_fits = !local.is_empty()
        && local.len() <= MAX_LOCAL_PART_BYTES
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte));
    if !local_fits || !is_domain(domain) {
        return Err(refused);
    }
    Ok(Identifier { kind: IdentifierKind::Email, text: text.to_ascii_lowercase() })
}

/// RFC 5322 `atext`. Quoted local parts are legal and unused; they are where parsers disagree.
const fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

/// A name of at least two labels whose last one is no number, so that no address of a machine passes.
fn is_domain(domain: &str) -> bool {
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else { return false };
    domain.split('.').all(label_fits) && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
