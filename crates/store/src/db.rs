//! The two databases behind one door: connections, transactions, and running a statement on either.
//!
//! `begin` is called here and nowhere else. Every write runs on a task of its own, because a future dropped while it
//! begins leaves PostgreSQL's connection inside a transaction; a connection that is given back is rolled back first.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use doorward_domain::time::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Executor as _, Postgres, Sqlite, Transaction};
use tracing::Instrument as _;

use crate::fault::{StoreFault, lost_a_race};
use crate::row::{Record, Row, Value, values};

/// Where the data lie and how many connections read them.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// The place of the data.
    pub place: Place,
    /// SQLite: readers beside the one writer. PostgreSQL: all connections of this node.
    pub connections: u32,
    /// How long a request waits for a free connection before it is told to come back.
    pub patience: Duration,
}

/// The database of an installation.
#[derive(Clone)]
pub enum Place {
    /// A SQLite file, created when missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL. It may hold a password and is never shown.
    Postgres(String),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl DbConfig {
    /// A SQLite file with the usual connections.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::Sqlite(path.into()), connections: 4, patience: Duration::from_secs(5) }
    }

    /// A PostgreSQL database with the usual connections.
    pub fn postgres(url: impl Into<String>) -> Self {
        Self { place: Place::Postgres(url.into()), connections: 16, patience: Duration::from_secs(5) }
    }
}

/// An open database. A clone is another handle to the same connections.
#[derive(Debug, Clone)]
pub enum Db {
    /// One connection writes, several read (write-ahead log).
    Sqlite {
        /// The only connection that changes anything.
        writer: SqlitePool,
        /// Connections that cannot write.
        reader: SqlitePool,
    },
    /// Every connection reads and writes.
    Postgres(PgPool),
}

/// A write in progress; what it did becomes true when [`Db::write`] ends well, all of it or nothing.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    /// A statement failed. PostgreSQL would answer the commit with Ok although everything is rolled back.
    spoiled: bool,
    lost_a_race: bool,
}

#[derive(Debug)]
enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What a write is made of: `Box::pin(async move { … })`.
pub type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// Where a reading function reads: `&db`, or `&mut *tx` to see what the write in progress sees.
#[derive(Debug)]
pub enum Source<'s> {
    /// The last committed state.
    Db(&'s Db),
    /// The state inside a write.
    Tx(&'s mut Tx),
}

impl<'s> From<&'s Db> for Source<'s> {
    fn from(db: &'s Db) -> Self {
        Self::Db(db)
    }
}

impl<'s> From<&'s mut Tx> for Source<'s> {
    fn from(tx: &'s mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// How often a write that lost a race for locks is run before the fault is passed on.
const RACES: u32 = 4;

impl Db {
    /// Opens the connections; creates a missing SQLite file and changes nothing else. See [`Db::migrate`].
    pub async fn open(config: &DbConfig) -> Result<Self, StoreFault> {
        const DOING: &str = "opening the database";
        let opened = match &config.place {
            Place::Sqlite(path) => open_sqlite(path, config).await,
            Place::Postgres(url) => open_postgres(url, config).await,
        };
        opened.map_err(|error| StoreFault::database(DOING, error))
    }

    /// Waits until every connection is closed; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// `sqlite` or `postgres`, for figures and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Connections in use and open, for the operator.
    pub fn connections(&self) -> Connections {
        match self {
            Self::Sqlite { writer, reader } => Connections {
                open: writer.size() + reader.size(),
                idle: writer.num_idle() + reader.num_idle(),
            },
            Self::Postgres(pool) => Connections { open: pool.size(), idle: pool.num_idle() },
        }
    }

    /// Runs `work` in one transaction on a task of its own: a caller that goes away stops nothing half way.
    ///
    /// An `Err` of the work rolls back. After a failed statement the whole write fails, whatever the work returns.
    pub async fn write<T, E, F>(&self, doing: &'static str, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreFault> + Send + 'static,
    {
        let db = self.clone();
        let work = async move { db.attempt(doing, work).await.map_err(|lost| lost.error) };
        // What the task logs still belongs to the request that asked.
        let task = tokio::spawn(work.in_current_span());
        task.await.unwrap_or_else(|error| Err(StoreFault::task(doing, error).into()))
    }

    /// Like [`Db::write`] for work that may be run again from its beginning when it lost a race for locks
    /// (PostgreSQL: deadlock, serialization failure). Nothing outside the transaction may happen in it.
    pub async fn write_again<T, E, F>(&self, doing: &'static str, work: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
        T: Send + 'static,
        E: From<StoreFault> + Send + 'static,
    {
        let db = self.clone();
        let work = async move {
            let mut run = 1;
            loop {
                match db.attempt(doing, &work).await {
                    Ok(done) => return Ok(done),
                    Err(lost) if lost.lost_a_race && run < RACES => run += 1,
                    Err(lost) => return Err(lost.error),
                }
            }
        };
        let task = tokio::spawn(work.in_current_span());
        task.await.unwrap_or_else(|error| Err(StoreFault::task(doing, error).into()))
    }

    async fn attempt<T, E, F>(&self, doing: &'static str, work: F) -> Result<T, Lost<E>>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E>,
        E: From<StoreFault>,
    {
        let fault = |error: sqlx::Error| {
            let lost_a_race = lost_a_race(&error);
            Lost { error: E::from(StoreFault::database(doing, error)), lost_a_race }
        };
        let mut tx = self.begin().await.map_err(fault)?;
        match work(&mut tx).await {
            Ok(done) if !tx.spoiled => tx.commit().await.map(|()| done).map_err(fault),
            Ok(_) => {
                let error =
                    E::from(StoreFault::misuse(doing, "a failed statement was passed over inside a write"));
                tx.rollback().await;
                Err(Lost { error, lost_a_race: false })
            }
            Err(error) => {
                let lost_a_race = tx.lost_a_race;
                tx.rollback().await;
                Err(Lost { error, lost_a_race })
            }
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        let inner = match self {
            // IMMEDIATE takes the write lock now; a later upgrade could fail at once with BUSY.
            Self::Sqlite { writer, .. } => TxInner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, spoiled: false, lost_a_race: false })
    }
}

/// Connections of a node.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Open ones.
    pub open: u32,
    /// Open and not in use.
    pub idle: usize,
}

struct Lost<E> {
    error: E,
    lost_a_race: bool,
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await,
            TxInner::Postgres(tx) => tx.commit().await,
        }
    }

    pub(crate) async fn rollback(self) {
        // A failing rollback means a lost connection, and the database forgets the transaction with it.
        let result = match self.inner {
            TxInner::Sqlite(tx) => tx.rollback().await,
            TxInner::Postgres(tx) => tx.rollback().await,
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a rollback found no connection");
        }
    }

    fn spoil(&mut self, error: &sqlx::Error) {
        self.spoiled = true;
        self.lost_a_race |= lost_a_race(error);
    }

    /// Runs a migration: several statements, no values.
    pub(crate) async fn run_script(&mut self, script: &'static str) -> Result<(), sqlx::Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => tx.execute(sqlx::raw_sql(script)).await.map(drop),
            TxInner::Postgres(tx) => tx.execute(sqlx::raw_sql(script)).await.map(drop),
        }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.inner, TxInner::Postgres(_))
    }
}

/// Binds every value to a statement of either database.
macro_rules! bound {
    ($database:ty, $sql:expr, $values:expr) => {
        $values.iter().fold(sqlx::query::<$database>($sql), |query, value| match *value {
            Value::Number(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
            Value::Uuid(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
        })
    };
}

/// Writes an expression once per database: `$query` is the bound statement, `$executor` what runs it, `$row` wraps a row.
macro_rules! on_either {
    ($source:expr, $sql:expr, $values:expr, |$query:ident, $executor:ident, $row:ident| $body:expr) => {
        match $source {
            Source::Db(Db::Sqlite { reader, .. }) => {
                let ($query, $executor, $row) = (bound!(Sqlite, $sql, $values), reader, Row::Sqlite);
                $body
            }
            Source::Db(Db::Postgres(pool)) => {
                let ($query, $executor, $row) = (bound!(Postgres, $sql, $values), pool, Row::Postgres);
                $body
            }
            Source::Tx(tx) => {
                let result = match &mut tx.inner {
                    TxInner::Sqlite(inner) => {
                        let ($query, $executor, $row) =
                            (bound!(Sqlite, $sql, $values), &mut **inner, Row::Sqlite);
                        $body
                    }
                    TxInner::Postgres(inner) => {
                        let ($query, $executor, $row) =
                            (bound!(Postgres, $sql, $values), &mut **inner, Row::Postgres);
                        $body
                    }
                };
                result.inspect_err(|error| tx.spoil(error))
            }
        }
    };
}

/// The first row, if there is one.
pub(crate) async fn find<T: Record>(
    source: Source<'_>,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Option<T>, StoreFault> {
    check_values(sql, values);
    let row: Result<Option<Row>, sqlx::Error> =
        on_either!(source, sql, values, |query, executor, wrap| query
            .fetch_optional(executor)
            .await
            .map(|row| row.map(wrap)));
    let row = row.map_err(|error| StoreFault::database(doing, error))?;
    row.as_ref().map(T::read).transpose().map_err(|error| StoreFault::database(doing, error))
}

/// The one row of a statement that always has one, such as a count.
pub(crate) async fn one<T: Record>(
    source: Source<'_>,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<T, StoreFault> {
    find(source, doing, sql, values)
        .await?
        .ok_or_else(|| StoreFault::database(doing, sqlx::Error::RowNotFound))
}

/// Every row; the statement bounds how many.
pub(crate) async fn list<T: Record>(
    source: Source<'_>,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<T>, StoreFault> {
    check_values(sql, values);
    let rows: Result<Vec<Row>, sqlx::Error> = on_either!(source, sql, values, |query, executor, wrap| query
        .fetch_all(executor)
        .await
        .map(|rows| rows.into_iter().map(wrap).collect()));
    let rows = rows.map_err(|error| StoreFault::database(doing, error))?;
    rows.iter().map(T::read).collect::<Result<_, _>>().map_err(|error| StoreFault::database(doing, error))
}

/// Changes rows and says how many.
pub(crate) async fn change(
    tx: &mut Tx,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<u64, StoreFault> {
    check_values(sql, values);
    let changed: Result<u64, sqlx::Error> = match &mut tx.inner {
        TxInner::Sqlite(inner) => {
            bound!(Sqlite, sql, values).execute(&mut **inner).await.map(|done| done.rows_affected())
        }
        TxInner::Postgres(inner) => {
            bound!(Postgres, sql, values).execute(&mut **inner).await.map(|done| done.rows_affected())
        }
    };
    changed.inspect_err(|error| tx.spoil(error)).map_err(|error| StoreFault::database(doing, error))
}

/// Changes at most one row; false when the guard of the statement found none.
pub(crate) async fn change_one(
    tx: &mut Tx,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<bool, StoreFault> {
    Ok(change(tx, doing, sql, values).await? == 1)
}

/// A missing value would be NULL on SQLite without a word, a NUL character would end a text there.
fn check_values(sql: &str, values: &[Value<'_>]) {
    debug_assert!(
        (1..=values.len()).all(|number| mentions(sql, number)) && !mentions(sql, values.len() + 1),
        "{} values for: {sql}",
        values.len()
    );
    debug_assert!(
        !values.iter().any(|value| matches!(value, Value::Text(Some(text)) if text.contains('\0')))
    );
}

fn mentions(sql: &str, number: usize) -> bool {
    let wanted = number.to_string();
    sql.split('$').skip(1).any(|rest| {
        rest.strip_prefix(&wanted).is_some_and(|after| !after.starts_with(|next: char| next.is_ascii_digit()))
    })
}

const NOW_SQLITE: &str =
    "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000 AS now";
const NOW_POSTGRES: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";

/// The database's own clock, to a millisecond at least: limits and holds use it, and a node that differs by more than
/// a second is not ready (entry rules 4). Also the cheapest proof that the database answers.
pub async fn database_now(db: &Db) -> Result<Timestamp, StoreFault> {
    let sql = match db {
        Db::Sqlite { .. } => NOW_SQLITE,
        Db::Postgres(_) => NOW_POSTGRES,
    };
    one::<(Timestamp,)>(db.into(), "reading the database's clock", sql, values![]).await.map(|(now,)| now)
}

const PING: &str = "SELECT CAST(1 AS BIGINT) AS one";

/// Asks the database to answer at all, reading nothing.
pub async fn ping(db: &Db) -> Result<(), StoreFault> {
    one::<(i64,)>(db.into(), "asking whether the database answers", PING, values![]).await.map(drop)
}

async fn open_sqlite(path: &std::path::Path, config: &DbConfig) -> Result<Db, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(config.patience)
        .statement_cache_capacity(STATEMENTS)
        .synchronous(SqliteSynchronous::Full)
        .pragma("temp_store", "memory")
        .pragma("trusted_schema", "off");
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(config.patience)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let write = options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let writer = pool().max_connections(1).min_connections(1).connect_with(write).await?;
    let read = options.create_if_missing(false).pragma("query_only", "on");
    let reader =
        pool().max_connections(config.connections.max(1)).min_connections(1).connect_with(read).await?;
    Ok(Db::Sqlite { writer, reader })
}

async fn open_postgres(url: &str, config: &DbConfig) -> Result<Db, sqlx::Error> {
    let options = url
        .parse::<PgConnectOptions>()?
        .application_name("doorward")
        .statement_cache_capacity(STATEMENTS)
        // A statement or a forgotten transaction that hangs must not hold its locks for ever.
        .options([
            ("statement_timeout", "15s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("default_transaction_isolation", "read committed"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(config.connections.max(2))
        .min_connections(1)
        .acquire_timeout(config.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                // A connection that has rested may have lost its server; a busy one has just shown that it has not.
                if about.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                // A future dropped while it began may have left a transaction open (sqlx 4385). BEGIN first, because a
                // ROLLBACK outside a transaction puts a warning into every log; nobody waits for this round trip.
                connection.execute("BEGIN; ROLLBACK").await.map(|_| true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::Postgres(pool))
}

/// How long a connection rests before it is asked whether it still has a server.
const RESTED: Duration = Duration::from_secs(1);

/// More than the crate has, so that each is prepared once a connection.
const STATEMENTS: usize = 512;
