//! Password hashes, sealed, with the parameters that made them.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// What is known about an account's password.
    pub struct StoredPassword {
        /// Salt and hash under the pepper, sealed.
        pub sealed: Vec<u8>,
        /// The parameters of the hash, as the hash pool writes them.
        pub params: String,
        /// Wrong ones in a row that were really compared.
        pub failures: i64,
        /// When too many of them disabled it until it is bound anew (800-63B-4, 3.2.2).
        pub disabled_at: Option<Timestamp>,
        /// When its owner chose it.
        pub changed_at: Timestamp,
    }
}

const FIND_PASSWORD: &str =
    "SELECT sealed, params, failures, disabled_at, changed_at FROM password WHERE account_id = $1";

/// The password of an account.
pub async fn find_password(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredPassword>, StoreFault> {
    db::find(source.into(), "reading a password", FIND_PASSWORD, values![account_id]).await
}

const SET_PASSWORD: &str = "INSERT INTO password (account_id, sealed, params, changed_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, params = excluded.params, \
    changed_at = excluded.changed_at, failures = 0, disabled_at = NULL";

/// A new password of the owner's choice: failures and a disabled state end with the old one.
pub async fn set_password(
    tx: &mut Tx,
    account_id: AccountId,
    sealed: &[u8],
    params: &str,
    now: Timestamp,
) -> Result<(), StoreFault> {
    db::change(tx, "setting a password", SET_PASSWORD, values![account_id, sealed, params, now])
        .await
        .map(drop)
}

const REHASH_PASSWORD: &str = "UPDATE password SET sealed = $3, params = $4 \
    WHERE account_id = $1 AND sealed = $2 AND disabled_at IS NULL";

/// The same password under newer parameters or a newer pepper; false when it was changed in the meantime.
pub async fn rehash_password(
    tx: &mut Tx,
    account_id: AccountId,
    from_sealed: &[u8],
    sealed: &[u8],
    params: &str,
) -> Result<bool, StoreFault> {
    let values = values![account_id, from_sealed, sealed, params];
    db::change_one(tx, "raising a password's hash", REHASH_PASSWORD, values).await
}

const COUNT_PASSWORD_FAILURE: &str = "UPDATE password SET failures = failures + 1, \
    disabled_at = CASE WHEN failures + 1 >= $2 THEN COALESCE(disabled_at, $3) ELSE disabled_at END \
    WHERE account_id = $1 RETURNING failures";

/// Counts one compared and wrong password; disables it at `disable_at`. Returns how many in a row, None without one.
pub async fn count_password_failure(
    tx: &mut Tx,
    account_id: AccountId,
    disable_at: i64,
    now: Timestamp,
) -> Result<Option<i64>, StoreFault> {
    let values = values![account_id, disable_at, now];
    let counted: Option<(i64,)> =
        db::find(tx.into(), "counting a wrong password", COUNT_PASSWORD_FAILURE, values).await?;
    Ok(counted.map(|(failures,)| failures))
}

const CLEAR_PASSWORD_FAILURES: &str =
    "UPDATE password SET failures = 0 WHERE account_id = $1 AND failures > 0 AND disabled_at IS NULL";

/// A right password ends the row of wrong ones.
pub async fn clear_password_failures(tx: &mut Tx, account_id: AccountId) -> Result<(), StoreFault> {
    db::change(tx, "clearing wrong passwords", CLEAR_PASSWORD_FAILURES, values![account_id]).await.map(drop)
}

record! {
    /// How many passwords were made with these parameters.
    pub struct ParamsInUse {
        /// As the hash pool writes them.
        pub params: String,
        /// Accounts that use them.
        pub accounts: i64,
    }
}

const LIST_PARAMS_IN_USE: &str =
    "SELECT params, CAST(COUNT(*) AS BIGINT) AS accounts FROM password GROUP BY params ORDER BY params";

/// The mix from which dummy hashes draw. Reads one index from end to end: for a worker now and then, not for a request.
pub async fn list_params_in_use(source: impl Into<Source<'_>>) -> Result<Vec<ParamsInUse>, StoreFault> {
    db::list(source.into(), "listing hash parameters in use", LIST_PARAMS_IN_USE, values![]).await
}
