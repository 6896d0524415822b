//! A refusal becomes a sentence: what happened and what to do next.
//!
//! One implementation per refusal enum of the domain, each an exhaustive match. No sentence tells whether an account
//! exists; what only a known device may hear is decided in the domain, by another variant.

mod action;
mod case;
mod change;
mod common;
mod date_range;
mod erasure;
mod identifier;
mod market;
mod passkey;
mod reset;
mod sign_in;
mod sign_up;
mod trading_password;

pub use common::clock_notice;

use doorward_domain::time::Timestamp;

use crate::sentence::Sentence;
use crate::words::Words;

/// A refusal that can be said to a person.
pub trait InWords {
    /// The sentence, and the field it stands beside. `now` turns a time into a wait.
    fn in_words(&self, words: &Words, now: Timestamp) -> Sentence;
}
