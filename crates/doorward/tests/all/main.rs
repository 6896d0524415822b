//! The real program, started as an operator starts it.

mod account;
mod audit;
mod backup;
mod configuration;
mod connections;
mod demo;
mod figures;
mod folder;
mod house;
mod log;
mod mailbox;
mod market;
mod policy;
mod rebuild;
mod stopping;
mod tls;
