//! The market's engine of this node: whether there is one, where it lies, and what it needs to begin.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use doorward_app::Failure;
use doorward_app::clock::{Clock as _, SystemClock};
use doorward_app::data_folder::MARKET_FOLDER;
use doorward_app::engine_lease::{keep_lease, note_lease, take_lease};
use doorward_app::history::{
    Counts, MarketHistory, NotProjected, Projection, Projector, rebuild_from_folder,
};
use doorward_app::matching::follower::{Follow, Follower, FollowerFault, FollowerSettings};
use doorward_app::matching::{Beginning, Ground, Lease, Matching, MatchingRefused, MatchingSettings, start};
use doorward_app::random::SystemRandom;
use doorward_store::Db;
use doorward_store::engine::LeaseRefused;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::configuration::{Configuration, MarketEngine};
use crate::foundation;
use crate::outcome::{Exit, Stopped, chain};

/// Where the journal lies.
pub(crate) fn folder(configuration: &Configuration) -> PathBuf {
    configuration.data.folder.join(MARKET_FOLDER)
}

/// Whether this node runs the engine: one node of an installation does, and SQLite has one node.
pub(crate) fn is_here(configuration: &Configuration) -> bool {
    match configuration.market_engine {
        MarketEngine::On => true,
        MarketEngine::Off => false,
        MarketEngine::Auto => foundation::sqlite_path(configuration).is_some(),
    }
}

/// The market of this node, from its beginning to its end.
pub(crate) struct Market {
    pub(crate) matching: Matching,
    pub(crate) lease: Lease,
    /// For pages and commands.
    pub(crate) history: MarketHistory,
    /// Writes history as a consumer of the follower's.
    pub(crate) projector: Projector,
}

/// Takes the folder and the lease, and says when by the steady clock. The data folder must be held.
async fn claim(configuration: &Configuration, db: &Db) -> Result<(Ground, Lease, Duration), Stopped> {
    let ground = Ground::take(&folder(configuration)).map_err(|why| refused(&why))?;
    let seen_at = SystemClock.steady();
    let lease = take_lease(db, &ground, &SystemRandom).await.map_err(|failure| match failure {
        Failure::Refused(why @ LeaseRefused::Held { .. }) => Stopped::new(Exit::InUse, why.to_string()),
        Failure::Refused(why) => Stopped::new(Exit::Database, why.to_string()),
        Failure::Fault(fault) => Stopped::fault("taking the engine's lease", &fault),
    })?;
    Ok((ground, lease, seen_at))
}

const fn projection(lease: &Lease) -> Projection {
    Projection { journal_id: lease.journal_id, epoch: lease.epoch }
}

/// Takes the folder, the lease and history, and starts the engine, which opens and replays its journal while the door opens,
/// and tells how that goes. The data folder must be held.
pub(crate) async fn begin(
    configuration: &Configuration,
    db: &Db,
) -> Result<Option<(Market, Beginning)>, Stopped> {
    if !is_here(configuration) {
        return Ok(None);
    }
    let ((ground, lease, seen_at), history) = if foundation::sqlite_path(configuration).is_some() {
        // Nobody but this process can have either file, so that one of them is not opened in vain.
        tokio::try_join!(claim(configuration, db), foundation::open_history(configuration))?
    } else {
        (claim(configuration, db).await?, foundation::open_history(configuration).await?)
    };
    let reach = history.take(projection(&lease)).await.map_err(|why| not_projected(&why))?;
    // What history shows was durable: a journal that ends before it has lost something.
    let settings =
        MatchingSettings { known: reach.last_seq, ..MatchingSettings::in_folder(folder(configuration)) };
    let (matching, beginning) =
        start(ground, &settings, &lease, Arc::new(SystemClock)).map_err(|why| refused(&why))?;
    note_lease(db, &matching, seen_at);
    let (projector, history) =
        Projector::behind(&matching, history, projection(&lease), reach, Arc::new(SystemClock));
    Ok(Some((Market { matching, lease, history, projector }, beginning)))
}

/// Waits until the journal is found to be whole and the lease's, which takes as long as reading one segment.
pub(crate) async fn opened(beginning: Beginning) -> Result<(), Stopped> {
    match tokio::task::spawn_blocking(move || beginning.opened()).await {
        Ok(opened) => opened.map_err(|why| refused(&why)),
        Err(error) => Err(Stopped::fault("opening the market's journal", &error)),
    }
}

/// The same for the whole journal.
async fn replayed(beginning: Beginning) -> Result<(), Stopped> {
    match tokio::task::spawn_blocking(move || beginning.replayed()).await {
        Ok(replayed) => replayed.map_err(|why| refused(&why)),
        Err(error) => Err(Stopped::fault("replaying the market's journal", &error)),
    }
}

/// Forgets history and makes it anew from the journal. Says how many records there are and what came of them.
pub(crate) async fn rebuild_history(
    configuration: &Configuration,
    db: &Db,
    told: impl Fn(u64) + Send + 'static,
) -> Result<(u64, Counts), Stopped> {
    let (ground, lease, _) = claim(configuration, db).await?;
    let settings = MatchingSettings::in_folder(folder(configuration));
    let clock = Arc::new(SystemClock);
    let (matching, beginning) =
        start(ground, &settings, &lease, Arc::clone(&clock) as _).map_err(|why| refused(&why))?;
    replayed(beginning).await?;
    let keeping = Keeping::begin(db, &matching, lease);
    let history = foundation::open_history(configuration).await?;
    let (again, tail) = (history.clone(), matching.sequence());
    let folder = matching.folder().to_owned();
    let projection = projection(&lease);
    // Blocking: it reads files, applies records, and waits for the database.
    let made = tokio::task::spawn_blocking(move || {
        rebuild_from_folder(&again, projection, (&folder, tail), clock, told)
    });
    let made = made.await;
    // Whatever came of it, a server may begin at once.
    keeping.end().await;
    let made = match made {
        Ok(Ok(made)) => made,
        Ok(Err(why)) => {
            return Err(Stopped::new(Exit::Folder, format!("history is not made anew: {}", chain(&why))));
        }
        Err(error) => return Err(Stopped::fault("making history anew", &error)),
    };
    let counts = history.count().await.map_err(|fault| Stopped::fault("counting history", &fault))?;
    history.close().await;
    Ok((made, counts))
}

/// Starts what follows the journal: snapshots, the archive, and whoever wants to know what records do.
pub(crate) async fn follow(
    matching: &Matching,
    consumers: Vec<Box<dyn Follow>>,
) -> Result<Follower, Stopped> {
    let (live, failing) = (matching.clone(), matching.clone());
    let tail = Arc::new(move || live.sequence());
    let on_fault = Box::new(move |fault: FollowerFault| {
        let why = chain(&fault);
        tracing::error!(why, "nothing follows the market's journal any more: no snapshots, no history");
        if matches!(fault, FollowerFault::Consumer(_)) {
            failing.fail(&why);
        }
    });
    let settings = FollowerSettings::of(matching.folder());
    // It reads a snapshot first, which may be large.
    let started =
        tokio::task::spawn_blocking(move || Follower::start(settings, tail, consumers, on_fault)).await;
    match started {
        Ok(Ok(follower)) => Ok(follower),
        Ok(Err(fault)) => Err(Stopped::new(Exit::Folder, format!("the market's journal: {}", chain(&fault)))),
        Err(error) => Err(Stopped::fault("starting the market's follower", &error)),
    }
}

/// The lease of an engine that runs for one command alone, renewed however long that takes.
pub(crate) struct Keeping {
    stop: CancellationToken,
    keeping: JoinHandle<()>,
}

impl Keeping {
    fn begin(db: &Db, matching: &Matching, lease: Lease) -> Self {
        let stop = CancellationToken::new();
        let keeping = tokio::spawn(keep_lease(db.clone(), matching.clone(), lease, stop.clone()));
        Self { stop, keeping }
    }

    /// Ends the engine and gives the lease back, so that a server may begin at once.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        // A panic was told where it happened; the lease is silent then, and this folder may take it again at once.
        let _ = self.keeping.await;
    }
}

/// The engine for the time of one command without a server: replayed, and not open yet. Nobody follows its journal.
pub(crate) async fn for_one_command(
    configuration: &Configuration,
    db: &Db,
) -> Result<Option<(Matching, MarketHistory, Keeping)>, Stopped> {
    let Some((market, beginning)) = begin(configuration, db).await? else { return Ok(None) };
    let Market { matching, lease, history, .. } = market;
    replayed(beginning).await?;
    let keeping = Keeping::begin(db, &matching, lease);
    Ok(Some((matching, history, keeping)))
}

fn not_projected(why: &NotProjected) -> Stopped {
    let remedy = match why {
        NotProjected::OtherJournal | NotProjected::LaterEpoch { .. } => "; `doorward rebuild` makes it anew",
        NotProjected::Store(_) => "",
    };
    Stopped::new(Exit::Database, format!("the market's history: {}{remedy}", chain(why)))
}

fn refused(why: &MatchingRefused) -> Stopped {
    use doorward_app::matching::JournalRefused;
    let exit = match why {
        MatchingRefused::Journal(JournalRefused::Locked) => Exit::InUse,
        _ => Exit::Folder,
    };
    Stopped::new(exit, format!("the market's journal: {}", chain(why)))
}
