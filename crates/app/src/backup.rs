//! A copy of everything that another machine needs but the master key, made while the house works (market rules 5).
//!
//! SQL first, then snapshots and journal up to a later record, then the id of the master key: so the copy's database never
//! knows of a record that the copy's journal lacks. All of it stands under one manifest, which is written last.

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
use crate::failure::{Failure, Fault};

/// The database's name in a backup and in a data folder.
pub const DATABASE_FILE: &str = "doorward.sqlite";
/// The market's history in a backup and in a data folder.
pub const HISTORY_FILE: &str = "history.db";
/// The market's folder in a backup and in a data folder.
pub const MARKET_FOLDER: &str = "market";
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
        let has_sql = self.db.copy_into(&plan.target.join(DATABASE_FILE)).await?;
        let has_history = match self.history() {
            Some(history) => history.copy_into(&plan.target.join(HISTORY_FILE)).await?,
            None => false,
        };
        // Whatever the copied databases have seen is durable by now, and known here once the journal is replayed.
        if let Some(matching) = &self.matching
            && !matching.replayed().await
        {
            return Err(Fault::unavailable("copying the journal of an engine that has stopped").into());
        }
        let market =
            self.matching.as_ref().map(|matching| (matching.folder().to_owned(), matching.sequence()));
        let (key_id, now, database) = (self.keys.id(), self.now(), self.db.name());
        let manifest = blocking(move || {
            let journal = match market {
                Some((folder, through)) => copy_market(&plan, &folder, through)?,
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
    DirBuilder::new().recursive(true).mode(0o700).create(target).map_err(|_| BackupRefused::Target)?;
    let mut entries = fs::read_dir(target).map_err(|_| BackupRefused::Target)?;
    if entries.next().is_some() { Err(BackupRefused::NotEmpty) } else { Ok(()) }
}

/// Copies snapshots and journal up to this record, which is durable; `None` where there is no record yet.
fn copy_market(plan: &BackupPlan, market: &Path, through: u64) -> Result<Option<JournalPart>, Fault> {
    let names = Folder::look(market).list().map_err(disk("looking at the market's folder"))?;
    if !names.iter().any(|name| name.ends_with(".segment")) {
        return Ok(None);
    }
    // The folder's id stays where it is: the lease must be able to tell a copy from its original.
    let target = plan.target.join(MARKET_FOLDER);
    DirBuilder::new().mode(0o700).create(&target).map_err(disk("making the copy's folder"))?;
    // Segments and snapshots may move while this reads.
    let (source, copy) = (Folder::look_whole(market), Folder::look(&target));
    let snapshots = copy_snapshots(&source, &copy, through)?;
    let from = if plan.with_archive { 1 } else { snapshots.last().copied().unwrap_or(0) + 1 };
    let copied = copy_through(&source, &copy, from, through).map_err(journal_fault)?;
    Ok(Some(JournalPart::new(copied, snapshots)))
}

/// Copies the whole snapshots at or below this record, newest first, and says which.
fn copy_snapshots(source: &Folder, target: &Folder, through: u64) -> Result<Vec<u64>, Fault> {
    let mut tries = 0;
    'again: loop {
        let mut found = snapshots::list(source).map_err(journal_fault)?;
        found.retain(|sequence| *sequence <= through);
        let mut copied = Vec::new();
        for sequence in found.into_iter().rev() {
            let bytes = match snapshots::load(source, sequence) {
                Ok(bytes) => bytes,
                // The follower has stored a newer one meanwhile and forgot this one.
                Err(_) if tries < TRIES => {
                    tries += 1;
                    continue 'again;
                }
                Err(refused) => return Err(journal_fault(refused)),
            };
            if Engine::from_snapshot(&bytes).is_err() {
                tracing::error!(snapshot = sequence, "a snapshot is damaged and is not part of the backup");
                continue;
            }
            snapshots::store(target, sequence, &bytes).map_err(journal_fault)?;
            copied.insert(0, sequence);
        }
        return Ok(copied);
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
