//! Groups and segments of the journal.

use doorward_journal::{Group, GroupRead, SegmentHeader};
use sha2::{Digest, Sha256};

/// Bytes before a group's digest, and where its records begin.
const SIGNED: usize = 64;
const HEADER: usize = 96;

/// A group; or, when the first byte is `~`, a genuine one changed by what follows: triples of a place and a byte.
pub fn group(input: &[u8]) {
    let _ = SegmentHeader::decode(input);
    let bytes = match input.split_first() {
        Some((b'~', changes)) => changed(genuine(), changes),
        _ => input.to_vec(),
    };
    if let Ok(read) = GroupRead::decode(&bytes) {
        whole(&read, bytes.len());
    }
    // With its digest made anew, what is inside must hold by itself.
    let Some(length) = bytes.get(28..32).and_then(|length| length.try_into().ok()) else { return };
    let end = HEADER.saturating_add(u32::from_le_bytes(length) as usize);
    if end > bytes.len() {
        return;
    }
    let mut signed = bytes.clone();
    let digest = Sha256::new().chain_update(&bytes[..SIGNED]).chain_update(&bytes[HEADER..end]).finalize();
    signed[SIGNED..HEADER].copy_from_slice(&digest);
    if let Ok(read) = GroupRead::decode(&signed) {
        whole(&read, signed.len());
    }
}

fn whole(group: &GroupRead<'_>, most: usize) {
    let sequences: Vec<u64> = group.records().map(|(sequence, _)| sequence).collect();
    assert_eq!(sequences.first(), Some(&group.first()));
    assert_eq!(sequences.last(), Some(&group.last()));
    assert!(sequences.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert!(group.records().all(|(_, record)| !record.is_empty()));
    assert!(group.records().map(|(_, record)| record.len() + 2).sum::<usize>() + HEADER <= most);
}

fn genuine() -> Vec<u8> {
    let mut group = Group::new();
    for record in [&b"one"[..], b"a record of some length", b"3"] {
        group.push(|bytes| bytes.extend_from_slice(record));
    }
    group.into_bytes(4, 17, &[9; 32])
}

fn changed(mut bytes: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[place] = change[2];
    }
    bytes
}
