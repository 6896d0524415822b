//! The commit mark: up to where the journal was durable, remembered outside of it.
//!
//! A file of two sectors that are written in turn, so that one of them is always whole.

use doorward_domain::market::bytes::Reader;
use sha2::{Digest, Sha256};

use crate::JournalRefused;
use crate::disk::{Disk, DiskFile};
use crate::group::SECTOR;

const NAME: &str = "mark";
const MAGIC: [u8; 8] = *b"DWCOMMIT";

pub(crate) struct Mark<F> {
    file: F,
    /// How often it was written; decides whose turn it is.
    turn: u64,
    pub(crate) sequence: u64,
}

fn sector(turn: u64, sequence: u64) -> [u8; SECTOR] {
    let mut bytes = Vec::with_capacity(SECTOR);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&turn.to_le_bytes());
    bytes.extend_from_slice(&sequence.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    let mut sector = [0; SECTOR];
    sector[..bytes.len()].copy_from_slice(&bytes);
    sector
}

/// Turn and sequence of a whole sector.
fn decode(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader::new(bytes);
    let _magic: [u8; 8] = reader.array().ok()?;
    let (turn, sequence) = (reader.u64().ok()?, reader.u64().ok()?);
    (sector(turn, sequence)[..] == *bytes).then_some((turn, sequence))
}

impl<F: DiskFile> Mark<F> {
    /// The mark of a new journal.
    pub(crate) fn create<D: Disk<File = F>>(disk: &D) -> Result<Self, JournalRefused> {
        let file = disk.create(NAME).map_err(JournalRefused::disk("making the commit mark"))?;
        let mut mark = Self { file, turn: 0, sequence: 0 };
        mark.write(0)
            .and_then(|()| mark.write(0))
            .map_err(JournalRefused::disk("writing the commit mark"))?;
        disk.sync().map_err(JournalRefused::disk("syncing the journal's folder"))?;
        Ok(mark)
    }

    /// The mark that is there; `None` where there is none at all.
    pub(crate) fn open<D: Disk<File = F>>(disk: &D) -> Result<Option<Self>, JournalRefused> {
        let names = disk.list().map_err(JournalRefused::disk("listing the journal's folder"))?;
        if !names.iter().any(|name| name == NAME) {
            return Ok(None);
        }
        let file = disk.open(NAME).map_err(JournalRefused::disk("opening the commit mark"))?;
        let bytes =
            crate::disk::read_whole(&file).map_err(JournalRefused::disk("reading the commit mark"))?;
        let newest = bytes.chunks_exact(SECTOR).filter_map(decode).max();
        Ok(newest.map(|(turn, sequence)| Self { file, turn, sequence }))
    }

    pub(crate) fn write(&mut self, sequence: u64) -> std::io::Result<()> {
        let turn = self.turn + 1;
        let at = turn % 2 * SECTOR as u64;
        self.file.write_at(at, &sector(turn, sequence))?;
        self.file.sync()?;
        (self.turn, self.sequence) = (turn, sequence);
        Ok(())
    }
}
