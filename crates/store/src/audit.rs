//! The record of what happened at the door. Rows are appended; what is of a person in them can be erased, nothing else
//! changes. Their places in the tree are [`crate::audit_tree`]'s.

use doorward_domain::audit::AuditKind;
use doorward_domain::audit_leaf::{SALT_BYTES, commit};
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
    /// What the leaf says openly, of nobody; one line of ASCII.
    pub stated: Option<&'a str>,
    /// Random bytes that bind account, address and detail to the leaf.
    pub salt: [u8; SALT_BYTES],
}

const RECORD_AUDIT: &str = "INSERT INTO audit (at, account_id, kind, network, sealed, stated, salt, commitment) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq";

/// Appends an entry and says its number.
pub async fn record_audit(tx: &mut Tx, new: &NewAuditEntry<'_>, now: Timestamp) -> Result<i64, StoreFault> {
    let commitment = commit(&new.salt, new.account_id, new.network, new.sealed);
    let values =
        values![now, new.account_id, new.kind, new.network, new.sealed, new.stated, &new.salt, &commitment];
    db::one::<(i64,)>(tx.into(), "recording an audit entry", RECORD_AUDIT, values).await.map(|(seq,)| seq)
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

/// Which entries of an account a list shows.
#[derive(Debug, Clone, Copy)]
pub struct AuditFilter<'a> {
    /// Names of kinds between commas, with a comma before the first and after the last; empty for all.
    pub kinds: &'a str,
    /// From this time on.
    pub since: Timestamp,
    /// Before this time.
    pub until: Timestamp,
}

// The names of kinds hold no character that LIKE reads as more than itself.
const LIST_AUDIT_FILTERED: &str = "SELECT seq, at, account_id, kind, network, sealed FROM audit \
    WHERE account_id = $1 AND seq < $2 AND at >= $3 AND at < $4 AND ($5 = '' OR $5 LIKE '%,' || kind || ',%') \
    ORDER BY seq DESC LIMIT $6";

/// A page of an account's own record through a filter, newest first, before `before` (None: from the newest).
pub async fn list_audit_filtered(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    before: Option<i64>,
    filter: &AuditFilter<'_>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreFault> {
    let before = before.unwrap_or(i64::MAX);
    let values = values![account_id, before, filter.since, filter.until, filter.kinds, limit];
    db::list(source.into(), "listing an account's record", LIST_AUDIT_FILTERED, values).await
}

record! {
    /// An entry with all that its place in the tree is proved by.
    pub struct ProvableEntry {
        /// Its number.
        pub seq: i64,
        /// When it happened.
        pub at: Timestamp,
        /// Whom it concerns; none once erased.
        pub account_id: Option<AccountId>,
        /// What happened, by its stable name.
        pub kind: String,
        /// From which address.
        pub network: Option<String>,
        /// Device, reasons and the like, sealed.
        pub sealed: Option<Vec<u8>>,
        /// What the leaf says openly.
        pub stated: Option<String>,
        /// What binds the erasable part; none once erased.
        pub salt: Option<Vec<u8>>,
        /// What the leaf holds in place of the erasable part.
        pub commitment: Option<[u8; 32]>,
        /// Its place in the tree; none in its first second.
        pub leaf: Option<i64>,
        /// The number of the entry that records its erasure.
        pub erased_by: Option<i64>,
    }
}

const FIND_PROVABLE: &str = "SELECT seq, at, account_id, kind, network, sealed, stated, salt, commitment, leaf, \
    erased_by FROM audit WHERE seq = $1";

/// One entry by its number.
pub async fn find_provable(
    source: impl Into<Source<'_>>,
    seq: i64,
) -> Result<Option<ProvableEntry>, StoreFault> {
    db::find(source.into(), "reading an audit entry", FIND_PROVABLE, values![seq]).await
}

const LIST_PROVABLE_OF: &str = "SELECT seq, at, account_id, kind, network, sealed, stated, salt, commitment, leaf, \
    erased_by FROM audit WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

/// A page of an account's own entries, newest first, before `before` (None: from the newest).
pub async fn list_provable_of(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ProvableEntry>, StoreFault> {
    let values = values![account_id, before.unwrap_or(i64::MAX), limit];
    db::list(source.into(), "listing an account's record", LIST_PROVABLE_OF, values).await
}

const LIST_PROVABLE: &str = "SELECT seq, at, account_id, kind, network, sealed, stated, salt, commitment, leaf, \
    erased_by FROM audit WHERE leaf >= $1 AND leaf < $2 ORDER BY leaf";

/// The entries whose places in the tree lie from `first` to before `end`.
pub async fn list_provable(
    source: impl Into<Source<'_>>,
    first: i64,
    end: i64,
) -> Result<Vec<ProvableEntry>, StoreFault> {
    db::list(source.into(), "reading the record by its tree", LIST_PROVABLE, values![first, end]).await
}
