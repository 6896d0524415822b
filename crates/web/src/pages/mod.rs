//! One file per thing that somebody can see or do: fields in, use case, page or redirect out.

pub(crate) mod assets;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod mailbox;
pub(crate) mod well_known;
