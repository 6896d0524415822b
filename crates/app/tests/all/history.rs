//! History behind the engine: each event once, whatever is killed when, and equal to what the engine says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorward_app::clock::{Clock, SystemClock};
use doorward_app::history::{
    Fill, FillFilter, History, LedgerEntry, LedgerFilter, NotRebuilt, OrderFilter, OrderState, PlacedOrder,
    Projection, ProjectionEnded, Projector, Window, rebuild,
};
use doorward_domain::market::codec::write_record;
use doorward_domain::market::command::Record;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{AssetId, MarketId, OrderId, OwnerId};
use doorward_domain::market::ledger::{LedgerAccount, legs_of};
use doorward_domain::market::order::OrderKind;
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_journal::{Folder, Group, Journal, RecordLog as _, Settings};
use doorward_store::testing::{Fresh, history_on_both, keep_disk, lose_power};

use crate::market_story::{OWNERS, Random, Story};
use crate::road::{Break, Road};

const OURS: Projection = Projection { journal_id: [5; 16], epoch: 1 };

/// A projector with its engine, as the follower leads it.
struct Follower {
    engine: Engine,
    projector: Projector,
    events: Vec<Event>,
}

impl Follower {
    /// Goes on from where history stands: the engine is brought there without the projector.
    async fn start(history: &History, records: &[Record]) -> Self {
        let reach = history.take(OURS).await.expect("ours");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let end = records.len() as u64;
        let projector =
            Projector::new(history.clone(), OURS, reach, clock, Arc::new(move || end), Box::new(|_, _| {}));
        let mut engine = Engine::new();
        for record in &records[..usize::try_from(reach.last_seq).expect("small")] {
            engine.apply(record, &mut Vec::new());
        }
        Self { engine, projector, events: Vec::new() }
    }

    /// Applies records up to this one; the projector runs outside the runtime.
    fn follow(&mut self, records: &[Record], to: usize) -> Result<(), ProjectionEnded> {
        let from = usize::try_from(self.engine.sequence()).expect("small");
        for record in &records[from..to] {
            self.events.clear();
            self.projector.look_before(record, &self.engine);
            self.engine.apply(record, &mut self.events);
            self.projector.take(record, &self.events, &self.engine)?;
        }
        Ok(())
    }
}

/// Runs something that blocks, apart from the test's runtime thread.
async fn apart<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.expect("it ends")
}

async fn project(history: &History, records: &Arc<Vec<Record>>) {
    write_up_to(Follower::start(history, records).await, records, records.len()).await;
}

/// Follows so many of the records and writes all that is gathered.
async fn write_up_to(mut follower: Follower, records: &Arc<Vec<Record>>, to: usize) -> Follower {
    let records = Arc::clone(records);
    apart(move || {
        follower.follow(&records, to).expect("written");
        follower.projector.write().expect("written");
        follower
    })
    .await
}

/// Everything that history holds.
#[derive(Debug, PartialEq)]
struct Everything {
    orders: Vec<PlacedOrder>,
    fills: Vec<Fill>,
    entries: Vec<LedgerEntry>,
    candles: Vec<doorward_app::history::Candle>,
    reach: u64,
}

async fn everything(history: &History) -> Everything {
    let mut all = Everything {
        orders: Vec::new(),
        fills: Vec::new(),
        entries: Vec::new(),
        candles: Vec::new(),
        reach: history.find_reach().await.expect("read").map_or(0, |reach| reach.last_seq),
    };
    let (window, any) = (Window::newest(1_000_000), LedgerFilter::default());
    all.entries.extend(history.list_ledger(None, any, window).await.expect("read"));
    for owner in (0..OWNERS).map(OwnerId) {
        all.orders.extend(history.list_orders(owner, OrderFilter::default(), window).await.expect("read"));
        all.fills.extend(history.list_fills(owner, FillFilter::default(), window).await.expect("read"));
        all.entries.extend(history.list_ledger(Some(owner), any, window).await.expect("read"));
    }
    let (first, last) = (Timestamp::from_micros(0), Timestamp::from_seconds(2_000_000_000));
    for market in [MarketId(0), MarketId(1)] {
        let minute = doorward_app::history::CandleLength::Minutes(1);
        all.candles.extend(history.list_candles(market, minute, first, last, 1_000_000).await.expect("read"));
    }
    all
}

#[test]
fn every_events_legs_sum_to_zero_and_make_the_engines_balances() {
    for seed in 0..40 {
        let story = Story::of(seed, 1_500);
        let (mut engine, mut balances) = (Engine::new(), BTreeMap::<LedgerAccount, i64>::new());
        let (mut legs, mut events) = (Vec::new(), Vec::new());
        for record in &story.records {
            events.clear();
            engine.apply(record, &mut events);
            for event in &events {
                legs.clear();
                legs_of(event, |market| engine.market(market), &mut legs);
                let mut sums = BTreeMap::<AssetId, i64>::new();
                for leg in &legs {
                    *sums.entry(leg.account.asset).or_default() += leg.amount;
                    *balances.entry(leg.account).or_default() += leg.amount;
                }
                assert!(sums.values().all(|sum| *sum == 0), "seed {seed}: {event:?} {legs:?}");
            }
        }
        for (account, balance) in balances {
            assert_eq!(balance, engine.ledger_balance(account), "seed {seed}: {account:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_equals_the_engine_after_random_commands() {
    history_on_both(async |history, _| {
        let story = Story::of(11, 6_000);
        let records = Arc::new(story.records.clone());
        project(&history, &records).await;
        let all = everything(&history).await;
        assert_eq!(all.reach, 6_000);
        orders_equal_the_engine(&history, &story.engine).await;
        fills_equal_the_trades(&story, &all);
        ledger_is_whole(&history, &story.engine, &all).await;
    })
    .await;
}

async fn orders_equal_the_engine(history: &History, engine: &Engine) {
    let mut open: BTreeMap<OrderId, _> = engine.open_orders().map(|order| (order.id, order)).collect();
    assert!(open.len() > 20, "the story leaves orders open: {}", open.len());
    for found in history.list_open_orders(None, 1_000_000).await.expect("read") {
        let order = open.remove(&found.order).expect("open in the engine");
        assert_eq!((found.owner, found.market, found.side), (order.owner, order.market, order.side));
        assert_eq!((found.lots_left, found.client_id), (order.lots_left, order.client_id));
        let OrderKind::Limit { ticks, lots, time_in_force, post_only } = found.terms.kind else {
            panic!("a market order rests: {found:?}")
        };
        assert_eq!((ticks, time_in_force.deadline()), (order.ticks, order.deadline));
        assert_eq!((post_only, found.terms.self_trade), (order.post_only, order.self_trade));
        assert!(lots >= found.filled_lots + found.lots_left, "{found:?}");
    }
    assert!(open.is_empty(), "open in the engine alone: {open:?}");
}

fn fills_equal_the_trades(story: &Story, all: &Everything) {
    let trades = story.events.iter().filter(|event| matches!(event, Event::Traded { .. })).count();
    assert!(trades > 500, "the story has trades: {trades}");
    assert_eq!(all.fills.len(), trades * 2);
    let mut sums = BTreeMap::<OrderId, [i64; 3]>::new();
    for fill in &all.fills {
        let sum = sums.entry(fill.order).or_default();
        for (sum, part) in sum.iter_mut().zip([fill.lots, fill.notional, fill.fee]) {
            *sum += part;
        }
    }
    let mut expected = BTreeMap::<(OrderId, bool, u64, MarketId), (u32, i64, i64, i64)>::new();
    for event in &story.events {
        if let Event::Traded {
            market,
            trade,
            taker,
            maker,
            ticks,
            lots,
            notional,
            taker_fee,
            maker_fee,
            ..
        } = *event
        {
            expected.insert((taker, false, trade, market), (ticks, lots, notional, taker_fee));
            expected.insert((maker, true, trade, market), (ticks, lots, notional, maker_fee));
        }
    }
    for fill in &all.fills {
        let key = (fill.order, fill.is_maker, fill.trade, fill.market);
        assert_eq!(expected.remove(&key), Some((fill.ticks, fill.lots, fill.notional, fill.fee)));
    }
    let lots: i64 = all.candles.iter().map(|candle| candle.lots).sum();
    assert_eq!(lots * 2, all.fills.iter().map(|fill| fill.lots).sum::<i64>());
    let accepted = story.events.iter().filter(|event| matches!(event, Event::Accepted { .. })).count();
    assert_eq!(all.orders.len(), accepted);
    for order in &all.orders {
        let sum = sums.get(&order.order).copied().unwrap_or_default();
        assert_eq!([order.filled_lots, order.filled_notional, order.fee], sum, "{order:?}");
        let is_over = order.state != OrderState::Open;
        assert_eq!((is_over, is_over), (order.closed.is_some(), order.lots_left == 0), "{order:?}");
        if let (OrderState::Filled, OrderKind::MarketBySize { lots }) = (order.state, order.terms.kind) {
            assert_eq!(order.filled_lots, lots);
        }
    }
    let cancelled = story.events.iter().filter(|event| matches!(event, Event::Cancelled { .. })).count();
    let found = all.orders.iter().filter(|order| matches!(order.state, OrderState::Cancelled(_))).count();
    assert_eq!(found, cancelled);
}

async fn ledger_is_whole(history: &History, engine: &Engine, all: &Everything) {
    let mut sums = BTreeMap::<(u64, AssetId), i64>::new();
    let mut balances = BTreeMap::<LedgerAccount, i64>::new();
    let mut entries: Vec<_> = all.entries.iter().collect();
    entries.sort_unstable_by_key(|entry| entry.spot);
    for entry in entries {
        *sums.entry((entry.spot.seq, entry.account.asset)).or_default() += entry.amount;
        let balance = balances.entry(entry.account).or_default();
        *balance += entry.amount;
        assert_eq!(*balance, entry.balance, "{entry:?}");
    }
    assert!(sums.values().all(|sum| *sum == 0));
    let mut last = history.list_last_balances(None, 0, all.reach).await.expect("read");
    last.extend(history.list_last_balances(Some(OwnerId(0)), 2, all.reach).await.expect("read"));
    last.extend(history.list_last_balances(Some(OwnerId(2)), 100, all.reach).await.expect("read"));
    assert_eq!(last.len(), balances.len());
    for last in last {
        assert_eq!(last.balance, engine.ledger_balance(last.account), "{last:?}");
        assert_eq!(Some(&last.balance), balances.get(&last.account));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_there_once_however_often_the_projector_is_killed() {
    history_on_both(async |history, config| {
        let story = Story::of(23, 4_000);
        let records = Arc::new(story.records);
        project(&history, &records).await;
        let whole = everything(&history).await;
        history.wipe().await.expect("wiped");
        let mut random = Random(99);
        let (mut kills, mut reached) = (0, 0);
        while reached < records.len() as u64 {
            // A process of its own each time: it ends in the middle, with records gathered and not written.
            let opened = History::open(&config).await.expect("opens");
            let mut follower = Follower::start(&opened, &records).await;
            reached = follower.projector.written();
            let to = (reached + 1 + random.below(700)).min(records.len() as u64);
            let (records, writes) =
                (Arc::clone(&records), random.below(3) == 0 || to == records.len() as u64);
            apart(move || {
                follower.follow(&records, usize::try_from(to).expect("small")).expect("written");
                if writes {
                    follower.projector.write().expect("written");
                }
            })
            .await;
            opened.close().await;
            kills += 1;
        }
        assert!(kills > 4, "it was killed: {kills}");
        assert_eq!(everything(&history).await, whole);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_projectors_the_second_stops() {
    history_on_both(async |history, config| {
        let records = Arc::new(Story::of(5, 3_000).records);
        let mut first = Follower::start(&history, &records).await;
        let other = History::open(&config).await.expect("opens");
        let mut second = Follower::start(&other, &records).await;
        let told = Arc::clone(&records);
        let ended = apart(move || {
            first.follow(&told, 2_000).expect("written");
            first.projector.write().expect("written");
            second.follow(&told, 3_000).and_then(|()| second.projector.write())
        })
        .await;
        assert!(matches!(ended, Err(ProjectionEnded::Elsewhere { left_at: 0 })), "{ended:?}");
        assert_eq!(history.find_reach().await.expect("read").expect("there").last_seq, 2_000);
        project(&history, &records).await;
        let whole = everything(&history).await;
        history.wipe().await.expect("wiped");
        project(&history, &records).await;
        assert_eq!(everything(&history).await, whole);
        other.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_history_equals_the_one_that_was_written_live() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Arc::new(Story::of(31, 3_000).records);
        // Small segments, so that there are several, and some of them in the archive.
        let settings = Settings { segment_bytes: 64 << 10 };
        let disk = Folder::lock(folder.path()).expect("a folder");
        let mut journal = Journal::open(disk, settings, 0, OURS.journal_id).expect("opens").journal;
        let mut group = Group::new();
        for records in records.chunks(3) {
            let expected = journal.tail();
            for record in records {
                assert!(group.push(|bytes| write_record(record, bytes)));
            }
            journal.append(&mut group, expected).expect("appended");
        }
        project(&history, &records).await;
        let live = everything(&history).await;
        let (path, history_again) = (folder.path().to_owned(), history.clone());
        let made = apart(move || {
            let disk = Folder::look(&path);
            rebuild(&history_again, OURS, (&disk, 3_000), Arc::new(SystemClock), |_| {})
        })
        .await;
        assert_eq!(made.expect("made"), 3_000);
        assert_eq!(everything(&history).await, live);
        // What cannot be read from its beginning is not forgotten.
        let empty = tempfile::tempdir().expect("a folder");
        let (path, history_again) = (empty.path().to_owned(), history.clone());
        let refused = apart(move || {
            let disk = Folder::look(&path);
            rebuild(&history_again, OURS, (&disk, 3_000), Arc::new(SystemClock), |_| {})
        })
        .await;
        refused.expect_err("refused");
        assert_eq!(everything(&history).await, live);
        // Nor what cannot be read to its end.
        let mut segments: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "segment"))
            .collect();
        segments.sort();
        assert!(segments.len() > 2, "there is one in the middle: {segments:?}");
        std::fs::remove_file(&segments[1]).expect("removes");
        let (path, history_again) = (folder.path().to_owned(), history.clone());
        let refused = apart(move || {
            let disk = Folder::look(&path);
            rebuild(&history_again, OURS, (&disk, 3_000), Arc::new(SystemClock), |_| {})
        })
        .await;
        assert!(matches!(refused, Err(NotRebuilt::Journal(_))), "{refused:?}");
        assert_eq!(everything(&history).await, live);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_says_how_far_it_is_behind_and_wakes_whoever_waits() {
    history_on_both(async |history, _| {
        let records = Arc::new(Story::of(41, 4_000).records);
        let reach = history.take(OURS).await.expect("ours");
        let reports = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&reports);
        let report = move |sequence, behind| told.lock().expect("whole").push((sequence, behind));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let projector =
            Projector::new(history.clone(), OURS, reach, clock, Arc::new(|| 4_000), Box::new(report));
        let progress = projector.progress();
        assert!(!progress.wait_for(1, Duration::ZERO).await);
        let waits = {
            let progress = progress.clone();
            tokio::spawn(async move { progress.wait_for(4_000, Duration::from_secs(60)).await })
        };
        let follower = Follower { engine: Engine::new(), projector, events: Vec::new() };
        write_up_to(follower, &records, 4_000).await;
        assert!(waits.await.expect("woken"));
        assert_eq!(progress.reached(), 4_000);
        let reports = reports.lock().expect("whole").clone();
        assert!(reports.len() > 2, "several transactions: {reports:?}");
        assert!(reports.is_sorted_by_key(|(sequence, _)| *sequence));
        // While records are to come they count as events, and at the end none is missing.
        assert!(reports[0].1 > 1_000, "{reports:?}");
        assert_eq!(reports.last(), Some(&(4_000, 0)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_found_however_often_the_database_goes_before_it_can_be_asked() {
    const LOST: Break = Break::BehindTheAnswerTo("COMMIT");
    const GONE: Break = Break::Before("SELECT journal_id, epoch");
    let records = Arc::new(Story::of(17, 2_000).records);
    let fresh = Fresh::empty_postgres().await;
    let (road, config) = Road::to(&fresh.config);
    let history = History::open(&config).await.expect("opens");
    let follower = Follower::start(&history, &records).await;
    // Lost and asked for in vain, then lost twice running, and once gone before anything was committed.
    let before = Break::Before("UPDATE projection");
    road.breaks_at([LOST, GONE, GONE, LOST, LOST, GONE, before]);
    write_up_to(follower, &records, records.len()).await;
    assert_eq!(road.has_broken(), 7);
    let lived = everything(&history).await;
    history.wipe().await.expect("wiped");
    project(&history, &records).await;
    assert_eq!(everything(&history).await, lived);
    history.close().await;
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_the_database_lost_with_its_power_are_written_again() {
    let records = Arc::new(Story::of(19, 3_000).records);
    let fresh = Fresh::empty_postgres().await;
    let history = History::open(&fresh.config).await.expect("opens");
    let mut follower = Follower::start(&history, &records).await;
    follower = write_up_to(follower, &records, 1_000).await;
    keep_disk(&fresh.config).await;
    follower = write_up_to(follower, &records, 1_100).await;
    follower = write_up_to(follower, &records, 1_200).await;
    lose_power(&fresh.config).await;
    write_up_to(follower, &records, 3_000).await;
    let lived = everything(&history).await;
    history.wipe().await.expect("wiped");
    project(&history, &records).await;
    assert_eq!(everything(&history).await, lived);
    history.close().await;
    fresh.end().await;
}
