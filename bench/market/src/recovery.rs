//! How long a restart takes: from a folder to a market that takes commands and shows its books.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use doorward_app::clock::{Clock, SystemClock};
use doorward_app::matching::{Lease, Matching, MatchingSettings, open};
use doorward_domain::market::codec::write_record;
use doorward_domain::market::command::{Command, Record};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::{Folder, Group, Journal, RecordLog, Settings, snapshots};

use crate::Length;
use crate::figure::{median, print, remark};
use crate::flow::{Random, setup};
use crate::memory::order;

const OPEN: usize = 1_000_000;
/// As many as there are between two snapshots: a kill right before one meets so many.
const BEHIND: usize = 1_000_000;
const GROUP: usize = 1_024;
/// So many records a second until now, so that the last minute of them is to be seen.
const MICROS_A_RECORD: i64 = 100;
const JOURNAL: [u8; 16] = [7; 16];

pub fn figures(length: Length) {
    let home = tempfile::tempdir_in(".").expect("a folder here, on the disk that is to be measured");
    let mut written = Written::new(home.path());
    for record in setup(10_000) {
        written.put(record.command);
    }
    let mut random = Random(11);
    for _ in 0..OPEN {
        written.put(Command::Place(order(&mut random)));
    }
    written.store();
    let written = written.closed();
    let rounds = length.rounds.min(5);
    let clean = restarts_ms(home.path(), rounds, written.sequence());
    let mut written = Written::behind(home.path(), written);
    // An order comes and goes again, so that as many are open at the end.
    for _ in 0..BEHIND / 2 {
        let order = order(&mut random);
        let Answer::Order(id) = written.put(Command::Place(order)) else { panic!("an order is placed") };
        written.put(Command::Cancel { owner: order.owner, order: id });
    }
    written.write();
    let written = written.closed();
    assert_eq!(written.open_orders().count(), OPEN);
    let killed = restarts_ms(home.path(), rounds, written.sequence());
    remark(&format!(
        "{OPEN} open orders; files in the page cache; to the first command, view filled; killed: {BEHIND} records behind the snapshot"
    ));
    print("recover_ms", median(&killed), "ms");
    print("recover_clean_ms", median(&clean), "ms");
}

/// A journal with an engine behind it.
struct Written {
    journal: Journal<Folder>,
    engine: Engine,
    group: Group,
    events: Vec<Event>,
    begun: Timestamp,
}

impl Written {
    fn new(home: &Path) -> Self {
        Self::behind(home, Engine::new())
    }

    /// Goes on behind what this engine has seen.
    fn behind(home: &Path, engine: Engine) -> Self {
        let folder = Folder::lock(home).expect("free");
        let journal = Journal::open(folder, Settings::default(), 0, JOURNAL).expect("whole").journal;
        let all = i64::try_from(OPEN + BEHIND).expect("few") * MICROS_A_RECORD;
        let begun = match engine.sequence() {
            0 => SystemClock.now().as_micros() - all,
            sequence => engine.now().as_micros() - sequence.cast_signed() * MICROS_A_RECORD,
        };
        let begun = Timestamp::from_micros(begun);
        Self { journal, engine, group: Group::new(), events: Vec::new(), begun }
    }

    /// The folder is free again.
    fn closed(self) -> Engine {
        self.engine
    }

    fn put(&mut self, command: Command) -> Answer {
        let sequence = self.engine.sequence() + 1;
        let at = self.begun.as_micros() + sequence.cast_signed() * MICROS_A_RECORD;
        let record = Record { sequence, at: Timestamp::from_micros(at), id: None, command };
        assert!(self.group.push(|bytes| write_record(&record, bytes)), "a group of this size fits");
        self.events.clear();
        let answer = self.engine.apply(&record, &mut self.events);
        if self.group.count() as usize == GROUP {
            self.write();
        }
        answer
    }

    fn write(&mut self) {
        let tail = self.journal.tail();
        if self.group.count() > 0 {
            self.journal.append(&mut self.group, tail).expect("room");
        }
    }

    fn store(&mut self) {
        self.write();
        let bytes = self.engine.snapshot();
        snapshots::store(self.journal.disk(), self.engine.sequence(), &bytes).expect("room");
    }
}

/// Milliseconds of so many restarts, each to the first command that can be sent.
fn restarts_ms(home: &Path, rounds: usize, sequence: u64) -> Vec<f64> {
    let lease = Lease { journal_id: JOURNAL, epoch: 1, known: sequence };
    let settings = MatchingSettings::in_folder(home);
    let restart = |_| {
        let begun = Instant::now();
        let matching: Matching = open(&settings, &lease, Arc::new(SystemClock)).expect("whole");
        let took = begun.elapsed().as_secs_f64() * 1e3;
        assert_eq!(matching.sequence(), sequence);
        matching.stop();
        took
    };
    (0..rounds).map(restart).collect()
}
