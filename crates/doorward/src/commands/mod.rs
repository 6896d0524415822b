//! One file for each command.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod books;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod market;
pub(crate) mod migrate;
pub(crate) mod policy;
pub(crate) mod rebuild;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod staff;
