//! The loop: take, stamp, append, sync, apply, show, answer, publish.
//!
//! A group is applied when it is durable and never before, so that engine, view, answers and events know of nothing that a
//! power cut could take away. While a large one is applied, the next one becomes durable on a thread beside this one; a lone
//! command meets no other thread (decision 0031).
//!
//! It runs at the usual priority of the process, before which the hash threads stand back (`hash_pool.rs`): a machine that
//! is full of sign-ins still hands it the core when a command arrives.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use doorward_domain::market::codec::{MAX_RECORD_BYTES, write_record};
use doorward_domain::market::command::{Command, CommandId, Record};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Group, MAX_GROUP_BYTES};
use tokio::sync::oneshot;

use super::Answered;
use super::log::{Log, Unwritten};
use super::queue::{Job, Look, Taken};
use super::recovery::apply;
use super::ring::Batch;
use super::shared::Shared;
use crate::clock::Clock;

/// Commands that one sync makes durable at most (market rules 3).
pub(super) const GROUP: usize = 1_024;
const _: () = assert!(4_096 + GROUP * (MAX_RECORD_BYTES + 2) < MAX_GROUP_BYTES, "a group has room for all");
/// To apply so many records takes longer than to wake another thread twice.
const LARGE: usize = 64;
/// Groups that are written or wait for it, while one is applied: the writing thread finds the next one when it is done.
const UNDER_WAY: usize = 2;

/// The commit mark is written when nothing has come for this long, and while something comes all the time, this long after
/// the first record that it does not know.
const IDLE: Duration = Duration::from_millis(500);
const MARKED_WITHIN: Duration = Duration::from_secs(1);
/// Closed orders that may be seen no more are taken out of the view this often.
const SWEPT_EVERY: Duration = Duration::from_secs(10);
/// While an order has a deadline, the clock is looked at this often: it may have been set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

pub(super) struct Sequencer<D: Disk> {
    log: Log<D>,
    engine: Engine,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// Commands in a group at most.
    most: usize,
    /// Sequence and time of the last record that was stamped; the engine is behind it by what is under way.
    stamped: (u64, Timestamp),
    jobs: Vec<Job>,
    /// Groups that were handed to the journal's thread, oldest first.
    under_way: VecDeque<Staged>,
    /// When the last group became durable.
    written_at: Timestamp,
    /// Memory of groups that are done, and of the last batch, if nobody else has it.
    done: Vec<Staged>,
    spare: Batch,
    /// The time of the first group that the mark may not know of.
    unmarked: Option<Timestamp>,
    /// Since when the view may hold closed orders that nobody may see any more.
    unswept: Option<Timestamp>,
    /// Whether a piece of the next segment is due.
    next_due: bool,
}

/// Commands on their way: stamped, in a group, not applied.
struct Staged {
    group: Group,
    records: Vec<Record>,
    answers: Vec<oneshot::Sender<Answered>>,
    /// To be had when the records are applied.
    looks: Vec<Look>,
    handed_over_at: Timestamp,
}

/// Whether so much time has gone by; a clock that was set back counts as well.
fn is_due(since: Option<Timestamp>, length: Duration, now: Timestamp) -> bool {
    since.is_some_and(|since| now < since || now >= since.plus(length))
}

impl<D> Sequencer<D>
where
    D: Disk<File: Send> + Send + Sync + 'static,
{
    pub(super) fn new(
        log: Log<D>,
        engine: Engine,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        most: usize,
    ) -> Self {
        let (now, stamped) = (clock.now(), (engine.sequence(), engine.now()));
        Self {
            log,
            engine,
            shared,
            clock,
            most: most.clamp(1, GROUP),
            stamped,
            jobs: Vec::new(),
            under_way: VecDeque::new(),
            written_at: now,
            done: Vec::new(),
            spare: Batch::default(),
            unmarked: Some(now),
            unswept: Some(now),
            next_due: false,
        }
    }

    /// Works until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self) {
        let ended = self.work();
        // Whatever was not answered is dropped here, unanswered.
        self.under_way.clear();
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
        while !self.shared.has_failed() {
            if !self.under_way.is_empty() {
                let durable = self.wait()?;
                self.release(durable)?;
                continue;
            }
            self.keep_up()?;
            let patience = self.patience();
            match self.shared.queue.take(self.most, patience, &mut self.jobs) {
                Taken::Jobs => {
                    let staged = self.stage();
                    let durable = self.write(staged)?;
                    self.release(durable)?;
                }
                Taken::Nothing => self.idle()?,
                Taken::Closed => return self.log.write_mark(),
            }
        }
        Ok(())
    }

    /// How long to wait for a command before something else is to be done.
    fn patience(&mut self) -> Option<Duration> {
        let mark = self.unmarked.map(|_| IDLE);
        let next = (mark.is_none() && self.log.is_nearly_full()).then_some(Duration::ZERO);
        let sweep = self.unswept.map(|_| SWEPT_EVERY);
        let deadline = self.engine.next_deadline().map(|deadline| {
            // A microsecond more: a wait may end early, and a deadline that has not come wakes nobody.
            let until = self.clock.now().until(deadline) + Duration::from_micros(1);
            until.min(LOOK_AT_CLOCK)
        });
        [mark, next, sweep, deadline].into_iter().flatten().min()
    }

    /// What is done while nobody asks for anything.
    fn idle(&mut self) -> Result<(), Unwritten> {
        let now = self.clock.now();
        if self.engine.next_deadline().is_some_and(|deadline| deadline <= now) {
            let mut staged = self.empty();
            self.enter(&mut staged, None, Command::Tick, now);
            let durable = self.write(staged)?;
            self.release(durable)?;
        }
        if self.unmarked.take().is_some() {
            self.log.write_mark()
        } else if self.log.is_nearly_full() {
            self.log.prepare()
        } else {
            self.sweep(now);
            Ok(())
        }
    }

    /// What of the journal must be done although commands come all the time; nothing is under way.
    fn keep_up(&mut self) -> Result<(), Unwritten> {
        if std::mem::take(&mut self.next_due) {
            self.log.prepare_due()?;
        }
        if is_due(self.unmarked, MARKED_WITHIN, self.clock.now()) {
            self.unmarked = None;
            self.log.write_mark()?;
        }
        Ok(())
    }

    fn sweep(&mut self, now: Timestamp) {
        self.unswept = self.shared.view.forget(now).then_some(now);
    }

    fn empty(&mut self) -> Staged {
        self.done.pop().unwrap_or_else(|| Staged {
            group: Group::new(),
            records: Vec::new(),
            answers: Vec::new(),
            looks: Vec::new(),
            handed_over_at: self.written_at,
        })
    }

    /// Stamps what was taken from the queue: all commands as one group, and the looks behind them.
    fn stage(&mut self) -> Staged {
        let now = self.clock.now();
        let (mut staged, mut jobs) = (self.empty(), std::mem::take(&mut self.jobs));
        for job in jobs.drain(..) {
            match job {
                Job::Command { id, command, answer } => {
                    self.enter(&mut staged, id, command, now);
                    staged.answers.push(answer);
                }
                Job::Look(look) => staged.looks.push(look),
            }
        }
        self.jobs = jobs;
        staged
    }

    /// Stamps a command and writes it into the group.
    fn enter(&mut self, staged: &mut Staged, id: Option<CommandId>, command: Command, now: Timestamp) {
        let (sequence, at) = (self.stamped.0 + 1, self.stamped.1.max(now));
        let record = Record { sequence, at, id, command };
        let fits = staged.group.push(|bytes| write_record(&record, bytes));
        debug_assert!(fits, "a group has room for all");
        staged.records.push(record);
        self.stamped = (sequence, at);
    }

    /// Makes a group durable, here and now.
    fn write(&mut self, mut staged: Staged) -> Result<Staged, Unwritten> {
        if !staged.records.is_empty() {
            let begun = self.clock.now();
            self.next_due = self.log.append(&mut staged.group)?;
            self.note_written(begun);
        }
        Ok(staged)
    }

    /// Hands the next group over if so many commands wait and nothing else is due.
    fn hand_over(&mut self, least: usize) -> Result<(), Unwritten> {
        let is_held_up = self.next_due || is_due(self.unmarked, MARKED_WITHIN, self.clock.now());
        if is_held_up || !self.shared.queue.take_at_least(least, self.most, &mut self.jobs) {
            return Ok(());
        }
        let mut staged = self.stage();
        if !staged.records.is_empty() {
            self.log.hand_over(std::mem::take(&mut staged.group))?;
            staged.handed_over_at = self.clock.now();
        }
        self.under_way.push_back(staged);
        Ok(())
    }

    /// Waits until the oldest group that is under way is durable.
    fn wait(&mut self) -> Result<Staged, Unwritten> {
        let Some(mut staged) = self.under_way.pop_front() else { return Ok(self.empty()) };
        if !staged.records.is_empty() {
            let written = self.log.wait()?;
            written.tail?;
            staged.group = written.group;
            self.next_due |= written.is_next_due;
            // It waited for the one before it first.
            self.note_written(staged.handed_over_at.max(self.written_at));
        }
        Ok(staged)
    }

    fn note_written(&mut self, begun: Timestamp) {
        self.written_at = self.clock.now();
        let seconds = self.written_at.since(begun).as_secs_f64();
        metrics::histogram!("doorward_market_sync_seconds").record(seconds);
    }

    /// Carries out what is durable. Where that takes some time and others wait, their group becomes durable meanwhile.
    fn release(&mut self, mut durable: Staged) -> Result<(), Unwritten> {
        if self.shared.has_failed() {
            // Another engine has the database: what it does not know of is not acknowledged.
            return Ok(());
        }
        if self.under_way.is_empty() && durable.records.len() >= LARGE.min(self.most) {
            self.hand_over(1)?;
        }
        if !durable.records.is_empty() {
            self.carry_out(&mut durable);
        }
        for look in durable.looks.drain(..) {
            look(&self.engine);
        }
        self.done.push(durable);
        // A group that is full gets no larger by waiting.
        if (1..UNDER_WAY).contains(&self.under_way.len()) {
            self.hand_over(self.most)?;
        }
        Ok(())
    }

    /// Applies a durable group, shows it, answers, publishes.
    fn carry_out(&mut self, durable: &mut Staged) {
        let mut batch = std::mem::take(&mut self.spare);
        apply(&mut self.engine, &durable.records, &mut batch);
        durable.records.clear();
        self.shared.view.feed(&self.engine, &batch);
        self.shared.applied(batch.last, batch.events.len());
        for (answer, applied) in durable.answers.drain(..).zip(&batch.records) {
            let answered = Answered { answer: applied.answer, sequence: applied.sequence, at: applied.at };
            // Whoever asked may have gone; it is done all the same.
            let _ = answer.send(answered);
        }
        self.note(&batch);
        if let Some(batch) = self.shared.ring.publish(batch) {
            self.spare = batch;
        }
        let now = self.written_at;
        self.unmarked = self.unmarked.or(Some(now));
        if is_due(self.unswept, SWEPT_EVERY, now) {
            self.sweep(now);
        }
        self.unswept = self.unswept.or(Some(now));
    }

    fn note(&self, batch: &Batch) {
        metrics::histogram!("doorward_market_group_records").record(batch.records.len() as f64);
        metrics::gauge!("doorward_market_sequence").set(batch.last as f64);
        metrics::gauge!("doorward_market_queue_depth").set(self.shared.queue.len() as f64);
    }
}

#[cfg(test)]
mod tests;
