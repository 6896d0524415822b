//! A state, its bytes and its hash.

use doorward_domain::market::command::Command;
use doorward_domain::market::instrument::{AssetId, OwnerId};
use doorward_engine::Engine;
use doorward_engine::snapshot::SnapshotRefused;

use crate::scripts::order;
use crate::{Desk, market_spec};

fn desk() -> Desk {
    let mut desk = Desk::new(market_spec(), 3, 1_000_000_000);
    for line in
        ["buy 0 5 @ 99", "buy 1 5 @ 99", "sell 1 7 @ 101 post-only", "sell 2 1 @ 70000", "sell 2 2 @ 99 ioc"]
    {
        desk.done(Command::Place(order(line)));
    }
    desk.apply_as(Some(77), Command::Deposit { owner: OwnerId(2), asset: AssetId(1), amount: 5 });
    desk
}

#[test]
fn a_state_that_was_read_goes_on_as_the_one_that_was_written() {
    let mut live = desk();
    let bytes = live.engine.snapshot();
    let mut read = Desk { engine: Engine::from_snapshot(&bytes).expect("its own"), at: live.at };
    assert_eq!(bytes[bytes.len() - 32..], live.engine.state_hash());
    for line in ["sell 2 8 @ 98", "buy 0 9 market", "buy 1 3 @ 100 cn"] {
        let command = Command::Place(order(line));
        assert_eq!(live.apply(command), read.apply(command), "{line}");
    }
    let all = Command::CancelAll { owner: OwnerId(1), market: None };
    assert_eq!(live.apply(all), read.apply(all));
    assert_eq!(live.engine.state_hash(), read.engine.state_hash());
}

#[test]
fn where_the_array_of_prices_stands_is_no_part_of_the_state() {
    // The same book, once grown from below and once from above.
    let mut one = Desk::new(market_spec(), 2, 1_000_000_000);
    let mut other = Desk::new(market_spec(), 2, 1_000_000_000);
    for line in ["buy 0 1 @ 5", "buy 1 1 @ 200000", "buy 0 1 @ 400000"] {
        one.done(Command::Place(order(line)));
        other.done(Command::Place(order(line)));
        other.engine = Engine::from_snapshot(&other.engine.snapshot()).expect("its own");
    }
    assert_eq!(one.engine.state_hash(), other.engine.state_hash());
}

#[test]
fn a_changed_or_cut_snapshot_is_refused() {
    let bytes = desk().engine.snapshot();
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(Engine::from_snapshot(&changed).err(), Some(SnapshotRefused::Malformed));
        assert_eq!(Engine::from_snapshot(&bytes[..at]).err(), Some(SnapshotRefused::Malformed));
    }
}

#[test]
fn a_whole_snapshot_of_a_state_that_cannot_be_is_refused() {
    use sha2::{Digest, Sha256};
    let bytes = desk().engine.snapshot();
    let body = &bytes[..bytes.len() - 32];
    let (mut taken, mut tried) = (0, 0);
    for at in 0..body.len() {
        let mut changed = body.to_vec();
        changed[at] ^= 1;
        let hash = Sha256::digest(&changed);
        changed.extend_from_slice(&hash);
        tried += 1;
        // Some facts stand alone, such as a market's fee; then the state is one that could be, and is kept to the letter.
        if let Ok(engine) = Engine::from_snapshot(&changed) {
            assert_eq!(engine.snapshot(), changed);
            assert_eq!(engine.audit(), Ok(()));
            taken += 1;
        }
    }
    assert!(taken * 2 < tried, "{taken} of {tried} changes went through");
}
