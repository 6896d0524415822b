//! A copy of a journal that somebody may be writing to, for a backup.

use crate::JournalRefused;
use crate::disk::{Disk, DiskFile};
use crate::mark::Mark;
use crate::segment::{Scan, list};

/// Bytes that are written at once.
const PIECE: u64 = 1 << 20;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Which journal it is.
    pub journal_id: [u8; 16],
    /// The first record of the copy.
    pub first: u64,
    /// The last one.
    pub last: u64,
}

/// Copies the segments of one folder into another, empty one: from the one on that holds `from`, up to the group that holds
/// `through`, which whoever writes them says is durable. Every digest on the way is checked, and the copy's commit mark says
/// where it ends, so that a copy that loses its end later is refused.
///
/// # Errors
/// Something is not as it was written, the journal does not reach from here to there, or a disk fails. What was written so
/// far is no journal then, since the mark comes last.
pub fn copy_through<D: Disk, E: Disk>(
    source: &D,
    target: &E,
    from: u64,
    through: u64,
) -> Result<Copied, JournalRefused> {
    let firsts = list(source)?;
    let begins = firsts.partition_point(|first| *first <= from.max(1));
    let reach = || JournalRefused::OutOfReach { first: firsts.first().copied().unwrap_or(1), tail: through };
    let Some(begins) = begins.checked_sub(1) else { return Err(reach()) };
    let mut chain: Option<(u64, [u8; 32], [u8; 16])> = None;
    let mut copied = None;
    for first in firsts[begins..].iter().copied().filter(|first| *first <= through.max(1)) {
        let mut scan = Scan::open(source, first)?;
        let header = scan.header;
        let (mut last, mut digest) = (header.first - 1, header.previous);
        let continues = chain.is_none_or(|end| end == (last, digest, header.journal_id));
        if !continues {
            return Err(JournalRefused::Damaged { file: scan.name, at: 0, expected: first });
        }
        while last < through
            && let Some(group) = scan.next(last + 1, &digest)?
        {
            (last, digest) = (group.last(), group.header.digest);
        }
        copy_file(&scan, source, target).map_err(JournalRefused::disk("copying a segment"))?;
        chain = Some((last, digest, header.journal_id));
        let began = copied.map_or(first, |copied: Copied| copied.first);
        copied = Some(Copied { journal_id: header.journal_id, first: began, last });
    }
    let copied = copied.filter(|copied| copied.last >= through).ok_or_else(reach)?;
    target.sync().map_err(JournalRefused::disk("syncing the copy's folder"))?;
    let mut mark = Mark::create(target)?;
    mark.write(copied.last).map_err(JournalRefused::disk("writing the copy's commit mark"))?;
    Ok(copied)
}

/// The bytes of a segment up to where the scan is, and zeros behind them: a group that is being written is no part of it.
fn copy_file<D: Disk, E: Disk>(scan: &Scan<D::File>, source: &D, target: &E) -> std::io::Result<()> {
    let file = source.open(&scan.name)?;
    let mut copy = target.create(&scan.name)?;
    let mut at = 0;
    while at < scan.size {
        let piece = PIECE.min(scan.size - at);
        let mut bytes = vec![0; usize::try_from(piece).map_err(std::io::Error::other)?];
        let known = usize::try_from(scan.at.saturating_sub(at).min(piece)).map_err(std::io::Error::other)?;
        if known > 0 {
            file.read_at(at, &mut bytes[..known])?;
        }
        copy.write_at(at, &bytes)?;
        at += piece;
    }
    copy.sync()
}
