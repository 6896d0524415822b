use doorward_store::testing::{Fresh, on_both, run_sql, sqlite_texts};
use doorward_store::{Db, DbConfig, StoreFault, installation};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_whole_while_others_write_and_postgresql_copies_itself() {
    on_both(async |db| {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.sqlite");
        let writing = tokio::spawn({
            let db = db.clone();
            async move {
                for number in 0..200_u8 {
                    // Two facts in one write: a copy has both or none.
                    db.write::<_, StoreFault, _>("testing", move |tx| {
                        Box::pin(async move {
                            installation::record_fact(tx, &format!("one {number}"), &[number]).await?;
                            installation::record_fact(tx, &format!("two {number}"), &[number]).await
                        })
                    })
                    .await
                    .unwrap();
                }
            }
        });
        let copied = db.copy_into(&target).await.unwrap();
        writing.await.unwrap();
        assert_eq!(copied, matches!(db, Db::Sqlite(_)));
        assert_eq!(target.exists(), copied);
        if !copied {
            return;
        }
        let mode = std::os::unix::fs::PermissionsExt::mode(&target.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert!(db.copy_into(&target).await.is_err(), "nothing is written over");
        let copy = Db::open(&DbConfig::sqlite(&target)).await.unwrap();
        assert_eq!(sqlite_texts(&copy, "PRAGMA integrity_check").await, ["ok"]);
        let schema = copy.schema().await.unwrap();
        assert_eq!(schema.found, schema.known);
        for number in 0..200_u8 {
            let one = installation::find_fact(&copy, &format!("one {number}")).await.unwrap();
            let two = installation::find_fact(&copy, &format!("two {number}")).await.unwrap();
            assert_eq!(one, two);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_nothing_of_what_was_deleted() {
    let fresh = Fresh::sqlite().await;
    fresh
        .db
        .write::<_, StoreFault, _>("testing", |tx| {
            Box::pin(async move { installation::record_fact(tx, "fact", b"a word that must go away").await })
        })
        .await
        .unwrap();
    run_sql(&fresh.db, "DELETE FROM installation WHERE name = 'fact'").await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.sqlite");
    assert!(fresh.db.copy_into(&target).await.unwrap());
    let word = b"a word that must go away";
    assert!(!std::fs::read(&target).unwrap().windows(word.len()).any(|part| part == word));
    fresh.end().await;
}
