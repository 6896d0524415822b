//! A journal and a thread beside it: a group becomes durable there while the one before it is worked on here.
//!
//! Groups are written one at a time and in their order, as without the thread; nothing of the format knows of it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use crate::disk::Disk;
use crate::group::Group;
use crate::journal::Journal;
use crate::{AppendRefused, RecordLog as _};

/// What writes to a journal.
pub struct Writer<D: Disk> {
    disk: Arc<D>,
    shared: Arc<Shared<D>>,
    /// Where the journal ends when everything that was handed over is durable.
    end: u64,
    under_way: usize,
    /// Made for the first group that is handed over.
    beside: Option<Beside>,
    /// Groups that were written here because there is no thread, oldest first.
    here: VecDeque<Written>,
}

struct Shared<D: Disk> {
    journal: Mutex<Journal<D>>,
    /// Nobody waits any more: what was not begun is not written.
    is_over: AtomicBool,
}

struct Beside {
    groups: Option<Sender<(Group, u64)>>,
    written: Receiver<Written>,
    thread: Option<JoinHandle<()>>,
}

/// A group that was handed over, and what became of it.
#[derive(Debug)]
pub struct Written {
    /// Without records again, for the next ones.
    pub group: Group,
    /// The sequence at which the journal ends now.
    pub tail: Result<u64, AppendRefused>,
    /// Whether a piece of the next segment should be made before the next group ([`Journal::prepare_next`]).
    pub is_next_due: bool,
}

impl<D: Disk> Shared<D> {
    /// The journal. Whoever panicked in the middle of a write has left it in no state to write on.
    fn journal(&self) -> Result<MutexGuard<'_, Journal<D>>, AppendRefused> {
        self.journal.lock().map_err(|_| AppendRefused::Stopped)
    }

    fn write(&self, mut group: Group, expected: u64) -> Written {
        let appended = self.journal().and_then(|mut journal| {
            if self.is_over.load(Ordering::Acquire) {
                return Err(AppendRefused::Stopped);
            }
            let tail = journal.append(&mut group, expected)?;
            Ok((tail, journal.is_next_due()))
        });
        let is_next_due = matches!(appended, Ok((_, true)));
        Written { group, tail: appended.map(|(tail, _)| tail), is_next_due }
    }
}

impl<D> Writer<D>
where
    D: Disk<File: Send> + Send + Sync + 'static,
{
    /// A writer to this journal.
    pub fn new(journal: Journal<D>) -> Self {
        let (disk, end) = (journal.shared_disk(), journal.tail());
        let shared = Shared { journal: Mutex::new(journal), is_over: AtomicBool::new(false) };
        Self { disk, shared: Arc::new(shared), end, under_way: 0, beside: None, here: VecDeque::new() }
    }

    /// The disk that the journal is on.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The sequence at which the journal ends when everything that was handed over is durable.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many groups were handed over and not waited for.
    pub const fn under_way(&self) -> usize {
        self.under_way
    }

    /// Makes a group durable on this thread, as [`crate::RecordLog::append`] does; for when nothing is under way. Says whether a
    /// piece of the next segment should be made before the next group.
    ///
    /// # Errors
    /// As there; [`AppendRefused::Sequence`] while groups are under way.
    pub fn append(&mut self, group: &mut Group) -> Result<bool, AppendRefused> {
        let mut journal = self.shared.journal()?;
        self.end = journal.append(group, self.end)?;
        Ok(journal.is_next_due())
    }

    /// Hands a group to the thread, behind those that are under way.
    pub fn hand_over(&mut self, group: Group) {
        let (expected, count) = (self.end, u64::from(group.count()));
        self.end += count;
        self.under_way += 1;
        if self.beside.is_none() && self.here.is_empty() {
            self.beside = Beside::start(&self.shared);
        }
        let groups = self.beside.as_ref().and_then(|beside| beside.groups.as_ref());
        let Some(groups) = groups else {
            // The machine gives no thread: what would be done there is done here.
            self.here.push_back(self.shared.write(group, expected));
            return;
        };
        if let Err(unsent) = groups.send((group, expected)) {
            let (group, _) = unsent.0;
            self.here.push_back(Written { group, tail: Err(AppendRefused::Stopped), is_next_due: false });
        }
    }

    /// Waits for the oldest group that is under way; `None` where there is none, or where the thread has panicked.
    pub fn wait(&mut self) -> Option<Written> {
        self.under_way = self.under_way.checked_sub(1)?;
        let written = self.beside.as_ref().and_then(|beside| beside.written.recv().ok());
        written.or_else(|| self.here.pop_front())
    }

    /// The journal itself, for its mark and its next segment, when nothing is under way.
    ///
    /// # Errors
    /// [`AppendRefused::Stopped`] where somebody panicked while writing.
    pub fn journal(&mut self) -> Result<MutexGuard<'_, Journal<D>>, AppendRefused> {
        self.shared.journal()
    }
}

impl Beside {
    fn start<D>(shared: &Arc<Shared<D>>) -> Option<Self>
    where
        D: Disk<File: Send> + Send + Sync + 'static,
    {
        let (send, groups) = channel::<(Group, u64)>();
        let (tell, written) = channel();
        let shared = Arc::clone(shared);
        let work = move || {
            for (group, expected) in groups {
                if tell.send(shared.write(group, expected)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(work).ok()?;
        Some(Self { groups: Some(send), written, thread: Some(thread) })
    }
}

impl<D: Disk> Drop for Writer<D> {
    /// Nothing is written when this has returned, and the folder is free for the next one.
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        if let Some(beside) = &mut self.beside {
            beside.groups.take();
            // Whatever it has panicked of was printed there.
            let _ = beside.thread.take().map(JoinHandle::join);
        }
    }
}
