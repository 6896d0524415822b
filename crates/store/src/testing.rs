//! Fresh databases for tests: a SQLite file in a folder of its own, and a database in the PostgreSQL cluster that
//! `scripts/with-postgres` started. Without that cluster a test fails; it is never skipped.

use std::hash::{BuildHasher as _, RandomState};

use crate::db::{self, Db, DbConfig, Place};
use crate::history::History;
use crate::row::values;

/// Where tests find the cluster: the URL of a database in which others can be created.
pub const CLUSTER: &str = "DOORWARD_TEST_POSTGRES";

/// A database of one test, with its tables.
#[derive(Debug)]
pub struct Fresh {
    /// The open database.
    pub db: Db,
    /// How to open it again.
    pub config: DbConfig,
    folder: Option<tempfile::TempDir>,
    name: Option<String>,
}

/// The URL of the cluster's first database.
///
/// # Panics
/// Without a cluster.
pub fn cluster() -> String {
    std::env::var(CLUSTER).unwrap_or_else(|_| {
        panic!("these tests need PostgreSQL: run them with cargo nextest, or through scripts/with-postgres")
    })
}

/// The same URL for another database of the cluster.
fn url_of(cluster: &str, database: &str) -> String {
    let (before, query) = cluster
        .split_once('?')
        .map_or((cluster, String::new()), |(before, query)| (before, format!("?{query}")));
    let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
    format!("{base}/{database}{query}")
}

impl Fresh {
    /// A SQLite file in a folder of its own, without tables.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = DbConfig::sqlite(folder.path().join("doorward.db"));
        let db = Db::open(&config).await.expect("a fresh SQLite file opens");
        Self { db, config, folder: Some(folder), name: None }
    }

    /// A database of its own in the cluster, without tables.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn empty_postgres() -> Self {
        let cluster = cluster();
        let name = format!("test_{:016x}", RandomState::new().hash_one(std::process::id()));
        run(&cluster, format!("CREATE DATABASE {name}")).await;
        let mut config = DbConfig::postgres(url_of(&cluster, &name));
        config.connections = 10;
        let db = Db::open(&config).await.expect("a fresh PostgreSQL database opens");
        Self { db, config, folder: None, name: Some(name) }
    }

    /// A SQLite file with its tables.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn sqlite() -> Self {
        let fresh = Self::empty_sqlite().await;
        fresh.db.migrate().await.expect("the tables are made");
        fresh
    }

    /// A PostgreSQL database with its tables.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn postgres() -> Self {
        let fresh = Self::empty_postgres().await;
        fresh.db.migrate().await.expect("the tables are made");
        fresh
    }

    /// Closes the database and removes it. What is not ended goes with its folder or its cluster.
    pub async fn end(self) {
        self.db.close().await;
        if let Some(name) = self.name {
            run(&cluster(), format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        drop(self.folder);
    }
}

/// Keeps what a PostgreSQL database has on its disk now, and closes every connection. See [`lose_power`].
///
/// # Panics
/// When the cluster does not obey.
pub async fn keep_disk(config: &DbConfig) {
    let (cluster, name) = (cluster(), name_of(config));
    shut(&cluster, &name).await;
    run(&cluster, format!("CREATE DATABASE {name}_disk TEMPLATE {name}")).await;
    run(&cluster, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
}

/// Takes a PostgreSQL database back to what [`keep_disk`] kept, as a server does that loses its power before the rest is
/// written, and closes every connection.
///
/// # Panics
/// When the cluster does not obey.
pub async fn lose_power(config: &DbConfig) {
    let (cluster, name) = (cluster(), name_of(config));
    shut(&cluster, &name).await;
    run(&cluster, format!("DROP DATABASE {name}")).await;
    run(&cluster, format!("ALTER DATABASE {name}_disk RENAME TO {name}")).await;
}

fn name_of(config: &DbConfig) -> String {
    let Place::Postgres(url) = &config.place else { panic!("only PostgreSQL has a server that may end") };
    let base = url.split_once('?').map_or(url.as_str(), |(base, _)| base);
    base.rsplit_once('/').expect("the URL names a database").1.to_owned()
}

async fn shut(cluster: &str, name: &str) {
    run(cluster, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let connections = format!("FROM pg_stat_activity WHERE datname = '{name}'");
    run(cluster, format!("SELECT pg_terminate_backend(pid, 60000) {connections}")).await;
}

/// Runs one statement outside a transaction.
async fn run(url: &str, sql: String) {
    use sqlx::{Connection as _, Executor as _};
    let mut connection = sqlx::PgConnection::connect(url).await.expect("the test cluster answers");
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.expect("the test cluster obeys");
    connection.close().await.expect("the test cluster lets go");
}

/// Runs a test on SQLite and then on PostgreSQL, each fresh.
pub async fn on_both<F: AsyncFn(Db)>(test: F) {
    for fresh in [Fresh::sqlite().await, Fresh::postgres().await] {
        test(fresh.db.clone()).await;
        fresh.end().await;
    }
}

/// Runs a test on a fresh history in SQLite and then in PostgreSQL. With its configuration it can be opened again.
///
/// # Panics
/// When it cannot be opened.
pub async fn history_on_both<F: AsyncFn(History, DbConfig)>(test: F) {
    for fresh in [Fresh::empty_sqlite().await, Fresh::empty_postgres().await] {
        let history = History::open(&fresh.config).await.expect("a fresh history opens");
        test(history.clone(), fresh.config.clone()).await;
        history.close().await;
        fresh.end().await;
    }
}

/// Does what somebody with the database's password does, outside the program.
///
/// # Panics
/// When it does not obey.
pub async fn run_sql(db: &Db, sql: &'static str) {
    let done = match db {
        Db::Sqlite(file) => file.outside(move |writer| writer.script(sql)).await,
        Db::Postgres(pool) => sqlx::Executor::execute(pool, sql).await.map(drop),
    };
    done.expect("the database obeys");
}

/// Adds a unit to what history says that the first owner had of the second asset, in every entry.
///
/// # Panics
/// When the database does not obey.
pub async fn falsify_history(history: &History) {
    run_sql(history.db(), "UPDATE ledger_entry SET balance = balance + 1 WHERE owner = 0 AND asset = 1")
        .await;
}

/// Ends the oldest open order of history long ago, as a wrong hand would.
///
/// # Panics
/// When the database does not obey.
pub async fn falsify_open_orders(history: &History) {
    let sql = "UPDATE placed_order SET state = 2, reason = 0, closed_seq = 1, closed_at = 1 \
        WHERE order_id = (SELECT MIN(order_id) FROM placed_order WHERE state = 0)";
    run_sql(history.db(), sql).await;
}

/// Removes commands of one byte, as a version that can read them has done once it has sent them.
///
/// # Panics
/// When the database does not obey.
pub async fn forget_short_commands(db: &Db) {
    run_sql(db, "DELETE FROM engine_intent WHERE LENGTH(command) = 1").await;
}

/// Says of every owner that it may do nothing, as is written before the engine is told.
///
/// # Panics
/// When the database does not obey.
pub async fn stop_every_owner(db: &Db) {
    run_sql(db, "UPDATE ledger_owner SET restriction = 7").await;
}

/// Gives the engine's lease to another engine on the same journal.
///
/// # Panics
/// When the database does not obey.
pub async fn depose_engine(db: &Db) {
    run_sql(db, "UPDATE engine_lease SET epoch = epoch + 1").await;
}

/// The first column of every row of a SQLite database, as text.
///
/// # Panics
/// When it is no such statement, or the database is not SQLite.
pub async fn sqlite_texts(db: &Db, sql: &'static str) -> Vec<String> {
    let Db::Sqlite(file) = db else { panic!("only SQLite is asked in these words") };
    let rows = file.outside(move |connection| connection.all::<(String,)>(sql, &[])).await;
    rows.expect("the database answers").into_iter().map(|(text,)| text).collect()
}

/// Makes the database look written by a later version.
///
/// # Panics
/// When it does not obey.
pub async fn pretend_newer(db: &Db) {
    db.write::<_, crate::StoreFault, _>("pretending to be newer", |tx| {
        Box::pin(db::change(
            tx,
            "pretending to be newer",
            "INSERT INTO schema_migration (version, name) VALUES (9999, 'from a later version')",
            values![],
        ))
    })
    .await
    .expect("the ledger takes it");
}

/// How SQLite would run a statement, step by step.
///
/// # Panics
/// When it is no statement of this schema, or the database is not SQLite.
pub async fn sqlite_plan(db: &Db, sql: &str) -> Vec<String> {
    let Db::Sqlite(file) = db else { panic!("only SQLite explains in these words") };
    let explained = format!("EXPLAIN QUERY PLAN {sql}");
    // A plan does not depend on values, and a missing one would be refused.
    let nulls = [crate::row::Value::Number(None); 32];
    let steps = file.outside(move |connection| connection.all::<PlanStep>(&explained, &nulls)).await;
    let steps = steps.unwrap_or_else(|error| panic!("{error}: {sql}"));
    steps.into_iter().map(|step| step.detail).collect()
}

crate::row::record! {
    /// One step of a plan.
    pub struct PlanStep {
        /// In SQLite's words.
        pub detail: String,
    }
}

/// Lets no write of a SQLite database through any more; reads go on. Nothing on PostgreSQL.
pub async fn close_writer(db: &Db) {
    if let Db::Sqlite(file) = db {
        file.close_writer().await;
    }
}

/// Lets a SQLite file grow no more, which it answers like a full disk.
///
/// # Panics
/// When it does not obey.
pub async fn fill_disk(db: &Db) {
    let Db::Sqlite(file) = db else { panic!("only SQLite keeps its data in a file of ours") };
    file.outside(|writer| writer.script("PRAGMA max_page_count = 1")).await.expect("the limit is set");
}

const COUNT_UP: &str = "WITH RECURSIVE numbers (number) AS \
    (SELECT CAST(1 AS BIGINT) UNION ALL SELECT number + 1 FROM numbers WHERE number < $1) \
    SELECT CAST(COUNT(*) AS BIGINT) AS numbers FROM numbers";

/// A read that takes as long as counting to `to` does.
///
/// # Errors
/// The database does not answer.
pub async fn count_up(db: &Db, to: i64) -> Result<i64, crate::StoreFault> {
    let (counted,): (i64,) = db::one(db.into(), "counting for a test", COUNT_UP, values![to]).await?;
    Ok(counted)
}
