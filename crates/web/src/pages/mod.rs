//! One file per thing that somebody can see or do: fields in, use case, page or redirect out.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod case;
mod entry;
mod flow;
pub(crate) mod forgot_password;
pub(crate) mod freeze;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod human_check;
pub(crate) mod identifiers;
pub(crate) mod mailbox;
pub(crate) mod market;
pub(crate) mod passkey;
pub(crate) mod password_strength;
pub(crate) mod past;
pub(crate) mod protect;
pub(crate) mod record;
pub(crate) mod security;
pub(crate) mod session_check;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod stop;
pub(crate) mod support;
pub(crate) mod well_known;
