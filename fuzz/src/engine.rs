//! Records of the journal and snapshots of the engine.

use std::sync::OnceLock;

use doorward_domain::market::codec::{read_record, write_record};
use doorward_domain::market::command::{Command, PlaceOrder, Record, Wallet};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OwnerId};
use doorward_domain::market::order::{OrderKind, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use sha2::{Digest, Sha256};

/// A record; whatever is read is written the same again, and an engine takes it.
pub fn record(input: &[u8]) {
    let Ok(record) = read_record(1, input) else { return };
    let mut bytes = Vec::new();
    write_record(&record, &mut bytes);
    assert_eq!(bytes, input, "a record has one spelling");
    // On a market that has something to lose.
    let mut engine = Engine::from_snapshot(genuine()).expect("its own snapshot");
    engine.apply(&Record { sequence: engine.sequence() + 1, ..record }, &mut Vec::new());
    assert_eq!(engine.audit(), Ok(()));
}

/// The body of a snapshot, to which its hash is added; or, when the first byte is `~`, a genuine one changed by what follows:
/// triples of a place and a byte.
pub fn snapshot(input: &[u8]) {
    let mut bytes = match input.split_first() {
        Some((b'~', changes)) => {
            let genuine = genuine();
            changed(genuine[..genuine.len() - 32].to_vec(), changes)
        }
        _ => input.to_vec(),
    };
    let _ = Engine::from_snapshot(&bytes);
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    let Ok(mut engine) = Engine::from_snapshot(&bytes) else { return };
    assert_eq!(engine.snapshot(), bytes, "a state has one spelling");
    assert_eq!(engine.state_hash()[..], hash[..]);
    // A state that was believed goes on.
    for command in [place(1, Side::Sell, 99, 4), place(0, Side::Buy, 2_000, 9), Command::Tick] {
        let Some(sequence) = engine.sequence().checked_add(1) else { return };
        let record = Record { sequence, at: Timestamp::from_micros(i64::MAX), id: None, command };
        engine.apply(&record, &mut Vec::new());
    }
    let all = Command::CancelAll { owner: OwnerId(0), market: None };
    if let Some(sequence) = engine.sequence().checked_add(1) {
        let record = Record { sequence, at: Timestamp::from_micros(0), id: None, command: all };
        engine.apply(&record, &mut Vec::new());
    }
    assert_eq!(engine.audit(), Ok(()));
}

fn place(owner: u32, side: Side, ticks: u32, lots: i64) -> Command {
    let time_in_force = if lots == 5 {
        TimeInForce::GoodTillTime(Timestamp::from_micros(500))
    } else {
        TimeInForce::GoodTillCancelled
    };
    let kind = OrderKind::Limit { ticks, lots, time_in_force, post_only: false };
    let (owner, market) = (OwnerId(owner), MarketId(0));
    Command::Place(PlaceOrder { owner, market, side, kind, self_trade: None, client_id: None })
}

/// A small market with orders, fills, a free place and a deadline.
fn genuine() -> &'static [u8] {
    static GENUINE: OnceLock<Vec<u8>> = OnceLock::new();
    GENUINE.get_or_init(|| {
        let asset = AssetSpec { scale: 8, max_issued: 1 << 50 };
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
            max_open_orders: 20,
        };
        let mut commands =
            vec![Command::ListAsset(asset), Command::ListAsset(asset), Command::ListMarket(market)];
        for owner in [OwnerId(0), OwnerId(1)] {
            commands.push(Command::OpenOwner);
            for asset in [AssetId(0), AssetId(1)] {
                commands.push(Command::Deposit { owner, asset, amount: 1 << 40 });
                commands.push(Command::Transfer { owner, asset, amount: 1 << 39, from: Wallet::Main });
            }
        }
        commands.extend([
            place(0, Side::Buy, 99, 5),
            place(0, Side::Buy, 98, 7),
            place(1, Side::Sell, 101, 6),
            place(1, Side::Sell, 102, 6),
            place(0, Side::Buy, 101, 8),
        ]);
        let mut engine = Engine::new();
        for (sequence, command) in (1..).zip(commands) {
            let record = Record { sequence, at: Timestamp::from_micros(1), id: None, command };
            engine.apply(&record, &mut Vec::new());
        }
        engine.snapshot()
    })
}

fn changed(mut bytes: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[place] = change[2];
    }
    bytes
}
