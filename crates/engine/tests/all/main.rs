//! The engine against scripts that a trader could review, and against a naive engine over random commands.

mod fuzz;
mod identity;
mod limits;
mod naive;
mod oracle;
mod scripts;
mod snapshots;

use std::num::NonZeroU128;

use doorward_domain::market::command::{Command, CommandId, Record, Wallet};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketSpec, OwnerId};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;

/// A market of two assets of eight digits: a lot is 0.01 base and a tick 0.0001 quote, so that one lot at one tick is a
/// hundred units of quote.
pub(crate) const fn market_spec() -> MarketSpec {
    MarketSpec {
        base: AssetId(0),
        quote: AssetId(1),
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

pub(crate) const ASSET: AssetSpec = AssetSpec { scale: 8, max_issued: 1 << 62 };

/// An engine that is given one record after another.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) at: Timestamp,
}

impl Desk {
    /// One market, and so many owners with so many units of both assets in their trade wallets.
    pub(crate) fn new(spec: MarketSpec, owners: u32, funds: i64) -> Self {
        let mut desk = Self { engine: Engine::new(), at: Timestamp::from_micros(0) };
        for command in [Command::ListAsset(ASSET), Command::ListAsset(ASSET), Command::ListMarket(spec)] {
            desk.done(command);
        }
        for owner in (0..owners).map(OwnerId) {
            desk.done(Command::OpenOwner);
            for asset in [AssetId(0), AssetId(1)] {
                desk.done(Command::Deposit { owner, asset, amount: funds });
                desk.done(Command::Transfer { owner, asset, amount: funds, from: Wallet::Main });
            }
        }
        desk
    }

    pub(crate) fn apply(&mut self, command: Command) -> (Answer, Vec<Event>) {
        self.apply_as(None, command)
    }

    pub(crate) fn apply_as(&mut self, id: Option<u128>, command: Command) -> (Answer, Vec<Event>) {
        let id = id.and_then(NonZeroU128::new).map(CommandId);
        let record = Record { sequence: self.engine.sequence() + 1, at: self.at, id, command };
        let mut events = Vec::new();
        let answer = self.engine.apply(&record, &mut events);
        (answer, events)
    }

    /// Applies what must not be refused.
    pub(crate) fn done(&mut self, command: Command) -> Vec<Event> {
        let (answer, events) = self.apply(command);
        assert!(!matches!(answer, Answer::Refused(_)), "{command:?}: {answer:?}");
        events
    }

    pub(crate) fn answer(&mut self, command: Command) -> Answer {
        self.apply(command).0
    }
}

/// SplitMix64: enough to vary commands, the same on every machine.
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

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
