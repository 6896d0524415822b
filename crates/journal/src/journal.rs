//! The journal that is written to.

use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::group::{Group, MAX_GROUP_BYTES};
use crate::mark::Mark;
use crate::reader::{Reader, read};
use crate::segment::{self, BEGIN, Header, Scan, Spare};
use crate::{AppendRefused, JournalRefused, RecordLog};

/// Choices that no record depends on.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Length of new segments in bytes.
    pub segment_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20 }
    }
}

/// The journal of this process: the only one that writes to its folder.
pub struct Journal<D: Disk> {
    disk: Arc<D>,
    settings: Settings,
    /// The segment that is written to.
    segment: Header,
    file: D::File,
    size: u64,
    /// Where the next group goes.
    at: u64,
    /// Sequence and digest of the last group.
    tail: u64,
    digest: [u8; 32],
    mark: Mark<D::File>,
    /// The next segment's file, as far as it is.
    spare: Option<Spare<D::File>>,
    /// Making the next segment has failed; it is not tried again before it is needed.
    has_no_room: bool,
    is_stopped: bool,
}

/// What was cut off at the end because it was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub file: String,
    /// From this byte on.
    pub at: u64,
    /// So many bytes.
    pub bytes: u64,
}

/// An opened journal.
pub struct Opened<D: Disk> {
    /// Ready for the next group.
    pub journal: Journal<D>,
    /// A torn group, if there was one.
    pub cut: Option<Cut>,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal of a folder, or begins one with this id in an empty folder.
    ///
    /// `known` is the highest sequence that SQL or a snapshot has seen. A torn group above it and above the commit mark is cut
    /// off; everything else that is not as it was written is refused, and nothing is changed then.
    pub fn open(
        disk: D,
        settings: Settings,
        known: u64,
        new_id: [u8; 16],
    ) -> Result<Opened<D>, JournalRefused> {
        let mark = Mark::open(&disk)?;
        let Some(last) = segment::list(&disk)?.last().copied() else {
            return match mark.map_or(known, |mark| mark.sequence.max(known)) {
                0 => Self::create(disk, settings, new_id).map(|journal| Opened { journal, cut: None }),
                known => Err(JournalRefused::Behind { tail: 0, known }),
            };
        };
        let damaged = JournalRefused::Damaged { file: "mark".to_owned(), at: 0, expected: last };
        let mark = mark.ok_or(damaged)?;
        let known = known.max(mark.sequence);
        let mut scan = Scan::open(&disk, last)?;
        let (mut tail, mut digest) = (last - 1, scan.header.previous);
        while let Some(group) = scan.next(tail + 1, &digest)? {
            (tail, digest) = (group.last(), group.header.digest);
        }
        let (at, end) = (scan.at, scan.end_of_bytes(scan.at)?);
        // One group is written at a time: whatever is longer, or holds another group, was durable once.
        let is_torn =
            end - at <= MAX_GROUP_BYTES as u64 && tail >= known && !scan.has_group(at + BEGIN, end)?;
        if end > at && !is_torn {
            return Err(JournalRefused::Damaged { file: scan.name, at, expected: tail + 1 });
        }
        if tail < known {
            return Err(JournalRefused::Behind { tail, known });
        }
        // Whoever wrote it may have ended between the segment's name and its folder's sync. Then the name is seen now and may
        // be gone after a power cut, with everything that is written under it.
        disk.sync().map_err(JournalRefused::disk("syncing the journal's folder"))?;
        // A next segment in the making; its room may be needed before it is.
        segment::forget_prepared(&disk);
        let last_group = scan.last_bytes()?;
        let (segment, size, name) = (scan.header, scan.size, scan.name.clone());
        let mut file = scan.into_file();
        // Whoever wrote it may have ended because its sync failed. Then it is read from memory now and is nowhere else, and
        // another sync alone would do nothing.
        if let Some((at, bytes)) = last_group {
            let made_sure = file.write_at(at, &bytes).and_then(|()| file.sync());
            made_sure.map_err(JournalRefused::disk("making sure of the last group"))?;
        }
        let cut = (end > at).then(|| Cut { file: name, at, bytes: end - at });
        if let Some(cut) = &cut {
            let zeros = vec![0; usize::try_from(cut.bytes).unwrap_or(MAX_GROUP_BYTES)];
            let wiped = file.write_at(at, &zeros).and_then(|()| file.sync());
            wiped.map_err(JournalRefused::disk("cutting a torn group off"))?;
        }
        let journal = Self {
            disk: Arc::new(disk),
            settings,
            segment,
            file,
            size,
            at,
            tail,
            digest,
            mark,
            spare: None,
            has_no_room: false,
            is_stopped: false,
        };
        Ok(Opened { journal, cut })
    }

    fn create(disk: D, settings: Settings, journal_id: [u8; 16]) -> Result<Self, JournalRefused> {
        let mark = Mark::create(&disk)?;
        let segment = Header { journal_id, number: 1, first: 1, previous: [0; 32] };
        let file = segment::begin(&disk, None, settings.segment_bytes, &segment)
            .map_err(JournalRefused::disk("beginning the first segment"))?;
        Ok(Self {
            disk: Arc::new(disk),
            settings,
            segment,
            file,
            size: settings.segment_bytes,
            at: BEGIN,
            tail: 0,
            digest: [0; 32],
            mark,
            spare: None,
            has_no_room: false,
            is_stopped: false,
        })
    }

    /// Which journal this is, for as long as it lives.
    pub const fn id(&self) -> [u8; 16] {
        self.segment.journal_id
    }

    /// Remembers how far the journal is durable. Within a second of idle somebody does; it costs a sync.
    pub fn write_mark(&mut self) -> Result<(), AppendRefused> {
        if self.is_stopped {
            return Err(AppendRefused::Stopped);
        }
        if self.mark.sequence == self.tail {
            return Ok(());
        }
        let written = self.mark.write(self.tail);
        self.must("writing the commit mark", written)
    }

    /// Whether less than a quarter of the segment that is written to is left and the next one is not made: time to make it
    /// while there is nothing else to do.
    pub fn is_nearly_full(&self) -> bool {
        self.of_last_quarter() > 0 && !self.has_no_room && self.prepared() < self.settings.segment_bytes
    }

    /// Whether the next segment's file is behind. It is made while the last quarter of this one is written, up to its last
    /// sixteenth, which is more than a group: so it is whole when it is needed although somebody writes all the time.
    pub fn is_next_due(&self) -> bool {
        let span = (self.size / 16 * 3).max(1);
        let part = u128::from(self.of_last_quarter()) * u128::from(self.settings.segment_bytes);
        self.is_nearly_full() && u128::from(self.prepared()) < part.div_ceil(u128::from(span))
    }

    /// Makes the next piece of the next segment's file; says whether more is to be made. Where that fails, no record is
    /// concerned and groups go on into the present segment; it is tried again when that one is full.
    pub fn prepare_next(&mut self) -> Result<bool, AppendRefused> {
        if self.is_stopped {
            return Err(AppendRefused::Stopped);
        }
        let (whole, piece) = (self.settings.segment_bytes, self.piece());
        if self.has_no_room || self.prepared() >= whole {
            return Ok(false);
        }
        let filled =
            self.spare.take().map_or_else(|| Spare::create(&*self.disk), Ok).and_then(|mut spare| {
                spare.fill((spare.filled() + piece).min(whole))?;
                Ok(spare)
            });
        match filled {
            Ok(spare) => self.spare = Some(spare),
            Err(source) => {
                self.has_no_room = true;
                segment::forget_prepared(&*self.disk);
                return Err(AppendRefused::NotPrepared(source));
            }
        }
        Ok(self.prepared() < whole)
    }

    /// Bytes of the last quarter of the segment that are used.
    const fn of_last_quarter(&self) -> u64 {
        (self.at + self.size / 4).saturating_sub(self.size)
    }

    /// Bytes of the next segment's file that are made.
    fn prepared(&self) -> u64 {
        self.spare.as_ref().map_or(0, Spare::filled)
    }

    /// Bytes of a new segment that are made at one time: whoever sends a command then waits for no more than these.
    fn piece(&self) -> u64 {
        (self.settings.segment_bytes / 256).clamp(4_096, 1 << 20)
    }

    /// The disk that it is on.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The same for somebody who lives apart from the journal.
    pub(crate) fn shared_disk(&self) -> Arc<D> {
        Arc::clone(&self.disk)
    }

    /// A fault ends the journal: after a failed sync nobody knows what lasted, and trying again could seem to help.
    fn must<T>(&mut self, what: &'static str, done: std::io::Result<T>) -> Result<T, AppendRefused> {
        done.map_err(|source| {
            self.is_stopped = true;
            AppendRefused::Failed { what, source }
        })
    }

    fn begin_segment(&mut self) -> Result<(), AppendRefused> {
        let segment = Header {
            number: self.segment.number + 1,
            first: self.tail + 1,
            previous: self.digest,
            ..self.segment
        };
        let begun = segment::begin(&*self.disk, self.spare.take(), self.settings.segment_bytes, &segment);
        self.file = self.must("beginning a segment", begun)?;
        (self.segment, self.size, self.at) = (segment, self.settings.segment_bytes, BEGIN);
        self.has_no_room = false;
        Ok(())
    }
}

impl<D: Disk> RecordLog for Journal<D> {
    type Groups<'a>
        = Reader<'a, D>
    where
        Self: 'a;

    fn append(&mut self, group: &mut Group, expected_sequence: u64) -> Result<u64, AppendRefused> {
        if self.is_stopped {
            return Err(AppendRefused::Stopped);
        }
        if expected_sequence != self.tail {
            return Err(AppendRefused::Sequence { expected: expected_sequence, tail: self.tail });
        }
        let (count, length) = (u64::from(group.count()), group.padded() as u64);
        if count == 0 || length > self.settings.segment_bytes.saturating_sub(BEGIN) {
            return Err(AppendRefused::Size);
        }
        if self.at + length > self.size {
            self.begin_segment()?;
        }
        let (bytes, digest) = group.seal(self.segment.number, self.tail + 1, &self.digest);
        let written = self.file.write_at(self.at, bytes).and_then(|()| self.file.sync());
        group.clear();
        self.must("writing a group", written)?;
        self.at += length;
        self.tail += count;
        self.digest = digest;
        Ok(self.tail)
    }

    fn read(&self, from: u64) -> Result<Reader<'_, D>, JournalRefused> {
        read(&*self.disk, from, self.tail)
    }

    fn tail(&self) -> u64 {
        self.tail
    }
}
