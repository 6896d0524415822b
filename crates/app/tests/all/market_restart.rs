//! A market's last trades and its figures of a day, across restarts and behind a history that is late or away.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorward_app::app::App;
use doorward_app::history::{History, MarketHistory};
use doorward_app::market::{MarketNow, Ticker};
use doorward_app::matching::Matching;
use doorward_domain::market::instrument::OwnerId;
use doorward_domain::market::order::Side;
use doorward_store::Db;
use doorward_store::testing::{Fresh, history_on_both, run_sql};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber as _;

use crate::history_live::{behind, follow, write_behind};
use crate::house::{House, TestClock};
use crate::log::Everything;
use crate::market_house::{MARKET, clock, limit, open, open_market, place, stop_followed};

/// Trades that are shown at most.
const SHOWN: u64 = 16;
const HOUR: Duration = Duration::from_secs(3_600);

/// A process with an engine, history, and the market-data task.
struct Node {
    app: App,
    matching: Matching,
    log: Everything,
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

impl Node {
    fn begin(db: &Db, clock: &Arc<TestClock>, matching: &Matching, history: MarketHistory) -> Self {
        let app = House::with_market(db.clone(), Arc::clone(clock), Some(matching.clone())).app;
        app.begin_history(history);
        let (stopping, log) = (CancellationToken::new(), Everything::default());
        let following = app.clone().run_market_data(stopping.clone()).with_subscriber(log.clone());
        let task = tokio::spawn(following);
        Self { app, matching: matching.clone(), log, stopping, task }
    }

    /// Ends what follows the market.
    async fn end(self) {
        self.stopping.cancel();
        self.task.await.expect("it ends");
    }

    async fn trade(&self, traders: [OwnerId; 2], ticks: u32, lots: i64) {
        trade(&self.matching, traders, ticks, lots).await;
    }

    /// What is shown once it says this.
    async fn until(&self, says: impl Fn(&MarketNow) -> bool) -> MarketNow {
        loop {
            let now = self.app.market_now(MARKET);
            if says(&now) {
                return now;
            }
            tokio::task::yield_now().await;
        }
    }

    /// What is shown once the newest trade has this number and none is missing below it.
    async fn whole(&self, newest: u64) -> (Vec<u64>, Ticker) {
        let is_whole = |now: &MarketNow| {
            now.trades.first().is_some_and(|trade| trade.number == newest)
                && now.trades.len() as u64 == newest.min(SHOWN)
        };
        let now = self.until(is_whole).await;
        assert_eq!(now.ticker, self.app.ticker_now(MARKET), "the list of markets says the same");
        let numbers = now.trades.iter().map(|trade| trade.number).collect();
        (numbers, now.ticker.expect("a ticker"))
    }
}

async fn trade(matching: &Matching, [seller, buyer]: [OwnerId; 2], ticks: u32, lots: i64) {
    place(matching, limit(seller, Side::Sell, ticks, lots)).await;
    place(matching, limit(buyer, Side::Buy, ticks, lots)).await;
}

/// High, low, volume and change.
fn figures(ticker: &Ticker) -> [&str; 4] {
    [&ticker.high, &ticker.low, &ticker.volume, &ticker.change]
}

async fn stop_engine(matching: Matching) {
    let stopping = tokio::task::spawn_blocking(move || matching.stop());
    stopping.await.expect("it ends");
}

/// One life of a process on this folder and these databases.
async fn live<R>(
    (db, clock, folder, history): (&Db, &Arc<TestClock>, &Path, &History),
    living: impl AsyncFnOnce(&Node) -> R,
) -> R {
    let matching = open(folder, clock);
    let (reader, follower) = follow(&matching, history).await;
    let node = Node::begin(db, clock, &matching, reader);
    let lived = living(&node).await;
    node.end().await;
    stop_followed(matching, follower).await;
    lived
}

#[tokio::test(flavor = "multi_thread")]
async fn last_trades_and_the_figures_of_a_day_are_the_same_after_a_restart() {
    history_on_both(async |history, _| {
        let (fresh, folder, clock) = (Fresh::sqlite().await, tempfile::tempdir().expect("a folder"), clock());
        let place = (&fresh.db, &clock, folder.path(), &history);
        let (traders, before) = live(place, async |node| {
            let traders = open_market::<2>(&node.matching).await;
            node.trade(traders, 900, 30).await;
            clock.pass(13 * HOUR);
            for number in 0..20 {
                node.trade(traders, 1_000 + number * 7 % 11, 2).await;
                clock.pass(Duration::from_secs(25));
            }
            (traders, node.whole(21).await)
        })
        .await;
        assert_eq!(before.0, (6..=21).rev().collect::<Vec<_>>());
        assert_eq!(figures(&before.1), ["10.10", "9.00", "0.70", "+11.22\u{a0}%"]);

        let after = live(place, async |node| {
            assert_eq!(node.whole(21).await, before, "at once, and nothing was traded since");
            node.trade(traders, 1_020, 5).await;
            let after = node.whole(22).await;
            assert_eq!(after.0, (7..=22).rev().collect::<Vec<_>>());
            assert_eq!(figures(&after.1), ["10.20", "9.00", "0.75", "+13.33\u{a0}%"], "it counts once");
            // What is older than a day leaves.
            clock.pass(12 * HOUR);
            let later = node.whole(22).await;
            assert_eq!(figures(&later.1), ["10.20", "10.00", "0.45", "+2.00\u{a0}%"]);
            later
        })
        .await;

        let long_after = live(place, async |node| {
            assert_eq!(node.whole(22).await, after);
            clock.pass(13 * HOUR);
            node.whole(22).await
        })
        .await;
        assert_eq!(
            figures(&long_after.1),
            ["10.20", "10.20", "0.00", "0.00\u{a0}%"],
            "a day without a trade"
        );
        live(place, async |node| assert_eq!(node.whole(22).await, long_after)).await;
        fresh.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_history_lacks_is_waited_for_and_what_both_have_is_counted_once() {
    history_on_both(async |history, _| {
        let (fresh, folder, clock) = (Fresh::sqlite().await, tempfile::tempdir().expect("a folder"), clock());
        // Nobody has written history: the journal alone has these.
        let matching = open(folder.path(), &clock);
        let traders = open_market::<2>(&matching).await;
        for _ in 0..5 {
            trade(&matching, traders, 1_000, 1).await;
        }
        place(&matching, limit(traders[0], Side::Sell, 2_000, 1)).await;
        stop_engine(matching).await;

        let matching = open(folder.path(), &clock);
        let (projector, reader) = behind(&matching, &history).await;
        let node = Node::begin(&fresh.db, &clock, &matching, reader);
        node.until(|now| !now.depth.asks.is_empty()).await;
        node.trade(traders, 1_100, 1).await;
        node.trade(traders, 1_200, 1).await;
        let now = node.until(|now| now.trades.first().is_some_and(|trade| trade.number == 7)).await;
        assert_eq!(now.trades.len(), 2, "what this process has seen, until history is there");

        let follower = write_behind(&matching, projector, 500);
        let (numbers, ticker) = node.whole(7).await;
        assert_eq!(numbers, (1..=7).rev().collect::<Vec<_>>());
        assert_eq!(figures(&ticker), ["12.00", "10.00", "0.07", "+20.00\u{a0}%"]);
        node.trade(traders, 1_300, 1).await;
        let (_, ticker) = node.whole(8).await;
        assert_eq!(figures(&ticker), ["13.00", "10.00", "0.08", "+30.00\u{a0}%"]);
        node.end().await;
        stop_followed(matching, follower).await;
        fresh.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_cannot_be_read_is_told_of_and_asked_again() {
    history_on_both(async |history, _| {
        let (fresh, folder, clock) = (Fresh::sqlite().await, tempfile::tempdir().expect("a folder"), clock());
        let place = (&fresh.db, &clock, folder.path(), &history);
        let before = live(place, async |node| {
            let traders = open_market::<2>(&node.matching).await;
            node.trade(traders, 1_000, 3).await;
            node.trade(traders, 1_100, 3).await;
            node.whole(2).await
        })
        .await;
        run_sql(history.db(), "ALTER TABLE candle RENAME TO put_away").await;
        live(place, async |node| {
            while !node.log.0.lock().expect("no panic").contains("until history can be read") {
                tokio::task::yield_now().await;
            }
            let now = node.app.market_now(MARKET);
            assert_eq!((now.trades.len(), now.ticker), (0, None), "nothing rather than something false");
            run_sql(history.db(), "ALTER TABLE put_away RENAME TO candle").await;
            assert_eq!(node.whole(2).await, before);
        })
        .await;
        fresh.end().await;
    })
    .await;
}
