//! The journal as the sequencer writes it: put off until there is a record, and never again after a fault.

use doorward_journal::disk::Disk;
use doorward_journal::{AppendRefused, Group, Journal, JournalRefused, Settings, Writer, Written};

use super::chain;

/// The journal, or the place for one.
pub(super) enum Log<D: Disk> {
    /// Nothing was ever written.
    PutOff {
        disk: D,
        settings: Settings,
        journal_id: [u8; 16],
    },
    Open(Writer<D>),
    /// Beginning it failed; nothing is ever written again.
    Lost,
}

/// A write that did not happen, with its causes in one line.
pub(super) struct Unwritten(pub(super) String);

impl From<AppendRefused> for Unwritten {
    fn from(refused: AppendRefused) -> Self {
        Self(chain(&refused))
    }
}

impl From<JournalRefused> for Unwritten {
    fn from(refused: JournalRefused) -> Self {
        Self(chain(&refused))
    }
}

impl<D> Log<D>
where
    D: Disk<File: Send> + Send + Sync + 'static,
{
    pub(super) fn put_off(disk: D, settings: Settings, journal_id: [u8; 16]) -> Self {
        Self::PutOff { disk, settings, journal_id }
    }

    pub(super) fn of(journal: Journal<D>) -> Self {
        Self::Open(Writer::new(journal))
    }

    /// The disk that it is on.
    ///
    /// # Panics
    /// After beginning it has failed; nobody asks then.
    pub(super) fn disk(&self) -> &D {
        match self {
            Self::PutOff { disk, .. } => disk,
            Self::Open(writer) => writer.disk(),
            Self::Lost => unreachable!("a journal that could not begin is not read"),
        }
    }

    /// Where it ends, with what is under way.
    pub(super) const fn tail(&self) -> u64 {
        match self {
            Self::Open(writer) => writer.end(),
            Self::PutOff { .. } | Self::Lost => 0,
        }
    }

    /// Makes a group durable behind the last one, on this thread; says whether a piece of the next segment is due.
    pub(super) fn append(&mut self, group: &mut Group) -> Result<bool, Unwritten> {
        Ok(self.begun()?.append(group)?)
    }

    /// Begins to make a group durable, on the thread beside this one.
    pub(super) fn hand_over(&mut self, group: Group) -> Result<(), Unwritten> {
        self.begun()?.hand_over(group);
        Ok(())
    }

    /// Waits until the oldest group that was handed over is durable.
    pub(super) fn wait(&mut self) -> Result<Written, Unwritten> {
        let written = self.begun()?.wait();
        written.ok_or_else(|| Unwritten("the journal's thread has ended".to_owned()))
    }

    fn begun(&mut self) -> Result<&mut Writer<D>, Unwritten> {
        if let Self::PutOff { .. } = self
            && let Self::PutOff { disk, settings, journal_id } = std::mem::replace(self, Self::Lost)
        {
            *self = Self::of(Journal::open(disk, settings, 0, journal_id)?.journal);
        }
        match self {
            Self::Open(writer) => Ok(writer),
            _ => Err(Unwritten("beginning the journal has failed before".to_owned())),
        }
    }

    /// Remembers how far the journal is durable.
    pub(super) fn write_mark(&mut self) -> Result<(), Unwritten> {
        let Self::Open(writer) = self else { return Ok(()) };
        Ok(writer.journal()?.write_mark()?)
    }

    /// Whether the next segment may be made while nobody asks for anything.
    pub(super) fn is_nearly_full(&mut self) -> bool {
        let Self::Open(writer) = self else { return false };
        writer.journal().is_ok_and(|journal| journal.is_nearly_full())
    }

    /// Makes the pieces of the next segment that are due.
    pub(super) fn prepare_due(&mut self) -> Result<(), Unwritten> {
        let Self::Open(writer) = self else { return Ok(()) };
        while writer.journal()?.is_next_due() {
            prepare(writer)?;
        }
        Ok(())
    }

    /// Makes a piece of the next segment.
    pub(super) fn prepare(&mut self) -> Result<(), Unwritten> {
        let Self::Open(writer) = self else { return Ok(()) };
        prepare(writer)
    }
}

fn prepare<D>(writer: &mut Writer<D>) -> Result<(), Unwritten>
where
    D: Disk<File: Send> + Send + Sync + 'static,
{
    match writer.journal()?.prepare_next() {
        Err(refused @ AppendRefused::NotPrepared(_)) => {
            metrics::counter!("doorward_market_segment_failures_total").increment(1);
            tracing::error!(
                why = chain(&refused),
                "the journal's disk is full: the market ends when the present segment is full too"
            );
        }
        prepared => drop(prepared?),
    }
    Ok(())
}
