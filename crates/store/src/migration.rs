//! Bringing the tables to the shape that this version knows: numbered scripts, each applied once, all in one transaction.

use crate::db::{self, Db, Tx};
use crate::fault::StoreFault;
use crate::row::values;

/// One step of the schema, written for both databases.
struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),+]
    };
}

/// The steps of one set of tables.
pub(crate) struct Steps {
    list: &'static [Migration],
    /// What PostgreSQL needs before the first table; nothing when it is there.
    postgres_first: Option<&'static str>,
}

/// What history is kept in.
pub(crate) static HISTORY: Steps = Steps {
    list: migrations![1 "history/0001_history", 2 "history/0002_trade"],
    // Asked for before it is made: whoever may not make one can be given one.
    postgres_first: Some(
        "DO $$ BEGIN IF to_regnamespace('history') IS NULL THEN CREATE SCHEMA history; END IF; END $$",
    ),
};

static MAIN: Steps = Steps { list: MIGRATIONS, postgres_first: None };

impl Steps {
    /// The newest schema that this version knows.
    fn known(&self) -> i64 {
        self.list.last().map_or(0, |migration| migration.version)
    }

    fn refuse_newer(&self, found: i64) -> Result<(), MigrateFault> {
        let known = self.known();
        if found > known { Err(MigrateFault::Newer { found, known }) } else { Ok(()) }
    }
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_entry",
    3 "0003_passkey",
    4 "0004_protect",
    5 "0005_record",
    6 "0006_country",
    7 "0007_recover",
    8 "0008_desk",
    10 "0010_engine",
    13 "0013_asset_name",
    14 "0014_desk2",
];

/// Why the tables cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    /// A newer version of Doorward has written here. Nothing was touched.
    #[error(
        "the database has schema {found}, this version knows up to {known}: start the newer version, or restore a backup"
    )]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest one that this version knows.
        known: i64,
    },
    /// The database failed; the schema is as it was before.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// How far a database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The number of the newest applied migration, 0 for an empty database.
    pub found: i64,
    /// The number that this version needs.
    pub known: i64,
}

impl Schema {
    /// How many steps lead from an empty database to the one that this version needs.
    pub fn steps() -> u64 {
        MIGRATIONS.len() as u64
    }
}

const DOING: &str = "bringing the tables up to date";

/// PostgreSQL's advisory lock is a number that only has to differ from those of other programs: "doorward" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7237125637822083684)";
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
    (version BIGINT PRIMARY KEY NOT NULL, name TEXT NOT NULL)";
const LEDGER_EXISTS_SQLITE: &str =
    "SELECT COUNT(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'";
const LEDGER_EXISTS_POSTGRES: &str = "SELECT COUNT(*) AS tables FROM information_schema.tables \
    WHERE table_schema = current_schema() AND table_name = 'schema_migration'";
const NEWEST: &str = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) AS version FROM schema_migration";
const RECORD: &str = "INSERT INTO schema_migration (version, name) VALUES ($1, $2)";

impl Db {
    /// How far the tables have come; changes nothing.
    pub async fn schema(&self) -> Result<Schema, StoreFault> {
        schema(self, &MAIN).await
    }

    /// Applies what is missing, once, however many nodes start at the same moment; returns how many steps it applied.
    /// A schema newer than this version is refused and nothing is touched.
    pub async fn migrate(&self) -> Result<u64, MigrateFault> {
        migrate(self, &MAIN).await
    }
}

/// How far the tables of these steps have come; changes nothing.
async fn schema(db: &Db, steps: &Steps) -> Result<Schema, StoreFault> {
    let exists = match db {
        Db::Sqlite { .. } => LEDGER_EXISTS_SQLITE,
        Db::Postgres(_) => LEDGER_EXISTS_POSTGRES,
    };
    let (tables,): (i64,) = db::one(db.into(), DOING, exists, values![]).await?;
    let found = if tables == 0 { 0 } else { newest(db.into()).await? };
    Ok(Schema { found, known: steps.known() })
}

/// Applies what is missing of these steps. See [`Db::migrate`].
pub(crate) async fn migrate(db: &Db, steps: &'static Steps) -> Result<u64, MigrateFault> {
    let schema = schema(db, steps).await?;
    steps.refuse_newer(schema.found)?;
    if schema.found == schema.known {
        return Ok(0);
    }
    db.write(DOING, |tx| Box::pin(apply(tx, steps))).await
}

async fn apply(tx: &mut Tx, steps: &Steps) -> Result<u64, MigrateFault> {
    let fault = |error| MigrateFault::Store(StoreFault::database(DOING, error));
    if tx.is_postgres() {
        // The other node waits here and then finds nothing left to do. SQLite has taken its lock at BEGIN.
        tx.run_script("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await.map_err(fault)?;
        tx.run_script(LOCK).await.map_err(fault)?;
        if let Some(first) = steps.postgres_first {
            tx.run_script(first).await.map_err(fault)?;
        }
    }
    tx.run_script(LEDGER).await.map_err(fault)?;
    let found = newest((&mut *tx).into()).await?;
    steps.refuse_newer(found)?;
    let mut applied = 0;
    for migration in steps.list.iter().filter(|migration| migration.version > found) {
        let script = if tx.is_postgres() { migration.postgres } else { migration.sqlite };
        tx.run_script(script).await.map_err(fault)?;
        db::change(tx, DOING, RECORD, values![migration.version, migration.name]).await?;
        tracing::info!(version = migration.version, name = migration.name, "applied a schema migration");
        applied += 1;
    }
    Ok(applied)
}

async fn newest(source: db::Source<'_>) -> Result<i64, StoreFault> {
    db::one::<(i64,)>(source, DOING, NEWEST, values![]).await.map(|(version,)| version)
}
