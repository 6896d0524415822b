//! A backup of a house that trades, and the house that is made of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use doorward_app::backup::{BackupPlan, Manifest, restore};
use doorward_app::clock::SystemClock;
use doorward_app::data_folder::{DATABASE_FILE, HISTORY_FILE, MARKET_FOLDER};
use doorward_app::history::{
    Counts, History, MarketHistory, NotRebuilt, OrderFilter, Projection, Window, rebuild_from_folder,
};
use doorward_app::keys::{Keys, MasterKey};
use doorward_app::matching::follower::Follower;
use doorward_app::matching::reconcile::HistoryLook;
use doorward_app::matching::{Matching, MatchingSettings};
use doorward_domain::market::instrument::OwnerId;
use doorward_domain::market::order::Side;
use doorward_store::{Db, DbConfig};

use crate::history_live::follow_with_snapshots;
use crate::house::House;
use crate::market_house::{clock, lease, limit, open_market, place, stop_followed};

/// Records between two snapshots, as a rule.
const SNAPSHOT_EVERY: u64 = 40;
/// The same where some are to be stored while a backup is made.
const SNAPSHOT_OFTEN: u64 = 6;
/// Small segments: a few hundred records fill several.
const SEGMENT: u64 = 32 << 10;
const MAKER: OwnerId = OwnerId(0);
const TAKER: OwnerId = OwnerId(1);

/// A house in a data folder of its own, as a server has it.
struct Home {
    house: House,
    db: Db,
    history: History,
    reader: MarketHistory,
    matching: Matching,
    follower: Follower,
}

impl Home {
    async fn open(folder: &Path) -> Self {
        Self::open_with_snapshots(folder, SNAPSHOT_EVERY).await
    }

    async fn open_with_snapshots(folder: &Path, snapshot_every: u64) -> Self {
        let db = Db::open(&DbConfig::sqlite(folder.join(DATABASE_FILE))).await.expect("opens");
        db.migrate().await.expect("has its tables");
        let history =
            History::open(&DbConfig::sqlite(folder.join(HISTORY_FILE))).await.expect("history opens");
        let settings = MatchingSettings {
            segment_bytes: SEGMENT,
            ..MatchingSettings::in_folder(folder.join(MARKET_FOLDER))
        };
        let matching = doorward_app::matching::open(&settings, &lease(), clock()).expect("the engine opens");
        let (reader, follower) = follow_with_snapshots(&matching, &history, snapshot_every).await;
        let house = House::with_market(db.clone(), clock(), Some(matching.clone()));
        house.app.begin_history(reader.clone());
        Self { house, db, history, reader, matching, follower }
    }

    /// A house that has traded for a while, and was stopped and started in between: some of its segments are archived.
    async fn traded(folder: &Path) -> Self {
        let home = Self::open(folder).await;
        assert_eq!(open_market(&home.matching).await, [MAKER, TAKER]);
        trade(&home.matching, 150).await;
        home.stop().await;
        assert!(archived(folder).len() > 2, "{:?}", archived(folder));
        Self::open(folder).await
    }

    async fn back_up(&self, target: &Path, with_archive: bool) -> Manifest {
        let plan = BackupPlan { target: target.to_owned(), with_archive };
        self.house.app.back_up(plan).await.unwrap_or_else(|failure| panic!("not copied: {failure:?}"))
    }

    /// Everything of it agrees, and it trades on.
    async fn is_whole(&self) {
        assert!(
            self.reader.wait_for(self.matching.sequence()).await,
            "history has come to the journal's end"
        );
        let found = self.house.app.reconcile().await.expect("looked through").expect("a market");
        assert!(found.agrees(), "{:?}", found.findings);
        assert_eq!(found.history, HistoryLook::Compared(self.matching.sequence()));
        place(&self.matching, limit(MAKER, Side::Sell, 100, 3)).await;
        let order = place(&self.matching, limit(TAKER, Side::Buy, 100, 3)).await;
        let orders = self.reader.list_orders(TAKER, OrderFilter::default(), Window::newest(1)).await;
        let orders = orders.expect("an answer");
        assert_eq!((orders.is_whole, orders.what[0].order), (true, order));
    }

    async fn stop(self) {
        stop_followed(self.matching, self.follower).await;
        self.history.close().await;
        self.db.close().await;
    }
}

async fn trade(matching: &Matching, rounds: u32) {
    for round in 0..rounds {
        place(matching, limit(MAKER, Side::Sell, 100 + round % 7, 3)).await;
        place(matching, limit(TAKER, Side::Buy, 103, 2)).await;
    }
}

/// The archived segments of a house, oldest first.
fn archived(folder: &Path) -> Vec<PathBuf> {
    let archive = folder.join(MARKET_FOLDER).join("archive");
    let mut names: Vec<PathBuf> =
        fs::read_dir(archive).expect("an archive").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    names
}

/// The first record of a segment.
fn first_of(segment: &Path) -> u64 {
    segment.file_stem().and_then(|name| name.to_str()?.parse().ok()).expect("a segment's name")
}

fn restored(backup: &Path, folder: &Path) {
    fs::create_dir(folder).expect("makes");
    let keys = Keys::new(&MasterKey::from_bytes([7; 32]), &[]);
    let restored = restore(backup, folder, &[], "sqlite", Some(&keys)).expect("restored");
    assert!(restored.has_key);
}

/// History is made anew from a folder's journal, while nothing else runs there.
async fn rebuilt(folder: &Path) -> Result<(u64, Counts), NotRebuilt> {
    let history = History::open(&DbConfig::sqlite(folder.join(HISTORY_FILE))).await.expect("history opens");
    let reach = history.find_reach().await.expect("read").expect("written");
    let (again, market) = (history.clone(), folder.join(MARKET_FOLDER));
    let projection = Projection { journal_id: lease().journal_id, epoch: lease().epoch };
    let made = tokio::task::spawn_blocking(move || {
        rebuild_from_folder(&again, projection, (&market, reach.last_seq), Arc::new(SystemClock), |_| {})
    });
    let made = made.await.expect("it ends");
    let counts = history.count().await.expect("counted");
    history.close().await;
    made.map(|records| (records, counts))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_trade_becomes_a_house_whose_books_agree_and_which_trades_on() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("data");
    fs::create_dir(&data).expect("makes");
    Home::traded(&data).await.stop().await;
    let home = Home::open_with_snapshots(&data, SNAPSHOT_OFTEN).await;
    let (ends, trading) = (Arc::new(AtomicBool::new(false)), home.matching.clone());
    let told = Arc::clone(&ends);
    let flood = tokio::spawn(async move {
        while !told.load(Ordering::Acquire) {
            trade(&trading, 1).await;
        }
    });
    let mut made = Vec::new();
    for (name, with_archive) in [("whole", true), ("short", false)] {
        made.push((name, with_archive, home.back_up(&place.path().join(name), with_archive).await));
    }
    ends.store(true, Ordering::Release);
    flood.await.expect("it ends");
    home.stop().await;

    for (name, with_archive, manifest) in made {
        let journal = manifest.journal.expect("a market");
        assert_eq!(journal.first == 1, with_archive, "{name}: from {}", journal.first);
        let folder = place.path().join(format!("{name}-again"));
        restored(&place.path().join(name), &folder);
        let history = History::open(&DbConfig::sqlite(folder.join(HISTORY_FILE))).await.expect("opens");
        let reached = history.find_reach().await.expect("read").expect("written").last_seq;
        history.close().await;
        assert!(
            journal.snapshots[0] <= reached && reached <= journal.last,
            "{name}: history at {reached} goes on from one of {:?} up to {}",
            journal.snapshots,
            journal.last
        );
        let again = Home::open(&folder).await;
        assert_eq!(again.matching.sequence(), journal.last);
        again.is_whole().await;
        again.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_archive_a_backup_trades_on_and_history_is_made_anew_once_the_archive_is_back() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, copy, second) =
        (place.path().join("data"), place.path().join("copy"), place.path().join("second"));
    fs::create_dir(&data).expect("makes");
    let home = Home::traded(&data).await;
    let manifest = home.back_up(&copy, false).await;
    let journal = manifest.journal.expect("a market");
    assert!(journal.first > 1 && journal.first <= journal.snapshots[1] + 1, "{journal:?}");
    home.stop().await;
    restored(&copy, &second);
    let again = Home::open(&second).await;
    again.is_whole().await;
    again.stop().await;
    let lacking = rebuilt(&second).await;
    assert!(matches!(lacking, Err(NotRebuilt::Journal(_))), "{lacking:?}");
    fs::create_dir_all(second.join(MARKET_FOLDER).join("archive")).expect("makes");
    for segment in archived(&data) {
        let name = segment.file_name().expect("a name");
        fs::copy(&segment, second.join(MARKET_FOLDER).join("archive").join(name)).expect("copies");
    }
    let before = History::open(&DbConfig::sqlite(second.join(HISTORY_FILE))).await.expect("opens");
    let live = before.count().await.expect("counted");
    before.close().await;
    let (_, counts) = rebuilt(&second).await.expect("made anew");
    assert_eq!(counts, live);
    let again = Home::open(&second).await;
    again.is_whole().await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_segments_that_were_moved_away_keep_no_backup_from_being_made() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, copy, second) =
        (place.path().join("data"), place.path().join("copy"), place.path().join("second"));
    fs::create_dir(&data).expect("makes");
    let home = Home::traded(&data).await;
    let segments = archived(&data);
    let (kept, moved) = segments.split_last().expect("some");
    for segment in moved {
        let name = segment.file_name().expect("a name");
        fs::rename(segment, place.path().join(name)).expect("moves");
    }
    let journal = home.back_up(&copy, true).await.journal.expect("a market");
    assert_eq!((journal.first, journal.last), (first_of(kept), home.matching.sequence()));
    assert!(journal.first > 1);
    home.stop().await;
    restored(&copy, &second);
    let again = Home::open(&second).await;
    again.is_whole().await;
    again.stop().await;
}
