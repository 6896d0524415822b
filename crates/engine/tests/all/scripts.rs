//! Scripts as a trader reads them. `sell 1 5 @ 101`: owner 1 sells five lots at 101 ticks.

use doorward_domain::market::command::{AmendOrder, Command, PlaceOrder};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{MarketId, MarketSpec, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};

use crate::{Desk, market_spec};

const FUNDS: i64 = 1_000_000_000_000;

/// Reads one line: side, owner, lots, price or `market`, then instructions.
pub(crate) fn order(line: &str) -> PlaceOrder {
    let words: Vec<&str> = line.split_whitespace().collect();
    let side = if words[0] == "buy" { Side::Buy } else { Side::Sell };
    let owner = OwnerId(words[1].parse().expect("an owner"));
    let lots = words[2].parse().expect("lots");
    let has = |word| words.contains(&word);
    let kind = if words[3] == "market" {
        OrderKind::MarketBySize { lots }
    } else {
        let time_in_force = match () {
            () if has("ioc") => TimeInForce::ImmediateOrCancel,
            () if has("fok") => TimeInForce::FillOrKill,
            () => TimeInForce::GoodTillCancelled,
        };
        OrderKind::Limit {
            ticks: words[4].parse().expect("ticks"),
            lots,
            time_in_force,
            post_only: has("post-only"),
        }
    };
    let self_trade = [
        ("cn", SelfTradePrevention::CancelNewest),
        ("co", SelfTradePrevention::CancelOldest),
        ("cb", SelfTradePrevention::CancelBoth),
        ("dc", SelfTradePrevention::DecreaseAndCancel),
    ];
    let self_trade = self_trade.into_iter().find(|(word, _)| has(word)).map(|(_, prevention)| prevention);
    PlaceOrder { owner, market: MarketId(0), side, kind, self_trade, client_id: None }
}

fn said(event: &Event) -> Option<String> {
    Some(match event {
        Event::Traded { taker_owner, maker_owner, lots, ticks, .. } => {
            format!("trade {taker_owner}x{maker_owner} {lots} @ {ticks}")
        }
        Event::Cancelled { owner, lots_left, reason, .. } => format!("cancel {owner} {lots_left} {reason:?}"),
        Event::Decreased { lots_left, .. } => format!("decrease to {lots_left}"),
        _ => return None,
    })
}

/// Reads one line as a command: an order, or `amend 2 5 @ 101` and `cancel 2` for the second order that was accepted.
fn command(line: &str, accepted: &[(OwnerId, OrderId)]) -> Command {
    let words: Vec<&str> = line.split_whitespace().collect();
    let named = || {
        let (owner, order) = accepted[words[1].parse::<usize>().expect("a number") - 1];
        (owner, order)
    };
    match words[0] {
        "cancel" => {
            let (owner, order) = named();
            Command::Cancel { owner, order }
        }
        "amend" => {
            let (owner, order) = named();
            let (lots, ticks) = (words[2].parse().expect("lots"), words[4].parse().expect("ticks"));
            Command::Amend(AmendOrder { owner, order, ticks, lots })
        }
        "halt" => Command::Halt(MarketId(0)),
        "resume" => Command::Resume(MarketId(0)),
        _ => Command::Place(order(line)),
    }
}

/// Runs the lines and compares what happened, then the book, asks from below and bids from above.
fn check(script: &str, expected: &str) {
    check_in(market_spec(), script, expected);
}

fn check_in(spec: MarketSpec, script: &str, expected: &str) {
    let mut desk = Desk::new(spec, 10, FUNDS);
    let (mut lines, mut accepted) = (Vec::new(), Vec::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (answer, events) = desk.apply(command(line, &accepted));
        accepted.extend(events.iter().filter_map(|event| match event {
            Event::Accepted { owner, order, .. } => Some((*owner, *order)),
            _ => None,
        }));
        lines.extend(events.iter().filter_map(said));
        if let Answer::Refused(refused) = answer {
            lines.push(format!("refuse {refused:?}"));
            assert_eq!(events, [], "{line}");
        }
    }
    for (side, name) in [(Side::Sell, "ask"), (Side::Buy, "bid")] {
        let levels = desk.engine.levels(MarketId(0), side);
        lines.extend(levels.iter().map(|(ticks, lots)| format!("{name} {lots} @ {ticks}")));
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected, "{script}");
    assert_eq!(desk.engine.audit(), Ok(()));
}

#[test]
fn the_better_price_trades_first_and_then_the_earlier_order() {
    check(
        "sell 1 5 @ 101
         sell 2 3 @ 100
         sell 3 3 @ 100
         buy  4 7 @ 101",
        "trade 4x2 3 @ 100
         trade 4x3 3 @ 100
         trade 4x1 1 @ 101
         ask 4 @ 101",
    );
}

#[test]
fn what_is_not_filled_rests() {
    check(
        "sell 1 5 @ 101
         buy  2 8 @ 101",
        "trade 2x1 5 @ 101
         bid 3 @ 101",
    );
}

#[test]
fn post_only_is_cancelled_rather_than_take() {
    check(
        "sell 1 5 @ 101
         buy  2 8 @ 101 post-only
         buy  2 8 @ 100 post-only",
        "cancel 2 8 WouldTake
         ask 5 @ 101
         bid 8 @ 100",
    );
}

#[test]
fn immediate_or_cancel_never_rests_and_fill_or_kill_fills_whole_or_not_at_all() {
    check(
        "sell 1 5 @ 101
         buy  2 8 @ 101 fok
         buy  2 8 @ 101 ioc
         sell 1 5 @ 101
         buy  2 5 @ 101 fok",
        "cancel 2 8 NotWhole
         trade 2x1 5 @ 101
         cancel 2 3 NoMoreLiquidity
         trade 2x1 5 @ 101",
    );
}

#[test]
fn the_takers_setting_decides_what_happens_between_orders_of_one_owner() {
    check("sell 1 5 @ 101\n buy 1 8 @ 101 cn", "cancel 1 8 SelfTrade\n ask 5 @ 101");
    check("sell 1 5 @ 101\n buy 1 8 @ 101 co", "cancel 1 5 SelfTrade\n bid 8 @ 101");
    check("sell 1 5 @ 101\n buy 1 8 @ 101 cb", "cancel 1 5 SelfTrade\n cancel 1 8 SelfTrade");
    check("sell 1 5 @ 101\n buy 1 8 @ 101 dc", "cancel 1 5 SelfTrade\n bid 3 @ 101");
    check("sell 1 8 @ 101\n buy 1 5 @ 101 dc", "decrease to 3\n cancel 1 0 SelfTrade\n ask 3 @ 101");
    check("sell 1 5 @ 101\n buy 1 8 @ 101", "trade 1x1 5 @ 101\n bid 3 @ 101");
}

#[test]
fn a_market_order_takes_what_there_is() {
    check(
        "buy 1 5 @ 99
         buy 2 5 @ 98
         sell 3 7 market
         sell 3 7 market",
        "trade 3x1 5 @ 99
         trade 3x2 2 @ 98
         trade 3x2 3 @ 98
         cancel 3 4 NoMoreLiquidity",
    );
}

#[test]
fn a_refused_order_leaves_no_trace() {
    check(
        "buy 1 0 @ 100
         buy 1 5 @ 0
         buy 1 5 @ 100 ioc post-only
         buy 1 900000000 @ 4000000000
         sell 1 900000000 @ 1",
        "refuse Size
         refuse Price
         refuse Instructions
         refuse Notional
         refuse InsufficientFunds",
    );
}

#[test]
fn a_smaller_size_keeps_its_place_and_anything_else_goes_to_the_end() {
    check(
        "sell 1 5 @ 101
         sell 2 5 @ 101
         amend 1 3 @ 101
         buy 3 4 @ 101",
        "decrease to 3
         trade 3x1 3 @ 101
         trade 3x2 1 @ 101
         ask 4 @ 101",
    );
    check(
        "sell 1 5 @ 101
         sell 2 5 @ 101
         amend 1 6 @ 101
         buy 3 6 @ 101",
        "cancel 1 5 Amended
         trade 3x2 5 @ 101
         trade 3x1 1 @ 101
         ask 5 @ 101",
    );
}

#[test]
fn an_amended_size_counts_what_is_filled() {
    check(
        "sell 1 5 @ 101
         buy 2 3 @ 101
         amend 1 3 @ 101
         amend 1 2 @ 101
         amend 1 4 @ 101
         amend 1 9 @ 105",
        "trade 2x1 3 @ 101
         refuse AlreadyFilled
         refuse AlreadyFilled
         decrease to 1
         cancel 1 1 Amended
         ask 6 @ 105",
    );
}

#[test]
fn an_amended_price_may_trade_at_once_and_one_that_is_refused_changes_nothing() {
    check(
        "buy 1 5 @ 99
         sell 2 5 @ 101
         amend 1 7 @ 101
         amend 2 900000000 @ 1000000
         cancel 2",
        "cancel 1 5 Amended
         trade 1x2 5 @ 101
         refuse UnknownOrder
         refuse UnknownOrder
         bid 2 @ 101",
    );
    check(
        "buy 1 5 @ 99
         amend 1 900000000 @ 1000000
         amend 1 5 @ 0
         amend 1 0 @ 99
         halt
         amend 1 6 @ 99
         amend 1 4 @ 99",
        "refuse InsufficientFunds
         refuse Price
         refuse Size
         refuse Halted
         decrease to 4
         bid 4 @ 99",
    );
}

#[test]
fn a_halted_market_takes_no_orders_and_still_cancels() {
    check(
        "buy 1 5 @ 99
         buy 1 6 @ 98
         halt
         sell 2 5 @ 99
         cancel 1
         resume
         sell 2 5 @ 98",
        "refuse Halted
         cancel 1 5 Asked
         trade 2x1 5 @ 98
         bid 1 @ 98",
    );
}

#[test]
fn an_order_outside_the_band_around_the_last_trade_is_refused_and_a_market_order_stops_at_it() {
    check_in(
        MarketSpec { band_ppm: 100_000, ..market_spec() },
        "sell 1 1 @ 1000
         sell 1 1 @ 1200
         buy 2 1 @ 1000
         buy 2 1 @ 1101
         sell 2 1 @ 899
         buy 2 1 @ 1100
         sell 3 1 @ 1050 ioc
         buy 2 5 market",
        "trade 2x1 1 @ 1000
         refuse PriceBand
         refuse PriceBand
         trade 3x2 1 @ 1100
         trade 2x1 1 @ 1200
         cancel 2 4 NoMoreLiquidity",
    );
}

#[test]
fn an_owner_has_at_most_so_many_open_orders_in_a_market() {
    check_in(
        MarketSpec { max_open_orders: 2, ..market_spec() },
        "buy 1 1 @ 10
         buy 1 1 @ 11
         buy 1 1 @ 12
         buy 1 1 @ 12 ioc
         amend 2 1 @ 12
         buy 2 1 @ 10
         cancel 1
         buy 1 1 @ 12",
        "refuse TooManyOpenOrders
         cancel 1 1 NoMoreLiquidity
         cancel 1 1 Amended
         cancel 1 1 Asked
         bid 2 @ 12
         bid 1 @ 10",
    );
}
