//! A crowd for figures and tests: accounts that nobody can enter, as large as the true ones and spread evenly over
//! every index, so that a true account among them costs what it would cost on a grown installation.

use doorward_domain::time::Timestamp;

use crate::audit_tree::append_waiting;
use crate::db::{self, Db};
use crate::fault::StoreFault;
use crate::row::values;

/// How many accounts a write makes.
const CHUNK: i64 = 10_000;

/// Milliseconds before `now` at which the first of the crowd was opened.
const SPREAD_MILLIS: i64 = 365 * 24 * 3_600 * 1_000;

/// Fills an empty database with `accounts` accounts, each with an identifier, a password, an authenticator app, ten
/// recovery codes, a device, an ended session, two security events and three audit entries, the first opened a year
/// before `now`. Afterwards the database knows its own statistics. PostgreSQL must be opened as a superuser.
///
/// Values of `$1`: first number, `$2`: one past the last number, `$3`: distance of two accounts in the key space of
/// 63 bits, `$4`: first moment in milliseconds, `$5`: milliseconds between two accounts times 1,024.
pub async fn fill(db: &Db, accounts: i64, now: Timestamp) -> Result<(), StoreFault> {
    const DOING: &str = "filling a database";
    let scripts: &'static [&'static str] = match db {
        Db::Sqlite { .. } => SQLITE,
        Db::Postgres(_) => POSTGRES,
    };
    let stride = i64::MAX / (accounts.max(1) + 1);
    let first_millis = now.as_micros() / 1_000 - SPREAD_MILLIS;
    let step = SPREAD_MILLIS * 1_024 / (accounts.max(1) + 1);
    let fault = |error| StoreFault::database(DOING, error);
    hurry(db, true).await.map_err(fault)?;
    let mut from = 0;
    while from < accounts {
        let to = (from + CHUNK).min(accounts);
        db.write::<_, StoreFault, _>(DOING, move |tx| {
            Box::pin(async move {
                if tx.is_postgres() {
                    // The crowd refers to itself; asking again for each of its rows takes most of the time.
                    tx.run_script(
                        "SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off",
                    )
                    .await
                    .map_err(|error| StoreFault::database(DOING, error))?;
                }
                for &sql in scripts {
                    db::change(tx, DOING, sql, values![from, to, stride, first_millis, step]).await?;
                }
                Ok(())
            })
        })
        .await?;
        from = to;
    }
    while append_waiting(db, CHUNK).await?.appended > 0 {}
    hurry(db, false).await.map_err(fault)?;
    settle(db).await.map_err(fault)
}

/// Lets SQLite's writer leave out what protects true data, and asks for it again afterwards.
async fn hurry(db: &Db, begin: bool) -> Result<(), sqlx::Error> {
    let Db::Sqlite(file) = db else { return Ok(()) };
    let settings = if begin {
        "PRAGMA foreign_keys = off; PRAGMA synchronous = off; PRAGMA cache_size = -262144"
    } else {
        "PRAGMA foreign_keys = on; PRAGMA synchronous = full; PRAGMA cache_size = -2000"
    };
    file.outside(move |writer| writer.script(settings)).await
}

/// What a database does by itself in quiet hours.
async fn settle(db: &Db) -> Result<(), sqlx::Error> {
    use sqlx::Executor as _;
    match db {
        Db::Sqlite(file) => file.outside(|writer| writer.script("PRAGMA wal_checkpoint(TRUNCATE)")).await,
        Db::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            connection.execute("SET statement_timeout = 0").await?;
            connection.execute("VACUUM ANALYZE").await?;
            connection.execute("RESET statement_timeout").await.map(drop)
        }
    }
}

/// The numbers of the crowd, and what is derived from one: an id, and eight bytes evenly spread over the key space.
macro_rules! sqlite_crowd {
    ($what:literal, $from:literal) => {
        concat!(
            "WITH RECURSIVE crowd (n, stride, millis, id) AS (",
            "SELECT $1, $3, $4 + $1 * $5 / 1024, unhex(printf('%012x7%03x8%015x', $4 + $1 * $5 / 1024, $1 & 4095, $1)) ",
            "UNION ALL SELECT n + 1, $3, $4 + (n + 1) * $5 / 1024, ",
            "unhex(printf('%012x7%03x8%015x', $4 + (n + 1) * $5 / 1024, (n + 1) & 4095, n + 1)) ",
            "FROM crowd WHERE n + 1 < $2) INSERT INTO ",
            $what,
            $from
        )
    };
}

const SQLITE: &[&str] = &[
    sqlite_crowd!(
        "account (id, status, language, credential_version, entries, created_at) ",
        "SELECT id, 'open', 'en', 1, 1, millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "identifier (id, account_id, kind, lookup, sealed, created_at, verified_at) ",
        "SELECT id, id, 'email', unhex(printf('%016x', n * stride) || hex(randomblob(24))), randomblob(64), \
         millis * 1000, millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "password (account_id, sealed, params, changed_at) ",
        "SELECT id, randomblob(96), 'm=19456,t=2,p=1', millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "totp (id, account_id, sealed, last_step, created_at) ",
        "SELECT id, id, randomblob(64), millis / 30000, millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "recovery_batch (account_id, batch, created_at) ",
        "SELECT id, 1, millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "recovery_code (lookup, account_id, batch) ",
        "SELECT unhex(printf('%016x', n * stride + code.column1 * (stride / 10)) || hex(randomblob(24))), id, 1 \
         FROM crowd, (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS code"
    ),
    sqlite_crowd!(
        "device (id, account_id, token_hash, network, user_agent, created_at, last_seen_at, trusted_until) ",
        "SELECT id, id, unhex(printf('%016x', n * stride) || hex(randomblob(24))), '192.0.2.1', 'a browser', \
         millis * 1000, millis * 1000, millis * 1000 + 7776000000000 FROM crowd"
    ),
    sqlite_crowd!(
        "session (id, account_id, token_hash, device_id, second_factor, network, user_agent, created_at, last_seen_at, \
         ended_at, end_reason) ",
        "SELECT id, id, unhex(printf('%016x', n * stride) || hex(randomblob(24))), id, 'totp', '192.0.2.1', \
         'a browser', millis * 1000, millis * 1000, millis * 1000 + 60000000, 'signed-out' FROM crowd"
    ),
    sqlite_crowd!(
        "security_event (account_id, kind, at) ",
        "SELECT id, 'first-password', millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "security_event (account_id, kind, at) ",
        "SELECT id, 'first-totp', millis * 1000 FROM crowd"
    ),
    sqlite_crowd!(
        "audit (at, account_id, kind, network, sealed, salt, commitment) ",
        "SELECT millis * 1000, id, 'signed-up', '192.0.2.1', randomblob(48), randomblob(16), randomblob(32) FROM crowd"
    ),
    sqlite_crowd!(
        "audit (at, account_id, kind, network, sealed, salt, commitment) ",
        "SELECT millis * 1000, id, 'entered', '192.0.2.1', randomblob(48), randomblob(16), randomblob(32) FROM crowd"
    ),
    sqlite_crowd!(
        "audit (at, account_id, kind, network, sealed, salt, commitment) ",
        "SELECT millis * 1000, id, 'signed-out', '192.0.2.1', randomblob(48), randomblob(16), randomblob(32) FROM crowd"
    ),
];

macro_rules! postgres_crowd {
    ($what:literal, $from:literal) => {
        concat!(
            "WITH crowd AS (SELECT n, $3 AS stride, $4 + n * $5 / 1024 AS millis, CAST(",
            "lpad(to_hex($4 + n * $5 / 1024), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' || ",
            "lpad(to_hex(n), 15, '0') AS UUID) AS id, ",
            "decode(lpad(to_hex(n * $3), 16, '0') || substr(md5(random()::text) || md5(random()::text), 1, 48), 'hex') ",
            "AS lookup, decode(md5(random()::text) || md5(random()::text) || md5(n::text) || md5(random()::text), 'hex') ",
            "AS sealed FROM generate_series($1, $2 - 1) AS n) INSERT INTO ",
            $what,
            $from
        )
    };
}

const POSTGRES: &[&str] = &[
    postgres_crowd!(
        "account (id, status, language, credential_version, entries, created_at) ",
        "SELECT id, 'open', 'en', 1, 1, millis * 1000 FROM crowd"
    ),
    postgres_crowd!(
        "identifier (id, account_id, kind, lookup, sealed, created_at, verified_at) ",
        "SELECT id, id, 'email', lookup, sealed, millis * 1000, millis * 1000 FROM crowd"
    ),
    postgres_crowd!(
        "password (account_id, sealed, params, changed_at) ",
        "SELECT id, sealed || substr(sealed, 1, 32), 'm=19456,t=2,p=1', millis * 1000 FROM crowd"
    ),
    postgres_crowd!(
        "totp (id, account_id, sealed, last_step, created_at) ",
        "SELECT id, id, sealed, millis / 30000, millis * 1000 FROM crowd"
    ),
    postgres_crowd!(
        "recovery_batch (account_id, batch, created_at) ",
        "SELECT id, 1, millis * 1000 FROM crowd"
    ),
    postgres_crowd!(
        "recovery_code (lookup, account_id, batch) ",
        "SELECT decode(lpad(to_hex(n * stride + code * (stride / 10)), 16, '0') || substr(md5(random()::text) || \
         md5(random()::text), 1, 48), 'hex'), id, 1 FROM crowd, generate_series(0, 9) AS code"
    ),
    postgres_crowd!(
        "device (id, account_id, token_hash, network, user_agent, created_at, last_seen_at, trusted_until) ",
        "SELECT id, id, lookup, '192.0.2.1', 'a browser', millis * 1000, millis * 1000, \
         millis * 1000 + 7776000000000 FROM crowd"
    ),
    postgres_crowd!(
        "session (id, account_id, token_hash, device_id, second_factor, network, user_agent, created_at, last_seen_at, \
         ended_at, end_reason) ",
        "SELECT id, id, lookup, id, 'totp', '192.0.2.1', 'a browser', millis * 1000, millis * 1000, \
         millis * 1000 + 60000000, 'signed-out' FROM crowd"
    ),
    postgres_crowd!(
        "security_event (account_id, kind, at) ",
        "SELECT id, kind, millis * 1000 FROM crowd, (VALUES ('first-password'), ('first-totp')) AS kinds (kind)"
    ),
    postgres_crowd!(
        "audit (at, account_id, kind, network, sealed, salt, commitment) ",
        "SELECT millis * 1000, id, kind, '192.0.2.1', substr(sealed, 1, 48), substr(lookup, 1, 16), lookup \
         FROM crowd, (VALUES ('signed-up'), ('entered'), ('signed-out')) AS kinds (kind)"
    ),
];
