//! The folder of a journal, taken for this process before anything else is asked.

use std::path::Path;

use doorward_journal::disk::{Disk, DiskFile};
use doorward_journal::{Folder, newest_segment};

use super::MatchingRefused;
use crate::random::{Random, SystemRandom};

/// Tells a folder apart from every other, its copies excepted.
const ID: &str = "id";
const ID_BYTES: usize = 16;

/// A folder that no other process writes to while this lives.
#[derive(Debug)]
pub struct Ground {
    disk: Folder,
    journal: Option<[u8; 16]>,
    holder: [u8; 16],
}

impl Ground {
    /// Locks the folder, making it where it is missing, and reads which journal it holds.
    ///
    /// # Errors
    /// Another process has it, or it cannot be used.
    pub fn take(path: &Path) -> Result<Self, MatchingRefused> {
        let disk = Folder::lock(path)?;
        let journal = newest_segment(&disk)?.map(|segment| segment.journal_id);
        let holder = holder(&disk)
            .map_err(|source| MatchingRefused::Folder { what: "reading the folder's id", source })?;
        Ok(Self { disk, journal, holder })
    }

    /// The journal that lies here; `None` before its first command.
    pub const fn journal(&self) -> Option<[u8; 16]> {
        self.journal
    }

    /// Which folder this is: whoever takes the lease for it is the same one as before.
    pub const fn holder(&self) -> [u8; 16] {
        self.holder
    }

    pub(super) fn into_disk(self) -> Folder {
        self.disk
    }
}

/// The folder's id, made when it is first taken.
fn holder(disk: &Folder) -> std::io::Result<[u8; ID_BYTES]> {
    let mut id = [0; ID_BYTES];
    if disk.list()?.iter().any(|name| name == ID) {
        let file = disk.open(ID)?;
        if file.size()? == ID_BYTES as u64 {
            file.read_at(0, &mut id)?;
            return Ok(id);
        }
        // A crash left it unfinished; then nobody knows it yet.
    }
    SystemRandom.fill(&mut id);
    let mut file = disk.create(ID)?;
    file.write_at(0, &id)?;
    DiskFile::sync(&mut file)?;
    disk.sync()?;
    Ok(id)
}
