//! Power cuts at every kind of step, with torn and reordered sectors: what was acknowledged is there once, and nothing else is.

use doorward_domain::market::command::Record;
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{AppendRefused, Journal, RecordLog, snapshots};

use crate::commands::{Flow, Random};
use crate::memory::Memory;
use crate::{ID, SMALL, group, records, replay};

/// Crash points: `DOORWARD_CRASH_POINTS`, or 50.
fn crash_points() -> u64 {
    std::env::var("DOORWARD_CRASH_POINTS").map_or(50, |count| count.parse().expect("a number"))
}

/// A machine that takes commands until its disk is gone.
struct Machine {
    flow: Flow,
    random: Random,
    engine: Engine,
    /// Everything that was ever given to the journal and may be in it.
    sent: Vec<Record>,
    /// Up to where callers were answered.
    acknowledged: u64,
    /// Up to where a database might have read.
    known: u64,
}

impl Machine {
    fn run(&mut self, journal: &mut Journal<Memory>) -> Result<(), AppendRefused> {
        loop {
            let count = 1 + self.random.below(12) as usize;
            let batch = self.flow.take(count);
            self.sent.extend(&batch);
            journal.append(&mut group(&batch), self.acknowledged)?;
            self.acknowledged = journal.tail();
            for record in &batch {
                self.engine.apply(record, &mut Vec::new());
            }
            if journal.is_next_due() {
                journal.prepare_next()?;
            }
            match self.random.below(20) {
                0 => drop(journal.prepare_next()?),
                1 => journal.write_mark()?,
                2 => self.known = self.acknowledged,
                3 => {
                    let snapshot = self.engine.snapshot();
                    let stored = snapshots::store(journal.disk(), self.acknowledged, &snapshot);
                    stored.map_err(|_| AppendRefused::Stopped)?;
                }
                _ => {}
            }
        }
    }

    /// Looks at what the disk kept, and goes on from there.
    fn recover(&mut self, disk: &Memory) -> Journal<Memory> {
        let opened = Journal::open(disk.clone(), SMALL, self.known, ID).expect("a crash is no damage");
        let mut journal = opened.journal;
        let tail = journal.tail();
        assert!(tail >= self.acknowledged, "acknowledged {}, found {tail}", self.acknowledged);
        assert!(tail <= self.sent.len() as u64);
        self.sent.truncate(tail as usize);
        assert_eq!(records(disk, 1, tail).expect("whole"), self.sent);
        let replayed = replay(&self.sent);
        assert_eq!(replayed.audit(), Ok(()));
        // The last group was there whole or not at all, and the engine that was answering had applied only what is there.
        let lived = replay(&self.sent[..self.acknowledged as usize]);
        assert_eq!(lived.state_hash(), self.engine.state_hash());
        assert_eq!(Self::restarted(disk, tail).state_hash(), replayed.state_hash());
        (self.engine, self.acknowledged) = (replayed, tail);
        // The commands that were not answered come again, under other sequences.
        self.flow.rewind(tail);
        journal.write_mark().expect("power is back");
        journal
    }

    /// The newest whole snapshot and what came after it.
    fn restarted(disk: &Memory, tail: u64) -> Engine {
        let mut engine = Engine::new();
        for sequence in snapshots::list(disk).expect("readable") {
            let bytes = snapshots::load(disk, sequence).expect("readable");
            if sequence <= tail {
                engine = Engine::from_snapshot(&bytes).expect("one that can be seen is whole");
                assert_eq!(engine.sequence(), sequence);
                break;
            }
        }
        for record in records(disk, engine.sequence() + 1, tail).expect("whole") {
            engine.apply(&record, &mut Vec::new());
        }
        engine
    }
}

#[test]
fn what_was_acknowledged_survives_every_power_cut_and_nothing_is_there_twice() {
    for point in 0..crash_points() {
        let mut machine = Machine {
            flow: Flow::new(point),
            random: Random(0xd00d ^ point),
            engine: Engine::new(),
            sent: Vec::new(),
            acknowledged: 0,
            known: 0,
        };
        let mut disk = Memory::new();
        // Two cuts in a row: the second one meets a journal that was mended.
        for cut in 0..2 {
            let step = 1 + machine.random.below(if point % 5 == 0 { 12 } else { 250 });
            disk.power_until(disk.steps() + step);
            if let Ok(opened) = Journal::open(disk.clone(), SMALL, machine.known, ID) {
                let mut journal = opened.journal;
                let ended = machine.run(&mut journal);
                assert!(ended.is_err(), "point {point}, cut {cut}");
                let batch = machine.flow.take(1);
                machine.sent.extend(&batch);
                let tail = journal.tail();
                let again = journal.append(&mut group(&batch), tail);
                assert!(matches!(again, Err(AppendRefused::Stopped | AppendRefused::Failed { .. })));
            }
            disk = disk.after_crash(&mut machine.random);
            drop(machine.recover(&disk));
        }
    }
}

#[test]
fn a_failed_write_or_sync_ends_the_journal_and_acknowledges_nothing() {
    for steps in 1..=2 {
        let disk = Memory::new();
        let mut flow = Flow::new(1);
        let mut journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("a new one").journal;
        journal.append(&mut group(&flow.take(3)), 0).expect("a whole disk");
        disk.fail_in(steps);
        let batch = flow.take(2);
        let failed = journal.append(&mut group(&batch), 3);
        assert!(matches!(failed, Err(AppendRefused::Failed { .. })), "{failed:?}");
        assert_eq!(journal.tail(), 3);
        // The disk would work again; the journal does not ask it.
        assert!(matches!(journal.append(&mut group(&batch), 3), Err(AppendRefused::Stopped)));
        assert!(matches!(journal.write_mark(), Err(AppendRefused::Stopped)));
        assert!(matches!(journal.prepare_next(), Err(AppendRefused::Stopped)));
    }
}

#[test]
fn a_segment_whose_name_was_not_made_sure_of_is_there_after_a_power_cut_all_the_same() {
    let disk = Memory::new();
    let mut flow = Flow::new(1);
    let mut journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("a new one").journal;
    let ended = loop {
        let before = disk.list().expect("a list").len();
        let tail = journal.tail();
        // Making, filling and syncing a file, its header, its name; then the folder's sync fails.
        disk.fail_in(7);
        let appended = journal.append(&mut group(&flow.take(8)), tail);
        if disk.list().expect("a list").len() > before {
            break appended;
        }
    };
    assert!(matches!(ended, Err(AppendRefused::Failed { what: "beginning a segment", .. })), "{ended:?}");
    drop(journal);
    // The process starts again, sees the segment, writes to it and tells somebody; then the power goes.
    let mut journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("whole").journal;
    let tail = journal.tail();
    flow.rewind(tail);
    let tail = journal.append(&mut group(&flow.take(8)), tail).expect("room");
    for seed in 0..20 {
        let after = disk.after_crash(&mut Random(seed));
        assert_eq!(Journal::open(after, SMALL, tail, ID).expect("whole").journal.tail(), tail);
    }
}

#[test]
fn a_group_whose_sync_failed_is_made_sure_of_before_anybody_reads_it() {
    let disk = Memory::new();
    let mut flow = Flow::new(1);
    let mut journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("a new one").journal;
    journal.append(&mut group(&flow.take(3)), 0).expect("a whole disk");
    disk.fail_in(2);
    journal.append(&mut group(&flow.take(2)), 3).expect_err("its sync fails");
    drop(journal);
    // The process starts again and finds the group in memory; then the power goes.
    let journal = Journal::open(disk.clone(), SMALL, 0, ID).expect("whole").journal;
    assert_eq!(journal.tail(), 5);
    for seed in 0..20 {
        let after = disk.after_crash(&mut Random(seed));
        assert_eq!(Journal::open(after, SMALL, 5, ID).expect("whole").journal.tail(), 5);
    }
}
