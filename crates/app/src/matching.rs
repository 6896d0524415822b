//! The market's sequencer: one thread that owns engine and journal, and what everybody else sees of them (market rules 2–4).
//!
//! A command waits in a bounded queue. The thread takes what is there as one group, stamps it, has it appended to the
//! journal and synced once, applies it, feeds the view, answers each caller, and publishes what happened. Nothing is applied
//! or answered before it is durable, and nothing is durable that the engine does not see in this order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::market::event::Answer;
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use tokio::sync::oneshot;

pub use doorward_engine::{Balance, House, OpenOrder};
pub use doorward_journal::JournalRefused;
pub use doorward_store::engine::Lease;

use crate::clock::Clock;

pub mod follower;
mod ground;
mod log;
mod queue;
pub mod reconcile;
mod recovery;
mod ring;
mod search;
mod sequencer;
mod shared;
mod thread;
mod view;

pub use ground::Ground;
pub use ring::{Applied, Batch, EventReader, Missed};
pub(crate) use search::find_answers;
pub use view::{Book, MarketFacts, OrderState, View, ViewOrder};

use queue::Job;
use shared::Shared;
pub use thread::Beginning;
use thread::Thread;

/// Choices of the sequencer that no record depends on.
#[derive(Debug, Clone)]
pub struct MatchingSettings {
    /// Where segments, commit mark, snapshots and archive lie.
    pub folder: PathBuf,
    /// Length of new segments in bytes.
    pub segment_bytes: u64,
    /// Commands that may wait at one time; the next is told that the queue is full.
    pub queue: usize,
    /// Commands that one sync makes durable at most; no more than 1,024.
    pub group: usize,
    /// The highest sequence that somebody outside of folder and lease has seen, such as a projection.
    pub known: u64,
}

impl MatchingSettings {
    /// The usual choices for this folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let journal = doorward_journal::Settings::default();
        Self {
            folder: folder.into(),
            segment_bytes: journal.segment_bytes,
            queue: 16_384,
            group: sequencer::GROUP,
            known: 0,
        }
    }
}

/// What a command came to. It is durable, applied, and to be seen in the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The engine's answer; a refusal is one, too.
    pub answer: Answer,
    /// The record's place in the journal.
    pub sequence: u64,
    /// The record's time.
    pub at: Timestamp,
}

/// Why a command got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// More commands wait than may: nothing was done, try again.
    #[error("the engine's queue is full")]
    Full,
    /// History is too far behind: new orders are not taken, cancels are (market rules 4).
    #[error("history is too far behind for new orders")]
    Behind,
    /// The journal is being replayed: nothing was done, try again soon.
    #[error("the engine is starting")]
    Starting,
    /// The lease could not be renewed for so long that another engine may have the database soon: nothing was done, not even
    /// a cancel; try again soon.
    #[error("the engine waits for its database")]
    Suspended,
    /// The engine has stopped. Whether the command was done is not known; with an identity it may be sent again.
    #[error("the engine has stopped")]
    Stopped,
    /// This node runs no engine.
    #[error("this node runs no engine")]
    Absent,
}

/// Why there is no engine on this folder. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MatchingRefused {
    /// The journal cannot be used as it is.
    #[error(transparent)]
    Journal(#[from] JournalRefused),
    /// The folder's journal is not the one that the lease is for.
    #[error("the folder holds another journal than the database belongs to")]
    OtherJournal,
    /// No snapshot is whole, and the records before the first segment are in the archive.
    #[error(
        "no snapshot is whole, and the journal begins at record {first}: bring segments back from the archive"
    )]
    NoStart {
        /// The first record that is there.
        first: u64,
    },
    /// A record that is whole and says nothing that this version knows.
    #[error("record {sequence} of the journal is of another version")]
    Unreadable {
        /// Its place.
        sequence: u64,
    },
    /// The folder cannot be used.
    #[error("{what} failed")]
    Folder {
        /// What was tried.
        what: &'static str,
        /// Why it did not work.
        source: std::io::Error,
    },
}

/// A handle to the sequencer; a clone is another one. When the last is dropped, the thread ends as by [`Matching::stop`].
#[derive(Clone)]
pub struct Matching(Arc<Thread>);

/// Opens the folder, restores the newest good snapshot, replays the records behind it, and takes commands. Blocks until
/// then; see [`start`] for a program that wants to answer meanwhile.
///
/// # Errors
/// The folder is another process's, its journal is damaged, ends before what is known of it, or is not the lease's.
pub fn open(
    settings: &MatchingSettings,
    lease: &Lease,
    clock: Arc<dyn Clock>,
) -> Result<Matching, MatchingRefused> {
    let ground = Ground::take(&settings.folder)?;
    let (matching, beginning) = start(ground, settings, lease, clock)?;
    beginning.replayed()?;
    matching.admit();
    Ok(matching)
}

/// Starts the thread, which checks the journal's end and replays. Until [`Matching::admit`], commands are told that the
/// engine is starting.
///
/// # Errors
/// There is no thread to be had; [`Beginning`] tells everything else.
pub fn start(
    ground: Ground,
    settings: &MatchingSettings,
    lease: &Lease,
    clock: Arc<dyn Clock>,
) -> Result<(Matching, Beginning), MatchingRefused> {
    start_on(ground.into_disk(), settings, lease, clock)
}

/// The same on a disk of one's own.
///
/// # Errors
/// As [`start`].
pub fn start_on<D>(
    disk: D,
    settings: &MatchingSettings,
    lease: &Lease,
    clock: Arc<dyn Clock>,
) -> Result<(Matching, Beginning), MatchingRefused>
where
    D: doorward_journal::disk::Disk<File: Send + Sync> + Send + Sync + 'static,
{
    thread::start(disk, settings, lease, clock)
        .map(|(thread, beginning)| (Matching(Arc::new(thread)), beginning))
}

impl Matching {
    /// Sends a command and waits for its answer: after the sync, and after the view shows it.
    ///
    /// The same `id` again within ten minutes gets the same answer (market rules 2).
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub async fn send(&self, id: Option<CommandId>, command: Command) -> Result<Answered, NotTaken> {
        self.shared().may_send(&command)?;
        let answered = self.send_early(id, command).await?;
        // A disk that has stood still may have outlasted the lease: then nobody knows whose record it is.
        self.shared().may_acknowledge().map(|()| answered)
    }

    /// The same before others may send: what was promised before the last stop comes first. The answer may be noted only
    /// where no later engine has the database.
    pub(crate) async fn send_early(
        &self,
        id: Option<CommandId>,
        command: Command,
    ) -> Result<Answered, NotTaken> {
        self.shared().holds_lease()?;
        let (answer, answered) = oneshot::channel();
        self.shared().queue.push(Job::Command { id, command, answer })?;
        answered.await.map_err(|_| NotTaken::Stopped)
    }

    /// What is to be seen of owners, orders and markets. Empty until the journal is replayed: see [`Matching::ready`].
    pub fn view(&self) -> &View {
        &self.shared().view
    }

    /// What happens from now on.
    pub fn events(&self) -> EventReader {
        self.shared().ring.reader()
    }

    /// Looks at the engine on its own thread, between two groups. Everything waits meanwhile: keep it short.
    ///
    /// # Errors
    /// The queue is full, or the engine has stopped.
    pub async fn look<R: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> R + Send + 'static,
    ) -> Result<R, NotTaken> {
        let (answer, answered) = oneshot::channel();
        let look = move |engine: &Engine| {
            // Whoever asked may have gone meanwhile.
            let _ = answer.send(look(engine));
        };
        self.shared().queue.push(Job::Look(Box::new(look)))?;
        answered.await.map_err(|_| NotTaken::Stopped)
    }

    /// The last record that is durable and applied; zero before the first.
    pub fn sequence(&self) -> u64 {
        self.shared().sequence()
    }

    /// Where the journal ended when this engine had replayed it; zero until then.
    pub fn began(&self) -> u64 {
        self.shared().began()
    }

    /// Where the journal lies, for those who read it with [`doorward_journal::Folder::look`].
    pub fn folder(&self) -> &Path {
        &self.shared().folder
    }

    /// Which journal this is, and the epoch that it is led in.
    pub fn lease(&self) -> Lease {
        self.shared().lease
    }

    /// History says how many events it has not written yet. Above a million new orders are refused.
    pub fn set_events_behind(&self, events: u64) {
        self.shared().set_events_behind(events);
    }

    /// This point of the engine's steady clock.
    pub fn steady(&self) -> std::time::Duration {
        self.shared().steady()
    }

    /// From this point of the steady clock on another engine may have the database: nothing is acknowledged behind it, and
    /// no command is taken shortly before. Until this is called for the first time there is no such point.
    pub fn hold_until(&self, until: std::time::Duration) {
        self.shared().hold_until(until);
    }

    /// Lets everybody send, after replaying.
    pub fn admit(&self) {
        self.shared().admit();
    }

    /// This handle, if commands are taken and the view is whole.
    ///
    /// # Errors
    /// [`NotTaken::Starting`], [`NotTaken::Suspended`] or [`NotTaken::Stopped`].
    pub fn ready(&self) -> Result<&Self, NotTaken> {
        self.shared().ready().map(|()| self)
    }

    /// Waits until the journal is replayed; false when the engine has stopped instead.
    pub async fn replayed(&self) -> bool {
        self.shared().replayed().await
    }

    /// Waits until commands are taken; false when the engine has stopped instead.
    pub async fn opened(&self) -> bool {
        self.shared().opened().await
    }

    /// Waits until the engine can never go on, and says why: a failed write or sync, a damaged journal, a lost lease. Never
    /// ends when the engine is stopped in order.
    pub async fn failed(&self) -> Arc<str> {
        self.shared().failed().await
    }

    /// Ends the engine without acknowledging anything more, because going on would be wrong.
    pub fn fail(&self, why: &str) {
        self.shared().fail(why);
        self.shared().queue.abandon();
    }

    /// Takes no more commands, answers those that wait, writes the commit mark, and ends the thread. Blocks until then.
    pub fn stop(&self) {
        self.0.stop();
    }

    fn shared(&self) -> &Shared {
        self.0.shared()
    }
}

/// An error and everything under it in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
