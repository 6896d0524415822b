//! The record of what happened at the door. Rows are appended and never changed.

use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

/// An entry to be appended.
#[derive(Debug, Clone, Copy)]
pub struct NewAuditEntry<'a> {
    /// Whom it concerns; None for what belongs to no account.
    pub account_id: Option<AccountId>,
    /// What happened.
    pub kind: AuditKind,
    /// From which address.
    pub network: Option<&'a str>,
    /// Device, reasons and the like, sealed.
    pub sealed: Option<&'a [u8]>,
}

const RECORD_AUDIT: &str =
    "INSERT INTO audit (at, account_id, kind, network, sealed) VALUES ($1, $2, $3, $4, $5)";

/// Appends an entry.
pub async fn record_audit(tx: &mut Tx, new: &NewAuditEntry<'_>, now: Timestamp) -> Result<(), StoreFault> {
    let values = values![now, new.account_id, new.kind, new.network, new.sealed];
    db::change(tx, "recording an audit entry", RECORD_AUDIT, values).await.map(drop)
}

record! {
    /// An entry of the record.
    pub struct AuditEntry {
        /// Its place in the record.
        pub seq: i64,
        /// When it happened.
        pub at: Timestamp,
        /// Whom it concerns.
        pub account_id: Option<AccountId>,
        /// What happened.
        pub kind: AuditKind,
        /// From which address.
        pub network: Option<String>,
        /// Device, reasons and the like, sealed.
        pub sealed: Option<Vec<u8>>,
    }
}

const LIST_AUDIT: &str = "SELECT seq, at, account_id, kind, network, sealed FROM audit \
    WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

/// A page of an account's own record, newest first, before `before` (None: from the newest).
pub async fn list_audit(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreFault> {
    let before = before.unwrap_or(i64::MAX);
    db::list(source.into(), "listing an account's record", LIST_AUDIT, values![account_id, before, limit])
        .await
}

const LIST_AUDIT_OF_KIND: &str = "SELECT seq, at, account_id, kind, network, sealed FROM audit \
    WHERE account_id = $1 AND kind = $2 AND at > $3 ORDER BY at DESC, seq DESC LIMIT $4";

/// The entries of one kind after `since`, newest first: entries, wrong passwords and the like for the review.
pub async fn list_audit_of_kind(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    kind: AuditKind,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreFault> {
    let values = values![account_id, kind, since, limit];
    db::list(source.into(), "listing an account's record", LIST_AUDIT_OF_KIND, values).await
}

const COUNT_AUDIT: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS entries FROM \
    (SELECT 1 AS one FROM audit WHERE account_id = $1 AND kind = $2 AND at > $3 LIMIT $4) AS counted";

/// How many entries of one kind stand after `since`; stops counting at `limit`.
pub async fn count_audit(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    kind: AuditKind,
    since: Timestamp,
    limit: i64,
) -> Result<i64, StoreFault> {
    let values = values![account_id, kind, since, limit];
    db::one::<(i64,)>(source.into(), "counting an account's record", COUNT_AUDIT, values)
        .await
        .map(|(entries,)| entries)
}
