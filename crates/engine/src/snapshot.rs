//! The whole state as bytes: to start from, and to compare (market rules 3).
//!
//! Equal states have equal bytes: the book is written as queues from the best price on, and nothing that only makes the
//! engine fast is written at all. The last 32 bytes are the SHA-256 of those before, which is the state's hash.

use doorward_domain::market::bytes::{Malformed, Sink};
use doorward_domain::market::codec::{
    restriction_number, self_trade_number, side_number, write_asset, write_market,
};
use doorward_domain::market::instrument::{AssetId, OwnerId};
use doorward_domain::market::order::Side;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::orders::NONE;
use crate::shared::Trading;

mod read;

/// What a snapshot begins with.
const MAGIC: [u8; 8] = *b"DWSTATE\0";
/// Version of the format that is written.
pub const FORMAT: u16 = 1;

/// Why bytes are no snapshot to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotRefused {
    /// Of another format, cut, or changed since it was written.
    Malformed,
    /// Written by a later release: its rules are not known here.
    UnknownRules,
    /// Whole, but no state that the engine could have been in.
    Impossible,
}

impl From<Malformed> for SnapshotRefused {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

struct Hashed(Sha256);

impl Sink for Hashed {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Hashes in large pieces: a hash of many small updates takes several times as long.
struct Buffered {
    hash: Hashed,
    buffer: Vec<u8>,
}

impl Sink for Buffered {
    fn put(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= 1 << 16 {
            self.hash.put(&self.buffer);
            self.buffer.clear();
        }
    }
}

impl Engine {
    /// The state as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        bytes
    }

    /// SHA-256 over the state: equal for equal states, and what a snapshot of it ends with.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut sink = Buffered { hash: Hashed(Sha256::new()), buffer: Vec::with_capacity(1 << 17) };
        self.write(&mut sink);
        sink.hash.put(&sink.buffer);
        sink.hash.0.finalize().into()
    }

    /// The state that a snapshot holds. Whole bytes are not believed either: everything that must hold of a state is checked.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotRefused> {
        let (body, hash) = bytes.split_last_chunk::<32>().ok_or(SnapshotRefused::Malformed)?;
        if Sha256::digest(body)[..] != hash[..] {
            return Err(SnapshotRefused::Malformed);
        }
        read::engine(body)
    }

    fn write(&self, sink: &mut impl Sink) {
        sink.put(&MAGIC);
        sink.put_u16(FORMAT);
        sink.put_u16(self.rules);
        sink.put_u64(self.sequence);
        sink.put_i64(self.shared.now.as_micros());
        self.write_ledger(sink);
        count(sink, self.markets.len());
        for trading in &self.markets {
            write_market(&trading.market.spec, sink);
            sink.put_u32(trading.last_ticks);
            sink.put_u64(trading.sequence);
            sink.put_u64(trading.trades);
            sink.put_u8(u8::from(trading.halted));
        }
        count(sink, self.shared.orders.generations().len());
        for generation in self.shared.orders.generations() {
            sink.put_u32(*generation);
        }
        count(sink, self.shared.orders.free().len());
        for place in self.shared.orders.free() {
            sink.put_u32(*place);
        }
        for trading in &self.markets {
            self.write_book(trading, Side::Buy, sink);
            self.write_book(trading, Side::Sell, sink);
        }
        self.write_own_orders(sink);
        self.write_ids(sink);
        // Orders that wait for a price: the place for them is kept, there are none in this set of rules.
        count(sink, 0);
        count(sink, 0);
    }

    fn write_ledger(&self, sink: &mut impl Sink) {
        count(sink, self.assets.len());
        for (asset, spec) in (0..).map(AssetId).zip(&self.assets) {
            write_asset(spec, sink);
            let house = self.shared.balances.house(asset);
            for units in [house.fees, house.custody, house.suspense] {
                sink.put_i64(units);
            }
        }
        count(sink, self.restrictions.len());
        for (owner, restriction) in (0..).map(OwnerId).zip(&self.restrictions) {
            sink.put_u8(restriction_number(*restriction));
            for asset in (0..).map(AssetId).take(self.assets.len()) {
                let balance = self.shared.balances.of(owner, asset);
                for units in [balance.main, balance.main_held, balance.trade, balance.held] {
                    sink.put_i64(units);
                }
            }
        }
        count(sink, self.holds.len());
        for (id, hold) in &self.holds {
            sink.put_u128(id.0.get());
            sink.put_u32(hold.owner.0);
            sink.put_u16(hold.asset.0);
            sink.put_i64(hold.amount);
        }
    }

    fn write_book(&self, trading: &Trading, side: Side, sink: &mut impl Sink) {
        let queue = |ticks| {
            let first = Some(trading.ladder.level(ticks).first);
            let is_place = |place: &u32| *place != NONE;
            std::iter::successors(first, move |place| {
                Some(self.shared.orders.links(*place).behind).filter(is_place)
            })
        };
        count(sink, trading.ladder.prices(side).flat_map(queue).count());
        for place in trading.ladder.prices(side).flat_map(queue) {
            let order = self.shared.orders.at(place);
            let deadline = self.shared.deadlines.of(self.shared.orders.id_at(place));
            sink.put_u32(place);
            sink.put_u32(order.owner.0);
            sink.put_u32(order.ticks);
            sink.put_u8(
                side_number(order.side)
                    | self_trade_number(order.self_trade()) << 1
                    | u8::from(order.is_post_only()) << 4
                    | u8::from(deadline.is_some()) << 5,
            );
            for number in
                [self.shared.orders.lots(place), order.lots_left, self.shared.orders.maker_notional(place)]
            {
                sink.put_i64(number);
            }
            sink.put_u128(self.shared.orders.client_id(place).map_or(0, |id| id.0.get()));
            if let Some(deadline) = deadline {
                sink.put_i64(deadline.as_micros());
            }
        }
    }

    /// The order of an owner's list decides in which order *cancel all* cancels.
    fn write_own_orders(&self, sink: &mut impl Sink) {
        for owner in (0..self.shared.balances.owners()).map(OwnerId) {
            for place in self.shared.own_orders.places(owner, &self.shared.orders) {
                sink.put_u32(place);
            }
        }
    }

    fn write_ids(&self, sink: &mut impl Sink) {
        count(sink, self.shared.closed_client_ids.len());
        for (closed_at, id) in &self.shared.closed_client_ids {
            sink.put_i64(closed_at.as_micros());
            sink.put_u128(id.0.get());
            sink.put_u64(self.shared.client_ids.get(id.0.get()).unwrap_or(0));
        }
        count(sink, self.identities.iter().len());
        for kept in self.identities.iter() {
            sink.put_u128(kept.id.0.get());
            sink.put_u64(kept.fingerprint);
            sink.put_i64(kept.at.as_micros());
            let (kind, number) = kept.answer.parts();
            sink.put_u8(kind);
            sink.put_u64(number);
        }
    }
}

fn count(sink: &mut impl Sink, count: usize) {
    sink.put_u64(count as u64);
}
