//! The loop: take, stamp, append, sync, apply, show, answer, publish.
//!
//! It runs at the usual priority of the process, before which the hash threads stand back (`hash_pool.rs`): a machine that
//! is full of sign-ins still hands it the core when a command arrives.

use std::sync::Arc;
use std::time::Duration;

use doorward_domain::market::codec::{MAX_RECORD_BYTES, write_record};
use doorward_domain::market::command::{Command, CommandId, Record};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{
    AppendRefused, Group, Journal, JournalRefused, MAX_GROUP_BYTES, RecordLog as _, Settings,
};
use tokio::sync::oneshot;

use super::queue::{Job, Taken};
use super::recovery::apply;
use super::ring::Batch;
use super::shared::Shared;
use super::view::CLOSED_KEPT_FOR;
use super::{Answered, chain};
use crate::clock::Clock;

/// Commands that one sync makes durable at most (market rules 3).
const GROUP: usize = 1_024;
const _: () = assert!(4_096 + GROUP * (MAX_RECORD_BYTES + 2) < MAX_GROUP_BYTES, "a group has room for all");

/// The commit mark is written when nothing has come for this long.
const IDLE: Duration = Duration::from_millis(500);
/// While an order has a deadline, the clock is looked at this often: it may have been set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

/// The journal, or the place for one.
pub(super) enum Log<D: Disk> {
    /// Nothing was ever written.
    PutOff {
        disk: D,
        settings: Settings,
        journal_id: [u8; 16],
    },
    Open(Journal<D>),
    /// Beginning it failed; nothing is ever written again.
    Lost,
}

/// A write that did not happen, with its causes in one line.
struct Unwritten(String);

impl From<AppendRefused> for Unwritten {
    fn from(refused: AppendRefused) -> Self {
        Self(chain(&refused))
    }
}

impl From<JournalRefused> for Unwritten {
    fn from(refused: JournalRefused) -> Self {
        Self(chain(&refused))
    }
}

impl<D: Disk> Log<D> {
    pub(super) fn put_off(disk: D, settings: Settings, journal_id: [u8; 16]) -> Self {
        Self::PutOff { disk, settings, journal_id }
    }

    pub(super) const fn of(journal: Journal<D>) -> Self {
        Self::Open(journal)
    }

    /// The disk that it is on.
    ///
    /// # Panics
    /// After beginning it has failed; nobody asks then.
    pub(super) fn disk(&self) -> &D {
        match self {
            Self::PutOff { disk, .. } => disk,
            Self::Open(journal) => journal.disk(),
            Self::Lost => unreachable!("a journal that could not begin is not read"),
        }
    }

    pub(super) fn tail(&self) -> u64 {
        match self {
            Self::Open(journal) => journal.tail(),
            Self::PutOff { .. } | Self::Lost => 0,
        }
    }

    /// Makes a group durable behind the last one.
    fn append(&mut self, group: &mut Group) -> Result<u64, Unwritten> {
        let journal = self.begun()?;
        let tail = journal.tail();
        Ok(journal.append(group, tail)?)
    }

    fn begun(&mut self) -> Result<&mut Journal<D>, Unwritten> {
        if let Self::PutOff { .. } = self
            && let Self::PutOff { disk, settings, journal_id } = std::mem::replace(self, Self::Lost)
        {
            *self = Self::Open(Journal::open(disk, settings, 0, journal_id)?.journal);
        }
        match self {
            Self::Open(journal) => Ok(journal),
            _ => Err(Unwritten("beginning the journal has failed before".to_owned())),
        }
    }

    /// What is done while nobody asks for anything: the mark, and the next segment before it is needed.
    fn rest(&mut self) -> Result<(), Unwritten> {
        let Self::Open(journal) = self else { return Ok(()) };
        journal.write_mark()?;
        // A quarter of a segment is left: making the next one takes the disk for a moment.
        if journal.is_nearly_full() {
            match journal.prepare_next() {
                Err(refused @ AppendRefused::NotPrepared(_)) => {
                    metrics::counter!("doorward_market_segment_failures_total").increment(1);
                    tracing::error!(
                        why = chain(&refused),
                        "the journal's disk is full: the market ends when the present segment is full too"
                    );
                }
                prepared => prepared?,
            }
        }
        Ok(())
    }
}

pub(super) struct Sequencer<D: Disk> {
    log: Log<D>,
    engine: Engine,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    group: Group,
    records: Vec<Record>,
    answers: Vec<oneshot::Sender<Answered>>,
    /// Memory of the last batch, if nobody else has it.
    spare: Batch,
    /// Whether the mark may be behind the journal.
    unmarked: bool,
    /// Whether the view may hold closed orders that nobody may see any more.
    unswept: bool,
}

impl<D: Disk> Sequencer<D> {
    pub(super) fn new(log: Log<D>, engine: Engine, shared: Arc<Shared>, clock: Arc<dyn Clock>) -> Self {
        Self {
            log,
            engine,
            shared,
            clock,
            group: Group::new(),
            records: Vec::new(),
            answers: Vec::new(),
            spare: Batch::default(),
            unmarked: true,
            unswept: true,
        }
    }

    /// Works until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self) {
        let ended = self.work();
        // Whatever was not answered is dropped here, unanswered.
        self.answers.clear();
        match ended {
            Ok(()) if self.shared.has_failed() => {}
            Ok(()) => self.shared.set_stopped(),
            Err(Unwritten(why)) => {
                tracing::error!(why, "the market has stopped: nothing more is acknowledged");
                self.shared.fail(&why);
            }
        }
    }

    fn work(&mut self) -> Result<(), Unwritten> {
        let mut jobs = Vec::new();
        loop {
            let patience = self.patience();
            match self.shared.queue.take(GROUP, patience, &mut jobs) {
                Taken::Jobs => self.take_on(&mut jobs)?,
                Taken::Nothing => self.idle()?,
                Taken::Closed => return self.log.rest(),
            }
            if self.shared.has_failed() {
                return Ok(());
            }
        }
    }

    /// How long to wait for a command before something else is to be done.
    fn patience(&self) -> Option<Duration> {
        let mark = self.unmarked.then_some(IDLE);
        let sweep = self.unswept.then_some(CLOSED_KEPT_FOR);
        let deadline = self.engine.next_deadline().map(|deadline| {
            // A microsecond more: a wait may end early, and a deadline that has not come wakes nobody.
            let until = self.clock.now().until(deadline) + Duration::from_micros(1);
            until.min(LOOK_AT_CLOCK)
        });
        [mark, sweep, deadline].into_iter().flatten().min()
    }

    fn idle(&mut self) -> Result<(), Unwritten> {
        let now = self.clock.now();
        if self.engine.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.records.clear();
            self.enter(None, Command::Tick, now);
            self.commit()?;
        }
        if self.unmarked {
            self.log.rest()?;
            self.unmarked = false;
        } else if self.unswept {
            self.unswept = self.shared.view.forget(now);
        }
        Ok(())
    }

    /// Carries out what was taken from the queue: all commands as one group, then the looks.
    fn take_on(&mut self, jobs: &mut Vec<Job>) -> Result<(), Unwritten> {
        let now = self.clock.now();
        let mut looks = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Command { id, command, answer } => {
                    self.enter(id, command, now);
                    self.answers.push(answer);
                }
                Job::Look(look) => looks.push(look),
            }
        }
        if !self.records.is_empty() {
            self.commit()?;
        }
        for look in looks {
            look(&self.engine);
        }
        Ok(())
    }

    /// Stamps a command and writes it into the group.
    fn enter(&mut self, id: Option<CommandId>, command: Command, now: Timestamp) {
        let sequence = self.engine.sequence() + 1 + self.records.len() as u64;
        let record = Record { sequence, at: self.engine.now().max(now), id, command };
        let fits = self.group.push(|bytes| write_record(&record, bytes));
        debug_assert!(fits, "a group has room for all");
        self.records.push(record);
    }

    /// Makes the group durable, applies it, shows it, answers, publishes.
    fn commit(&mut self) -> Result<(), Unwritten> {
        let sync = Stopwatch::start(&*self.clock);
        self.log.append(&mut self.group)?;
        sync.record("doorward_market_sync_seconds", &*self.clock);
        if self.shared.has_failed() {
            // Another engine has the database: what it does not know of is not acknowledged.
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.spare);
        apply(&mut self.engine, &self.records, &mut batch);
        self.records.clear();
        self.shared.view.feed(&self.engine, &batch);
        self.shared.applied(batch.last, batch.events.len());
        for (answer, applied) in self.answers.drain(..).zip(&batch.records) {
            let answered = Answered { answer: applied.answer, sequence: applied.sequence, at: applied.at };
            // Whoever asked may have gone; it is done all the same.
            let _ = answer.send(answered);
        }
        self.note(&batch);
        if let Some(batch) = self.shared.ring.publish(batch) {
            self.spare = batch;
        }
        (self.unmarked, self.unswept) = (true, true);
        Ok(())
    }

    fn note(&self, batch: &Batch) {
        metrics::histogram!("doorward_market_group_records").record(batch.records.len() as f64);
        metrics::gauge!("doorward_market_sequence").set(batch.last as f64);
        metrics::gauge!("doorward_market_queue_depth").set(self.shared.queue.len() as f64);
    }
}

/// How long something took by the program's clock.
struct Stopwatch(Timestamp);

impl Stopwatch {
    fn start(clock: &dyn Clock) -> Self {
        Self(clock.now())
    }

    fn record(&self, name: &'static str, clock: &dyn Clock) {
        metrics::histogram!(name).record(clock.now().since(self.0).as_secs_f64());
    }
}
