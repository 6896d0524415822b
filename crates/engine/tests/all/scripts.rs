//! Scripts as a trader reads them. `sell 1 5 @ 101`: owner 1 sells five lots at 101 ticks.

use doorward_domain::market::command::{ClientOrderId, Command, PlaceOrder, Restriction, Wallet};
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{AssetId, MarketId, OwnerId};
use doorward_domain::market::order::{CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;

use crate::{ASSET, market_spec};

const FUNDS: i64 = 1_000_000_000_000;

fn engine() -> Engine {
    let mut engine = Engine::new();
    let setup = [Command::ListAsset(ASSET), Command::ListAsset(ASSET), Command::ListMarket(market_spec())];
    let owners = (0..10).flat_map(|owner| {
        let owner = OwnerId(owner);
        let funded = [AssetId(0), AssetId(1)].into_iter().flat_map(move |asset| {
            [
                Command::Deposit { owner, asset, amount: FUNDS },
                Command::Transfer { owner, asset, amount: FUNDS, from: Wallet::Main },
            ]
        });
        std::iter::once(Command::OpenOwner).chain(funded)
    });
    for command in setup.into_iter().chain(owners) {
        let mut events = Vec::new();
        engine.apply(Timestamp::from_micros(0), &command, &mut events);
        assert!(!matches!(events[0], Event::Refused(_)), "{command:?}: {events:?}");
    }
    engine
}

/// Reads one line: side, owner, lots, price or `market`, then instructions.
fn order(line: &str) -> PlaceOrder {
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
        Event::Refused(refused) => format!("refuse {refused:?}"),
        _ => return None,
    })
}

/// Runs the orders and compares what happened, then the book, asks from below and bids from above.
fn check(script: &str, expected: &str) {
    let mut engine = engine();
    let mut lines = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut events = Vec::new();
        engine.apply(Timestamp::from_micros(0), &Command::Place(order(line)), &mut events);
        lines.extend(events.iter().filter_map(said));
    }
    for (side, name) in [(Side::Sell, "ask"), (Side::Buy, "bid")] {
        let levels = engine.levels(MarketId(0), side);
        lines.extend(levels.iter().map(|(ticks, lots)| format!("{name} {lots} @ {ticks}")));
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected, "{script}");
    for asset in [AssetId(0), AssetId(1)] {
        assert_eq!(engine.sum(asset), 0);
    }
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
fn an_order_filled_in_ten_thousand_pieces_ends_with_a_hold_of_zero() {
    let mut engine = engine();
    let mut events = Vec::new();
    let mut place = |line: &str| {
        events.clear();
        engine.apply(Timestamp::from_micros(0), &Command::Place(order(line)), &mut events);
        assert!(!matches!(events[0], Event::Refused(_)), "{line}: {events:?}");
    };
    place("buy 1 10000 @ 37");
    for _ in 0..10_000 {
        place("sell 2 1 @ 37 ioc");
    }
    let spent = engine.balance(OwnerId(1), AssetId(1));
    assert_eq!(spent.held, 0);
    assert_eq!(engine.balance(OwnerId(1), AssetId(0)).trade, FUNDS + 10_000 * 1_000_000);
    // 10,000 lots at 37 ticks are 37,000,000 units; the maker pays 0.08 % of the whole, rounded up once.
    assert_eq!(spent.trade, FUNDS - 37_000_000 - 29_600);
    assert_eq!(engine.open_orders().count(), 0);
}

#[test]
fn a_clients_id_stays_taken_while_its_order_is_open_and_a_day_longer() {
    let mut engine = engine();
    let day = 24 * 60 * 60 * 1_000_000;
    let named = PlaceOrder { client_id: Some(ClientOrderId(7)), ..order("buy 1 5 @ 100") };
    let mut place = |at: i64, command: Command| {
        let mut events = Vec::new();
        engine.apply(Timestamp::from_micros(at), &command, &mut events);
        events[0]
    };
    let Event::Accepted { order, .. } = place(0, Command::Place(named)) else { panic!("refused") };
    let duplicate = Event::Refused(CommandRefused::DuplicateClientOrderId);
    assert_eq!(place(5 * day, Command::Place(named)), duplicate);
    place(5 * day, Command::Cancel { owner: OwnerId(1), order });
    assert_eq!(place(6 * day - 1, Command::Place(named)), duplicate);
    assert!(matches!(place(6 * day, Command::Place(named)), Event::Accepted { .. }));
}

#[test]
fn whoever_may_not_buy_can_still_sell_and_cancel() {
    let mut engine = engine();
    let mut apply = |command: Command| {
        let mut events = Vec::new();
        engine.apply(Timestamp::from_micros(0), &command, &mut events);
        events[0]
    };
    let Event::Accepted { order: open, .. } = apply(Command::Place(order("buy 1 5 @ 100"))) else {
        panic!("refused")
    };
    let restriction = Restriction { no_buying: true, ..Restriction::default() };
    apply(Command::Restrict { owner: OwnerId(1), restriction });
    assert_eq!(apply(Command::Place(order("buy 1 5 @ 100"))), Event::Refused(CommandRefused::Restricted));
    assert!(matches!(apply(Command::Place(order("sell 1 5 @ 200"))), Event::Accepted { .. }));
    assert!(matches!(apply(Command::Cancel { owner: OwnerId(1), order: open }), Event::Cancelled { .. }));
    apply(Command::Halt(MarketId(0)));
    assert_eq!(apply(Command::Place(order("sell 2 5 @ 200"))), Event::Refused(CommandRefused::Halted));
    apply(Command::Resume(MarketId(0)));
    assert!(matches!(apply(Command::Place(order("sell 2 5 @ 200"))), Event::Accepted { .. }));
}
