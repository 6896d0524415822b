use doorward_store::testing::{Fresh, pretend_newer};
use doorward_store::{Db, MigrateFault, Schema};

async fn each_empty(test: impl AsyncFn(&Fresh)) {
    for fresh in [Fresh::empty_sqlite().await, Fresh::empty_postgres().await] {
        test(&fresh).await;
        fresh.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    each_empty(async |fresh| {
        let before = fresh.db.schema().await.unwrap();
        assert_eq!(before.found, 0);
        assert!(fresh.db.migrate().await.unwrap() > 0);
        assert_eq!(fresh.db.migrate().await.unwrap(), 0);
        let after = fresh.db.schema().await.unwrap();
        assert_eq!(after, Schema { found: before.known, known: before.known });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_the_same_moment_migrate_once() {
    each_empty(async |fresh| {
        let mut nodes = Vec::new();
        for _ in 0..4 {
            nodes.push(Db::open(&fresh.config).await.unwrap());
        }
        let tasks: Vec<_> = nodes
            .iter()
            .cloned()
            .map(|node| tokio::spawn(async move { node.migrate().await.unwrap() }))
            .collect();
        let mut applied = 0;
        for task in tasks {
            applied += task.await.unwrap();
        }
        assert_eq!(applied, Schema::steps());
        for node in nodes {
            node.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_and_nothing_is_touched() {
    each_empty(async |fresh| {
        fresh.db.migrate().await.unwrap();
        pretend_newer(&fresh.db).await;
        let before = fresh.db.schema().await.unwrap();
        let refused = fresh.db.migrate().await.unwrap_err();
        assert!(matches!(refused, MigrateFault::Newer { found: 9999, .. }), "{refused}");
        assert!(refused.to_string().contains("schema 9999"), "{refused}");
        assert_eq!(fresh.db.schema().await.unwrap(), before);
    })
    .await;
}
