//! What a journal needs of a disk, so that a test can be one.

use std::io;

/// A folder of files. Entries that come, go or change their name last only once the folder is synced.
pub trait Disk {
    /// A file of it.
    type File: DiskFile;

    /// Names of its files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A new, empty file in the place of whatever has this name.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// A file that is there.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name, in the place of whatever has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file away.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Puts a file into the archive beside the others, for good.
    fn archive(&self, name: &str) -> io::Result<()>;

    /// Makes its entries last.
    fn sync(&self) -> io::Result<()>;
}

/// A file. What is written lasts only once it is synced; until then any part of it may.
pub trait DiskFile {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;

    /// Reads exactly as much as fits.
    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Writes all of it.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written last.
    fn sync(&mut self) -> io::Result<()>;
}

/// All of a file.
pub(crate) fn read_whole(file: &impl DiskFile) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.size()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; size];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}
