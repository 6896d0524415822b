//! Which engine this database belongs to: one journal, one folder, one leader epoch (market rules 3).
//!
//! The folder of a journal has a lock of its own, which the system gives back when its process ends, however it ends. What
//! stands here keeps a second folder away: a copy, a forgotten machine, a restore beside the original.

use std::time::Duration;

use doorward_domain::time::Timestamp;

use crate::db::{self, Db, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, unreadable, values};

/// Another folder may take the lease when its engine was not seen for so long.
pub const SILENT: Duration = Duration::from_secs(20);

/// What an engine may do with this database, for as long as no other has a later epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The journal that the database belongs to.
    pub journal_id: [u8; 16],
    /// Rises each time that an engine starts.
    pub epoch: i64,
    /// The highest sequence that the database knows to be durable.
    pub known: u64,
}

/// Who asks for the lease.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The journal that lies in the folder; `None` before its first command.
    pub journal: Option<[u8; 16]>,
    /// The id of the journal that the folder would begin; asked for where [`find_lease`] finds nothing, and nowhere else.
    pub new_journal: Option<[u8; 16]>,
    /// Which folder it is. Its lock must be held: whoever had the lease for it before is gone.
    pub holder: [u8; 16],
}

/// Why a folder does not get the lease. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaseRefused {
    /// An engine on another folder has it.
    #[error("another engine, on another folder, has this database; it was last seen at {}", .seen_at.as_seconds())]
    Held {
        /// When it was last seen.
        seen_at: Timestamp,
    },
    /// The database belongs to another journal, or to none while the folder has one.
    #[error("this database does not belong to the journal in the market's folder")]
    OtherJournal,
    /// The folder has no journal, but records were there.
    #[error(
        "the market's folder is empty, but this database knows of {known} records: bring the journal back"
    )]
    Ahead {
        /// The highest sequence that the database knows.
        known: u64,
    },
}

impl Record for Lease {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self { journal_id: id(row, "journal_id")?, epoch: row.get("epoch")?, known: row.get("known")? })
    }
}

struct StoredLease {
    lease: Lease,
    seen_at: Option<Timestamp>,
}

impl Record for StoredLease {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self { lease: Lease::read(row)?, seen_at: row.get("seen_at")? })
    }
}

fn id(row: &Row<'_>, name: &str) -> Result<[u8; 16], sqlx::Error> {
    row.get::<Vec<u8>>(name)?.try_into().map_err(|_| unreadable("an id of another length"))
}

const BEGIN_LEASE: &str = "INSERT INTO engine_lease (only_one, journal_id, epoch, holder, seen_at, known) \
    VALUES (1, $1, 1, $2, $3, 0) ON CONFLICT (only_one) DO NOTHING";
const TAKE_LEASE: &str = "UPDATE engine_lease SET epoch = epoch + 1, holder = $2, seen_at = $3 \
    WHERE only_one = 1 AND journal_id = $1 AND (holder = $2 OR seen_at IS NULL OR seen_at <= $4) \
    RETURNING journal_id, epoch, known";
const TAKE_UNUSED_LEASE: &str = "UPDATE engine_lease SET epoch = epoch + 1, holder = $1, seen_at = $2 \
    WHERE only_one = 1 AND known = 0 AND (holder = $1 OR seen_at IS NULL OR seen_at <= $3) \
    RETURNING journal_id, epoch, known";
const FIND_LEASE: &str = "SELECT journal_id, epoch, known, seen_at FROM engine_lease WHERE only_one = 1";

/// Gives the database to the engine on this folder, under a new epoch. `now` is the database's time.
pub async fn take_lease(
    tx: &mut Tx,
    claim: &Claim,
    now: Timestamp,
) -> Result<Result<Lease, LeaseRefused>, StoreFault> {
    const DOING: &str = "taking the engine's lease";
    let silent = now.minus(SILENT);
    let taken = if let Some(journal) = &claim.journal {
        let values = values![journal, &claim.holder, now, silent];
        db::find::<Lease>((&mut *tx).into(), DOING, TAKE_LEASE, values).await?
    } else {
        if let Some(journal_id) = claim.new_journal {
            let values = values![&journal_id, &claim.holder, now];
            if db::change_one(tx, DOING, BEGIN_LEASE, values).await? {
                return Ok(Ok(Lease { journal_id, epoch: 1, known: 0 }));
            }
        }
        let values = values![&claim.holder, now, silent];
        db::find::<Lease>((&mut *tx).into(), DOING, TAKE_UNUSED_LEASE, values).await?
    };
    if let Some(lease) = taken {
        return Ok(Ok(lease));
    }
    let stored: Option<StoredLease> = db::find(tx.into(), DOING, FIND_LEASE, values![]).await?;
    let Some(StoredLease { lease, seen_at }) = stored else { return Ok(Err(LeaseRefused::OtherJournal)) };
    Ok(Err(match (claim.journal, seen_at) {
        (Some(journal), _) if journal != lease.journal_id => LeaseRefused::OtherJournal,
        (None, None) => LeaseRefused::Ahead { known: lease.known },
        (None, Some(seen_at)) if lease.known > 0 && seen_at <= silent => {
            LeaseRefused::Ahead { known: lease.known }
        }
        (_, seen_at) => LeaseRefused::Held { seen_at: seen_at.unwrap_or(now) },
    }))
}

/// The lease as it stands; `None` before the first engine.
pub async fn find_lease(source: impl Into<Source<'_>>) -> Result<Option<Lease>, StoreFault> {
    let stored: Option<StoredLease> =
        db::find(source.into(), "reading the engine's lease", FIND_LEASE, values![]).await?;
    Ok(stored.map(|stored| stored.lease))
}

const RENEW_LEASE: &str = "UPDATE engine_lease SET seen_at = $3, \
    known = CASE WHEN known < $4 THEN $4 ELSE known END \
    WHERE only_one = 1 AND journal_id = $1 AND epoch = $2";

/// Says that the engine is there, and up to where its journal is durable; false when another engine has the database now.
pub async fn renew_lease(db: &Db, lease: Lease, sequence: u64, now: Timestamp) -> Result<bool, StoreFault> {
    write_lease(db, "renewing the engine's lease", lease, Some(now), sequence).await
}

/// Says that the engine has ended in order: another folder with the same journal need not wait.
pub async fn release_lease(db: &Db, lease: Lease, sequence: u64) -> Result<bool, StoreFault> {
    write_lease(db, "giving the engine's lease back", lease, None, sequence).await
}

async fn write_lease(
    db: &Db,
    doing: &'static str,
    lease: Lease,
    seen_at: Option<Timestamp>,
    sequence: u64,
) -> Result<bool, StoreFault> {
    let known = i64::try_from(sequence).unwrap_or(i64::MAX);
    db.write(doing, move |tx| {
        Box::pin(async move {
            let values = values![&lease.journal_id, lease.epoch, seen_at, known];
            db::change_one(tx, doing, RENEW_LEASE, values).await
        })
    })
    .await
}
