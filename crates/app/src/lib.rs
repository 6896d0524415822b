//! The use cases: one file per thing somebody can do.

pub mod app;
pub mod clock;
pub mod deliver;
pub mod failure;
pub mod form_token;
pub mod hash_pool;
pub mod keys;
pub mod passwords;
pub mod random;
pub mod session_cache;
pub mod visit;

pub use app::{App, Parts, Site};
pub use failure::{Failure, Fault, FaultKind};
pub use session_cache::Customer;
pub use visit::Visit;
