//! A journal that is read and copied while somebody writes to it.

use doorward_journal::disk::Disk;
use doorward_journal::{
    Copied, Folder, Groups, Journal, JournalRefused, RecordLog, Settings, archive_below, copy_through, read,
};

use crate::commands::Flow;
use crate::memory::Memory;
use crate::{ID, SMALL, group, records};

/// A journal of so many groups of five records.
fn written(disk: Memory, groups: usize) -> (Journal<Memory>, Flow) {
    let mut journal = Journal::open(disk, SMALL, 0, ID).expect("a new one").journal;
    let mut flow = Flow::new(11);
    append(&mut journal, &mut flow, groups);
    (journal, flow)
}

fn append(journal: &mut Journal<Memory>, flow: &mut Flow, groups: usize) {
    for _ in 0..groups {
        let tail = journal.tail();
        journal.append(&mut group(&flow.take(5)), tail).expect("room");
    }
}

#[test]
fn a_reader_goes_on_over_the_ends_of_segments_as_the_journal_grows() {
    let disk = Memory::new();
    let (mut journal, mut flow) = written(disk.clone(), 3);
    let mut reader = read(&disk, 4, journal.tail()).expect("whole");
    let mut found = Vec::new();
    for groups in [1, 0, 2, 40, 1, 90, 1] {
        while let Some(group) = reader.next_group().expect("whole") {
            found.extend(group.records().map(|(sequence, _)| sequence));
        }
        assert_eq!(found.last().copied(), Some(journal.tail()));
        append(&mut journal, &mut flow, groups);
        reader.go_on(journal.tail());
    }
    assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>());
    assert!(disk.list().expect("a list").len() > 4, "several segments");
}

#[test]
fn who_follows_reads_little_more_than_what_was_written_and_looks_at_the_folder_at_the_ends_of_segments_alone()
{
    const LARGE: Settings = Settings { segment_bytes: 512 << 10 };
    let disk = Memory::new();
    let mut journal = Journal::open(disk.clone(), LARGE, 0, ID).expect("a new one").journal;
    let mut flow = Flow::new(11);
    append(&mut journal, &mut flow, 1);
    let mut reader = read(&disk, 1, journal.tail()).expect("whole");
    while reader.next_group().expect("whole").is_some() {}
    for size in (1..60).chain([1_000, 1, 2_000, 1]) {
        let (batch, tail) = (flow.take(size), journal.tail());
        let bytes = group(&batch).into_bytes(1, 1, &[0; 32]).len() as u64;
        journal.append(&mut group(&batch), tail).expect("room");
        disk.looked();
        reader.go_on(journal.tail());
        while reader.next_group().expect("whole").is_some() {}
        let looked = disk.looked();
        assert_eq!(looked.listings, 0, "{size} records");
        assert!(looked.bytes <= 2 * bytes + 8_192, "{size} records, {bytes} bytes: {looked:?}");
    }
    // Until the next segment: then the folder is looked at once.
    while disk.list().expect("a list").len() < 3 {
        append(&mut journal, &mut flow, 100);
    }
    disk.looked();
    reader.go_on(journal.tail());
    while reader.next_group().expect("whole").is_some() {}
    assert_eq!(disk.looked().listings, 1);
}

#[test]
fn a_copy_ends_where_it_was_told_and_is_a_journal_of_its_own() {
    let disk = Memory::new();
    let (mut journal, mut flow) = written(disk.clone(), 60);
    let through = journal.tail();
    // Somebody goes on writing into the last segment, and into the next.
    append(&mut journal, &mut flow, 40);
    let copy = Memory::new();
    let copied = copy_through(&disk, &copy, 1, through).expect("whole");
    assert_eq!(copied, Copied { journal_id: ID, first: 1, last: through });
    assert_eq!(records(&copy, 1, through).expect("whole"), records(&disk, 1, through).expect("whole"));
    let mut opened = Journal::open(copy, SMALL, through, [9; 16]).expect("whole").journal;
    assert_eq!((opened.tail(), opened.id()), (through, ID));
    let mut flow = Flow::new(11);
    flow.rewind(through);
    append(&mut opened, &mut flow, 3);
    assert_eq!(opened.tail(), through + 15);
}

#[test]
fn a_copy_that_lost_its_end_or_a_byte_is_refused() {
    let disk = Memory::new();
    let (journal, _) = written(disk.clone(), 60);
    let copy = Memory::new();
    copy_through(&disk, &copy, 1, journal.tail()).expect("whole");
    let last = copy.list().expect("a list").into_iter().filter(|name| name.ends_with(".segment")).max();
    copy.change(&last.expect("a segment"), |bytes| bytes[512..].fill(0));
    assert!(matches!(Journal::open(copy, SMALL, 0, ID).err(), Some(JournalRefused::Behind { .. })));
    let first = "00000000000000000001.segment";
    disk.change(first, |bytes| bytes[700] ^= 1);
    let refused = copy_through(&disk, &Memory::new(), 1, journal.tail());
    assert!(matches!(refused, Err(JournalRefused::Damaged { .. })), "{refused:?}");
}

#[test]
fn a_copy_beyond_the_end_is_refused_and_an_empty_journal_copies() {
    let disk = Memory::new();
    let (journal, _) = written(disk.clone(), 2);
    let beyond = copy_through(&disk, &Memory::new(), 1, journal.tail() + 1);
    assert!(matches!(beyond, Err(JournalRefused::OutOfReach { .. })), "{beyond:?}");
    let (disk, copy) = (Memory::new(), Memory::new());
    written(disk.clone(), 0);
    assert_eq!(copy_through(&disk, &copy, 1, 0).expect("whole").last, 0);
    assert_eq!(Journal::open(copy, SMALL, 0, ID).expect("whole").journal.tail(), 0);
}

#[test]
fn whoever_looks_at_the_whole_folder_reads_from_the_beginning_after_segments_were_archived() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::lock(home.path()).expect("free");
    let mut journal = Journal::open(folder, SMALL, 0, ID).expect("new").journal;
    let mut flow = Flow::new(1);
    while journal.disk().list().expect("a list").len() < 6 {
        let tail = journal.tail();
        journal.append(&mut group(&flow.take(10)), tail).expect("room");
    }
    let (tail, whole) = (journal.tail(), Folder::look_whole(home.path()));
    let before = records(&whole, 1, tail).expect("all here");
    // Not by whoever writes.
    assert!(archive_below(&Folder::look(home.path()), tail).expect("room") > 1);
    assert!(matches!(records(journal.disk(), 1, tail), Err(JournalRefused::OutOfReach { .. })));
    assert_eq!(records(&whole, 1, tail).expect("here and there"), before);
    let copy = tempfile::tempdir().expect("a folder");
    let copied = copy_through(&whole, &Folder::look(copy.path()), 1, tail).expect("whole");
    assert_eq!((copied.first, copied.last), (1, tail));
    assert_eq!(records(&Folder::look(copy.path()), 1, tail).expect("whole"), before);
}
