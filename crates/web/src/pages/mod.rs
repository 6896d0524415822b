//! One file per thing that somebody can see or do: fields in, use case, page or redirect out.

pub(crate) mod assets;
mod entry;
mod flow;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod human_check;
pub(crate) mod mailbox;
pub(crate) mod session_check;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod well_known;
