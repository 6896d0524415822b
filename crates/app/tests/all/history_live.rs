//! History behind a running engine: what was answered can be read at once, and nobody waits for ever.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use doorward_app::clock::{Clock, SystemClock};
use doorward_app::history::{
    FillFilter, History, LedgerFilter, MarketHistory, OrderFilter, OrderState, Projection, Projector, Window,
};
use doorward_app::matching::follower::{Follower, FollowerSettings};
use doorward_app::matching::reconcile::{Finding, HistoryLook};
use doorward_app::matching::{Matching, NotTaken};
use doorward_domain::market::command::Command;
use doorward_domain::market::ledger::Cause;
use doorward_domain::market::order::Side;
use doorward_store::testing::{Fresh, falsify_history, falsify_open_orders, history_on_both, run_sql};

use crate::house::House;
use crate::market_house::{clock, lease, limit, open, open_market, place, send, stop_followed};

/// An engine, its follower, and history between them.
struct Market {
    matching: Matching,
    history: MarketHistory,
    follower: Follower,
}

/// History behind this engine before anything writes it.
pub(crate) async fn behind(matching: &Matching, history: &History) -> (Projector, MarketHistory) {
    let lease = lease();
    let projection = Projection { journal_id: lease.journal_id, epoch: lease.epoch };
    let reach = history.take(projection).await.expect("ours");
    Projector::behind(matching, history.clone(), projection, reach, Arc::new(SystemClock))
}

/// History behind this engine, as a server has it.
pub(crate) async fn follow(matching: &Matching, history: &History) -> (MarketHistory, Follower) {
    follow_with_snapshots(matching, history, 500).await
}

/// The same with a snapshot every so many records.
pub(crate) async fn follow_with_snapshots(
    matching: &Matching,
    history: &History,
    snapshot_every: u64,
) -> (MarketHistory, Follower) {
    let (projector, reader) = behind(matching, history).await;
    (reader, write_behind(matching, projector, snapshot_every))
}

/// Begins to write it.
pub(crate) fn write_behind(matching: &Matching, projector: Projector, snapshot_every: u64) -> Follower {
    let (tail, failing) = (matching.clone(), matching.clone());
    let settings = FollowerSettings { snapshot_every, ..FollowerSettings::of(matching.folder()) };
    let follower = Follower::start(
        settings,
        Arc::new(move || tail.sequence()),
        vec![Box::new(projector)],
        Box::new(move |fault| failing.fail(&fault.to_string())),
    );
    follower.expect("starts")
}

impl Market {
    async fn open(folder: &Path, history: &History) -> Self {
        let matching = open(folder, &clock());
        let (history, follower) = follow(&matching, history).await;
        Self { matching, history, follower }
    }

    async fn stop(self) {
        stop_followed(self.matching, self.follower).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filled_is_in_the_next_list_a_thousand_times_without_a_pause() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let market = Market::open(folder.path(), &history).await;
        let [maker, taker] = open_market(&market.matching).await;
        place(&market.matching, limit(maker, Side::Sell, 100, 1_000)).await;
        for round in 0..1_000_usize {
            let order = place(&market.matching, limit(taker, Side::Buy, 100, 1)).await;
            let newest = Window::newest(1);
            // A read that gives up waiting says so, and on a machine full of other work it may: it is asked again.
            let fills = loop {
                let fills = market.history.list_fills(taker, FillFilter::default(), newest).await;
                let fills = fills.expect("an answer");
                if fills.is_whole {
                    break fills;
                }
            };
            assert_eq!(fills.what[0].order, order, "round {round}");
            let filter = OrderFilter { done: true, ..OrderFilter::default() };
            let done = market.history.list_orders(taker, filter, newest).await.expect("an answer");
            assert_eq!((done.what[0].order, done.what[0].state), (order, OrderState::Filled));
            let ledger =
                market.history.list_ledger(taker, LedgerFilter::default(), newest).await.expect("an answer");
            assert_eq!((ledger.what[0].cause, ledger.what[0].order), (Cause::Trade, Some(order)));
        }
        let rest = market.history.find_order(maker, market.matching.view().closed_orders(maker)[0].id).await;
        assert_eq!(rest.expect("an answer").what.expect("his order").filled_lots, 1_000);
        market.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_history_goes_on_where_it_was_and_the_books_agree() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let market = Market::open(folder.path(), &history).await;
        let [maker, taker] = open_market(&market.matching).await;
        for round in 0..300 {
            place(&market.matching, limit(maker, Side::Sell, 100 + round % 7, 3)).await;
            place(&market.matching, limit(taker, Side::Buy, 103, 2)).await;
        }
        market.stop().await;
        let reach = history.find_reach().await.expect("read").expect("written");
        let market = Market::open(folder.path(), &history).await;
        assert_eq!((reach.last_seq, market.matching.began()), (market.matching.sequence(), reach.last_seq));
        // Nobody remembers what was answered before: everybody waits for where the journal ended.
        let fills = market.history.list_fills(taker, FillFilter::default(), Window::newest(5)).await;
        assert!(fills.expect("an answer").is_whole);
        place(&market.matching, limit(taker, Side::Buy, 110, 50)).await;
        assert!(market.history.wait_for(market.matching.sequence()).await);
        let besides = market.history.besides().await.expect("an answer");
        assert_eq!(besides.as_ref().map(|besides| besides.at), Some(market.matching.sequence()));
        let found = market.matching.reconcile(besides).await.expect("looked through");
        assert!(found.agrees(), "{:?}", found.findings);

        // An order that somebody ended is found, and so is one unit that somebody wrote into an entry.
        falsify_open_orders(&history).await;
        let besides = market.history.besides().await.expect("an answer");
        let found = market.matching.reconcile(besides).await.expect("looked through");
        assert!(matches!(found.findings[..], [Finding::Order(_)]), "{:?}", found.findings);
        falsify_history(&history).await;
        let besides = market.history.besides().await.expect("an answer");
        let found = market.matching.reconcile(besides).await.expect("looked through");
        let told = found.findings.iter().map(ToString::to_string).collect::<Vec<_>>();
        let about_history =
            |finding: &Finding| matches!(finding, Finding::History { .. } | Finding::Order(_));
        assert!(!found.findings.is_empty() && found.findings.iter().all(about_history), "{told:?}");
        let about_accounts = told.iter().filter(|line| line.starts_with("history has "));
        assert_eq!(about_accounts.clone().count() + 1, told.len());
        assert!(about_accounts.clone().all(|line| line.contains("owner 0, asset 1, ")), "{told:?}");
        market.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_cannot_be_read_is_no_difference_and_hides_none() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let market = Market::open(folder.path(), &history).await;
        let [maker] = open_market(&market.matching).await;
        place(&market.matching, limit(maker, Side::Sell, 100, 3)).await;
        assert!(market.history.wait_for(market.matching.sequence()).await);
        let house = House::with_market(Fresh::sqlite().await.db, clock(), Some(market.matching.clone()));
        house.app.begin_history(market.history.clone());
        // The look at an order that has ended since is the last that is asked of history.
        falsify_open_orders(&history).await;
        let besides = market.history.besides().await.expect("an answer");
        run_sql(history.db(), "ALTER TABLE placed_order RENAME TO gone").await;
        let found = market.matching.reconcile(besides).await.expect("looked through");
        assert!(found.agrees(), "{:?}", found.findings);
        assert!(matches!(found.history, HistoryLook::NotCompared(_)), "{:?}", found.history);

        // Not even the balances: everything else is looked at all the same.
        run_sql(history.db(), "ALTER TABLE ledger_entry RENAME TO gone_too").await;
        let found = house.app.reconcile().await.expect("looked through").expect("a market");
        assert!(found.agrees(), "{:?}", found.findings);
        assert!(matches!(&found.history, HistoryLook::NotCompared(why) if why.contains("last balances")));
        assert_eq!((found.sequence, found.totals.len()), (market.matching.sequence(), 2));
        market.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "this is about real time")]
async fn a_read_waits_half_a_second_for_a_history_that_does_not_move_and_says_so() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let matching = open(folder.path(), &clock());
        let [owner] = open_market(&matching).await;
        // Nobody follows the journal.
        let (projector, reader) = behind(&matching, &history).await;
        let begun = Instant::now();
        let found = reader.list_ledger(owner, LedgerFilter::default(), Window::newest(5)).await;
        let (found, took) = (found.expect("an answer"), begun.elapsed());
        assert!(!found.is_whole && found.what.is_empty());
        assert!((500..2_000).contains(&took.as_millis()), "{took:?}");
        // Whoever was told nothing waits for nothing.
        let nobody = doorward_domain::market::instrument::OwnerId(99);
        let found = reader.list_ledger(nobody, LedgerFilter::default(), Window::newest(5)).await;
        assert!(found.expect("an answer").is_whole);
        drop(projector);
        matching.stop();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_a_million_events_behind_stops_new_orders_and_lets_cancels_through() {
    history_on_both(async |history, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let matching = open(folder.path(), &clock());
        let [owner] = open_market(&matching).await;
        let order = place(&matching, limit(owner, Side::Buy, 10, 1)).await;
        // A projector that believes the journal to be longer than it is, until it is told better.
        let end = Arc::new(AtomicU64::new(2_000_000));
        let (lease, told, tail) = (lease(), matching.clone(), Arc::clone(&end));
        let projection = Projection { journal_id: lease.journal_id, epoch: lease.epoch };
        let reach = history.take(projection).await.expect("ours");
        let mut projector = Projector::new(
            history.clone(),
            projection,
            reach,
            Arc::new(SystemClock) as Arc<dyn Clock>,
            Arc::new(move || tail.load(Ordering::Acquire)),
            Box::new(move |_, behind| told.set_events_behind(behind)),
        );
        projector = tokio::task::spawn_blocking(move || projector.write().map(|()| projector))
            .await
            .expect("it ends")
            .expect("nothing to write");
        let another = matching.send(None, Command::Place(limit(owner, Side::Buy, 10, 1))).await;
        assert_eq!(another, Err(NotTaken::Behind));
        send(&matching, Command::Cancel { owner, order }).await;
        end.store(matching.sequence(), Ordering::Release);
        tokio::task::spawn_blocking(move || projector.write())
            .await
            .expect("it ends")
            .expect("nothing to write");
        place(&matching, limit(owner, Side::Buy, 10, 1)).await;
        matching.stop();
    })
    .await;
}
