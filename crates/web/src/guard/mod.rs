//! What stands before every page: who asks, from where, with what, and what every answer wears.

pub mod bad_input;
pub mod cookies;
pub(crate) mod country;
pub mod form;
pub mod headers;
pub mod language;
pub mod network;
pub mod origin;
pub mod request_id;
pub mod upload;
