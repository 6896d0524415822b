//! History: each event once, whoever writes, and every page complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorward_domain::market::instrument::{AssetId, MarketId, OrderId, OwnerId};
use doorward_domain::market::ledger::{Bucket, Cause, LedgerAccount, Leg};
use doorward_domain::market::order::{CancelReason, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_store::Db;
use doorward_store::history::{
    Batch, Candle, CandleLength, Fill, FillFilter, History, LedgerFilter, NewEntry, NewOrder, NotProjected,
    OrderChange, OrderFilter, OrderState, Projection, Spot, Terms, Window,
};
use doorward_store::testing::{Fresh, history_on_both, run_sql};
use sqlx::Executor as _;

pub(crate) const OURS: Projection = Projection { journal_id: [7; 16], epoch: 3 };

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn entry(seq: u64, line: i64, owner: u32, asset: u16, amount: i64) -> NewEntry {
    let account = LedgerAccount { owner: Some(OwnerId(owner)), asset: AssetId(asset), bucket: Bucket::Main };
    // Several records share a moment.
    let at = at(i64::try_from(seq / 3).unwrap());
    NewEntry {
        at,
        seq,
        line,
        leg: Leg { account, amount, order: None },
        balance: amount,
        cause: Cause::Deposit,
    }
}

fn with_entries(entries: Vec<NewEntry>) -> Arc<Batch> {
    Arc::new(Batch { entries, ..Batch::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn history_belongs_to_one_journal_and_to_its_latest_engine() {
    history_on_both(async |history, _| {
        assert_eq!(history.find_reach().await.unwrap(), None);
        assert_eq!(history.take(OURS).await.unwrap().last_seq, 0);
        assert!(
            history
                .record_batch(OURS, 0, (5, at(0)), &with_entries(vec![entry(5, 0, 1, 0, 1)]))
                .await
                .unwrap()
        );
        let later = Projection { epoch: 4, ..OURS };
        assert_eq!(history.take(later).await.unwrap().last_seq, 5);
        // Whoever had it before writes nothing more.
        assert!(
            !history
                .record_batch(OURS, 5, (6, at(0)), &with_entries(vec![entry(6, 0, 1, 0, 1)]))
                .await
                .unwrap()
        );
        let refused = history.take(OURS).await.unwrap_err();
        assert!(matches!(refused, NotProjected::LaterEpoch { found: 4, ours: 3 }), "{refused}");
        let other = Projection { journal_id: [8; 16], epoch: 9 };
        assert!(matches!(history.take(other).await.unwrap_err(), NotProjected::OtherJournal));
        assert_eq!(history.count().await.unwrap().entries, 1);
        assert_eq!(history.find_reach().await.unwrap().unwrap().last_seq, 5);
        // What was made from another journal makes room once it is forgotten.
        history.wipe().await.unwrap();
        assert_eq!(history.count().await.unwrap().entries, 0);
        assert_eq!(history.take(other).await.unwrap().last_seq, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_written_once_even_by_two_writers_at_the_same_moment() {
    history_on_both(async |history, config| {
        history.take(OURS).await.unwrap();
        let other = History::open(&config).await.unwrap();
        for round in 0..20_u64 {
            let write = |history: History| {
                tokio::spawn(async move {
                    let batch = with_entries(vec![entry(round + 1, 0, 1, 0, 10)]);
                    history.record_batch(OURS, round, (round + 1, at(0)), &batch).await.unwrap()
                })
            };
            let (one, two) = (write(history.clone()), write(other.clone()));
            let written = [one.await.unwrap(), two.await.unwrap()];
            assert_eq!(written.iter().filter(|written| **written).count(), 1, "round {round}");
        }
        assert_eq!(history.count().await.unwrap().entries, 20);
        other.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_the_database_refuses_leaves_nothing_and_does_not_move_the_sequence() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        let twice = with_entries(vec![entry(1, 0, 1, 0, 1), entry(1, 1, 1, 0, 1), entry(1, 0, 1, 0, 1)]);
        history.record_batch(OURS, 0, (1, at(0)), &twice).await.unwrap_err();
        // A change of an order that nobody accepted.
        let lost = Batch { changes: vec![changed(OrderId(1), OrderState::Filled)], ..Batch::default() };
        history.record_batch(OURS, 0, (1, at(0)), &Arc::new(lost)).await.unwrap_err();
        assert_eq!(history.count().await.unwrap().entries, 0);
        assert_eq!(history.find_reach().await.unwrap().unwrap().last_seq, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_ledger_give_every_entry_once_newest_first() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        let mut entries = Vec::new();
        for seq in 1..=157_u64 {
            for line in 0..i64::try_from(seq % 4).unwrap() {
                let owner = if (seq + line.cast_unsigned()) % 3 == 0 { 2 } else { 1 };
                let asset = u16::try_from(seq % 2).unwrap();
                entries.push(entry(seq, line, owner, asset, i64::try_from(seq).unwrap() * 100 + line));
            }
        }
        assert!(history.record_batch(OURS, 0, (157, at(99)), &with_entries(entries.clone())).await.unwrap());
        for (asset, since) in
            [(None, at(-1)), (Some(AssetId(1)), at(-1)), (None, at(20)), (Some(AssetId(0)), at(31))]
        {
            let filter = LedgerFilter { asset, without_holds: false };
            let mut expected: Vec<(Spot, i64)> = entries
                .iter()
                .filter(|entry| entry.leg.account.owner == Some(OwnerId(1)))
                .filter(|entry| {
                    asset.is_none_or(|asset| asset == entry.leg.account.asset) && entry.at >= since
                })
                .map(|entry| (Spot { at: entry.at, seq: entry.seq, line: entry.line }, entry.leg.amount))
                .collect();
            expected.sort_unstable_by(|one, other| other.cmp(one));
            let (mut found, mut window) = (Vec::new(), Window { since, ..Window::newest(7) });
            loop {
                let page = history.list_ledger(Some(OwnerId(1)), filter, window).await.unwrap();
                let Some(last) = page.last() else { break };
                window.before = last.spot;
                found.extend(page.iter().map(|entry| (entry.spot, entry.amount)));
            }
            assert_eq!(found, expected, "{asset:?} {since:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_shows_what_comes_and_goes_and_not_what_is_held() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        let entries = (0_i64..)
            .zip(Cause::ALL)
            .map(|(line, cause)| NewEntry { cause, ..entry(1, line, 1, 0, 5) })
            .collect();
        assert!(history.record_batch(OURS, 0, (1, at(0)), &with_entries(entries)).await.unwrap());
        let filter = LedgerFilter { asset: None, without_holds: true };
        let shown = history.list_ledger(Some(OwnerId(1)), filter, Window::newest(100)).await.unwrap();
        let causes: Vec<Cause> = shown.iter().rev().map(|entry| entry.cause).collect();
        let expected = [Cause::Deposit, Cause::Transfer, Cause::Payment, Cause::Settlement, Cause::Trade];
        assert_eq!(causes, expected);
    })
    .await;
}

fn changed(order: OrderId, state: OrderState) -> OrderChange {
    OrderChange {
        order,
        filled_lots: 0,
        filled_notional: 0,
        fee: 0,
        lots_left: 0,
        new_lots: None,
        state,
        closed: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_read_as_it_was_written_and_changed() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        let limit = |time_in_force, post_only| OrderKind::Limit {
            ticks: u32::MAX - 1,
            lots: 100,
            time_in_force,
            post_only,
        };
        let kinds = [
            limit(TimeInForce::GoodTillCancelled, true),
            limit(TimeInForce::ImmediateOrCancel, false),
            limit(TimeInForce::FillOrKill, false),
            limit(TimeInForce::GoodTillTime(at(77)), false),
            OrderKind::MarketBySize { lots: i64::MAX },
            OrderKind::MarketByFunds { funds: 1 },
        ];
        let preventions = [
            None,
            Some(SelfTradePrevention::CancelNewest),
            Some(SelfTradePrevention::CancelOldest),
            Some(SelfTradePrevention::CancelBoth),
            Some(SelfTradePrevention::DecreaseAndCancel),
            None,
        ];
        let orders: Vec<NewOrder> = (1_u64..)
            .zip(kinds)
            .zip(preventions)
            .map(|((number, kind), self_trade)| NewOrder {
                owner: OwnerId(u32::MAX - 1),
                market: MarketId(9),
                placed_seq: number,
                placed_at: at(0),
                side: if number % 2 == 0 { Side::Buy } else { Side::Sell },
                terms: Terms { kind, self_trade },
                client_id: std::num::NonZeroU128::new(u128::from(number) << 100)
                    .filter(|_| number != 3)
                    .map(doorward_domain::market::command::ClientOrderId),
                replaces: (number == 4).then_some(OrderId(1)),
                // Ids use all their bits.
                change: OrderChange {
                    lots_left: 100,
                    ..changed(OrderId(number << 61 | number), OrderState::Open)
                },
            })
            .collect();
        let batch = Batch { orders: orders.clone(), ..Batch::default() };
        assert!(history.record_batch(OURS, 0, (6, at(0)), &Arc::new(batch)).await.unwrap());
        for order in &orders {
            let found = history.find_order(order.owner, order.change.order).await.unwrap().unwrap();
            assert_eq!((found.terms, found.side), (order.terms, order.side));
            assert_eq!((found.client_id, found.replaces), (order.client_id, order.replaces));
            assert_eq!((found.state, found.lots_left), (OrderState::Open, 100));
            if let Some(client_id) = order.client_id {
                let by_client = history.find_client_order(order.owner, client_id).await.unwrap();
                assert_eq!(by_client.map(|order| order.order), Some(order.change.order));
            }
            assert_eq!(history.find_order(OwnerId(1), order.change.order).await.unwrap(), None);
        }
        let open = history.list_open_orders(None, 3).await.unwrap();
        let rest = history.list_open_orders(open.last().map(|order| order.order), 100).await.unwrap();
        assert_eq!((open.len(), rest.len()), (3, 3));
        let first = orders[0].change.order;
        let filled = OrderChange {
            filled_lots: 30,
            filled_notional: 900,
            fee: 1,
            lots_left: 50,
            new_lots: Some(80),
            ..changed(first, OrderState::Open)
        };
        let second = orders[1].change.order;
        let closed = Some((7, at(5)));
        let ended = OrderChange { closed, ..changed(second, OrderState::Cancelled(CancelReason::Expired)) };
        let batch = Batch { changes: vec![filled, ended], ..Batch::default() };
        assert!(history.record_batch(OURS, 6, (7, at(5)), &Arc::new(batch)).await.unwrap());
        let more = OrderChange {
            filled_lots: 10,
            lots_left: 40,
            new_lots: Some(10 + 40),
            ..changed(first, OrderState::Open)
        };
        let batch = Batch { changes: vec![more], ..Batch::default() };
        assert!(history.record_batch(OURS, 7, (8, at(6)), &Arc::new(batch)).await.unwrap());
        let found = history.find_order(orders[0].owner, first).await.unwrap().unwrap();
        assert_eq!((found.filled_lots, found.filled_notional, found.fee, found.lots_left), (40, 900, 1, 40));
        // 30 were filled before, 10 with it, and 40 are left.
        assert!(matches!(found.terms.kind, OrderKind::Limit { lots: 80, .. }), "{found:?}");
        let done = OrderFilter { done: true, ..OrderFilter::default() };
        let done = history.list_orders(orders[0].owner, done, Window::newest(10)).await.unwrap();
        assert_eq!(done.len(), 1);
        assert_eq!((done[0].state, done[0].closed), (OrderState::Cancelled(CancelReason::Expired), closed));
        let all =
            history.list_orders(orders[0].owner, OrderFilter::default(), Window::newest(4)).await.unwrap();
        let placed: Vec<u64> = all.iter().map(|order| order.placed_seq).collect();
        assert_eq!(placed, [6, 5, 4, 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn candles_of_every_length_equal_those_counted_from_the_trades() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        // Some days with gaps; a step of 1 to 1,000 seconds, longer and longer.
        let (mut trades, mut time) = (Vec::new(), 0);
        for number in 0..3_000_i64 {
            time += 1 + (number * number) % 997 * (1 + number / 1_000);
            let ticks = u32::try_from(1_000 + (number * 37) % 91).unwrap();
            trades.push((at(time), ticks, 1 + number % 13));
        }
        let market = MarketId(3);
        for (number, trades) in (0_u64..).zip(trades.chunks(100)) {
            let mut minutes: Vec<Candle> = Vec::new();
            for (at, ticks, lots) in trades {
                let candle = Candle::of_trade(market, *at, *ticks, *lots, lots * 10);
                match minutes.last_mut().filter(|last| last.opened_at == candle.opened_at) {
                    Some(last) => last.add(&candle),
                    None => minutes.push(candle),
                }
            }
            minutes.push(Candle::of_trade(MarketId(4), trades[0].0, 1, 1, 1));
            let batch = Batch { candles: minutes, ..Batch::default() };
            assert!(history.record_batch(OURS, number, (number + 1, at(0)), &Arc::new(batch)).await.unwrap());
        }
        let (first, last) = (trades[0].0, trades[trades.len() - 1].0);
        let days = std::time::Duration::from_secs(2 * 24 * 60 * 60);
        for length in CandleLength::OFFERED {
            for (since, until) in
                [(first, last.plus(days)), (first.plus(days), last.minus(days)), (last, last)]
            {
                let mut naive: BTreeMap<Timestamp, Candle> = BTreeMap::new();
                for (at, ticks, lots) in &trades {
                    let opened_at = length.begin(*at);
                    if opened_at < length.begin(since) || opened_at >= until {
                        continue;
                    }
                    let one = Candle { opened_at, ..Candle::of_trade(market, *at, *ticks, *lots, lots * 10) };
                    let candle =
                        naive.entry(opened_at).or_insert(Candle { lots: 0, notional: 0, trades: 0, ..one });
                    candle.high_ticks = candle.high_ticks.max(*ticks);
                    candle.low_ticks = candle.low_ticks.min(*ticks);
                    candle.close_ticks = *ticks;
                    candle.lots += lots;
                    candle.notional += lots * 10;
                    candle.trades += 1;
                }
                for most in [3, 100_000] {
                    let expected: Vec<Candle> = naive.values().rev().take(most).copied().collect();
                    let found = history.list_candles(market, length, since, until, most).await.unwrap();
                    assert_eq!(found, expected, "{length:?} from {since:?} to {until:?}, {most}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candle_of_more_than_fits_stays_at_the_largest_number() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        for number in 0..3 {
            let candle = Candle::of_trade(MarketId(0), at(0), 5, i64::MAX / 2, i64::MAX - 1);
            let batch = Batch { candles: vec![candle], ..Batch::default() };
            assert!(history.record_batch(OURS, number, (number + 1, at(0)), &Arc::new(batch)).await.unwrap());
        }
        let found = history.list_candles(MarketId(0), CandleLength::Day, at(0), at(1), 1).await.unwrap();
        assert_eq!((found[0].lots, found[0].notional, found[0].trades), (i64::MAX, i64::MAX, 3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_are_listed_by_owner_market_and_order() {
    history_on_both(async |history, _| {
        history.take(OURS).await.unwrap();
        let fills: Vec<Fill> = (1_u64..=40)
            .map(|seq| Fill {
                spot: Spot { at: at(i64::try_from(seq).unwrap()), seq, line: 0 },
                owner: OwnerId(u32::try_from(seq % 2).unwrap()),
                market: MarketId(u16::try_from(seq % 3).unwrap()),
                trade: seq,
                order: OrderId(seq % 5),
                other_order: OrderId(99),
                side: Side::Sell,
                is_maker: seq % 7 == 0,
                ticks: 10,
                lots: 2,
                notional: 20,
                fee: 1,
            })
            .collect();
        let batch = Batch { fills: fills.clone(), ..Batch::default() };
        assert!(history.record_batch(OURS, 0, (40, at(40)), &Arc::new(batch)).await.unwrap());
        for (market, order) in [
            (None, None),
            (Some(MarketId(1)), None),
            (None, Some(OrderId(4))),
            (Some(MarketId(2)), Some(OrderId(1))),
        ] {
            let filter = FillFilter { market, order };
            let found = history.list_fills(OwnerId(1), filter, Window::newest(100)).await.unwrap();
            let expected: Vec<u64> = fills
                .iter()
                .rev()
                .filter(|fill| fill.owner == OwnerId(1))
                .filter(|fill| market.is_none_or(|market| market == fill.market))
                .filter(|fill| order.is_none_or(|order| order == fill.order))
                .map(|fill| fill.trade)
                .collect();
            assert_eq!(found.iter().map(|fill| fill.trade).collect::<Vec<_>>(), expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_stands_beside_the_tables_of_the_door() {
    let fresh = Fresh::postgres().await;
    let before = fresh.db.schema().await.unwrap();
    let history = History::open(&fresh.config).await.unwrap();
    let again = History::open(&fresh.config).await.unwrap();
    history.take(OURS).await.unwrap();
    assert_eq!(again.find_reach().await.unwrap().unwrap().last_seq, 0);
    assert_eq!(fresh.db.schema().await.unwrap(), before);
    assert_eq!(fresh.db.migrate().await.unwrap(), 0);
    history.close().await;
    again.close().await;
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reads_a_whole_table_is_not_ended_by_the_limit_of_a_request() {
    let fresh = Fresh::empty_postgres().await;
    let history = History::open(&fresh.config).await.unwrap();
    history.take(OURS).await.unwrap();
    let entries = vec![entry(5, 0, 1, 0, 7)];
    assert!(history.record_batch(OURS, 0, (5, at(0)), &with_entries(entries)).await.unwrap());
    // A table that is large enough takes longer than a request's statement may; how long it takes is what is tried here, and
    // nothing is waited for.
    let slow = "ALTER TABLE ledger_entry RENAME TO quick; \
        CREATE VIEW ledger_entry AS SELECT quick.* FROM quick, (SELECT pg_sleep(1.5)) AS slow";
    run_sql(history.db(), slow).await;
    let Db::Postgres(pool) = history.db() else { unreachable!("it is PostgreSQL") };
    let mut all = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("SET statement_timeout = '1s'").await.unwrap();
        all.push(connection);
    }
    drop(all);
    let listed = history.list_ledger(Some(OwnerId(1)), LedgerFilter::default(), Window::newest(5)).await;
    assert!(listed.unwrap_err().is_unavailable(), "a request's statement is ended");
    let last = history.list_last_balances(Some(OwnerId(0)), 5, 5).await.unwrap();
    assert_eq!(last.iter().map(|last| last.balance).collect::<Vec<_>>(), [7]);
    assert_eq!(history.count().await.unwrap().entries, 1);
    history.close().await;
    fresh.end().await;
}
