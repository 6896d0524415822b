//! The rules of entry: pure functions over everything that is known.
//!
//! Nothing here reads a clock, draws a random number, waits, logs or opens anything; time and random bytes are
//! arguments. A refusal is a closed enum with data and no text. What may be configured stands in [`policy`].

mod named;

pub mod account;
pub mod id;
pub mod identifier;
pub mod language;
pub mod one_time_code;
pub mod password;
pub mod policy;
pub mod recovery_code;
pub mod risk;
pub mod throttle;
pub mod time;
pub mod token;
pub mod totp;
