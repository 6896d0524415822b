//! The common flow: 60 % limit orders within 100 ticks of the mid, 35 % cancels of any live order, 5 % that cross. Made with a
//! fixed seed before any clock starts, once as numbers for other books and once as records for the engine.

use std::collections::BTreeMap;

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
    /// Orders that come and go again before the flow, so that every book has the memory that it needs.
    pub warm_up: Steps,
    pub steps: Steps,
}

/// The same steps for both kinds of books.
#[derive(Default)]
pub struct Steps {
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

/// Makes steps by asking an engine what becomes of each.
struct Maker {
    engine: Engine,
    random: Random,
    /// Numbers given so far.
    numbers: u64,
    /// Live orders: our number, the engine's id, whose.
    live: Vec<(u64, OrderId, u32)>,
    /// Where an id stands among the live ones.
    places: BTreeMap<OrderId, usize>,
    steps: Steps,
    events: Vec<Event>,
}

impl Maker {
    /// An order that does not cross, or one that does.
    fn insert(&mut self, crosses: bool) {
        let random = &mut self.random;
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let owner = random.below(OWNERS);
        let away = 1 + random.below(100);
        let ticks = if (side == Side::Buy) == crosses { MID + away } else { MID - away };
        let lots = i64::from(1 + random.below(if crosses { 200 } else { 100 }));
        let number = self.numbers;
        self.numbers += 1;
        self.steps.operations.push(Operation::Insert { number, owner, side, ticks, lots });
        self.apply(Entry::Insert { owner, side, ticks, lots }, number);
    }

    fn cancel(&mut self, at: usize) {
        let (number, order, owner) = self.live[at];
        self.steps.operations.push(Operation::Cancel { number });
        self.apply(Entry::Cancel { owner, order }, number);
    }

    /// Cancels all live orders in the order in which they came.
    fn cancel_all(&mut self) {
        let mut live = self.live.clone();
        live.sort_unstable();
        for (_, order, _) in live {
            self.cancel(self.places[&order]);
        }
    }

    fn apply(&mut self, entry: Entry, number: u64) {
        self.steps.entries.push(entry);
        let record = record(self.engine.sequence() + 1, entry.command());
        self.events.clear();
        let answer = self.engine.apply(&record, &mut self.events);
        assert!(matches!(answer, Answer::Order(_)), "{answer:?}");
        for event in &self.events {
            let gone = match event {
                Event::Rested { order, .. } => {
                    self.places.insert(*order, self.live.len());
                    let Entry::Insert { owner, .. } = entry else { continue };
                    self.live.push((number, *order, owner));
                    continue;
                }
                Event::Cancelled { order, .. } => order,
                Event::Traded { maker, maker_lots_left: 0, .. } => maker,
                _ => continue,
            };
            if let Some(place) = self.places.remove(gone) {
                self.live.swap_remove(place);
                if let Some((_, moved, _)) = self.live.get(place) {
                    self.places.insert(*moved, place);
                }
            }
        }
    }
}

impl Flow {
    /// So many steps behind a warm-up of so many orders.
    pub fn new(steps: usize, warm_up: usize) -> Self {
        let setup = setup(10_000);
        let mut maker = Maker {
            engine: engine_after(&setup),
            random: Random(2026),
            numbers: 0,
            live: Vec::new(),
            places: BTreeMap::new(),
            steps: Steps::default(),
            events: Vec::new(),
        };
        (0..warm_up).for_each(|_| maker.insert(false));
        (0..warm_up / 100).for_each(|_| maker.insert(true));
        maker.cancel_all();
        let warm_up = std::mem::take(&mut maker.steps);
        for _ in 0..steps {
            let kind = maker.random.below(100);
            if kind < 35 && !maker.live.is_empty() {
                let at = maker.random.below(maker.live.len() as u32) as usize;
                maker.cancel(at);
            } else {
                maker.insert(kind >= 95);
            }
        }
        Self { setup, warm_up, steps: maker.steps }
    }

    /// The steps as records behind the setup, for a flow without a warm-up.
    pub fn records(&self) -> Vec<Record> {
        let first = self.setup.len() as u64 + 1;
        (first..)
            .zip(&self.steps.entries)
            .map(|(sequence, entry)| record(sequence, entry.command()))
            .collect()
    }
}
