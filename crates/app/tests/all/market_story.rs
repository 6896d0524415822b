//! Commands of a market in which everything happens, from a seed.

use std::num::NonZeroU128;
use std::time::Duration;

use doorward_domain::market::command::{
    AmendOrder, ClientOrderId, Command, HoldId, PlaceOrder, Record, Wallet,
};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;

pub(crate) const OWNERS: u32 = 5;
pub(crate) const ASSETS: u16 = 3;
pub(crate) const FUNDS: i64 = 50_000_000_000;

/// SplitMix64: enough to vary commands, the same on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    fn amount(&mut self, limit: u64) -> i64 {
        i64::try_from(self.below(limit)).expect("small")
    }

    fn owner(&mut self) -> OwnerId {
        OwnerId(u32::try_from(self.below(u64::from(OWNERS))).expect("small"))
    }

    fn asset(&mut self) -> AssetId {
        AssetId(u16::try_from(self.below(u64::from(ASSETS))).expect("small"))
    }
}

fn market(base: u16, quote: u16) -> MarketSpec {
    MarketSpec {
        base: AssetId(base),
        quote: AssetId(quote),
        tick_units: 10_000,
        lot_units: 1_000_000,
        min_lots: 1,
        max_lots: 1_000_000_000,
        min_notional: 0,
        taker_ppm: 1_000,
        maker_ppm: 800,
        band_ppm: 0,
        max_open_orders: 200,
    }
}

/// Records of a market in which everything happens, and an engine that has seen them.
pub(crate) struct Story {
    pub(crate) records: Vec<Record>,
    pub(crate) engine: Engine,
    at: Timestamp,
    random: Random,
    pub(crate) events: Vec<Event>,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let at = Timestamp::from_seconds(1_800_000_000);
        let mut story =
            Self { records: Vec::new(), engine: Engine::new(), at, random: Random(seed), events: Vec::new() };
        for _ in 0..ASSETS {
            story.tell(Command::ListAsset(AssetSpec { scale: 8, max_issued: 1 << 62 }));
        }
        story.tell(Command::ListMarket(market(0, 1)));
        story.tell(Command::ListMarket(market(2, 1)));
        for owner in (0..OWNERS).map(OwnerId) {
            story.tell(Command::OpenOwner);
            for asset in (0..ASSETS).map(AssetId) {
                story.tell(Command::Deposit { owner, asset, amount: FUNDS });
                story.tell(Command::Transfer { owner, asset, amount: FUNDS * 9 / 10, from: Wallet::Main });
            }
        }
        story
    }

    pub(crate) fn of(seed: u64, records: usize) -> Self {
        let mut story = Self::begin(seed);
        while story.records.len() < records - 60 {
            story.go_on();
        }
        // At the end many stand where nobody meets them.
        while story.records.len() < records {
            let (ticks, side) = [(800, Side::Buy), (1_200, Side::Sell)][story.records.len() % 2];
            let kind = OrderKind::Limit {
                ticks,
                lots: 3,
                time_in_force: TimeInForce::GoodTillCancelled,
                post_only: story.random.below(2) == 0,
            };
            let order = PlaceOrder { side, kind, ..story.place() };
            story.tell(Command::Place(order));
        }
        story
    }

    fn tell(&mut self, command: Command) -> Answer {
        let record = Record { sequence: self.engine.sequence() + 1, at: self.at, id: None, command };
        self.records.push(record);
        self.engine.apply(&record, &mut self.events)
    }

    fn go_on(&mut self) {
        self.at = self.at.plus(Duration::from_millis(self.random.below(2_000)));
        let command = match self.random.below(100) {
            0 => Command::CancelAll { owner: self.random.owner(), market: None },
            1 => Command::Tick,
            2 => Command::Deposit {
                owner: self.random.owner(),
                asset: self.random.asset(),
                amount: 1 + self.random.amount(1_000_000),
            },
            3 => Command::Pay {
                owner: self.random.owner(),
                to: self.random.owner(),
                asset: self.random.asset(),
                amount: 1 + self.random.amount(1_000_000),
                wallet: if self.random.below(2) == 0 { Wallet::Main } else { Wallet::Trade },
            },
            4 => Command::Hold {
                hold: self.hold(),
                owner: self.random.owner(),
                asset: self.random.asset(),
                amount: 1 + self.random.amount(1_000_000),
            },
            5 => Command::Release(self.hold()),
            6 => Command::Settle(self.hold()),
            7 => Command::Transfer {
                owner: self.random.owner(),
                asset: self.random.asset(),
                amount: 1 + self.random.amount(1_000_000),
                from: if self.random.below(2) == 0 { Wallet::Main } else { Wallet::Trade },
            },
            8..20 => self.cancel(),
            20..35 => self.amend(),
            _ => Command::Place(self.place()),
        };
        self.tell(command);
    }

    fn hold(&mut self) -> HoldId {
        HoldId(NonZeroU128::new(1 + u128::from(self.random.below(40))).expect("one at least"))
    }

    fn any_order(&mut self) -> (OwnerId, OrderId, u32) {
        let open: Vec<_> = self.engine.open_orders().collect();
        let chosen = usize::try_from(self.random.below(open.len() as u64)).expect("small");
        open.get(chosen)
            .map_or((OwnerId(0), OrderId(77), 1_000), |order| (order.owner, order.id, order.ticks))
    }

    fn cancel(&mut self) -> Command {
        let (owner, order, _) = self.any_order();
        Command::Cancel { owner, order }
    }

    fn amend(&mut self) -> Command {
        let (owner, order, ticks) = self.any_order();
        let ticks = if self.random.below(2) == 0 { ticks } else { self.ticks() };
        Command::Amend(AmendOrder { owner, order, ticks, lots: 1 + self.random.amount(25) })
    }

    fn ticks(&mut self) -> u32 {
        u32::try_from(990 + self.random.below(20)).expect("small")
    }

    fn place(&mut self) -> PlaceOrder {
        let most = if self.random.below(10) == 0 { 200 } else { 20 };
        let lots = 1 + self.random.amount(most);
        let kind = match self.random.below(10) {
            0 => OrderKind::MarketBySize { lots },
            1 => OrderKind::MarketByFunds { funds: self.random.amount(3_000_000) },
            _ => OrderKind::Limit {
                ticks: self.ticks(),
                lots,
                time_in_force: match self.random.below(9) {
                    0 => TimeInForce::ImmediateOrCancel,
                    1 => TimeInForce::FillOrKill,
                    2 => TimeInForce::GoodTillTime(
                        self.at.plus(Duration::from_secs(1 + self.random.below(90))),
                    ),
                    _ => TimeInForce::GoodTillCancelled,
                },
                post_only: self.random.below(10) == 0,
            },
        };
        let self_trade = match self.random.below(6) {
            0 => Some(SelfTradePrevention::CancelNewest),
            1 => Some(SelfTradePrevention::CancelOldest),
            2 => Some(SelfTradePrevention::CancelBoth),
            3 => Some(SelfTradePrevention::DecreaseAndCancel),
            _ => None,
        };
        let client_id = NonZeroU128::new(u128::from(self.random.below(2)) << 90 | self.records.len() as u128);
        PlaceOrder {
            owner: self.random.owner(),
            market: MarketId(u16::try_from(self.random.below(2)).expect("small")),
            side: if self.random.below(2) == 0 { Side::Buy } else { Side::Sell },
            kind,
            self_trade,
            client_id: client_id.filter(|_| self.records.len().is_multiple_of(2)).map(ClientOrderId),
        }
    }
}
