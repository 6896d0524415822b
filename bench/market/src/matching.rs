//! The engine, and its book alone, over another book on the common flow.

use std::hint::black_box;
use std::num::NonZeroU128;
use std::time::Instant;

use doorward_domain::market::command::{Command, CommandId, Record};
use doorward_domain::market::event::Event;
use doorward_engine::Engine;
use doorward_engine::bare::BareBook;

use crate::figure::{median, percentile, print, remark};
use crate::flow::{Entry, Flow, OWNERS, Operation, Random, engine_after, record};
use crate::other::Obcore;
use crate::{Length, cpu_seconds};

/// Answers that the engine keeps.
const KEPT_IDENTITIES: u64 = 1 << 20;

/// Every book has had more orders at once than the flow brings, so that none of them asks for memory while it is measured:
/// whether the allocator has warm memory for one of them depends on what ran before.
fn warm_flow(length: Length) -> Flow {
    Flow::new(length.operations, length.operations / 6)
}

pub fn figures(length: Length) {
    let flow = warm_flow(length);
    remark(&format!(
        "common flow, {} operations, one thread, {} rounds interleaved; {OWNERS} accounts; obcore 0.1.6 holds no balances and knows no accounts",
        length.operations, length.rounds,
    ));
    let [mut engine, mut with_identity, mut bare, mut other, mut tail] = [const { Vec::new() }; 5];
    for _ in 0..length.rounds {
        let rate = length.operations as f64;
        other.push(rate / obcore(&flow));
        engine.push(rate / run::<false>(&flow));
        with_identity.push(rate / run::<true>(&flow));
        bare.push(rate / bare_book(&flow));
        tail.push(engine_p99(&flow) / obcore_p99(&flow));
    }
    let ratio = |ours: &[f64]| {
        let ratios: Vec<f64> = ours.iter().zip(&other).map(|(ours, other)| ours / other).collect();
        median(&ratios)
    };
    remark(&format!(
        "per core-second: engine {:.2} M, with identities {:.2} M, bare book {:.2} M, obcore {:.2} M",
        median(&engine) / 1e6,
        median(&with_identity) / 1e6,
        median(&bare) / 1e6,
        median(&other) / 1e6,
    ));
    print("engine_vs_obcore", ratio(&engine), "x");
    print("engine_with_identities_vs_obcore", ratio(&with_identity), "x");
    print("engine_p99_vs_obcore", median(&tail), "x");
    print("bare_book_vs_obcore", ratio(&bare), "x");
}

/// One side without the others, to be looked at with a profiler; `None` for one that there is not.
pub fn alone(side: &str, length: Length) -> Option<()> {
    let run = match side {
        "engine" => run::<false>,
        "identities" => run::<true>,
        "bare" => bare_book,
        "obcore" => obcore,
        _ => return None,
    };
    let flow = warm_flow(length);
    let seconds: Vec<f64> = (0..length.rounds).map(|_| run(&flow)).collect();
    remark(&format!("{side}: {:.2} M a core-second", length.operations as f64 / median(&seconds) / 1e6));
    Some(())
}

fn warm_obcore(flow: &Flow) -> Obcore {
    let mut book = Obcore::new();
    flow.warm_up.operations.iter().for_each(|operation| book.apply(operation));
    book
}

fn obcore(flow: &Flow) -> f64 {
    let mut book = warm_obcore(flow);
    cpu_seconds(|| obcore_steps(&mut book, &flow.steps.operations))
}

#[inline(never)]
fn obcore_steps(book: &mut Obcore, operations: &[Operation]) {
    operations.iter().for_each(|operation| book.apply(operation));
}

fn warm_engine(flow: &Flow) -> (Engine, Vec<Event>) {
    let (mut engine, mut events) = (engine_after(&flow.setup), Vec::new());
    engine_steps::<false>(&mut engine, &mut events, &flow.warm_up.entries, &mut Random(7));
    (engine, events)
}

/// With identities or without: each is a hash, as the house makes them, and the memory of them is full.
fn run<const IDENTITIES: bool>(flow: &Flow) -> f64 {
    let (mut engine, mut events) = warm_engine(flow);
    let mut random = Random(7);
    for _ in 0..if IDENTITIES { KEPT_IDENTITIES } else { 0 } {
        let tick = record(engine.sequence() + 1, Command::Tick);
        engine.apply(&Record { id: Some(identity(&mut random)), ..tick }, &mut events);
    }
    cpu_seconds(|| engine_steps::<IDENTITIES>(&mut engine, &mut events, &flow.steps.entries, &mut random))
}

fn identity(random: &mut Random) -> CommandId {
    let id = u128::from(random.next()) << 64 | u128::from(random.next());
    CommandId(NonZeroU128::new(id).unwrap_or(NonZeroU128::MIN))
}

#[inline(never)]
fn engine_steps<const IDENTITIES: bool>(
    engine: &mut Engine,
    events: &mut Vec<Event>,
    entries: &[Entry],
    random: &mut Random,
) {
    for (sequence, entry) in (engine.sequence() + 1..).zip(entries) {
        events.clear();
        let mut record = record(sequence, entry.command());
        if IDENTITIES {
            record.id = Some(identity(random));
        }
        // Looked at where they are: to copy an answer that was just written in parts waits for the parts.
        black_box(&engine.apply(&record, events));
        black_box(&*events);
    }
}

fn bare_book(flow: &Flow) -> f64 {
    let mut book = BareBook::new(flow.warm_up.operations.len() + flow.steps.operations.len());
    bare_steps(&mut book, &flow.warm_up.operations);
    cpu_seconds(|| bare_steps(&mut book, &flow.steps.operations))
}

#[inline(never)]
fn bare_steps(book: &mut BareBook, operations: &[Operation]) {
    for operation in operations {
        match *operation {
            Operation::Insert { number, side, ticks, lots, .. } => {
                black_box(book.insert(number, side, ticks, lots));
            }
            Operation::Cancel { number } => {
                black_box(book.cancel(number));
            }
        }
    }
}

fn engine_p99(flow: &Flow) -> f64 {
    let (mut engine, mut events) = warm_engine(flow);
    let first = engine.sequence() + 1;
    nanos((first..).zip(&flow.steps.entries), |(sequence, entry)| {
        events.clear();
        let record = record(sequence, entry.command());
        black_box(&engine.apply(&record, &mut events));
    })
}

fn obcore_p99(flow: &Flow) -> f64 {
    let mut book = warm_obcore(flow);
    nanos(flow.steps.operations.iter(), |operation| book.apply(operation))
}

/// The 99th percentile of what one operation takes.
fn nanos<T>(operations: impl Iterator<Item = T>, mut run: impl FnMut(T)) -> f64 {
    let times: Vec<f64> = operations
        .map(|operation| {
            let begun = Instant::now();
            run(operation);
            begun.elapsed().as_nanos() as f64
        })
        .collect();
    percentile(&times, 0.99)
}
