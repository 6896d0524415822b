//! The audit log as a tree: whoever tampers with the database is found out, on both databases.

use doorward_app::audit::CheckpointPlace;
use doorward_app::audit::checkpoint::{CheckpointRefused, open_checkpoint};
use doorward_app::audit::prove::{ProofRefused, prove_consistency, prove_entry};
use doorward_app::audit::verify::verify_audit;
use doorward_domain::audit_check::Finding;
use doorward_domain::checkpoint::Checkpoint;
use doorward_domain::merkle::{verify_consistency, verify_inclusion};
use doorward_store::Db;
use doorward_store::audit::list_provable;
use doorward_store::audit_tree::find_tree;
use doorward_store::testing::{on_both, run_sql};

use crate::house::{Customer, House};
use crate::sign_up::refused;

/// Entries through the house itself, every one by `note`.
async fn looks(house: &House, customer: &Customer, count: usize) {
    for _ in 0..count {
        house.app.show_account(customer.account).await.expect("shown");
    }
}

async fn house_with(db: Db, entries: usize) -> (House, Customer) {
    let house = House::open(db);
    let ada = house.customer("ada@example.org").await;
    looks(&house, &ada, entries).await;
    (house, ada)
}

async fn checkpoint(house: &House) -> Checkpoint {
    house.app.sign_checkpoint().await.expect("signed").0
}

async fn findings(house: &House, checkpoint: &Checkpoint) -> Vec<Finding> {
    verify_audit(&house.app.db, Some(checkpoint)).await.expect("read").findings.told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_touched_verifies_against_every_checkpoint_of_its_past() {
    on_both(async |db| {
        let (house, ada) = house_with(db, 3).await;
        let mut past = vec![checkpoint(&house).await];
        for _ in 0..3 {
            looks(&house, &ada, 130).await;
            past.push(checkpoint(&house).await);
        }
        let report = verify_audit(&house.app.db, None).await.expect("read");
        let newest = past.last().expect("one");
        assert_eq!((report.size, report.root, report.findings.count), (393, newest.root, 0));
        for old in &past {
            assert_eq!(findings(&house, old).await, []);
            let proof = prove_consistency(&house.app.db, old.size, None).await.expect("proved");
            assert_eq!((proof.old_root, proof.new_root), (old.root, newest.root));
            assert!(verify_consistency(old.size, &old.root, newest.size, &newest.root, &proof.path));
        }
        assert_eq!(refused(prove_consistency(&house.app.db, 9, Some(8)).await), ProofRefused::Sizes);
        assert_eq!(refused(prove_consistency(&house.app.db, 9, Some(800)).await), ProofRefused::Sizes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_proved_under_a_checkpoint() {
    on_both(async |db| {
        let (house, ada) = house_with(db, 20).await;
        let checkpoint = checkpoint(&house).await;
        looks(&house, &ada, 5).await;
        let app = &house.app;
        let newest =
            doorward_store::audit::list_audit(&app.db, ada.account, None, 1).await.expect("read")[0].seq;
        assert_eq!(refused(prove_entry(&app.db, newest, None).await), ProofRefused::NoPlaceYet);
        app.sequence_audit().await.expect("placed");
        for entry in list_provable(&app.db, 0, 20).await.expect("read") {
            let proof = prove_entry(&app.db, entry.seq, Some(checkpoint.size)).await.expect("proved");
            let leaf = doorward_app::audit::prove::leaf_hash_of(&entry).expect("bound");
            assert!(verify_inclusion(&leaf, proof.leaf, checkpoint.size, &proof.path, &checkpoint.root));
        }
        assert_eq!(refused(prove_entry(&app.db, newest, Some(20)).await), ProofRefused::Size);
        assert_eq!(refused(prove_entry(&app.db, newest, Some(2_000)).await), ProofRefused::Size);
        assert_eq!(refused(prove_entry(&app.db, 1_000_000, None).await), ProofRefused::NoEntry);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_a_deleted_and_a_reordered_entry_are_detected() {
    on_both(async |db| {
        let (house, _) = house_with(db, 30).await;
        let checkpoint = checkpoint(&house).await;
        let db = &house.app.db;
        run_sql(db, "UPDATE audit SET at = at - 1000000 WHERE leaf = 4").await;
        run_sql(db, "DELETE FROM audit WHERE leaf = 9").await;
        run_sql(db, "UPDATE audit SET leaf = 77 WHERE leaf = 20").await;
        run_sql(db, "UPDATE audit SET leaf = 20 WHERE leaf = 21").await;
        run_sql(db, "UPDATE audit SET leaf = 21 WHERE leaf = 77").await;
        let found = findings(&house, &checkpoint).await;
        assert!(
            matches!(
                found[..],
                [
                    Finding::Changed { leaf: 4, .. },
                    Finding::Moved { leaf: 20, from: 21 },
                    Finding::Moved { leaf: 21, from: 20 },
                    Finding::Missing { leaf: 9 },
                    Finding::Forked { checkpoint: 30 },
                ]
            ),
            "{found:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_end_was_cut_off_is_detected_even_where_the_tree_was_cut_with_it() {
    on_both(async |db| {
        let (house, ada) = house_with(db, 30).await;
        let kept = checkpoint(&house).await;
        let db = &house.app.db;
        run_sql(db, "DELETE FROM audit WHERE leaf >= 25").await;
        let missing = findings(&house, &kept).await;
        assert_eq!(missing.iter().filter(|one| matches!(one, Finding::Missing { .. })).count(), 5);
        run_sql(db, "UPDATE audit_tree SET size = 25").await;
        assert_eq!(
            verify_audit(db, None).await.expect("read").findings.count,
            0,
            "it agrees with itself again"
        );
        assert_eq!(findings(&house, &kept).await, [Finding::Truncated { size: 25, checkpoint: 30 }]);
        looks(&house, &ada, 5).await;
        house.app.sequence_audit().await.expect("placed");
        assert_eq!(
            findings(&house, &kept).await,
            [Finding::Forked { checkpoint: 30 }],
            "grown again, otherwise"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_rewritten_with_its_tree_is_a_fork_of_the_one_that_was_signed() {
    on_both(async |db| {
        let (house, _) = house_with(db, 40).await;
        let kept = checkpoint(&house).await;
        let db = &house.app.db;
        // Somebody with the program and the database: an entry vanishes and the tree is built anew.
        run_sql(db, "DELETE FROM audit WHERE leaf = 12").await;
        run_sql(db, "UPDATE audit SET leaf = NULL").await;
        run_sql(db, "DELETE FROM audit_tile").await;
        run_sql(db, "UPDATE audit_tree SET size = 0").await;
        house.app.sequence_audit().await.expect("built anew");
        assert_eq!(verify_audit(db, None).await.expect("read").findings.count, 0);
        assert_eq!(findings(&house, &kept).await, [Finding::Truncated { size: 39, checkpoint: 40 }]);
        let ada = house.app.list_accounts(None, 1).await.expect("listed")[0].id;
        house.app.show_account(ada).await.expect("one more entry");
        let forked = checkpoint(&house).await;
        assert_eq!((forked.size, find_tree(db).await.expect("read").size), (40, 40));
        assert_eq!(findings(&house, &kept).await, [Finding::Forked { checkpoint: 40 }]);
        assert_eq!(findings(&house, &forked).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_tree_is_detected_at_each_of_its_levels() {
    on_both(async |db| {
        let (house, _) = house_with(db, 520).await;
        let kept = checkpoint(&house).await;
        let db = &house.app.db;
        run_sql(db, "DELETE FROM audit_tile WHERE level = 1").await;
        assert_eq!(findings(&house, &kept).await, [Finding::Tree { leaf: 0 }]);
        run_sql(db, "DELETE FROM audit_tile WHERE level = 0 AND number = 1").await;
        let found = verify_audit(db, Some(&kept)).await.expect("read").findings;
        assert!(found.told.contains(&Finding::Tree { leaf: 256 }), "{found:?}");
        assert!(
            !found.told.contains(&Finding::Forked { checkpoint: 520 }),
            "the entries themselves are whole"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_taken_for_this_log_only_with_its_own_signature() {
    on_both(async |db| {
        let (house, _) = house_with(db, 3).await;
        let (checkpoint, note) = house.app.sign_checkpoint().await.expect("signed");
        let key = house.app.audit_key().await.expect("a key");
        assert_eq!(key.name, "entry.example/audit");
        let text = note.to_string();
        assert_eq!(open_checkpoint(&text, &key), Ok(checkpoint));
        let forged = text.replacen("\n3\n", "\n2\n", 1);
        assert_ne!(forged, text);
        assert_eq!(open_checkpoint(&forged, &key), Err(CheckpointRefused::Signature));
        let other = text.replace("entry.example", "other.example");
        assert_eq!(open_checkpoint(&other, &key), Err(CheckpointRefused::OtherLog));
        assert!(matches!(open_checkpoint("nonsense", &key), Err(CheckpointRefused::NotACheckpoint(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_is_not_taken_is_noted_nowhere_and_the_next_one_is() {
    on_both(async |db| {
        let (house, _) = house_with(db, 3).await;
        let app = &house.app;
        let folder = tempfile::tempdir().expect("a folder");
        let named = folder.path().join("kept");
        let place = CheckpointPlace::named(&named.to_string_lossy()).expect("made");
        std::fs::remove_dir_all(&named).expect("gone");
        assert!(!app.send_checkpoint(&place).await.expect("signed").1);
        assert_eq!(find_tree(&app.db).await.expect("read").delivered_at, None);
        std::fs::create_dir(&named).expect("back");
        assert!(app.send_checkpoint(&place).await.expect("signed").1);
        let tree = find_tree(&app.db).await.expect("read");
        assert_eq!((tree.delivered_at, tree.delivered_size), (Some(app.now()), Some(3)));
        assert_eq!(tree.due_at, app.now().plus(std::time::Duration::from_secs(3_600)));
        let kept = std::fs::read_to_string(named.join("latest.checkpoint")).expect("there");
        assert!(open_checkpoint(&kept, &app.audit_key().await.expect("a key")).is_ok());
    })
    .await;
}
