//! What people read, as they read it.

mod catalogue;
mod messages;
mod refusals;
