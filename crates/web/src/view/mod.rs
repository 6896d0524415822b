//! What pages show: one plain template context per page, filled by the handlers in `pages`.
//!
//! A context holds texts, numbers and view enums only; it knows no use case and no rule. Sentences come from
//! `doorward_wording` by key, through [`Frame`]. Every page carries a frame: address, language, form token, assets.

pub mod before_you_sign_in;
pub mod case;
pub mod dashboard;
pub mod error;
pub mod facts;
pub mod forgot_password;
pub mod form;
pub mod frame;
pub mod help;
pub mod home;
pub mod identifiers;
pub mod mailbox;
pub mod market;
pub mod passkey;
pub mod past;
pub mod protect;
pub mod record;
pub mod restricted;
pub mod review;
pub mod security;
pub mod sign_in;
pub mod sign_up;
mod stylesheet;
pub mod support;
pub mod support_case;

pub use facts::{DeviceLine, Fact, Factor, Hold, Moment, SessionLine, ToDo};
pub use form::{Channel, HumanCheck, Problem, Problems};
pub use frame::{Frame, Visitor};
pub use restricted::Restriction;
pub use stylesheet::STYLESHEET;

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod sentences;
