//! What the sequencer's thread and everybody else share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_domain::market::command::Command;
use tokio::sync::watch;

use super::queue::Queue;
use super::ring::Ring;
use super::view::View;
use super::{Lease, NotTaken};
use crate::clock::Clock;
use crate::engine_lease::RENEW_EVERY;

/// Events that history may be behind before new orders are refused (market rules 4).
const MOST_EVENTS_BEHIND: u64 = 1_000_000;

/// How far the engine has come.
#[derive(Debug, Clone)]
enum Phase {
    /// Records are applied that were there before.
    Replaying,
    /// They all are; only what was promised before is taken.
    Replayed,
    /// Everybody's commands are taken.
    Open,
    /// Ended as it should.
    Stopped,
    /// Ended because going on would be wrong.
    Failed(Arc<str>),
}

pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) view: View,
    pub(super) ring: Ring,
    pub(super) folder: PathBuf,
    pub(super) lease: Lease,
    clock: Arc<dyn Clock>,
    phase: watch::Sender<Phase>,
    /// Until when nobody else can have the database, in microseconds of the steady clock.
    held_until: AtomicU64,
    sequence: AtomicU64,
    /// Where the journal ended when it was replayed.
    began: AtomicU64,
    /// Events that were made since the start, by replaying as well.
    events: AtomicU64,
    /// What `events` may come to before history is too far behind.
    most_events: AtomicU64,
}

impl Shared {
    pub(super) fn new(queue: usize, folder: PathBuf, lease: Lease, clock: Arc<dyn Clock>) -> Self {
        Self {
            queue: Queue::new(queue),
            view: View::new(),
            ring: Ring::new(),
            folder,
            lease,
            clock,
            held_until: AtomicU64::new(u64::MAX),
            phase: watch::Sender::new(Phase::Replaying),
            sequence: AtomicU64::new(0),
            began: AtomicU64::new(0),
            events: AtomicU64::new(0),
            // Until history speaks there is none that could be behind.
            most_events: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    pub(super) fn began(&self) -> u64 {
        self.began.load(Ordering::Acquire)
    }

    /// The record with this number, and so many more events, are applied.
    pub(super) fn applied(&self, sequence: u64, events: usize) {
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        self.sequence.store(sequence, Ordering::Release);
    }

    pub(super) fn set_events_behind(&self, events: u64) {
        let made = self.events.load(Ordering::Relaxed);
        let most = made.saturating_add(MOST_EVENTS_BEHIND).saturating_sub(events);
        self.most_events.store(most, Ordering::Relaxed);
        metrics::gauge!("doorward_market_events_behind").set(events as f64);
    }

    /// Whether this command is taken now.
    pub(super) fn may_send(&self, command: &Command) -> Result<(), NotTaken> {
        self.ready()?;
        let is_new = matches!(command, Command::Place(_) | Command::Amend(_));
        if is_new && self.events.load(Ordering::Relaxed) > self.most_events.load(Ordering::Relaxed) {
            metrics::counter!("doorward_market_refused_total", "why" => "behind").increment(1);
            return Err(NotTaken::Behind);
        }
        Ok(())
    }

    pub(super) fn ready(&self) -> Result<(), NotTaken> {
        match &*self.phase.borrow() {
            Phase::Open => self.holds_lease(),
            Phase::Replaying | Phase::Replayed => Err(NotTaken::Starting),
            Phase::Stopped | Phase::Failed(_) => Err(NotTaken::Stopped),
        }
    }

    pub(super) fn steady(&self) -> Duration {
        self.clock.steady()
    }

    pub(super) fn hold_until(&self, until: Duration) {
        self.held_until.store(micros(until), Ordering::Release);
    }

    /// Whether a command that is taken now is answered before anybody else can have the database.
    pub(super) fn holds_lease(&self) -> Result<(), NotTaken> {
        if self.is_held_for(RENEW_EVERY) { Ok(()) } else { Err(NotTaken::Suspended) }
    }

    /// Whether what was done may still be told; its sender may ask again.
    pub(super) fn may_acknowledge(&self) -> Result<(), NotTaken> {
        if self.is_held_for(Duration::ZERO) { Ok(()) } else { Err(NotTaken::Stopped) }
    }

    fn is_held_for(&self, length: Duration) -> bool {
        let until = self.held_until.load(Ordering::Acquire);
        until == u64::MAX || micros(self.steady() + length) < until
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Failed(_))
    }

    /// Moves on; what has ended stays ended.
    fn enter(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let ends = matches!(phase, Phase::Stopped | Phase::Failed(_));
            if !ends {
                *phase = next;
            }
            !ends
        });
    }

    pub(super) fn set_replayed(&self) {
        self.began.store(self.sequence(), Ordering::Release);
        self.enter(Phase::Replayed);
    }

    pub(super) fn admit(&self) {
        self.phase.send_if_modified(|phase| {
            let waits = matches!(phase, Phase::Replayed);
            if waits {
                *phase = Phase::Open;
            }
            waits
        });
    }

    /// Ends in order, or with the reason that was given before.
    pub(super) fn set_stopped(&self) {
        self.enter(Phase::Stopped);
    }

    pub(super) fn fail(&self, why: &str) {
        self.enter(Phase::Failed(Arc::from(why)));
    }

    pub(super) async fn replayed(&self) -> bool {
        let mut phase = self.phase.subscribe();
        let ended = phase.wait_for(|phase| !matches!(phase, Phase::Replaying)).await;
        ended.is_ok_and(|phase| matches!(*phase, Phase::Replayed | Phase::Open))
    }

    pub(super) async fn opened(&self) -> bool {
        let mut phase = self.phase.subscribe();
        let begun = phase.wait_for(|phase| !matches!(phase, Phase::Replaying | Phase::Replayed)).await;
        begun.is_ok_and(|phase| matches!(*phase, Phase::Open))
    }

    pub(super) async fn failed(&self) -> Arc<str> {
        let mut phase = self.phase.subscribe();
        let failed = phase.wait_for(|phase| matches!(phase, Phase::Failed(_))).await;
        let why = failed.ok().and_then(|phase| match &*phase {
            Phase::Failed(why) => Some(Arc::clone(why)),
            _ => None,
        });
        match why {
            Some(why) => why,
            // The sender lives in `self`, so a wait cannot end without a failure.
            None => std::future::pending().await,
        }
    }
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
