//! Use cases on both databases, with a fixed clock and seeded randomness.

mod deliver;
mod smtp_server;
