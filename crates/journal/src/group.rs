//! A group: the records that one sync makes durable.
//!
//! `magic · version u16 · zero u16 · segment u64 · first sequence u64 · count u32 · length u32 · digest of the group before ·
//! digest`, then `length` bytes of records, each behind its length as u16, then zeros up to the next sector. The digest is the
//! SHA-256 of everything but itself and the zeros.

use doorward_domain::market::bytes::{Malformed, Reader};
use sha2::{Digest, Sha256};

/// What a sector is: the disk writes one whole or not at all.
pub(crate) const SECTOR: usize = 512;
const MAGIC: [u8; 4] = *b"DWGR";
const VERSION: u16 = 1;
/// Bytes before the digest.
const SIGNED: usize = 64;
/// Bytes before the records.
pub(crate) const HEADER: usize = SIGNED + 32;
/// No group is longer, header and zeros included.
pub const MAX_GROUP_BYTES: usize = 1 << 20;
/// No record is longer.
pub const MAX_RECORD_BYTES: usize = 4_096;

/// Bytes that are no whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no whole group")]
pub struct NotWhole;

impl From<Malformed> for NotWhole {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// Records on their way into the journal. Made once and used again: its memory stays.
#[derive(Debug)]
pub struct Group {
    bytes: Vec<u8>,
    count: u32,
}

impl Default for Group {
    fn default() -> Self {
        Self::new()
    }
}

impl Group {
    /// A group without records.
    pub fn new() -> Self {
        Self { bytes: vec![0; HEADER], count: 0 }
    }

    /// Adds what `write` appends as one record; `false`, and nothing is added, when it is empty, too long, or the group full.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 2]);
        write(&mut self.bytes);
        let length = self.bytes.len() - before - 2;
        let fits = (1..=MAX_RECORD_BYTES).contains(&length) && padded(self.bytes.len()) <= MAX_GROUP_BYTES;
        if !fits {
            self.bytes.truncate(before);
            return false;
        }
        let [low, high, ..] = length.to_le_bytes();
        self.bytes[before..before + 2].copy_from_slice(&[low, high]);
        self.count += 1;
        true
    }

    /// How many records it has.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Takes all records out.
    pub fn clear(&mut self) {
        self.bytes.truncate(HEADER);
        self.count = 0;
    }

    /// The bytes of this group as they would stand in a segment behind a group with this digest.
    pub fn into_bytes(mut self, segment: u64, first: u64, previous: &[u8; 32]) -> Vec<u8> {
        self.seal(segment, first, previous);
        self.bytes
    }

    /// Bytes that it takes in a segment.
    pub(crate) fn padded(&self) -> usize {
        padded(self.bytes.len())
    }

    /// Fills the header in, and gives the bytes to write and their digest. Zeros at the end make the sector full.
    pub(crate) fn seal(&mut self, segment: u64, first: u64, previous: &[u8; 32]) -> (&[u8], [u8; 32]) {
        let (records, whole) = (self.bytes.len(), self.padded());
        let length = u32::try_from(records - HEADER).unwrap_or(u32::MAX);
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&[0; 2]);
        header.extend_from_slice(&segment.to_le_bytes());
        header.extend_from_slice(&first.to_le_bytes());
        header.extend_from_slice(&self.count.to_le_bytes());
        header.extend_from_slice(&length.to_le_bytes());
        header.extend_from_slice(previous);
        let digest = digest(&header, &self.bytes[HEADER..]);
        header.extend_from_slice(&digest);
        self.bytes[..HEADER].copy_from_slice(&header);
        self.bytes.resize(whole, 0);
        self.count = 0;
        (&self.bytes, digest)
    }
}

pub(crate) const fn padded(length: usize) -> usize {
    length.next_multiple_of(SECTOR)
}

fn digest(header: &[u8], records: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(header).chain_update(records).finalize().into()
}

/// What a header says, before anything is believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) segment: u64,
    pub(crate) first: u64,
    pub(crate) count: u32,
    pub(crate) length: usize,
    pub(crate) previous: [u8; 32],
    pub(crate) digest: [u8; 32],
}

impl Header {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NotWhole> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != MAGIC || reader.u16()? != VERSION || reader.u16()? != 0 {
            return Err(NotWhole);
        }
        let (segment, first) = (reader.u64()?, reader.u64()?);
        let (count, length) = (reader.u32()?, reader.u32()?);
        let (previous, digest) = (reader.array()?, reader.array()?);
        let length = usize::try_from(length).map_err(|_| NotWhole)?;
        let fits = length <= MAX_GROUP_BYTES - HEADER && count > 0 && first > 0;
        let ends = first.checked_add(u64::from(count)).is_some();
        if fits && ends {
            Ok(Self { segment, first, count, length, previous, digest })
        } else {
            Err(NotWhole)
        }
    }

    /// Bytes that the group takes in a segment.
    pub(crate) const fn padded(&self) -> usize {
        padded(HEADER + self.length)
    }

    /// Sequence of its last record.
    pub(crate) fn last(&self) -> u64 {
        self.first + u64::from(self.count) - 1
    }
}

/// A whole group.
#[derive(Debug, Clone, Copy)]
pub struct GroupRead<'a> {
    pub(crate) header: Header,
    records: &'a [u8],
}

impl<'a> GroupRead<'a> {
    /// Reads the group at the front of these bytes: digest, count and lengths must all agree.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, NotWhole> {
        let header = Header::read(bytes)?;
        let records = bytes.get(HEADER..HEADER + header.length).ok_or(NotWhole)?;
        if digest(&bytes[..SIGNED], records) != header.digest {
            return Err(NotWhole);
        }
        let group = Self { header, records };
        let mut records = group.records();
        let counted = records.by_ref().take_while(|(_, record)| !record.is_empty()).count();
        let is_whole = records.rest.is_empty() && counted == header.count as usize;
        if is_whole { Ok(group) } else { Err(NotWhole) }
    }

    /// A group whose bytes were decoded before.
    pub(crate) fn decode_checked(bytes: &'a [u8], header: Header) -> Option<Self> {
        Some(Self { header, records: bytes.get(HEADER..HEADER + header.length)? })
    }

    /// Sequence of its first record.
    pub const fn first(&self) -> u64 {
        self.header.first
    }

    /// Sequence of its last record.
    pub fn last(&self) -> u64 {
        self.header.last()
    }

    /// Its records with their sequences.
    pub const fn records(&self) -> Records<'a> {
        Records { sequence: self.header.first, rest: self.records }
    }
}

/// The records of a group.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    sequence: u64,
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.rest.split_first_chunk::<2>()?;
        let (record, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let sequence = self.sequence;
        self.sequence += 1;
        self.rest = rest;
        Some((sequence, record))
    }
}
