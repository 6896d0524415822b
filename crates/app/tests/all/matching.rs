//! The sequencer and its view.

use std::time::Duration;

use doorward_app::matching::{Missed, NotTaken, OrderState};
use doorward_domain::market::command::{AmendOrder, Command};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::order::{CancelReason, CommandRefused, OrderKind, Side, TimeInForce};

use crate::market_house::{
    BASE, MARKET, MONEY, QUOTE, clock, hold, id, limit, named, open, open_market, owner_with_money, place,
    poll_once, send,
};

#[tokio::test(flavor = "multi_thread")]
async fn place_fetch_and_list_without_a_pause_never_misses() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let [owner] = open_market(&matching).await;
    let view = matching.view();
    for number in 1..=1_000_u32 {
        let order = named(limit(owner, Side::Buy, number, 5), u128::from(number));
        let order = place(&matching, order).await;
        let found = view.find_order(owner, order).expect("the order is to be seen");
        assert_eq!((found.ticks(), found.lots_left, found.state), (Some(number), 5, OrderState::Open));
        let listed = view.open_orders(owner, Some(MARKET));
        assert_eq!(listed.first().map(|newest| newest.id), Some(order), "the newest comes first");
        assert_eq!(listed.len(), number as usize);
        let client = found.client_id.expect("it has a name");
        assert_eq!(view.find_client_order(owner, client), Some(found));
        assert!(view.acknowledged(owner) >= found.sequence);
    }
    let held: i64 = view.balance(owner, QUOTE).held;
    assert_eq!(view.balance(owner, QUOTE).trade, MONEY - held);
    send(&matching, Command::CancelAll { owner, market: None }).await;
    assert!(view.open_orders(owner, None).is_empty());
    assert_eq!(view.balance(owner, QUOTE).trade, MONEY);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_once_each_see_what_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let owners = open_market::<8>(&matching).await;
    let callers = owners.map(|owner| {
        let matching = matching.clone();
        tokio::spawn(async move {
            for number in 1..=100 {
                let order = place(&matching, limit(owner, Side::Sell, 1_000 + number, 1)).await;
                assert!(matching.view().find_order(owner, order).is_some());
                assert_eq!(matching.view().open_orders(owner, None).len(), number as usize);
            }
        })
    });
    for caller in callers {
        caller.await.expect("no caller misses anything");
    }
    assert_eq!(matching.view().book(MARKET).expect("a book").asks.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_gets_the_same_answer_and_moves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [owner] = open_market(&matching).await;
    let order = Command::Place(limit(owner, Side::Buy, 10, 5));
    let first = matching.send(Some(id(7)), order).await.expect("answered");
    let before = matching.view().balances(owner);
    let again = matching.send(Some(id(7)), order).await.expect("answered");
    assert_eq!(again.answer, first.answer);
    let other = Command::Place(limit(owner, Side::Buy, 11, 5));
    let reused = matching.send(Some(id(7)), other).await.expect("answered").answer;
    assert_eq!(reused, Answer::Refused(CommandRefused::DuplicateCommandId));
    assert_eq!(matching.view().balances(owner), before);
    matching.stop();
    // The journal remembers it over a restart, too.
    let matching = open(folder.path(), &clock);
    let later = matching.send(Some(id(7)), order).await.expect("answered");
    assert_eq!(later.answer, first.answer);
    assert_eq!(matching.view().open_orders(owner, None).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_gives_the_same_state_and_the_same_view() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [maker, taker] = open_market(&matching).await;
    for number in 1..=50 {
        place(&matching, named(limit(maker, Side::Sell, 100 + number, 10), u128::from(number))).await;
        place(&matching, limit(taker, Side::Buy, 90 + number / 2, 7)).await;
        clock.pass(Duration::from_millis(3_500));
    }
    let amend = AmendOrder {
        owner: maker,
        order: place(&matching, limit(maker, Side::Sell, 900, 9)).await,
        ticks: 900,
        lots: 4,
    };
    send(&matching, Command::Amend(amend)).await;
    let crossing = place(&matching, limit(taker, Side::Buy, 103, 25)).await;
    let hash = matching.look(|engine| engine.state_hash()).await.expect("a look");
    let (sequence, book) = (matching.sequence(), matching.view().book(MARKET));
    let seen = |matching: &doorward_app::matching::Matching| {
        [maker, taker].map(|owner| {
            let mut ids: Vec<_> = matching
                .view()
                .open_orders(owner, None)
                .into_iter()
                .map(|order| (order.id, order.lots_left, order.ticks()))
                .collect();
            ids.sort_unstable_by_key(|(id, ..)| *id);
            (matching.view().balances(owner), ids)
        })
    };
    let before = seen(&matching);
    let filled = matching.view().find_order(taker, crossing);
    matching.stop();
    assert_eq!(matching.send(None, Command::Tick).await, Err(NotTaken::Stopped));

    let matching = open(folder.path(), &clock);
    assert_eq!(matching.sequence(), sequence);
    assert_eq!(matching.look(|engine| engine.state_hash()).await.expect("a look"), hash);
    assert_eq!(seen(&matching), before);
    assert_eq!(matching.view().book(MARKET), book);
    assert_eq!(
        matching.view().find_order(taker, crossing),
        filled,
        "what happened of late is still to be seen"
    );
    assert_eq!(matching.view().assets().len(), 2);
    assert_eq!(matching.view().markets().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_segment_takes_the_disk_before_the_first_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let segments = || {
        let names = std::fs::read_dir(folder.path()).expect("a folder");
        names.filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some()).count()
    };
    assert_eq!((matching.sequence(), segments()), (0, 0));
    send(&matching, Command::OpenOwner).await;
    assert_eq!((matching.sequence(), segments()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_order_is_to_be_seen_for_sixty_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [maker, taker] = open_market(&matching).await;
    let sold = place(&matching, limit(maker, Side::Sell, 100, 10)).await;
    let bought = place(&matching, limit(taker, Side::Buy, 100, 4)).await;
    let cancelled = place(&matching, limit(taker, Side::Buy, 50, 4)).await;
    send(&matching, Command::Cancel { owner: taker, order: cancelled }).await;
    let view = matching.view();
    let at = view.find_order(taker, bought).expect("seen").placed_at.expect("known");
    let resting = view.find_order(maker, sold).expect("seen");
    assert_eq!((resting.state, resting.filled_lots, resting.lots_left), (OrderState::Open, 4, 6));
    assert_eq!((resting.filled_notional, resting.fee), (400, 1));
    let found = view.find_order(taker, bought).expect("seen");
    assert_eq!((found.state, found.filled_lots, found.lots_left), (OrderState::Filled { at }, 4, 0));
    let found = view.find_order(taker, cancelled).expect("seen");
    assert_eq!(found.state, OrderState::Cancelled { at, reason: CancelReason::Asked });
    assert_eq!(view.closed_orders(taker).len(), 2);
    assert!(view.find_order(maker, bought).is_none(), "an order is its owner's alone");

    clock.pass(Duration::from_secs(59));
    send(&matching, Command::Cancel { owner: maker, order: sold }).await;
    place(&matching, limit(taker, Side::Buy, 100, 4)).await;
    assert!(view.find_order(taker, bought).is_some());
    clock.pass(Duration::from_secs(1));
    for _ in 0..2 {
        let order = place(&matching, limit(taker, Side::Buy, 100, 4)).await;
        send(&matching, Command::Cancel { owner: taker, order }).await;
    }
    assert!(view.find_order(taker, bought).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_passes_without_a_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [owner] = open_market(&matching).await;
    let mut events = matching.events();
    let deadline = doorward_app::clock::Clock::now(&*clock).plus(Duration::from_secs(30));
    let time_in_force = TimeInForce::GoodTillTime(deadline);
    let mut order = limit(owner, Side::Buy, 10, 5);
    order.kind = OrderKind::Limit { ticks: 10, lots: 5, time_in_force, post_only: false };
    let order = place(&matching, order).await;
    clock.pass(Duration::from_secs(31));
    let reason = loop {
        let batch = events.next().await.expect("the engine goes on");
        let ended = batch.events.iter().find_map(|event| match event {
            Event::Cancelled { order: ended, reason, .. } if *ended == order => Some(*reason),
            _ => None,
        });
        if let Some(reason) = ended {
            break reason;
        }
    };
    assert_eq!(reason, CancelReason::Expired);
    assert!(matching.view().open_orders(owner, None).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_every_record_in_order_and_a_slow_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let [owner] = open_market(&matching).await;
    let (mut quick, mut slow) = (matching.events(), matching.events());
    let mut next = matching.sequence() + 1;
    for number in 0..400 {
        place(&matching, limit(owner, Side::Buy, 1 + number, 1)).await;
        let mut batch = quick.next().await.expect("nothing is missed");
        // A caller is answered before its batch is published: the last one before the loop may still come.
        while batch.last < next {
            batch = quick.next().await.expect("nothing is missed");
        }
        assert_eq!(batch.first, next);
        for (applied, events) in batch.iter() {
            assert_eq!(applied.sequence, next);
            assert!(events.iter().any(|event| matches!(event, Event::Rested { .. })));
            next += 1;
        }
    }
    assert!(matches!(slow.next().await, Err(Missed::Lagged(groups)) if groups > 0));
    assert!(slow.next().await.is_ok());
    matching.stop();
    assert_eq!(quick.next().await.err(), Some(Missed::Stopped));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_orders_wait_for_history_and_cancels_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let [owner] = open_market(&matching).await;
    let order = place(&matching, limit(owner, Side::Buy, 10, 5)).await;
    matching.set_events_behind(1_000_001);
    let place_command = Command::Place(limit(owner, Side::Buy, 10, 5));
    assert_eq!(matching.send(None, place_command).await, Err(NotTaken::Behind));
    let cancel = Command::Cancel { owner, order };
    assert_eq!(send(&matching, cancel).await.answer, Answer::Order(order));
    matching.set_events_behind(0);
    assert!(matching.send(None, place_command).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let settings =
        doorward_app::matching::MatchingSettings { queue: 4, ..crate::market_house::settings(folder.path()) };
    let lease = crate::market_house::lease();
    let matching = doorward_app::matching::open(&settings, &lease, clock).expect("opens");
    owner_with_nothing(&matching).await;
    let held = hold(&matching).await;
    let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(matching.send(None, Command::OpenOwner))).collect();
    // Asked once, each takes its place in the queue.
    for caller in &mut waiting {
        assert!(poll_once(caller).await.is_none());
    }
    assert_eq!(matching.send(None, Command::OpenOwner).await, Err(NotTaken::Full));
    held.let_go().await;
    for caller in waiting {
        caller.await.expect("what waited is answered");
    }
    assert_eq!(matching.sequence(), 5);
}

async fn owner_with_nothing(matching: &doorward_app::matching::Matching) {
    assert!(matches!(send(matching, Command::OpenOwner).await.answer, Answer::Owner(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_between_owners_is_seen_by_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    let [giver] = open_market(&matching).await;
    let receiver = owner_with_money(&matching).await;
    let wallet = doorward_domain::market::command::Wallet::Trade;
    let pay = Command::Pay { owner: giver, to: receiver, asset: BASE, amount: 250, wallet };
    let paid = send(&matching, pay).await;
    assert_eq!(matching.view().balance(giver, BASE).trade, MONEY - 250);
    assert_eq!(matching.view().balance(receiver, BASE).trade, MONEY + 250);
    assert_eq!(matching.view().acknowledged(receiver), paid.sequence);
}
