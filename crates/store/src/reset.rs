//! Resets of forgotten passwords in progress. A mailed link moves one into the browser that opens it, once.

use doorward_domain::id::{AccountId, ResetId};
use doorward_domain::reset::Reset;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A reset as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredReset {
    /// Its id.
    pub id: ResetId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_reset`] compares.
    pub version: i64,
    /// Keyed hash of the identifier that was typed.
    pub lookup: [u8; 32],
    /// What the rules know.
    pub reset: Reset,
    /// Everything else, sealed.
    pub sealed: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Record for StoredReset {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            lookup: row.get("lookup")?,
            reset: Reset {
                account: row.get("account_id")?,
                step: row.get("step")?,
                expires_at: row.get("expires_at")?,
                credential_version: row.get("credential_version")?,
                factor_failures: row.get("factor_failures")?,
                factor: row.get("factor")?,
            },
            sealed: row.get("sealed")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

/// The link of a mail that proves the channel of a reset.
#[derive(Debug, Clone, Copy)]
pub struct ResetLink<'a> {
    /// Hash of its token.
    pub hash: &'a TokenHash,
    /// Until when it opens.
    pub expires_at: Timestamp,
}

const RECORD_RESET: &str = "INSERT INTO reset (id, token_hash, lookup, account_id, step, credential_version, \
    factor_failures, factor, link_hash, link_expires_at, sealed, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Begins a reset, with the link that is mailed (none for an identifier that nobody has, or a phone).
#[allow(clippy::too_many_arguments, reason = "each is one column")]
pub async fn record_reset(
    tx: &mut Tx,
    id: ResetId,
    token_hash: &TokenHash,
    lookup: &[u8; 32],
    reset: &Reset,
    link: Option<ResetLink<'_>>,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![
        id,
        token_hash,
        lookup,
        reset.account,
        reset.step,
        reset.credential_version,
        reset.factor_failures,
        reset.factor,
        link.map(|link| link.hash),
        link.map(|link| link.expires_at),
        sealed,
        now,
        reset.expires_at
    ];
    db::change(tx, "beginning a reset", RECORD_RESET, values).await.map(drop)
}

const FIND_RESET: &str = "SELECT id, token_hash, version, lookup, account_id, step, expires_at, credential_version, \
    factor_failures, factor, sealed, created_at, ended_at FROM reset WHERE token_hash = $1";

/// The reset whose browser holds this token, ended or expired ones too until they are purged.
pub async fn find_reset(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredReset>, StoreFault> {
    db::find(source.into(), "finding a reset", FIND_RESET, values![token_hash]).await
}

const HOLD_RESET: &str = "UPDATE reset SET version = version WHERE token_hash = $1 \
    RETURNING id, token_hash, version, lookup, account_id, step, expires_at, credential_version, factor_failures, \
    factor, sealed, created_at, ended_at";

/// Like [`find_reset`], and locks the row until the write ends. The account's row comes before it (lock order).
pub async fn hold_reset(tx: &mut Tx, token_hash: &TokenHash) -> Result<Option<StoredReset>, StoreFault> {
    db::find(tx.into(), "locking a reset", HOLD_RESET, values![token_hash]).await
}

const FIND_RESET_BY_LINK: &str = "SELECT id, token_hash, version, lookup, account_id, step, expires_at, \
    credential_version, factor_failures, factor, sealed, created_at, ended_at FROM reset \
    WHERE link_hash = $1 AND link_expires_at > $2 AND ended_at IS NULL";

/// The reset that an unused, unexpired link opens; changes nothing.
pub async fn find_reset_by_link(
    source: impl Into<Source<'_>>,
    link_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<StoredReset>, StoreFault> {
    db::find(source.into(), "finding a reset by its link", FIND_RESET_BY_LINK, values![link_hash, now]).await
}

const MOVE_RESET: &str = "UPDATE reset SET version = version + 1, token_hash = $3, account_id = $4, step = $5, \
    credential_version = $6, factor_failures = $7, factor = $8, sealed = $9, expires_at = $10, \
    link_hash = CASE WHEN $5 = 'channel-proof' THEN link_hash ELSE NULL END, \
    ended_at = CASE WHEN $5 IN ('ended', 'done') THEN $11 ELSE ended_at END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state, with a new token when a step was passed; the link dies once the channel is proved, by the
/// link or by the code. False and unchanged when another request moved or ended the reset since `from` was read.
pub async fn move_reset(
    tx: &mut Tx,
    from: &StoredReset,
    token_hash: &TokenHash,
    reset: &Reset,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        from.id,
        from.version,
        token_hash,
        reset.account,
        reset.step,
        reset.credential_version,
        reset.factor_failures,
        reset.factor,
        sealed,
        reset.expires_at,
        now
    ];
    db::change_one(tx, "moving a reset", MOVE_RESET, values).await
}

const END_RESETS: &str = "UPDATE reset SET version = version + 1, step = 'ended', ended_at = $2, end_reason = $3, \
    link_hash = NULL WHERE account_id = $1 AND ended_at IS NULL";

/// Ends every reset in progress of an account, links included; returns how many.
pub async fn end_resets(
    tx: &mut Tx,
    account_id: AccountId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    db::change(tx, "ending an account's resets", END_RESETS, values![account_id, now, reason]).await
}
