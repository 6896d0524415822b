//! Which passwords are taken (entry rules 3): length, blocklist, nothing that stands on the page, zxcvbn.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::identifier::Identifier;
use crate::policy::PasswordPolicy;

mod blocklist;
mod strength;

pub use blocklist::{Blocklist, BlocklistBroken};
pub use strength::{Strength, StrengthSuggestion, StrengthWarning, strength};

/// Why a new password is refused. Each reason is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordRefused {
    /// Fewer characters than the rule asks.
    TooShort {
        /// Fewest characters.
        minimum: usize,
    },
    /// More characters than the rule allows.
    TooLong {
        /// Most characters.
        maximum: usize,
    },
    /// Holds a NUL, which no keyboard types and some software cuts at.
    Nul,
    /// On the list of passwords that are tried first.
    Common,
    /// The identifier itself.
    IsIdentifier,
    /// What stands before the `@` of the identifier.
    IsLocalPart,
    /// The site's name and hardly more.
    IsSiteName,
    /// Too easy to guess.
    TooWeak {
        /// zxcvbn's score, 0 to 4.
        score: u8,
        /// What makes it easy, when one thing does.
        warning: Option<StrengthWarning>,
    },
}

/// A password after NFC, inside the length rule; erased when dropped.
#[derive(Clone)]
pub struct Normalized(Zeroizing<String>);

impl Normalized {
    /// The text to hash or compare.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Normalized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Normalized(…)")
    }
}

/// Brings a typed password into the form that is hashed: NFC, case and spaces kept.
///
/// The same at sign-up and at sign-in; what it refuses can be nobody's password.
pub fn normalize(policy: &PasswordPolicy, typed: &str) -> Result<Normalized, PasswordRefused> {
    let too_long = PasswordRefused::TooLong { maximum: policy.max_characters };
    // A composed character comes from at most four of at most four bytes each: beyond this no composition can
    // save a text, and normalising a megabyte would cost the server.
    if typed.len() > policy.max_characters.saturating_mul(16) {
        return Err(too_long);
    }
    if typed.contains('\0') {
        return Err(PasswordRefused::Nul);
    }
    let text = Zeroizing::new(typed.nfc().collect::<String>());
    let characters = text.chars().count();
    if characters < policy.min_characters {
        return Err(PasswordRefused::TooShort { minimum: policy.min_characters });
    }
    if characters > policy.max_characters {
        return Err(too_long);
    }
    Ok(Normalized(text))
}

/// The form in which passwords are compared with lists and names: case folded, NFC.
pub fn folded(text: &str) -> Zeroizing<String> {
    let lower = Zeroizing::new(text.nfc().collect::<String>().to_lowercase());
    Zeroizing::new(lower.nfc().collect())
}

/// Everything that a new password is judged by.
#[derive(Debug, Clone, Copy)]
pub struct PasswordRules<'a> {
    /// The numbers.
    pub policy: &'a PasswordPolicy,
    /// The passwords that are tried first.
    pub blocklist: &'a Blocklist,
    /// The name on the page.
    pub site_name: &'a str,
}

impl PasswordRules<'_> {
    /// Judges a new password of the owner of this identifier.
    ///
    /// The last reason costs some milliseconds of CPU: call it behind the human check.
    pub fn judge(&self, password: &Normalized, identifier: &Identifier) -> Result<(), PasswordRefused> {
        self.judge_names(password, identifier)?;
        let strength = strength(password.as_str(), &self.strength_inputs(identifier));
        if strength.score < self.policy.min_score {
            return Err(PasswordRefused::TooWeak { score: strength.score, warning: strength.warning });
        }
        Ok(())
    }

    /// The cheap reasons alone: the blocklist, the identifier, the site's name.
    pub fn judge_names(&self, password: &Normalized, identifier: &Identifier) -> Result<(), PasswordRefused> {
        let typed = folded(password.as_str());
        if *typed == *folded(identifier.as_str()) {
            return Err(PasswordRefused::IsIdentifier);
        }
        if let Some(local) = identifier.local_part()
            && local.chars().count() >= self.policy.local_part_from_characters
            && *typed == *folded(local)
        {
            return Err(PasswordRefused::IsLocalPart);
        }
        if self.is_site_name(&typed) {
            return Err(PasswordRefused::IsSiteName);
        }
        if self.blocklist.contains(password.as_str()) {
            return Err(PasswordRefused::Common);
        }
        Ok(())
    }

    /// The words that make a password of this person easier to guess.
    pub fn strength_inputs<'i>(&'i self, identifier: &'i Identifier) -> Vec<&'i str> {
        let mut inputs = vec![self.site_name, identifier.as_str()];
        inputs.extend(identifier.as_str().split(['@', '.', '+', '-', '_']).filter(|part| part.len() > 2));
        inputs
    }

    fn is_site_name(&self, typed: &str) -> bool {
        let name = folded(self.site_name);
        let extra = typed.chars().count().saturating_sub(name.chars().count());
        !name.is_empty() && extra <= self.policy.site_name_plus_characters && typed.contains(name.as_str())
    }
}

#[cfg(test)]
mod tests;
