//! A copy of everything that another machine needs but the master key, made while the house works (market rules 5).
//!
//! Snapshots first, then SQL, then the journal up to a later record: so the copy's history never lies below the snapshot that
//! it would go on from, and nothing in the copy knows of a record that the copy's journal lacks. All of it stands under one
//! manifest, which is written last.

mod manifest;
mod restore;

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use doorward_domain::audit::AuditKind;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Folder, JournalRefused, copy_through, snapshots};
use doorward_store::StoreFault;
use serde::Serialize;

pub use manifest::{FilePart, JournalPart, MANIFEST, Manifest};
pub use restore::{RestoreRefused, Restored, restore};

use crate::app::App;
use crate::audit::Entry;
use crate::data_folder::{DATABASE_FILE, HISTORY_FILE, MARKET_FOLDER};
use crate::failure::{Failure, Fault};
use crate::matching::Matching;

/// So often a snapshot that was replaced while it was being read is looked for anew.
const TRIES: u32 = 3;

/// What to copy where.
#[derive(Debug, Clone)]
pub struct BackupPlan {
    /// A folder that is empty or not there.
    pub target: PathBuf,
    /// Whether archived segments are copied, too. They never change, so that another tool may have them already.
    pub with_archive: bool,
}

/// Why nothing is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupRefused {
    /// The target is not empty.
    NotEmpty,
    /// The target cannot be made or written to.
    Target,
}

/// What a backup says openly in the record.
#[derive(Serialize)]
struct Trace {
    files: usize,
    bytes: u64,
    journal: Option<u64>,
}

impl App {
    /// Copies the house.
    ///
    /// # Errors
    /// Refused where the target is not empty. A fault leaves a folder without a manifest, which nobody restores from.
    pub async fn back_up(&self, plan: BackupPlan) -> Result<Manifest, Failure<BackupRefused>> {
        let target = plan.target.clone();
        blocking(move || Ok(prepare(&target))).await?.map_err(Failure::Refused)?;
        if let Some(matching) = &self.matching
            && !matching.replayed().await
        {
            return Err(Fault::unavailable("copying the journal of an engine that has stopped").into());
        }
        let market = self.matching.as_ref().map(|matching| Market {
            source: matching.folder().to_owned(),
            copy: plan.target.join(MARKET_FOLDER),
        });
        let snapshots = match (&market, &self.matching) {
            (Some(market), Some(matching)) => {
                let (market, through) = (market.clone(), matching.sequence());
                blocking(move || market.copy_snapshots(through)).await?
            }
            _ => Vec::new(),
        };
        let has_sql = self.db.copy_into(&plan.target.join(DATABASE_FILE)).await?;
        let has_history = match self.history() {
            Some(history) => history.copy_into(&plan.target.join(HISTORY_FILE)).await?,
            None => false,
        };
        // Whatever the copied databases and snapshots have seen is durable by now.
        let through = self.matching.as_ref().map_or(0, Matching::sequence);
        let (key_id, now, database) = (self.keys.id(), self.now(), self.db.name());
        let manifest = blocking(move || {
            let journal = match market {
                Some(market) => market.copy_journal(snapshots, plan.with_archive, through)?,
                None => None,
            };
            let mut names = Vec::new();
            if has_sql {
                names.push(DATABASE_FILE.to_owned());
            }
            if has_history {
                names.push(HISTORY_FILE.to_owned());
            }
            names.extend(market_names(&plan.target)?);
            let files = manifest::sums(&plan.target, &names).map_err(disk("adding the copy up"))?;
            let manifest = Manifest::new(now, database, key_id, journal, files);
            manifest.write(&plan.target).map_err(disk("writing the manifest"))?;
            Ok(manifest)
        })
        .await?;
        let trace = Trace {
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            journal: manifest.journal.as_ref().map(|journal| journal.last),
        };
        let app = self.clone();
        self.db
            .write("noting a backup", move |tx| {
                Box::pin(async move {
                    app.note(tx, Entry::of_house(AuditKind::BackupMade).with(&trace), now).await
                })
            })
            .await
            .map_err(|fault: StoreFault| Fault::from(fault))?;
        Ok(manifest)
    }
}

/// Runs what reads and writes files away from the requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Fault::internal("copying the house").caused_by(error)))
}

fn disk(doing: &'static str) -> impl FnOnce(io::Error) -> Fault {
    move |error| Fault::unavailable(doing).caused_by(error)
}

fn journal_fault(refused: JournalRefused) -> Fault {
    Fault::unavailable("copying the journal").caused_by(refused)
}

/// Makes the target, of its owner alone, or finds it empty.
fn prepare(target: &Path) -> Result<(), BackupRefused> {
    make_folder(target).map_err(|_| BackupRefused::Target)?;
    let mut entries = fs::read_dir(target).map_err(|_| BackupRefused::Target)?;
    if entries.next().is_some() { Err(BackupRefused::NotEmpty) } else { Ok(()) }
}

/// Makes a folder and those above it that are missing, of their owner alone, and so that they last.
fn make_folder(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match (DirBuilder::new().mode(0o700).create(path), parent) {
        (Ok(()), parent) => sync_folder(parent.unwrap_or(Path::new("."))),
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            make_folder(parent)?;
            make_folder(path)
        }
        (Err(error), _) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        (Err(error), _) => Err(error),
    }
}

/// The market's folder, and its copy.
#[derive(Clone)]
struct Market {
    source: PathBuf,
    copy: PathBuf,
}

impl Market {
    /// Segments and snapshots may move while this reads. The folder's id stays where it is: the lease must be able to tell a
    /// copy from its original.
    fn disks(&self) -> (Folder, Folder) {
        (Folder::look_whole(&self.source), Folder::look(&self.copy))
    }

    /// Makes the copy's folder, copies the whole snapshots at or below this record, and says which, the newest first.
    fn copy_snapshots(&self, through: u64) -> Result<Vec<u64>, Fault> {
        DirBuilder::new().mode(0o700).create(&self.copy).map_err(disk("making the copy's folder"))?;
        let (source, target) = self.disks();
        let mut tries = 0;
        'again: loop {
            let mut found = snapshots::list(&source).map_err(journal_fault)?;
            found.retain(|sequence| *sequence <= through);
            for sequence in found.into_iter().rev() {
                let bytes = match snapshots::load(&source, sequence) {
                    Ok(bytes) => bytes,
                    // The follower has stored a newer one meanwhile and forgot this one.
                    Err(_) if tries < TRIES => {
                        tries += 1;
                        continue 'again;
                    }
                    Err(refused) => return Err(journal_fault(refused)),
                };
                if Engine::from_snapshot(&bytes).is_err() {
                    tracing::error!(
                        snapshot = sequence,
                        "a snapshot is damaged and is not part of the backup"
                    );
                    continue;
                }
                snapshots::store(&target, sequence, &bytes).map_err(journal_fault)?;
            }
            return snapshots::list(&target).map_err(journal_fault);
        }
    }

    /// Copies the journal up to this record, which is durable: from the oldest of these snapshots on, with what was archived
    /// as far back as it is there. `None` where there is no record yet.
    fn copy_journal(
        &self,
        snapshots: Vec<u64>,
        with_archive: bool,
        through: u64,
    ) -> Result<Option<JournalPart>, Fault> {
        let (source, target) = self.disks();
        let names = source.list().map_err(disk("looking at the market's folder"))?;
        let first = |name: &String| name.strip_suffix(".segment").and_then(|first| first.parse::<u64>().ok());
        let Some(oldest) = names.iter().filter_map(first).min() else {
            fs::remove_dir(&self.copy).map_err(disk("removing the copy's folder"))?;
            return Ok(None);
        };
        let needed = snapshots.last().map_or(1, |oldest| oldest.saturating_add(1));
        let from = if with_archive { oldest.min(needed) } else { needed };
        let copied = copy_through(&source, &target, from, through).map_err(journal_fault)?;
        Ok(Some(JournalPart::new(copied, snapshots)))
    }
}

/// The files of the copied market, by their place in the backup.
fn market_names(target: &Path) -> Result<Vec<String>, Fault> {
    let folder = target.join(MARKET_FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Folder::look(&folder).list().map_err(disk("listing the copy"))?;
    names.sort_unstable();
    Ok(names.into_iter().map(|name| format!("{MARKET_FOLDER}/{name}")).collect())
}

/// Makes the entries of a folder last.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
