//! Every store function on SQLite and on PostgreSQL.

mod accounts;
mod factors;
mod faults;
mod flows;
mod housekeeping;
mod outbox;
mod schema;
mod sessions;
mod support;
mod throttles;
