//! What was durable and is not there as it was written is refused with its position, and nothing is changed.

use doorward_journal::disk::Disk;
use doorward_journal::{Journal, JournalRefused, RecordLog};

use crate::commands::Flow;
use crate::memory::Memory;
use crate::{ID, SMALL, group, records};

/// A journal of some segments with groups of five records, and where its last group is: file and byte.
fn written(groups: usize) -> (Memory, u64, String) {
    let disk = Memory::new();
    let mut journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("a new one").journal;
    let mut flow = Flow::new(3);
    for _ in 0..groups {
        let tail = journal.tail();
        journal.append(&mut group(&flow.take(5)), tail).expect("room");
    }
    let last = disk.list().expect("a list").into_iter().filter(|name| name.ends_with(".segment")).max();
    (disk, journal.tail(), last.expect("a segment"))
}

fn open(disk: &Memory, known: u64) -> Result<Journal<Memory>, JournalRefused> {
    Journal::open(disk.clone(), SMALL, known, ID).map(|opened| opened.journal)
}

/// Where the last byte that is not zero stands.
fn end(disk: &Memory, name: &str) -> usize {
    let mut end = 0;
    disk.change(name, |bytes| end = bytes.iter().rposition(|byte| *byte != 0).expect("not empty"));
    end
}

#[test]
fn a_torn_last_group_is_cut_and_said() {
    let (disk, tail, name) = written(40);
    let at = end(&disk, &name);
    disk.change(&name, |bytes| bytes[at] = bytes[at].wrapping_add(1).max(1));
    let opened = Journal::open(disk.clone(), SMALL, 0, ID).expect("torn, not damaged");
    assert_eq!(opened.journal.tail(), tail - 5);
    let cut = opened.cut.expect("something was cut");
    assert_eq!(cut.file, name);
    assert_eq!(cut.at % 512, 0);
    assert!(cut.at + cut.bytes > at as u64);
    assert_eq!(open(&disk, 0).expect("mended").tail(), tail - 5);
    assert_eq!(records(&disk, 1, tail - 5).expect("whole").len() as u64, tail - 5);
}

#[test]
fn a_last_group_that_somebody_has_seen_is_not_cut() {
    let (disk, tail, name) = written(40);
    let at = end(&disk, &name);
    disk.change(&name, |bytes| bytes[at] = bytes[at].wrapping_add(1).max(1));
    let refused = open(&disk, tail).err().expect("refused");
    let JournalRefused::Damaged { file, expected, .. } = refused else { panic!("{refused}") };
    assert_eq!((file, expected), (name, tail - 4));
    // The same where the commit mark knows it, although nobody else does.
    let (disk, tail, name) = written(40);
    open(&disk, 0).expect("whole").write_mark().expect("room");
    disk.change(&name, |bytes| bytes[at] = bytes[at].wrapping_add(1).max(1));
    assert!(matches!(open(&disk, 0), Err(JournalRefused::Damaged { .. })));
    // Gone without a trace is no better.
    disk.change(&name, |bytes| bytes[512..].fill(0));
    let refused = open(&disk, 0).err().expect("refused");
    assert!(matches!(refused, JournalRefused::Behind { known, .. } if known == tail), "{refused}");
}

#[test]
fn damage_before_the_last_group_is_refused_wherever_it_is() {
    let (disk, tail, last) = written(150);
    let names = disk.list().expect("a list").into_iter().filter(|name| name.ends_with(".segment"));
    let names: Vec<_> = names.collect();
    assert!(names.len() > 3);
    for name in &names {
        let length = if *name == last { end(&disk, name) - 1_000 } else { end(&disk, name) };
        for at in (0..length).step_by(211) {
            let mut was = 0;
            disk.change(name, |bytes| {
                was = bytes[at];
                bytes[at] ^= 0x40;
            });
            let opened = open(&disk, 0).and_then(|journal| records(&disk, 1, journal.tail()));
            match opened {
                Err(JournalRefused::Damaged { file, at: place, .. }) => {
                    // In the zeros of the sector that a segment or group begins with, or in it.
                    assert!(file == *name && place as usize <= at, "{file} {place} for {name} {at}");
                }
                // The zeros between two groups say nothing.
                Ok(found) => assert!(was == 0 && found.len() as u64 == tail, "{name} {at}"),
                Err(other) => panic!("{other} for {name} {at}"),
            }
            disk.change(name, |bytes| bytes[at] = was);
        }
    }
    assert_eq!(records(&disk, 1, tail).expect("as it was").len() as u64, tail);
}

#[test]
fn a_missing_segment_is_refused() {
    let (disk, tail, _) = written(150);
    let names: Vec<_> =
        disk.list().expect("a list").into_iter().filter(|name| name.ends_with(".segment")).collect();
    disk.remove(&names[1]).expect("gone");
    let refused = records(&disk, 1, tail).expect_err("refused");
    assert!(matches!(refused, JournalRefused::Damaged { ref file, .. } if *file == names[0]), "{refused}");
}

#[test]
fn a_journal_that_ends_before_what_somebody_knows_is_refused() {
    let (disk, tail, _) = written(3);
    assert_eq!(open(&disk, tail).expect("whole").tail(), tail);
    assert!(matches!(open(&disk, tail + 1), Err(JournalRefused::Behind { .. })));
    assert!(matches!(open(&Memory::new(), 1), Err(JournalRefused::Behind { tail: 0, known: 1 })));
}

#[test]
fn a_journal_without_its_mark_is_refused() {
    let (disk, ..) = written(3);
    disk.change("mark", |bytes| bytes.fill(0));
    assert!(matches!(open(&disk, 0), Err(JournalRefused::Damaged { ref file, .. }) if file == "mark"));
    disk.remove("mark").expect("gone");
    assert!(matches!(open(&disk, 0), Err(JournalRefused::Damaged { ref file, .. }) if file == "mark"));
}
