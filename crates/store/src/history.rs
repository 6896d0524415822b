//! History: orders, fills, ledger entries and candles, made from the journal's records (market rules 4, decision 0027).
//!
//! A database of its own: a file with its own writer, or a schema of its own on PostgreSQL. Nothing in it can be spent and
//! nothing in it is asked before something is done; all of it can be made anew. Each transaction moves the sequence that it
//! reaches from where it began, so that every event is there once, whatever is killed when.

mod batch;
mod candle;
mod entry;
mod number;
mod order;
mod projection;
mod trade;

use doorward_domain::time::Timestamp;

use crate::db::Db;
use crate::fault::StoreFault;

pub use batch::{Batch, NewEntry, NewOrder, OrderChange};
pub use doorward_domain::market::candle::{Candle, CandleLength};
pub use entry::{Fill, FillFilter, LastBalance, LedgerEntry, LedgerFilter, Spot, Window};
pub use number::{OrderState, Terms};
pub use order::{OrderFilter, PlacedOrder};
pub use trade::{Minute, PublicTrade, Traded};

/// The database of history. A clone is another handle to the same connections.
#[derive(Debug, Clone)]
pub struct History {
    db: Db,
}

/// Whose records are projected: the journal, and the leader that may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// The journal.
    pub journal_id: [u8; 16],
    /// Each leader has a higher one than those before it.
    pub epoch: i64,
}

/// Why a leader may not project here. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotProjected {
    /// What stands here was made from another journal.
    #[error("this history was made from another journal: remove it, or start with the journal's own folder")]
    OtherJournal,
    /// A later leader projects here.
    #[error("another engine projects into this history (epoch {found}, ours is {ours})")]
    LaterEpoch {
        /// Whose it is.
        found: i64,
        /// The one that asks.
        ours: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// How far history reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The last record of which everything is here; zero before the first.
    pub last_seq: u64,
    /// When that record was taken.
    pub last_at: Timestamp,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Orders that were accepted.
    pub orders: u64,
    /// Fills, two for each trade.
    pub fills: u64,
    /// Legs of movements.
    pub entries: u64,
    /// Candles of a minute.
    pub candles: u64,
}
