//! Changes that wait: asked for now, carried out when they are due, cancelled by a link of 256 bits or behind the door.

use doorward_domain::id::{AccountId, ChangeId};
use doorward_domain::protection::DelayedChange;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A change that waits.
    pub struct StoredDelayedChange {
        /// Its id.
        pub id: ChangeId,
        /// Whose it is.
        pub account_id: AccountId,
        /// What it will do.
        pub kind: DelayedChange,
        /// The account's credential version when it was asked for.
        pub credential_version: i64,
        /// What it needs, sealed.
        pub sealed: Option<Vec<u8>>,
        /// When it was asked for.
        pub asked_at: Timestamp,
        /// When it is carried out.
        pub takes_effect_at: Timestamp,
    }
}

/// A change to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewDelayedChange<'a> {
    /// A fresh id.
    pub id: ChangeId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it will do.
    pub kind: DelayedChange,
    /// The account's credential version now.
    pub credential_version: i64,
    /// Hash of the link that cancels it.
    pub cancel_hash: &'a TokenHash,
    /// What it needs, sealed.
    pub sealed: Option<&'a [u8]>,
    /// When it is to be carried out.
    pub takes_effect_at: Timestamp,
}

const RECORD_DELAYED_CHANGE: &str = "INSERT INTO delayed_change (id, account_id, kind, credential_version, \
    cancel_hash, sealed, asked_at, takes_effect_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (account_id, kind) WHERE ended_at IS NULL DO NOTHING";

/// Lets a change wait; false, and nothing written, while one of the same kind waits already.
pub async fn record_delayed_change(
    tx: &mut Tx,
    new: &NewDelayedChange<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        new.id,
        new.account_id,
        new.kind,
        new.credential_version,
        new.cancel_hash,
        new.sealed,
        now,
        new.takes_effect_at
    ];
    db::change_one(tx, "letting a change wait", RECORD_DELAYED_CHANGE, values).await
}

const LIST_WAITING: &str = "SELECT id, account_id, kind, credential_version, sealed, asked_at, takes_effect_at \
    FROM delayed_change WHERE account_id = $1 AND ended_at IS NULL ORDER BY takes_effect_at LIMIT 10";

/// The changes of an account that wait, the next first.
pub async fn list_waiting(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<StoredDelayedChange>, StoreFault> {
    db::list(source.into(), "listing changes that wait", LIST_WAITING, values![account_id]).await
}

const FIND_BY_LINK: &str = "SELECT id, account_id, kind, credential_version, sealed, asked_at, takes_effect_at \
    FROM delayed_change WHERE cancel_hash = $1 AND ended_at IS NULL";

/// The change that a link would cancel; changes nothing.
pub async fn find_by_cancel_link(
    source: impl Into<Source<'_>>,
    cancel_hash: &TokenHash,
) -> Result<Option<StoredDelayedChange>, StoreFault> {
    db::find(source.into(), "finding a change by its link", FIND_BY_LINK, values![cancel_hash]).await
}

const END_DELAYED_CHANGE: &str = "UPDATE delayed_change SET ended_at = $3, end_reason = $4, sealed = NULL \
    WHERE id = $1 AND account_id = $2 AND ended_at IS NULL";

/// Ends a change that waits without carrying it out; false when it has ended or been carried out.
pub async fn end_delayed_change(
    tx: &mut Tx,
    account_id: AccountId,
    id: ChangeId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![id, account_id, now, reason];
    db::change_one(tx, "ending a change that waits", END_DELAYED_CHANGE, values).await
}

const END_WAITING: &str = "UPDATE delayed_change SET ended_at = $3, end_reason = $4, sealed = NULL \
    WHERE account_id = $1 AND kind = $2 AND ended_at IS NULL";

/// Ends the change of one kind that waits on an account, if any.
pub async fn end_waiting(
    tx: &mut Tx,
    account_id: AccountId,
    kind: DelayedChange,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "ending a change that waits", END_WAITING, values![account_id, kind, now, reason])
        .await
}

const LIST_DUE: &str = "SELECT id, account_id, kind, credential_version, sealed, asked_at, takes_effect_at \
    FROM delayed_change WHERE takes_effect_at <= $1 AND ended_at IS NULL ORDER BY takes_effect_at LIMIT $2";

/// What is due, the longest overdue first.
pub async fn list_due(
    source: impl Into<Source<'_>>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<StoredDelayedChange>, StoreFault> {
    db::list(source.into(), "listing changes that are due", LIST_DUE, values![now, limit]).await
}

const TAKE_DUE: &str = "UPDATE delayed_change SET ended_at = $3, end_reason = 'done', sealed = NULL \
    WHERE id = $1 AND account_id = $2 AND ended_at IS NULL AND takes_effect_at <= $3";

/// Takes a due change to carry it out in this write; false when it was cancelled, taken by another node, or is not
/// due. The account's row must be held.
pub async fn take_due(
    tx: &mut Tx,
    account_id: AccountId,
    id: ChangeId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "taking a due change", TAKE_DUE, values![id, account_id, now]).await
}
