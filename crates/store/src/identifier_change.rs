//! Changes of identifiers in progress, and those made lately that can still be undone.

use doorward_domain::id::{AccountId, ChangeId, IdentifierId, SessionId};
use doorward_domain::identifier::change::IdentifierChange;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A change as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredIdentifierChange {
    /// Its id.
    pub id: ChangeId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_identifier_change`] compares.
    pub version: i64,
    /// Whose it is.
    pub account_id: AccountId,
    /// The session that began it; no other goes on with it.
    pub session_id: SessionId,
    /// What the rules know.
    pub change: IdentifierChange,
    /// The identifier that is replaced, removed or proved again.
    pub old_identifier_id: Option<IdentifierId>,
    /// The new identifier, sealed.
    pub sealed: Vec<u8>,
    /// When it ended, or was made.
    pub ended_at: Option<Timestamp>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

impl Record for StoredIdentifierChange {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            account_id: row.get("account_id")?,
            session_id: row.get("session_id")?,
            change: IdentifierChange {
                kind: row.get("kind")?,
                step: row.get("step")?,
                taken: row.get("taken")?,
                expires_at: row.get("expires_at")?,
                credential_version: row.get("credential_version")?,
            },
            old_identifier_id: row.get("old_identifier_id")?,
            sealed: row.get("sealed")?,
            ended_at: row.get("ended_at")?,
            undone_at: row.get("undone_at")?,
        })
    }
}

/// A change to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewIdentifierChange<'a> {
    /// A fresh id.
    pub id: ChangeId,
    /// Hash of the token that the browser gets.
    pub token_hash: &'a TokenHash,
    /// Whose it is.
    pub account_id: AccountId,
    /// The session that begins it.
    pub session_id: SessionId,
    /// The identifier that is replaced, removed or proved again.
    pub old_identifier_id: Option<IdentifierId>,
    /// The new identifier, sealed.
    pub sealed: &'a [u8],
}

const END_IDENTIFIER_CHANGES: &str = "UPDATE identifier_change SET version = version + 1, step = 'ended', ended_at = $2 \
    WHERE account_id = $1 AND ended_at IS NULL";
const RECORD_IDENTIFIER_CHANGE: &str = "INSERT INTO identifier_change (id, token_hash, account_id, session_id, kind, step, \
    taken, credential_version, old_identifier_id, sealed, created_at, expires_at, ended_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $6 = 'done' THEN $11 ELSE NULL END)";

/// Ends the change of an account that is in progress, if any.
pub async fn end_identifier_changes(
    tx: &mut Tx,
    account_id: AccountId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    const DOING: &str = "ending a change of identifiers";
    Ok(db::change(tx, DOING, END_IDENTIFIER_CHANGES, values![account_id, now]).await? > 0)
}

/// Begins a change; an earlier one in progress ends. One that needs no code is done at once.
pub async fn record_identifier_change(
    tx: &mut Tx,
    new: &NewIdentifierChange<'_>,
    change: &IdentifierChange,
    now: Timestamp,
) -> Result<(), StoreFault> {
    const DOING: &str = "beginning a change of identifiers";
    end_identifier_changes(tx, new.account_id, now).await?;
    let values = values![
        new.id,
        new.token_hash,
        new.account_id,
        new.session_id,
        change.kind,
        change.step,
        change.taken,
        change.credential_version,
        new.old_identifier_id,
        new.sealed,
        now,
        change.expires_at
    ];
    db::change(tx, DOING, RECORD_IDENTIFIER_CHANGE, values).await.map(drop)
}

const FIND_IDENTIFIER_CHANGE: &str = "SELECT id, token_hash, version, account_id, session_id, kind, step, taken, expires_at, \
    credential_version, old_identifier_id, sealed, ended_at, undone_at FROM identifier_change WHERE token_hash = $1";

/// The change whose browser holds this token, ended or expired ones too.
pub async fn find_identifier_change(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredIdentifierChange>, StoreFault> {
    db::find(source.into(), "finding a change of identifiers", FIND_IDENTIFIER_CHANGE, values![token_hash])
        .await
}

const MOVE_IDENTIFIER_CHANGE: &str = "UPDATE identifier_change SET version = version + 1, token_hash = $3, step = $4, \
    ended_at = CASE WHEN $4 IN ('ended', 'done') THEN $5 ELSE ended_at END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state. False and unchanged when another request moved or ended the change since `from` was read.
pub async fn move_identifier_change(
    tx: &mut Tx,
    from: &StoredIdentifierChange,
    token_hash: &TokenHash,
    change: &IdentifierChange,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![from.id, from.version, token_hash, change.step, now];
    db::change_one(tx, "moving a change of identifiers", MOVE_IDENTIFIER_CHANGE, values).await
}

const UNDO_IDENTIFIER_CHANGE: &str = "UPDATE identifier_change SET undone_at = $3 WHERE id = $1 AND account_id = $2 \
    AND step = 'done' AND undone_at IS NULL RETURNING id, token_hash, version, account_id, session_id, kind, step, taken, \
    expires_at, credential_version, old_identifier_id, sealed, ended_at, undone_at";

/// Marks a change as undone and returns it; None when it was undone before, or never made.
pub async fn undo_identifier_change(
    tx: &mut Tx,
    id: ChangeId,
    account_id: AccountId,
    now: Timestamp,
) -> Result<Option<StoredIdentifierChange>, StoreFault> {
    let values = values![id, account_id, now];
    db::find(tx.into(), "undoing a change of identifiers", UNDO_IDENTIFIER_CHANGE, values).await
}
