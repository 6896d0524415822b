//! Reading groups, from the beginning or from the middle, with every digest checked.

use crate::disk::Disk;
use crate::group::GroupRead;
use crate::segment::{Scan, list};
use crate::{Groups, JournalRefused};

/// Groups from one sequence to another.
pub struct Reader<'a, D: Disk> {
    disk: &'a D,
    /// The segments that are left as far as they are known, last first.
    segments: Vec<u64>,
    scan: Option<Scan<D::File>>,
    /// Sequence and digest of the last group that was seen.
    last: u64,
    digest: [u8; 32],
    journal_id: Option<[u8; 16]>,
    from: u64,
    tail: u64,
}

/// The groups of a folder from the one on that holds `from`, up to the one that ends at `tail`: what whoever writes it says
/// is durable, and nothing beyond.
pub fn read<D: Disk>(disk: &D, from: u64, tail: u64) -> Result<Reader<'_, D>, JournalRefused> {
    let from = from.max(1);
    let firsts = list(disk)?;
    let begins = firsts.partition_point(|first| *first <= from);
    let out_of_reach =
        JournalRefused::OutOfReach { first: firsts.first().copied().unwrap_or(tail + 1), tail };
    if begins == 0 || from > tail + 1 {
        return Err(out_of_reach);
    }
    let mut segments = firsts[begins - 1..].to_vec();
    segments.reverse();
    let mut reader =
        Reader { disk, segments, scan: None, last: 0, digest: [0; 32], journal_id: None, from, tail };
    // The first segment read is believed to follow what was archived.
    if let Some(scan) = reader.next_segment()? {
        (reader.last, reader.digest) = (scan.header.first - 1, scan.header.previous);
        reader.journal_id = Some(scan.header.journal_id);
        reader.scan = Some(scan);
    }
    Ok(reader)
}

impl<D: Disk> Reader<'_, D> {
    /// Goes on up to a later end of the same journal, from where it is: nothing is read twice but what was read ahead.
    pub fn go_on(&mut self, tail: u64) {
        self.tail = tail.max(self.tail);
        if let Some(scan) = &mut self.scan {
            // What stood behind the former end then may be a group now.
            scan.forget_ahead();
        }
    }

    /// Opens the segment behind the present one. The folder is looked at anew only where none is known any more.
    fn next_segment(&mut self) -> Result<Option<Scan<D::File>>, JournalRefused> {
        if self.segments.is_empty()
            && let Some(scan) = &self.scan
        {
            let mut segments = list(self.disk)?;
            segments.retain(|first| *first > scan.header.first);
            segments.reverse();
            self.segments = segments;
        }
        self.segments.pop().map(|first| Scan::open(self.disk, first)).transpose()
    }

    /// Moves on to the group behind the last one, over the end of a segment if need be; says whether there is one.
    fn advance(&mut self) -> Result<bool, JournalRefused> {
        while self.last < self.tail {
            let Some(scan) = &mut self.scan else { break };
            if let Some(group) = scan.next(self.last + 1, &self.digest)? {
                (self.last, self.digest) = (group.last(), group.header.digest);
                if self.last >= self.from {
                    return Ok(true);
                }
                continue;
            }
            let damaged =
                JournalRefused::Damaged { file: scan.name.clone(), at: scan.at, expected: self.last + 1 };
            let number = scan.header.number;
            let Some(next) = self.next_segment()? else { return Err(damaged) };
            let continues = next.header.first == self.last + 1
                && next.header.previous == self.digest
                && next.header.number == number + 1
                && Some(next.header.journal_id) == self.journal_id;
            if !continues {
                return Err(damaged);
            }
            self.scan = Some(next);
        }
        Ok(false)
    }
}

impl<D: Disk> Groups for Reader<'_, D> {
    fn next_group(&mut self) -> Result<Option<GroupRead<'_>>, JournalRefused> {
        if !self.advance()? {
            return Ok(None);
        }
        match &mut self.scan {
            Some(scan) => scan.last_group().map(Some),
            None => Ok(None),
        }
    }
}
