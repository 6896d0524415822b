//! Safety phrases: words that only the owner and this house know, by which the owner tells our mails and pages from
//! imitations (entry rules 1).

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::named::named;

/// Shortest phrase, in characters.
pub const PHRASE_MIN_CHARACTERS: usize = 4;
/// Longest phrase, in characters.
pub const PHRASE_MAX_CHARACTERS: usize = 40;

named! {
    /// Where a phrase is shown. Each has one of its own, so that a phrase seen in a mail proves no page.
    pub enum PhrasePlace {
        /// In every mail to the account.
        Mail = "mail",
        /// Beside the password field, on a known device only.
        SignIn = "sign-in",
        /// On the page that confirms a withdrawal.
        Withdrawal = "withdrawal",
    }
}

/// Why a phrase is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseRefused {
    /// Shorter than that many characters.
    TooShort,
    /// Longer than that many characters.
    TooLong,
    /// Signs that cannot be read, or that make it look like an address.
    NotPlain,
    /// The same as the phrase of another place.
    SameAsOther,
}

/// One phrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(String);

impl Phrase {
    /// Reads what was typed: normalised, blanks at both ends gone and in between single.
    ///
    /// # Errors
    /// It is too short, too long, or not plain text.
    pub fn parse(typed: &str) -> Result<Self, PhraseRefused> {
        let normal: String = typed.nfc().take(PHRASE_MAX_CHARACTERS * 4).collect();
        if normal.chars().any(unreadable) || normal.contains("://") || normal.contains("www.") {
            return Err(PhraseRefused::NotPlain);
        }
        let text = normal.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.chars().count() {
            count if count < PHRASE_MIN_CHARACTERS => Err(PhraseRefused::TooShort),
            count if count > PHRASE_MAX_CHARACTERS => Err(PhraseRefused::TooLong),
            _ => Ok(Self(text)),
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, marks that turn the direction of a text, and blanks without width: what is shown must be what
/// the owner reads.
fn unreadable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '<' | '>')
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(…)")
    }
}

/// The three phrases of an account; each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phrases {
    /// In mails.
    pub mail: Option<Phrase>,
    /// Beside the password field.
    pub sign_in: Option<Phrase>,
    /// On the withdrawal page.
    pub withdrawal: Option<Phrase>,
}

impl Phrases {
    /// Reads three fields; an empty one means no phrase there.
    ///
    /// # Errors
    /// One of them is no phrase, or two are the same.
    pub fn parse(mail: &str, sign_in: &str, withdrawal: &str) -> Result<Self, (PhrasePlace, PhraseRefused)> {
        let read = |place, typed: &str| match typed.trim().is_empty() {
            true => Ok(None),
            false => Phrase::parse(typed).map(Some).map_err(|refused| (place, refused)),
        };
        let phrases = Self {
            mail: read(PhrasePlace::Mail, mail)?,
            sign_in: read(PhrasePlace::SignIn, sign_in)?,
            withdrawal: read(PhrasePlace::Withdrawal, withdrawal)?,
        };
        let same = |one: &Option<Phrase>, other: &Option<Phrase>| one.is_some() && one == other;
        if same(&phrases.sign_in, &phrases.mail) {
            return Err((PhrasePlace::SignIn, PhraseRefused::SameAsOther));
        }
        if same(&phrases.withdrawal, &phrases.mail) || same(&phrases.withdrawal, &phrases.sign_in) {
            return Err((PhrasePlace::Withdrawal, PhraseRefused::SameAsOther));
        }
        Ok(phrases)
    }

    /// The phrase of a place.
    pub const fn of(&self, place: PhrasePlace) -> Option<&Phrase> {
        match place {
            PhrasePlace::Mail => self.mail.as_ref(),
            PhrasePlace::SignIn => self.sign_in.as_ref(),
            PhrasePlace::Withdrawal => self.withdrawal.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_plain_text_of_a_sane_length() {
        assert_eq!(
            Phrase::parse("  blue   teapot ").map(|it| it.as_str().to_owned()),
            Ok("blue teapot".to_owned())
        );
        assert_eq!(Phrase::parse("abc"), Err(PhraseRefused::TooShort));
        assert_eq!(Phrase::parse(&"é".repeat(41)), Err(PhraseRefused::TooLong));
        assert!(Phrase::parse(&"é".repeat(40)).is_ok());
        for typed in
            ["blue\u{202e}teapot", "blue\u{200b}pot", "go to https://evil.example", "a<b>cd", "tab\u{0}bed"]
        {
            assert_eq!(Phrase::parse(typed), Err(PhraseRefused::NotPlain), "{typed:?}");
        }
    }

    #[test]
    fn each_place_has_a_phrase_of_its_own_or_none() {
        let phrases = Phrases::parse("blue teapot", "", "quiet river").expect("two phrases");
        assert_eq!(phrases.of(PhrasePlace::Mail).map(Phrase::as_str), Some("blue teapot"));
        assert_eq!(phrases.of(PhrasePlace::SignIn), None);
        let same = Phrases::parse("blue teapot", "blue  teapot", "");
        assert_eq!(same, Err((PhrasePlace::SignIn, PhraseRefused::SameAsOther)));
        let short = Phrases::parse("", "", "ab");
        assert_eq!(short, Err((PhrasePlace::Withdrawal, PhraseRefused::TooShort)));
    }

    #[test]
    fn it_shows_in_no_log() {
        let phrases = Phrases::parse("blue teapot", "", "").expect("one phrase");
        assert!(!format!("{phrases:?}").contains("teapot"));
    }
}
