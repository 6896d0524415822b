//! History: what the market's records did, in a database of its own (market rules 4, decision 0027).
//!
//! The projector writes it behind the engine; whoever reads his own waits until it has come to what he was told last.

mod gather;
mod projector;
mod reader;
mod rebuild;

pub use doorward_store::history::*;
pub use projector::{JournalEnd, Progress, ProjectionEnded, Projector, Report};
pub use reader::{Found, MarketHistory, PATIENCE};
pub use rebuild::{NotRebuilt, rebuild, rebuild_from_folder};
