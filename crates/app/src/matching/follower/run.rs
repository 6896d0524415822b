//! The follower's thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_domain::market::codec::read_record;
use doorward_domain::market::event::Event;
use doorward_engine::Engine;
use doorward_journal::{Folder, Groups, Reader, archive_below, read, snapshots};

use super::{Follow, FollowerFault, FollowerSettings, OnFault, Shared, Tail};

/// Behind hashes, requests and the database: whoever waits for history waits at most half a second.
const NICENESS: i32 = 19;
/// Shortest and longest pause while nothing comes: a read that waits for its own write looks every few milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(16);
/// At a clean stop the follower catches up when it is no farther behind than this; from farther, the next start does.
const CATCHES_UP_RECORDS: u64 = 200_000;
/// A snapshot that could not be stored is tried again after this part of the usual distance.
const RETRY_PART: u64 = 10;

/// How long to rest next: longer each time.
struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Pauses {
    /// Rests, or is woken by a stop.
    fn rest(&mut self) {
        std::thread::park_timeout(self.0);
        self.0 = (self.0 * 2).min(LONGEST);
    }
}

pub(super) struct Work {
    settings: FollowerSettings,
    folder: Folder,
    engine: Engine,
    tail: Tail,
    consumers: Vec<Told>,
    shared: Arc<Shared>,
    /// The record at which the next snapshot is due.
    due: u64,
    events: Vec<Event>,
}

/// A consumer, and the last record that it needs no word of any more.
struct Told {
    consumer: Box<dyn Follow>,
    reached: u64,
}

impl Work {
    pub(super) fn new(
        settings: FollowerSettings,
        folder: Folder,
        engine: Engine,
        tail: Tail,
        consumers: Vec<Box<dyn Follow>>,
        shared: Arc<Shared>,
    ) -> Self {
        let newest = shared.snapshot.load(Ordering::Acquire);
        let due = newest.saturating_add(settings.snapshot_every.max(1));
        let consumers =
            consumers.into_iter().map(|consumer| Told { reached: consumer.reached(), consumer }).collect();
        Self { settings, folder, engine, tail, consumers, shared, due, events: Vec::new() }
    }

    /// Follows until it is told to stop, or cannot.
    pub(super) fn follow(mut self, on_fault: OnFault) {
        // A kernel that refuses changes nothing but who waits for whom.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        let ended = self.read_on();
        let shared = Arc::clone(&self.shared);
        // The engine's memory is given back before anybody is told.
        drop(self);
        shared.is_over.store(true, Ordering::Release);
        if let Err(fault) = ended {
            metrics::counter!("doorward_market_follower_faults_total").increment(1);
            on_fault(fault);
        }
    }

    fn read_on(&mut self) -> Result<(), FollowerFault> {
        let mut pauses = Pauses::default();
        // Before the first record there is no segment; while the sequencer replays, its end lies before a snapshot.
        while (self.tail)() < self.engine.sequence().max(1) {
            if self.is_stopping() {
                return self.end();
            }
            pauses.rest();
        }
        // Apart from `self`, so that the reader may borrow it while the engine is changed.
        let folder = Folder::look_whole(&self.settings.folder);
        let mut tail = (self.tail)();
        let mut reader = read(&folder, self.engine.sequence() + 1, tail)?;
        let mut is_settled = true;
        loop {
            is_settled &= !self.read_groups(&mut reader)?;
            let now = (self.tail)();
            if self.is_stopping() && (now == self.engine.sequence() || self.is_far()) {
                return self.end();
            }
            if now > tail {
                tail = now;
                reader.go_on(tail);
                continue;
            }
            if !is_settled {
                self.settle()?;
                (pauses, is_settled) = (Pauses::default(), true);
            }
            pauses.rest();
        }
    }

    /// Applies what the reader has; says whether there was anything. A stop cuts in between two groups when much is left.
    fn read_groups(&mut self, reader: &mut Reader<'_, Folder>) -> Result<bool, FollowerFault> {
        let mut read_some = false;
        while let Some(group) = reader.next_group()? {
            read_some = true;
            for (sequence, bytes) in group.records() {
                if sequence <= self.engine.sequence() {
                    continue;
                }
                let record = read_record(sequence, bytes).map_err(|_| FollowerFault::Record(sequence))?;
                for told in self.consumers.iter_mut().filter(|told| told.reached < sequence) {
                    told.consumer.before(&record, &self.engine);
                }
                self.events.clear();
                let answer = self.engine.apply(&record, &mut self.events);
                for told in self.consumers.iter_mut().filter(|told| told.reached < sequence) {
                    told.consumer.applied(&record, &answer, &self.events, &self.engine)?;
                }
                self.shared.sequence.store(sequence, Ordering::Release);
                if sequence >= self.due {
                    self.store()?;
                }
            }
            if self.is_stopping() && self.is_far() {
                break;
            }
        }
        Ok(read_some)
    }

    fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::Acquire)
    }

    fn is_far(&self) -> bool {
        (self.tail)().saturating_sub(self.engine.sequence()) > CATCHES_UP_RECORDS
    }

    fn settle(&mut self) -> Result<(), FollowerFault> {
        for told in &mut self.consumers {
            told.consumer.idle()?;
        }
        Ok(())
    }

    /// The last thing: a snapshot of where the journal ends, so that the next start has nothing to replay.
    fn end(&mut self) -> Result<(), FollowerFault> {
        self.settle()?;
        let sequence = self.engine.sequence();
        if sequence == (self.tail)() && sequence > self.shared.snapshot.load(Ordering::Acquire) {
            self.store()?;
        }
        Ok(())
    }

    /// Stores a snapshot of here and archives what neither a restart nor a consumer needs. Whatever the disk says, the
    /// follower goes on: without a new snapshot a restart takes longer, and nothing is archived.
    fn store(&mut self) -> Result<(), FollowerFault> {
        // No snapshot may stand above what a consumer has made last: it begins from a snapshot at or below that.
        self.settle()?;
        let (sequence, every) = (self.engine.sequence(), self.settings.snapshot_every.max(1));
        let bytes = self.engine.snapshot();
        match snapshots::store(&self.folder, sequence, &bytes) {
            Ok(()) => {
                self.shared.snapshot.store(sequence, Ordering::Release);
                self.due = sequence.saturating_add(every);
                metrics::gauge!("doorward_market_snapshot_sequence").set(sequence as f64);
                tracing::info!(sequence, bytes = bytes.len(), "stored a snapshot of the market");
                self.archive();
            }
            Err(refused) => {
                self.due = sequence.saturating_add((every / RETRY_PART).max(1));
                metrics::counter!("doorward_market_snapshot_failures_total").increment(1);
                tracing::error!(sequence, %refused, source = ?std::error::Error::source(&refused), "a snapshot of the market could not be stored; trading goes on, a restart would take longer");
            }
        }
        Ok(())
    }

    /// Moves segments that lie below the older snapshot, and below what every consumer has made last, into the archive.
    fn archive(&self) {
        if !self.settings.archives {
            return;
        }
        let archived = snapshots::list(&self.folder).and_then(|found| {
            // With one snapshot alone a damaged one would leave nothing to fall back to but the beginning.
            let Some(older) = found.get(1) else { return Ok(0) };
            let reached = self.consumers.iter().map(|told| told.consumer.reached()).min();
            let needed_from = (*older).min(reached.unwrap_or(u64::MAX)).saturating_add(1);
            archive_below(&Folder::look(&self.settings.folder), needed_from)
        });
        match archived {
            Ok(0) => {}
            Ok(segments) => tracing::info!(segments, "moved segments of the journal into the archive"),
            Err(refused) => {
                tracing::error!(%refused, source = ?std::error::Error::source(&refused), "segments of the journal could not be archived; they stay where they are");
            }
        }
    }
}
