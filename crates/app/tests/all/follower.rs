//! The follower behind a journal that somebody writes: what it tells, what it stores, what it archives.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use doorward_app::matching::follower::{
    Follow, FollowEnded, Follower, FollowerFault, FollowerSettings, Tail, engine_at_most,
};
use doorward_domain::market::codec::write_record;
use doorward_domain::market::command::Record;
use doorward_domain::market::event::{Answer, Event};
use doorward_engine::Engine;
use doorward_journal::disk::Disk;
use doorward_journal::{Folder, Group, Journal, RecordLog, Settings, snapshots};

use crate::commands::Flow;

/// A journal with small segments, and what was written to it.
struct Written {
    home: tempfile::TempDir,
    journal: Journal<Folder>,
    flow: Flow,
    records: Vec<Record>,
    tail: Arc<AtomicU64>,
}

impl Written {
    fn new(records: usize) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::lock(home.path()).expect("free");
        let settings = Settings { segment_bytes: 16 << 10 };
        let journal = Journal::open(folder, settings, 0, [3; 16]).expect("new").journal;
        let tail = Arc::new(AtomicU64::new(0));
        let mut written = Self { home, journal, flow: Flow::new(5), records: Vec::new(), tail };
        written.append(records);
        written
    }

    fn append(&mut self, records: usize) {
        let records = self.flow.take(records);
        for some in records.chunks(7) {
            let mut group = Group::new();
            for record in some {
                assert!(group.push(|bytes| write_record(record, bytes)));
            }
            let tail = self.journal.tail();
            let tail = self.journal.append(&mut group, tail).expect("room");
            self.tail.store(tail, Ordering::Release);
        }
        self.records.extend(records);
    }

    fn tail(&self) -> Tail {
        let tail = Arc::clone(&self.tail);
        Arc::new(move || tail.load(Ordering::Acquire))
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn snapshots(&self) -> Vec<u64> {
        snapshots::list(&Folder::look(self.path())).expect("a folder")
    }

    /// A follower that stores a snapshot every hundred records.
    fn follow(&self, consumers: Vec<Box<dyn Follow>>) -> (Follower, mpsc::Receiver<FollowerFault>) {
        let settings = FollowerSettings { snapshot_every: 100, ..FollowerSettings::of(self.path()) };
        let (tell, told) = mpsc::channel();
        let on_fault = Box::new(move |fault| drop(tell.send(fault)));
        (Follower::start(settings, self.tail(), consumers, on_fault).expect("starts"), told)
    }

    /// The engine after so many records.
    fn engine_after(&self, records: usize) -> Engine {
        let mut engine = Engine::new();
        for record in &self.records[..records] {
            engine.apply(record, &mut Vec::new());
        }
        engine
    }
}

/// A record, and the hash of the state right behind it.
type Told = (u64, [u8; 32]);

/// A consumer that writes down what it was told, and makes it last when it is asked to.
#[derive(Clone, Default)]
struct Witness {
    told: Arc<Mutex<Vec<Told>>>,
    reached: Arc<AtomicU64>,
    /// From this record on nothing lasts; zero for never.
    lasts_until: u64,
    /// This record ends it; zero for none.
    ends_at: u64,
}

impl Witness {
    fn told(&self) -> Vec<u64> {
        self.told.lock().expect("whole").iter().map(|(sequence, _)| *sequence).collect()
    }
}

impl Follow for Witness {
    fn reached(&self) -> u64 {
        self.reached.load(Ordering::Acquire)
    }

    fn before(&mut self, record: &Record, engine: &Engine) {
        assert_eq!(engine.sequence() + 1, record.sequence);
    }

    fn applied(
        &mut self,
        record: &Record,
        _: &Answer,
        _: &[Event],
        engine: &Engine,
    ) -> Result<(), FollowEnded> {
        assert_eq!(engine.sequence(), record.sequence);
        if record.sequence == self.ends_at {
            return Err(FollowEnded("another engine has the database".to_owned()));
        }
        self.told.lock().expect("whole").push((record.sequence, engine.state_hash()));
        Ok(())
    }

    fn idle(&mut self) -> Result<(), FollowEnded> {
        let last = self.told().last().copied().unwrap_or(0);
        let most = if self.lasts_until == 0 { u64::MAX } else { self.lasts_until };
        self.reached.fetch_max(last.min(most), Ordering::AcqRel);
        Ok(())
    }
}

#[test]
fn every_record_is_told_once_with_the_engine_behind_it_and_snapshots_have_its_hash() {
    let mut written = Written::new(0);
    let witness = Witness::default();
    // It waits for the first record, and goes on while more are written.
    let (follower, faults) = written.follow(vec![Box::new(witness.clone())]);
    for records in [3, 250, 1, 120] {
        written.append(records);
    }
    follower.stop();
    assert!(faults.try_recv().is_err());
    assert_eq!(witness.told(), (1..=374).collect::<Vec<_>>());
    for (sequence, hash) in witness.told.lock().expect("whole").iter().step_by(50) {
        let records = usize::try_from(*sequence).expect("small");
        assert_eq!(written.engine_after(records).state_hash(), *hash, "record {sequence}");
    }
    assert_eq!((follower.sequence(), follower.snapshot(), follower.is_over()), (374, 374, true));
    assert_eq!(written.snapshots(), [374, 300]);
    for sequence in written.snapshots() {
        let bytes = snapshots::load(&Folder::look(written.path()), sequence).expect("there");
        let engine = written.engine_after(usize::try_from(sequence).expect("small"));
        assert_eq!(bytes[bytes.len() - 32..], engine.state_hash());
    }
}

#[test]
fn a_follower_begins_no_later_than_its_slowest_consumer_and_tells_each_what_it_lacks() {
    let mut written = Written::new(350);
    written.follow(Vec::new()).0.stop();
    assert_eq!(written.snapshots(), [350, 300]);
    written.append(60);
    let slow = Witness { reached: Arc::new(AtomicU64::new(320)), ..Witness::default() };
    let fast = Witness { reached: Arc::new(AtomicU64::new(405)), ..Witness::default() };
    let behind_all = Witness { reached: Arc::new(AtomicU64::new(40)), ..Witness::default() };
    for all in [vec![&slow, &fast], vec![&behind_all]] {
        let consumers = all.iter().map(|witness| Box::new((*witness).clone()) as Box<dyn Follow>);
        written.follow(consumers.collect()).0.stop();
    }
    assert_eq!(slow.told(), (321..=410).collect::<Vec<_>>());
    assert_eq!(fast.told(), (406..=410).collect::<Vec<_>>());
    // No snapshot lies that low: from the first record on.
    assert_eq!(behind_all.told(), (41..=410).collect::<Vec<_>>());
}

fn segments(path: &Path) -> Vec<u64> {
    let names = Folder::look(path).list().unwrap_or_default();
    let mut firsts: Vec<u64> =
        names.iter().filter_map(|name| name.strip_suffix(".segment")?.parse().ok()).collect();
    firsts.sort_unstable();
    firsts
}

#[test]
fn segments_are_archived_below_the_older_snapshot_and_never_above_what_a_consumer_has_made_last() {
    let mut written = Written::new(900);
    let witness = Witness { lasts_until: 450, ..Witness::default() };
    written.follow(vec![Box::new(witness)]).0.stop();
    assert_eq!(written.snapshots(), [900, 800]);
    let here = segments(written.path());
    assert!(here[0] > 1 && here[0] <= 451 && here[1] > 451, "{here:?}");
    let archived = segments(&written.path().join("archive"));
    assert_eq!(archived.first(), Some(&1), "{archived:?}");
    // Nothing is held back by a consumer that keeps up; the older snapshot still is.
    written.append(300);
    written.follow(Vec::new()).0.stop();
    let here = segments(written.path());
    assert_eq!(written.snapshots(), [1_200, 1_100]);
    assert!(here[0] > 451 && here[0] <= 1_101 && here.get(1).is_none_or(|next| *next > 1_101), "{here:?}");
    // From the very first record all the same.
    let newcomer = Witness::default();
    written.follow(vec![Box::new(newcomer.clone())]).0.stop();
    assert_eq!(newcomer.told(), (1..=1_200).collect::<Vec<_>>());
}

#[test]
fn a_damaged_snapshot_falls_back_to_the_one_before_it_and_both_to_the_beginning() {
    let written = Written::new(250);
    written.follow(Vec::new()).0.stop();
    let folder = Folder::look(written.path());
    let sequence_at_most = |most| engine_at_most(&folder, most).expect("readable").sequence();
    assert_eq!(sequence_at_most(u64::MAX), 250);
    assert_eq!(sequence_at_most(249), 200);
    for (damaged, falls_back_to) in [(250, 200), (200, 0)] {
        let path = written.path().join(format!("{damaged:020}.snapshot"));
        let mut bytes = std::fs::read(&path).expect("there");
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).expect("writes");
        assert_eq!(sequence_at_most(u64::MAX), falls_back_to);
    }
}

#[test]
fn a_consumer_that_can_never_go_on_ends_the_follower_and_says_why() {
    let written = Written::new(120);
    let witness = Witness { ends_at: 110, ..Witness::default() };
    let (follower, faults) = written.follow(vec![Box::new(witness.clone())]);
    let FollowerFault::Consumer(ended) = faults.recv().expect("told") else { panic!("another fault") };
    assert_eq!(ended.to_string(), "another engine has the database");
    follower.stop();
    assert!(follower.is_over());
    assert_eq!(witness.told().last(), Some(&109));
    assert_eq!(written.snapshots(), [100]);
}

#[test]
fn a_snapshot_that_cannot_be_stored_is_tried_again_and_stops_nobody() {
    let mut written = Written::new(150);
    // What the file system says of a full disk is as good as any other reason.
    let obstacle = written.path().join("next.unfinished");
    std::fs::create_dir(&obstacle).expect("a folder in the way");
    let witness = Witness::default();
    let (follower, faults) = written.follow(vec![Box::new(witness.clone())]);
    follower.stop();
    assert!(faults.try_recv().is_err());
    assert_eq!((witness.told().len(), written.snapshots().len()), (150, 0));
    std::fs::remove_dir(&obstacle).expect("out of the way");
    written.append(10);
    written.follow(Vec::new()).0.stop();
    assert_eq!(written.snapshots(), [160, 100]);
}
