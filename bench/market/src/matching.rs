//! The engine, and its book alone, over another book on the common flow.

use std::hint::black_box;
use std::time::Instant;

use doorward_domain::market::command::Record;
use doorward_engine::bare::BareBook;

use crate::figure::{median, percentile, print, remark};
use crate::flow::{Flow, Operation, engine_after};
use crate::other::Obcore;
use crate::{Length, cpu_seconds};

pub fn figures(length: Length) {
    let flow = Flow::new(length.operations);
    let identified = flow.identified();
    remark(&format!(
        "common flow, {} operations, one thread, {} rounds interleaved; obcore 0.1.6 holds no balances and its owners never meet",
        flow.operations.len(),
        length.rounds,
    ));
    let [mut engine, mut with_identity, mut bare, mut other, mut tail] = [const { Vec::new() }; 5];
    for _ in 0..length.rounds {
        let rate = flow.operations.len() as f64;
        other.push(rate / obcore(&flow.operations));
        engine.push(rate / run(&flow, &flow.records));
        with_identity.push(rate / run(&flow, &identified));
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

fn run(flow: &Flow, records: &[Record]) -> f64 {
    let (mut engine, mut events) = (engine_after(&flow.setup), Vec::new());
    cpu_seconds(|| {
        for record in records {
            events.clear();
            black_box(engine.apply(record, &mut events));
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
    nanos(flow.records.iter(), |record| {
        events.clear();
        black_box(engine.apply(record, &mut events));
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
