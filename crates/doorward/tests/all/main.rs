//! The real program, started as an operator starts it.

mod configuration;
mod connections;
mod figures;
mod folder;
mod house;
mod log;
mod mailbox;
mod stopping;
mod tls;
