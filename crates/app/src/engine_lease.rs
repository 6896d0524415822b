//! The lease by which one engine has this database: taken at start, renewed while the engine runs, given back at its end
//! (market rules 3).

use std::time::Duration;

use doorward_store::engine::{Claim, LeaseRefused, release_lease, renew_lease};
use doorward_store::{Db, StoreFault, database_now};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::matching::{Ground, Lease};
use crate::random::Random;

/// How often the engine says that it is there; a quarter of the silence after which another folder may take over.
const RENEW_EVERY: Duration = Duration::from_secs(5);

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
    let claim = Claim { journal: ground.journal(), new_journal: random.bytes(), holder: ground.holder() };
    let taken = db.write("taking the engine's lease", move |tx| {
        Box::pin(async move { doorward_store::engine::take_lease(tx, &claim, now).await })
    });
    taken.await.map_err(|fault: StoreFault| Fault::from(fault))?.map_err(Failure::Refused)
}

impl App {
    /// Renews the lease until `stop`; then ends the engine, and gives the lease back. An engine that has lost its lease
    /// ends at once and acknowledges nothing more.
    pub async fn run_lease(self, lease: Lease, stop: CancellationToken) {
        let Some(matching) = self.matching.clone() else { return };
        while stop.run_until_cancelled(tokio::time::sleep(RENEW_EVERY)).await.is_some() {
            match self.renew(lease).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::error!("another engine has taken this database: this one stops");
                    matching.fail("another engine has taken this database");
                    return;
                }
                // Nobody else can take a database that does not answer.
                Err(fault) => {
                    tracing::warn!(%fault, source = ?fault.source, "the engine's lease is not renewed");
                }
            }
        }
        let stopping = matching.clone();
        if tokio::task::spawn_blocking(move || stopping.stop()).await.is_err() {
            tracing::error!("the engine's end was not waited for");
        }
        if let Err(fault) = release_lease(&self.db, lease, matching.sequence()).await {
            tracing::warn!(%fault, "the engine's lease is not given back: another folder would have to wait");
        }
    }

    /// Says that the engine is there; false when it has the database no more.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn renew(&self, lease: Lease) -> Result<bool, Fault> {
        let sequence = self.matching.as_ref().map_or(0, crate::matching::Matching::sequence);
        let now = database_now(&self.db).await?;
        Ok(renew_lease(&self.db, lease, sequence, now).await?)
    }
}
