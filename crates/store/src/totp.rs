//! Authenticator apps: each step is taken once, and a step typed at the wrong time is remembered.

use doorward_domain::id::{AccountId, TotpId};
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// An enrolled app.
    pub struct StoredTotp {
        /// Its id, which the seal is bound to.
        pub id: TotpId,
        /// Whose it is.
        pub account_id: AccountId,
        /// The secret, sealed.
        pub sealed: Vec<u8>,
        /// The newest step taken.
        pub last_step: i64,
        /// Wrong codes in a row.
        pub failures: i64,
        /// Until when no code is compared.
        pub locked_until: Option<Timestamp>,
        /// When too many wrong codes disabled it until bound anew.
        pub disabled_at: Option<Timestamp>,
        /// When it was enrolled.
        pub created_at: Timestamp,
    }
}

const FIND_TOTP: &str = "SELECT id, account_id, sealed, last_step, failures, locked_until, disabled_at, created_at \
    FROM totp WHERE account_id = $1 AND replaced_at IS NULL";

/// The app in use on an account, disabled or not.
pub async fn find_totp(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredTotp>, StoreFault> {
    db::find(source.into(), "reading an authenticator app", FIND_TOTP, values![account_id]).await
}

const RECORD_TOTP: &str = "INSERT INTO totp (id, account_id, sealed, last_step, created_at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (account_id) WHERE replaced_at IS NULL DO NOTHING";

/// Enrols an app; `confirmed_step` is the step of the confirming code, which is spent by it. False when the account has
/// one in use: see [`replace_totp`].
pub async fn record_totp(
    tx: &mut Tx,
    id: TotpId,
    account_id: AccountId,
    sealed: &[u8],
    confirmed_step: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![id, account_id, sealed, confirmed_step, now];
    db::change_one(tx, "enrolling an authenticator app", RECORD_TOTP, values).await
}

const END_TOTP: &str = "UPDATE totp SET replaced_at = $2 WHERE account_id = $1 AND replaced_at IS NULL";

/// Puts a new app in the place of the old one, in one write.
pub async fn replace_totp(
    tx: &mut Tx,
    id: TotpId,
    account_id: AccountId,
    sealed: &[u8],
    confirmed_step: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change(tx, "ending an authenticator app", END_TOTP, values![account_id, now]).await?;
    record_totp(tx, id, account_id, sealed, confirmed_step, now).await
}

const TAKE_STEP: &str = "UPDATE totp SET last_step = $2, failures = 0, locked_until = NULL \
    WHERE id = $1 AND last_step < $2 AND replaced_at IS NULL AND disabled_at IS NULL \
    AND (locked_until IS NULL OR locked_until <= $3) \
    AND NOT EXISTS (SELECT 1 FROM totp_seen_step WHERE totp_id = $1 AND step = $2)";

/// Takes a matching step and ends the row of wrong codes. Says `false` and changes nothing when the step or a later
/// one was taken, when it was seen at the wrong time, or when the app is locked, disabled or replaced.
pub async fn take_step(tx: &mut Tx, id: TotpId, step: i64, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "taking a step of an authenticator app", TAKE_STEP, values![id, step, now]).await
}

const REMEMBER_STEP: &str = "INSERT INTO totp_seen_step (totp_id, step, until) VALUES ($1, $2, $3) \
    ON CONFLICT (totp_id, step) DO UPDATE SET until = excluded.until WHERE totp_seen_step.until < excluded.until";

/// Remembers the single step of a code typed at the wrong time until that step has passed.
pub async fn remember_step(tx: &mut Tx, id: TotpId, step: i64, until: Timestamp) -> Result<(), StoreFault> {
    db::change(tx, "remembering a step", REMEMBER_STEP, values![id, step, until]).await.map(drop)
}

record! {
    /// Where an authenticator's own counter stands.
    pub struct Failures {
        /// Wrong ones in a row, the one just counted included.
        pub failures: i64,
        /// Whether it is disabled until bound anew.
        pub disabled_at: Option<Timestamp>,
    }
}

const COUNT_TOTP_FAILURE: &str = "UPDATE totp SET failures = failures + 1, \
    disabled_at = CASE WHEN failures + 1 >= $2 THEN COALESCE(disabled_at, $3) ELSE disabled_at END \
    WHERE id = $1 AND replaced_at IS NULL AND disabled_at IS NULL \
    AND (locked_until IS NULL OR locked_until <= $3) RETURNING failures, disabled_at";

/// Takes a place for one try before its code is compared: counts it as wrong, disables the app at `disable_at`.
/// [`take_step`] sets the counter back to zero. None, and nothing counted, while the app is locked, disabled or
/// replaced: that try is refused before comparison. The row stays locked until the write ends.
pub async fn count_totp_failure(
    tx: &mut Tx,
    id: TotpId,
    disable_at: i64,
    now: Timestamp,
) -> Result<Option<Failures>, StoreFault> {
    db::find(tx.into(), "counting a wrong code", COUNT_TOTP_FAILURE, values![id, disable_at, now]).await
}

const LOCK_TOTP: &str = "UPDATE totp SET locked_until = $2 WHERE id = $1 AND replaced_at IS NULL";

/// Compares no code before `until`.
pub async fn lock_totp(tx: &mut Tx, id: TotpId, until: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "locking an authenticator app", LOCK_TOTP, values![id, until]).await
}
