//! What an entry of the audit log says for ever, and what can be erased from it (entry rules 9 and 12 of its issue).
//!
//! The leaf of the tree holds number, time, kind and a commitment. Whose the entry is, from which address and with what
//! detail stands outside and is bound to the leaf by a salt alone: once salt and detail are erased, the leaf says of
//! nobody anything, and the tree stays as it is.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::id::AccountId;
use crate::merkle::{Hash, leaf_hash};
use crate::time::Timestamp;

/// Length of a salt in bytes: nobody guesses what 128 random bits hide.
pub const SALT_BYTES: usize = 16;

/// First line of every leaf, so that a later form can be told apart.
const FORM: &str = "doorward audit 1\n";

/// What binds the erasable part of an entry to its leaf.
///
/// SHA-256 over: salt, 16 bytes; 1 and the account's 16 bytes, or 0; length of the address as text in one byte and the
/// address; the sealed detail to the end.
pub fn commit(
    salt: &[u8; SALT_BYTES],
    account: Option<AccountId>,
    network: Option<&str>,
    sealed: Option<&[u8]>,
) -> Hash {
    let account = account.map(AccountId::as_uuid);
    commit_parts(
        salt,
        account.as_ref().map(|id| id.as_bytes().as_slice()),
        network.unwrap_or_default(),
        sealed,
    )
}

/// The same over what a stored row holds, account or not.
pub(crate) fn commit_parts(
    salt: &[u8],
    account: Option<&[u8]>,
    network: &str,
    sealed: Option<&[u8]>,
) -> Hash {
    let mut hash = Sha256::new_with_prefix(salt);
    match account {
        Some(account) => {
            hash.update([1]);
            hash.update(account);
        }
        None => hash.update([0]),
    }
    // An address as text has at most 45 characters; one that was made longer fits no commitment that was ever written.
    hash.update([u8::try_from(network.len()).unwrap_or(u8::MAX)]);
    hash.update(network.as_bytes());
    hash.update(sealed.unwrap_or_default());
    hash.finalize().into()
}

/// An entry as the tree holds it.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// Its number in the log.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, by its stable name.
    pub kind: &'a str,
    /// What the entry states openly, of nobody: one line of ASCII. Empty for most.
    pub stated: &'a str,
    /// What binds the rest.
    pub commitment: &'a Hash,
}

impl Leaf<'_> {
    /// Its text: six lines, each with its line end: form, number, microseconds since 1970, kind, statement, commitment
    /// in hexadecimal.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(160);
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        use std::fmt::Write as _;
        text.push_str(FORM);
        // Writing to a text does not fail.
        let _ = writeln!(text, "{}\n{}", self.seq, self.at.as_micros());
        text.push_str(self.kind);
        text.push('\n');
        text.push_str(self.stated);
        text.push('\n');
        HEXLOWER.encode_append(self.commitment, text);
        text.push('\n');
    }

    /// Its hash in the tree.
    pub fn hash(&self) -> Hash {
        leaf_hash(self.text().as_bytes())
    }

    /// The same with a buffer that is used again, for a million of them.
    pub(crate) fn hash_with(&self, buffer: &mut String) -> Hash {
        buffer.clear();
        self.write(buffer);
        leaf_hash(buffer.as_bytes())
    }
}

/// What the entry of an erasure states: how many entries it emptied, and which.
pub fn erasure_statement(seqs: &[i64]) -> String {
    let mut hash = Sha256::new();
    for seq in seqs {
        hash.update(seq.to_be_bytes());
    }
    let digest: Hash = hash.finalize().into();
    format!("entries {} sha256 {}", seqs.len(), HEXLOWER.encode(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_reads_like_this() {
        let leaf = Leaf {
            seq: 7,
            at: Timestamp::from_micros(1_800_000_000_000_001),
            kind: "entered",
            stated: "",
            commitment: &[0xab; 32],
        };
        let text = format!("doorward audit 1\n7\n1800000000000001\nentered\n\n{}\n", "ab".repeat(32));
        assert_eq!(leaf.text(), text);
        assert_eq!(leaf.hash(), leaf_hash(text.as_bytes()));
        assert_eq!(leaf.hash_with(&mut "left over".to_owned()), leaf.hash());
    }

    #[test]
    fn a_commitment_binds_each_part_and_cannot_be_met_by_moving_bytes_between_them() {
        let account = AccountId::from_parts(Timestamp::from_seconds(1), [3; 16]);
        let whole = commit(&[1; 16], Some(account), Some("192.0.2.1"), Some(b"sealed"));
        assert_eq!(commit(&[1; 16], Some(account), Some("192.0.2.1"), Some(b"sealed")), whole);
        for other in [
            commit(&[2; 16], Some(account), Some("192.0.2.1"), Some(b"sealed")),
            commit(&[1; 16], None, Some("192.0.2.1"), Some(b"sealed")),
            commit(&[1; 16], Some(account), None, Some(b"sealed")),
            commit(&[1; 16], Some(account), Some("192.0.2.1s"), Some(b"ealed")),
            commit(&[1; 16], Some(account), Some("192.0.2.1"), None),
        ] {
            assert_ne!(other, whole);
        }
    }

    #[test]
    fn an_erasure_states_how_many_and_which() {
        assert!(erasure_statement(&[1, 2, 3]).starts_with("entries 3 sha256 "));
        assert_ne!(erasure_statement(&[1, 2, 3]), erasure_statement(&[1, 2, 4]));
    }
}
