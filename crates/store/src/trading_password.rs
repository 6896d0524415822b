//! Trading passwords: their hash, sealed, and their own counter (entry rules 4).

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A trading password and where its counter stands.
    pub struct StoredTradingPassword {
        /// Salt and hash under the pepper, sealed.
        pub sealed: Vec<u8>,
        /// What the hash cost.
        pub params: String,
        /// Wrong ones in a row, a try in progress included.
        pub failures: i64,
        /// Until when none is compared.
        pub locked_until: Option<Timestamp>,
        /// When too many wrong ones disabled it until it is set anew (800-63B-4, 3.2.2).
        pub disabled_at: Option<Timestamp>,
        /// When it was set.
        pub changed_at: Timestamp,
    }
}

const FIND_TRADING_PASSWORD: &str = "SELECT sealed, params, failures, locked_until, disabled_at, changed_at \
    FROM trading_password WHERE account_id = $1";

/// The trading password of an account.
pub async fn find_trading_password(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredTradingPassword>, StoreFault> {
    db::find(source.into(), "reading a trading password", FIND_TRADING_PASSWORD, values![account_id]).await
}

const SET_TRADING_PASSWORD: &str = "INSERT INTO trading_password (account_id, sealed, params, changed_at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, \
    params = excluded.params, changed_at = excluded.changed_at, failures = 0, locked_until = NULL, disabled_at = NULL";

/// A new trading password of the owner's choice: failures, lock and a disabled state end with the old one.
pub async fn set_trading_password(
    tx: &mut Tx,
    account_id: AccountId,
    sealed: &[u8],
    params: &str,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![account_id, sealed, params, now];
    db::change(tx, "setting a trading password", SET_TRADING_PASSWORD, values).await.map(drop)
}

const TAKE_TRADING_TRY: &str = "UPDATE trading_password SET failures = failures + 1, \
    locked_until = CASE WHEN (failures + 1) % $3 = 0 THEN CAST($4 AS BIGINT) ELSE NULL END, \
    disabled_at = CASE WHEN failures + 1 >= $5 THEN CAST($2 AS BIGINT) ELSE NULL END \
    WHERE account_id = $1 AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= $2) \
    RETURNING sealed, params, failures, locked_until, disabled_at, changed_at";

/// Takes a place for one try before it is compared: it counts as wrong, each `lock_after`th in a row closes the
/// password until `locked_until`, the `disable_at`th disables it. None, and nothing counted, while it is locked or
/// disabled, or where there is none. [`clear_trading_failures`] follows a right one.
pub async fn take_trading_try(
    tx: &mut Tx,
    account_id: AccountId,
    lock_after: u32,
    locked_until: Timestamp,
    disable_at: u32,
    now: Timestamp,
) -> Result<Option<StoredTradingPassword>, StoreFault> {
    let values = values![account_id, now, lock_after, locked_until, disable_at];
    db::find(tx.into(), "taking a place for a trading password", TAKE_TRADING_TRY, values).await
}

const CLEAR_TRADING_FAILURES: &str = "UPDATE trading_password SET failures = 0, locked_until = NULL, \
    disabled_at = NULL WHERE account_id = $1 AND changed_at = $2 AND (disabled_at IS NULL OR failures = $3)";

/// A right one ends the row of wrong ones; false when it was set anew meanwhile, or others have disabled it since this
/// try took the place of number `failures`.
pub async fn clear_trading_failures(
    tx: &mut Tx,
    account_id: AccountId,
    changed_at: Timestamp,
    failures: i64,
) -> Result<bool, StoreFault> {
    let values = values![account_id, changed_at, failures];
    db::change_one(tx, "clearing wrong trading passwords", CLEAR_TRADING_FAILURES, values).await
}

const GIVE_BACK_TRADING_TRY: &str = "UPDATE trading_password SET failures = failures - 1, \
    locked_until = CASE WHEN failures = $3 THEN NULL ELSE locked_until END, \
    disabled_at = CASE WHEN failures = $3 THEN NULL ELSE disabled_at END \
    WHERE account_id = $1 AND changed_at = $2 AND failures > 0";

/// Gives back the place of a try that was never compared (a full hash queue); the lock that this very try set goes
/// with it.
pub async fn give_back_trading_try(
    tx: &mut Tx,
    account_id: AccountId,
    changed_at: Timestamp,
    failures: i64,
) -> Result<bool, StoreFault> {
    let values = values![account_id, changed_at, failures];
    db::change_one(tx, "giving back a try of a trading password", GIVE_BACK_TRADING_TRY, values).await
}

const IS_SAME: &str = "SELECT changed_at FROM trading_password \
    WHERE account_id = $1 AND changed_at = $2 AND disabled_at IS NULL";

/// Whether the trading password that was set at this time is still the one, and good.
pub async fn is_trading_password_of(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    changed_at: Timestamp,
) -> Result<bool, StoreFault> {
    let found: Option<(i64,)> =
        db::find(source.into(), "reading a trading password", IS_SAME, values![account_id, changed_at])
            .await?;
    Ok(found.is_some())
}
