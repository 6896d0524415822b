//! How easily a password is guessed, by zxcvbn, as data that the catalogue puts into words.

use std::borrow::Cow;

use zxcvbn::feedback::{Suggestion, Warning};

use crate::named::named;

named! {
    /// The one thing that makes a password easy to guess.
    pub enum StrengthWarning {
        /// A row of keys.
        KeyRow = "key-row",
        /// A short pattern on the keyboard.
        KeyPattern = "key-pattern",
        /// One letter again and again.
        RepeatedLetter = "repeated-letter",
        /// One piece again and again.
        RepeatedPiece = "repeated-piece",
        /// Among the most used passwords.
        Common = "common",
        /// Much like a common password.
        LikeCommon = "like-common",
        /// A sequence such as abc.
        Sequence = "sequence",
        /// A recent year.
        Year = "year",
        /// A single word.
        SingleWord = "single-word",
        /// A date.
        Date = "date",
        /// A name.
        Name = "name",
    }
}

named! {
    /// What would make a password harder to guess.
    pub enum StrengthSuggestion {
        /// A few words that do not belong together.
        FewWords = "few-words",
        /// Symbols, digits and capitals are not needed.
        NoSymbolsNeeded = "no-symbols-needed",
        /// Another word or two.
        AnotherWord = "another-word",
        /// Capitals do not help much.
        CapitalsHelpLittle = "capitals-help-little",
        /// Reversing a word does not help much.
        ReversingHelpsLittle = "reversing-helps-little",
        /// Replacing letters by signs does not help much.
        SubstitutionHelpsLittle = "substitution-helps-little",
        /// A longer pattern on the keyboard with more turns.
        LongerKeyPattern = "longer-key-pattern",
        /// No repetition.
        NoRepetition = "no-repetition",
        /// No sequence.
        NoSequence = "no-sequence",
        /// No years or dates.
        NoDates = "no-dates",
    }
}

/// How easily a password is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// 0 (at once) to 4 (hardly at all).
    pub score: u8,
    /// What makes it easy, when one thing does.
    pub warning: Option<StrengthWarning>,
    /// What would help, most helpful first, without repetition.
    pub suggestions: Vec<StrengthSuggestion>,
}

/// Estimates the first 100 characters of a password, knowing these words of its owner.
///
/// Costs milliseconds; its dictionaries are built at the first call.
pub fn strength(password: &str, owner_words: &[&str]) -> Strength {
    let estimate = zxcvbn::zxcvbn(&with_few_readings(password), owner_words);
    let feedback = estimate.feedback();
    let mut suggestions = Vec::new();
    for suggestion in feedback.map(|given| given.suggestions()).unwrap_or_default() {
        let suggestion = suggested(*suggestion);
        if !suggestions.contains(&suggestion) {
            suggestions.push(suggestion);
        }
    }
    let warning = feedback.and_then(|given| given.warning()).map(warned);
    Strength { score: estimate.score().into(), warning, suggestions }
}

/// The letters that zxcvbn reads into signs, as it knows them.
const READINGS: &[(char, &[char])] = &[
    ('a', &['4', '@']),
    ('c', &['(', '{', '[', '<']),
    ('g', &['6', '9']),
    ('i', &['1', '!', '|']),
    ('l', &['1', '|', '7']),
    ('s', &['$', '5']),
    ('t', &['+', '7']),
];

/// Signs that stand for two letters; each doubles the ways to read a password.
const AMBIGUOUS: &[char] = &['1', '|', '7'];

/// More ways than this are not read.
const MOST_READINGS: u32 = 32;

/// The ways in which zxcvbn would read the signs of this password as letters, at most.
fn readings(password: &str) -> u32 {
    let present = |signs: &[char]| signs.iter().filter(|sign| password.contains(**sign)).count();
    let ways: usize = READINGS.iter().map(|(_, signs)| present(signs).max(1)).product();
    u32::try_from(ways << present(AMBIGUOUS)).unwrap_or(u32::MAX)
}

/// zxcvbn goes through its dictionaries once for each way to read signs as letters: a hundred characters with all of
/// its signs cost it three seconds. Such a password is estimated with one sign for each letter, a digit where there is
/// one, which can only make it look easier: whoever guesses `@` for `a` guesses `4` as well.
fn with_few_readings(password: &str) -> Cow<'_, str> {
    if readings(password) <= MOST_READINGS {
        return Cow::Borrowed(password);
    }
    let same = |sign| match sign {
        '@' => '4',
        '{' | '[' | '<' => '(',
        '!' | '|' => '1',
        '$' => '5',
        '+' => '7',
        other => other,
    };
    Cow::Owned(password.chars().map(same).collect())
}

const fn warned(warning: Warning) -> StrengthWarning {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => StrengthWarning::KeyRow,
        Warning::ShortKeyboardPatternsAreEasyToGuess => StrengthWarning::KeyPattern,
        Warning::RepeatsLikeAaaAreEasyToGuess => StrengthWarning::RepeatedLetter,
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => StrengthWarning::RepeatedPiece,
        Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword => {
            StrengthWarning::Common
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => StrengthWarning::LikeCommon,
        Warning::SequencesLikeAbcAreEasyToGuess => StrengthWarning::Sequence,
        Warning::RecentYearsAreEasyToGuess => StrengthWarning::Year,
        Warning::AWordByItselfIsEasyToGuess => StrengthWarning::SingleWord,
        Warning::DatesAreOftenEasyToGuess => StrengthWarning::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => StrengthWarning::Name,
    }
}

const fn suggested(suggestion: Suggestion) -> StrengthSuggestion {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => StrengthSuggestion::FewWords,
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => StrengthSuggestion::NoSymbolsNeeded,
        Suggestion::AddAnotherWordOrTwo => StrengthSuggestion::AnotherWord,
        Suggestion::CapitalizationDoesntHelpVeryMuch
        | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            StrengthSuggestion::CapitalsHelpLittle
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => StrengthSuggestion::ReversingHelpsLittle,
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => StrengthSuggestion::SubstitutionHelpsLittle,
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => StrengthSuggestion::LongerKeyPattern,
        Suggestion::AvoidRepeatedWordsAndCharacters => StrengthSuggestion::NoRepetition,
        Suggestion::AvoidSequences => StrengthSuggestion::NoSequence,
        Suggestion::AvoidRecentYears
        | Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => StrengthSuggestion::NoDates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_password_is_estimated_as_it_stands() {
        for password in
            ["correct horse battery staple", "p@ssw0rd", "Tr0ub4dor&3", "9vQ!r2#kLp0z", "{x}[y](z)"]
        {
            assert!(matches!(with_few_readings(password), Cow::Borrowed(_)), "{password}");
        }
    }

    #[test]
    fn a_password_of_all_signs_is_read_in_few_ways() {
        let signs = "4@8({[<369&#!1/|0$5+7%2".repeat(4);
        assert!(readings(&signs) > 1_000);
        assert!(readings(&with_few_readings(&signs)) <= MOST_READINGS);
    }

    proptest! {
        #[test]
        fn no_password_is_read_in_more_ways_than_few(password in "[a-z0-9@({<!|$+%\\[]{0,60}") {
            let estimated = with_few_readings(&password);
            prop_assert!(readings(&estimated) <= MOST_READINGS);
            prop_assert_eq!(estimated.chars().count(), password.chars().count());
        }
    }
}
