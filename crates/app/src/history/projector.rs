//! The projector: writes what every record did into history, each once (market rules 4, decision 0027).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::market::command::Record;
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_store::StoreFault;
use doorward_store::history::{Batch, History, Projection, Reach};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::gather::Gatherer;
use super::reader::MarketHistory;
use crate::clock::Clock;
use crate::matching::follower::{Follow, FollowEnded};
use crate::matching::{Matching, chain};

/// Events in one transaction at most, and how long one should take (market rules 4). A record is never parted: one with more
/// events is a transaction of its own.
const MOST_EVENTS: usize = 2_000;
const MOST_TIME: Duration = Duration::from_millis(20);
/// However slow the database is, so many events go together.
const LEAST_EVENTS: usize = 100;
/// How long a database that does not answer is left alone: each time twice as long.
const RETRY_AFTER: Duration = Duration::from_millis(100);
const RETRY_AFTER_AT_MOST: Duration = Duration::from_secs(2);
/// How long a transaction is kept that PostgreSQL may lose with its power: three times the delay of its log's writer, which is
/// 200 ms unless somebody has changed it, and as much again.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// Told how far history has come and how many events it has not written yet.
pub type Report = Box<dyn Fn(u64, u64) + Send>;

/// Says up to which record the journal is durable.
pub type JournalEnd = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Why nothing more is written into history. Final: the market must not go on without its history.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionEnded {
    /// Another engine writes it, or somebody changed it.
    #[error(
        "history is not where this engine left it at record {left_at}: another engine writes it, or it was replaced"
    )]
    Elsewhere {
        /// Where it was left.
        left_at: u64,
    },
    /// The database refuses what is written, and would again.
    #[error("history cannot be written behind record {behind}; `doorward rebuild` makes it anew")]
    Refused {
        /// The last record that is there.
        behind: u64,
        /// What the database said.
        source: StoreFault,
    },
    /// It was told to stop while the database did not answer; the next start goes on from there.
    #[error("history was stopped at record {at} while its database did not answer")]
    Stopped {
        /// The last record that is there.
        at: u64,
    },
}

/// How far history has come, for those who wait for it, and the way to stop a projector that waits for its database.
#[derive(Clone)]
pub struct Progress {
    reached: Arc<watch::Sender<u64>>,
    stopping: Arc<watch::Sender<bool>>,
}

impl Progress {
    fn at(sequence: u64) -> Self {
        Self {
            reached: Arc::new(watch::Sender::new(sequence)),
            stopping: Arc::new(watch::Sender::new(false)),
        }
    }

    /// The last record of which everything is in history.
    pub fn reached(&self) -> u64 {
        *self.reached.borrow()
    }

    /// Waits until everything up to this record is there, at most so long; says whether it is.
    pub async fn wait_for(&self, sequence: u64, patience: Duration) -> bool {
        let mut reached = self.reached.subscribe();
        let waiting = reached.wait_for(|reached| *reached >= sequence);
        // The sender lives in `self`, so that waiting ends by reaching or by time.
        tokio::time::timeout(patience, waiting).await.is_ok_and(|reached| reached.is_ok())
    }

    /// Waits until everything up to this record is there, however long that takes.
    pub(super) async fn come_to(&self, sequence: u64) {
        let mut reached = self.reached.subscribe();
        // The sender lives in `self`, so that waiting ends by reaching alone.
        let _ = reached.wait_for(|reached| *reached >= sequence).await;
    }

    /// Lets a projector give up that waits for its database. What is gathered is written at the next start.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// A transaction: what the records behind one up to another did.
struct Written {
    from: u64,
    to: (u64, Timestamp),
    batch: Arc<Batch>,
    /// When, by the clock's reading.
    at: Duration,
}

/// How long to leave the database alone next.
struct Pauses(Duration);

/// Writes history. It runs on a thread of its own, outside the runtime.
pub struct Projector {
    history: History,
    projection: Projection,
    runtime: Handle,
    clock: Arc<dyn Clock>,
    journal_end: JournalEnd,
    report: Report,
    progress: Progress,
    gatherer: Gatherer,
    /// The last record that is written, and the last one that is gathered with its time.
    written: u64,
    gathered: (u64, Timestamp),
    /// Transactions of the last seconds, oldest first, where the database may lose them.
    kept: VecDeque<Written>,
    /// Events that go into the next transaction at most.
    most_events: usize,
    /// Since the start, for an estimate of what is to come.
    records: u64,
    events: u64,
}

impl Projector {
    /// A projector that goes on from `reach`, which [`History::take`] gave for this projection. Called within a runtime,
    /// which has to outlive it.
    pub fn new(
        history: History,
        projection: Projection,
        reach: Reach,
        clock: Arc<dyn Clock>,
        journal_end: JournalEnd,
        report: Report,
    ) -> Self {
        Self {
            history,
            projection,
            runtime: Handle::current(),
            clock,
            journal_end,
            report,
            progress: Progress::at(reach.last_seq),
            gatherer: Gatherer::default(),
            written: reach.last_seq,
            gathered: (reach.last_seq, reach.last_at),
            kept: VecDeque::new(),
            most_events: MOST_EVENTS,
            records: 0,
            events: 0,
        }
    }

    /// The projector behind a running engine, and the history that it writes, for those who read it. As [`Projector::new`].
    pub fn behind(
        matching: &Matching,
        history: History,
        projection: Projection,
        reach: Reach,
        clock: Arc<dyn Clock>,
    ) -> (Self, MarketHistory) {
        let (tail, told) = (matching.clone(), matching.clone());
        let journal_end = Arc::new(move || tail.sequence());
        let report = Box::new(move |_, behind| told.set_events_behind(behind));
        let projector = Self::new(history.clone(), projection, reach, clock, journal_end, report);
        let reader = MarketHistory::new(history, projector.progress(), matching.clone());
        (projector, reader)
    }

    /// How far history has come, for those who wait for it.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The last record of which everything is written.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Looks at the state before the next record is applied.
    pub fn look_before(&mut self, record: &Record, engine: &Engine) {
        if record.sequence == self.gathered.0 + 1 {
            self.gatherer.before(record, engine);
        }
    }

    /// Takes what a record did, and writes when enough is gathered. Blocking. Records that are gathered already are passed
    /// over, and none may be left out.
    ///
    /// # Errors
    /// See [`ProjectionEnded`].
    pub fn take(
        &mut self,
        record: &Record,
        events: &[Event],
        engine: &Engine,
    ) -> Result<(), ProjectionEnded> {
        if record.sequence <= self.gathered.0 {
            return Ok(());
        }
        if record.sequence != self.gathered.0 + 1 {
            return Err(ProjectionEnded::Elsewhere { left_at: self.gathered.0 });
        }
        // A large record does not go with what was gathered before it.
        if self.gatherer.events() > 0 && self.gatherer.events() + events.len() > self.most_events {
            self.write()?;
        }
        self.gatherer.add(record, events, engine);
        self.gathered = (record.sequence, record.at);
        self.records += 1;
        self.events += events.len() as u64;
        if self.gatherer.events() >= self.most_events { self.write() } else { Ok(()) }
    }

    /// Writes what is gathered. Blocking.
    ///
    /// # Errors
    /// See [`ProjectionEnded`].
    pub fn write(&mut self) -> Result<(), ProjectionEnded> {
        let (to, at) = self.gathered;
        if to > self.written {
            let begun = self.clock.steady();
            let events = self.gatherer.events();
            let batch = Arc::new(self.gatherer.take());
            let present = Written { from: self.written, to: (to, at), batch, at: begun };
            self.write_batch(&present, events as u64)?;
            self.written = to;
            self.progress.reached.send_replace(to);
            self.adapt(events, self.clock.steady().saturating_sub(begun));
            self.keep(present);
            metrics::counter!("doorward_history_events_total").increment(events as u64);
            metrics::gauge!("doorward_history_age_seconds").set(self.clock.now().since(at).as_secs_f64());
        }
        self.tell(0);
        Ok(())
    }

    /// Tries until the database has taken it. Whatever answer was lost, the database is asked where it stands, and what it
    /// lacks is written from there: what stands behind a record follows from the record, and each transaction moves the
    /// sequence from where it was.
    fn write_batch(&mut self, present: &Written, events: u64) -> Result<(), ProjectionEnded> {
        let elsewhere = || ProjectionEnded::Elsewhere { left_at: present.from };
        let (mut place, mut pauses) = (present.from, None);
        while place != present.to.0 {
            // Behind what was written before: the database has lost its last transactions.
            let known = std::iter::once(present).chain(&self.kept).find(|written| written.from == place);
            let next = known.ok_or_else(elsewhere)?;
            let writing = self.history.record_batch(self.projection, next.from, next.to, &next.batch);
            match self.runtime.block_on(writing) {
                Ok(true) => {
                    place = next.to.0;
                    continue;
                }
                Ok(false) => {}
                Err(fault) => self.wait_after(fault, present.from, events, &mut pauses)?,
            }
            let found = self.find_place(present.from, events, &mut pauses)?.ok_or_else(elsewhere)?;
            // Only a transaction whose answer was lost may have brought it on.
            if pauses.is_none() && found >= place {
                return Err(elsewhere());
            }
            place = found;
        }
        if pauses.is_some() {
            tracing::info!(record = place, "history goes on");
        }
        Ok(())
    }

    /// Asks until the database says where history stands; `None` when another projection writes it.
    fn find_place(
        &self,
        left_at: u64,
        events: u64,
        pauses: &mut Option<Pauses>,
    ) -> Result<Option<u64>, ProjectionEnded> {
        loop {
            match self.runtime.block_on(self.history.find_place(self.projection)) {
                Ok(place) => return Ok(place),
                Err(fault) => self.wait_after(fault, left_at, events, pauses)?,
            }
        }
    }

    /// Leaves a database alone that does not answer now; ends where asking again would not help.
    fn wait_after(
        &self,
        fault: StoreFault,
        left_at: u64,
        events: u64,
        pauses: &mut Option<Pauses>,
    ) -> Result<(), ProjectionEnded> {
        if !fault.is_unavailable() {
            return Err(ProjectionEnded::Refused { behind: left_at, source: fault });
        }
        if pauses.is_none() {
            tracing::warn!(error = %fault, "history waits for its database");
        }
        self.tell(events);
        let Pauses(pause) = pauses.get_or_insert(Pauses(RETRY_AFTER));
        let mut stopping = self.progress.stopping.subscribe();
        let is_told_to_stop = self.runtime.block_on(async {
            let told = stopping.wait_for(|stopping| *stopping);
            tokio::time::timeout(*pause, told).await.is_ok()
        });
        *pause = (*pause * 2).min(RETRY_AFTER_AT_MOST);
        if is_told_to_stop { Err(ProjectionEnded::Stopped { at: left_at }) } else { Ok(()) }
    }

    /// Remembers a transaction for as long as the database may lose it.
    fn keep(&mut self, written: Written) {
        if !self.history.loses_commits() {
            return;
        }
        let now = self.clock.steady();
        self.kept.push_back(Written { at: now, ..written });
        while self.kept.front().is_some_and(|kept| now.saturating_sub(kept.at) > KEPT_FOR) {
            self.kept.pop_front();
        }
    }

    /// Keeps transactions short: the next one is as large as this one's speed allows.
    fn adapt(&mut self, events: usize, took: Duration) {
        if took > MOST_TIME {
            self.most_events = (events.min(self.most_events) / 2).max(LEAST_EVENTS);
        } else if took < MOST_TIME / 2 && events >= self.most_events {
            self.most_events = (self.most_events * 2).min(MOST_EVENTS);
        }
    }

    /// Says how far history is and what it has not written: `unwritten` events, what is gathered, and for the rest of the
    /// journal as many events a record as there were so far.
    fn tell(&self, unwritten: u64) {
        let to_come = (self.journal_end)().saturating_sub(self.gathered.0);
        let a_record = self.events.div_ceil(self.records.max(1)).max(1);
        let behind = unwritten + self.gatherer.events() as u64 + to_come.saturating_mul(a_record);
        (self.report)(self.written, behind);
    }
}

impl Follow for Projector {
    fn reached(&self) -> u64 {
        self.written
    }

    fn before(&mut self, record: &Record, engine: &Engine) {
        self.look_before(record, engine);
    }

    fn applied(
        &mut self,
        record: &Record,
        _answer: &Answer,
        events: &[Event],
        engine: &Engine,
    ) -> Result<(), FollowEnded> {
        self.take(record, events, engine).map_err(|ended| FollowEnded(chain(&ended)))
    }

    fn idle(&mut self) -> Result<(), FollowEnded> {
        self.write().map_err(|ended| FollowEnded(chain(&ended)))
    }
}
