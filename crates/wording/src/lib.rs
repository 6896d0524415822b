//! The words: every sentence and mail, in every language.
//!
//! A page, a mail or a short message asks for a sentence by its key; nothing else in the workspace holds text for
//! people. Catalogues are Fluent files, one per area, embedded and parsed once. A refusal of the domain becomes a
//! sentence through [`refusal`], whose matches are exhaustive: a new refusal does not compile until it has words.

mod catalogue;
mod country;
mod desk;
mod device;
mod event;
mod jurisdiction;
pub mod mail;
mod moment;
pub mod refusal;
mod sentence;
pub mod sms;
mod words;

pub use device::device_name;
pub use moment::iso_moment;
pub use sentence::Sentence;
pub use words::{Value, Words};
