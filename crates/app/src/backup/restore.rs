//! The way back: a backup into an empty data folder, of which no server runs.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use super::manifest::{Manifest, sum};
use super::sync_folder;
use crate::data_folder::UNFINISHED_RESTORE;
use crate::failure::{Failure, Fault};
use crate::keys::Keys;

/// What came back.
#[derive(Debug)]
pub struct Restored {
    /// The list of everything.
    pub manifest: Manifest,
    /// Whether the master key that belongs to it is here.
    pub has_key: bool,
}

/// Why nothing is restored. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreRefused {
    /// No manifest: the backup is unfinished or something else.
    #[error("there is no manifest: this is no backup, or it was never finished")]
    NoManifest,
    /// A manifest of another version.
    #[error("the manifest is of a kind that this version does not know")]
    Format,
    /// The data folder holds what an earlier restore left when it ended in the middle.
    #[error(
        "an earlier restore did not finish: empty the data folder but for the master key, and restore again"
    )]
    Unfinished,
    /// The data folder has something in it.
    #[error("the data folder is not empty: {0} is there")]
    NotEmpty(String),
    /// The configuration names another kind of database.
    #[error("the backup is of a {backup} installation, and the configuration names {here}")]
    Database {
        /// The backup's.
        backup: String,
        /// The configuration's.
        here: String,
    },
    /// A file that is gone or not as it was.
    #[error("{0} is missing from the backup or is not as it was written")]
    Damaged(String),
    /// The key that is here opens nothing of it.
    #[error("the master key here is another one than {0}, which belongs to this backup")]
    StrangeKey(String),
}

/// Copies a backup into a data folder in which nothing stands but what `keeps` names, the master key and the lock. Every sum
/// is checked before anything is written, and once more on the way. Blocking.
///
/// # Errors
/// Refused with nothing changed; a fault while copying leaves a folder that says that it is unfinished, in which nothing
/// starts, and which is to be emptied by hand.
pub fn restore(
    backup: &Path,
    folder: &Path,
    keeps: &[&Path],
    database: &str,
    keys: Option<&Keys>,
) -> Result<Restored, Failure<RestoreRefused>> {
    let manifest = match Manifest::read(backup) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Err(Failure::Refused(RestoreRefused::Format)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::Refused(RestoreRefused::NoManifest));
        }
        Err(error) => return Err(fault("reading the manifest", error).into()),
    };
    admit(&manifest, backup, folder, keeps, database, keys)?;
    let unfinished = folder.join(UNFINISHED_RESTORE);
    begin(&unfinished, folder).map_err(|error| fault("beginning to restore", error))?;
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for part in &manifest.files {
        let target = folder.join(&part.path);
        if let Some(parent) = target.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
            made.map_err(|error| fault("making a folder", error))?;
            folders.insert(parent.to_owned());
        }
        let copied = copy(backup, &part.path, &target).map_err(|error| fault("restoring a file", error))?;
        if copied != *part {
            let changed = RestoreRefused::Damaged(part.path.clone());
            return Err(Fault::internal("the backup changed while it was read").caused_by(changed).into());
        }
    }
    // Everything is there for good before the folder says that it is.
    let lasting = folders.iter().try_for_each(|folder| sync_folder(folder));
    let finished = lasting.and_then(|()| fs::remove_file(&unfinished)).and_then(|()| sync_folder(folder));
    finished.map_err(|error| fault("finishing the restored folder", error))?;
    let has_key = keys.is_some();
    Ok(Restored { manifest, has_key })
}

/// Everything is checked before anything is changed.
fn admit(
    manifest: &Manifest,
    backup: &Path,
    folder: &Path,
    keeps: &[&Path],
    database: &str,
    keys: Option<&Keys>,
) -> Result<(), Failure<RestoreRefused>> {
    if manifest.database != database {
        let (backup, here) = (manifest.database.clone(), database.to_owned());
        return Err(Failure::Refused(RestoreRefused::Database { backup, here }));
    }
    if keys.is_some_and(|keys| !keys.has(&manifest.key_id)) {
        return Err(Failure::Refused(RestoreRefused::StrangeKey(manifest.key_id.clone())));
    }
    if folder.join(UNFINISHED_RESTORE).exists() {
        return Err(Failure::Refused(RestoreRefused::Unfinished));
    }
    // One file may be named in two ways.
    let keeps: Vec<_> = keeps.iter().filter_map(|kept| kept.canonicalize().ok()).collect();
    for entry in fs::read_dir(folder).map_err(|error| fault("looking at the data folder", error))? {
        let entry = entry.map_err(|error| fault("looking at the data folder", error))?;
        if !entry.path().canonicalize().is_ok_and(|path| keeps.contains(&path)) {
            let name = entry.file_name().to_string_lossy().into_owned();
            return Err(Failure::Refused(RestoreRefused::NotEmpty(name)));
        }
    }
    for part in &manifest.files {
        let stays_inside =
            Path::new(&part.path).components().all(|component| matches!(component, Component::Normal(_)));
        let found = match stays_inside.then(|| sum(backup, &part.path, |_| Ok(()))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                return Err(fault("reading the backup", error).into());
            }
            found => found.and_then(Result::ok),
        };
        if found.as_ref() != Some(part) {
            return Err(Failure::Refused(RestoreRefused::Damaged(part.path.clone())));
        }
    }
    Ok(())
}

/// Says for good that the folder lacks something until the end.
fn begin(unfinished: &Path, folder: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished)?.sync_all()?;
    sync_folder(folder)
}

fn copy(backup: &Path, name: &str, target: &Path) -> io::Result<super::FilePart> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target)?;
    let copied = sum(backup, name, |piece| file.write_all(piece))?;
    file.sync_all()?;
    Ok(copied)
}

fn fault(doing: &'static str, error: io::Error) -> Fault {
    Fault::unavailable(doing).caused_by(error)
}
