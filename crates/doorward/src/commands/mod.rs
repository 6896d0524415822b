//! One file for each command.

pub(crate) mod check;
pub(crate) mod migrate;
pub(crate) mod serve;
