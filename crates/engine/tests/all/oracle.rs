//! Random commands through the engine and the naive engine: same answers, same trades, same books, same money.

use std::collections::BTreeMap;

use doorward_domain::market::command::{AmendOrder, Command, PlaceOrder};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{AssetId, Market, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use std::time::Duration;

use crate::naive::{Naive, Trade};
use crate::{ASSET, Desk, Random, market_spec};

const OWNERS: u32 = 4;
const FUNDS: i64 = 50_000_000_000;
/// Commands from one seed: few enough that a failing one can be read.
const RUN: u64 = 400;

/// Commands in all: `DOORWARD_ORACLE_COMMANDS`, or 200,000.
fn commands() -> u64 {
    std::env::var("DOORWARD_ORACLE_COMMANDS").map_or(200_000, |count| count.parse().expect("a number"))
}

fn kind(random: &mut Random, now: Timestamp) -> OrderKind {
    let lots = if random.once_in(10) { random.below(2_000) as i64 - 1 } else { 1 + random.below(20) as i64 };
    match random.below(10) {
        0 => OrderKind::MarketBySize { lots },
        1 => OrderKind::MarketByFunds { funds: random.below(3_000_000) as i64 },
        _ => {
            // Mostly near a mid, sometimes farther than the array reaches.
            let far = random.once_in(20);
            let ticks = if far { random.below(400_000) } else { 990 + random.below(20) };
            let time_in_force = match random.below(9) {
                0 => TimeInForce::ImmediateOrCancel,
                1 => TimeInForce::FillOrKill,
                2 => TimeInForce::GoodTillTime(now.plus(Duration::from_micros(random.below(200)))),
                _ => TimeInForce::GoodTillCancelled,
            };
            OrderKind::Limit { ticks: ticks as u32, lots, time_in_force, post_only: random.once_in(10) }
        }
    }
}

fn place(random: &mut Random, now: Timestamp) -> PlaceOrder {
    let self_trade = match random.below(6) {
        0 => Some(SelfTradePrevention::CancelNewest),
        1 => Some(SelfTradePrevention::CancelOldest),
        2 => Some(SelfTradePrevention::CancelBoth),
        3 => Some(SelfTradePrevention::DecreaseAndCancel),
        _ => None,
    };
    PlaceOrder {
        owner: OwnerId(random.below(u64::from(OWNERS)) as u32),
        market: MarketId(0),
        side: if random.once_in(2) { Side::Buy } else { Side::Sell },
        kind: kind(random, now),
        self_trade,
        client_id: None,
    }
}

struct Pair {
    desk: Desk,
    naive: Naive,
    /// The naive engine's number of each order the engine opened, and back.
    numbers: BTreeMap<OrderId, usize>,
    ids: BTreeMap<usize, OrderId>,
}

impl Pair {
    fn new(spec: MarketSpec) -> Self {
        let market = Market::new(spec, ASSET.scale).expect("sound");
        let free = vec![[FUNDS; 2]; OWNERS as usize];
        let now = Timestamp::from_micros(0);
        let naive = Naive { market, book: Vec::new(), free, fees: 0, last: 0, orders: 0, now, halted: false };
        let desk = Desk::new(spec, OWNERS, FUNDS);
        Self { desk, naive, numbers: BTreeMap::new(), ids: BTreeMap::new() }
    }

    fn step(&mut self, random: &mut Random) {
        self.desk.at = self.desk.at.plus(Duration::from_micros(random.below(5)));
        self.naive.pass_time(self.desk.at);
        match random.below(100) {
            0 => self.cancel_all(OwnerId(random.below(u64::from(OWNERS)) as u32)),
            1 => {
                self.naive.halted = !self.naive.halted;
                let market = MarketId(0);
                let halt = if self.naive.halted { Command::Halt(market) } else { Command::Resume(market) };
                self.desk.done(halt);
            }
            2 => drop(self.desk.done(Command::Tick)),
            3 => self.retry(random),
            4..20 => self.cancel(random),
            20..35 => self.amend(random),
            _ => self.place(&place(random, self.desk.at)),
        }
    }

    fn place(&mut self, order: &PlaceOrder) {
        let number = self.naive.orders;
        let expected = self.naive.place(order);
        let answered = self.desk.apply(Command::Place(*order));
        self.compare_answers(number, expected, answered, &format!("{order:?}"));
    }

    fn amend(&mut self, random: &mut Random) {
        let Some((index, owner, order)) = self.any(random) else {
            // Without a record no time passes.
            self.desk.done(Command::Tick);
            return;
        };
        let old = &self.naive.book[index];
        let ticks = if random.once_in(2) { old.ticks } else { 990 + random.below(20) as u32 };
        let lots = random.below(30) as i64;
        let amend = AmendOrder { owner, order, ticks, lots };
        let (number, was) = (self.naive.orders, old.number);
        let expected = self.naive.amend(index, &amend);
        let stays = self.naive.book.iter().any(|order| order.number == was);
        let number = if stays { was } else { number };
        let answered = self.desk.apply(Command::Amend(amend));
        self.compare_answers(number, expected, answered, &format!("{amend:?}"));
    }

    fn compare_answers(
        &mut self,
        number: usize,
        expected: Result<Vec<Trade>, CommandRefused>,
        (answer, events): (Answer, Vec<Event>),
        what: &str,
    ) {
        if let Answer::Order(order) = answer {
            self.numbers.insert(order, number);
            self.ids.insert(number, order);
        }
        let trades: Vec<Trade> = events
            .iter()
            .filter_map(|event| match event {
                Event::Traded { maker, ticks, lots, taker_fee, maker_fee, .. } => Some(Trade {
                    maker: self.numbers[maker],
                    ticks: *ticks,
                    lots: *lots,
                    taker_fee: *taker_fee,
                    maker_fee: *maker_fee,
                }),
                _ => None,
            })
            .collect();
        match expected {
            Ok(expected) => {
                assert!(matches!(answer, Answer::Order(_)), "{what} was answered {answer:?}");
                assert_eq!(trades, expected, "{what}");
            }
            Err(refused) => {
                assert_eq!(answer, Answer::Refused(refused), "{what}");
                let ended = events
                    .iter()
                    .all(|event| matches!(event, Event::Cancelled { .. } | Event::LevelChanged { .. }));
                assert!(ended, "{what} left a trace: {events:?}");
            }
        }
    }

    /// Any order of the book: where it stands in the naive engine, whose it is, and the engine's id.
    fn any(&self, random: &mut Random) -> Option<(usize, OwnerId, OrderId)> {
        let index = random.below(self.naive.book.len() as u64) as usize;
        let order = self.naive.book.get(index)?;
        Some((index, order.owner, self.ids[&order.number]))
    }

    fn cancel(&mut self, random: &mut Random) {
        let Some((index, owner, order)) = self.any(random) else {
            // Without a record no time passes.
            self.desk.done(Command::Tick);
            return;
        };
        let stranger = OwnerId((owner.0 + 1) % OWNERS);
        let refused = Answer::Refused(CommandRefused::UnknownOrder);
        assert_eq!(self.desk.answer(Command::Cancel { owner: stranger, order }), refused);
        self.desk.done(Command::Cancel { owner, order });
        assert_eq!(self.desk.answer(Command::Cancel { owner, order }), refused);
        self.naive.cancel(index);
    }

    fn cancel_all(&mut self, owner: OwnerId) {
        self.desk.done(Command::CancelAll { owner, market: None });
        while let Some(index) = self.naive.book.iter().position(|order| order.owner == owner) {
            self.naive.cancel(index);
        }
    }

    /// The same command with the same identity: the same answer, and nothing happens.
    fn retry(&mut self, random: &mut Random) {
        let order = place(random, self.desk.at);
        let (id, number) = (Some(u128::from(random.next()) << 64 | 1), self.naive.orders);
        let expected = self.naive.place(&order);
        let answered = self.desk.apply_as(id, Command::Place(order));
        let (answer, hash) = (answered.0, self.desk.engine.state_hash());
        self.compare_answers(number, expected, answered, &format!("{order:?}"));
        assert_eq!(self.desk.apply_as(id, Command::Place(order)), (answer, Vec::new()));
        let other = self.desk.apply_as(id, Command::Tick);
        assert_eq!(other, (Answer::Refused(CommandRefused::DuplicateCommandId), Vec::new()));
        assert_ne!(self.desk.engine.state_hash(), hash, "the sequence moves on");
    }

    fn compare(&self) {
        let engine = &self.desk.engine;
        assert_eq!(engine.audit(), Ok(()));
        assert!(engine.totals().iter().all(doorward_engine::AssetTotals::agree), "{:?}", engine.totals());
        for asset in [AssetId(0), AssetId(1)] {
            for owner in 0..OWNERS {
                let balance = engine.balance(OwnerId(owner), asset);
                let side = if asset.0 == 1 { Side::Buy } else { Side::Sell };
                let own = self.naive.book.iter().filter(|order| order.owner.0 == owner && order.side == side);
                let held: i64 = own.map(|order| self.naive.held(order)).sum();
                assert_eq!(balance.trade, self.naive.free[owner as usize][usize::from(asset.0)]);
                assert_eq!(balance.held, held);
            }
        }
        assert_eq!(engine.house(AssetId(1)).fees, self.naive.fees);
        for side in [Side::Buy, Side::Sell] {
            assert_eq!(engine.levels(MarketId(0), side), self.levels(side));
        }
    }

    fn levels(&self, side: Side) -> Vec<(u32, i64)> {
        let mut levels = BTreeMap::new();
        for order in self.naive.book.iter().filter(|order| order.side == side) {
            *levels.entry(order.ticks).or_insert(0) += order.lots;
        }
        let ascending = levels.into_iter();
        if side == Side::Buy { ascending.rev().collect() } else { ascending.collect() }
    }
}

/// One run of a seed; a panic names the seed and the command.
fn run(spec: MarketSpec, seed: u64) {
    struct Told(u64, u64);
    impl Drop for Told {
        #[expect(clippy::print_stderr, reason = "a failing seed must be known")]
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("seed {} fails at command {}", self.0, self.1);
            }
        }
    }
    let (mut pair, mut random, mut told) = (Pair::new(spec), Random(seed), Told(seed, 0));
    for command in 0..RUN {
        told.1 = command;
        pair.step(&mut random);
        pair.compare();
        // Every now and then the engine goes on from its own snapshot.
        if random.once_in(50) {
            let bytes = pair.desk.engine.snapshot();
            pair.desk.engine = Engine::from_snapshot(&bytes).expect("its own snapshot");
            assert_eq!(pair.desk.engine.snapshot(), bytes);
        }
    }
}

#[test]
fn the_engine_does_what_the_naive_engine_does() {
    for seed in 0..commands() / 2 / RUN {
        run(market_spec(), seed);
    }
}

#[test]
fn the_same_with_a_price_band_and_few_open_orders() {
    for seed in 0..commands() / 2 / RUN {
        run(MarketSpec { band_ppm: 5_000, max_open_orders: 5, ..market_spec() }, 1_000_000_000 + seed);
    }
}
