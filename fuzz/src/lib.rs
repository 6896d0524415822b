//! What must hold of a parser whatever arrives. Each check takes bytes and panics when something does not hold.
//!
//! libFuzzer runs them (`make fuzz`); the crates' own tests replay them over the seeds and some thousand mutations.

pub mod captcha;
pub mod domain;
pub mod engine;
pub mod journal;
pub mod web;
