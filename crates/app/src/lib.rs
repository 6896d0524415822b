//! The use cases: one file per thing somebody can do.

pub mod app;
pub mod audit;
pub mod clock;
#[allow(dead_code, reason = "the flows that call it follow")]
mod codes;
pub mod deliver;
pub mod device;
#[allow(dead_code, reason = "the flows that call it follow")]
pub mod enrolment;
pub mod failure;
#[allow(dead_code, reason = "the flows that call it follow")]
pub mod flow;
pub mod form_token;
pub mod hash_pool;
pub mod human_check;
pub mod keys;
#[allow(dead_code, reason = "the flows that call it follow")]
mod limits;
#[allow(dead_code, reason = "the flows that call it follow")]
pub mod outbox;
pub mod outcomes;
pub mod passwords;
mod qr_code;
pub mod random;
pub mod review;
pub mod session;
pub mod session_cache;
pub mod sign_in;
pub mod upkeep;
pub mod visit;

pub use app::{App, Parts, Site};
pub use failure::{Failure, Fault, FaultKind};
pub use session_cache::Customer;
pub use visit::Visit;
