//! Erasing a person: what was asked for and when it is due, and the statements that leave nothing of an account but the
//! entries of the record that say of nobody anything.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// An erasure that was asked for.
    pub struct StoredErasure {
        /// Of which account.
        pub account_id: AccountId,
        /// When.
        pub asked_at: Timestamp,
        /// When the waiting time is over.
        pub due_at: Timestamp,
    }
}

const RECORD_ERASURE: &str = "INSERT INTO erasure (account_id, asked_at, due_at, next_try_at, cancel_hash) \
    VALUES ($1, $2, $3, $3, $4) ON CONFLICT DO NOTHING";

/// Writes that an erasure was asked for; false when one is under way.
pub async fn record_erasure(
    tx: &mut Tx,
    account: AccountId,
    cancel: &TokenHash,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "recording an erasure", RECORD_ERASURE, values![account, now, due_at, cancel]).await
}

const FIND_ERASURE: &str = "SELECT account_id, asked_at, due_at FROM erasure WHERE account_id = $1";

/// The erasure of an account that is under way.
pub async fn find_erasure(
    source: impl Into<Source<'_>>,
    account: AccountId,
) -> Result<Option<StoredErasure>, StoreFault> {
    db::find(source.into(), "reading an erasure", FIND_ERASURE, values![account]).await
}

const FIND_CANCELLABLE: &str = "SELECT account_id, asked_at, due_at FROM erasure WHERE cancel_hash = $1";

/// The erasure that a mailed link calls off.
pub async fn find_erasure_by_link(
    source: impl Into<Source<'_>>,
    cancel: &TokenHash,
) -> Result<Option<StoredErasure>, StoreFault> {
    db::find(source.into(), "reading an erasure", FIND_CANCELLABLE, values![cancel]).await
}

const CANCEL: &str = "DELETE FROM erasure WHERE account_id = $1";

/// Calls an erasure off; false when none is under way.
pub async fn cancel_erasure(tx: &mut Tx, account: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "calling an erasure off", CANCEL, values![account]).await
}

const LIST_DUE: &str = "SELECT account_id, asked_at, due_at FROM erasure WHERE next_try_at <= $1 \
    ORDER BY next_try_at LIMIT $2";

/// Erasures whose time has come, the longest due first.
pub async fn list_due_erasures(
    source: impl Into<Source<'_>>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<StoredErasure>, StoreFault> {
    db::list(source.into(), "listing erasures that are due", LIST_DUE, values![now, limit]).await
}

const POSTPONE: &str = "UPDATE erasure SET next_try_at = $2 WHERE account_id = $1";

/// Looks at an erasure again later; false when it was called off.
pub async fn postpone_erasure(
    tx: &mut Tx,
    account: AccountId,
    next_try_at: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "postponing an erasure", POSTPONE, values![account, next_try_at]).await
}

const LIST_NUMBERS: &str = "SELECT seq FROM audit WHERE account_id = $1 ORDER BY seq";

/// The numbers of an account's entries in the record, in order.
pub async fn list_entry_numbers(
    source: impl Into<Source<'_>>,
    account: AccountId,
) -> Result<Vec<i64>, StoreFault> {
    let rows: Vec<(i64,)> =
        db::list(source.into(), "listing the entries to erase", LIST_NUMBERS, values![account]).await?;
    Ok(rows.into_iter().map(|(seq,)| seq).collect())
}

const EMPTY_ENTRIES: &str = "UPDATE audit SET account_id = NULL, network = NULL, sealed = NULL, salt = NULL, \
    erased_by = $2 WHERE account_id = $1 AND commitment IS NOT NULL";

/// Takes what is of the person from the entries of the record: account, address, detail, and the salt that bound them.
/// `by` is the number of the entry that records the erasure. Says how many entries.
pub async fn empty_entries(tx: &mut Tx, account: AccountId, by: i64) -> Result<u64, StoreFault> {
    db::change(tx, "emptying entries of the record", EMPTY_ENTRIES, values![account, by]).await
}

const FORGET_CODES: &str = "DELETE FROM one_time_code WHERE flow_id IN (SELECT id FROM sign_in WHERE account_id = $1 \
    UNION ALL SELECT id FROM reset WHERE account_id = $1 UNION ALL SELECT id FROM change WHERE account_id = $1 \
    UNION ALL SELECT id FROM identifier_change WHERE account_id = $1 \
    UNION ALL SELECT id FROM support_case WHERE account_id = $1 \
    UNION ALL SELECT id FROM money_action WHERE account_id = $1 \
    UNION ALL SELECT id FROM session WHERE account_id = $1)";
const FORGET_SIGN_INS: &str = "DELETE FROM sign_in WHERE account_id = $1";
const FORGET_RESETS: &str = "DELETE FROM reset WHERE account_id = $1";
const FORGET_CHANGES: &str = "DELETE FROM change WHERE account_id = $1";
const FORGET_IDENTIFIER_CHANGES: &str = "DELETE FROM identifier_change WHERE account_id = $1";
const FORGET_STOP_LINKS: &str = "DELETE FROM stop_link WHERE account_id = $1";
const FORGET_EVIDENCE: &str =
    "DELETE FROM case_evidence WHERE case_id IN (SELECT id FROM support_case WHERE account_id = $1)";
const FORGET_VOTES: &str =
    "DELETE FROM case_vote WHERE case_id IN (SELECT id FROM support_case WHERE account_id = $1)";
const FORGET_CASES: &str = "DELETE FROM support_case WHERE account_id = $1";
const FORGET_IDENTITY: &str = "DELETE FROM identity WHERE account_id = $1";
const FORGET_SESSIONS: &str = "DELETE FROM session WHERE account_id = $1";
const FORGET_DEVICES: &str = "DELETE FROM device WHERE account_id = $1";
const FORGET_SEEN_STEPS: &str =
    "DELETE FROM totp_seen_step WHERE totp_id IN (SELECT id FROM totp WHERE account_id = $1)";
const FORGET_TOTP: &str = "DELETE FROM totp WHERE account_id = $1";
const FORGET_RECOVERY_CODES: &str = "DELETE FROM recovery_code WHERE account_id = $1";
const FORGET_RECOVERY_BATCH: &str = "DELETE FROM recovery_batch WHERE account_id = $1";
const FORGET_MONEY_ACTIONS: &str = "DELETE FROM money_action WHERE account_id = $1";
const FORGET_PASSKEYS: &str = "DELETE FROM passkey WHERE account_id = $1";
const FORGET_TRADING_PASSWORD: &str = "DELETE FROM trading_password WHERE account_id = $1";
const FORGET_DELAYED_CHANGES: &str = "DELETE FROM delayed_change WHERE account_id = $1";
const FORGET_UNFREEZE_APPROVALS: &str = "DELETE FROM unfreeze_approval WHERE account_id = $1";
const FORGET_STAFF_NOTES: &str = "DELETE FROM staff_note WHERE account_id = $1";
const FORGET_STAFF_REQUESTS: &str = "DELETE FROM staff_request WHERE account_id = $1";
const FORGET_COUNTRIES: &str = "DELETE FROM account_country WHERE account_id = $1";
const FORGET_LIFTED: &str = "DELETE FROM lifted_account WHERE account_id = $1";
const FORGET_TOLD_MODE: &str = "DELETE FROM told_mode WHERE account_id = $1";
const FORGET_TOLD_AHEAD: &str = "DELETE FROM told_ahead WHERE account_id = $1";
const FORGET_PASSWORD: &str = "DELETE FROM password WHERE account_id = $1";
const FORGET_FREEZE_LINKS: &str = "DELETE FROM freeze_link WHERE account_id = $1";
const FORGET_MESSAGES: &str = "DELETE FROM outbox WHERE account_id = $1";
const FORGET_SECURITY_EVENTS: &str = "DELETE FROM security_event WHERE account_id = $1";
const FORGET_IDENTIFIERS: &str = "DELETE FROM identifier WHERE account_id = $1";
const FORGET_INTENTS: &str = "DELETE FROM engine_intent WHERE account_id = $1";
const FORGET_LEDGER_OWNER: &str = "DELETE FROM ledger_owner WHERE account_id = $1";
const FORGET_ERASURE: &str = "DELETE FROM erasure WHERE account_id = $1";

/// Every table that holds something of an account, with what removes it, in an order that no reference forbids. A test
/// holds this against the tables that there are.
pub const FORGOTTEN: &[(&str, &str)] = &[
    ("one_time_code", FORGET_CODES),
    ("sign_in", FORGET_SIGN_INS),
    ("reset", FORGET_RESETS),
    ("change", FORGET_CHANGES),
    ("identifier_change", FORGET_IDENTIFIER_CHANGES),
    ("stop_link", FORGET_STOP_LINKS),
    ("case_evidence", FORGET_EVIDENCE),
    ("case_vote", FORGET_VOTES),
    ("support_case", FORGET_CASES),
    ("identity", FORGET_IDENTITY),
    ("session", FORGET_SESSIONS),
    ("device", FORGET_DEVICES),
    ("totp_seen_step", FORGET_SEEN_STEPS),
    ("totp", FORGET_TOTP),
    ("recovery_code", FORGET_RECOVERY_CODES),
    ("recovery_batch", FORGET_RECOVERY_BATCH),
    ("money_action", FORGET_MONEY_ACTIONS),
    ("passkey", FORGET_PASSKEYS),
    ("trading_password", FORGET_TRADING_PASSWORD),
    ("delayed_change", FORGET_DELAYED_CHANGES),
    ("unfreeze_approval", FORGET_UNFREEZE_APPROVALS),
    ("staff_note", FORGET_STAFF_NOTES),
    ("staff_request", FORGET_STAFF_REQUESTS),
    ("account_country", FORGET_COUNTRIES),
    ("lifted_account", FORGET_LIFTED),
    ("told_mode", FORGET_TOLD_MODE),
    ("told_ahead", FORGET_TOLD_AHEAD),
    ("password", FORGET_PASSWORD),
    ("freeze_link", FORGET_FREEZE_LINKS),
    ("outbox", FORGET_MESSAGES),
    ("security_event", FORGET_SECURITY_EVENTS),
    ("identifier", FORGET_IDENTIFIERS),
    ("engine_intent", FORGET_INTENTS),
    ("ledger_owner", FORGET_LEDGER_OWNER),
    ("erasure", FORGET_ERASURE),
];

/// Tables that name an account and are not in [`FORGOTTEN`], and why.
pub const NOT_FORGOTTEN: &[(&str, &str)] = &[
    ("audit", "its entries are emptied and stay in the tree"),
    ("invalidation", "an id alone, gone after an hour"),
];

const FORGET_ACCOUNT: &str = "DELETE FROM account WHERE id = $1";

/// Removes an account with everything that hangs on it; false when there is none. Its entries of the record must have
/// been emptied before, and its row be held ([`crate::account::hold_account`]).
pub async fn forget_account(tx: &mut Tx, account: AccountId) -> Result<bool, StoreFault> {
    const DOING: &str = "erasing an account";
    for (_, sql) in FORGOTTEN {
        db::change(tx, DOING, sql, values![account]).await?;
    }
    db::change_one(tx, DOING, FORGET_ACCOUNT, values![account]).await
}

const RETAIN: &str = "INSERT INTO retained (id, sealed, kept_since, keep_until) VALUES ($1, $2, $3, $4)";

/// Keeps what the law makes one keep of an erased account, sealed under this id.
pub async fn retain(
    tx: &mut Tx,
    id: Uuid,
    sealed: &[u8],
    keep_until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreFault> {
    db::change(tx, "keeping what must be kept", RETAIN, values![id, sealed, now, keep_until]).await.map(drop)
}

const PURGE_RETAINED: &str = "DELETE FROM retained WHERE id IN \
    (SELECT id FROM retained WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2)";

/// Deletes what has been kept long enough, at most `batch`, and says how many.
pub async fn purge_retained(tx: &mut Tx, now: Timestamp, batch: i64) -> Result<u64, StoreFault> {
    db::change(tx, "deleting what was kept long enough", PURGE_RETAINED, values![now, batch]).await
}

record! {
    /// What was kept of an erased account.
    pub struct Retained {
        /// Its id, which the seal is bound to.
        pub id: Uuid,
        /// The content, sealed.
        pub sealed: Vec<u8>,
        /// When the account was erased.
        pub kept_since: Timestamp,
        /// When this goes too.
        pub keep_until: Timestamp,
    }
}

const LIST_RETAINED: &str =
    "SELECT id, sealed, kept_since, keep_until FROM retained WHERE id > $1 ORDER BY id LIMIT $2";

/// A page of what is kept, after `after`.
pub async fn list_retained(
    source: impl Into<Source<'_>>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Retained>, StoreFault> {
    db::list(source.into(), "listing what is kept", LIST_RETAINED, values![after, limit]).await
}
