//! What an open order takes, and what one costs among many.

use std::num::NonZeroU128;

use doorward_domain::market::command::{ClientOrderId, Command, PlaceOrder};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{OrderId, OwnerId};
use doorward_domain::market::order::Side;
use doorward_engine::Engine;

use crate::figure::{median, print, remark};
use crate::flow::{OWNERS, Random, engine_after, place, record, setup};
use crate::{Length, cpu_seconds};

const MANY: usize = 1_000_000;
const FEW: usize = 1_000;

pub fn figures(length: Length) {
    let setup = setup(10_000);
    let mut many = engine_after(&setup);
    let before = resident_bytes();
    let mut many_ids = fill(&mut many, MANY);
    let bytes = (resident_bytes() - before - many_ids.capacity() * size_of::<(OwnerId, OrderId)>()) as f64
        / MANY as f64;
    remark(&format!("{MANY} open orders with client ids of {OWNERS} owners, resident memory"));
    print("memory_per_open_order_bytes", bytes, "B");
    let mut few = engine_after(&setup);
    let mut few_ids = fill(&mut few, FEW);
    let ratios: Vec<f64> = (0..length.rounds.max(7))
        .map(|round| quote(&mut many, round as u64) / quote(&mut few, round as u64))
        .collect();
    remark("an order placed at the end of a queue and cancelled again, over the same in a small book");
    print("orders_growth", median(&ratios), "x");
    let ratios: Vec<f64> = (0..length.rounds.max(7))
        .map(|round| {
            exchange(&mut many, &mut many_ids, round as u64) / exchange(&mut few, &mut few_ids, round as u64)
        })
        .collect();
    remark("an order placed and any open one cancelled, over the same in a small book");
    print("orders_growth_any", median(&ratios), "x");
    let started = cpu_seconds(|| drop(Engine::from_snapshot(&many.snapshot()).expect("its own")));
    print("snapshot_and_back_ms", started * 1e3, "ms");
}

/// An order that rests within 500 ticks of the mid.
pub fn order(random: &mut Random) -> PlaceOrder {
    let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
    let away = 1 + random.below(500);
    let ticks = if side == Side::Buy { 100_000 - away } else { 100_000 + away };
    let id = u128::from(random.next()) << 64 | u128::from(random.next());
    PlaceOrder {
        client_id: NonZeroU128::new(id).map(ClientOrderId),
        ..place(random.below(OWNERS), side, ticks, i64::from(1 + random.below(100)))
    }
}

/// Fills the book, and gives the ids of what stands in it.
fn fill(engine: &mut Engine, orders: usize) -> Vec<(OwnerId, OrderId)> {
    let (mut random, mut events) = (Random(5), Vec::new());
    let mut ids = vec![(OwnerId(0), OrderId(0)); orders];
    for id in &mut ids {
        events.clear();
        let order = order(&mut random);
        let answer = engine.apply(&record(engine.sequence() + 1, Command::Place(order)), &mut events);
        let Answer::Order(order_id) = answer else { panic!("{answer:?}") };
        *id = (order.owner, order_id);
    }
    ids
}

/// CPU seconds for orders that come while any others go.
fn exchange(engine: &mut Engine, ids: &mut [(OwnerId, OrderId)], round: u64) -> f64 {
    let mut random = Random(2_000 + round);
    let steps: Vec<(PlaceOrder, usize)> = (0..100_000)
        .map(|_| {
            let order = PlaceOrder { client_id: None, ..order(&mut random) };
            (order, random.below(ids.len() as u32) as usize)
        })
        .collect();
    let mut events = Vec::new();
    cpu_seconds(|| {
        for (order, leaves) in &steps {
            events.clear();
            let placed = engine.apply(&record(engine.sequence() + 1, Command::Place(*order)), &mut events);
            let Answer::Order(id) = placed else { panic!("{placed:?}") };
            let (owner, leaving) = std::mem::replace(&mut ids[*leaves], (order.owner, id));
            let cancel = Command::Cancel { owner, order: leaving };
            std::hint::black_box(engine.apply(&record(engine.sequence() + 1, cancel), &mut events));
        }
    })
}

/// CPU seconds for orders that come and go, as a maker's do.
fn quote(engine: &mut Engine, round: u64) -> f64 {
    let mut random = Random(1_000 + round);
    let orders: Vec<PlaceOrder> =
        (0..100_000).map(|_| PlaceOrder { client_id: None, ..order(&mut random) }).collect();
    let mut events = Vec::new();
    cpu_seconds(|| {
        for order in &orders {
            events.clear();
            let placed = engine.apply(&record(engine.sequence() + 1, Command::Place(*order)), &mut events);
            let Answer::Order(id) = placed else { panic!("{placed:?}") };
            let cancel = Command::Cancel { owner: OwnerId(order.owner.0), order: id };
            std::hint::black_box(engine.apply(&record(engine.sequence() + 1, cancel), &mut events));
        }
    })
}

fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("a Linux kernel");
    let pages: usize = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages");
    pages * 4_096
}
