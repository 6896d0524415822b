//! The tree over the record, on both databases.

use doorward_domain::audit::AuditKind;
use doorward_domain::audit_check::{BatchChecked, Finding, check_batch, check_erasures};
use doorward_domain::audit_leaf::erasure_statement;
use doorward_domain::audit_tile::Tiles;
use doorward_domain::id::AccountId;
use doorward_domain::merkle::{Hash, inclusion_proof, verify_inclusion};
use doorward_store::audit::*;
use doorward_store::audit_tree::*;
use doorward_store::testing::{on_both, run_sql, sqlite_texts};
use doorward_store::{Db, StoreFault, account};
use doorward_store::{erasure, personal};

use crate::support::*;

/// An entry as a write at the door leaves it.
async fn enter(db: &Db, whose: Option<AccountId>, number: i64) -> i64 {
    let salt = [u8::try_from(number.rem_euclid(251)).unwrap(); 16];
    in_write!(db, |tx| async move {
        let sealed = number.to_be_bytes();
        let new = NewAuditEntry {
            account_id: whose,
            kind: AuditKind::Entered,
            network: Some("192.0.2.1"),
            sealed: Some(&sealed),
            stated: None,
            salt,
        };
        record_audit(tx, &new, at(number)).await
    })
    .unwrap()
}

async fn batch(db: &Db, size: i64) -> BatchChecked {
    let kept: Vec<Hash> = list_tiles(db, 0, 0, size / 256 + 1)
        .await
        .unwrap()
        .into_iter()
        .flat_map(|(_, hashes)| hashes)
        .collect();
    check_batch(0, &kept[..usize::try_from(size).unwrap()], &pack_entries(db, 0, size).await.unwrap())
}

async fn findings(db: &Db, size: i64) -> Vec<Finding> {
    let checked = batch(db, size).await;
    let mut all = checked.findings;
    all.extend(check_erasures(&checked.erased, &checked.erasures));
    all.told
}

async fn all_placed(db: &Db) -> i64 {
    loop {
        let done = append_waiting(db, 7).await.unwrap();
        if done.appended == 0 {
            return done.size;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_gets_one_place_and_is_proved_there() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 0..300 {
            enter(&db, Some(account).filter(|_| number % 3 > 0), number).await;
        }
        assert_eq!(count_waiting(&db, 1_000).await.unwrap(), 300);
        assert_eq!(append_waiting(&db, 260).await.unwrap(), Appended { appended: 260, size: 260 });
        assert_eq!(append_waiting(&db, 260).await.unwrap(), Appended { appended: 40, size: 300 });
        assert_eq!(append_waiting(&db, 260).await.unwrap(), Appended { appended: 0, size: 300 });
        assert_eq!(count_waiting(&db, 1_000).await.unwrap(), 0);
        assert_eq!(find_tree(&db).await.unwrap().size, 300);
        assert_eq!(findings(&db, 300).await, []);

        let mut tiles = Tiles::default();
        let root = from_tiles(&db, &mut tiles, |tiles| tiles.root(300)).await.unwrap();
        let entries = list_provable(&db, 0, 300).await.unwrap();
        for entry in entries.iter().step_by(37) {
            let place = entry.leaf.unwrap().unsigned_abs();
            let path = from_tiles(&db, &mut tiles, |tiles| {
                inclusion_proof(place, 300, |level, index| tiles.subtree(level, index))
            });
            let leaf = doorward_domain::audit_leaf::Leaf {
                seq: entry.seq,
                at: entry.at,
                kind: &entry.kind,
                stated: "",
                commitment: entry.commitment.as_ref().unwrap(),
            };
            let path = path.await.unwrap().unwrap();
            assert!(verify_inclusion(&leaf.hash(), place, 300, &path, &root), "{place}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sequencers_and_writers_at_once_leave_no_entry_out_and_give_no_place_twice() {
    on_both(async |db| {
        race(&db, 8, |db, number| async move {
            for round in 0..20 {
                if number % 2 == 0 {
                    enter(&db, None, i64::try_from(number * 20 + round).unwrap()).await;
                } else {
                    append_waiting(&db, 5).await?;
                }
            }
            Ok::<_, StoreFault>(())
        })
        .await;
        assert_eq!(all_placed(&db).await, 80);
        assert_eq!(findings(&db, 80).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_a_time_before_the_tree_are_bound_and_taken_in() {
    on_both(async |db| {
        open_account(&db, 1).await;
        for number in 0..5 {
            enter(&db, None, number).await;
        }
        run_sql(&db, "UPDATE audit SET salt = NULL, commitment = NULL").await;
        assert_eq!(append_waiting(&db, 10).await.unwrap().appended, 0, "nothing binds them yet");
        let bound = in_write!(db, |tx| bind_old_entries(tx, &[[1; 16], [2; 16], [3; 16]])).unwrap();
        assert_eq!(bound, 3);
        assert_eq!(in_write!(db, |tx| bind_old_entries(tx, &[[4; 16]; 10])).unwrap(), 2);
        assert_eq!(in_write!(db, |tx| bind_old_entries(tx, &[[5; 16]; 10])).unwrap(), 0);
        assert_eq!(all_placed(&db).await, 5);
        assert_eq!(findings(&db, 5).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_a_removal_and_an_exchange_are_each_found_at_their_place() {
    on_both(async |db| {
        open_account(&db, 1).await;
        for number in 0..20 {
            enter(&db, None, number).await;
        }
        all_placed(&db).await;
        let seqs: Vec<i64> = list_provable(&db, 0, 20).await.unwrap().iter().map(|entry| entry.seq).collect();
        run_sql(&db, "UPDATE audit SET network = '192.0.2.9' WHERE leaf = 3").await;
        run_sql(&db, "UPDATE audit SET kind = 'signed-out' WHERE leaf = 4").await;
        run_sql(&db, "UPDATE audit SET at = at + 1 WHERE leaf = 5").await;
        run_sql(&db, "DELETE FROM audit WHERE leaf = 7").await;
        run_sql(&db, "UPDATE audit SET leaf = 99 WHERE leaf = 10").await;
        run_sql(&db, "UPDATE audit SET leaf = 10 WHERE leaf = 11").await;
        run_sql(&db, "UPDATE audit SET leaf = 11 WHERE leaf = 99").await;
        run_sql(&db, "UPDATE audit SET sealed = NULL, salt = NULL, network = NULL WHERE leaf = 15").await;
        let changed = |leaf: u64| Finding::Changed { leaf, seq: seqs[usize::try_from(leaf).unwrap()] };
        assert_eq!(
            findings(&db, 20).await,
            [
                changed(3),
                changed(4),
                changed(5),
                Finding::Moved { leaf: 10, from: 11 },
                Finding::Moved { leaf: 11, from: 10 },
                changed(15),
                Finding::Missing { leaf: 7 },
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_account_leaves_entries_of_nobody_and_a_tree_that_holds() {
    on_both(async |db| {
        let (account, other) = (open_account(&db, 1).await, open_account(&db, 2).await);
        for number in 0..20 {
            enter(&db, Some(if number % 2 == 0 { account } else { other }), number).await;
        }
        all_placed(&db).await;
        enter(&db, Some(account), 20).await;
        let (before, _) = (list_provable(&db, 0, 20).await.unwrap(), ());
        in_write!(db, |tx| async move {
            account::hold_account(tx, account).await?;
            let seqs = erasure::list_entry_numbers(&mut *tx, account).await?;
            let stated = erasure_statement(&seqs);
            let new = NewAuditEntry {
                account_id: None,
                kind: AuditKind::AccountErased,
                network: None,
                sealed: None,
                stated: Some(&stated),
                salt: [9; 16],
            };
            let by = record_audit(tx, &new, NOW).await?;
            assert_eq!(erasure::empty_entries(tx, account, by).await?, 11);
            assert!(erasure::forget_account(tx, account).await?);
            Ok(())
        })
        .unwrap();
        let size = all_placed(&db).await;
        assert_eq!(size, 22);
        assert_eq!(findings(&db, size).await, []);
        let after = list_provable(&db, 0, 20).await.unwrap();
        for (old, new) in before.iter().zip(&after) {
            assert_eq!(
                (old.seq, old.at, &old.kind, old.commitment),
                (new.seq, new.at, &new.kind, new.commitment)
            );
            assert_eq!(new.account_id.is_none(), old.account_id == Some(account));
            assert_eq!(
                new.account_id.is_none(),
                new.salt.is_none() && new.network.is_none() && new.sealed.is_none()
            );
        }
        run_sql(
            &db,
            "UPDATE audit SET account_id = NULL, network = NULL, sealed = NULL, salt = NULL, \
            erased_by = (SELECT seq FROM audit WHERE kind = 'account-erased') WHERE leaf = 1",
        )
        .await;
        assert!(matches!(findings(&db, size).await[..], [Finding::Erased { entries: 12, .. }]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_names_an_account_is_emptied_by_an_erasure_or_says_why_not() {
    let fresh = doorward_store::testing::Fresh::sqlite().await;
    let tables = sqlite_texts(
        &fresh.db,
        "SELECT tables.name AS name FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys \
         WHERE tables.type = 'table' AND keys.\"table\" = 'account' \
         UNION SELECT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' AND columns.name = 'account_id' ORDER BY 1",
    )
    .await;
    assert!(tables.len() > 10, "{tables:?}");
    let known =
        |name: &str| erasure::FORGOTTEN.iter().chain(erasure::NOT_FORGOTTEN).any(|(table, _)| *table == name);
    let left: Vec<_> = tables.iter().filter(|name| !known(name)).collect();
    assert!(left.is_empty(), "store/src/erasure.rs says nothing of {left:?}");
    let copied =
        |name: &str| personal::COPIED.iter().chain(personal::NOT_COPIED).any(|(table, _)| *table == name);
    let left: Vec<_> = tables.iter().filter(|name| !copied(name)).collect();
    assert!(left.is_empty(), "store/src/personal.rs says nothing of {left:?}");
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_copied_table_is_in_the_copy_or_named_as_left_out() {
    let fresh = doorward_store::testing::Fresh::sqlite().await;
    let all = "SELECT tables.name || '.' || columns.name AS name FROM sqlite_schema AS tables, \
        pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' ORDER BY 1";
    let columns = sqlite_texts(&fresh.db, all).await;
    let of = |table: &str| -> Vec<String> {
        columns
            .iter()
            .filter_map(|name| Some(name.strip_prefix(table)?.strip_prefix('.')?.to_owned()))
            .collect()
    };
    let (mut forgotten, mut used) = (Vec::new(), Vec::new());
    for (table, sql) in personal::COPIED {
        let selected = sql.trim_start_matches("SELECT ").split(" FROM ").next().expect("columns");
        let selected: Vec<&str> =
            selected.split(", ").map(|column| column.split(" AS ").last().expect("a name")).collect();
        assert!(!of(table).is_empty(), "{table} is there");
        for column in of(table).iter().filter(|column| !selected.contains(&column.as_str())) {
            match personal::LEFT_OUT.iter().find(|(name, _)| *name == column) {
                Some((name, _)) => used.push(*name),
                None => forgotten.push(format!("{table}.{column}")),
            }
        }
    }
    assert!(forgotten.is_empty(), "store/src/personal.rs says nothing of {forgotten:?}");
    let stale: Vec<_> = personal::LEFT_OUT.iter().filter(|(name, _)| !used.contains(name)).collect();
    assert!(stale.is_empty(), "there is nothing of this name to leave out: {stale:?}");
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_takes_a_checkpoint_on_and_the_others_leave_it() {
    on_both(async |db| {
        let claims =
            race(&db, 6, |db, _| async move { in_write!(db, |tx| claim_checkpoint(tx, NOW, at(60))) }).await;
        assert_eq!(yes(&claims), 1);
        assert!(!in_write!(db, |tx| claim_checkpoint(tx, at(59), at(120))).unwrap());
        assert!(in_write!(db, |tx| claim_checkpoint(tx, at(60), at(120))).unwrap(), "not delivered: again");
        in_write!(db, |tx| note_delivered(tx, 5, at(3_600), at(61))).unwrap();
        assert!(!in_write!(db, |tx| claim_checkpoint(tx, at(3_599), at(9_999))).unwrap());
        let tree = find_tree(&db).await.unwrap();
        assert_eq!((tree.delivered_at, tree.delivered_size), (Some(at(61)), Some(5)));
    })
    .await;
}
