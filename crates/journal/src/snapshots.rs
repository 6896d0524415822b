//! Snapshot files: written so that one that can be seen is whole, the newest two kept.

use std::io;

use crate::JournalRefused;
use crate::disk::{Disk, DiskFile, read_whole};
use crate::segment::number_in;

const SUFFIX: &str = ".snapshot";
const UNFINISHED: &str = "next.unfinished";
/// So many are kept: a damaged one falls back to the one before it.
const KEPT: usize = 2;

fn name(sequence: u64) -> String {
    format!("{sequence:020}{SUFFIX}")
}

/// Sequences of the snapshots there are, newest first.
pub fn list<D: Disk>(disk: &D) -> Result<Vec<u64>, JournalRefused> {
    let names = disk.list().map_err(JournalRefused::disk("listing the snapshots"))?;
    let mut sequences: Vec<u64> = names.iter().filter_map(|name| number_in(name, SUFFIX)).collect();
    sequences.sort_unstable_by(|one, other| other.cmp(one));
    Ok(sequences)
}

/// The bytes of a snapshot, as they are: whoever decodes them knows whether they are whole.
pub fn load<D: Disk>(disk: &D, sequence: u64) -> Result<Vec<u8>, JournalRefused> {
    let read = disk.open(&name(sequence)).and_then(|file| read_whole(&file));
    read.map_err(JournalRefused::disk("reading a snapshot"))
}

/// Keeps the state at this sequence, and forgets all but the newest two.
pub fn store<D: Disk>(disk: &D, sequence: u64, bytes: &[u8]) -> Result<(), JournalRefused> {
    if let Err(error) = write(disk, sequence, bytes) {
        // On a full disk the journal needs the room that this took.
        let _ = disk.remove(UNFINISHED);
        return Err(JournalRefused::disk("writing a snapshot")(error));
    }
    for old in list(disk)?.into_iter().skip(KEPT) {
        disk.remove(&name(old)).map_err(JournalRefused::disk("removing an old snapshot"))?;
    }
    Ok(())
}

fn write<D: Disk>(disk: &D, sequence: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk.create(UNFINISHED)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    disk.rename(UNFINISHED, &name(sequence))?;
    disk.sync()
}
