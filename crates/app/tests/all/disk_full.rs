//! The engine on a disk that has no more room.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use doorward_app::clock::Clock;
use doorward_app::matching::{Matching, MatchingSettings, NotTaken, start_on};
use doorward_domain::market::command::Command;
use doorward_engine::{AssetTotals, Engine};
use doorward_journal::Folder;
use doorward_journal::disk::{Disk, DiskFile};
use tokio::sync::Notify;

use crate::market_house::{clock, lease, open_market};

const SEGMENT: u64 = 64 << 10;

/// A folder on a disk with so many bytes left. What a file has already it may write again, as on a real one.
#[derive(Clone)]
struct Filling {
    folder: Arc<Folder>,
    left: Arc<AtomicI64>,
    /// Told each time a file goes and its room comes back.
    given_back: Arc<Notify>,
}

struct FillingFile {
    file: File,
    left: Arc<AtomicI64>,
}

impl Filling {
    fn file(&self, file: File) -> FillingFile {
        FillingFile { file, left: Arc::clone(&self.left) }
    }
}

impl Disk for Filling {
    type File = FillingFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }
    fn create(&self, name: &str) -> io::Result<FillingFile> {
        self.folder.create(name).map(|file| self.file(file))
    }
    fn open(&self, name: &str) -> io::Result<FillingFile> {
        self.folder.open(name).map(|file| self.file(file))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        let size = self.folder.open(name)?.size()?;
        self.folder.remove(name)?;
        self.left.fetch_add(size.cast_signed(), Ordering::SeqCst);
        self.given_back.notify_one();
        Ok(())
    }
    fn archive(&self, name: &str) -> io::Result<()> {
        self.folder.archive(name)
    }
    fn sync(&self) -> io::Result<()> {
        Disk::sync(&*self.folder)
    }
}

impl DiskFile for FillingFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }
    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        DiskFile::read_at(&self.file, at, bytes)
    }
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let more = (at + bytes.len() as u64).saturating_sub(self.size()?).cast_signed();
        if self.left.fetch_sub(more, Ordering::SeqCst) < more {
            self.left.fetch_add(more, Ordering::SeqCst);
            return Err(io::ErrorKind::StorageFull.into());
        }
        DiskFile::write_at(&mut self.file, at, bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        DiskFile::sync(&mut self.file)
    }
}

/// An engine with so many bytes for its folder.
fn open(folder: &Path, left: i64) -> (Matching, Filling) {
    let left = Arc::new(AtomicI64::new(left));
    let locked = Folder::lock(folder).expect("the folder is free");
    let disk = Filling { folder: Arc::new(locked), left, given_back: Arc::default() };
    let settings = MatchingSettings { segment_bytes: SEGMENT, ..MatchingSettings::in_folder(folder) };
    let (matching, beginning) =
        start_on(disk.clone(), &settings, &lease(), clock() as Arc<dyn Clock>).expect("starts");
    beginning.replayed().expect("replays");
    matching.admit();
    (matching, disk)
}

/// Opens owners until there is no answer, and says how many got one.
async fn owners_until_the_end(matching: &Matching, most: usize) -> usize {
    for done in 0..most {
        match matching.send(None, Command::OpenOwner).await {
            Ok(_) => {}
            Err(why) => {
                assert_eq!(why, NotTaken::Stopped);
                return done;
            }
        }
    }
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_engine_without_an_answer_and_room_brings_everything_back() {
    let folder = tempfile::tempdir().expect("a folder");
    // One segment and the mark, and not a second one.
    let (matching, _) = open(folder.path(), SEGMENT.cast_signed() + 40_000);
    open_market::<1>(&matching).await;
    let done = owners_until_the_end(&matching, 10_000).await;
    assert!((10..10_000).contains(&done), "{done} commands fit");
    let (acknowledged, why) = (matching.sequence(), matching.failed().await);
    assert!(why.contains("segment") && why.contains("storage"), "{why}");
    assert_eq!(matching.send(None, Command::OpenOwner).await, Err(NotTaken::Stopped));
    let before = matching.view().assets().len();
    matching.stop();
    drop(matching);

    let (matching, _) = open(folder.path(), i64::MAX);
    assert_eq!(matching.sequence(), acknowledged, "what was answered is there, and nothing else");
    assert_eq!(matching.view().assets().len(), before);
    assert_eq!(owners_until_the_end(&matching, 10).await, 10);
    let totals = matching.look(Engine::totals).await.expect("it runs");
    assert!(totals.iter().all(AssetTotals::agree), "{totals:?}");
    matching.stop();
}

/// Bytes of the first segment that are written to.
fn used_of_the_first(folder: &Path) -> u64 {
    let segment = std::fs::read(folder.join(format!("{:020}.segment", 1))).expect("reads");
    segment.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_segment_is_made_while_commands_come_all_the_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (matching, _) = open(folder.path(), i64::MAX);
    open_market::<1>(&matching).await;
    while used_of_the_first(folder.path()) < SEGMENT / 10 * 9 {
        assert_eq!(owners_until_the_end(&matching, 1).await, 1);
    }
    matching.look(|_| ()).await.expect("it runs");
    let made = std::fs::metadata(folder.path().join("next.spare")).expect("a next segment").len();
    assert!(made > SEGMENT / 10 * 7, "{made}");
    matching.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_for_the_next_segment_is_no_end_while_the_present_one_lasts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (matching, disk) = open(folder.path(), SEGMENT.cast_signed() + 40_000);
    open_market::<1>(&matching).await;
    // Into the last quarter: a command alone takes a sector.
    let used = || used_of_the_first(folder.path());
    while used() < SEGMENT / 5 * 4 {
        assert_eq!(owners_until_the_end(&matching, 1).await, 1);
    }
    // While nothing comes it tries to make the next one, in vain, and gives the room back that it took.
    disk.given_back.notified().await;
    assert!(matching.ready().is_ok());
    let left = disk.left.load(Ordering::SeqCst);
    assert!(left > 20_000, "{left}");
    assert_eq!(owners_until_the_end(&matching, 3).await, 3);
    // Room is made in time: the next segment begins when it is needed.
    disk.left.store(i64::MAX / 2, Ordering::SeqCst);
    assert_eq!(owners_until_the_end(&matching, 200).await, 200);
    matching.stop();
}
