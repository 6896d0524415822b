//! What a backup holds, with the sums of its files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use doorward_domain::time::Timestamp;
use doorward_journal::Copied;
use serde::{Deserialize, Serialize};

use super::sync_folder;

/// The manifest's name in a backup.
pub const MANIFEST: &str = "manifest.json";
/// The format that is written; others are refused.
const FORMAT: u32 = 1;
/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// A backup's list of what belongs to it. A folder without one is no backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// When it was made, in microseconds since 1970.
    pub made_at_us: i64,
    /// The version of the program that made it.
    pub program: String,
    /// `sqlite`, whose file is part of it, or `postgres`, whose own tools copy it.
    pub database: String,
    /// The id of the master key that opens the database; the key itself travels separately.
    pub key_id: String,
    /// The market's journal; none where there was no market.
    pub journal: Option<JournalPart>,
    /// Every file.
    pub files: Vec<FilePart>,
}

/// What a backup has of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalPart {
    /// Which journal, in hexadecimal.
    pub id: String,
    /// The first record.
    pub first: u64,
    /// The last record.
    pub last: u64,
    /// The records of its snapshots, newest first.
    pub snapshots: Vec<u64>,
}

impl JournalPart {
    pub(super) fn new(copied: Copied, snapshots: Vec<u64>) -> Self {
        let id = HEXLOWER.encode(&copied.journal_id);
        Self { id, first: copied.first, last: copied.last, snapshots }
    }
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePart {
    /// Its place in the backup and in a data folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub(super) fn new(
        now: Timestamp,
        database: &str,
        key_id: String,
        journal: Option<JournalPart>,
        files: Vec<FilePart>,
    ) -> Self {
        Self {
            format: FORMAT,
            made_at_us: now.as_micros(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            database: database.to_owned(),
            key_id,
            journal,
            files,
        }
    }

    /// Reads a backup's manifest; `None` for one that this version does not understand.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn read(backup: &Path) -> io::Result<Option<Self>> {
        let bytes = fs::read(backup.join(MANIFEST))?;
        let read = serde_json::from_slice::<Self>(&bytes).ok();
        Ok(read.filter(|manifest| manifest.format == FORMAT))
    }

    /// Writes it so that one that can be seen is whole.
    pub(super) fn write(&self, target: &Path) -> io::Result<()> {
        let unfinished = target.join("manifest.unfinished");
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&unfinished, target.join(MANIFEST))?;
        sync_folder(target)
    }

    /// The length of everything together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The sums of files in a folder.
pub(super) fn sums(folder: &Path, names: &[String]) -> io::Result<Vec<FilePart>> {
    names.iter().map(|name| sum(folder, name, |_| Ok(()))).collect()
}

/// The sum of one file, which is handed on piece by piece.
pub(super) fn sum(
    folder: &Path,
    name: &str,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<FilePart> {
    let mut file = File::open(folder.join(name))?;
    let (mut digest, mut piece, mut bytes) = (Context::new(&SHA256), vec![0; PIECE], 0);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
        each(&piece[..read])?;
        bytes += read as u64;
    }
    let sha256 = HEXLOWER.encode(digest.finish().as_ref());
    Ok(FilePart { path: name.to_owned(), bytes, sha256 })
}
