//! Groups that become durable beside their sender, and segments that are made while somebody writes.

use doorward_journal::disk::{Disk, DiskFile};
use doorward_journal::{AppendRefused, Group, Journal, RecordLog, Settings, Writer};

use crate::commands::{Flow, Random};
use crate::memory::Memory;
use crate::{ID, SMALL, group, records};

fn journal(disk: &Memory, settings: Settings) -> Journal<Memory> {
    Journal::open(disk.clone(), settings, 0, ID).expect("whole").journal
}

/// Every file with its bytes.
fn files(disk: &Memory) -> Vec<(String, Vec<u8>)> {
    let mut names = disk.list().expect("a list");
    names.sort();
    let whole = |name: String| {
        let file = disk.open(&name).expect("there");
        let mut bytes = vec![0; usize::try_from(file.size().expect("a size")).expect("small")];
        file.read_at(0, &mut bytes).expect("readable");
        (name, bytes)
    };
    names.into_iter().map(whole).collect()
}

#[test]
fn groups_that_are_handed_over_give_the_same_bytes_as_those_that_are_appended() {
    let (one, other) = (Memory::new(), Memory::new());
    let mut plain = journal(&one, SMALL);
    let mut writer = Writer::new(journal(&other, SMALL));
    let (mut flow, mut random) = (Flow::new(5), Random(5));
    for _ in 0..300 {
        let batch = flow.take(1 + usize::try_from(random.below(12)).expect("small"));
        let tail = plain.tail();
        plain.append(&mut group(&batch), tail).expect("room");
        while writer.under_way() > usize::try_from(random.below(3)).expect("small") {
            let written = writer.wait().expect("one is under way");
            assert_eq!(written.group.count(), 0);
            written.tail.expect("room");
        }
        if writer.under_way() == 0 && random.below(2) == 0 {
            writer.append(&mut group(&batch)).expect("room");
        } else {
            writer.hand_over(group(&batch));
        }
        assert_eq!(writer.end(), plain.tail());
    }
    drop(writer);
    // What was handed over last may not have been begun; everything before is the same.
    let tail = journal(&other, SMALL).tail();
    assert_eq!(records(&one, 1, tail).expect("whole"), records(&other, 1, tail).expect("whole"));
    assert!(files(&other).len() > 5, "several segments");
    let mut writer = Writer::new(journal(&other, SMALL));
    for batch in records(&one, tail + 1, plain.tail()).expect("whole").chunks(4) {
        writer.hand_over(group(batch));
    }
    while let Some(written) = writer.wait() {
        written.tail.expect("room");
    }
    assert_eq!(writer.end(), plain.tail());
    assert_eq!(
        records(&one, 1, plain.tail()).expect("whole"),
        records(&other, 1, plain.tail()).expect("whole")
    );
}

#[test]
fn behind_a_group_that_failed_nothing_is_written() {
    for steps in 1..=2 {
        let disk = Memory::new();
        let mut flow = Flow::new(1);
        let mut writer = Writer::new(journal(&disk, SMALL));
        writer.append(&mut group(&flow.take(3))).expect("a whole disk");
        // The first that is handed over takes two steps.
        disk.fail_in(2 + steps);
        for _ in 0..3 {
            writer.hand_over(group(&flow.take(2)));
        }
        let mut next = || writer.wait().expect("under way").tail;
        assert_eq!(next().expect("before the fault"), 5);
        assert!(matches!(next(), Err(AppendRefused::Failed { .. })));
        assert!(matches!(next(), Err(AppendRefused::Stopped)));
        assert!(matches!(writer.append(&mut group(&flow.take(1))), Err(AppendRefused::Stopped)));
        assert!(writer.wait().is_none(), "nothing is under way");
        drop(writer);
        let tail = journal(&disk, SMALL).tail();
        assert!((5..=7).contains(&tail), "{tail}");
    }
}

#[test]
fn the_next_segment_is_whole_when_it_is_needed_although_nobody_ever_rests() {
    const SEGMENT: u64 = 1 << 20;
    const PIECE: u64 = SEGMENT / 256;
    // Lone records, and groups of nearly a sixteenth of a segment.
    for (records, bytes) in [(1, 40), (1, 2_000), (15, 4_000)] {
        let disk = Memory::new();
        let mut journal = journal(&disk, Settings { segment_bytes: SEGMENT });
        let (mut pieces, mut most) = (0, 0);
        while disk.list().expect("a list").iter().filter(|name| name.ends_with(".segment")).count() < 3 {
            let mut group = Group::new();
            (0..records).for_each(|_| assert!(group.push(|record| record.extend(vec![7; bytes]))));
            let length = (96 + records as u64 * (bytes as u64 + 2)).next_multiple_of(512);
            disk.looked();
            let tail = journal.tail();
            journal.append(&mut group, tail).expect("room");
            let written = disk.looked().written;
            assert!(written <= length + 512, "an append wrote {written} bytes");
            let mut now = 0;
            while journal.is_next_due() {
                journal.prepare_next().expect("room");
                let written = disk.looked().written;
                assert!((1..=PIECE).contains(&written), "a piece has {written} bytes");
                now += 1;
            }
            pieces += now;
            most = most.max(now);
        }
        assert_eq!(pieces, 2 * 256);
        // So many at one time as the group is long: less than six times its bytes.
        let length = (96 + records as u64 * (bytes as u64 + 2)).next_multiple_of(512);
        assert!(most <= (6 * length).div_ceil(PIECE), "{most}");
    }
}

#[test]
fn a_next_segment_in_pieces_survives_a_restart_and_a_full_disk() {
    let disk = Memory::new();
    let mut flow = Flow::new(3);
    let mut first = journal(&disk, SMALL);
    while !first.is_next_due() {
        let tail = first.tail();
        first.append(&mut group(&flow.take(2)), tail).expect("room");
    }
    assert!(first.prepare_next().expect("room"), "more is to be made");
    drop(first);
    // The next process forgets what was half made.
    let mut again = journal(&disk, SMALL);
    assert!(!disk.list().expect("a list").iter().any(|name| name.ends_with(".spare")));
    disk.fail_in(2);
    assert!(matches!(again.prepare_next(), Err(AppendRefused::NotPrepared(_))));
    assert!(!again.is_next_due() && !again.is_nearly_full(), "it is not tried again before it is needed");
    for _ in 0..200 {
        let tail = again.tail();
        again.append(&mut group(&flow.take(2)), tail).expect("room");
    }
    let tail = again.tail();
    assert_eq!(records(&disk, 1, tail).expect("whole").len() as u64, tail);
}
