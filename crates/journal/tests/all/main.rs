//! The journal on a real folder, on a disk that loses power, and through the engine.

mod commands;
mod copies;
mod crash;
mod damage;
mod files;
mod fuzz;
mod golden;
mod memory;
mod writer;

use doorward_domain::market::codec::{read_record, write_record};
use doorward_domain::market::command::Record;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Group, Groups, JournalRefused, Settings, read};

/// Small segments, so that a few hundred records fill several.
pub(crate) const SMALL: Settings = Settings { segment_bytes: 16 << 10 };
pub(crate) const ID: [u8; 16] = *b"a journal's id 1";

pub(crate) fn group(records: &[Record]) -> Group {
    let mut group = Group::new();
    for record in records {
        assert!(group.push(|bytes| write_record(record, bytes)), "{record:?} does not fit");
    }
    group
}

/// All records from `from` on.
pub(crate) fn records<D: Disk>(disk: &D, from: u64, tail: u64) -> Result<Vec<Record>, JournalRefused> {
    let (mut reader, mut records) = (read(disk, from, tail)?, Vec::new());
    while let Some(group) = reader.next_group()? {
        records.extend(group.records().filter(|(sequence, _)| *sequence >= from).map(|(sequence, bytes)| {
            read_record(sequence, bytes).expect("a digest vouches for what was written")
        }));
    }
    Ok(records)
}

/// The engine after these records.
pub(crate) fn replay(records: &[Record]) -> Engine {
    let (mut engine, mut events) = (Engine::new(), Vec::new());
    for record in records {
        events.clear();
        engine.apply(record, &mut events);
    }
    engine
}
