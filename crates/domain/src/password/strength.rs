//! How easily a password is guessed, by zxcvbn, as data that the catalogue puts into words.

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
/// Costs up to some milliseconds; its dictionaries are built at the first call.
pub fn strength(password: &str, owner_words: &[&str]) -> Strength {
    let estimate = zxcvbn::zxcvbn(password, owner_words);
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
