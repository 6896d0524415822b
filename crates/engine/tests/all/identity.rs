//! A retry is harmless, an identity belongs to one command, and both are forgotten when they may be.

use doorward_domain::market::command::Command;
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{AssetId, OwnerId};
use doorward_domain::market::order::CommandRefused;
use doorward_domain::time::Timestamp;

use crate::{Desk, market_spec};

const DEPOSIT: Command = Command::Deposit { owner: OwnerId(0), asset: AssetId(0), amount: 5 };

fn desk() -> Desk {
    Desk::new(market_spec(), 1, 1_000)
}

fn main_wallet(desk: &Desk) -> i64 {
    desk.engine.balance(OwnerId(0), AssetId(0)).main
}

#[test]
fn a_retry_gets_the_same_answer_and_changes_nothing() {
    let mut desk = desk();
    assert_eq!(desk.apply_as(Some(9), DEPOSIT).0, Answer::Done);
    assert_eq!(desk.apply_as(Some(9), DEPOSIT), (Answer::Done, Vec::new()));
    assert_eq!(main_wallet(&desk), 5);
    let hold = Command::Transfer {
        owner: OwnerId(0),
        asset: AssetId(0),
        amount: 6,
        from: doorward_domain::market::command::Wallet::Main,
    };
    let refused = Answer::Refused(CommandRefused::InsufficientFunds);
    assert_eq!(desk.apply_as(Some(10), hold).0, refused);
    desk.done(DEPOSIT);
    assert_eq!(desk.apply_as(Some(10), hold).0, refused, "a refusal is an answer, too");
    assert_eq!(desk.apply_as(Some(11), hold).0, Answer::Done);
}

#[test]
fn an_identity_belongs_to_one_command() {
    let mut desk = desk();
    desk.apply_as(Some(9), DEPOSIT);
    let more = Command::Deposit { owner: OwnerId(0), asset: AssetId(0), amount: 6 };
    assert_eq!(desk.apply_as(Some(9), more).0, Answer::Refused(CommandRefused::DuplicateCommandId));
    assert_eq!(main_wallet(&desk), 5);
    assert_eq!(desk.apply_as(Some(9), DEPOSIT), (Answer::Done, Vec::new()));
}

#[test]
fn an_answer_is_kept_for_ten_minutes() {
    let mut desk = desk();
    desk.apply_as(Some(9), DEPOSIT);
    desk.at = Timestamp::from_micros(600_000_000 - 1);
    desk.apply_as(Some(9), DEPOSIT);
    assert_eq!(main_wallet(&desk), 5);
    desk.at = Timestamp::from_micros(600_000_000);
    desk.apply_as(Some(9), DEPOSIT);
    assert_eq!(main_wallet(&desk), 10);
}

#[test]
fn the_answers_of_the_last_million_commands_are_kept_and_no_more() {
    let mut desk = desk();
    desk.apply_as(Some(9), DEPOSIT);
    for id in 0..(1 << 20) - 1 {
        desk.apply_as(Some(1_000 + id), Command::Tick);
    }
    desk.apply_as(Some(9), DEPOSIT);
    assert_eq!(main_wallet(&desk), 5);
    desk.apply_as(Some(7), Command::Tick);
    desk.apply_as(Some(9), DEPOSIT);
    assert_eq!(main_wallet(&desk), 10);
}

#[test]
fn a_record_out_of_sequence_changes_nothing() {
    let mut desk = desk();
    let hash = desk.engine.state_hash();
    for sequence in [0, desk.engine.sequence(), desk.engine.sequence() + 2, u64::MAX] {
        let record = doorward_domain::market::command::Record {
            sequence,
            at: Timestamp::from_micros(5),
            id: None,
            command: DEPOSIT,
        };
        let answer = desk.engine.apply(&record, &mut Vec::new());
        assert_eq!(answer, Answer::Refused(CommandRefused::Sequence));
    }
    assert_eq!(desk.engine.state_hash(), hash);
}
