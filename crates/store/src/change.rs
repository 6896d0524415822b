//! Changes behind the door that take more than one page: the replacement of an authenticator app.

use doorward_domain::change::ReplaceTotp;
use doorward_domain::id::{AccountId, ChangeId, SessionId};
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A change as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredChange {
    /// Its id.
    pub id: ChangeId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_change`] compares.
    pub version: i64,
    /// Whose it is.
    pub account_id: AccountId,
    /// The session that began it; no other goes on with it.
    pub session_id: SessionId,
    /// What the step-up was given for.
    pub purpose: StepUpPurpose,
    /// What the rules know.
    pub change: ReplaceTotp,
    /// The new secret, sealed.
    pub sealed: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Record for StoredChange {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            account_id: row.get("account_id")?,
            session_id: row.get("session_id")?,
            purpose: row.get("purpose")?,
            change: ReplaceTotp {
                step: row.get("step")?,
                expires_at: row.get("expires_at")?,
                credential_version: row.get("credential_version")?,
                factor_failures: row.get("factor_failures")?,
                authorised_by: row.get("authorised_by")?,
            },
            sealed: row.get("sealed")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

/// A change to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewChange<'a> {
    /// A fresh id.
    pub id: ChangeId,
    /// Hash of the token that the browser gets.
    pub token_hash: &'a TokenHash,
    /// Whose it is.
    pub account_id: AccountId,
    /// The session that begins it.
    pub session_id: SessionId,
    /// What the step-up was given for.
    pub purpose: StepUpPurpose,
    /// The new secret, sealed.
    pub sealed: &'a [u8],
}

const END_OTHERS: &str = "UPDATE change SET version = version + 1, step = 'ended', ended_at = $3, \
    end_reason = 'begun-anew' WHERE account_id = $1 AND purpose = $2 AND ended_at IS NULL";
const RECORD_CHANGE: &str = "INSERT INTO change (id, token_hash, account_id, session_id, purpose, step, \
    credential_version, factor_failures, authorised_by, sealed, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Begins a change; an earlier one of the same purpose ends.
pub async fn record_change(
    tx: &mut Tx,
    new: &NewChange<'_>,
    change: &ReplaceTotp,
    now: Timestamp,
) -> Result<(), StoreFault> {
    const DOING: &str = "beginning a change";
    db::change(tx, DOING, END_OTHERS, values![new.account_id, new.purpose, now]).await?;
    let values = values![
        new.id,
        new.token_hash,
        new.account_id,
        new.session_id,
        new.purpose,
        change.step,
        change.credential_version,
        change.factor_failures,
        change.authorised_by,
        new.sealed,
        now,
        change.expires_at
    ];
    db::change(tx, DOING, RECORD_CHANGE, values).await.map(drop)
}

const FIND_CHANGE: &str = "SELECT id, token_hash, version, account_id, session_id, purpose, step, expires_at, \
    credential_version, factor_failures, authorised_by, sealed, created_at, ended_at FROM change WHERE token_hash = $1";

/// The change whose browser holds this token, ended or expired ones too until they are purged.
pub async fn find_change(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredChange>, StoreFault> {
    db::find(source.into(), "finding a change", FIND_CHANGE, values![token_hash]).await
}

const MOVE_CHANGE: &str = "UPDATE change SET version = version + 1, token_hash = $3, step = $4, factor_failures = $5, \
    expires_at = $6, ended_at = CASE WHEN $4 IN ('ended', 'done') THEN $7 ELSE ended_at END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state. False and unchanged when another request moved or ended the change since `from` was read.
pub async fn move_change(
    tx: &mut Tx,
    from: &StoredChange,
    token_hash: &TokenHash,
    change: &ReplaceTotp,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        from.id,
        from.version,
        token_hash,
        change.step,
        change.factor_failures,
        change.expires_at,
        now
    ];
    db::change_one(tx, "moving a change", MOVE_CHANGE, values).await
}

const END_CHANGES: &str = "UPDATE change SET version = version + 1, step = 'ended', ended_at = $2, end_reason = $3 \
    WHERE account_id = $1 AND ended_at IS NULL";

/// Ends every change in progress of an account; returns how many.
pub async fn end_changes(
    tx: &mut Tx,
    account_id: AccountId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    db::change(tx, "ending an account's changes", END_CHANGES, values![account_id, now, reason]).await
}
