//! The journal in a folder of the file system.

use doorward_journal::disk::Disk;
use doorward_journal::{
    AppendRefused, Folder, Group, Journal, JournalRefused, RecordLog, archive_below, snapshots,
};

use crate::commands::Flow;
use crate::{ID, SMALL, group, records};

#[test]
fn records_come_back_in_their_order_from_any_sequence_and_over_the_ends_of_segments() {
    let home = tempfile::tempdir().expect("a folder");
    let mut sent = Vec::new();
    // Closed and opened again in between.
    for round in 0..3 {
        let folder = Folder::lock(home.path()).expect("free");
        let mut journal = Journal::open(folder, SMALL, 0, ID).expect("whole").journal;
        assert_eq!((journal.tail(), journal.id()), (sent.len() as u64, ID));
        let mut flow = Flow::new(9);
        flow.take(sent.len());
        for size in 1..30 {
            let batch = flow.take(size);
            journal.append(&mut group(&batch), sent.len() as u64).expect("room");
            sent.extend(batch);
            if size % 10 == round {
                journal.prepare_next().expect("room");
                journal.write_mark().expect("room");
            }
        }
    }
    let folder = Folder::look(home.path());
    for from in [0, 1, 2, 100, 435, 436, sent.len() as u64] {
        let found = records(&folder, from, sent.len() as u64).expect("whole");
        assert_eq!(found, sent[usize::try_from(from.max(1)).expect("small") - 1..]);
    }
    assert_eq!(
        records(&folder, 1, 70).expect("whole").len(),
        78,
        "whole groups, and nothing behind the last"
    );
    let beyond = records(&folder, sent.len() as u64 + 2, sent.len() as u64);
    assert!(matches!(beyond, Err(JournalRefused::OutOfReach { .. })));
}

#[test]
fn one_folder_has_one_writer() {
    let home = tempfile::tempdir().expect("a folder");
    let first = Folder::lock(home.path()).expect("free");
    assert!(matches!(Folder::lock(home.path()), Err(JournalRefused::Locked)));
    drop(first);
    Folder::lock(home.path()).expect("free again");
}

#[test]
fn whoever_expects_another_end_writes_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut journal =
        Journal::open(Folder::lock(home.path()).expect("free"), SMALL, 0, ID).expect("new").journal;
    let mut flow = Flow::new(1);
    assert!(matches!(journal.append(&mut Group::new(), 0), Err(AppendRefused::Size)));
    let refused = journal.append(&mut group(&flow.take(2)), 7);
    assert!(matches!(refused, Err(AppendRefused::Sequence { expected: 7, tail: 0 })));
    assert_eq!(journal.append(&mut group(&Flow::new(1).take(2)), 0).expect("room"), 2);
    let mut large = Group::new();
    while large.push(|bytes| bytes.extend_from_slice(&[7; 4_000])) {}
    assert!(large.count() > 200);
    assert!(matches!(journal.append(&mut large, 2), Err(AppendRefused::Size)));
    assert!(!Group::new().push(|bytes| bytes.extend_from_slice(&[7; 5_000])), "too long a record");
    assert!(!Group::new().push(|_| {}), "an empty record");
}

#[test]
fn archived_segments_are_kept_beside_the_others_and_are_out_of_reach() {
    let home = tempfile::tempdir().expect("a folder");
    let mut journal =
        Journal::open(Folder::lock(home.path()).expect("free"), SMALL, 0, ID).expect("new").journal;
    let mut flow = Flow::new(1);
    while journal.disk().list().expect("a list").len() < 6 {
        let tail = journal.tail();
        journal.append(&mut group(&flow.take(10)), tail).expect("room");
    }
    let tail = journal.tail();
    let archived = archive_below(journal.disk(), tail).expect("room");
    assert!(archived > 1);
    let kept = std::fs::read_dir(home.path().join("archive")).expect("a folder").count();
    assert_eq!(kept, archived);
    assert!(
        matches!(records(journal.disk(), 1, tail), Err(JournalRefused::OutOfReach { first, .. }) if first > 1)
    );
    records(journal.disk(), tail, tail).expect("the end is there");
    drop(journal);
    let folder = Folder::lock(home.path()).expect("free");
    assert_eq!(Journal::open(folder, SMALL, tail, ID).expect("whole").journal.tail(), tail);
}

#[test]
fn a_copy_that_somebody_put_beside_a_segment_or_a_snapshot_is_none() {
    let home = tempfile::tempdir().expect("a folder");
    let mut journal =
        Journal::open(Folder::lock(home.path()).expect("free"), SMALL, 0, ID).expect("new").journal;
    journal.append(&mut group(&Flow::new(1).take(10)), 0).expect("room");
    snapshots::store(journal.disk(), 10, b"a state").expect("room");
    drop(journal);
    let copy = |from: String, to: &str| std::fs::copy(home.path().join(from), home.path().join(to));
    for name in ["1.segment", "+0000000000000000007.segment"] {
        copy(format!("{:020}.segment", 1), name).expect("room");
    }
    copy(format!("{:020}.snapshot", 10), "99.snapshot").expect("room");
    let folder = Folder::lock(home.path()).expect("free");
    assert_eq!(snapshots::list(&folder).expect("a list"), [10]);
    let journal = Journal::open(folder, SMALL, 10, ID).expect("whole").journal;
    assert_eq!(records(journal.disk(), 1, journal.tail()).expect("whole").len(), 10);
}

#[test]
fn the_newest_two_snapshots_are_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::lock(home.path()).expect("free");
    for sequence in [5, 20, 100] {
        snapshots::store(&folder, sequence, &sequence.to_le_bytes()).expect("room");
    }
    assert_eq!(snapshots::list(&folder).expect("a list"), [100, 20]);
    assert_eq!(snapshots::load(&folder, 20).expect("there"), 20_u64.to_le_bytes());
}
