//! Sign-ups in progress: any number of them for one identifier, none of which takes it before its end.

use doorward_domain::id::SignUpId;
use doorward_domain::sign_up::SignUp;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A sign-up as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredSignUp {
    /// Its id.
    pub id: SignUpId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_sign_up`] compares.
    pub version: i64,
    /// Keyed hash of the identifier.
    pub lookup: [u8; 32],
    /// What the rules know.
    pub sign_up: SignUp,
    /// Everything gathered so far, sealed.
    pub sealed: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Record for StoredSignUp {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            lookup: row.get("lookup")?,
            sign_up: SignUp {
                step: row.get("step")?,
                expires_at: row.get("expires_at")?,
                taken: row.get("taken")?,
                factor_failures: row.get("factor_failures")?,
            },
            sealed: row.get("sealed")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

const RECORD_SIGN_UP: &str = "INSERT INTO sign_up (id, token_hash, lookup, step, taken, factor_failures, sealed, \
    created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Begins a sign-up.
pub async fn record_sign_up(
    tx: &mut Tx,
    id: SignUpId,
    token_hash: &TokenHash,
    lookup: &[u8; 32],
    sign_up: &SignUp,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![
        id,
        token_hash,
        lookup,
        sign_up.step,
        sign_up.taken,
        sign_up.factor_failures,
        sealed,
        now,
        sign_up.expires_at
    ];
    db::change(tx, "beginning a sign-up", RECORD_SIGN_UP, values).await.map(drop)
}

const FIND_SIGN_UP: &str = "SELECT id, token_hash, version, lookup, step, expires_at, taken, factor_failures, sealed, \
    created_at, ended_at FROM sign_up WHERE token_hash = $1";

/// The sign-up whose browser holds this token, ended or expired ones too until they are purged.
pub async fn find_sign_up(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredSignUp>, StoreFault> {
    db::find(source.into(), "finding a sign-up", FIND_SIGN_UP, values![token_hash]).await
}

const HOLD_SIGN_UP: &str = "UPDATE sign_up SET version = version WHERE token_hash = $1 \
    RETURNING id, token_hash, version, lookup, step, expires_at, taken, factor_failures, sealed, created_at, ended_at";

/// Like [`find_sign_up`], and locks the row until the write ends.
pub async fn hold_sign_up(tx: &mut Tx, token_hash: &TokenHash) -> Result<Option<StoredSignUp>, StoreFault> {
    db::find(tx.into(), "locking a sign-up", HOLD_SIGN_UP, values![token_hash]).await
}

const MOVE_SIGN_UP: &str = "UPDATE sign_up SET version = version + 1, token_hash = $3, step = $4, taken = $5, \
    factor_failures = $6, sealed = $7, expires_at = $8, \
    ended_at = CASE WHEN $4 IN ('ended', 'entered') THEN $9 ELSE ended_at END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state, with a new token when a step was passed. False and unchanged when another request moved or
/// ended it since `from` was read; at the last step this lets exactly one of two parallel calls open the account.
pub async fn move_sign_up(
    tx: &mut Tx,
    from: &StoredSignUp,
    token_hash: &TokenHash,
    sign_up: &SignUp,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        from.id,
        from.version,
        token_hash,
        sign_up.step,
        sign_up.taken,
        sign_up.factor_failures,
        sealed,
        sign_up.expires_at,
        now
    ];
    db::change_one(tx, "moving a sign-up", MOVE_SIGN_UP, values).await
}
