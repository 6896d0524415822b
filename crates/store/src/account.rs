//! Accounts: their status, and the version of their credentials that every proof in progress is bound to.

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::language::Language;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, record, values};

impl Record for Account {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            status: row.get("status")?,
            language: row.get("language")?,
            credential_version: row.get("credential_version")?,
            passkeys_only: row.get::<Option<Timestamp>>("passkeys_only_at")?.is_some(),
            created_at: row.get("created_at")?,
        })
    }
}

const FIND_ACCOUNT: &str = "SELECT id, status, language, credential_version, passkeys_only_at, created_at FROM account WHERE id = $1";

/// The account with this id.
pub async fn find_account(
    source: impl Into<Source<'_>>,
    id: AccountId,
) -> Result<Option<Account>, StoreFault> {
    db::find(source.into(), "reading an account", FIND_ACCOUNT, values![id]).await
}

const FIND_ACCOUNT_BY_IDENTIFIER: &str = "SELECT account.id AS id, status, language, credential_version, \
    passkeys_only_at, account.created_at AS created_at FROM identifier JOIN account ON account.id = identifier.account_id \
    WHERE identifier.lookup = $1 AND identifier.verified_at IS NOT NULL AND identifier.retired_at IS NULL";

/// The account that has proved this identifier; `lookup` is its keyed hash.
pub async fn find_account_by_identifier(
    source: impl Into<Source<'_>>,
    lookup: &[u8; 32],
) -> Result<Option<Account>, StoreFault> {
    db::find(source.into(), "finding an account by identifier", FIND_ACCOUNT_BY_IDENTIFIER, values![lookup])
        .await
}

const RECORD_ACCOUNT: &str = "INSERT INTO account (id, status, language, credential_version, created_at) \
    VALUES ($1, 'open', $2, 1, $3)";

/// Opens an account, at credential version 1.
pub async fn record_account(
    tx: &mut Tx,
    id: AccountId,
    language: Language,
    now: Timestamp,
) -> Result<(), StoreFault> {
    db::change(tx, "opening an account", RECORD_ACCOUNT, values![id, language, now]).await.map(drop)
}

const HOLD_ACCOUNT: &str = "UPDATE account SET entries = entries WHERE id = $1 \
    RETURNING id, status, language, credential_version, passkeys_only_at, created_at";

/// Locks the account's row until the write ends and reads it, so that what the caller then decides stays true.
/// Comes before every other row of the account (lock order).
pub async fn hold_account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StoreFault> {
    db::find(tx.into(), "locking an account", HOLD_ACCOUNT, values![id]).await
}

const RAISE_CREDENTIAL_VERSION: &str = "UPDATE account SET credential_version = credential_version + 1 \
    WHERE id = $1 RETURNING credential_version";

/// Makes everything worthless that was proved with the credentials so far; returns the new version.
pub async fn raise_credential_version(tx: &mut Tx, id: AccountId) -> Result<i64, StoreFault> {
    db::one::<(i64,)>(tx.into(), "raising a credential version", RAISE_CREDENTIAL_VERSION, values![id])
        .await
        .map(|(version,)| version)
}

const FREEZE_ACCOUNT: &str = "UPDATE account SET status = 'frozen', frozen_at = $2, frozen_by = $3, \
    credential_version = credential_version + 1 WHERE id = $1 AND status = 'open'";

/// Freezes an open account and raises its credential version; false when it was frozen already. `by` names who asked:
/// `owner`, `link` or `staff`. Sessions are ended by [`crate::session::end_all_access`] in the same write.
pub async fn freeze_account(
    tx: &mut Tx,
    id: AccountId,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "freezing an account", FREEZE_ACCOUNT, values![id, now, by]).await
}

const TAKE_OVER_FREEZE: &str = "UPDATE account SET frozen_by = 'staff', frozen_at = $2, \
    credential_version = credential_version + 1 WHERE id = $1 AND status = 'frozen' AND frozen_by <> 'staff'";

/// Makes a freeze of the owner one of staff; false when there is none.
pub async fn take_over_freeze(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "taking over a freeze", TAKE_OVER_FREEZE, values![id, now]).await
}

const APPROVE_UNFREEZE: &str = "INSERT INTO unfreeze_approval (account_id, staff_id, at) VALUES ($1, $2, $3) \
    ON CONFLICT (account_id, staff_id) DO NOTHING";

/// One member of staff agrees to lift a freeze; false when they had agreed before. The account's row must be held.
pub async fn approve_unfreeze(
    tx: &mut Tx,
    id: AccountId,
    staff: StaffId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "agreeing to lift a freeze", APPROVE_UNFREEZE, values![id, staff, now]).await
}

const CLEAR_UNFREEZE_APPROVALS: &str = "DELETE FROM unfreeze_approval WHERE account_id = $1";

/// Forgets who had agreed: each freeze needs two of its own.
pub async fn clear_unfreeze_approvals(tx: &mut Tx, id: AccountId) -> Result<(), StoreFault> {
    db::change(tx, "forgetting who agreed to lift a freeze", CLEAR_UNFREEZE_APPROVALS, values![id])
        .await
        .map(drop)
}

const UNFREEZE_BY_TWO: &str = "UPDATE account SET status = 'open', frozen_at = NULL, frozen_by = NULL, \
    credential_version = credential_version + 1 WHERE id = $1 AND status = 'frozen' \
    AND (SELECT COUNT(*) FROM unfreeze_approval WHERE account_id = $1) >= 2";

/// Opens an account that two different members of staff agreed to open; false while fewer did, or it is not frozen.
pub async fn unfreeze_by_two(tx: &mut Tx, id: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "unfreezing an account by two staff", UNFREEZE_BY_TWO, values![id]).await
}

const UNFREEZE_ACCOUNT: &str = "UPDATE account SET status = 'open', frozen_at = NULL, frozen_by = NULL, \
    credential_version = credential_version + 1 WHERE id = $1 AND status = 'frozen' AND frozen_by <> 'staff'";

/// Opens an account that its owner froze and raises its credential version; false when it was not frozen, or by staff:
/// see [`unfreeze_by_two`].
pub async fn unfreeze_account(tx: &mut Tx, id: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "unfreezing an account", UNFREEZE_ACCOUNT, values![id]).await
}

const SET_LANGUAGE: &str = "UPDATE account SET language = $2 WHERE id = $1";

/// The language of mails from now on.
pub async fn set_language(tx: &mut Tx, id: AccountId, language: Language) -> Result<bool, StoreFault> {
    db::change_one(tx, "setting an account's language", SET_LANGUAGE, values![id, language]).await
}

const SUSPEND_API_KEYS: &str =
    "UPDATE account SET api_keys_suspended_at = $2 WHERE id = $1 AND api_keys_suspended_at IS NULL";

/// API keys rest from now on, until their owner wakes them again.
pub async fn suspend_api_keys(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "suspending an account's API keys", SUSPEND_API_KEYS, values![id, now]).await
}

const FIND_API_KEYS_SUSPENDED: &str = "SELECT api_keys_suspended_at FROM account WHERE id = $1";

/// Since when the account's API keys rest, None when they do not.
pub async fn find_api_keys_suspended(
    source: impl Into<Source<'_>>,
    id: AccountId,
) -> Result<Option<Timestamp>, StoreFault> {
    let found: Option<(Option<Timestamp>,)> =
        db::find(source.into(), "reading whether API keys rest", FIND_API_KEYS_SUSPENDED, values![id])
            .await?;
    Ok(found.and_then(|(since,)| since))
}

record! {
    /// What the review and the operator need besides [`Account`].
    pub struct AccountFacts {
        /// Whether the account ever held assets: without, its first security events start no hold (entry rules 6).
        pub held_assets: bool,
        /// How often a sign-in ended in a session.
        pub entries: i64,
        /// When the owner last confirmed a review.
        pub reviewed_at: Option<Timestamp>,
        /// When it was frozen.
        pub frozen_at: Option<Timestamp>,
        /// Who froze it: `owner`, `link` or `staff`.
        pub frozen_by: Option<String>,
    }
}

const FIND_ACCOUNT_FACTS: &str =
    "SELECT held_assets, entries, reviewed_at, frozen_at, frozen_by FROM account WHERE id = $1";

/// Counters and marks of an account.
pub async fn find_account_facts(
    source: impl Into<Source<'_>>,
    id: AccountId,
) -> Result<Option<AccountFacts>, StoreFault> {
    db::find(source.into(), "reading an account's facts", FIND_ACCOUNT_FACTS, values![id]).await
}

const CONFIRM_ACCOUNT_REVIEW: &str =
    "UPDATE account SET reviewed_at = $2 WHERE id = $1 AND (reviewed_at IS NULL OR reviewed_at < $2)";

/// The owner has confirmed the review; what happened until now is not shown again.
pub async fn confirm_account_review(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "confirming a review", CONFIRM_ACCOUNT_REVIEW, values![id, now]).await
}

record! {
    /// One line of the operator's list.
    pub struct AccountLine {
        /// The account.
        pub id: AccountId,
        /// Whether it may be entered.
        pub status: AccountStatus,
        /// When it was opened.
        pub created_at: Timestamp,
        /// How often a sign-in ended in a session.
        pub entries: i64,
        /// Its first verified identifier, sealed.
        pub sealed_identifier: Option<Vec<u8>>,
        /// The id of that identifier, which the seal is bound to.
        pub identifier_id: Option<doorward_domain::id::IdentifierId>,
    }
}

const LIST_ACCOUNTS: &str = "SELECT account.id AS id, status, account.created_at AS created_at, entries, \
    identifier.sealed AS sealed_identifier, identifier.id AS identifier_id FROM account \
    LEFT JOIN identifier ON identifier.id = (SELECT first.id FROM identifier AS first \
        WHERE first.account_id = account.id AND first.verified_at IS NOT NULL \
        AND first.retired_at IS NULL ORDER BY first.id LIMIT 1) \
    WHERE account.id > $1 ORDER BY account.id LIMIT $2";

/// A page of all accounts, oldest first, after `after` (None: from the beginning).
pub async fn list_accounts(
    source: impl Into<Source<'_>>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountLine>, StoreFault> {
    let after = after.map_or(uuid::Uuid::nil(), AccountId::as_uuid);
    db::list(source.into(), "listing accounts", LIST_ACCOUNTS, values![after, limit]).await
}
