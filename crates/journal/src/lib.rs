//! The record: an ordered, durable log of groups. What is in a record is nobody's business here.
//!
//! Segments of groups, one write and one sync a group. After a crash the last group is there whole or not at all; damage is
//! never taken for a torn write, and is refused with its position (market rules 3).

mod copy;
pub mod disk;
mod folder;
mod group;
mod journal;
mod mark;
mod reader;
mod segment;
pub mod snapshots;
mod writer;

use std::io;

pub use copy::{Copied, copy_through};
pub use folder::Folder;
pub use group::{Group, GroupRead, MAX_GROUP_BYTES, MAX_RECORD_BYTES, NotWhole, Records};
pub use journal::{Cut, Journal, Opened, Settings};
pub use reader::{Reader, read};
pub use segment::{Header as SegmentHeader, archive_below, newest as newest_segment};
pub use writer::{Writer, Written};

/// The port: a file now, a stream later.
pub trait RecordLog {
    /// Reads groups, oldest first.
    type Groups<'a>: Groups
    where
        Self: 'a;

    /// Makes a group durable if the log ends at `expected_sequence`, and gives the sequence at which it ends then.
    fn append(&mut self, group: &mut Group, expected_sequence: u64) -> Result<u64, AppendRefused>;

    /// The groups from the one on that holds this sequence, up to the end as it is now.
    fn read(&self, from: u64) -> Result<Self::Groups<'_>, JournalRefused>;

    /// The sequence of the last durable record; zero before the first.
    fn tail(&self) -> u64;
}

/// Groups that are read.
pub trait Groups {
    /// The next one; `None` behind the last.
    fn next_group(&mut self) -> Result<Option<GroupRead<'_>>, JournalRefused>;
}

/// Why a journal is not opened or not read on. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalRefused {
    /// Another process has it.
    #[error("another process uses this journal")]
    Locked,
    /// The disk does not do what it is asked.
    #[error("{what} failed")]
    Disk {
        /// What was asked.
        what: &'static str,
        /// Why it did not.
        source: io::Error,
    },
    /// Something that was durable once is not there as it was written.
    #[error("{file} is damaged at byte {at}; record {expected} should begin there")]
    Damaged {
        /// The file in the journal's folder.
        file: String,
        /// Where in it.
        at: u64,
        /// The sequence that belongs there.
        expected: u64,
    },
    /// Records that somebody has seen are missing at the end.
    #[error("the journal ends at record {tail}, but record {known} was there already")]
    Behind {
        /// Where it ends.
        tail: u64,
        /// Up to where it is known to have reached.
        known: u64,
    },
    /// Records that were archived, or that are not there yet.
    #[error("the journal begins at record {first} and ends at {tail}")]
    OutOfReach {
        /// The first record here.
        first: u64,
        /// The last one.
        tail: u64,
    },
}

impl JournalRefused {
    pub(crate) fn disk(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Disk { what, source }
    }
}

/// Why a group is not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendRefused {
    /// The log ends elsewhere: somebody else appended. Nothing was written.
    #[error("the journal ends at record {tail}, not at {expected}")]
    Sequence {
        /// Where the caller thought that it ends.
        expected: u64,
        /// Where it ends.
        tail: u64,
    },
    /// A group without records, or one that no segment could hold. Nothing was written.
    #[error("this group has no records or too many")]
    Size,
    /// A write or sync failed. Whether the group is there is not known until the journal is opened anew: stop.
    #[error("{what} failed; the journal takes nothing more")]
    Failed {
        /// What was asked.
        what: &'static str,
        /// Why it did not happen.
        source: io::Error,
    },
    /// The next segment could not be made before it is needed. The journal goes on in the present one.
    #[error("there is no room for the journal's next segment")]
    NotPrepared(#[source] io::Error),
    /// An earlier write or sync failed.
    #[error("the journal takes nothing more since a write failed")]
    Stopped,
}
