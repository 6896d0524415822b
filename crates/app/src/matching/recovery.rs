//! From the folder to the state: the newest good snapshot, then every record behind it.

use std::sync::mpsc::{SyncSender, sync_channel};

use doorward_domain::market::codec::read_record;
use doorward_domain::market::command::Record;
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Groups as _, JournalRefused, read};

use super::MatchingRefused;
use super::follower::engine_at_most;
use super::log::Log;
use super::ring::{Applied, Batch};
use super::shared::Shared;
use super::view::CLOSED_KEPT_FOR;

/// Records that are handed from the reading to the applying thread at one time, and how many such pieces may wait.
const PIECE: usize = 1_024;
const PIECES: usize = 16;

/// The state at the journal's end, and the view of it.
pub(super) fn recover<D>(log: &Log<D>, shared: &Shared, now: Timestamp) -> Result<Engine, MatchingRefused>
where
    D: Disk<File: Send + Sync> + Send + Sync + 'static,
{
    let mut engine = engine_at_most(log.disk(), u64::MAX)?;
    let tail = log.tail();
    shared.applied(engine.sequence(), 0);
    let mut view = Recent { shared, since: now.minus(CLOSED_KEPT_FOR), filled: false };
    if engine.sequence() < tail {
        let from = engine.sequence();
        replay(log.disk(), tail, &mut engine, &mut view)?;
        tracing::info!(from, to = tail, "replayed the journal");
    }
    view.fill(&engine);
    Ok(engine)
}

/// The view is filled once, before the first record that is young enough to be seen in it.
struct Recent<'s> {
    shared: &'s Shared,
    since: Timestamp,
    filled: bool,
}

impl Recent<'_> {
    fn fill(&mut self, engine: &Engine) {
        if !self.filled {
            self.shared.view.fill(engine);
            self.filled = true;
        }
    }
}

/// Applies every record behind the engine's. One thread reads, checks and decodes, this one applies.
fn replay<D>(disk: &D, tail: u64, engine: &mut Engine, view: &mut Recent<'_>) -> Result<(), MatchingRefused>
where
    D: Disk<File: Send + Sync> + Send + Sync + 'static,
{
    let from = engine.sequence() + 1;
    let (send, pieces) = sync_channel(PIECES);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read_records(disk, (from, tail), &send));
        let mut batch = Batch::default();
        for piece in pieces {
            if piece.last().is_some_and(|record| record.at >= view.since) {
                view.fill(engine);
            }
            apply(engine, &piece, &mut batch);
            if view.filled {
                view.shared.view.feed(engine, &batch);
            }
            view.shared.applied(engine.sequence(), batch.events.len());
        }
        let ended = || MatchingRefused::Folder {
            what: "reading the journal",
            source: std::io::Error::other("the reading thread has panicked"),
        };
        reading.join().unwrap_or_else(|_| Err(ended()))
    })
}

/// Applies records and writes down what they came to.
pub(super) fn apply(engine: &mut Engine, records: &[Record], batch: &mut Batch) {
    batch.clear();
    batch.first = records.first().map_or(0, |record| record.sequence);
    batch.last = records.last().map_or(0, |record| record.sequence);
    for record in records {
        let begin = batch.events.len();
        let answer = engine.apply(record, &mut batch.events);
        let Record { sequence, at, id, command } = *record;
        let events = begin..batch.events.len();
        batch.records.push(Applied { sequence, at, id, command, answer, events });
    }
}

fn read_records<D: Disk>(
    disk: &D,
    (from, tail): (u64, u64),
    send: &SyncSender<Vec<Record>>,
) -> Result<(), MatchingRefused> {
    let mut groups = read(disk, from, tail).map_err(|refused| match refused {
        JournalRefused::OutOfReach { first, .. } => MatchingRefused::NoStart { first },
        other => MatchingRefused::Journal(other),
    })?;
    let mut piece = Vec::with_capacity(PIECE);
    while let Some(group) = groups.next_group()? {
        for (sequence, bytes) in group.records().filter(|(sequence, _)| *sequence >= from) {
            let record = read_record(sequence, bytes);
            piece.push(record.map_err(|_| MatchingRefused::Unreadable { sequence })?);
        }
        if piece.len() >= PIECE
            && send.send(std::mem::replace(&mut piece, Vec::with_capacity(PIECE))).is_err()
        {
            // Whoever applies has panicked, and tells so by that.
            return Ok(());
        }
    }
    let _ = send.send(piece);
    Ok(())
}
