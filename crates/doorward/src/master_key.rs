//! The file of the master key, from which every other key is derived. Backups never contain it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use doorward_app::keys::{Keys, MasterKey as Master};
use zeroize::Zeroizing;

use crate::folder::{PrivateFile, look_at_private};
use crate::outcome::{Exit, Stopped};

/// Names the file's format, so that a file of another kind is not taken for a key.
const PREFIX: &str = "doorward-master-key-1:";

pub(crate) type MasterKey = Zeroizing<[u8; 32]>;

/// The master keys that this installation has.
#[derive(Default)]
pub(crate) struct Held {
    /// The one that seals; none before the first start, and none when it was put away to be followed by another.
    pub(crate) current: Option<MasterKey>,
    /// Earlier ones, the newest first.
    pub(crate) former: Vec<MasterKey>,
}

impl Held {
    /// Reads all of them. A former one that is not there is refused: what it sealed would not open.
    pub(crate) fn find(current: &Path, former: &[PathBuf]) -> Result<Self, Stopped> {
        let former = former.iter().map(|path| {
            find(path)?.ok_or_else(|| {
                let why = format!("data.former_master_key_files: there is no {}", path.display());
                Stopped::new(Exit::Folder, why)
            })
        });
        Ok(Self { current: find(current)?, former: former.collect::<Result<_, _>>()? })
    }

    /// The keys that derive from them; none when there is no master key at all.
    pub(crate) fn keys(&self) -> Option<Keys> {
        let mut all = self.current.iter().chain(&self.former).map(|key| Master::from_bytes(**key));
        let first = all.next()?;
        Some(Keys::new(&first, &all.collect::<Vec<_>>()))
    }
}

/// Reads the key. `Ok(None)`: there is no such file.
pub(crate) fn find(path: &Path) -> Result<Option<MasterKey>, Stopped> {
    let refused = |why: String| Stopped::new(Exit::Folder, format!("the master key: {why}"));
    match look_at_private(path) {
        PrivateFile::Missing => return Ok(None),
        PrivateFile::Wrong(why) => return Err(refused(why)),
        PrivateFile::Fine => {}
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| refused(format!("{} cannot be read: {error}", path.display())))?;
    parse(&text).map(Some).ok_or_else(|| {
        refused(format!("{} does not hold a master key ({PREFIX} and 43 letters)", path.display()))
    })
}

/// Writes a new key, mode 0600, on disk before this returns. Fails where a file already stands.
pub(crate) fn make(path: &Path, key: &MasterKey) -> Result<(), Stopped> {
    let new = path.with_extension("key.new");
    let written = (|| -> std::io::Result<()> {
        // A leftover of a start that died between the two steps was never used.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let text = Zeroizing::new(format!("{PREFIX}{}\n", *Zeroizing::new(BASE64URL_NOPAD.encode(&**key))));
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link never replaces: of two nodes that share a key file, one makes it and the other is told.
        std::fs::hard_link(&new, path)?;
        std::fs::remove_file(&new)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    })();
    written.map_err(|error| {
        Stopped::new(Exit::Folder, format!("the master key {} cannot be written: {error}", path.display()))
    })
}

fn parse(text: &str) -> Option<MasterKey> {
    let encoded = text.strip_prefix(PREFIX)?.trim_end_matches(['\r', '\n']);
    let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?);
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_made_key_is_found_again_and_readable_by_its_owner_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("master.key");
        assert!(find(&path).expect("looks").is_none());
        make(&path, &Zeroizing::new([7; 32])).expect("makes");
        assert_eq!(*find(&path).expect("looks").expect("is there"), [7; 32]);
        assert_eq!(std::fs::metadata(&path).expect("facts").permissions().mode() & 0o777, 0o600);
        assert!(make(&path, &Zeroizing::new([8; 32])).is_err(), "never replaces");
        assert_eq!(*find(&path).expect("looks").expect("is there"), [7; 32]);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "hello", "doorward-master-key-1:", "doorward-master-key-1:AAAA\n", &"A".repeat(43)] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
