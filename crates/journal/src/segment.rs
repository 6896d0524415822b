//! A segment: a file of fixed length, a header in its first sector, then groups.

use doorward_domain::market::bytes::{Malformed, Reader};
use sha2::{Digest, Sha256};

use crate::JournalRefused;
use crate::disk::{Disk, DiskFile};
use crate::group::{GroupRead, HEADER, Header as GroupHeader, MAX_GROUP_BYTES, SECTOR};

const MAGIC: [u8; 8] = *b"DWSEGMNT";
const VERSION: u16 = 1;
const SUFFIX: &str = ".segment";
/// A segment in the making; it may be left over, and is never read.
const SPARE: &str = "next.spare";
/// Where the first group begins.
pub(crate) const BEGIN: u64 = SECTOR as u64;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Which journal it belongs to.
    pub journal_id: [u8; 16],
    /// Its number; the first is one.
    pub number: u64,
    /// Sequence of its first record.
    pub first: u64,
    /// Digest of the last group of the segment before it; zeros in the first.
    pub previous: [u8; 32],
}

impl Header {
    pub(crate) fn name(&self) -> String {
        format!("{:020}{SUFFIX}", self.first)
    }

    fn to_sector(self) -> [u8; SECTOR] {
        let mut bytes = Vec::with_capacity(SECTOR);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.journal_id);
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.previous);
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        let mut sector = [0; SECTOR];
        sector[..bytes.len()].copy_from_slice(&bytes);
        sector
    }

    /// Reads the first sector of a segment.
    pub fn decode(sector: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(sector);
        if reader.array()? != MAGIC || reader.u16()? != VERSION {
            return Err(Malformed);
        }
        let (journal_id, number) = (reader.array()?, reader.u64()?);
        let header = Self { journal_id, number, first: reader.u64()?, previous: reader.array()? };
        if header.number == 0 || header.first == 0 || header.to_sector() != *sector {
            return Err(Malformed);
        }
        Ok(header)
    }
}

/// The sequence in the name of a file, if it is written as we write it.
pub(crate) fn number_in(name: &str, suffix: &str) -> Option<u64> {
    let number = name.strip_suffix(suffix)?;
    let is_ours = number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| is_ours)
}

/// First sequences of the segments there are, ascending.
pub(crate) fn list<D: Disk>(disk: &D) -> Result<Vec<u64>, JournalRefused> {
    let names = disk.list().map_err(JournalRefused::disk("listing the journal's folder"))?;
    // Only what a segment is called: somebody may have put a copy beside it.
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| number_in(name, SUFFIX)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// Moves segments whose records all lie below this sequence into the archive, and says how many. The last one stays.
pub fn archive_below<D: Disk>(disk: &D, sequence: u64) -> Result<usize, JournalRefused> {
    let firsts = list(disk)?;
    let mut archived = 0;
    for pair in firsts.windows(2).filter(|pair| pair[1] <= sequence) {
        let name = format!("{:020}{SUFFIX}", pair[0]);
        disk.archive(&name).map_err(JournalRefused::disk("archiving a segment"))?;
        archived += 1;
    }
    Ok(archived)
}

/// What the newest segment of a folder says of itself; `None` where there is no segment yet.
pub fn newest<D: Disk>(disk: &D) -> Result<Option<Header>, JournalRefused> {
    let Some(last) = list(disk)?.last().copied() else { return Ok(None) };
    Scan::open(disk, last).map(|scan| Some(scan.header))
}

/// A file on its way to be a segment. It is full of zeros as far as it is: its space is taken and will not be short later.
pub(crate) struct Spare<F> {
    file: F,
    filled: u64,
}

impl<F: DiskFile> Spare<F> {
    pub(crate) fn create<D: Disk<File = F>>(disk: &D) -> std::io::Result<Self> {
        Ok(Self { file: disk.create(SPARE)?, filled: 0 })
    }

    /// How many bytes it has.
    pub(crate) const fn filled(&self) -> u64 {
        self.filled
    }

    /// Makes it this long, for good.
    pub(crate) fn fill(&mut self, bytes: u64) -> std::io::Result<()> {
        const PIECE: u64 = 1 << 20;
        let zeros = vec![0; usize::try_from(PIECE.min(bytes)).unwrap_or(0)];
        while self.filled < bytes {
            let piece = usize::try_from(PIECE.min(bytes - self.filled)).unwrap_or(0);
            self.file.write_at(self.filled, &zeros[..piece])?;
            self.filled += piece as u64;
        }
        self.file.sync()
    }
}

/// Gives back the room that an unfinished file has taken.
pub(crate) fn forget_prepared<D: Disk>(disk: &D) {
    // It may not be there, and the next try makes it anew.
    let _ = disk.remove(SPARE);
}

/// Makes a file a segment of this length, whatever of it is there. Seen under its name, it is whole.
pub(crate) fn begin<D: Disk>(
    disk: &D,
    spare: Option<Spare<D::File>>,
    bytes: u64,
    header: &Header,
) -> std::io::Result<D::File> {
    let mut spare = spare.map_or_else(|| Spare::create(disk), Ok)?;
    if spare.filled < bytes {
        spare.fill(bytes)?;
    }
    let mut file = spare.file;
    file.write_at(0, &header.to_sector())?;
    file.sync()?;
    disk.rename(SPARE, &header.name())?;
    disk.sync()?;
    Ok(file)
}

/// Bytes that the first look at a file takes: room for a lone group and the header of the next. Each further look takes twice
/// as many, up to the largest: some groups, and no more than stays near the processor until they are checked and applied. A
/// group that is longer is looked at whole.
const FIRST_LOOK: usize = 4_096;
const LARGEST_LOOK: usize = 256 << 10;

/// A segment that is read from its beginning, some way ahead.
pub(crate) struct Scan<F> {
    file: F,
    pub(crate) header: Header,
    pub(crate) name: String,
    pub(crate) size: u64,
    /// Where the next group begins.
    pub(crate) at: u64,
    last: Option<(u64, GroupHeader)>,
    /// Bytes of the file from `ahead_from` on, as far as they are known; its memory stays.
    ahead: Vec<u8>,
    ahead_from: u64,
    known: usize,
    /// Bytes that the next look at the file takes at least.
    look: usize,
}

impl<F: DiskFile> Scan<F> {
    pub(crate) fn open<D: Disk<File = F>>(disk: &D, first: u64) -> Result<Self, JournalRefused> {
        let name = format!("{first:020}{SUFFIX}");
        let file = disk.open(&name).map_err(JournalRefused::disk("opening a segment"))?;
        let size = file.size().map_err(JournalRefused::disk("asking for a segment's length"))?;
        let mut sector = [0; SECTOR];
        let damaged = || JournalRefused::Damaged { file: name.clone(), at: 0, expected: first };
        if size < BEGIN {
            return Err(damaged());
        }
        file.read_at(0, &mut sector).map_err(JournalRefused::disk("reading a segment"))?;
        let header = Header::decode(&sector).ok().filter(|header| header.first == first);
        let header = header.ok_or_else(damaged)?;
        let (ahead, ahead_from, known, look) = (Vec::new(), 0, 0, FIRST_LOOK);
        Ok(Self { file, header, name, size, at: BEGIN, last: None, ahead, ahead_from, known, look })
    }

    /// These bytes, or fewer at the end of the file.
    fn bytes(&mut self, at: u64, length: usize) -> Result<&[u8], JournalRefused> {
        let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let length = length.min(left);
        let offset = at.checked_sub(self.ahead_from).and_then(|offset| usize::try_from(offset).ok());
        let is_there = |offset: &usize| offset.checked_add(length).is_some_and(|end| end <= self.known);
        if let Some(offset) = offset.filter(is_there) {
            return Ok(&self.ahead[offset..offset + length]);
        }
        // More with each look: whoever follows reads little more than what was written, whoever reads all of it reads most
        // bytes once.
        let look = self.look.max(length).min(left);
        self.look = (self.look * 2).min(LARGEST_LOOK);
        if self.ahead.len() < look {
            self.ahead.resize(look, 0);
        }
        (self.ahead_from, self.known) = (at, 0);
        let read = self.file.read_at(at, &mut self.ahead[..look]);
        read.map_err(JournalRefused::disk("reading a segment"))?;
        self.known = look;
        Ok(&self.ahead[..length])
    }

    /// Moves on over the group that continues the chain here, and gives it; `None` when there is no whole one.
    pub(crate) fn next(
        &mut self,
        first: u64,
        previous: &[u8; 32],
    ) -> Result<Option<GroupRead<'_>>, JournalRefused> {
        let (at, segment) = (self.at, self.header.number);
        let Ok(header) = GroupHeader::read(self.bytes(at, HEADER)?) else { return Ok(None) };
        if header.first != first || header.previous != *previous || header.segment != segment {
            return Ok(None);
        }
        let length = header.padded();
        if at + length as u64 > self.size || GroupRead::decode(self.bytes(at, length)?).is_err() {
            return Ok(None);
        }
        self.at = at + length as u64;
        self.last = Some((at, header));
        Ok(self.last_group().ok())
    }

    /// The group that was moved over last.
    pub(crate) fn last_group(&mut self) -> Result<GroupRead<'_>, JournalRefused> {
        let missing = JournalRefused::Damaged { file: self.name.clone(), at: self.at, expected: 0 };
        let Some((at, header)) = self.last else { return Err(missing) };
        let bytes = self.bytes(at, header.padded())?;
        GroupRead::decode_checked(bytes, header).ok_or(missing)
    }

    /// Where the last group begins that was moved over, and its bytes.
    pub(crate) fn last_bytes(&mut self) -> Result<Option<(u64, Vec<u8>)>, JournalRefused> {
        let Some((at, header)) = self.last else { return Ok(None) };
        let bytes = self.bytes(at, header.padded())?.to_vec();
        Ok(Some((at, bytes)))
    }

    /// Whether a whole group of this segment begins in a sector of this range, whatever comes before it.
    pub(crate) fn has_group(&mut self, from: u64, to: u64) -> Result<bool, JournalRefused> {
        let segment = self.header.number;
        let mut at = from.next_multiple_of(BEGIN);
        while at < to {
            if let Ok(header) = GroupHeader::read(self.bytes(at, HEADER)?)
                && header.segment == segment
                && GroupRead::decode(self.bytes(at, header.padded())?).is_ok()
            {
                return Ok(true);
            }
            at += BEGIN;
        }
        Ok(false)
    }

    /// Where the last byte that is not zero ends, looked for from `from` on; `from` when there is none.
    pub(crate) fn end_of_bytes(&mut self, from: u64) -> Result<u64, JournalRefused> {
        let (mut at, mut end) = (from, from);
        while at < self.size {
            let bytes = self.bytes(at, MAX_GROUP_BYTES)?;
            let length = bytes.len() as u64;
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                end = at + last as u64 + 1;
            }
            at += length;
        }
        Ok(end)
    }

    /// What was read ahead may have been written to since: the next look reads it anew, and a little of it.
    pub(crate) fn forget_ahead(&mut self) {
        (self.known, self.look) = (0, FIRST_LOOK);
    }

    pub(crate) fn into_file(self) -> F {
        self.file
    }
}
