//! Entries and proofs as JSON for those who check them with programs of their own. Bytes are in hexadecimal.

use data_encoding::HEXLOWER;
use doorward_domain::merkle::Hash;
use doorward_store::audit::ProvableEntry;
use serde_json::{Value, json};

use super::prove::{ConsistencyProof, InclusionProof};

/// The hashes of a proof.
pub(crate) fn path_json(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| HEXLOWER.encode(hash)).collect()
}

/// An entry with all from which its leaf follows; what was erased is null.
pub fn entry_json(entry: &ProvableEntry) -> Value {
    let hex = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| HEXLOWER.encode(bytes));
    json!({
        "leaf": entry.leaf,
        "seq": entry.seq,
        "at_us": entry.at.as_micros(),
        "kind": entry.kind,
        "stated": entry.stated.as_deref().unwrap_or_default(),
        "commitment": entry.commitment.map(|hash| HEXLOWER.encode(&hash)),
        "salt": hex(&entry.salt),
        "account": entry.account_id.map(|id| id.to_string()),
        "network": entry.network,
        "sealed": hex(&entry.sealed),
        "erased_by": entry.erased_by,
    })
}

/// An entry and the proof of its place.
pub fn inclusion_json(proof: &InclusionProof) -> Value {
    json!({
        "entry": entry_json(&proof.entry),
        "size": proof.size,
        "root": HEXLOWER.encode(&proof.root),
        "path": path_json(&proof.path),
    })
}

/// The proof that a log begins with a shorter one.
pub fn consistency_json(proof: &ConsistencyProof) -> Value {
    json!({
        "old_size": proof.old_size,
        "old_root": HEXLOWER.encode(&proof.old_root),
        "new_size": proof.new_size,
        "new_root": HEXLOWER.encode(&proof.new_root),
        "path": path_json(&proof.path),
    })
}
