//! Use cases on both databases, with a fixed clock and seeded randomness.

mod browser;
mod deliver;
mod house;
mod sessions;
mod sign_in;
mod sign_in_alike;
mod sign_in_faults;
mod sign_in_races;
mod smtp_server;
