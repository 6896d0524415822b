//! Random commands of every kind, the same from the same seed on every machine.

use std::num::NonZeroU128;

use doorward_domain::market::command::{
    AmendOrder, ClientOrderId, Command, CommandId, HoldId, PlaceOrder, Record, Restriction, Wallet,
};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).expect("a small number")]
    }
}

const OWNERS: u32 = 5;

/// Records behind one another; the first ones list assets and a market and give everybody something.
pub(crate) struct Flow {
    random: Random,
    sequence: u64,
    at: i64,
    setup: Vec<Command>,
}

impl Flow {
    pub(crate) fn new(seed: u64) -> Self {
        let asset = AssetSpec { scale: 8, max_issued: 1 << 60 };
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
            max_open_orders: 200,
        };
        let mut setup =
            vec![Command::ListAsset(asset), Command::ListAsset(asset), Command::ListMarket(market)];
        for owner in (0..OWNERS).map(OwnerId) {
            setup.push(Command::OpenOwner);
            for asset in [AssetId(0), AssetId(1)] {
                setup.push(Command::Deposit { owner, asset, amount: 3_000_000_000 });
                setup.push(Command::Transfer { owner, asset, amount: 2_000_000_000, from: Wallet::Main });
            }
        }
        setup.reverse();
        Self { random: Random(seed), sequence: 0, at: 1_800_000_000_000_000, setup }
    }

    fn place(&mut self) -> PlaceOrder {
        let random = &mut self.random;
        let (ticks, lots) = (990 + random.below(20), 1 + random.below(20));
        let (ticks, lots) = (u32::try_from(ticks).expect("small"), i64::try_from(lots).expect("small"));
        let deadline = Timestamp::from_micros(self.at + 50);
        let stays = TimeInForce::GoodTillCancelled;
        let time_in_force = random.pick(&[
            stays,
            stays,
            stays,
            TimeInForce::ImmediateOrCancel,
            TimeInForce::FillOrKill,
            TimeInForce::GoodTillTime(deadline),
        ]);
        let post_only = random.below(8) == 0;
        let limit = OrderKind::Limit { ticks, lots, time_in_force, post_only };
        let by_size = OrderKind::MarketBySize { lots };
        let by_funds = OrderKind::MarketByFunds { funds: lots * 100_000 };
        let client_id = NonZeroU128::new(u128::from(random.below(2) * random.next()));
        PlaceOrder {
            owner: OwnerId(u32::try_from(random.below(u64::from(OWNERS))).expect("small")),
            market: MarketId(0),
            side: random.pick(&[Side::Buy, Side::Sell]),
            kind: random.pick(&[limit, limit, limit, limit, by_size, by_funds]),
            self_trade: random.pick(&[
                None,
                Some(SelfTradePrevention::CancelNewest),
                Some(SelfTradePrevention::CancelOldest),
                Some(SelfTradePrevention::CancelBoth),
                Some(SelfTradePrevention::DecreaseAndCancel),
            ]),
            client_id: client_id.map(ClientOrderId),
        }
    }

    fn command(&mut self) -> Command {
        if let Some(command) = self.setup.pop() {
            return command;
        }
        let owner = OwnerId(u32::try_from(self.random.below(u64::from(OWNERS))).expect("small"));
        let (asset, market) = (self.random.pick(&[AssetId(0), AssetId(1)]), MarketId(0));
        let order = OrderId(self.random.below(40) | self.random.below(10) << 32);
        let amount = i64::try_from(self.random.below(1_000)).expect("small");
        let hold = HoldId(NonZeroU128::new(u128::from(1 + self.random.below(9))).expect("not zero"));
        match self.random.below(80) {
            0 => Command::Halt(market),
            1 | 2 | 26 | 27 => Command::Resume(market),
            3 => Command::Restrict {
                owner,
                restriction: Restriction { no_buying: true, ..Restriction::default() },
            },
            4..8 => Command::Restrict { owner, restriction: Restriction::default() },
            8 => Command::CancelAll { owner, market: None },
            9 => Command::Pay { owner, to: OwnerId(0), asset, amount, wallet: Wallet::Main },
            10 => Command::Hold { hold, owner, asset, amount },
            11 => Command::Release(hold),
            12 => Command::Settle(hold),
            13 => Command::Deposit { owner, asset, amount },
            14 => Command::ActivateRules(1),
            15 => Command::Tick,
            16..20 => Command::Amend(AmendOrder { owner, order, ticks: 1_000, lots: amount / 30 }),
            20..26 => Command::Cancel { owner, order },
            _ => Command::Place(self.place()),
        }
    }

    pub(crate) fn next(&mut self) -> Record {
        let command = self.command();
        self.sequence += 1;
        self.at += i64::try_from(self.random.below(20)).expect("small");
        // Few identities, so that some come again.
        let id = NonZeroU128::new(u128::from(self.random.below(2) * self.random.below(5_000))).map(CommandId);
        Record { sequence: self.sequence, at: Timestamp::from_micros(self.at), id, command }
    }

    /// Goes on behind this sequence.
    pub(crate) fn rewind(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<Record> {
        (0..count).map(|_| self.next()).collect()
    }
}
