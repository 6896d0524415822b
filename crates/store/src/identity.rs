//! Identity records: who the operator's own checks say an owner is. Name and birth date sealed, the document's number as a
//! keyed hash that can be compared and not read.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A record as it stands in the database.
    pub struct StoredIdentity {
        /// Whose it is; the seals are bound to it.
        pub account_id: AccountId,
        /// The name, sealed.
        pub sealed_name: Vec<u8>,
        /// The birth date, sealed.
        pub sealed_birth_date: Vec<u8>,
        /// Keyed hash of the document's number.
        pub document_hash: [u8; 32],
        /// The country of residence, two letters.
        pub residence: String,
        /// How thoroughly was checked.
        pub level: String,
        /// Who checked.
        pub source: String,
        /// When.
        pub recorded_at: Timestamp,
    }
}

const FIND_IDENTITY: &str = "SELECT account_id, sealed_name, sealed_birth_date, document_hash, residence, level, source, \
    recorded_at FROM identity WHERE account_id = $1";

/// The record of an account.
pub async fn find_identity(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredIdentity>, StoreFault> {
    db::find(source.into(), "reading an identity record", FIND_IDENTITY, values![account_id]).await
}

const FIND_RESIDENCE: &str = "SELECT residence FROM identity WHERE account_id = $1";

/// The verified country of residence, two letters; None without a record.
pub async fn find_residence(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<String>, StoreFault> {
    let found: Option<(String,)> =
        db::find(source.into(), "reading a residence", FIND_RESIDENCE, values![account_id]).await?;
    Ok(found.map(|(residence,)| residence))
}

const RECORD_IDENTITY: &str = "INSERT INTO identity (account_id, sealed_name, sealed_birth_date, document_hash, residence, \
    level, source, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id) DO UPDATE SET \
    sealed_name = excluded.sealed_name, sealed_birth_date = excluded.sealed_birth_date, \
    document_hash = excluded.document_hash, residence = excluded.residence, level = excluded.level, \
    source = excluded.source, recorded_at = excluded.recorded_at";

/// Writes the record of an account in the place of an earlier one.
pub async fn record_identity(tx: &mut Tx, new: &StoredIdentity) -> Result<(), StoreFault> {
    let values = values![
        new.account_id,
        &new.sealed_name,
        &new.sealed_birth_date,
        &new.document_hash,
        &new.residence,
        &new.level,
        &new.source,
        new.recorded_at
    ];
    db::change(tx, "writing an identity record", RECORD_IDENTITY, values).await.map(drop)
}

const REMOVE_IDENTITY: &str = "DELETE FROM identity WHERE account_id = $1";

/// Removes the record of an account; false when it has none.
pub async fn remove_identity(tx: &mut Tx, account_id: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "removing an identity record", REMOVE_IDENTITY, values![account_id]).await
}
