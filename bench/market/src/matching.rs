//! The engine, and its book alone, over another book on the common flow.

use std::hint::black_box;
use std::num::NonZeroU128;
use std::time::Instant;

use doorward_domain::market::command::{Command, CommandId, Record};
use doorward_engine::bare::BareBook;

use crate::figure::{median, percentile, print, remark};
use crate::flow::{Flow, OWNERS, Operation, Random, engine_after, record};
use crate::other::Obcore;
use crate::{Length, cpu_seconds};

/// Answers that the engine keeps.
const KEPT_IDENTITIES: u64 = 1 << 20;

pub fn figures(length: Length) {
    let flow = Flow::new(length.operations);
    remark(&format!(
        "common flow, {} operations, one thread, {} rounds interleaved; {OWNERS} accounts; obcore 0.1.6 holds no balances and knows no accounts",
        flow.operations.len(),
        length.rounds,
    ));
    let [mut engine, mut with_identity, mut bare, mut other, mut tail] = [const { Vec::new() }; 5];
    for _ in 0..length.rounds {
        let rate = flow.operations.len() as f64;
        other.push(rate / obcore(&flow.operations));
        engine.push(rate / run::<false>(&flow));
        with_identity.push(rate / run::<true>(&flow));
        bare.push(rate / bare_book(&flow.operations));
        tail.push(engine_p99(&flow) / obcore_p99(&flow.operations));
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

fn obcore(operations: &[Operation]) -> f64 {
    let mut book = Obcore::new();
    cpu_seconds(|| operations.iter().for_each(|operation| book.apply(operation)))
}

/// With identities or without: each is a hash, as the house makes them, and the memory of them is full.
fn run<const IDENTITIES: bool>(flow: &Flow) -> f64 {
    let (mut engine, mut events) = (engine_after(&flow.setup), Vec::new());
    let mut random = Random(7);
    let setup = (flow.setup.len() + 1) as u64;
    let kept = if IDENTITIES { KEPT_IDENTITIES } else { 0 };
    let mut identified = |record: Record| {
        let id = u128::from(random.next()) << 64 | u128::from(random.next());
        Record { id: NonZeroU128::new(id).map(CommandId), ..record }
    };
    for sequence in setup..setup + kept {
        engine.apply(&identified(record(sequence, Command::Tick)), &mut events);
    }
    cpu_seconds(|| {
        for (index, entry) in flow.entries.iter().enumerate() {
            events.clear();
            let record = record(setup + kept + index as u64, entry.command());
            let record = if IDENTITIES { identified(record) } else { record };
            black_box(engine.apply(&record, &mut events));
            black_box(&events);
        }
    })
}

fn bare_book(operations: &[Operation]) -> f64 {
    let mut book = BareBook::new(operations.len());
    cpu_seconds(|| {
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
    })
}

fn engine_p99(flow: &Flow) -> f64 {
    let (mut engine, mut events) = (engine_after(&flow.setup), Vec::new());
    nanos(flow.entries.iter().enumerate(), |(index, entry)| {
        events.clear();
        let record = record((flow.setup.len() + index + 1) as u64, entry.command());
        black_box(engine.apply(&record, &mut events));
    })
}

fn obcore_p99(operations: &[Operation]) -> f64 {
    let mut book = Obcore::new();
    nanos(operations.iter(), |operation| book.apply(operation))
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
