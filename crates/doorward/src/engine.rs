//! The market's engine of this node: whether there is one, where it lies, and what it needs to begin.

use std::path::PathBuf;
use std::sync::Arc;

use doorward_app::Failure;
use doorward_app::clock::SystemClock;
use doorward_app::engine_lease::take_lease;
use doorward_app::matching::{Ground, Lease, Matching, MatchingRefused, MatchingSettings, start};
use doorward_app::random::SystemRandom;
use doorward_store::Db;
use doorward_store::engine::LeaseRefused;

use crate::configuration::{Configuration, MarketEngine};
use crate::foundation;
use crate::outcome::{Exit, Stopped, chain};

/// The journal's folder in the data folder.
const FOLDER: &str = "market";

/// Where the journal lies.
pub(crate) fn folder(configuration: &Configuration) -> PathBuf {
    configuration.data.folder.join(FOLDER)
}

/// Whether this node runs the engine: one node of an installation does, and SQLite has one node.
pub(crate) fn is_here(configuration: &Configuration) -> bool {
    match configuration.market_engine {
        MarketEngine::On => true,
        MarketEngine::Off => false,
        MarketEngine::Auto => foundation::sqlite_path(configuration).is_some(),
    }
}

/// Takes the folder and the lease, and starts the engine, which replays its journal while the door opens. The data folder
/// must be held.
pub(crate) async fn begin(
    configuration: &Configuration,
    db: &Db,
) -> Result<Option<(Matching, Lease)>, Stopped> {
    if !is_here(configuration) {
        return Ok(None);
    }
    let settings = MatchingSettings::in_folder(folder(configuration));
    let ground = Ground::take(&settings.folder).map_err(|why| refused(&why))?;
    let lease = take_lease(db, &ground, &SystemRandom).await.map_err(|failure| match failure {
        Failure::Refused(why @ LeaseRefused::Held { .. }) => Stopped::new(Exit::InUse, why.to_string()),
        Failure::Refused(why) => Stopped::new(Exit::Database, why.to_string()),
        Failure::Fault(fault) => Stopped::fault("taking the engine's lease", &fault),
    })?;
    let (matching, _) =
        start(ground, &settings, &lease, Arc::new(SystemClock)).map_err(|why| refused(&why))?;
    Ok(Some((matching, lease)))
}

fn refused(why: &MatchingRefused) -> Stopped {
    use doorward_app::matching::JournalRefused;
    let exit = match why {
        MatchingRefused::Journal(JournalRefused::Locked) => Exit::InUse,
        _ => Exit::Folder,
    };
    Stopped::new(exit, format!("the market's journal: {}", chain(why)))
}
