//! The engine on a disk that fails, a folder that is damaged, and beside another engine.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_app::clock::Clock;
use doorward_app::matching::{
    JournalRefused, Lease, Matching, MatchingRefused, MatchingSettings, NotTaken, start_on,
};
use doorward_domain::market::command::Command;
use doorward_domain::market::order::Side;
use doorward_engine::Engine;
use doorward_journal::Folder;
use doorward_journal::disk::{Disk, DiskFile};

use crate::market_house::{
    MARKET, clock, hold, lease, limit, open, open_market, place, poll_once, settings, try_open,
};

/// A folder whose files sync so many more times.
struct Failing {
    folder: Folder,
    lasts: Arc<AtomicU64>,
}

struct FailingFile {
    file: File,
    lasts: Arc<AtomicU64>,
}

impl Failing {
    fn file(&self, file: File) -> FailingFile {
        FailingFile { file, lasts: Arc::clone(&self.lasts) }
    }
}

impl Disk for Failing {
    type File = FailingFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }
    fn create(&self, name: &str) -> io::Result<FailingFile> {
        self.folder.create(name).map(|file| self.file(file))
    }
    fn open(&self, name: &str) -> io::Result<FailingFile> {
        self.folder.open(name).map(|file| self.file(file))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }
    fn archive(&self, name: &str) -> io::Result<()> {
        self.folder.archive(name)
    }
    fn sync(&self) -> io::Result<()> {
        Disk::sync(&self.folder)
    }
}

impl DiskFile for FailingFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }
    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        DiskFile::read_at(&self.file, at, bytes)
    }
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        DiskFile::write_at(&mut self.file, at, bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        let one_less = |left: u64| left.checked_sub(1);
        if self.lasts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_err() {
            return Err(io::Error::other("the disk is gone"));
        }
        DiskFile::sync(&mut self.file)
    }
}

/// An engine on a disk that syncs so many more times, with groups of four commands.
pub(crate) fn open_failing(folder: &Path, lasts: &Arc<AtomicU64>) -> Matching {
    let disk =
        Failing { folder: Folder::lock(folder).expect("the folder is free"), lasts: Arc::clone(lasts) };
    let settings = MatchingSettings { group: 4, ..settings(folder) };
    let (matching, beginning) =
        start_on(disk, &settings, &lease(), clock() as Arc<dyn Clock>).expect("starts");
    beginning.replayed().expect("replays");
    matching.admit();
    matching
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_stops_the_engine_without_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let lasts = Arc::new(AtomicU64::new(u64::MAX));
    let matching = open_failing(folder.path(), &lasts);
    let [owner] = open_market(&matching).await;
    let order = place(&matching, limit(owner, Side::Buy, 10, 5)).await;
    let acknowledged = matching.sequence();

    lasts.store(0, Ordering::SeqCst);
    let cancel = Command::Cancel { owner, order };
    assert_eq!(matching.send(None, cancel).await, Err(NotTaken::Stopped));
    let why = matching.failed().await;
    assert!(why.contains("writing a group") && why.contains("the disk is gone"), "{why}");
    assert_eq!(matching.send(None, cancel).await, Err(NotTaken::Stopped));
    assert_eq!(matching.sequence(), acknowledged);
    assert!(matching.view().find_order(owner, order).is_some(), "nothing is shown that is not durable");
    assert_eq!(matching.ready().err(), Some(NotTaken::Stopped));
    matching.stop();
    drop(matching);

    // Whoever opens it next finds everything that was answered. The last group may be there: nobody was told either way.
    let matching = open(folder.path(), &clock());
    assert!((acknowledged..=acknowledged + 1).contains(&matching.sequence()));
    assert_eq!(matching.view().balances(owner).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_applied_while_the_next_one_fails_is_answered_and_the_next_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let lasts = Arc::new(AtomicU64::new(u64::MAX));
    let matching = open_failing(folder.path(), &lasts);
    open_market::<1>(&matching).await;
    let before = matching.sequence();
    // Three groups of four wait; two of them can be synced.
    let held = hold(&matching).await;
    let mut sending: Vec<_> = (0..12).map(|_| Box::pin(matching.send(None, Command::OpenOwner))).collect();
    for one in &mut sending {
        assert!(poll_once(one).await.is_none());
    }
    lasts.store(2, Ordering::SeqCst);
    held.let_go().await;
    let mut answered = Vec::new();
    for one in sending {
        answered.push(one.await.map(|answered| answered.sequence));
    }
    let told: Vec<_> = (before + 1..=before + 8).map(Ok).collect();
    assert_eq!(answered[..8], told);
    assert!(answered[8..].iter().all(|answered| *answered == Err(NotTaken::Stopped)));
    assert_eq!(matching.sequence(), before + 8, "nothing is shown that is not durable");
    assert!(matching.failed().await.contains("writing a group"));
    matching.stop();
    drop(matching);
    let matching = open(folder.path(), &clock());
    // The group that failed may be there; the engine had seen eight and is restored to what the journal has.
    assert!([before + 8, before + 12].contains(&matching.sequence()), "{}", matching.sequence());
    let owners = matching.look(Engine::owners).await.expect("it runs");
    assert_eq!(u64::from(owners), 1 + matching.sequence() - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_mark_stops_the_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    let lasts = Arc::new(AtomicU64::new(u64::MAX));
    let matching = open_failing(folder.path(), &lasts);
    open_market::<1>(&matching).await;
    lasts.store(0, Ordering::SeqCst);
    let why = matching.failed().await;
    assert!(why.contains("commit mark"), "{why}");
}

/// What the commit mark says.
fn marked(folder: &Path) -> u64 {
    let mark = std::fs::read(folder.join("mark")).expect("a mark");
    let sectors = mark.chunks_exact(512).map(|sector| sector[16..24].try_into().expect("eight bytes"));
    sectors.map(u64::from_le_bytes).max().expect("two sectors")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commit_mark_is_written_while_nothing_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let matching = open(folder.path(), &clock());
    open_market::<1>(&matching).await;
    while marked(folder.path()) < matching.sequence() {
        tokio::task::yield_now().await;
    }
    assert_eq!(marked(folder.path()), matching.sequence());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_commands_come_all_the_time_the_mark_is_written_and_old_orders_are_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [gone] = open_market(&matching).await;
    let order = place(&matching, limit(gone, Side::Buy, 10, 5)).await;
    matching.send(None, Command::Cancel { owner: gone, order }).await.expect("it runs");
    assert_eq!(matching.view().closed_orders(gone).len(), 1);
    for _ in 0..8 {
        let first = matching.send(None, Command::Resume(MARKET)).await.expect("it runs").sequence;
        clock.pass(Duration::from_secs(10));
        matching.send(None, Command::Resume(MARKET)).await.expect("it runs");
        // Between two groups, behind what is done there.
        matching.look(|_| ()).await.expect("it runs");
        assert!(marked(folder.path()) >= first);
    }
    assert_eq!(matching.view().closed_orders(gone).len(), 0, "that was more than a minute ago");
    matching.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_engine_on_the_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let second = try_open(folder.path(), &clock).err();
    assert!(matches!(second, Some(MatchingRefused::Journal(JournalRefused::Locked))), "{second:?}");
    matching.stop();
    assert!(try_open(folder.path(), &clock).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_ends_before_what_is_known_of_it_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    open_market::<1>(&matching).await;
    let tail = matching.sequence();
    matching.stop();
    for (known_of_lease, known_of_history) in [(tail + 1, 0), (0, tail + 1)] {
        let lease = Lease { known: known_of_lease, ..lease() };
        let settings = MatchingSettings { known: known_of_history, ..settings(folder.path()) };
        let refused =
            doorward_app::matching::open(&settings, &lease, Arc::clone(&clock) as Arc<dyn Clock>).err();
        assert!(
            matches!(refused, Some(MatchingRefused::Journal(JournalRefused::Behind { known, .. })) if known == tail + 1),
            "{refused:?}"
        );
    }
    let other = Lease { journal_id: [2; 16], ..lease() };
    let refused =
        doorward_app::matching::open(&settings(folder.path()), &other, Arc::clone(&clock) as Arc<dyn Clock>)
            .err();
    assert!(matches!(refused, Some(MatchingRefused::OtherJournal)), "{refused:?}");
    assert!(try_open(folder.path(), &clock).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_snapshot_falls_back_to_the_one_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = open(folder.path(), &clock);
    let [owner] = open_market(&matching).await;
    for number in 1..=3 {
        place(&matching, limit(owner, Side::Buy, number, 5)).await;
        let (sequence, bytes) =
            matching.look(|engine| (engine.sequence(), engine.snapshot())).await.expect("a look");
        let disk = Folder::look(folder.path());
        doorward_journal::snapshots::store(&disk, sequence, &bytes).expect("a snapshot");
        clock.pass(Duration::from_secs(100));
    }
    place(&matching, limit(owner, Side::Buy, 4, 5)).await;
    let hash = matching.look(|engine| engine.state_hash()).await.expect("a look");
    matching.stop();

    for damaged in 0..=2 {
        let reopened = open(folder.path(), &clock);
        assert_eq!(
            reopened.look(|engine| engine.state_hash()).await.expect("a look"),
            hash,
            "{damaged} damaged"
        );
        assert_eq!(reopened.view().open_orders(owner, None).len(), 4);
        reopened.stop();
        if damaged < 2 {
            damage_snapshot(folder.path(), damaged);
        }
    }
}

/// Damages the newest snapshot but so many.
fn damage_snapshot(folder: &Path, newer: usize) {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "snapshot"))
        .collect();
    names.sort();
    let newest = names.iter().rev().nth(newer).expect("a snapshot");
    let mut bytes = std::fs::read(newest).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(newest, bytes).expect("writes");
}
