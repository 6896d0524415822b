//! The journal over a bare loop of writes and syncs into a file of the same kind.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use doorward_domain::market::codec::{read_record, write_record};
use doorward_domain::market::command::Record;
use doorward_engine::Engine;
use doorward_journal::{Folder, Group, Groups, Journal, RecordLog, Settings, Writer, read};

use crate::figure::{median, percentile, print, remark};
use crate::flow::{Flow, engine_after};
use crate::{Length, cpu_seconds};

const GROUP: usize = 1_024;
/// Groups that are committed before it is the probe's turn.
const IN_TURN: usize = 25;
const SETTINGS: Settings = Settings { segment_bytes: 64 << 20 };

pub fn figures(length: Length) {
    let flow = Flow::new(length.operations / 2, 0);
    let home = tempfile::tempdir_in(".").expect("a folder here, on the disk that is to be measured");
    let records = flow.records();
    throughput(&flow, &records, home.path(), length);
    lone_order(&flow, &records, home.path());
    replay(&flow, &records, home.path(), length);
    follow(&records, home.path());
}

fn open(path: &Path) -> Journal<Folder> {
    let folder = Folder::lock(path).expect("free");
    Journal::open(folder, SETTINGS, 0, [7; 16]).expect("new or whole").journal
}

/// What the sequencer does with commands.
struct Durable {
    writer: Writer<Folder>,
    engine: Engine,
    /// Memory of groups that are done.
    spare: Vec<Group>,
}

impl Durable {
    fn on(path: &Path, engine: Engine) -> Self {
        Self { writer: Writer::new(open(path)), engine, spare: Vec::new() }
    }

    fn apply(&mut self, records: &[Record]) {
        let mut events = Vec::with_capacity(8 * records.len());
        for record in records {
            std::hint::black_box(&self.engine.apply(record, &mut events));
        }
        std::hint::black_box(events);
    }

    fn encoded(&mut self, records: &[Record]) -> Group {
        encoded_into(self.spare.pop().unwrap_or_default(), records)
    }

    /// Encodes and makes durable here.
    fn append(&mut self, records: &[Record]) {
        let mut group = self.encoded(records);
        self.writer.append(&mut group).expect("a disk with room");
        self.spare.push(group);
    }

    /// Encodes, makes durable, applies: one group and none behind it.
    fn commit(&mut self, records: &[Record]) {
        self.append(records);
        self.apply(records);
    }

    /// The same while the next group waits always: it becomes durable while one is applied.
    fn commit_all<'r>(&mut self, mut groups: impl Iterator<Item = &'r [Record]>) {
        let Some(mut durable) = groups.next() else { return };
        self.append(durable);
        let mut under_way = VecDeque::new();
        loop {
            if under_way.is_empty()
                && let Some(next) = groups.next()
            {
                let group = self.encoded(next);
                self.writer.hand_over(group);
                under_way.push_back(next);
            }
            self.apply(durable);
            if under_way.len() == 1
                && let Some(next) = groups.next()
            {
                let group = self.encoded(next);
                self.writer.hand_over(group);
                under_way.push_back(next);
            }
            let Some(next) = under_way.pop_front() else { return };
            let written = self.writer.wait().expect("one is under way");
            written.tail.expect("a disk with room");
            self.spare.push(written.group);
            durable = next;
        }
    }
}

fn encoded_into(mut group: Group, records: &[Record]) -> Group {
    for record in records {
        assert!(group.push(|bytes| write_record(record, bytes)), "a group of this size fits");
    }
    group
}

/// A file full of zeros, as a segment is.
fn zeros(path: &Path) -> File {
    let file = File::create(path).expect("a file");
    file.write_all_at(&vec![0; SETTINGS.segment_bytes as usize], 0).expect("room");
    file.sync_all().expect("a disk");
    file
}

fn throughput(flow: &Flow, records: &[Record], home: &Path, length: Length) {
    let records = &records[..records.len().min(100 * GROUP)];
    let bytes: usize = records.iter().map(|record| encoded(record).len() + 2).sum();
    let per_group = (bytes / (records.len() / GROUP)).next_multiple_of(512);
    let payload = vec![7; per_group];
    let mut ratios = Vec::new();
    for round in 0..length.rounds {
        let file = zeros(&home.join("probe"));
        let mut durable = Durable::on(&home.join(format!("throughput-{round}")), engine_after(&flow.setup));
        for records in flow.setup.chunks(GROUP) {
            durable.append(records);
        }
        // Some groups each in turn, so that both meet the same disk; nothing is under way in between.
        let (mut ours, mut bare, mut written) = (0.0, 0.0, 0);
        for records in records.chunks_exact(IN_TURN * GROUP) {
            let begun = Instant::now();
            durable.commit_all(records.chunks_exact(GROUP));
            ours += begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            for _ in 0..IN_TURN {
                file.write_all_at(&payload, (written * per_group) as u64).expect("room");
                file.sync_data().expect("a disk");
                written += 1;
            }
            bare += begun.elapsed().as_secs_f64();
        }
        ratios.push(bare / ours);
        if round + 1 == length.rounds {
            remark(&format!(
                "groups of {GROUP}, {per_group} bytes each; {:.0} durable commands a second, bare {:.0}",
                records.len() as f64 / ours,
                records.len() as f64 / bare
            ));
        }
    }
    print("journal_vs_probe", median(&ratios), "x");
}

fn encoded(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_record(record, &mut bytes);
    bytes
}

fn lone_order(flow: &Flow, records: &[Record], home: &Path) {
    let file = zeros(&home.join("probe"));
    let mut durable = Durable::on(&home.join("lone"), engine_after(&flow.setup));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    // Its sequences count from one; the engine's go on behind its setup.
    for (index, record) in records.iter().take(2_000).enumerate() {
        let begun = Instant::now();
        durable.commit(std::slice::from_ref(record));
        ours.push(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        file.write_all_at(&[7; 512], index as u64 * 512).expect("room");
        file.sync_data().expect("a disk");
        bare.push(begun.elapsed().as_secs_f64());
    }
    remark(&format!(
        "p50 of one order {:.0} µs, of one sync {:.0} µs",
        median(&ours) * 1e6,
        median(&bare) * 1e6
    ));
    print("lone_order_p50_vs_sync", median(&ours) / median(&bare), "x");
    print("lone_order_p99_vs_sync", percentile(&ours, 0.99) / percentile(&bare, 0.99), "x");
}

fn replay(flow: &Flow, records: &[Record], home: &Path, length: Length) {
    let mut journal = open(&home.join("replay"));
    let all: Vec<Record> = flow.setup.iter().chain(records).copied().collect();
    let mut group = Group::new();
    for records in all.chunks(GROUP) {
        group = encoded_into(group, records);
        let tail = journal.tail();
        journal.append(&mut group, tail).expect("room");
    }
    let mut ratios = Vec::new();
    for _ in 0..length.rounds {
        let mut events = Vec::new();
        let mut replayed = Engine::new();
        let from_disk = cpu_seconds(|| {
            let mut groups = journal.read(1).expect("whole");
            while let Some(group) = groups.next_group().expect("whole") {
                for (sequence, bytes) in group.records() {
                    events.clear();
                    let record = read_record(sequence, bytes).expect("whole");
                    std::hint::black_box(&replayed.apply(&record, &mut events));
                }
            }
        });
        let mut engine = Engine::new();
        let in_memory = cpu_seconds(|| {
            for record in &all {
                events.clear();
                std::hint::black_box(&engine.apply(record, &mut events));
            }
        });
        assert_eq!(engine.state_hash(), replayed.state_hash(), "a replay ends in the same state");
        ratios.push(in_memory / from_disk);
    }
    print("replay_vs_memory", median(&ratios), "x");
}

/// How long a follower that is at the journal's end reads for a group of one command, decoding and applying apart.
fn follow(records: &[Record], home: &Path) {
    let path = home.join("follow");
    let mut journal = open(&path);
    journal.append(&mut encoded_into(Group::new(), &records[..1]), 0).expect("room");
    let folder = Folder::look_whole(&path);
    let mut reader = read(&folder, 1, 1).expect("whole");
    while reader.next_group().expect("whole").is_some() {}
    let mut spent = Vec::new();
    for record in &records[1..1_000] {
        let tail = journal.tail();
        let mut group = encoded_into(Group::new(), std::slice::from_ref(record));
        let tail = journal.append(&mut group, tail).expect("room");
        let begun = Instant::now();
        reader.go_on(tail);
        while reader.next_group().expect("whole").is_some() {}
        spent.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    print("follow_group_us", median(&spent), "us");
}
