//! Use cases on both databases, with a fixed clock and seeded randomness.

mod audit;
mod browser;
mod case;
mod case_faults;
mod change;
mod deliver;
mod freeze;
mod house;
mod identifiers;
mod inside;
mod lock;
mod log;
mod outbox;
mod passkeys;
mod protect;
mod record;
mod reset;
mod scriptless;
mod sessions;
mod sign_in;
mod sign_in_alike;
mod sign_in_faults;
mod sign_in_races;
mod sign_up;
mod smtp_server;
mod visitor_rung;
