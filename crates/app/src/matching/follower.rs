//! The follower: an engine of its own behind the sequencer, on a thread that gives way to everything else.
//!
//! It reads the journal from a snapshot on, tells each consumer what every record did, stores a snapshot every so many
//! records and at a clean stop, and moves segments that no restart needs into the archive (market rules 3 and 4,
//! decision 0028). It never holds the sequencer up: they share nothing but the journal's files and one number.

mod run;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use doorward_domain::market::command::Record;
use doorward_domain::market::event::{Answer, Event};
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Folder, JournalRefused, snapshots};

/// Records between two snapshots (market rules 3).
pub const SNAPSHOT_EVERY_RECORDS: u64 = 1_000_000;

/// Somebody who wants to know what every record did, in order and without a gap.
///
/// All of it runs on the follower's thread: a slow consumer makes the follower fall behind, and nothing else. What a
/// consumer cannot write now it tries again by itself; an error is for what no later try can mend.
pub trait Follow: Send {
    /// The record up to which everything that this consumer makes of records lasts. It is told every record behind it,
    /// again after a restart where it had not lasted. Asked at the beginning, and before segments are archived.
    fn reached(&self) -> u64;

    /// The record that comes next, and the engine right before it: what the record takes out of the books can still be
    /// looked at.
    fn before(&mut self, _record: &Record, _engine: &Engine) {}

    /// The next record, what it was answered, what it did, and the engine right behind it.
    ///
    /// # Errors
    /// The consumer can never go on; the follower ends with it, and so does the market.
    fn applied(
        &mut self,
        record: &Record,
        answer: &Answer,
        events: &[Event],
        engine: &Engine,
    ) -> Result<(), FollowEnded>;

    /// Nothing more to read for now, or a snapshot is about to be stored: what is gathered should last when this returns.
    ///
    /// # Errors
    /// As [`Follow::applied`].
    fn idle(&mut self) -> Result<(), FollowEnded>;
}

/// Why a consumer can never go on, such as a database that another engine has taken over.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FollowEnded(pub String);

/// Why the follower ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum FollowerFault {
    /// The journal cannot be read on.
    #[error("the follower cannot read the journal")]
    Journal(#[from] JournalRefused),
    /// A record does not decode, although its group is whole: it was written by a later version.
    #[error("record {0} is of a kind that this version does not know")]
    Record(u64),
    /// A consumer can never go on.
    #[error("a consumer of the journal ended")]
    Consumer(#[from] FollowEnded),
    /// The thread could not be started.
    #[error("the follower's thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// What the follower is told at its start.
pub struct FollowerSettings {
    /// The journal's folder, where snapshots lie as well.
    pub folder: PathBuf,
    /// Records between two snapshots.
    pub snapshot_every: u64,
    /// Whether segments below the older snapshot are moved into the archive.
    pub archives: bool,
}

impl FollowerSettings {
    /// The rules' numbers for a folder.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), snapshot_every: SNAPSHOT_EVERY_RECORDS, archives: true }
    }
}

/// Says up to which record the journal is durable; never less than it said before.
pub type Tail = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Told once, when the follower ends although nobody stopped it.
pub type OnFault = Box<dyn FnOnce(FollowerFault) + Send>;

/// The running follower. A clone is another handle to the same one.
#[derive(Clone)]
pub struct Follower {
    shared: Arc<Shared>,
}

/// What the handle and the thread share.
struct Shared {
    /// The last record that was applied.
    sequence: AtomicU64,
    /// The record of the newest snapshot that was stored or found.
    snapshot: AtomicU64,
    is_stopping: AtomicBool,
    is_over: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// Starts behind the newest good snapshot that no consumer has got beyond. Blocking: it reads that snapshot.
    ///
    /// # Errors
    /// The folder or the journal cannot be read.
    pub fn start(
        settings: FollowerSettings,
        tail: Tail,
        consumers: Vec<Box<dyn Follow>>,
        on_fault: OnFault,
    ) -> Result<Self, FollowerFault> {
        let folder = Folder::look_whole(&settings.folder);
        let reached = consumers.iter().map(|consumer| consumer.reached()).min().unwrap_or(u64::MAX);
        let engine = engine_at_most(&folder, reached)?;
        let snapshot = snapshots::list(&folder)?.first().copied().unwrap_or(0);
        let shared = Arc::new(Shared {
            sequence: AtomicU64::new(engine.sequence()),
            snapshot: AtomicU64::new(snapshot),
            is_stopping: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            thread: Mutex::new(None),
        });
        let work = run::Work::new(settings, folder, engine, tail, consumers, Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || work.follow(on_fault))
            .map_err(FollowerFault::Thread)?;
        *shared.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Self { shared })
    }

    /// The last record that was applied and told to every consumer.
    pub fn sequence(&self) -> u64 {
        self.shared.sequence.load(Ordering::Acquire)
    }

    /// The record of the newest snapshot; zero while there is none.
    pub fn snapshot(&self) -> u64 {
        self.shared.snapshot.load(Ordering::Acquire)
    }

    /// Whether the thread has ended, stopped or by a fault.
    pub fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }

    /// Goes on to the journal's end unless that is far away, stores a snapshot there, and ends. Blocking; to be called
    /// when the sequencer has ended, so that the snapshot is that of its last record.
    pub fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        let thread = self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.thread().unpark();
            // A panic of the thread was printed where it happened.
            let _ = thread.join();
        }
    }
}

/// The engine of the newest whole snapshot at or below this record; an empty one where there is none. One that is damaged
/// falls back to the one before it (market rules 3).
///
/// # Errors
/// The folder cannot be read.
pub fn engine_at_most<D: Disk>(disk: &D, most: u64) -> Result<Engine, JournalRefused> {
    let mut below = most;
    loop {
        let Some(sequence) = snapshots::list(disk)?.into_iter().find(|sequence| *sequence <= below) else {
            return Ok(Engine::new());
        };
        match snapshots::load(disk, sequence).map(|bytes| Engine::from_snapshot(&bytes)) {
            Ok(Ok(engine)) if engine.sequence() == sequence => return Ok(engine),
            Ok(Ok(_)) => tracing::error!(sequence, "a snapshot is of another record than its name says"),
            Ok(Err(why)) => {
                tracing::error!(sequence, ?why, "a snapshot is damaged: the one before it is taken");
            }
            // A newer one took its place while this one was looked for.
            Err(_) if !snapshots::list(disk)?.contains(&sequence) => {
                below = most;
                continue;
            }
            Err(refused) => return Err(refused),
        }
        let Some(next) = sequence.checked_sub(1) else { return Ok(Engine::new()) };
        below = next;
    }
}
