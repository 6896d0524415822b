//! What an installation knows about itself, such as the sealed text that proves its master key.

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::values;

const FIND_FACT: &str = "SELECT value FROM installation WHERE name = $1";

/// The value written under this name.
pub async fn find_fact(source: impl Into<Source<'_>>, name: &str) -> Result<Option<Vec<u8>>, StoreFault> {
    let found: Option<(Vec<u8>,)> =
        db::find(source.into(), "reading a fact of the installation", FIND_FACT, values![name]).await?;
    Ok(found.map(|(value,)| value))
}

const RECORD_FACT: &str =
    "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

/// Writes a fact once; false and unchanged when another node was first.
pub async fn record_fact(tx: &mut Tx, name: &str, value: &[u8]) -> Result<bool, StoreFault> {
    db::change_one(tx, "recording a fact of the installation", RECORD_FACT, values![name, value]).await
}

const REPLACE_FACT: &str = "INSERT INTO installation (name, value) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Writes a fact whether or not it stood there.
pub async fn replace_fact(tx: &mut Tx, name: &str, value: &[u8]) -> Result<(), StoreFault> {
    db::change(tx, "replacing a fact of the installation", REPLACE_FACT, values![name, value]).await.map(drop)
}
