//! A whole sequencer over a disk that loses power at a step, tears writes and reorders sectors; the same from the same seed, but
//! for which of its two threads comes first.

use std::num::NonZeroU128;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;

use doorward_app::clock::Clock;
use doorward_app::matching::{Answered, Lease, Matching, MatchingSettings, NotTaken, start_on};
use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::snapshots;

use crate::afterwards::{Sent, all_records, check};
use crate::commands::{Flow, Random};
use crate::market_house::poll_once;
use crate::memory::Memory;

/// Crash points: `DOORWARD_CRASH_POINTS`, or 50.
fn crash_points() -> u64 {
    std::env::var("DOORWARD_CRASH_POINTS").map_or(50, |count| count.parse().expect("a number"))
}

/// A clock that the test moves.
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Somebody who sends commands to one sequencer after another on the same disk.
struct Machine {
    flow: Flow,
    random: Random,
    clock: Arc<Moved>,
    sent: Vec<Sent>,
    /// The last record that anybody was told of, and what a database might know.
    known: u64,
    /// Commands in a group at most.
    group: usize,
    /// So many segments, snapshots and retries were met: a test that meets none tests nothing.
    met: Met,
}

#[derive(Default)]
struct Met {
    snapshots: u64,
    retries: u64,
    restarts: u64,
}

type Sending<'m> = Pin<Box<dyn Future<Output = Result<Answered, NotTaken>> + 'm>>;

impl Machine {
    fn new(seed: u64) -> Self {
        Self {
            flow: Flow::new(seed),
            random: Random(0xbead ^ seed),
            clock: Arc::new(Moved(AtomicI64::new(1_800_000_000_000_000))),
            sent: Vec::new(),
            known: 0,
            group: if seed.is_multiple_of(3) { 1_024 } else { 4 },
            met: Met::default(),
        }
    }

    /// Opens the market on what a disk holds; `None` when the disk is gone meanwhile.
    fn open(&self, disk: &Memory) -> Option<Matching> {
        let mut settings = MatchingSettings::in_folder("nowhere");
        settings.segment_bytes = 16 << 10;
        // Small groups, so that a burst is several of them and they become durable beside each other.
        settings.group = self.group;
        settings.known = self.known;
        let lease = Lease { journal_id: *b"a simulated one!", epoch: 1, known: self.known };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let (matching, beginning) = start_on(disk.clone(), &settings, &lease, clock).ok()?;
        if beginning.replayed().is_err() {
            matching.stop();
            return None;
        }
        matching.admit();
        Some(matching)
    }

    /// Sends these as one group: the sequencer is held while they queue up. False when one was not answered.
    async fn send(&mut self, matching: &Matching, commands: &[(CommandId, Command)]) -> bool {
        let (holding, held) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let mut hold = Box::pin(matching.look(move |_| {
            let _ = holding.send(());
            let _ = released.recv();
        }));
        let mut hold_ended = poll_once(&mut hold).await;
        // An error: the sequencer has ended, and the look was dropped.
        let _ = held.recv();
        let mut sending: Vec<Sending<'_>> = Vec::new();
        let mut ended = Vec::new();
        for (id, command) in commands {
            let mut one: Sending<'_> = Box::pin(matching.send(Some(*id), *command));
            ended.push(poll_once(&mut one).await);
            sending.push(one);
        }
        drop(release);
        if hold_ended.is_none() {
            hold_ended = Some(hold.await);
        }
        let mut all_answered = hold_ended.is_some_and(|hold| hold.is_ok());
        for ((one, ended), (id, command)) in sending.into_iter().zip(ended).zip(commands) {
            let answered = match ended {
                Some(answered) => answered,
                None => one.await,
            };
            let told = answered.ok().map(|answered| (answered.sequence, format!("{:?}", answered.answer)));
            all_answered &= told.is_some();
            self.known = self.known.max(told.as_ref().map_or(0, |(sequence, _)| *sequence));
            self.note(Sent { id: *id, command: Some(*command), told });
        }
        all_answered
    }

    fn note(&mut self, new: Sent) {
        match self.sent.iter_mut().find(|sent| sent.id == new.id) {
            Some(sent) => sent.told = new.told.or_else(|| sent.told.take()),
            None => self.sent.push(new),
        }
    }

    /// Works until the disk is gone, or stops in order after some time.
    async fn work(&mut self, matching: &Matching, disk: &Memory, bursts: u64) {
        for _ in 0..bursts {
            self.clock.0.fetch_add(1 + self.random.below(300).cast_signed(), Ordering::Relaxed);
            let count = 1 + self.random.below(12);
            let mut commands = Vec::new();
            for _ in 0..count {
                let number = NonZeroU128::new(self.sent.len() as u128 + commands.len() as u128 + 1);
                commands.push((CommandId(number.expect("not zero")), self.flow.next().command));
            }
            if !self.send(matching, &commands).await {
                return;
            }
            if self.random.below(12) == 0 {
                let taken = matching.look(|engine| (engine.sequence(), engine.snapshot())).await;
                let Ok((sequence, bytes)) = taken else { return };
                if snapshots::store(disk, sequence, &bytes).is_err() {
                    return;
                }
                self.met.snapshots += 1;
            }
        }
    }

    /// Looks at what is there after a restart, and sends again what was not answered.
    async fn check(&mut self, matching: &Matching, disk: &Memory) {
        let replayed = check(&all_records(disk, matching.sequence()), &self.sent);
        assert!(matching.sequence() >= self.known, "record {} was known", self.known);
        let live = matching.look(Engine::state_hash).await.expect("it runs");
        assert_eq!(live, replayed.state_hash());
        let again: Vec<_> = self
            .sent
            .iter()
            .filter(|sent| sent.told.is_none())
            .filter_map(|sent| Some((sent.id, sent.command?)))
            .collect();
        self.met.retries += again.len() as u64;
        self.met.restarts += 1;
        for some in again.chunks(100) {
            self.send(matching, some).await;
        }
        check(&all_records(disk, matching.sequence()), &self.sent);
    }
}

/// Names the seed of a run that panics.
struct Told(u64);

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "a failing seed must be known")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("crash point {} fails", self.0);
        }
    }
}

#[test]
fn what_the_sequencer_answered_is_there_once_after_every_power_cut() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut met = Met::default();
    for point in 0..crash_points() {
        let told = Told(point);
        let mut machine = Machine::new(point);
        let mut disk = Memory::new();
        runtime.block_on(async {
            for cut in 0..3 {
                // Sometimes while it begins, sometimes late; and sometimes it stops in order first.
                let steps = 1 + machine.random.below(if point % 5 == 0 { 12 } else { 300 });
                let in_order = machine.random.below(4) == 0;
                if !in_order {
                    disk.power_until(disk.steps() + steps);
                }
                if let Some(matching) = machine.open(&disk) {
                    if machine.random.below(2) == 0 {
                        // The process ends with its disk: what is durable by then is applied and answered no more.
                        let dying = matching.clone();
                        disk.when_power_goes(move || dying.fail("the power is gone"));
                    }
                    let bursts = if in_order { machine.random.below(40) } else { u64::MAX };
                    machine.work(&matching, &disk, bursts).await;
                    matching.stop();
                    disk.when_power_goes(|| ());
                    assert_eq!(
                        matching.look(Engine::sequence).await.err(),
                        Some(NotTaken::Stopped),
                        "nothing is taken after the end"
                    );
                }
                disk = disk.after_crash(&mut machine.random);
                let matching =
                    machine.open(&disk).unwrap_or_else(|| panic!("cut {cut}: a crash is no damage"));
                machine.check(&matching, &disk).await;
                matching.stop();
            }
        });
        met.snapshots += machine.met.snapshots;
        met.retries += machine.met.retries;
        met.restarts += machine.met.restarts;
        drop(told);
    }
    assert!(met.snapshots > 0 && met.retries > 0 && met.restarts == 3 * crash_points());
}
