//! History anew, from the journal's first record on.

use std::path::Path;
use std::sync::Arc;

use doorward_domain::market::codec::read_record;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Folder, Groups as _, JournalRefused, read};
use doorward_store::StoreFault;
use doorward_store::history::{History, NotProjected, Projection};
use tokio::runtime::Handle;

use super::projector::{ProjectionEnded, Projector};
use crate::clock::Clock;

/// Why history is not made anew.
#[derive(Debug, thiserror::Error)]
pub enum NotRebuilt {
    /// The journal cannot be read from its beginning. History is as it was.
    #[error("the journal cannot be read from its first record to its last; bring archived segments back")]
    Journal(#[source] JournalRefused),
    /// Reading ended in the middle: what was made so far stands, and is gone on with.
    #[error("history was made up to record {at}, where the journal cannot be read")]
    Damaged {
        /// The last record that was read.
        at: u64,
        /// What is wrong.
        source: JournalRefused,
    },
    /// A record of a later version.
    #[error("record {0} is of a kind that this version does not know")]
    Record(u64),
    /// Somebody else writes history.
    #[error(transparent)]
    Projection(#[from] NotProjected),
    /// It could not be written.
    #[error(transparent)]
    Ended(#[from] ProjectionEnded),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Forgets history and makes it anew from the journal on `disk`, which ends at `tail`; gives the number of records. Blocking,
/// within a runtime. What is made is equal to what a server makes while it runs. `told` hears of every so many records.
///
/// Nobody else may write history meanwhile: the caller holds the folder and the lease.
///
/// # Errors
/// See [`NotRebuilt`].
pub fn rebuild<D: Disk>(
    history: &History,
    projection: Projection,
    (disk, tail): (&D, u64),
    clock: Arc<dyn Clock>,
    told: impl Fn(u64),
) -> Result<u64, NotRebuilt> {
    // Before anything is forgotten: what cannot be read from the beginning to the end cannot be made anew.
    check(disk, tail)?;
    let mut groups = if tail == 0 { None } else { Some(read(disk, 1, tail).map_err(NotRebuilt::Journal)?) };
    let runtime = Handle::current();
    runtime.block_on(history.wipe())?;
    let reach = runtime.block_on(history.take(projection))?;
    let mut projector = Projector::new(
        history.clone(),
        projection,
        reach,
        clock,
        Arc::new(move || tail),
        Box::new(move |_, _| {}),
    );
    let (mut engine, mut events) = (Engine::new(), Vec::new());
    while let Some(reader) = &mut groups {
        let damaged = |source| NotRebuilt::Damaged { at: engine.sequence(), source };
        let Some(group) = reader.next_group().map_err(damaged)? else { break };
        for (sequence, bytes) in group.records() {
            let record = read_record(sequence, bytes).map_err(|_| NotRebuilt::Record(sequence))?;
            events.clear();
            projector.look_before(&record, &engine);
            engine.apply(&record, &mut events);
            projector.take(&record, &events, &engine)?;
            told(sequence);
        }
    }
    projector.write()?;
    Ok(engine.sequence())
}

/// Reads every record and does nothing with it: a fraction of the time that writing takes.
fn check<D: Disk>(disk: &D, tail: u64) -> Result<(), NotRebuilt> {
    if tail == 0 {
        return Ok(());
    }
    let mut groups = read(disk, 1, tail).map_err(NotRebuilt::Journal)?;
    while let Some(group) = groups.next_group().map_err(NotRebuilt::Journal)? {
        for (sequence, bytes) in group.records() {
            read_record(sequence, bytes).map_err(|_| NotRebuilt::Record(sequence))?;
        }
    }
    Ok(())
}

/// The same from the journal in a folder, archived segments included.
///
/// # Errors
/// See [`NotRebuilt`].
pub fn rebuild_from_folder(
    history: &History,
    projection: Projection,
    (folder, tail): (&Path, u64),
    clock: Arc<dyn Clock>,
    told: impl Fn(u64),
) -> Result<u64, NotRebuilt> {
    rebuild(history, projection, (&Folder::look_whole(folder), tail), clock, told)
}
