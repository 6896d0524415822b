//! Commands for the engine that were decided in a transaction here, until the engine has answered (market rules 5).

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::engine::Lease;
use crate::fault::StoreFault;
use crate::row::{record, values};

/// A command on its way into the table.
#[derive(Debug, Clone, Copy)]
pub struct NewIntent<'n> {
    /// Its identity, which the engine knows it by.
    pub command_id: &'n [u8; 16],
    /// Whose matter it is.
    pub account_id: AccountId,
    /// The command as the journal writes it.
    pub command: &'n [u8],
}

// What the database knows to be durable was there before this intent, so the journal is searched from there on.
const RECORD_INTENT: &str = "INSERT INTO engine_intent (command_id, account_id, number, command, after_sequence, made_at) \
    VALUES ($1, $2, (SELECT COALESCE(MAX(number), 1) + 1 FROM engine_intent WHERE account_id = $2), $3, \
    (SELECT COALESCE(MAX(known), 0) FROM engine_lease WHERE only_one = 1), $4) ON CONFLICT (command_id) DO NOTHING";

/// Writes a command behind the account's others; false when this identity is there. The account's row must be held.
pub async fn record_intent(tx: &mut Tx, intent: &NewIntent<'_>, now: Timestamp) -> Result<bool, StoreFault> {
    let values = values![intent.command_id, intent.account_id, intent.command, now];
    db::change_one(tx, "recording a command for the engine", RECORD_INTENT, values).await
}

const RECORD_FIRST_INTENT: &str = "INSERT INTO engine_intent (command_id, account_id, number, command, after_sequence, made_at) \
    VALUES ($1, $2, 1, $3, (SELECT COALESCE(MAX(known), 0) FROM engine_lease WHERE only_one = 1), $4) \
    ON CONFLICT (account_id, number) DO NOTHING";

/// Writes the command that opens the account's ledger accounts, before all its others; false when it was written before.
pub async fn record_first_intent(
    tx: &mut Tx,
    intent: &NewIntent<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![intent.command_id, intent.account_id, intent.command, now];
    db::change_one(tx, "recording the first command for the engine", RECORD_FIRST_INTENT, values).await
}

record! {
    /// A command that the engine has not answered yet, as far as is known here.
    pub struct OpenIntent {
        /// Its identity.
        pub command_id: Vec<u8>,
        /// Whose matter it is.
        pub account_id: AccountId,
        /// Its place among the account's.
        pub number: i64,
        /// The command.
        pub command: Vec<u8>,
        /// The journal cannot hold it up to this sequence.
        pub after_sequence: i64,
    }
}

const LIST_OPEN_INTENTS: &str = "SELECT command_id, account_id, number, command, after_sequence FROM engine_intent \
    WHERE answered_at IS NULL ORDER BY number, made_at LIMIT $1";

/// Commands without an answer, each account's in their order.
pub async fn list_open_intents(
    source: impl Into<Source<'_>>,
    limit: i64,
) -> Result<Vec<OpenIntent>, StoreFault> {
    db::list(source.into(), "listing commands for the engine", LIST_OPEN_INTENTS, values![limit]).await
}

const ANSWER_INTENT: &str = "UPDATE engine_intent SET answered_at = $2, sequence = $3, answer = $4 \
    WHERE command_id = $1 AND answered_at IS NULL AND NOT EXISTS (SELECT 1 FROM engine_lease \
    WHERE only_one = 1 AND (journal_id <> $5 OR epoch > $6))";

/// Writes what the engine with this lease answered; false when that stands there already, or a later engine has the database.
pub async fn answer_intent(
    tx: &mut Tx,
    command_id: &[u8],
    lease: &Lease,
    sequence: u64,
    answer: &[u8],
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let values = values![command_id, now, sequence, answer, &lease.journal_id, lease.epoch];
    db::change_one(tx, "recording the engine's answer", ANSWER_INTENT, values).await
}

const PURGE_INTENTS: &str = "DELETE FROM engine_intent WHERE command_id IN (SELECT command_id FROM engine_intent \
    WHERE answered_at <= $1 AND number > 1 ORDER BY answered_at LIMIT $2)";

/// Deletes commands that were answered before this time, but the one that opened an account's ledger accounts.
pub async fn purge_intents(tx: &mut Tx, before: Timestamp, batch: i64) -> Result<u64, StoreFault> {
    db::change(tx, "deleting answered commands", PURGE_INTENTS, values![before, batch]).await
}
