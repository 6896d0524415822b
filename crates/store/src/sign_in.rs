//! Sign-ins in progress. A row exists from the first accepted human check on; each change is a compare-and-set.

use doorward_domain::account::AccountStatus;
use doorward_domain::id::{AccountId, DeviceId, SignInId};
use doorward_domain::sign_in::SignIn;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// A sign-in as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredSignIn {
    /// Its id.
    pub id: SignInId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_sign_in`] compares.
    pub version: i64,
    /// Keyed hash of the identifier that was typed.
    pub lookup: [u8; 32],
    /// The known device of this browser.
    pub device_id: Option<DeviceId>,
    /// What the rules know.
    pub sign_in: SignIn,
    /// Everything else, sealed.
    pub sealed: Vec<u8>,
    /// When it ended, in a session or in nothing.
    pub ended_at: Option<Timestamp>,
}

impl Record for StoredSignIn {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            lookup: row.get("lookup")?,
            device_id: row.get("device_id")?,
            sign_in: SignIn {
                account: row.get("account_id")?,
                step: row.get("step")?,
                started_at: row.get("started_at")?,
                expires_at: row.get("expires_at")?,
                extended: row.get("extended")?,
                known_device: row.get("known_device")?,
                channel_proved: row.get("channel_proved")?,
                password_matched: row.get("password_matched")?,
                credential_version: row.get("credential_version")?,
                factor_failures: row.get("factor_failures")?,
                factor: row.get("factor")?,
            },
            sealed: row.get("sealed")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

const RECORD_SIGN_IN: &str = "INSERT INTO sign_in (id, token_hash, lookup, account_id, device_id, step, known_device, \
    channel_proved, password_matched, credential_version, factor_failures, factor, extended, sealed, started_at, \
    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

/// Begins a sign-in.
pub async fn record_sign_in(
    tx: &mut Tx,
    id: SignInId,
    token_hash: &TokenHash,
    lookup: &[u8; 32],
    device_id: Option<DeviceId>,
    sign_in: &SignIn,
    sealed: &[u8],
) -> Result<(), StoreFault> {
    let values = values![
        id,
        token_hash,
        lookup,
        sign_in.account,
        device_id,
        sign_in.step,
        sign_in.known_device,
        sign_in.channel_proved,
        sign_in.password_matched,
        sign_in.credential_version,
        sign_in.factor_failures,
        sign_in.factor,
        sign_in.extended,
        sealed,
        sign_in.started_at,
        sign_in.expires_at
    ];
    db::change(tx, "beginning a sign-in", RECORD_SIGN_IN, values).await.map(drop)
}

const FIND_SIGN_IN: &str = "SELECT id, token_hash, version, lookup, device_id, account_id, step, started_at, expires_at, \
    extended, known_device, channel_proved, password_matched, credential_version, factor_failures, factor, sealed, \
    ended_at FROM sign_in WHERE token_hash = $1";

/// The sign-in whose browser holds this token, ended or expired ones too until they are purged.
pub async fn find_sign_in(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredSignIn>, StoreFault> {
    db::find(source.into(), "finding a sign-in", FIND_SIGN_IN, values![token_hash]).await
}

const HOLD_SIGN_IN: &str = "UPDATE sign_in SET version = version WHERE token_hash = $1 \
    RETURNING id, token_hash, version, lookup, device_id, account_id, step, started_at, expires_at, extended, \
    known_device, channel_proved, password_matched, credential_version, factor_failures, factor, sealed, ended_at";

/// Like [`find_sign_in`], and locks the row until the write ends: parallel requests of one sign-in pass one by one.
/// The account's row comes before it (lock order).
pub async fn hold_sign_in(tx: &mut Tx, token_hash: &TokenHash) -> Result<Option<StoredSignIn>, StoreFault> {
    db::find(tx.into(), "locking a sign-in", HOLD_SIGN_IN, values![token_hash]).await
}

const MOVE_SIGN_IN: &str = "UPDATE sign_in SET version = version + 1, token_hash = $3, account_id = $4, device_id = $5, \
    step = $6, known_device = $7, channel_proved = $8, password_matched = $9, credential_version = $10, \
    factor_failures = $11, factor = $12, extended = $13, sealed = $14, expires_at = $15, \
    ended_at = CASE WHEN $6 IN ('ended', 'entered') THEN $16 ELSE ended_at END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state of a sign-in, with a new token when a step was passed. False and unchanged when another
/// request moved or ended it since `from` was read.
pub async fn move_sign_in(
    tx: &mut Tx,
    from: &StoredSignIn,
    token_hash: &TokenHash,
    sign_in: &SignIn,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        from.id,
        from.version,
        token_hash,
        sign_in.account,
        from.device_id,
        sign_in.step,
        sign_in.known_device,
        sign_in.channel_proved,
        sign_in.password_matched,
        sign_in.credential_version,
        sign_in.factor_failures,
        sign_in.factor,
        sign_in.extended,
        sealed,
        sign_in.expires_at,
        now
    ];
    db::change_one(tx, "moving a sign-in", MOVE_SIGN_IN, values).await
}

/// How *Access* went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The sign-in is spent; the caller writes the session in the same write.
    Entered {
        /// Whether the owner wants to be told of each entry.
        tells_every_entry: bool,
    },
    /// It was spent, moved, ended or expired before: roll back.
    Gone,
    /// The account was frozen, or its credentials changed since the sign-in proved them: roll back.
    Changed {
        /// Whether it may be entered now.
        status: AccountStatus,
    },
}

const SPEND_SIGN_IN: &str = "UPDATE sign_in SET version = version + 1, step = 'entered', ended_at = $4 \
    WHERE id = $1 AND version = $2 AND account_id = $3 AND step = 'access' AND ended_at IS NULL AND expires_at > $4";
const COUNT_ENTRY: &str =
    "UPDATE account SET entries = entries + 1 WHERE id = $1 RETURNING tells_every_entry";

/// *Access*: locks the account, rechecks its status and credential version, and spends the sign-in. Of two parallel
/// calls one enters. The account's row stays held for [`crate::session::record_session`].
pub async fn enter(
    tx: &mut Tx,
    from: &StoredSignIn,
    account_id: AccountId,
    now: Timestamp,
) -> Result<Entry, StoreFault> {
    let Some(account) = crate::account::hold_account(tx, account_id).await? else { return Ok(Entry::Gone) };
    if account.status != AccountStatus::Open || account.credential_version != from.sign_in.credential_version
    {
        return Ok(Entry::Changed { status: account.status });
    }
    let values = values![from.id, from.version, account_id, now];
    if !db::change_one(tx, "spending a sign-in", SPEND_SIGN_IN, values).await? {
        return Ok(Entry::Gone);
    }
    let (tells_every_entry,): (bool,) =
        db::one(tx.into(), "counting an entry", COUNT_ENTRY, values![account_id]).await?;
    Ok(Entry::Entered { tells_every_entry })
}

const END_SIGN_IN: &str = "UPDATE sign_in SET version = version + 1, step = 'ended', ended_at = $2, end_reason = $3 \
    WHERE id = $1 AND ended_at IS NULL";

/// Ends one sign-in; false when it had ended.
pub async fn end_sign_in(
    tx: &mut Tx,
    id: SignInId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "ending a sign-in", END_SIGN_IN, values![id, now, reason]).await
}

const END_SIGN_INS: &str = "UPDATE sign_in SET version = version + 1, step = 'ended', ended_at = $2, end_reason = $3 \
    WHERE account_id = $1 AND ended_at IS NULL";

/// Ends every sign-in in progress of an account; returns how many.
pub async fn end_sign_ins(
    tx: &mut Tx,
    account_id: AccountId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    db::change(tx, "ending an account's sign-ins", END_SIGN_INS, values![account_id, now, reason]).await
}

const TAKE_FINISHED: &str = "DELETE FROM sign_in WHERE id IN (SELECT id FROM sign_in WHERE ended_at <= $1 \
    OR expires_at <= $1 ORDER BY id LIMIT $2) RETURNING id, token_hash, version, lookup, device_id, account_id, step, \
    started_at, expires_at, extended, known_device, channel_proved, password_matched, credential_version, \
    factor_failures, factor, sealed, ended_at";

/// Takes out the oldest sign-ins that were over by `before`; whoever takes one tells what is to be told of it.
pub async fn take_finished_sign_ins(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<StoredSignIn>, StoreFault> {
    db::list(tx.into(), "taking finished sign-ins", TAKE_FINISHED, values![before, limit]).await
}
