//! What lies where in a data folder, and in a backup of it.

/// The database, where there is no server for it.
pub const DATABASE_FILE: &str = "doorward.sqlite";
/// The market's history, in a file of its own with a writer of its own.
pub const HISTORY_FILE: &str = "history.db";
/// The market's journal, its snapshots and its archive.
pub const MARKET_FOLDER: &str = "market";
/// There while a backup is copied in. A folder in which it was left lacks something, and nothing starts there.
pub const UNFINISHED_RESTORE: &str = "restore.unfinished";
