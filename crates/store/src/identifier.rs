//! Email addresses and phone numbers: stored sealed, found by keyed hash, taken only once verified.

use doorward_domain::id::{AccountId, IdentifierId};
use doorward_domain::identifier::IdentifierKind;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// One channel to a customer.
    pub struct StoredIdentifier {
        /// Its id, which the seal is bound to.
        pub id: IdentifierId,
        /// Whose it is.
        pub account_id: AccountId,
        /// Mail or phone.
        pub kind: IdentifierKind,
        /// The normalized text, sealed.
        pub sealed: Vec<u8>,
        /// When it was first written.
        pub created_at: Timestamp,
        /// When its owner proved it first.
        pub verified_at: Option<Timestamp>,
        /// When its owner proved it last.
        pub proved_at: Option<Timestamp>,
        /// When it was reported to belong to somebody else, unless it was proved since.
        pub reassigned_at: Option<Timestamp>,
    }
}

/// A proved identifier to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewIdentifier<'a> {
    /// A fresh id.
    pub id: IdentifierId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Mail or phone.
    pub kind: IdentifierKind,
    /// Keyed hash of the normalized text.
    pub lookup: &'a [u8; 32],
    /// The normalized text, sealed.
    pub sealed: &'a [u8],
}

const FIND_IDENTIFIER: &str = "SELECT id, account_id, kind, sealed, created_at, verified_at, proved_at, \
    reassigned_at FROM identifier WHERE lookup = $1 AND verified_at IS NOT NULL AND retired_at IS NULL";

/// The verified identifier with this keyed hash.
pub async fn find_identifier(
    source: impl Into<Source<'_>>,
    lookup: &[u8; 32],
) -> Result<Option<StoredIdentifier>, StoreFault> {
    db::find(source.into(), "finding an identifier", FIND_IDENTIFIER, values![lookup]).await
}

const LIST_IDENTIFIERS: &str = "SELECT id, account_id, kind, sealed, created_at, verified_at, proved_at, \
    reassigned_at FROM identifier WHERE account_id = $1 AND verified_at IS NOT NULL AND retired_at IS NULL \
    ORDER BY id LIMIT 20";

/// Every verified channel of an account, oldest first: where notices go.
pub async fn list_identifiers(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<StoredIdentifier>, StoreFault> {
    db::list(source.into(), "listing an account's identifiers", LIST_IDENTIFIERS, values![account_id]).await
}

const RECORD_IDENTIFIER: &str = "INSERT INTO identifier (id, account_id, kind, lookup, sealed, created_at, verified_at, \
    proved_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $6) ON CONFLICT (lookup) WHERE verified_at IS NOT NULL DO NOTHING";

/// Gives an account a proved identifier; false and unchanged when another account has proved it first.
pub async fn record_identifier(
    tx: &mut Tx,
    new: &NewIdentifier<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![new.id, new.account_id, new.kind, new.lookup, new.sealed, now];
    db::change_one(tx, "recording an identifier", RECORD_IDENTIFIER, values).await
}

const FIND_TAKEN: &str = "SELECT account_id FROM identifier WHERE lookup = $1 AND verified_at IS NOT NULL";

/// Whose this identifier is, or was a short while ago so that its change can still be undone.
pub async fn find_taken(
    source: impl Into<Source<'_>>,
    lookup: &[u8; 32],
) -> Result<Option<AccountId>, StoreFault> {
    let found: Option<(AccountId,)> =
        db::find(source.into(), "looking whether an identifier is taken", FIND_TAKEN, values![lookup])
            .await?;
    Ok(found.map(|(account_id,)| account_id))
}

const NOTE_PROOF: &str = "UPDATE identifier SET proved_at = $3, reassigned_at = NULL WHERE lookup = $1 \
    AND account_id = $2 AND verified_at IS NOT NULL AND retired_at IS NULL";

/// The account's owner has proved this identifier again.
pub async fn note_proof(
    tx: &mut Tx,
    lookup: &[u8; 32],
    account_id: AccountId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "noting the proof of an identifier", NOTE_PROOF, values![lookup, account_id, now])
        .await
}

const REPORT_REASSIGNED: &str = "UPDATE identifier SET reassigned_at = $2 WHERE lookup = $1 AND kind = 'phone' \
    AND verified_at IS NOT NULL AND retired_at IS NULL AND reassigned_at IS NULL RETURNING account_id";

/// A number is reported to belong to somebody else; returns whose it was. None when no account has it, or it was
/// reported before.
pub async fn report_reassigned(
    tx: &mut Tx,
    lookup: &[u8; 32],
    now: Timestamp,
) -> Result<Option<AccountId>, StoreFault> {
    let reported: Option<(AccountId,)> =
        db::find(tx.into(), "reporting a number as reassigned", REPORT_REASSIGNED, values![lookup, now])
            .await?;
    Ok(reported.map(|(account_id,)| account_id))
}

const RELEASE_STALE: &str = "UPDATE identifier SET verified_at = NULL, retired_at = NULL WHERE lookup = $1 \
    AND account_id = $2 AND kind = 'phone' AND verified_at IS NOT NULL \
    AND (reassigned_at IS NOT NULL OR proved_at <= $3)";

/// Takes a number from the account that has not proved it since `proved_before`, or of which it was reported. False and
/// unchanged when it was proved meanwhile.
pub async fn release_stale(
    tx: &mut Tx,
    lookup: &[u8; 32],
    account_id: AccountId,
    proved_before: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![lookup, account_id, proved_before];
    db::change_one(tx, "releasing a number for its new holder", RELEASE_STALE, values).await
}

const RETIRE: &str = "UPDATE identifier SET retired_at = $3 WHERE id = $1 AND account_id = $2 \
    AND verified_at IS NOT NULL AND retired_at IS NULL AND EXISTS (SELECT 1 FROM identifier AS other \
        WHERE other.account_id = $2 AND other.id <> $1 AND other.verified_at IS NOT NULL AND other.retired_at IS NULL)";

/// Takes an identifier out of use and keeps it from others until [`forget_retired`]. False and unchanged when it is the
/// account's last one, or none of its own. The account's row must be held.
pub async fn retire(
    tx: &mut Tx,
    id: IdentifierId,
    account_id: AccountId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "retiring an identifier", RETIRE, values![id, account_id, now]).await
}

const TAKE_BACK: &str = "UPDATE identifier SET retired_at = NULL, proved_at = $3 WHERE lookup = $1 AND account_id = $2 \
    AND verified_at IS NOT NULL AND retired_at IS NOT NULL";

/// Puts a retired identifier of the account into use again, after a fresh proof.
pub async fn take_back(
    tx: &mut Tx,
    lookup: &[u8; 32],
    account_id: AccountId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "taking an identifier back", TAKE_BACK, values![lookup, account_id, now]).await
}

const DROP_SINCE: &str = "UPDATE identifier SET verified_at = NULL, retired_at = NULL WHERE account_id = $1 \
    AND verified_at >= $2 AND id <> $3";
const REVIVE: &str = "UPDATE identifier SET retired_at = NULL WHERE id = $1 AND account_id = $2 \
    AND verified_at IS NOT NULL";
const REVIVE_SINCE: &str = "UPDATE identifier SET retired_at = NULL WHERE account_id = $1 AND retired_at >= $2 \
    AND verified_at < $2";

/// Undoes what came to an account's identifiers since a moment: `back`, if any, is in use again with all that was retired
/// since, and what was added since is nobody's. Returns how many were dropped.
pub async fn undo_since(
    tx: &mut Tx,
    account_id: AccountId,
    back: Option<IdentifierId>,
    since: Timestamp,
) -> Result<u64, StoreFault> {
    const DOING: &str = "undoing a change of identifiers";
    let spared = back.map_or(uuid::Uuid::nil(), IdentifierId::as_uuid);
    if let Some(back) = back {
        db::change(tx, DOING, REVIVE, values![back, account_id]).await?;
    }
    db::change(tx, DOING, REVIVE_SINCE, values![account_id, since]).await?;
    db::change(tx, DOING, DROP_SINCE, values![account_id, since, spared]).await
}

const FORGET_RETIRED: &str = "UPDATE identifier SET verified_at = NULL, retired_at = NULL WHERE id IN \
    (SELECT id FROM identifier WHERE retired_at <= $1 ORDER BY retired_at LIMIT $2)";

/// Lets go of identifiers that were retired before: anybody may claim them from now on.
pub async fn forget_retired(tx: &mut Tx, before: Timestamp, batch: i64) -> Result<u64, StoreFault> {
    db::change(tx, "letting go of retired identifiers", FORGET_RETIRED, values![before, batch]).await
}
