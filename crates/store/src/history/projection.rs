//! How far history reaches, who may write it, and beginning anew.

use std::path::Path;

use doorward_domain::time::Timestamp;

use super::{Counts, History, NotProjected, Projection, Reach};
use crate::db::{self, Connections, Contents, Db, DbConfig};
use crate::fault::StoreFault;
use crate::migration::{self, MigrateFault};
use crate::row::values;

const OPENING: &str = "opening history";
const BEGIN: &str = "INSERT INTO projection (one, journal_id, epoch, last_seq, last_at) VALUES (1, $1, $2, 0, 0) \
    ON CONFLICT (one) DO NOTHING";
const TAKE: &str = "UPDATE projection SET epoch = $2 WHERE one = 1 AND journal_id = $1 AND epoch <= $2";
const FIND: &str = "SELECT journal_id, epoch, last_seq, last_at FROM projection WHERE one = 1";
const COUNTS: &str = "SELECT CAST((SELECT COUNT(*) FROM placed_order) AS BIGINT) AS orders, \
    CAST((SELECT COUNT(*) FROM fill) AS BIGINT) AS fills, \
    CAST((SELECT COUNT(*) FROM ledger_entry) AS BIGINT) AS entries, \
    CAST((SELECT COUNT(*) FROM candle) AS BIGINT) AS candles";
const WIPE_SQLITE: &str = "DELETE FROM placed_order; DELETE FROM fill; DELETE FROM ledger_entry; \
    DELETE FROM candle; DELETE FROM projection;";
const WIPE_POSTGRES: &str = "SET LOCAL statement_timeout = 0; \
    TRUNCATE placed_order, fill, ledger_entry, candle; DELETE FROM projection;";

impl History {
    /// Opens the connections and brings the tables up to date.
    ///
    /// On PostgreSQL the user must be allowed to make the schema `history`, or be given one.
    pub async fn open(config: &DbConfig) -> Result<Self, MigrateFault> {
        let config = DbConfig { contents: Contents::History, ..config.clone() };
        let db = Db::open(&config).await?;
        migration::migrate(&db, &migration::HISTORY).await?;
        Ok(Self { db })
    }

    /// Writes the last committed state of a history on SQLite into a new file, as [`Db::copy_into`] does; `false` and nothing
    /// on PostgreSQL.
    pub async fn copy_into(&self, target: &Path) -> Result<bool, StoreFault> {
        self.db.copy_into(target).await
    }

    /// Waits until every connection is closed.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// `sqlite` or `postgres`, for figures and logs.
    pub const fn name(&self) -> &'static str {
        self.db.name()
    }

    /// Connections in use and open, for the operator.
    pub fn connections(&self) -> Connections {
        self.db.connections()
    }

    /// The database, for tests that look behind the functions.
    #[cfg(feature = "testing")]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Takes history over for a leader and says how far it reaches; begins it when there is none. Whoever wrote under an
    /// earlier epoch writes nothing more.
    pub async fn take(&self, projection: Projection) -> Result<Reach, NotProjected> {
        self.db
            .write_again(OPENING, move |tx| {
                Box::pin(async move {
                    let Projection { journal_id, epoch } = projection;
                    db::change(tx, OPENING, BEGIN, values![&journal_id, epoch]).await?;
                    let is_taken = db::change_one(tx, OPENING, TAKE, values![&journal_id, epoch]).await?;
                    let (found_id, found, last_seq, last_at) =
                        db::one::<(Vec<u8>, i64, i64, Timestamp)>(tx.into(), OPENING, FIND, values![])
                            .await?;
                    if found_id != journal_id {
                        return Err(NotProjected::OtherJournal);
                    }
                    if !is_taken {
                        return Err(NotProjected::LaterEpoch { found, ours: epoch });
                    }
                    Ok(Reach { last_seq: last_seq.cast_unsigned(), last_at })
                })
            })
            .await
    }

    /// How far history reaches; nothing before it is taken for the first time.
    pub async fn find_reach(&self) -> Result<Option<Reach>, StoreFault> {
        let found =
            db::find::<(Vec<u8>, i64, i64, Timestamp)>((&self.db).into(), OPENING, FIND, values![]).await?;
        Ok(found.map(|(_, _, last_seq, last_at)| Reach { last_seq: last_seq.cast_unsigned(), last_at }))
    }

    /// The last record of which everything is here, as long as this projection is the one that writes; `None` when another
    /// one has taken history over.
    pub async fn find_place(&self, projection: Projection) -> Result<Option<u64>, StoreFault> {
        let found =
            db::find::<(Vec<u8>, i64, i64, Timestamp)>((&self.db).into(), OPENING, FIND, values![]).await?;
        let ours = |(journal_id, epoch, ..): &(Vec<u8>, i64, i64, Timestamp)| {
            *journal_id == projection.journal_id && *epoch == projection.epoch
        };
        Ok(found.filter(ours).map(|(_, _, last_seq, _)| last_seq.cast_unsigned()))
    }

    /// Whether the database may end without this program and lose the last transactions that it said were committed: a
    /// PostgreSQL server's power or process (`synchronous_commit = off`). A file is lost with the machine alone.
    pub const fn loses_commits(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }

    /// How many rows there are. Takes time in their number.
    pub async fn count(&self) -> Result<Counts, StoreFault> {
        let (orders, fills, entries, candles): (i64, i64, i64, i64) =
            db::one_patiently(&self.db, "counting history", COUNTS, values![]).await?;
        let [orders, fills, entries, candles] = [orders, fills, entries, candles].map(i64::cast_unsigned);
        Ok(Counts { orders, fills, entries, candles })
    }

    /// Forgets everything, the journal it was made from included.
    pub async fn wipe(&self) -> Result<(), StoreFault> {
        const DOING: &str = "wiping history";
        self.db
            .write(DOING, |tx| {
                Box::pin(async move {
                    let script = if tx.is_postgres() { WIPE_POSTGRES } else { WIPE_SQLITE };
                    tx.run_script(script).await.map_err(|error| StoreFault::database(DOING, error))
                })
            })
            .await
    }
}
