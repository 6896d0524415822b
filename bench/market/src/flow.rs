//! The common flow: 60 % limit orders within 100 ticks of the mid, 35 % cancels of any live order, 5 % that cross. Made with a
//! fixed seed before any clock starts, once as numbers for other books and once as records for the engine.

use doorward_domain::market::command::{Command, PlaceOrder, Record, Wallet};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;

/// Accounts, as many as the figure of the REST orders has.
pub const OWNERS: u32 = 512;
const MID: u32 = 100_000;
const FUNDS: i64 = 1 << 48;

/// One operation on a book that numbers orders itself.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    Insert { number: u64, owner: u32, side: Side, ticks: u32, lots: i64 },
    Cancel { number: u64 },
}

/// The same for the engine, which numbers orders itself. As small as an operation, so that reading the flow costs the same.
#[derive(Debug, Clone, Copy)]
pub enum Entry {
    Insert { owner: u32, side: Side, ticks: u32, lots: i64 },
    Cancel { owner: u32, order: OrderId },
}

impl Entry {
    #[inline]
    pub fn command(&self) -> Command {
        match *self {
            Self::Insert { owner, side, ticks, lots } => Command::Place(place(owner, side, ticks, lots)),
            Self::Cancel { owner, order } => Command::Cancel { owner: OwnerId(owner), order },
        }
    }
}

/// The flow for every kind of book.
pub struct Flow {
    /// What lists assets, market and owners, and funds them.
    pub setup: Vec<Record>,
    pub operations: Vec<Operation>,
    pub entries: Vec<Entry>,
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit.max(1))) as u32
    }
}

/// Records that come behind one another.
pub fn setup(max_open_orders: u16) -> Vec<Record> {
    let asset = AssetSpec { scale: 8, max_issued: 1 << 62 };
    let market = MarketSpec {
        base: AssetId(0),
        quote: AssetId(1),
        tick_units: 10_000,
        lot_units: 1_000_000,
        min_lots: 1,
        max_lots: 1_000_000,
        min_notional: 0,
        taker_ppm: 1_000,
        maker_ppm: 800,
        band_ppm: 0,
        max_open_orders,
    };
    let mut commands =
        vec![Command::ListAsset(asset), Command::ListAsset(asset), Command::ListMarket(market)];
    for owner in (0..OWNERS).map(OwnerId) {
        commands.push(Command::OpenOwner);
        for asset in [AssetId(0), AssetId(1)] {
            commands.push(Command::Deposit { owner, asset, amount: FUNDS });
            commands.push(Command::Transfer { owner, asset, amount: FUNDS, from: Wallet::Main });
        }
    }
    (1..).zip(commands).map(|(sequence, command)| record(sequence, command)).collect()
}

pub fn record(sequence: u64, command: Command) -> Record {
    Record { sequence, at: Timestamp::from_micros(sequence as i64), id: None, command }
}

pub fn place(owner: u32, side: Side, ticks: u32, lots: i64) -> PlaceOrder {
    PlaceOrder {
        owner: OwnerId(owner),
        market: MarketId(0),
        side,
        kind: OrderKind::Limit {
            ticks,
            lots,
            time_in_force: TimeInForce::GoodTillCancelled,
            post_only: false,
        },
        self_trade: Some(SelfTradePrevention::CancelOldest),
        client_id: None,
    }
}

/// An engine that has carried these records out.
pub fn engine_after(records: &[Record]) -> Engine {
    let (mut engine, mut events) = (Engine::new(), Vec::new());
    for record in records {
        events.clear();
        let answer = engine.apply(record, &mut events);
        assert!(!matches!(answer, Answer::Refused(_)), "{record:?}: {answer:?}");
    }
    engine
}

impl Flow {
    pub fn new(operations: usize) -> Self {
        let setup = setup(10_000);
        let mut engine = engine_after(&setup);
        let mut random = Random(2026);
        let mut flow = Self { setup, operations: Vec::new(), entries: Vec::new() };
        // Live orders: our number and the engine's id, and where an id stands in the list.
        let mut live: Vec<(u64, OrderId, u32)> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        let mut events = Vec::new();
        for number in 0..operations as u64 {
            let kind = random.below(100);
            let (operation, entry) = if kind < 35 && !live.is_empty() {
                let (number, order, owner) = live[random.below(live.len() as u32) as usize];
                (Operation::Cancel { number }, Entry::Cancel { owner, order })
            } else {
                let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
                let owner = random.below(OWNERS);
                let away = 1 + random.below(100);
                let crosses = kind >= 95;
                let ticks = if (side == Side::Buy) == crosses { MID + away } else { MID - away };
                let lots = i64::from(1 + random.below(if crosses { 200 } else { 100 }));
                (
                    Operation::Insert { number, owner, side, ticks, lots },
                    Entry::Insert { owner, side, ticks, lots },
                )
            };
            let record = record(engine.sequence() + 1, entry.command());
            events.clear();
            let answer = engine.apply(&record, &mut events);
            assert!(matches!(answer, Answer::Order(_)), "{answer:?}");
            for event in &events {
                let gone = match event {
                    Event::Rested { order, .. } => {
                        places.insert(*order, live.len());
                        let Entry::Insert { owner, .. } = entry else { continue };
                        live.push((number, *order, owner));
                        continue;
                    }
                    Event::Cancelled { order, .. } => order,
                    Event::Traded { maker, maker_lots_left: 0, .. } => maker,
                    _ => continue,
                };
                if let Some(place) = places.remove(gone) {
                    live.swap_remove(place);
                    if let Some((_, moved, _)) = live.get(place) {
                        places.insert(*moved, place);
                    }
                }
            }
            flow.operations.push(operation);
            flow.entries.push(entry);
        }
        flow
    }

    /// The entries as records behind the setup.
    pub fn records(&self) -> Vec<Record> {
        let first = self.setup.len() as u64 + 1;
        (first..).zip(&self.entries).map(|(sequence, entry)| record(sequence, entry.command())).collect()
    }
}
