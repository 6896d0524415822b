//! Passkeys of customers, and the WebAuthn challenges that were answered: each is taken once.

use doorward_domain::id::{AccountId, PasskeyId};
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};
use crate::totp::Failures;

record! {
    /// A passkey in use.
    pub struct StoredPasskey {
        /// Its id, which the seal is bound to.
        pub id: PasskeyId,
        /// Whose it is.
        pub account_id: AccountId,
        /// By which assertions name it.
        pub credential_id: Vec<u8>,
        /// The public key and what was known when it was made, sealed.
        pub sealed: Vec<u8>,
        /// What its owner calls it.
        pub name: String,
        /// The authenticator's model, as it says itself.
        pub aaguid: Uuid,
        /// The host that it was made for.
        pub rp_id: String,
        /// Whether it may be copied to other devices.
        pub backup_eligible: bool,
        /// Whether it was.
        pub backup_state: bool,
        /// Where its counter stood when it was last used.
        pub counter: u32,
        /// Failures in a row.
        pub failures: i64,
        /// When too many of them disabled it until bound anew.
        pub disabled_at: Option<Timestamp>,
        /// When it was added.
        pub created_at: Timestamp,
        /// When it was last used.
        pub last_used_at: Option<Timestamp>,
    }
}

const FIND_PASSKEY: &str = "SELECT id, account_id, credential_id, sealed, name, aaguid, rp_id, backup_eligible, \
    backup_state, counter, failures, disabled_at, created_at, last_used_at FROM passkey \
    WHERE credential_id = $1 AND removed_at IS NULL";

/// The passkey with this credential id, disabled or not; removed ones are not found.
pub async fn find_passkey(
    source: impl Into<Source<'_>>,
    credential_id: &[u8],
) -> Result<Option<StoredPasskey>, StoreFault> {
    db::find(source.into(), "finding a passkey", FIND_PASSKEY, values![credential_id]).await
}

const LIST_PASSKEYS: &str = "SELECT id, account_id, credential_id, sealed, name, aaguid, rp_id, backup_eligible, \
    backup_state, counter, failures, disabled_at, created_at, last_used_at FROM passkey \
    WHERE account_id = $1 AND removed_at IS NULL ORDER BY id";

/// The passkeys of an account, the oldest first.
pub async fn list_passkeys(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<StoredPasskey>, StoreFault> {
    db::list(source.into(), "listing passkeys", LIST_PASSKEYS, values![account_id]).await
}

/// A passkey to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account_id: AccountId,
    /// By which assertions name it.
    pub credential_id: &'a [u8],
    /// The key, sealed.
    pub sealed: &'a [u8],
    /// What its owner calls it.
    pub name: &'a str,
    /// The authenticator's model.
    pub aaguid: Uuid,
    /// The host that it was made for.
    pub rp_id: &'a str,
    /// Whether it may be copied.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backup_state: bool,
    /// Where its counter stands.
    pub counter: u32,
}

const RECORD_PASSKEY: &str = "INSERT INTO passkey (id, account_id, credential_id, sealed, name, aaguid, rp_id, \
    backup_eligible, backup_state, counter, created_at) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
    WHERE (SELECT COUNT(*) FROM passkey WHERE account_id = $2 AND removed_at IS NULL) < $12 \
    ON CONFLICT (credential_id) DO NOTHING";

/// Adds a passkey. False when the account has `at_most` of them, or when this credential was ever here before. The
/// account's row is held by the caller.
pub async fn record_passkey(
    tx: &mut Tx,
    new: &NewPasskey<'_>,
    at_most: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        new.id,
        new.account_id,
        new.credential_id,
        new.sealed,
        new.name,
        new.aaguid,
        new.rp_id,
        new.backup_eligible,
        new.backup_state,
        new.counter,
        now,
        at_most
    ];
    db::change_one(tx, "adding a passkey", RECORD_PASSKEY, values).await
}

const RENAME_PASSKEY: &str =
    "UPDATE passkey SET name = $3 WHERE id = $1 AND account_id = $2 AND removed_at IS NULL";

/// Gives a passkey another name; false when the account has no such passkey.
pub async fn rename_passkey(
    tx: &mut Tx,
    id: PasskeyId,
    account_id: AccountId,
    name: &str,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "renaming a passkey", RENAME_PASSKEY, values![id, account_id, name]).await
}

const REMOVE_PASSKEY: &str = "UPDATE passkey SET removed_at = $3 \
    WHERE id = $1 AND account_id = $2 AND removed_at IS NULL \
    AND (EXISTS (SELECT 1 FROM totp WHERE account_id = $2 AND replaced_at IS NULL) \
        OR (SELECT COUNT(*) FROM passkey WHERE account_id = $2 AND removed_at IS NULL) > 1) \
    AND (EXISTS (SELECT 1 FROM account WHERE id = $2 AND passkeys_only_at IS NULL) \
        OR (SELECT COUNT(*) FROM passkey WHERE account_id = $2 AND removed_at IS NULL) > $4)";

/// Removes a passkey. False when the account has no such passkey, when it would be left without a second factor, or,
/// while it is entered by passkeys only, with fewer than `passkeys_only_needs`. The account's row is held by the caller.
pub async fn remove_passkey(
    tx: &mut Tx,
    id: PasskeyId,
    account_id: AccountId,
    passkeys_only_needs: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![id, account_id, now, passkeys_only_needs];
    db::change_one(tx, "removing a passkey", REMOVE_PASSKEY, values).await
}

const REMOVE_ALL_PASSKEYS: &str =
    "UPDATE passkey SET removed_at = $2 WHERE account_id = $1 AND removed_at IS NULL";

/// Removes every passkey of an account, in the write that gives it another factor, which then opens it again even if
/// only passkeys did. Returns how many.
pub async fn remove_all_passkeys(
    tx: &mut Tx,
    account_id: AccountId,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    end_passkeys_only(tx, account_id).await?;
    db::change(tx, "removing an account's passkeys", REMOVE_ALL_PASSKEYS, values![account_id, now]).await
}

const USE_PASSKEY: &str = "UPDATE passkey SET counter = $2, backup_state = $3, last_used_at = $4, failures = 0 \
    WHERE id = $1 AND removed_at IS NULL AND disabled_at IS NULL \
    AND (backup_eligible = 1 OR counter < $2 OR (counter = 0 AND $2 = 0))";

/// Takes a use of a passkey and ends its row of failures. False and unchanged when it was removed or disabled, or when
/// the counter of a device-bound one has come as far before: of two answers with one count, one is taken.
pub async fn use_passkey(
    tx: &mut Tx,
    id: PasskeyId,
    counter: u32,
    backup_state: bool,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "using a passkey", USE_PASSKEY, values![id, counter, backup_state, now]).await
}

const COUNT_PASSKEY_FAILURE: &str = "UPDATE passkey SET failures = failures + 1, \
    disabled_at = CASE WHEN failures + 1 >= $2 THEN COALESCE(disabled_at, $3) ELSE disabled_at END \
    WHERE id = $1 AND removed_at IS NULL AND disabled_at IS NULL RETURNING failures, disabled_at";

/// Counts a failure on a passkey's own counter and disables it at `disable_at` in a row. None, and nothing counted,
/// when it is disabled or removed.
pub async fn count_passkey_failure(
    tx: &mut Tx,
    id: PasskeyId,
    disable_at: i64,
    now: Timestamp,
) -> Result<Option<Failures>, StoreFault> {
    let values = values![id, disable_at, now];
    db::find(tx.into(), "counting a passkey's failure", COUNT_PASSKEY_FAILURE, values).await
}

const SPEND_CHALLENGE: &str =
    "INSERT INTO spent_challenge (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";

/// Spends a challenge in the write that takes its answer; false when it was spent before. It is remembered until it
/// would have expired.
pub async fn spend_challenge(
    tx: &mut Tx,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "spending a challenge", SPEND_CHALLENGE, values![hash, expires_at]).await
}

const BEGIN_PASSKEYS_ONLY: &str = "UPDATE account SET passkeys_only_at = $2 \
    WHERE id = $1 AND passkeys_only_at IS NULL \
    AND (SELECT COUNT(*) FROM passkey WHERE account_id = $1 AND removed_at IS NULL AND disabled_at IS NULL) >= $3";

/// From now on only passkeys open this account. False when it is so already, or when it has fewer than `needs` that
/// work. The account's row is held by the caller.
pub async fn begin_passkeys_only(
    tx: &mut Tx,
    account_id: AccountId,
    needs: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![account_id, now, needs];
    db::change_one(tx, "beginning to be entered by passkeys only", BEGIN_PASSKEYS_ONLY, values).await
}

const END_PASSKEYS_ONLY: &str =
    "UPDATE account SET passkeys_only_at = NULL WHERE id = $1 AND passkeys_only_at IS NOT NULL";

/// Password, authenticator app and recovery codes open this account again; false when they did.
pub async fn end_passkeys_only(tx: &mut Tx, account_id: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "ending to be entered by passkeys only", END_PASSKEYS_ONLY, values![account_id]).await
}

const FIND_PASSKEYS_ONLY: &str = "SELECT passkeys_only_at FROM account WHERE id = $1";

/// Since when only passkeys open this account; `None` when other ways do.
pub async fn find_passkeys_only(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<Timestamp>, StoreFault> {
    let found: Option<(Option<Timestamp>,)> =
        db::find(source.into(), "reading how an account is entered", FIND_PASSKEYS_ONLY, values![account_id])
            .await?;
    Ok(found.and_then(|(since,)| since))
}

const COUNT_FOREIGN_PASSKEYS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS passkeys FROM passkey \
    WHERE rp_id <> $1 AND removed_at IS NULL";

/// How many passkeys were made for another host than this one: they open nothing here.
pub async fn count_foreign_passkeys(source: impl Into<Source<'_>>, rp_id: &str) -> Result<i64, StoreFault> {
    db::one::<(i64,)>(
        source.into(),
        "counting passkeys of another host",
        COUNT_FOREIGN_PASSKEYS,
        values![rp_id],
    )
    .await
    .map(|(passkeys,)| passkeys)
}
