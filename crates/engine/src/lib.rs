//! The market: a function of (state, record) to (answer, events). No clock, no randomness, no I/O, no logging.
//!
//! Everything is admitted before anything is changed: a refused command leaves no trace but its answer.

mod amend;
mod audit;
mod balance;
#[cfg(feature = "bare-book")]
pub mod bare;
mod bits;
mod deadlines;
mod engine;
mod identity;
mod ladder;
mod ledger;
mod orders;
mod own_orders;
mod place;
mod settle;
mod shared;
pub mod snapshot;
mod table;
mod take;
mod totals;

pub use audit::Discrepancy;
pub use balance::{Balance, House};
pub use engine::{Engine, LATEST_RULES, OpenOrder};
pub use totals::AssetTotals;
