//! The data folder: what one node keeps for itself. One process at a time holds it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::outcome::{Exit, Stopped};

/// A data folder that this process holds until it drops it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The lock lives as long as the open file.
    _lock: File,
    owner: u32,
}

impl Folder {
    /// Makes the folder where it is missing (mode 0700) and takes its lock.
    pub(crate) fn hold(path: &Path) -> Result<Self, Stopped> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
            Stopped::new(Exit::Folder, format!("the data folder {} cannot be made: {error}", path.display()))
        })?;
        let lock_path = path.join("lock");
        let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&lock_path);
        let lock = open.map_err(|error| {
            Stopped::new(Exit::Folder, format!("the lock {} cannot be opened: {error}", lock_path.display()))
        })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Stopped::new(
                    Exit::InUse,
                    format!("the data folder {} is in use by another doorward process", path.display()),
                ));
            }
            Err(TryLockError::Error(error)) => {
                return Err(Stopped::new(
                    Exit::Folder,
                    format!("the lock {} cannot be taken: {error}", lock_path.display()),
                ));
            }
        }
        let owner = lock.metadata().map(|facts| facts.uid()).map_err(|error| {
            Stopped::new(Exit::Folder, format!("the lock {} cannot be read: {error}", lock_path.display()))
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock, owner })
    }

    /// Whether a process holds this folder now. A folder that does not exist is held by nobody.
    pub(crate) fn is_held(path: &Path) -> bool {
        match File::open(path.join("lock")) {
            Ok(lock) => matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The user that the folder's lock belongs to: the only one, besides root, that the admin socket answers.
    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }
}

/// A file that only its owner may read: says why not, or that it is missing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PrivateFile {
    Fine,
    Missing,
    Wrong(String),
}

/// Looks at a file that holds a secret, without opening it.
pub(crate) fn look_at_private(path: &Path) -> PrivateFile {
    let name = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => PrivateFile::Missing,
        Err(error) => PrivateFile::Wrong(format!("{name} cannot be looked at: {error}")),
        Ok(facts) if !facts.is_file() => PrivateFile::Wrong(format!("{name} is no ordinary file")),
        Ok(facts) if facts.mode() & 0o077 != 0 => PrivateFile::Wrong(format!(
            "{name} has mode {:04o}: others than its owner could read it. Set it to 0600, and consider its content known",
            facts.mode() & 0o7777
        )),
        Ok(_) => PrivateFile::Fine,
    }
}

/// Reads a small secret from a file of its owner alone; line ends after it are not part of it.
pub(crate) fn read_secret(setting: &str, path: &Path) -> Result<String, String> {
    match look_at_private(path) {
        PrivateFile::Missing => return Err(format!("{setting}: {} does not exist", path.display())),
        PrivateFile::Wrong(why) => return Err(format!("{setting}: {why}")),
        PrivateFile::Fine => {}
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{setting}: {} cannot be read: {error}", path.display()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        Err(format!("{setting}: {} is empty", path.display()))
    } else {
        Ok(secret.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("data");
        assert!(!Folder::is_held(&path));
        let held = Folder::hold(&path).expect("holds");
        assert!(Folder::is_held(&path));
        assert_eq!(Folder::hold(&path).expect_err("refused").exit, Exit::InUse);
        let mode = std::fs::metadata(&path).expect("facts").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(held);
        assert!(!Folder::is_held(&path));
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("secret");
        assert_eq!(look_at_private(&path), PrivateFile::Missing);
        std::fs::write(&path, "word\n").expect("writes");
        for (mode, fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o660, false)] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("sets");
            assert_eq!(look_at_private(&path) == PrivateFile::Fine, fine, "{mode:o}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("sets");
        assert_eq!(read_secret("mail.smtp_password_file", &path).as_deref(), Ok("word"));
    }
}
