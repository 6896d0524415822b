//! What an owner may, how long things last, and numbers at their ends.

use std::num::NonZeroU128;

use doorward_domain::market::command::{ClientOrderId, Command, HoldId, PlaceOrder, Restriction, Wallet};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{CancelReason, CommandRefused, OrderKind, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::LATEST_RULES;

use crate::scripts::order;
use crate::{ASSET, Desk, market_spec};

const FUNDS: i64 = 1_000_000_000_000;

fn desk() -> Desk {
    Desk::new(market_spec(), 10, FUNDS)
}

fn refused(why: CommandRefused) -> Answer {
    Answer::Refused(why)
}

fn place(line: &str) -> Command {
    Command::Place(order(line))
}

#[test]
fn an_order_filled_in_ten_thousand_pieces_ends_with_a_hold_of_zero() {
    let mut desk = desk();
    desk.done(place("buy 1 10000 @ 37"));
    for _ in 0..10_000 {
        desk.done(place("sell 2 1 @ 37 ioc"));
    }
    let spent = desk.engine.balance(OwnerId(1), AssetId(1));
    assert_eq!(spent.held, 0);
    assert_eq!(desk.engine.balance(OwnerId(1), AssetId(0)).trade, FUNDS + 10_000 * 1_000_000);
    // 10,000 lots at 37 ticks are 37,000,000 units; the maker pays 0.08 % of the whole, rounded up once.
    assert_eq!(spent.trade, FUNDS - 37_000_000 - 29_600);
    assert_eq!(desk.engine.open_orders().count(), 0);
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn a_clients_id_stays_taken_while_its_order_is_open_and_a_day_longer() {
    let mut desk = desk();
    let day = 24 * 60 * 60 * 1_000_000;
    let client_id = NonZeroU128::new(7).map(ClientOrderId);
    let named = Command::Place(PlaceOrder { client_id, ..order("buy 1 5 @ 100") });
    let Answer::Order(open) = desk.answer(named) else { panic!("refused") };
    let duplicate = refused(CommandRefused::DuplicateClientOrderId);
    desk.at = Timestamp::from_micros(5 * day);
    assert_eq!(desk.answer(named), duplicate);
    // An amended order keeps it.
    let amend =
        doorward_domain::market::command::AmendOrder { owner: OwnerId(1), order: open, ticks: 99, lots: 5 };
    let Answer::Order(open) = desk.answer(Command::Amend(amend)) else { panic!("refused") };
    assert_eq!(desk.engine.find_order(open).expect("open").client_id, client_id);
    assert_eq!(desk.answer(named), duplicate);
    desk.done(Command::Cancel { owner: OwnerId(1), order: open });
    desk.at = Timestamp::from_micros(6 * day - 1);
    assert_eq!(desk.answer(named), duplicate);
    desk.at = Timestamp::from_micros(6 * day);
    assert!(matches!(desk.answer(named), Answer::Order(_)));
}

#[test]
fn an_order_ends_when_its_time_has_come_and_before_the_command_of_that_moment() {
    let mut desk = desk();
    let until = |micros: i64, line: &str| {
        let OrderKind::Limit { ticks, lots, post_only, .. } = order(line).kind else {
            panic!("a limit order")
        };
        let time_in_force = TimeInForce::GoodTillTime(Timestamp::from_micros(micros));
        Command::Place(PlaceOrder {
            kind: OrderKind::Limit { ticks, lots, time_in_force, post_only },
            ..order(line)
        })
    };
    desk.done(until(20, "buy 1 5 @ 100"));
    desk.done(until(10, "buy 2 5 @ 100"));
    desk.done(until(10, "buy 3 5 @ 100"));
    assert_eq!(desk.engine.next_deadline(), Some(Timestamp::from_micros(10)));
    desk.at = Timestamp::from_micros(9);
    assert_eq!(desk.done(Command::Tick), []);
    desk.at = Timestamp::from_micros(10);
    let events = desk.done(place("sell 4 7 @ 100"));
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Cancelled { owner, reason, .. } => Some((owner.0, Some(*reason))),
            Event::Traded { maker_owner, .. } => Some((maker_owner.0, None)),
            _ => None,
        })
        .collect();
    let expired = Some(CancelReason::Expired);
    assert_eq!(told, [(2, expired), (3, expired), (1, None)]);
    assert_eq!(desk.engine.next_deadline(), None);
    assert_eq!(desk.answer(until(10, "buy 1 5 @ 99")), refused(CommandRefused::Deadline));
    // Time never runs backwards.
    desk.at = Timestamp::from_micros(3);
    assert_eq!(desk.answer(until(10, "buy 1 5 @ 99")), refused(CommandRefused::Deadline));
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn whoever_may_not_buy_can_still_sell_and_cancel() {
    let mut desk = desk();
    let Answer::Order(open) = desk.answer(place("buy 1 5 @ 100")) else { panic!("refused") };
    let restriction = Restriction { no_buying: true, ..Restriction::default() };
    desk.done(Command::Restrict { owner: OwnerId(1), restriction });
    assert_eq!(desk.answer(place("buy 1 5 @ 100")), refused(CommandRefused::Restricted));
    desk.done(place("sell 1 5 @ 200"));
    desk.done(Command::Cancel { owner: OwnerId(1), order: open });
    desk.done(Command::Restrict { owner: OwnerId(1), restriction: Restriction::default() });
    desk.done(place("buy 1 5 @ 100"));
}

#[test]
fn what_is_held_can_be_given_back_or_leave_and_once_only() {
    let mut desk = desk();
    let (owner, asset) = (OwnerId(1), AssetId(0));
    let name = |number| HoldId(NonZeroU128::new(number).expect("not zero"));
    let hold = |number, amount| Command::Hold { hold: name(number), owner, asset, amount };
    desk.done(Command::Deposit { owner, asset, amount: 100 });
    desk.done(hold(1, 60));
    assert_eq!(desk.answer(hold(1, 1)), refused(CommandRefused::DuplicateHold));
    assert_eq!(desk.answer(hold(2, 41)), refused(CommandRefused::InsufficientFunds));
    desk.done(hold(2, 40));
    desk.done(Command::Settle(name(1)));
    desk.done(Command::Release(name(2)));
    assert_eq!(desk.answer(Command::Release(name(1))), refused(CommandRefused::UnknownHold));
    assert_eq!(desk.answer(Command::Settle(name(2))), refused(CommandRefused::UnknownHold));
    let balance = desk.engine.balance(owner, asset);
    assert_eq!((balance.main, balance.main_held), (40, 0));
    assert_eq!(desk.engine.house(asset).custody, -(10 * FUNDS + 40));
    let restriction = Restriction { no_leaving: true, ..Restriction::default() };
    desk.done(Command::Restrict { owner, restriction });
    assert_eq!(desk.answer(hold(3, 1)), refused(CommandRefused::Restricted));
    let pay = Command::Pay { owner, to: OwnerId(2), asset, amount: 1, wallet: Wallet::Main };
    assert_eq!(desk.answer(pay), refused(CommandRefused::Restricted));
    desk.done(Command::Restrict { owner, restriction: Restriction::default() });
    desk.done(pay);
    assert_eq!(desk.engine.balance(OwnerId(2), asset).main, 1);
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn every_bad_number_is_refused_with_its_reason_and_leaves_no_trace() {
    use CommandRefused as Why;
    let mut desk = desk();
    desk.done(place("buy 1 5 @ 100"));
    let (owner, asset, nobody, nothing) = (OwnerId(1), AssetId(0), OwnerId(99), AssetId(9));
    let limit = |ticks, lots| {
        let kind =
            OrderKind::Limit { ticks, lots, time_in_force: TimeInForce::GoodTillCancelled, post_only: false };
        PlaceOrder { kind, ..order("buy 1 1 @ 1") }
    };
    let transfer = |amount| Command::Transfer { owner, asset, amount, from: Wallet::Trade };
    for (command, why) in [
        (Command::Deposit { owner, asset, amount: 0 }, Why::Amount),
        (Command::Deposit { owner, asset, amount: i64::MIN }, Why::Amount),
        (Command::Deposit { owner, asset, amount: i64::MAX }, Why::TooMuchIssued),
        (Command::Deposit { owner: nobody, asset, amount: 1 }, Why::UnknownOwner),
        (Command::Deposit { owner, asset: nothing, amount: 1 }, Why::UnknownAsset),
        (transfer(-1), Why::Amount),
        (transfer(i64::MAX), Why::InsufficientFunds),
        (Command::Place(limit(u32::MAX, 1)), Why::Price),
        (Command::Place(limit(0, 1)), Why::Price),
        (Command::Place(limit(1, i64::MAX)), Why::Size),
        (Command::Place(limit(1, i64::MIN)), Why::Size),
        (Command::Place(limit(u32::MAX - 1, 1_000_000_000)), Why::Notional),
        (Command::Place(PlaceOrder { market: MarketId(1), ..limit(1, 1) }), Why::UnknownMarket),
        (Command::Place(PlaceOrder { owner: nobody, ..limit(1, 1) }), Why::UnknownOwner),
        (Command::Cancel { owner, order: OrderId(u64::MAX) }, Why::UnknownOrder),
        (Command::CancelAll { owner: nobody, market: None }, Why::UnknownOwner),
        (Command::CancelAll { owner, market: Some(MarketId(1)) }, Why::UnknownMarket),
        (Command::Halt(MarketId(1)), Why::UnknownMarket),
        (Command::ListAsset(AssetSpec { scale: 9, max_issued: 1 }), Why::Unsound),
        (Command::ListAsset(AssetSpec { scale: 8, max_issued: (1 << 62) + 1 }), Why::Unsound),
        (Command::ListMarket(MarketSpec { tick_units: 1, ..market_spec() }), Why::Unsound),
        (Command::ListMarket(MarketSpec { base: nothing, ..market_spec() }), Why::UnknownAsset),
        (Command::ActivateRules(0), Why::UnknownRules),
        (Command::ActivateRules(LATEST_RULES + 1), Why::UnknownRules),
    ] {
        let orders = desk.engine.open_orders().collect::<Vec<_>>();
        assert_eq!(desk.apply(command), (refused(why), Vec::new()), "{command:?}");
        assert_eq!(desk.engine.open_orders().collect::<Vec<_>>(), orders);
        assert_eq!(desk.engine.audit(), Ok(()));
    }
}

#[test]
fn no_market_order_overflows_on_a_book_of_the_largest_orders() {
    let mut desk =
        Desk::new(MarketSpec { lot_units: 1, tick_units: 100_000_000, ..market_spec() }, 2, 1 << 60);
    // Each ask is worth nearly 2^62 units of quote; together they are more than any number here.
    for _ in 0..6 {
        desk.done(place("sell 0 1000000000 @ 4294967290"));
    }
    assert_eq!(desk.answer(place("buy 1 1000000000 market")), refused(CommandRefused::InsufficientFunds));
    let kind = OrderKind::MarketByFunds { funds: i64::MAX - 1 };
    let by_funds = Command::Place(PlaceOrder { kind, ..order("buy 1 1 @ 1") });
    assert_eq!(desk.answer(by_funds), refused(CommandRefused::InsufficientFunds));
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn no_sale_by_funds_overflows_on_a_book_of_cheap_bids() {
    let spec =
        MarketSpec { lot_units: 10_000_000_000, tick_units: 1, max_lots: 400_000_000, ..market_spec() };
    let mut desk = Desk::new(spec, 2, 1 << 60);
    for _ in 0..4 {
        desk.done(Command::Place(order("buy 0 400000000 @ 1")));
    }
    let kind = OrderKind::MarketByFunds { funds: i64::MAX - 1 };
    let by_funds = Command::Place(PlaceOrder { kind, side: Side::Sell, ..order("buy 1 1 @ 1") });
    assert_eq!(desk.answer(by_funds), refused(CommandRefused::InsufficientFunds));
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn an_asset_is_issued_up_to_its_limit_and_not_beyond() {
    let mut desk = Desk::new(market_spec(), 1, 1);
    let deposit = |amount| Command::Deposit { owner: OwnerId(0), asset: AssetId(0), amount };
    desk.done(deposit(ASSET.max_issued - 1));
    assert_eq!(desk.answer(deposit(1)), refused(CommandRefused::TooMuchIssued));
    assert_eq!(desk.engine.audit(), Ok(()));
}
