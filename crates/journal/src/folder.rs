//! A folder of the file system as the journal's disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::JournalRefused;
use crate::disk::{Disk, DiskFile};

const LOCK: &str = "lock";
const ARCHIVE: &str = "archive";

/// A folder, locked by this process or only looked at.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether what was archived is part of it.
    with_archive: bool,
    /// Held as long as it lives; the system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

impl Folder {
    /// Takes a folder for this process alone, making it if need be.
    pub fn lock(path: &Path) -> Result<Self, JournalRefused> {
        make_folder(path).map_err(JournalRefused::disk("making the journal's folder"))?;
        let lock = new_file(&path.join(LOCK)).map_err(JournalRefused::disk("making the lock file"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), with_archive: false, _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(JournalRefused::Locked),
            Err(TryLockError::Error(fault)) => {
                Err(JournalRefused::disk("locking the journal's folder")(fault))
            }
        }
    }

    /// Looks at a folder that another process or thread may be writing to.
    pub fn look(path: &Path) -> Self {
        Self { path: path.to_owned(), with_archive: false, _lock: None }
    }

    /// The same with what was archived, wherever a file is at the moment: for whoever reads from the beginning, or while
    /// somebody archives.
    pub fn look_whole(path: &Path) -> Self {
        Self { with_archive: true, ..Self::look(path) }
    }
}

/// Nobody else reads what people trade.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes a folder, and those above it, so that they last.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(above)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(above),
    }
}

fn names_of(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Disk for Folder {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        // The archive last: a file that moves there meanwhile is found twice rather than not at all.
        let mut names = names_of(&self.path)?;
        if self.with_archive {
            match names_of(&self.path.join(ARCHIVE)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                archived => names.extend(archived.unwrap_or_default()),
            }
            names.sort_unstable();
            names.dedup();
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        new_file(&self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(self._lock.is_some()).open(self.path.join(name));
        match opened {
            Err(error) if self.with_archive && error.kind() == io::ErrorKind::NotFound => {
                File::open(self.path.join(ARCHIVE).join(name))
            }
            opened => opened,
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn archive(&self, name: &str) -> io::Result<()> {
        let archive = self.path.join(ARCHIVE);
        fs::create_dir_all(&archive)?;
        fs::rename(self.path.join(name), archive.join(name))?;
        sync_folder(&archive)?;
        sync_folder(&self.path)
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, at)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn sync(&mut self) -> io::Result<()> {
        // The length of a segment is fixed before it is used; what else is metadata may wait.
        self.sync_data()
    }
}
