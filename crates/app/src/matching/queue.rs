//! What waits for the sequencer: commands and looks, bounded, in the order of their coming.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorward_domain::market::command::{Command, CommandId};
use doorward_engine::Engine;
use tokio::sync::oneshot;

use super::{Answered, NotTaken};

/// One thing to do.
pub(super) enum Job {
    /// A command to journal, apply and answer.
    Command { id: Option<CommandId>, command: Command, answer: oneshot::Sender<Answered> },
    /// A look at the engine between two groups.
    Look(Look),
}

pub(super) type Look = Box<dyn FnOnce(&Engine) + Send>;

/// What a wait for jobs came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Some were there.
    Jobs,
    /// None came in time.
    Nothing,
    /// None is there, and none will come.
    Closed,
}

struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// The queue.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    capacity: usize,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        let waiting = Mutex::new(Waiting { jobs: VecDeque::new(), closed: false });
        Self { waiting, arrived: Condvar::new(), capacity: capacity.max(1) }
    }

    // Nothing that can panic runs under the lock, so a poisoned one holds a sound queue all the same.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job behind the others, or says at once why not.
    pub(super) fn push(&self, job: Job) -> Result<(), NotTaken> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(NotTaken::Stopped);
        }
        if waiting.jobs.len() >= self.capacity {
            drop(waiting);
            metrics::counter!("doorward_market_refused_total", "why" => "full").increment(1);
            return Err(NotTaken::Full);
        }
        waiting.jobs.push_back(job);
        // Whoever is not the first finds the thread awake already.
        let is_first = waiting.jobs.len() == 1;
        drop(waiting);
        if is_first {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Moves at most so many jobs into `into`; waits for the first one no longer than `patience`.
    pub(super) fn take(&self, most: usize, patience: Option<Duration>, into: &mut Vec<Job>) -> Taken {
        let mut waiting = self.lock();
        while waiting.jobs.is_empty() {
            if waiting.closed {
                return Taken::Closed;
            }
            let Some(patience) = patience else {
                waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (guard, waited) =
                self.arrived.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
            waiting = guard;
            if waited.timed_out() && waiting.jobs.is_empty() && !waiting.closed {
                return Taken::Nothing;
            }
        }
        let count = waiting.jobs.len().min(most);
        into.extend(waiting.jobs.drain(..count));
        Taken::Jobs
    }

    /// Moves at most so many jobs into `into` if at least so many are there now; says whether it did.
    pub(super) fn take_at_least(&self, least: usize, most: usize, into: &mut Vec<Job>) -> bool {
        let mut waiting = self.lock();
        let count = waiting.jobs.len();
        if count < least {
            return false;
        }
        into.extend(waiting.jobs.drain(..count.min(most)));
        true
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Takes no more; what is there is still to be done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Takes no more and forgets what is there: whoever waits is told that the engine has stopped.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let jobs = std::mem::take(&mut waiting.jobs);
        drop(waiting);
        drop(jobs);
        self.arrived.notify_all();
    }
}
