//! The rules of entry: pure functions over everything that is known.
//!
//! Nothing here reads a clock, draws a random number, waits, logs or opens anything; time and random bytes are
//! arguments. A refusal is a closed enum with data and no text. What may be configured stands in [`policy`].

mod named;

pub mod id;
pub mod language;
pub mod time;
pub mod token;
