//! Fills a database with accounts, so that figures can be taken on a grown installation.

use std::time::{Duration, Instant};

use doorward_domain::time::Timestamp;
use doorward_store::{Db, DbConfig, filler};

/// Fills an empty database: a `postgres://` URL, or else the path of a SQLite file. Panics when it cannot, since a
/// figure without its crowd means nothing.
#[expect(clippy::disallowed_methods, reason = "a figure needs the clock")]
pub async fn fill(place: &str, accounts: i64) -> Duration {
    let begun = Instant::now();
    let mut config =
        if place.starts_with("postgres") { DbConfig::postgres(place) } else { DbConfig::sqlite(place) };
    config.connections = 2;
    let db = Db::open(&config).await.expect("the database opens");
    db.migrate().await.expect("the tables are made");
    let now = doorward_store::database_now(&db).await.unwrap_or(Timestamp::from_seconds(1_800_000_000));
    filler::fill(&db, accounts, now).await.expect("the database takes the crowd");
    db.close().await;
    begun.elapsed()
}

/// `bench crowd <place> <accounts>`.
pub fn run(place: &str, accounts: &str) -> std::process::ExitCode {
    let Ok(accounts) = accounts.parse() else {
        eprintln!("{accounts} is no number of accounts");
        return std::process::ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let took = runtime.block_on(fill(place, accounts));
    println!("filled {accounts} accounts in {:.1} s", took.as_secs_f64());
    std::process::ExitCode::SUCCESS
}
