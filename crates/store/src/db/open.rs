//! Opening the connections to PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _};

use super::{Contents, Db, DbConfig};

pub(super) async fn postgres(url: &str, config: &DbConfig) -> Result<Db, sqlx::Error> {
    let mut options = url
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
    if config.contents == Contents::History {
        options = options.options([("search_path", "history"), ("synchronous_commit", "off")]);
    }
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
