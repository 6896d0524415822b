//! Links and codes that stop a case or undo a changed identifier: once, for a while, without a sign-in.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// What a link or code stops.
    pub struct StopLink {
        /// `case` or `identifier`.
        pub purpose: String,
        /// The case, or the change of identifiers.
        pub subject_id: Uuid,
        /// Whose it is.
        pub account_id: AccountId,
    }
}

const RECORD_STOP_LINK: &str = "INSERT INTO stop_link (hash, purpose, subject_id, account_id, expires_at) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes one link or code by its hash.
pub async fn record_stop_link(
    tx: &mut Tx,
    hash: &[u8; 32],
    stops: &StopLink,
    expires_at: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![hash, &stops.purpose, stops.subject_id, stops.account_id, expires_at];
    db::change(tx, "recording a link that stops", RECORD_STOP_LINK, values).await.map(drop)
}

const FIND_STOP_LINK: &str = "SELECT purpose, subject_id, account_id FROM stop_link \
    WHERE hash = $1 AND expires_at > $2 AND used_at IS NULL";

/// What an unused, unexpired link or code would stop; changes nothing.
pub async fn find_stop_link(
    source: impl Into<Source<'_>>,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<StopLink>, StoreFault> {
    db::find(source.into(), "finding a link that stops", FIND_STOP_LINK, values![hash, now]).await
}

const SPEND_STOP_LINK: &str =
    "UPDATE stop_link SET used_at = $2 WHERE hash = $1 AND expires_at > $2 AND used_at IS NULL";

/// Spends a link or code; false when it is unknown, used or too old.
pub async fn spend_stop_link(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "spending a link that stops", SPEND_STOP_LINK, values![hash, now]).await
}
