//! The market: a function of (state, command) to events. No clock, no randomness, no I/O, no logging.
//!
//! Everything is admitted before anything is changed: a refused command leaves no trace but its answer.

mod balance;
mod bits;
mod ladder;
mod orders;
mod place;
mod settle;

mod engine;

pub use balance::Balance;
pub use engine::Engine;
