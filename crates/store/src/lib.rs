//! The database: the only crate that knows SQL.
//!
//! One SQL text serves SQLite and PostgreSQL; only the migrations are written twice. A function reads (`find_`,
//! `list_`, `count_`) from a [`Source`] or writes inside a [`Tx`]; its statement stands beside it as a constant. There
//! is no business rule here: a guard stands in a statement and its answer says whether it held, what follows from it
//! is decided in `domain`. Times are arguments, secrets arrive sealed, and what is looked up arrives hashed.
//!
//! Lock order, so that two writes never wait for each other in a circle: the account's row first
//! ([`account::hold_account`]), then flows, then authenticators, then sessions and devices, then everything that is
//! counted; rows of one table by ascending id.

mod db;
mod fault;
mod migration;
mod row;

pub mod account;
pub mod asset_name;
pub mod audit;
pub mod audit_tree;
pub mod change;
pub mod code;
pub mod country;
pub mod delayed_change;
pub mod device;
pub mod engine;
pub mod engine_intent;
pub mod erasure;
#[cfg(feature = "testing")]
pub mod filler;
pub mod freeze_link;
pub mod guard;
pub mod history;
pub mod human_check;
pub mod identifier;
pub mod identifier_change;
pub mod identity;
pub mod installation;
pub mod jurisdiction;
pub mod ledger_owner;
pub mod maintenance;
pub mod money_action;
pub mod outbox;
pub mod passkey;
pub mod password;
pub mod personal;
pub mod protection;
pub mod recovery_code;
pub mod reset;
pub mod security_event;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod staff;
pub mod staff_work;
pub mod stop_link;
pub mod support_case;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
pub mod totp;
pub mod trading_password;

pub use db::{Connections, Contents, Db, DbConfig, Place, Source, Sqlite, Tx, Work, database_now, ping};
pub use fault::{FaultKind, StoreFault};
pub use migration::{MigrateFault, Schema};
