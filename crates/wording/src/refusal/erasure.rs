//! An erasure that is not taken on.

use doorward_domain::erasure::{ErasureObstacle, ErasureRefused};
use doorward_domain::time::Timestamp;

use super::InWords;
use crate::sentence::Sentence;
use crate::words::Words;

impl InWords for ErasureObstacle {
    fn in_words(&self, words: &Words, _now: Timestamp) -> Sentence {
        Sentence::whole(match self {
            Self::Assets => words.text("erase-obstacle-assets").into_owned(),
            Self::Held { until } => {
                words.text_of("erase-obstacle-held", "until", words.moment(until.as_micros()))
            }
            Self::OpenCase => words.text("erase-obstacle-case").into_owned(),
            Self::SettingsLocked => words.text("erase-obstacle-locked").into_owned(),
            Self::Frozen => words.text("erase-obstacle-frozen").into_owned(),
            Self::Blocked => words.text("erase-obstacle-blocked").into_owned(),
        })
    }
}

impl InWords for ErasureRefused {
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence {
        match self {
            Self::Obstacle(obstacle) => obstacle.in_words(words, now),
            Self::UnderWay { due_at } => {
                Sentence::whole(words.text_of("erase-already", "until", words.moment(due_at.as_micros())))
            }
            Self::Proof(refused) => refused.in_words(words, now),
        }
    }
}
