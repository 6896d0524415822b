//! What happened, group by group, for those who follow: a bounded ring. Whoever is too slow is told so and begins anew from
//! the view or the journal; nobody ever waits for a reader.

use std::ops::Range;
use std::sync::Arc;

use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::time::Timestamp;
use tokio::sync::broadcast::{self, error::RecvError};

/// Groups that a reader may be behind; a group has 1,024 records at most.
const RING: usize = 256;

/// One group of records that are durable and applied.
#[derive(Debug, Default)]
pub struct Batch {
    /// Sequence of its first record.
    pub first: u64,
    /// Sequence of its last record.
    pub last: u64,
    /// Its records in their order.
    pub records: Vec<Applied>,
    /// What happened by all of them, in order.
    pub events: Vec<Event>,
}

/// A record and what it came to.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Its place in the journal.
    pub sequence: u64,
    /// Its time.
    pub at: Timestamp,
    /// Its identity.
    pub id: Option<CommandId>,
    /// What was asked.
    pub command: Command,
    /// What was answered.
    pub answer: Answer,
    /// Which of the batch's events it made; see [`Batch::events_of`].
    pub events: Range<usize>,
}

impl Batch {
    /// What happened by one of its records.
    pub fn events_of(&self, applied: &Applied) -> &[Event] {
        self.events.get(applied.events.clone()).unwrap_or(&[])
    }

    /// Each record with what happened by it.
    pub fn iter(&self) -> impl Iterator<Item = (&Applied, &[Event])> {
        self.records.iter().map(|applied| (applied, self.events_of(applied)))
    }

    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.events.clear();
    }
}

/// Why a reader got no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// It was too slow: so many groups are gone. The next one is the oldest that is left.
    Lagged(u64),
    /// The engine has stopped.
    Stopped,
}

/// Reads batch after batch.
pub struct EventReader(broadcast::Receiver<Arc<Batch>>);

impl EventReader {
    /// The next batch.
    ///
    /// # Errors
    /// Batches were missed, or there will be none.
    pub async fn next(&mut self) -> Result<Arc<Batch>, Missed> {
        self.0.recv().await.map_err(|error| match error {
            RecvError::Lagged(groups) => Missed::Lagged(groups),
            RecvError::Closed => Missed::Stopped,
        })
    }
}

/// The writing end.
pub(super) struct Ring(std::sync::Mutex<Option<broadcast::Sender<Arc<Batch>>>>);

impl Ring {
    pub(super) fn new() -> Self {
        Self(std::sync::Mutex::new(Some(broadcast::channel(RING).0)))
    }

    fn sender(&self) -> std::sync::MutexGuard<'_, Option<broadcast::Sender<Arc<Batch>>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn reader(&self) -> EventReader {
        let of_closed = || broadcast::channel(1).1;
        EventReader(self.sender().as_ref().map_or_else(of_closed, broadcast::Sender::subscribe))
    }

    /// Publishes a batch, or gives it back when nobody follows, so that its memory can be used again.
    pub(super) fn publish(&self, batch: Batch) -> Option<Batch> {
        let sender = self.sender();
        match sender.as_ref().filter(|sender| sender.receiver_count() > 0) {
            Some(sender) => {
                // The last reader may leave at this moment; then nobody misses it.
                let _ = sender.send(Arc::new(batch));
                None
            }
            None => Some(batch),
        }
    }

    /// Tells all readers that nothing more comes.
    pub(super) fn close(&self) {
        self.sender().take();
    }
}
