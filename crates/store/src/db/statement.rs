//! Running one statement on either database.

use doorward_domain::time::Timestamp;
use sqlx::{Postgres, Sqlite};

use super::{Db, Source, Tx, TxInner};
use crate::fault::StoreFault;
use crate::row::{Record, Row, Value, values};

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
