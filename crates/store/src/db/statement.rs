//! Running one statement on either database.

use std::sync::OnceLock;

use doorward_domain::time::Timestamp;
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use super::{Connection, Db, Source, Tx, TxInner};
use crate::fault::StoreFault;
use crate::row::{Record, Row, Value, values};

/// Binds every value to a statement of PostgreSQL; SQLite's connection does it by itself.
fn bound<'q>(sql: &'static str, values: &[Value<'q>]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query::<Postgres>(sql), |query, value| match *value {
        Value::Number(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::Uuid(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
    })
}

fn read<T: Record>(row: &PgRow) -> Result<T, sqlx::Error> {
    T::read(&Row::Postgres(row))
}

/// The first row, if there is one.
pub(crate) async fn find<T: Record>(
    source: Source<'_>,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Option<T>, StoreFault> {
    check_values(sql, values);
    let first = |row: Option<PgRow>| row.as_ref().map(read).transpose();
    let found = match source {
        Source::Db(Db::Sqlite(file)) => file.read(sql, values, Connection::first::<T>).await,
        Source::Db(Db::Postgres(pool)) => bound(sql, values).fetch_optional(pool).await.and_then(first),
        Source::Tx(tx) => {
            let found = match &mut tx.inner {
                TxInner::Sqlite(connection) => connection.first(sql, values),
                TxInner::Postgres(inner) => {
                    bound(sql, values).fetch_optional(&mut **inner).await.and_then(first)
                }
            };
            found.inspect_err(|error| tx.spoil(error))
        }
    };
    found.map_err(|error| StoreFault::database(doing, error))
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
    let all = |rows: Vec<PgRow>| rows.iter().map(read).collect::<Result<Vec<T>, _>>();
    let listed = match source {
        Source::Db(Db::Sqlite(file)) => file.read(sql, values, Connection::all::<T>).await,
        Source::Db(Db::Postgres(pool)) => bound(sql, values).fetch_all(pool).await.and_then(all),
        Source::Tx(tx) => {
            let listed = match &mut tx.inner {
                TxInner::Sqlite(connection) => connection.all(sql, values),
                TxInner::Postgres(inner) => bound(sql, values).fetch_all(&mut **inner).await.and_then(all),
            };
            listed.inspect_err(|error| tx.spoil(error))
        }
    };
    listed.map_err(|error| StoreFault::database(doing, error))
}

/// [`list`] for a statement that takes time in the size of a table.
pub(crate) async fn list_patiently<T: Record>(
    db: &Db,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<T>, StoreFault> {
    let begun = db.begin_patiently().await.map_err(|error| StoreFault::database(doing, error))?;
    let Some(mut tx) = begun else { return list(db.into(), doing, sql, values).await };
    let listed = list((&mut tx).into(), doing, sql, values).await;
    tx.rollback().await;
    listed
}

/// [`one`] for a statement that takes time in the size of a table.
pub(crate) async fn one_patiently<T: Record>(
    db: &Db,
    doing: &'static str,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<T, StoreFault> {
    let row = list_patiently(db, doing, sql, values).await?.into_iter().next();
    row.ok_or_else(|| StoreFault::database(doing, sqlx::Error::RowNotFound))
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
        TxInner::Sqlite(connection) => connection.change(sql, values),
        TxInner::Postgres(inner) => {
            bound(sql, values).execute(&mut **inner).await.map(|done| done.rows_affected())
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

/// A statement that takes many rows at once. Its text is made once for each number of rows.
pub(crate) struct Rows {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    texts: OnceLock<[&'static str; SIZES.len()]>,
}

/// So many rows has one run of a statement: as many of the largest as fit, then of the smaller ones.
const SIZES: [usize; 3] = [64, 8, 1];

impl Rows {
    /// A statement with so many values in each row of its list, which stands between `head` and `tail`.
    pub(crate) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self { head, columns, tail, texts: OnceLock::new() }
    }

    /// Lives as long as the program: three texts for each statement of the crate.
    fn texts(&self) -> &[&'static str; SIZES.len()] {
        self.texts.get_or_init(|| SIZES.map(|rows| &*self.text(rows).leak()))
    }

    fn text(&self, rows: usize) -> String {
        let mut text = self.head.to_owned();
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=self.columns {
                text.push_str(if column == 1 { "$" } else { ", $" });
                text.push_str(&(row * self.columns + column).to_string());
            }
            text.push(')');
        }
        text.push_str(self.tail);
        text
    }
}

/// Runs a statement over many rows, whose values stand one row after the other, and says how many it changed.
pub(crate) async fn change_rows(
    tx: &mut Tx,
    doing: &'static str,
    rows: &Rows,
    values: &[Value<'_>],
) -> Result<u64, StoreFault> {
    debug_assert!(values.len().is_multiple_of(rows.columns), "a row that is not whole");
    let (mut changed, mut rest) = (0, values);
    for (size, sql) in SIZES.into_iter().zip(*rows.texts()) {
        while let Some((now, later)) =
            rest.split_at_checked(size * rows.columns).filter(|(now, _)| !now.is_empty())
        {
            let done = match &mut tx.inner {
                TxInner::Sqlite(connection) => connection.change_in_order(sql, now),
                TxInner::Postgres(inner) => {
                    bound(sql, now).execute(&mut **inner).await.map(|done| done.rows_affected())
                }
            };
            changed += done
                .inspect_err(|error| tx.spoil(error))
                .map_err(|error| StoreFault::database(doing, error))?;
            rest = later;
        }
    }
    Ok(changed)
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
