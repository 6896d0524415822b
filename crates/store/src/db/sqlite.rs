//! SQLite: a read runs where it is asked, a write runs whole on the writer's thread (decision 0013).
//!
//! A statement takes microseconds; handing it to another thread and back takes longer while hashes fill the cores. So
//! reads run on the caller's thread, each on a connection of its own that cannot write, and one that turns out to be
//! long is begun anew on a blocking thread. There is one connection that writes (see [`writer`]).

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use super::{Connections, Contents, DbConfig, Tx, Work};
use crate::fault::StoreFault;
use crate::row::{OwnedValue, Value};

mod connection;
mod writer;

pub(crate) use connection::{Connection, SqliteError, fault};
use connection::{Patience, Purpose};
use writer::Writer;

/// An open SQLite file. A clone is another handle to the same connections.
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    file: PathBuf,
    patience: Duration,
    /// How many may read at the same moment; closed with the database.
    places: Semaphore,
    most: u32,
    /// Reading connections that nobody uses now.
    resting: Mutex<Vec<Connection>>,
    writer: Writer,
}

/// Copies what is in use and leaves out what was deleted.
const COPY: &str = "VACUUM INTO $1";

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sqlite({})", self.shared.file.display())
    }
}

/// What a read does on its connection.
pub(super) type Read<T> = fn(&Connection, &str, &[Value<'_>]) -> Result<T, sqlx::Error>;

impl Sqlite {
    /// Opens the writer, which creates a missing file, and a first reader.
    pub(super) async fn open(file: &Path, config: &DbConfig) -> Result<Self, sqlx::Error> {
        let (file, patience, most) = (file.to_owned(), config.patience, config.connections.max(1));
        let contents = config.contents;
        let opening = tokio::task::spawn_blocking(move || {
            let writing = Connection::open(&file, Purpose::Write(contents), patience)?;
            let reading = Connection::open(&file, Purpose::Read, patience)?;
            let shared = Shared {
                writer: Writer::start(writing, contents)?,
                places: Semaphore::new(most as usize),
                most,
                resting: Mutex::new(vec![reading]),
                file,
                patience,
            };
            Ok(Self { shared: Arc::new(shared) })
        });
        opening.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
    }

    /// Waits for what is under way, folds the write-ahead log into the file, and lets everything go.
    pub(super) async fn close(&self) {
        let shared = &self.shared;
        if let Ok(all) = shared.places.acquire_many(shared.most).await {
            all.forget();
            shared.places.close();
        }
        self.resting().clear();
        shared.writer.close().await;
    }

    /// Lets no write through any more; reads go on.
    #[cfg(feature = "testing")]
    pub(crate) async fn close_writer(&self) {
        self.shared.writer.close().await;
    }

    /// The last committed state as a file of its own. A reader's transaction: whoever writes does not wait for it.
    pub(super) async fn copy_into(&self, target: &Path) -> Result<(), sqlx::Error> {
        let (source, target, patience) = (self.shared.file.clone(), target.to_owned(), self.shared.patience);
        let copying = tokio::task::spawn_blocking(move || {
            let name = target
                .to_str()
                .ok_or_else(|| sqlx::Error::Io(std::io::Error::other("the name of the copy is no UTF-8")))?;
            // Made first, because SQLite would give it the mode of a file that anybody may read.
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target);
            let made = made.map_err(sqlx::Error::Io)?;
            let connection = Connection::open(&source, Purpose::Write(Contents::Door), patience)?;
            connection.change(COPY, crate::row::values![name])?;
            made.sync_all().map_err(sqlx::Error::Io)
        });
        copying.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
    }

    pub(super) fn connections(&self) -> Connections {
        let resting = self.resting().len();
        let used =
            self.shared.most as usize - self.shared.places.available_permits().min(self.shared.most as usize);
        Connections { open: u32::try_from(resting + used + 1).unwrap_or(u32::MAX), idle: resting }
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Nothing that can panic runs under the lock.
        self.shared.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the last committed state.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: Read<T>,
    ) -> Result<T, sqlx::Error> {
        let place = self.place().await?;
        let first = self.read_here(sql, values, read, Patience::Short);
        drop(place);
        match first {
            Err(error) if connection::takes_long(&error) => {}
            done => return done,
        }
        // A count of a large table, or a file that somebody holds: the request loop must not wait for it.
        let owned: Vec<OwnedValue> = values.iter().map(OwnedValue::from).collect();
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let values: Vec<Value<'_>> = owned.iter().map(Value::from).collect();
            this.read_here(sql, &values, read, Patience::Long(this.shared.patience))
        });
        reading.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, sqlx::Error> {
        match self.shared.places.try_acquire() {
            Ok(place) => Ok(place),
            Err(TryAcquireError::Closed) => Err(sqlx::Error::PoolClosed),
            Err(TryAcquireError::NoPermits) => {
                let waiting = tokio::time::timeout(self.shared.patience, self.shared.places.acquire());
                let place = waiting.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
                place.map_err(|_| sqlx::Error::PoolClosed)
            }
        }
    }

    fn read_here<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: Read<T>,
        patience: Patience,
    ) -> Result<T, sqlx::Error> {
        let rested = self.resting().pop();
        let connection = match rested {
            Some(connection) => connection,
            None => Connection::open(&self.shared.file, Purpose::Read, self.shared.patience)?,
        };
        let done = connection.with_patience(patience, |connection| read(connection, sql, values));
        if let Patience::Long(_) = patience {
            connection.forget_pages();
        }
        if !self.shared.places.is_closed() {
            self.resting().push(connection);
        }
        done
    }

    /// Runs `work` in one transaction on the writer's thread.
    pub(super) async fn write<T, E, F>(&self, doing: &'static str, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreFault> + Send + 'static,
    {
        self.shared.writer.write(doing, self.shared.patience, work).await
    }

    /// Runs something on the writer's connection outside any transaction.
    #[cfg(feature = "testing")]
    pub(crate) async fn outside<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, sqlx::Error> + Send + 'static,
    ) -> Result<T, sqlx::Error> {
        self.shared.writer.outside(run).await
    }
}
