//! Random commands through the engine and the naive engine: same answers, same trades, same books, same money.

use std::collections::HashMap;

use doorward_domain::market::command::{Command, PlaceOrder, Wallet};
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{AssetId, Market, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use proptest::prelude::*;

use crate::naive::{Naive, Trade};
use crate::{ASSET, market_spec};

const OWNERS: u32 = 4;
const FUNDS: i64 = 50_000_000_000;

#[derive(Debug, Clone)]
enum Step {
    Place(PlaceOrder),
    Cancel(prop::sample::Index),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn prevention() -> impl Strategy<Value = Option<SelfTradePrevention>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(SelfTradePrevention::CancelNewest)),
        1 => Just(Some(SelfTradePrevention::CancelOldest)),
        1 => Just(Some(SelfTradePrevention::CancelBoth)),
        1 => Just(Some(SelfTradePrevention::DecreaseAndCancel)),
    ]
}

fn kind() -> impl Strategy<Value = OrderKind> {
    let time_in_force = prop_oneof![
        6 => Just(TimeInForce::GoodTillCancelled),
        1 => Just(TimeInForce::ImmediateOrCancel),
        1 => Just(TimeInForce::FillOrKill),
    ];
    // Mostly near a mid, sometimes farther than the array reaches.
    let ticks = prop_oneof![20 => 990_u32..1_010, 1 => 0_u32..400_000];
    let lots = prop_oneof![10 => 1_i64..20, 1 => -1_i64..2_000];
    prop_oneof![
        8 => (ticks, lots.clone(), time_in_force, prop::bool::weighted(0.1))
            .prop_map(|(ticks, lots, time_in_force, post_only)| OrderKind::Limit { ticks, lots, time_in_force, post_only }),
        1 => lots.prop_map(|lots| OrderKind::MarketBySize { lots }),
        1 => (0_i64..3_000_000).prop_map(|funds| OrderKind::MarketByFunds { funds }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..OWNERS, side(), kind(), prevention()).prop_map(|(owner, side, kind, self_trade)| {
            let (owner, market) = (OwnerId(owner), MarketId(0));
            Step::Place(PlaceOrder { owner, market, side, kind, self_trade, client_id: None })
        }),
        1 => any::<prop::sample::Index>().prop_map(Step::Cancel),
    ]
}

fn engine(spec: MarketSpec) -> Engine {
    let mut engine = Engine::new();
    let mut events = Vec::new();
    let mut setup = vec![Command::ListAsset(ASSET), Command::ListAsset(ASSET), Command::ListMarket(spec)];
    for owner in (0..OWNERS).map(OwnerId) {
        setup.push(Command::OpenOwner);
        for asset in [AssetId(0), AssetId(1)] {
            setup.push(Command::Deposit { owner, asset, amount: FUNDS });
            setup.push(Command::Transfer { owner, asset, amount: FUNDS, from: Wallet::Main });
        }
    }
    for command in setup {
        engine.apply(Timestamp::from_micros(0), &command, &mut events);
    }
    assert!(events.iter().all(|event| !matches!(event, Event::Refused(_))), "{events:?}");
    engine
}

struct Pair {
    engine: Engine,
    naive: Naive,
    /// The naive engine's number of each order the engine opened.
    numbers: HashMap<OrderId, usize>,
    at: i64,
}

impl Pair {
    fn new(spec: MarketSpec) -> Self {
        let market = Market::new(spec, ASSET.scale).expect("sound");
        let free = vec![[FUNDS; 2]; OWNERS as usize];
        let naive = Naive { market, book: Vec::new(), free, fees: 0, last: 0, orders: 0 };
        Self { engine: engine(spec), naive, numbers: HashMap::new(), at: 0 }
    }

    fn apply(&mut self, command: &Command) -> Vec<Event> {
        self.at += 1;
        let mut events = Vec::new();
        self.engine.apply(Timestamp::from_micros(self.at), command, &mut events);
        events
    }

    fn place(&mut self, order: &PlaceOrder) {
        let number = self.naive.orders;
        let expected = self.naive.place(order);
        let events = self.apply(&Command::Place(*order));
        if let Some(Event::Accepted { order, .. }) = events.first() {
            self.numbers.insert(*order, number);
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
                assert!(matches!(events[0], Event::Accepted { .. }), "{order:?} gave {events:?}");
                assert_eq!(trades, expected, "{order:?}");
            }
            Err(refused) => assert_eq!(events, [Event::Refused(refused)], "{order:?}"),
        }
    }

    fn cancel(&mut self, index: &prop::sample::Index) {
        if self.naive.book.is_empty() {
            return;
        }
        let index = index.index(self.naive.book.len());
        let (number, owner) = (self.naive.book[index].number, self.naive.book[index].owner);
        let order = self.numbers.iter().find(|(_, other)| **other == number).map(|(order, _)| *order);
        let order = order.expect("every resting order was opened");
        let stranger = OwnerId((owner.0 + 1) % OWNERS);
        let refused = self.apply(&Command::Cancel { owner: stranger, order });
        assert!(matches!(refused[..], [Event::Refused(_)]), "nobody cancels another's order");
        let events = self.apply(&Command::Cancel { owner, order });
        assert!(matches!(events[0], Event::Cancelled { .. }), "{events:?}");
        self.naive.cancel(index);
    }

    fn compare(&self) {
        for asset in [AssetId(0), AssetId(1)] {
            assert_eq!(self.engine.sum(asset), 0);
            for owner in 0..OWNERS {
                let balance = self.engine.balance(OwnerId(owner), asset);
                let side = if asset.0 == 1 { Side::Buy } else { Side::Sell };
                let own = self.naive.book.iter().filter(|order| order.owner.0 == owner && order.side == side);
                let held: i64 = own.map(|order| self.naive.held(order)).sum();
                assert_eq!(balance.trade, self.naive.free[owner as usize][usize::from(asset.0)]);
                assert_eq!(balance.held, held);
                assert!(balance.trade >= 0 && balance.held >= 0);
            }
        }
        assert_eq!(self.engine.fees(AssetId(1)), self.naive.fees);
        for side in [Side::Buy, Side::Sell] {
            assert_eq!(self.engine.levels(MarketId(0), side), self.levels(side));
        }
        let best = |side| self.engine.levels(MarketId(0), side).first().map(|(ticks, _)| *ticks);
        if let (Some(bid), Some(ask)) = (best(Side::Buy), best(Side::Sell)) {
            assert!(bid < ask, "the book is crossed: {bid} and {ask}");
        }
    }

    fn levels(&self, side: Side) -> Vec<(u32, i64)> {
        let mut levels = std::collections::BTreeMap::new();
        for order in self.naive.book.iter().filter(|order| order.side == side) {
            *levels.entry(order.ticks).or_insert(0) += order.lots;
        }
        let ascending = levels.into_iter();
        if side == Side::Buy { ascending.rev().collect() } else { ascending.collect() }
    }
}

fn run(spec: MarketSpec, steps: &[Step]) {
    let mut pair = Pair::new(spec);
    for step in steps {
        match step {
            Step::Place(order) => pair.place(order),
            Step::Cancel(index) => pair.cancel(index),
        }
        pair.compare();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_does_what_the_naive_engine_does(steps in prop::collection::vec(step(), 1..300)) {
        run(market_spec(), &steps);
    }

    #[test]
    fn the_same_with_a_price_band_and_few_open_orders(steps in prop::collection::vec(step(), 1..300)) {
        run(MarketSpec { band_ppm: 5_000, max_open_orders: 5, ..market_spec() }, &steps);
    }
}
