//! Steps of the loop by hand, to end a process between two of them.

use std::num::NonZeroU128;
use std::path::Path;

use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::OwnerId;
use doorward_journal::{Folder, Journal, Settings};

use super::*;
use crate::matching::Lease;
use crate::matching::recovery::recover;

const ID: [u8; 16] = *b"a journal's id 1";
const FOUR: usize = 4;

struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A sequencer of groups of four on this folder, behind a replay, that nobody runs.
fn sequencer(home: &Path) -> Sequencer<Folder> {
    let settings = Settings { segment_bytes: 64 << 10 };
    let opened = Journal::open(Folder::lock(home).expect("free"), settings, 0, ID).expect("whole");
    let log = Log::of(opened.journal);
    let clock = Arc::new(Stopped(Timestamp::from_seconds(1_800_000_000)));
    let lease = Lease { journal_id: ID, epoch: 1, known: 0 };
    let shared = Arc::new(Shared::new(64, home.to_owned(), lease, Arc::clone(&clock) as Arc<dyn Clock>));
    let engine = recover(&log, &shared, clock.now()).expect("readable");
    Sequencer::new(log, engine, shared, clock, FOUR)
}

/// The command with this number waits for its turn.
fn push(sequencer: &Sequencer<Folder>, number: u128) -> oneshot::Receiver<Answered> {
    let (answer, answered) = oneshot::channel();
    let id = NonZeroU128::new(number).map(CommandId);
    sequencer.shared.queue.push(Job::Command { id, command: Command::OpenOwner, answer }).expect("room");
    answered
}

/// Takes what waits, as the loop does, and makes the first group durable.
fn first_group(sequencer: &mut Sequencer<Folder>) -> Staged {
    assert!(sequencer.shared.queue.take_at_least(1, FOUR, &mut sequencer.jobs));
    let staged = sequencer.stage();
    sequencer.write(staged).unwrap_or_else(|Unwritten(why)| panic!("{why}"))
}

fn done<T>(done: Result<T, Unwritten>) -> T {
    done.unwrap_or_else(|Unwritten(why)| panic!("{why}"))
}

#[test]
fn groups_that_were_durable_and_not_applied_when_the_process_ended_are_there_once_behind_it() {
    let home = tempfile::tempdir().expect("a folder");
    let mut ending = sequencer(home.path());
    let mut answers: Vec<_> = (1..=12).map(|number| push(&ending, number)).collect();
    let first = first_group(&mut ending);
    done(ending.hand_over(1));
    done(ending.hand_over(FOUR));
    assert_eq!(ending.under_way.len(), UNDER_WAY);
    let second = done(ending.wait());
    assert_eq!((first.records.len(), second.records.len()), (FOUR, FOUR));
    // Eight commands are durable, and nobody knows of them.
    assert_eq!((ending.engine.sequence(), ending.shared.sequence()), (0, 0));
    assert!(answers.iter_mut().all(|answered| answered.try_recv().is_err()));
    drop((first, second));
    drop(ending);

    let mut next = sequencer(home.path());
    let durable = next.engine.sequence();
    assert!((8..=12).contains(&durable), "{durable}: the third group may be there as well");
    assert_eq!(u64::from(next.engine.owners()), durable);
    // Whoever got no answer asks again, and gets the one that it would have got.
    let mut answers: Vec<_> = (1..=12).map(|number| push(&next, number)).collect();
    while next.shared.queue.len() > 0 {
        let group = first_group(&mut next);
        done(next.release(group));
        while !next.under_way.is_empty() {
            let group = done(next.wait());
            done(next.release(group));
        }
    }
    for (owner, answered) in (0..).map(OwnerId).zip(&mut answers) {
        assert_eq!(answered.try_recv().expect("an answer").answer, Answer::Owner(owner));
    }
    assert_eq!(next.engine.owners(), 12);
}

#[test]
fn the_next_group_is_written_while_a_large_one_is_applied_and_a_lone_command_meets_no_thread() {
    let home = tempfile::tempdir().expect("a folder");
    let mut sequencer = sequencer(home.path());
    let mut answers: Vec<_> = (1..=10).map(|number| push(&sequencer, number)).collect();
    let first = first_group(&mut sequencer);
    done(sequencer.release(first));
    // The second was handed over before the first was applied; the third is not full, and may still grow.
    assert_eq!(sequencer.under_way.iter().map(|group| group.records.len()).collect::<Vec<_>>(), [FOUR]);
    assert_eq!(sequencer.shared.sequence(), 4);
    let answered = answers.iter_mut().filter_map(|answered| answered.try_recv().ok()).count();
    assert_eq!(answered, FOUR);
    let second = done(sequencer.wait());
    done(sequencer.release(second));
    let third = done(sequencer.wait());
    assert_eq!(third.records.len(), 2);
    done(sequencer.release(third));
    assert!(sequencer.under_way.is_empty());
    let (_one, _other) = (push(&sequencer, 11), push(&sequencer, 12));
    assert!(sequencer.shared.queue.take_at_least(1, 1, &mut sequencer.jobs));
    let lone = sequencer.stage();
    let lone = done(sequencer.write(lone));
    done(sequencer.release(lone));
    assert!(sequencer.under_way.is_empty(), "what takes no time is not worth a thread");
    assert_eq!(sequencer.engine.sequence(), 11);
}
