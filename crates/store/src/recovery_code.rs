//! Recovery codes: found by keyed hash, each good once; wrong ones count for the whole set.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};
use crate::totp::Failures;

const DELETE_CODES: &str = "DELETE FROM recovery_code WHERE account_id = $1";
const RECORD_CODE: &str = "INSERT INTO recovery_code (lookup, account_id, batch) VALUES ($1, $2, $3) ON CONFLICT (lookup) DO NOTHING";
const NEXT_BATCH: &str = "INSERT INTO recovery_batch (account_id, batch, created_at) VALUES ($1, 1, $2) \
    ON CONFLICT (account_id) DO UPDATE SET batch = recovery_batch.batch + 1, created_at = excluded.created_at, \
    failures = 0, locked_until = NULL, disabled_at = NULL RETURNING batch";

/// Replaces all codes of an account by these keyed hashes; returns the number of the new set.
pub async fn renew_recovery_codes(
    tx: &mut Tx,
    account_id: AccountId,
    lookups: &[[u8; 32]],
    now: Timestamp,
) -> Result<i64, StoreFault> {
    const DOING: &str = "renewing recovery codes";
    let (batch,): (i64,) = db::one((&mut *tx).into(), DOING, NEXT_BATCH, values![account_id, now]).await?;
    db::change(tx, DOING, DELETE_CODES, values![account_id]).await?;
    for lookup in lookups {
        if !db::change_one(tx, DOING, RECORD_CODE, values![lookup, account_id, batch]).await? {
            return Err(StoreFault::misuse(DOING, "two recovery codes are the same"));
        }
    }
    Ok(batch)
}

record! {
    /// The set of an account.
    pub struct RecoveryCodes {
        /// The number of the set, rising with each renewal.
        pub batch: i64,
        /// Codes not used yet.
        pub remaining: i64,
        /// Wrong codes in a row.
        pub failures: i64,
        /// Until when no code is compared.
        pub locked_until: Option<Timestamp>,
        /// When too many wrong codes disabled the set until renewed.
        pub disabled_at: Option<Timestamp>,
        /// When the set was made.
        pub created_at: Timestamp,
    }
}

const FIND_RECOVERY_CODES: &str = "SELECT batch, failures, locked_until, disabled_at, created_at, \
    CAST((SELECT COUNT(*) FROM recovery_code WHERE recovery_code.account_id = $1 AND used_at IS NULL) AS BIGINT) \
    AS remaining FROM recovery_batch WHERE account_id = $1";

/// What is left of an account's codes.
pub async fn find_recovery_codes(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<RecoveryCodes>, StoreFault> {
    db::find(source.into(), "reading recovery codes", FIND_RECOVERY_CODES, values![account_id]).await
}

const USE_CODE: &str =
    "UPDATE recovery_code SET used_at = $3 WHERE lookup = $1 AND account_id = $2 AND used_at IS NULL";
const USE_SET: &str = "UPDATE recovery_batch SET failures = 0, locked_until = NULL \
    WHERE account_id = $1 AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= $2)";
const COUNT_LEFT: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS remaining FROM recovery_code \
    WHERE account_id = $1 AND used_at IS NULL";

/// Uses the code with this keyed hash; returns how many are left, or None and nothing changed when it is unknown, used,
/// another account's, or the set is locked or disabled.
pub async fn use_recovery_code(
    tx: &mut Tx,
    account_id: AccountId,
    lookup: &[u8; 32],
    now: Timestamp,
) -> Result<Option<i64>, StoreFault> {
    const DOING: &str = "using a recovery code";
    if find_recovery_lock(tx, account_id, now).await?
        || !db::change_one(tx, DOING, USE_CODE, values![lookup, account_id, now]).await?
    {
        return Ok(None);
    }
    db::change(tx, DOING, USE_SET, values![account_id, now]).await?;
    db::one::<(i64,)>(tx.into(), DOING, COUNT_LEFT, values![account_id]).await.map(|(left,)| Some(left))
}

const HOLD_SET: &str = "UPDATE recovery_batch SET batch = batch WHERE account_id = $1 AND disabled_at IS NULL \
    AND (locked_until IS NULL OR locked_until <= $2)";

/// Whether no code of the set may be compared now; locks the set's row, so that the answer stays true.
async fn find_recovery_lock(tx: &mut Tx, account_id: AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    Ok(!db::change_one(tx, "locking recovery codes", HOLD_SET, values![account_id, now]).await?)
}

const COUNT_RECOVERY_FAILURE: &str = "UPDATE recovery_batch SET failures = failures + 1, \
    disabled_at = CASE WHEN failures + 1 >= $2 THEN COALESCE(disabled_at, $3) ELSE disabled_at END \
    WHERE account_id = $1 AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= $3) \
    RETURNING failures, disabled_at";

/// Takes a place for one try, as [`crate::totp::count_totp_failure`] does; [`use_recovery_code`] sets the counter back
/// to zero. None while the set is locked, disabled or missing.
pub async fn count_recovery_failure(
    tx: &mut Tx,
    account_id: AccountId,
    disable_at: i64,
    now: Timestamp,
) -> Result<Option<Failures>, StoreFault> {
    let values = values![account_id, disable_at, now];
    db::find(tx.into(), "counting a wrong recovery code", COUNT_RECOVERY_FAILURE, values).await
}

const LOCK_RECOVERY: &str = "UPDATE recovery_batch SET locked_until = $2 WHERE account_id = $1";

/// Compares no code before `until`.
pub async fn lock_recovery_codes(
    tx: &mut Tx,
    account_id: AccountId,
    until: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "locking recovery codes", LOCK_RECOVERY, values![account_id, until]).await
}
