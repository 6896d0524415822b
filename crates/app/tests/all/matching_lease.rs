//! The lease by which one engine has a database: who gets it, and what an engine may do that cannot renew it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_app::clock::Clock;
use doorward_app::engine_lease::{note_lease, renew, take_lease};
use doorward_app::failure::Failure;
use doorward_app::matching::{self, Ground, Lease, NotTaken};
use doorward_app::random::Random;
use doorward_domain::market::command::Command;
use doorward_domain::market::order::Side;
use doorward_store::Db;
use doorward_store::engine::{LeaseRefused, SILENT};
use doorward_store::testing::on_both;

use crate::market_house::{clock, hold, id, limit, open_market, place, poll_once, send, settings};
use crate::matching_account::open_node;

/// Counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(u8::try_from(self.0.fetch_add(1, Ordering::SeqCst)).unwrap_or(0));
    }
}

pub(crate) async fn claim(db: &Db, folder: &Path) -> Result<(Ground, Lease), LeaseRefused> {
    claim_with(db, folder, &Counting::default()).await
}

async fn claim_with(db: &Db, folder: &Path, random: &Counting) -> Result<(Ground, Lease), LeaseRefused> {
    let ground = Ground::take(folder).expect("the folder is free");
    match take_lease(db, &ground, random).await {
        Ok(lease) => Ok((ground, lease)),
        Err(Failure::Refused(refused)) => Err(refused),
        Err(Failure::Fault(fault)) => panic!("{fault}: {:?}", fault.source),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_engine_on_the_database_is_refused_whatever_its_folder() {
    on_both(async |db| {
        let (first, second) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let clock = clock();
        let (_, matching, lease) = open_node(&db, first.path(), &clock).await;
        assert!(matches!(claim(&db, second.path()).await.err(), Some(LeaseRefused::Held { .. })));
        send(&matching, Command::OpenOwner).await;
        assert!(renew(&db, &matching, lease).await.expect("renews"));
        assert!(matches!(claim(&db, second.path()).await.err(), Some(LeaseRefused::Held { .. })));

        // It ends in order: the other folder lacks what the database knows of.
        matching.stop();
        assert!(doorward_store::engine::release_lease(&db, lease, 1).await.expect("released"));
        assert_eq!(claim(&db, second.path()).await.err(), Some(LeaseRefused::Ahead { known: 1 }));
        // And a folder with a journal of its own is none of this database's.
        let other = matching::open(
            &settings(second.path()),
            &Lease { journal_id: [9; 16], epoch: 1, known: 0 },
            Arc::clone(&clock) as Arc<dyn Clock>,
        )
        .expect("opens");
        send(&other, Command::OpenOwner).await;
        other.stop();
        drop(other);
        assert_eq!(claim(&db, second.path()).await.err(), Some(LeaseRefused::OtherJournal));
        let (_, again) = claim(&db, first.path()).await.expect("its own folder may come back");
        assert_eq!((again.epoch, again.journal_id), (2, lease.journal_id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_comes_back_takes_the_lease_at_once_and_the_deposed_engine_is_told() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (_, matching, lease) = open_node(&db, folder.path(), &clock).await;
        // As if killed: the lock is free, the lease was not given back.
        matching.stop();
        let (_, later) = claim(&db, folder.path()).await.expect("its own folder need not wait");
        assert_eq!(later.epoch, lease.epoch + 1);
        assert!(!renew(&db, &matching, lease).await.expect("the database answers"));
        assert!(SILENT > Duration::from_secs(10));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_folder_is_refused_by_the_database_that_knows_more() {
    on_both(async |db| {
        let (folder, older) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let clock = clock();
        let serve = async |commands: usize| {
            let (_, matching, lease) = open_node(&db, folder.path(), &clock).await;
            for _ in 0..commands {
                send(&matching, Command::OpenOwner).await;
            }
            let sequence = matching.sequence();
            matching.stop();
            assert!(doorward_store::engine::release_lease(&db, lease, sequence).await.expect("released"));
            sequence
        };
        let copied = serve(3).await;
        // As a volume's snapshot is: with everything, the folder's id as well.
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let entry = entry.expect("an entry");
            std::fs::copy(entry.path(), older.path().join(entry.file_name())).expect("copies");
        }
        let newest = serve(2).await;
        assert!(newest > copied);
        let (ground, lease) = claim(&db, older.path()).await.expect("it is the database's own journal");
        let settings = settings(older.path());
        let clock_of_engine = Arc::clone(&clock) as Arc<dyn Clock>;
        let (_, beginning) = matching::start(ground, &settings, &lease, clock_of_engine).expect("a thread");
        let refused = beginning.opened().expect_err("records are lacking");
        assert_eq!(
            refused.to_string(),
            format!("the journal ends at record {copied}, but record {newest} was there already")
        );
        assert_eq!(serve(0).await, newest, "the newer folder is taken all the same");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_lease_is_none_of_a_journals() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let matching = crate::market_house::open(folder.path(), &clock());
        send(&matching, Command::OpenOwner).await;
        matching.stop();
        drop(matching);
        assert_eq!(claim(&db, folder.path()).await.err(), Some(LeaseRefused::OtherJournal));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journals_id_is_drawn_once_in_the_life_of_a_database() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let random = Counting::default();
        let (_, first) = claim_with(&db, folder.path(), &random).await.expect("the lease is free");
        for _ in 0..2 {
            let (ground, again) = claim_with(&db, folder.path(), &random).await.expect("its own folder");
            assert_eq!((ground.journal(), again.journal_id), (None, first.journal_id));
        }
        assert_eq!(random.0.load(Ordering::SeqCst), 1);
    })
    .await;
}

/// So long after its last renewal an engine takes nothing more: five seconds before others may have the database.
const TAKES_FOR: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_cannot_renew_its_lease_takes_nothing_until_it_can() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (house, matching, lease) = open_node(&db, folder.path(), &clock).await;
        let [owner] = open_market(&matching).await;
        let order = place(&matching, limit(owner, Side::Buy, 10, 5)).await;
        note_lease(&db, &matching, clock.steady());
        clock.pass(TAKES_FOR - Duration::from_secs(1));
        let other = place(&matching, limit(owner, Side::Buy, 9, 5)).await;
        clock.pass(Duration::from_secs(1));

        let cancel = Command::Cancel { owner, order };
        if matches!(db, Db::Sqlite(_)) {
            // Nobody else can have a database in a folder that this process holds.
            assert!(matching.send(None, cancel).await.is_ok());
            return;
        }
        let tail = matching.sequence();
        let new = Command::Place(limit(owner, Side::Buy, 8, 5));
        for command in [cancel, new, Command::OpenOwner] {
            assert_eq!(matching.send(None, command).await, Err(NotTaken::Suspended));
        }
        assert_eq!(matching.ready().err(), Some(NotTaken::Suspended));
        assert_eq!(house.app.market().err(), Some(NotTaken::Suspended));
        assert_eq!(matching.sequence(), tail, "nothing was done");

        assert!(renew(&db, &matching, lease).await.expect("the database answers again"));
        assert!(house.app.market().is_ok());
        send(&matching, cancel).await;
        send(&matching, Command::Cancel { owner, order: other }).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_fails_is_none() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let (_, matching, lease) = open_node(&db, folder.path(), &clock).await;
        note_lease(&db, &matching, clock.steady());
        clock.pass(TAKES_FOR);
        db.close().await;
        assert!(renew(&db, &matching, lease).await.is_err());
        let is_taken = matching.send(None, Command::OpenOwner).await.is_ok();
        assert_eq!(is_taken, matches!(db, Db::Sqlite(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_standing_disk_did_behind_the_end_of_the_lease_is_not_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let matching = crate::market_house::open(folder.path(), &clock);
    matching.hold_until(clock.steady() + SILENT);
    let standing = hold(&matching).await;
    let mut sending = Box::pin(matching.send(Some(id(7)), Command::OpenOwner));
    assert!(poll_once(&mut sending).await.is_none());
    clock.pass(SILENT);
    standing.let_go().await;
    assert_eq!(sending.await, Err(NotTaken::Stopped), "nobody knows whether it counts");

    // The lease turns out to be held still: whoever asks again is told.
    matching.hold_until(clock.steady() + SILENT);
    let answered = matching.send(Some(id(7)), Command::OpenOwner).await.expect("answered");
    assert_eq!((answered.sequence, matching.sequence()), (2, 2));
    assert_eq!(matching.look(doorward_engine::Engine::owners).await, Ok(1), "it was done once");
}
