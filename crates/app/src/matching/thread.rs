//! The sequencer's thread: how it begins and how it ends.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use doorward_journal::disk::Disk;
use doorward_journal::{Journal, Settings, newest_segment, snapshots};

use super::log::Log;
use super::recovery;
use super::sequencer::Sequencer;
use super::shared::Shared;
use super::{Lease, MatchingRefused, MatchingSettings};
use crate::clock::Clock;

pub(super) struct Thread {
    shared: Arc<Shared>,
    running: Mutex<Option<JoinHandle<()>>>,
}

impl Thread {
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn stop(&self) {
        self.shared.queue.close();
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            // A thread that panicked has told so by its end.
            let _ = running.join();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Whoever drops the last handle may be a task: the thread ends by itself.
        self.shared.queue.close();
    }
}

/// Whatever ends the thread, nobody waits for it in vain.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the engine's thread has panicked");
        }
        self.0.set_stopped();
        self.0.queue.abandon();
        self.0.ring.close();
    }
}

/// How far the thread has come with its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Opened,
    Replayed,
}

/// Tells how the engine's beginning goes on its thread.
pub struct Beginning(mpsc::Receiver<Result<Step, MatchingRefused>>);

impl Beginning {
    /// Waits until the journal's end is found whole, not before what is known of it, and the lease's. Blocks.
    ///
    /// # Errors
    /// It is not; the thread has ended, and nothing was changed.
    pub fn opened(&self) -> Result<(), MatchingRefused> {
        self.next().map(drop)
    }

    /// Waits until every record is applied. Blocks.
    ///
    /// # Errors
    /// As [`Beginning::opened`], or a record or snapshot cannot be used.
    pub fn replayed(self) -> Result<(), MatchingRefused> {
        while self.next()? != Step::Replayed {}
        Ok(())
    }

    fn next(&self) -> Result<Step, MatchingRefused> {
        let ended = || MatchingRefused::Folder {
            what: "beginning the journal",
            source: std::io::Error::other("the engine's thread has ended"),
        };
        self.0.recv().unwrap_or_else(|_| Err(ended()))
    }
}

/// Starts the thread, which opens the journal first: the newest segment is read and checked, a tenth of a second where it is
/// full, and nobody at the door waits for that.
pub(super) fn start<D>(
    disk: D,
    settings: &MatchingSettings,
    lease: &Lease,
    clock: Arc<dyn Clock>,
) -> Result<(Thread, Beginning), MatchingRefused>
where
    D: Disk<File: Send + Sync> + Send + Sync + 'static,
{
    let folder = settings.folder.clone();
    let shared = Arc::new(Shared::new(settings.queue, folder, *lease, Arc::clone(&clock)));
    let (tell, beginning) = mpsc::channel();
    let thread = std::thread::Builder::new().name("market".to_owned());
    let spawned = thread.spawn({
        let (shared, settings, lease) = (Arc::clone(&shared), settings.clone(), *lease);
        move || {
            let ending = Ending(Arc::clone(&shared));
            let begun = open(disk, &settings, &lease).and_then(|log| {
                let _ = tell.send(Ok(Step::Opened));
                let engine = recovery::recover(&log, &shared, clock.now())?;
                Ok((log, engine))
            });
            match begun {
                Ok((log, engine)) => {
                    shared.set_replayed();
                    let _ = tell.send(Ok(Step::Replayed));
                    Sequencer::new(log, engine, shared, clock, settings.group).run();
                }
                // The folder's lock is given back by now.
                Err(refused) => {
                    let why = crate::matching::chain(&refused);
                    tracing::error!(why, "the journal cannot be used");
                    shared.fail(&format!("the journal cannot be used: {why}"));
                    let _ = tell.send(Err(refused));
                }
            }
            drop(ending);
        }
    });
    let running =
        spawned.map_err(|source| MatchingRefused::Folder { what: "starting the engine's thread", source })?;
    Ok((Thread { shared, running: Mutex::new(Some(running)) }, Beginning(beginning)))
}

/// Opens the journal, or puts it off until the first command where there is none.
fn open<D>(disk: D, settings: &MatchingSettings, lease: &Lease) -> Result<Log<D>, MatchingRefused>
where
    D: Disk<File: Send + Sync> + Send + Sync + 'static,
{
    let journal_settings = Settings { segment_bytes: settings.segment_bytes };
    let newest_snapshot = snapshots::list(&disk)?.first().copied().unwrap_or(0);
    let known = settings.known.max(lease.known).max(newest_snapshot);
    if newest_segment(&disk)?.is_none() && known == 0 {
        // A segment takes its whole length on the disk: not before there is a record to write.
        return Ok(Log::put_off(disk, journal_settings, lease.journal_id));
    }
    let opened = Journal::open(disk, journal_settings, known, lease.journal_id)?;
    if let Some(cut) = opened.cut {
        tracing::warn!(
            file = cut.file,
            at = cut.at,
            bytes = cut.bytes,
            "cut off a group at the journal's end that was never acknowledged"
        );
    }
    if opened.journal.id() != lease.journal_id {
        return Err(MatchingRefused::OtherJournal);
    }
    Ok(Log::of(opened.journal))
}
