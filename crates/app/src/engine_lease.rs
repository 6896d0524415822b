//! The lease by which one engine has this database: taken at start, renewed while the engine runs, given back at its end
//! (market rules 3).
//!
//! On PostgreSQL another folder may take it after [`SILENT`]. So an engine that cannot renew it takes no command from
//! [`RENEW_EVERY`] before that moment on, and acknowledges none behind it, until it can again.

use std::time::Duration;

use doorward_store::engine::{Claim, LeaseRefused, SILENT, find_lease, release_lease, renew_lease};
use doorward_store::{Db, StoreFault, database_now};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, Fault};
use crate::matching::{Ground, Lease, Matching, NotTaken};
use crate::random::Random;

/// How often the engine says that it is there; a quarter of the silence after which another folder may take over.
pub const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How long one renewal may take. A connection whose other end is gone says nothing for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(4);

/// Gives the database to the engine on this folder, which stays locked.
///
/// # Errors
/// Refused when an engine on another folder has the database, or the database and the folder belong to different journals.
pub async fn take_lease(
    db: &Db,
    ground: &Ground,
    random: &dyn Random,
) -> Result<Lease, Failure<LeaseRefused>> {
    let now = database_now(db).await?;
    // A process gathers the machine's noise for its first random bytes, 20 ms long: not at every start.
    let new_journal = match ground.journal() {
        None if find_lease(db).await?.is_none() => Some(random.bytes()),
        _ => None,
    };
    let claim = Claim { journal: ground.journal(), new_journal, holder: ground.holder() };
    let taken = db.write("taking the engine's lease", move |tx| {
        Box::pin(async move { doorward_store::engine::take_lease(tx, &claim, now).await })
    });
    taken.await.map_err(|fault: StoreFault| Fault::from(fault))?.map_err(Failure::Refused)
}

/// The engine had the database at this point of its steady clock: it takes commands for a while from then on.
///
/// On SQLite for ever: the database lies in the data folder, whose lock this process holds, so that nobody can take it.
pub fn note_lease(db: &Db, matching: &Matching, seen_at: Duration) {
    if matches!(db, Db::Postgres(_)) {
        matching.hold_until(seen_at + SILENT);
    }
}

/// Says that the engine is there; false when it has the database no more.
///
/// # Errors
/// The database does not answer.
pub async fn renew(db: &Db, matching: &Matching, lease: Lease) -> Result<bool, Fault> {
    // Before the database is asked: what it writes is later.
    let seen_at = matching.steady();
    let now = database_now(db).await?;
    let is_held = renew_lease(db, lease, matching.sequence(), now).await?;
    if is_held {
        note_lease(db, matching, seen_at);
    }
    Ok(is_held)
}

/// Renews the lease until `stop`; then ends the engine, and gives the lease back. An engine that has lost its lease ends at
/// once and acknowledges nothing more.
pub async fn keep_lease(db: Db, matching: Matching, lease: Lease, stop: CancellationToken) {
    let mut turns = tokio::time::interval_at(Instant::now() + RENEW_EVERY, RENEW_EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_suspended = false;
    while stop.run_until_cancelled(turns.tick()).await.is_some() {
        let renewing = tokio::time::timeout(PATIENCE, renew(&db, &matching, lease));
        match stop.run_until_cancelled(renewing).await {
            None => break,
            Some(Ok(Ok(true))) => {}
            Some(Ok(Ok(false))) => {
                tracing::error!("another engine has taken this database: this one stops");
                matching.fail("another engine has taken this database");
                return;
            }
            Some(Ok(Err(fault))) => {
                tracing::warn!(%fault, source = ?fault.source, "the engine's lease is not renewed");
            }
            Some(Err(_)) => {
                tracing::warn!("the engine's lease is not renewed: the database has not answered");
            }
        }
        is_suspended = tell(&matching, is_suspended);
    }
    if let Err(fault) = give_back(&db, &matching, lease).await {
        tracing::warn!(%fault, source = ?fault.source, "the engine's lease is not given back: another folder would have to wait");
    }
}

/// Tells the operator once that the market takes nothing for want of its lease, and once that it does again.
fn tell(matching: &Matching, was_suspended: bool) -> bool {
    let is_suspended = matching.ready().err() == Some(NotTaken::Suspended);
    metrics::gauge!("doorward_market_suspended").set(if is_suspended { 1.0 } else { 0.0 });
    match (was_suspended, is_suspended) {
        (false, true) => tracing::error!(
            "the market takes nothing: another engine could take the database, which has not answered for too long"
        ),
        (true, false) => tracing::info!("the market takes commands again: its lease is renewed"),
        _ => {}
    }
    is_suspended
}

/// Ends the engine and gives its lease back.
async fn give_back(db: &Db, matching: &Matching, lease: Lease) -> Result<(), Fault> {
    let stopping = matching.clone();
    let stopped = tokio::task::spawn_blocking(move || stopping.stop()).await;
    stopped.map_err(|error| Fault::internal("ending the market's engine").caused_by(error))?;
    release_lease(db, lease, matching.sequence()).await?;
    Ok(())
}
