//! A range of days that is none.

use doorward_domain::date_range::DateRangeRefused;
use doorward_domain::time::Timestamp;

use super::InWords;
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for DateRangeRefused {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        match self {
            Self::From => Sentence::at("from", words.text("refused-date")),
            Self::To => Sentence::at("to", words.text("refused-date")),
            Self::Reversed => Sentence::at("to", words.text("refused-dates-reversed")),
        }
    }
}
