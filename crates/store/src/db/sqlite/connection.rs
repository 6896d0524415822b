//! One connection: its settings, its prepared statements, and how long a statement may take.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags, ToSql, ffi};
use sqlx::error::{DatabaseError, ErrorKind};

use crate::db::Contents;
use crate::row::{Record, Row, Value};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write(Contents),
}

/// How long a read may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// Some two milliseconds, and no wait for locks: it runs on the request loop.
    Short,
    /// As long as it takes, and so long for a lock.
    Long(Duration),
}

/// More than the crate has, so that each is prepared once a connection.
const STATEMENTS: usize = 512;

/// Steps of SQLite's machine between two looks at the budget, and how often a short read is looked at: together about
/// two milliseconds. A list of a hundred rows takes a fiftieth of it.
const STEPS_PER_LOOK: i32 = 5_000;
const LOOKS: u32 = 40;

/// An open connection.
pub(crate) struct Connection {
    inner: rusqlite::Connection,
    /// Looks that the present statement has left.
    looks: Arc<AtomicU32>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    pub(super) fn open(file: &Path, purpose: Purpose, patience: Duration) -> Result<Self, sqlx::Error> {
        // One thread at a time uses a connection.
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if purpose != Purpose::Read {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let inner = rusqlite::Connection::open_with_flags(file, flags).map_err(fault)?;
        inner.busy_timeout(patience).map_err(fault)?;
        inner.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise SQLite plans every statement with `LIMIT $1` anew at each run, to look at the number.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
        let settings = match purpose {
            Purpose::Write(Contents::Door) => {
                "PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA foreign_keys = on;"
            }
            // Whole transactions may be lost with the power, and are made again; many rows are added to a few tables, so
            // that their upper pages are kept. The log is folded in by 8 MiB: somebody's sign-in is synced to the same disk
            // and waits behind whatever is folded in at once (decision 0027).
            Purpose::Write(Contents::History) => {
                "PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA foreign_keys = on; \
                 PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 2000;"
            }
            Purpose::Read => "PRAGMA query_only = on;",
        };
        inner.execute_batch(settings).map_err(fault)?;
        inner.execute_batch("PRAGMA temp_store = memory; PRAGMA trusted_schema = off").map_err(fault)?;
        let looks = Arc::new(AtomicU32::new(u32::MAX));
        if purpose == Purpose::Read {
            let left = Arc::clone(&looks);
            let is_over = move || {
                let before = left.load(Ordering::Relaxed);
                left.store(before.saturating_sub(1), Ordering::Relaxed);
                before == 0
            };
            inner.progress_handler(STEPS_PER_LOOK, Some(is_over)).map_err(fault)?;
        }
        Ok(Self { inner, looks })
    }

    pub(super) fn with_patience<T>(
        &self,
        patience: Patience,
        run: impl FnOnce(&Self) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let (looks, wait) = match patience {
            Patience::Short => (LOOKS, Duration::ZERO),
            Patience::Long(wait) => (u32::MAX, wait),
        };
        self.looks.store(looks, Ordering::Relaxed);
        self.inner.busy_timeout(wait).map_err(fault)?;
        run(self)
    }

    /// Gives back the two megabytes of pages that a long read leaves: nobody reads them again soon.
    pub(super) fn forget_pages(&self) {
        if let Err(error) = self.inner.execute_batch("PRAGMA shrink_memory") {
            tracing::debug!(%error, "a reader keeps its pages");
        }
    }

    /// The first row, if there is one.
    pub(crate) fn first<T: Record>(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<T>, sqlx::Error> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.raw_query();
        rows.next().map_err(fault)?.map(|row| T::read(&Row::Sqlite(row))).transpose()
    }

    /// Every row.
    pub(crate) fn all<T: Record>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>, sqlx::Error> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(fault)? {
            all.push(T::read(&Row::Sqlite(row))?);
        }
        Ok(all)
    }

    /// Changes rows and says how many.
    pub(crate) fn change(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        let mut statement = self.prepared(sql, values)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(fault)?.is_some() {}
        Ok(self.inner.changes())
    }

    /// Changes rows by a statement whose values stand in their order, and says how many.
    pub(crate) fn change_in_order(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        let mut statement = self.inner.prepare_cached(sql).map_err(fault)?;
        if statement.parameter_count() != values.len() {
            return Err(sqlx::Error::Protocol("a statement without a value".to_owned()));
        }
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value).map_err(fault)?;
        }
        let mut rows = statement.raw_query();
        while rows.next().map_err(fault)?.is_some() {}
        Ok(self.inner.changes())
    }

    /// Runs several statements without values.
    pub(crate) fn script(&self, script: &str) -> Result<(), sqlx::Error> {
        self.inner.execute_batch(script).map_err(fault)
    }

    /// Whether a transaction is open. SQLite closes it by itself after some faults, such as a full disk.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.inner.is_autocommit()
    }

    fn prepared(&self, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'_>, sqlx::Error> {
        let mut statement = self.inner.prepare_cached(sql).map_err(fault)?;
        // SQLite numbers `$3` by its first appearance, so that each is bound by its name.
        for at in 1..=statement.parameter_count() {
            let number =
                statement.parameter_name(at).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            let value = number.and_then(|number| values.get(number.checked_sub(1)?));
            let value =
                *value.ok_or_else(|| sqlx::Error::Protocol("a statement without a value".to_owned()))?;
            statement.raw_bind_parameter(at, value).map_err(fault)?;
        }
        Ok(statement)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Number(Some(value)) => ValueRef::Integer(*value),
            Self::Bytes(Some(value)) => ValueRef::Blob(value),
            Self::Uuid(Some(value)) => ValueRef::Blob(value.as_bytes()),
            Self::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Self::Number(None) | Self::Bytes(None) | Self::Uuid(None) | Self::Text(None) => ValueRef::Null,
        }))
    }
}

/// What SQLite says went wrong, in the dress that sqlx has for it: the crate has one type of error.
#[derive(Debug, Clone)]
pub(crate) struct SqliteError {
    /// The extended result code.
    code: i32,
    message: String,
}

impl SqliteError {
    /// The primary result code.
    pub(crate) const fn primary(&self) -> i32 {
        self.code & 0xff
    }
}

impl std::fmt::Display for SqliteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (SQLite code {})", self.message, self.code)
    }
}

impl std::error::Error for SqliteError {}

impl DatabaseError for SqliteError {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

/// What rusqlite says, as the rest of the crate knows it.
pub(crate) fn fault(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => {
            let message = message.unwrap_or_else(|| error.to_string());
            sqlx::Error::Database(Box::new(SqliteError { code: error.extended_code, message }))
        }
        rusqlite::Error::InvalidColumnName(name) => sqlx::Error::ColumnNotFound(name),
        other => sqlx::Error::Decode(Box::new(other)),
    }
}

/// Whether a read was stopped because it took long, or because it would have had to wait for a lock.
pub(super) fn takes_long(error: &sqlx::Error) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<SqliteError>());
    error.is_some_and(|error| matches!(error.primary(), ffi::SQLITE_INTERRUPT | ffi::SQLITE_BUSY))
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_its_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("plans.sqlite");
        let connection = Connection::open(&file, Purpose::Write(Contents::Door), Duration::from_secs(1))
            .expect("it opens");
        connection.script("CREATE TABLE step (number INTEGER PRIMARY KEY, kind TEXT)").expect("a table");
        let sql = "SELECT number FROM step WHERE kind = $2 ORDER BY number LIMIT $1";
        for limit in 1..=5 {
            let values = [Value::Number(Some(limit)), Value::Text(Some("a"))];
            connection.change(sql, &values).expect("it runs");
        }
        let statement = connection.inner.prepare_cached(sql).expect("it is kept");
        assert_eq!(statement.get_status(StatementStatus::Run), 5);
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
