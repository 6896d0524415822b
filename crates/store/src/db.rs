//! The two databases behind one door: connections, transactions, and running a statement on either.
//!
//! Transactions begin here and in `sqlite/writer.rs` and nowhere else. A write on PostgreSQL runs on a task of its own,
//! because a future dropped while it begins leaves the connection inside a transaction; a connection that is given back
//! is rolled back first. On SQLite it runs on the writer's thread.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::{Executor as _, Postgres, Transaction};
use tracing::Instrument as _;

use crate::fault::{StoreFault, lost_a_race};

mod open;
mod sqlite;
mod statement;

pub use sqlite::Sqlite;
pub(crate) use sqlite::{Connection, SqliteError, fault as sqlite_fault};
pub(crate) use statement::{
    Rows, change, change_one, change_rows, find, list, list_patiently, one, one_patiently,
};
pub use statement::{database_now, ping};

/// Where the data lie and how many connections read them.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// The place of the data.
    pub place: Place,
    /// SQLite: readers beside the one writer. PostgreSQL: all connections of this node.
    pub connections: u32,
    /// How long a request waits for a free connection before it is told to come back.
    pub patience: Duration,
    /// What is kept there.
    pub contents: Contents,
}

/// What a database keeps, which decides how hard it is written and who waits for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// What exists nowhere else: a commit is on the disk when it returns.
    Door,
    /// History, which the journal can make anew: a power cut may take its last transactions, each with the sequence that
    /// it moved, and its writer stands behind everybody else. On PostgreSQL a schema of its own.
    History,
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
        Self {
            place: Place::Sqlite(path.into()),
            connections: 4,
            patience: Duration::from_secs(5),
            contents: Contents::Door,
        }
    }

    /// A PostgreSQL database with the usual connections.
    pub fn postgres(url: impl Into<String>) -> Self {
        Self {
            place: Place::Postgres(url.into()),
            connections: 16,
            patience: Duration::from_secs(5),
            contents: Contents::Door,
        }
    }
}

/// An open database. A clone is another handle to the same connections.
#[derive(Debug, Clone)]
pub enum Db {
    /// One connection writes, several read (write-ahead log).
    Sqlite(Sqlite),
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
    Sqlite(Connection),
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
            Place::Sqlite(path) => Sqlite::open(path, config).await.map(Self::Sqlite),
            Place::Postgres(url) => open::postgres(url, config).await,
        };
        opened.map_err(|error| StoreFault::database(DOING, error))
    }

    /// Waits until every connection is closed; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Writes the last committed state of a SQLite database into a new file of mode 0600 while others go on writing, and
    /// makes it last; `false` and nothing on PostgreSQL, whose own tools copy it.
    pub async fn copy_into(&self, target: &Path) -> Result<bool, StoreFault> {
        match self {
            Self::Sqlite(file) => {
                let copied = file.copy_into(target).await;
                copied.map(|()| true).map_err(|error| StoreFault::database("copying the database", error))
            }
            Self::Postgres(_) => Ok(false),
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
            Self::Sqlite(file) => file.connections(),
            Self::Postgres(pool) => Connections { open: pool.size(), idle: pool.num_idle() },
        }
    }

    /// A transaction of PostgreSQL for one read that takes time in the size of a table: its server ends it after no time of
    /// its own. `None` on SQLite, where such a read runs apart from the others anyway.
    pub(crate) async fn begin_patiently(&self) -> Result<Option<Tx>, sqlx::Error> {
        let Self::Postgres(pool) = self else { return Ok(None) };
        let mut tx = Tx::of(TxInner::Postgres(pool.begin().await?));
        tx.run_script("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = 0").await?;
        Ok(Some(tx))
    }

    /// Runs `work` in one transaction, apart from the caller: one that goes away stops nothing half way.
    ///
    /// An `Err` of the work rolls back. After a failed statement the whole write fails, whatever the work returns.
    pub async fn write<T, E, F>(&self, doing: &'static str, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreFault> + Send + 'static,
    {
        let pool = match self {
            Self::Sqlite(file) => return file.write(doing, work).await,
            Self::Postgres(pool) => pool.clone(),
        };
        let work = async move { attempt(&pool, doing, work).await.map_err(|lost| lost.error) };
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
        let pool = match self {
            // Nobody else writes, so there is no race to lose.
            Self::Sqlite(file) => return file.write(doing, work).await,
            Self::Postgres(pool) => pool.clone(),
        };
        let work = async move {
            let mut run = 1;
            loop {
                match attempt(&pool, doing, &work).await {
                    Ok(done) => return Ok(done),
                    Err(lost) if lost.lost_a_race && run < RACES => run += 1,
                    Err(lost) => return Err(lost.error),
                }
            }
        };
        let task = tokio::spawn(work.in_current_span());
        task.await.unwrap_or_else(|error| Err(StoreFault::task(doing, error).into()))
    }
}

async fn attempt<T, E, F>(pool: &PgPool, doing: &'static str, work: F) -> Result<T, Lost<E>>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E>,
    E: From<StoreFault>,
{
    let fault = |error: sqlx::Error| {
        let lost_a_race = lost_a_race(&error);
        Lost { error: E::from(StoreFault::database(doing, error)), lost_a_race }
    };
    let mut tx = Tx::of(TxInner::Postgres(pool.begin().await.map_err(fault)?));
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
    const fn of(inner: TxInner) -> Self {
        Self { inner, spoiled: false, lost_a_race: false }
    }

    /// On a connection of SQLite whose transaction the writer's thread begins and ends.
    const fn on_sqlite(connection: Connection) -> Self {
        Self::of(TxInner::Sqlite(connection))
    }

    fn into_sqlite(self) -> Option<Connection> {
        match self.inner {
            TxInner::Sqlite(connection) => Some(connection),
            TxInner::Postgres(_) => None,
        }
    }

    const fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    async fn commit(self) -> Result<(), sqlx::Error> {
        match self.inner {
            TxInner::Postgres(tx) => tx.commit().await,
            TxInner::Sqlite(_) => Ok(()),
        }
    }

    pub(crate) async fn rollback(self) {
        let TxInner::Postgres(tx) = self.inner else { return };
        // A failing rollback means a lost connection, and the database forgets the transaction with it.
        if let Err(error) = tx.rollback().await {
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
            TxInner::Sqlite(connection) => connection.script(script),
            TxInner::Postgres(tx) => tx.execute(sqlx::raw_sql(script)).await.map(drop),
        }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.inner, TxInner::Postgres(_))
    }
}
