//! Every store function on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod asset_names;
mod audit_tree;
mod beside;
mod copies;
mod factors;
mod faults;
mod filler;
mod flows;
mod guard;
mod history;
mod history_plans;
mod history_traded;
mod housekeeping;
mod jurisdictions;
mod outbox;
mod passkeys;
mod plans;
mod schema;
mod sessions;
mod staff;
mod support;
mod throttles;
