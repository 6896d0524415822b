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

pub(super) type Replayed = mpsc::Receiver<Result<(), MatchingRefused>>;

/// Opens the journal, or puts it off until the first command where there is none, and starts the thread.
pub(super) fn start<D>(
    disk: D,
    settings: &MatchingSettings,
    lease: &Lease,
    clock: Arc<dyn Clock>,
) -> Result<(Thread, Replayed), MatchingRefused>
where
    D: Disk<File: Send + Sync> + Send + Sync + 'static,
{
    let journal_settings = Settings { segment_bytes: settings.segment_bytes };
    let newest_snapshot = snapshots::list(&disk)?.first().copied().unwrap_or(0);
    let known = settings.known.max(lease.known).max(newest_snapshot);
    let log = if newest_segment(&disk)?.is_none() && known == 0 {
        // A segment takes its whole length on the disk: not before there is a record to write.
        Log::put_off(disk, journal_settings, lease.journal_id)
    } else {
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
        Log::of(opened.journal)
    };
    let shared = Arc::new(Shared::new(settings.queue, settings.folder.clone(), lease.journal_id));
    let (tell, replayed) = mpsc::channel();
    let thread = std::thread::Builder::new().name("market".to_owned());
    let spawned = thread.spawn({
        let (shared, most) = (Arc::clone(&shared), settings.group);
        move || {
            let ending = Ending(Arc::clone(&shared));
            match recovery::recover(&log, &shared, clock.now()) {
                Ok(engine) => {
                    shared.set_replayed();
                    let _ = tell.send(Ok(()));
                    Sequencer::new(log, engine, shared, clock, most).run();
                }
                Err(refused) => {
                    let why = crate::matching::chain(&refused);
                    tracing::error!(why, "the journal cannot be replayed");
                    shared.fail(&format!("the journal cannot be replayed: {why}"));
                    let _ = tell.send(Err(refused));
                }
            }
            drop(ending);
        }
    });
    let running =
        spawned.map_err(|source| MatchingRefused::Folder { what: "starting the engine's thread", source })?;
    Ok((Thread { shared, running: Mutex::new(Some(running)) }, replayed))
}
