//! What went wrong with the database, in one type.

use std::fmt;

use rusqlite::ffi;
use sqlx::error::DatabaseError;

use crate::db::SqliteError;

/// An accident of the database: what was being done and why it failed. Never a refusal.
#[derive(Debug)]
pub struct StoreFault {
    doing: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Database(sqlx::Error),
    /// The work panicked or its runtime is going away.
    Task(tokio::task::JoinError),
    /// The code broke a rule of this crate.
    Misuse(&'static str),
}

/// Whether to come back later, or to look for a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The database is stopped, full, or too busy: nothing was changed, a later try may succeed.
    Unavailable,
    /// Anything else.
    Internal,
}

impl StoreFault {
    pub(crate) fn database(doing: &'static str, error: sqlx::Error) -> Self {
        let fault = Self { doing, cause: Cause::Database(error) };
        let kind = match fault.kind() {
            FaultKind::Unavailable => "unavailable",
            FaultKind::Internal => "internal",
        };
        metrics::counter!("doorward_store_faults_total", "kind" => kind).increment(1);
        fault
    }

    pub(crate) fn task(doing: &'static str, error: tokio::task::JoinError) -> Self {
        Self { doing, cause: Cause::Task(error) }
    }

    pub(crate) fn misuse(doing: &'static str, rule: &'static str) -> Self {
        Self { doing, cause: Cause::Misuse(rule) }
    }

    /// What was being done, for the log.
    pub fn doing(&self) -> &'static str {
        self.doing
    }

    /// Whether a later try may succeed.
    pub fn kind(&self) -> FaultKind {
        match &self.cause {
            Cause::Database(error) if unavailable(error) => FaultKind::Unavailable,
            Cause::Database(_) | Cause::Task(_) | Cause::Misuse(_) => FaultKind::Internal,
        }
    }

    /// The database is stopped, full, or too busy: answered with 503.
    pub fn is_unavailable(&self) -> bool {
        self.kind() == FaultKind::Unavailable
    }

    /// What an operator can do about it, where this crate knows.
    fn advice(&self) -> Option<&'static str> {
        let Cause::Database(error) = &self.cause else { return None };
        match error {
            sqlx::Error::Database(error) if sqlite_primary(error.as_ref()) == Some(ffi::SQLITE_FULL) => {
                Some("the disk is full")
            }
            sqlx::Error::Database(error) => match error.code().as_deref() {
                Some("53100") => Some("the disk of the database server is full"),
                Some(code) if code.starts_with("57P") => Some("the database server is stopping or starting"),
                _ => None,
            },
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Some("no database server listens at the configured address")
            }
            sqlx::Error::PoolTimedOut => {
                Some("no database connection became free in time, or the server is stopped")
            }
            _ => None,
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database failed while {}", self.doing)?;
        if let Some(advice) = self.advice() {
            write!(f, ": {advice}")?;
        }
        match &self.cause {
            Cause::Database(error) => write!(f, " ({error})"),
            Cause::Task(error) => write!(f, " ({error})"),
            Cause::Misuse(rule) => write!(f, " ({rule})"),
        }
    }
}

impl std::error::Error for StoreFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Database(error) => Some(error),
            Cause::Task(error) => Some(error),
            Cause::Misuse(_) => None,
        }
    }
}

/// The primary code of an error of SQLite; PostgreSQL's are none.
fn sqlite_primary(error: &dyn DatabaseError) -> Option<i32> {
    error.try_downcast_ref::<SqliteError>().map(SqliteError::primary)
}

fn unavailable(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => true,
        E::Database(error) => {
            if let Some(code) = sqlite_primary(error.as_ref()) {
                return matches!(
                    code,
                    ffi::SQLITE_BUSY
                        | ffi::SQLITE_LOCKED
                        | ffi::SQLITE_READONLY
                        | ffi::SQLITE_IOERR
                        | ffi::SQLITE_FULL
                        | ffi::SQLITE_CANTOPEN
                );
            }
            let Some(code) = error.code() else { return false };
            // 08 connection, 25006 read-only (a standby), 40 lost a race for locks, 53 resources, 55P03 lock timeout,
            // 57014 statement timeout, 57P operator intervention.
            code.starts_with("08")
                || code.starts_with("40")
                || code.starts_with("53")
                || code.starts_with("57P")
                || matches!(&*code, "25006" | "25P03" | "55P03" | "57014")
        }
        _ => false,
    }
}

/// The transaction lost a race and may be run again from its beginning.
pub(crate) fn lost_a_race(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}
