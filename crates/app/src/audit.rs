//! Writing the record: what happened, to whom, from where (entry rules 9). Each entry becomes a leaf of a Merkle tree,
//! of which signed checkpoints leave the house.

pub mod checkpoint;
mod json;
mod place;
pub mod prove;
mod sequence;
pub mod verify;

pub(crate) use json::path_json;
pub use json::{consistency_json, entry_json, inclusion_json};
pub use place::{CheckpointPlace, PlaceRefused};

use std::net::IpAddr;

use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_store::audit::{NewAuditEntry, record_audit};
use doorward_store::{StoreFault, Tx};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::app::App;
use crate::keys::Sealed;

/// One line of the record.
#[derive(Debug)]
pub struct Entry {
    kind: AuditKind,
    account: Option<AccountId>,
    network: Option<IpAddr>,
    detail: Option<Zeroizing<Vec<u8>>>,
    stated: Option<String>,
}

impl Entry {
    /// Something that happened to an account, from this address.
    pub const fn of(kind: AuditKind, account: AccountId, network: IpAddr) -> Self {
        Self { kind, account: Some(account), network: Some(network), detail: None, stated: None }
    }

    /// Something of the house itself that concerns no account: staff coming, going, changing.
    pub const fn of_house(kind: AuditKind) -> Self {
        Self { kind, account: None, network: None, detail: None, stated: None }
    }

    /// Something without an address: staff at the machine, or the house itself.
    pub const fn without_network(kind: AuditKind, account: AccountId) -> Self {
        Self { kind, account: Some(account), network: None, detail: None, stated: None }
    }

    /// Something of the house itself that concerns nobody any more, with what its leaf says openly.
    pub(crate) const fn stating(kind: AuditKind, stated: String) -> Self {
        Self { kind, account: None, network: None, detail: None, stated: Some(stated) }
    }

    /// The same with what else is worth knowing; it is sealed. Plain data only, never a secret.
    #[must_use]
    pub fn with(mut self, detail: &impl Serialize) -> Self {
        self.detail = serde_json::to_vec(detail).ok().map(Zeroizing::new);
        self
    }
}

impl App {
    /// Appends an entry to the record, in the write that makes it true.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note(&self, tx: &mut Tx, entry: Entry, now: Timestamp) -> Result<(), StoreFault> {
        self.note_numbered(tx, entry, now).await.map(drop)
    }

    /// The same, and says the entry's number.
    pub(crate) async fn note_numbered(
        &self,
        tx: &mut Tx,
        entry: Entry,
        now: Timestamp,
    ) -> Result<i64, StoreFault> {
        let row = detail_row(entry.kind, entry.account);
        let sealed = entry.detail.map(|detail| self.keys.seal(Sealed::Audit, &row, &detail));
        let network = entry.network.map(|network| network.to_string());
        let entry = NewAuditEntry {
            account_id: entry.account,
            kind: entry.kind,
            network: network.as_deref(),
            sealed: sealed.as_deref(),
            stated: entry.stated.as_deref(),
            salt: self.random.bytes(),
        };
        record_audit(tx, &entry, now).await
    }

    /// Opens the detail of an entry.
    pub fn open_detail(
        &self,
        kind: AuditKind,
        account: Option<AccountId>,
        sealed: &[u8],
    ) -> Option<serde_json::Value> {
        let plain = self.keys.open(Sealed::Audit, &detail_row(kind, account), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What a detail is sealed for: its number is not known before it is written.
fn detail_row(kind: AuditKind, account: Option<AccountId>) -> Vec<u8> {
    let account = account.map_or([0; 16], |account| *account.as_uuid().as_bytes());
    [kind.name().as_bytes(), b"\0", &account].concat()
}
