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
        /// When its owner proved it.
        pub verified_at: Option<Timestamp>,
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

const FIND_IDENTIFIER: &str = "SELECT id, account_id, kind, sealed, created_at, verified_at FROM identifier \
    WHERE lookup = $1 AND verified_at IS NOT NULL";

/// The verified identifier with this keyed hash.
pub async fn find_identifier(
    source: impl Into<Source<'_>>,
    lookup: &[u8; 32],
) -> Result<Option<StoredIdentifier>, StoreFault> {
    db::find(source.into(), "finding an identifier", FIND_IDENTIFIER, values![lookup]).await
}

const LIST_IDENTIFIERS: &str = "SELECT id, account_id, kind, sealed, created_at, verified_at FROM identifier \
    WHERE account_id = $1 AND verified_at IS NOT NULL ORDER BY id LIMIT 20";

/// Every verified channel of an account, oldest first: where notices go.
pub async fn list_identifiers(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<StoredIdentifier>, StoreFault> {
    db::list(source.into(), "listing an account's identifiers", LIST_IDENTIFIERS, values![account_id]).await
}

const RECORD_IDENTIFIER: &str = "INSERT INTO identifier (id, account_id, kind, lookup, sealed, created_at, verified_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (lookup) WHERE verified_at IS NOT NULL DO NOTHING";

/// Gives an account a proved identifier; false and unchanged when another account has proved it first.
pub async fn record_identifier(
    tx: &mut Tx,
    new: &NewIdentifier<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![new.id, new.account_id, new.kind, new.lookup, new.sealed, now];
    db::change_one(tx, "recording an identifier", RECORD_IDENTIFIER, values).await
}
