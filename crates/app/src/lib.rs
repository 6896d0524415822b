//! The use cases: one file per thing somebody can do.

pub mod app;
pub mod audit;
pub mod change;
pub mod clock;
mod codes;
pub mod deliver;
pub mod device;
pub mod enrolment;
mod factor;
pub mod failure;
pub mod flow;
pub mod form_token;
pub mod freeze;
pub mod hash_pool;
pub mod health;
pub mod human_check;
pub mod keys;
mod limits;
pub mod outbox;
pub mod outcomes;
pub mod passwords;
mod qr_code;
pub mod random;
pub mod reset;
mod security_events;
pub mod session;
pub mod session_cache;
pub mod sign_in;
pub mod sign_up;
pub mod staff;
pub mod upkeep;
pub mod visit;

pub use app::{App, Parts, Site};
pub use failure::{Failure, Fault, FaultKind};
pub use session_cache::Customer;
pub use visit::Visit;
