//! `doorward serve`: opens the door and keeps it open until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use doorward_app::app::App;
use doorward_app::audit::CheckpointPlace;
use doorward_app::engine_lease::keep_lease;
use doorward_app::matching::follower::Follower;
use doorward_app::random::{Random as _, SystemRandom};
use doorward_store::Db;
use doorward_web::{PublicUrl, Router, WebConfig};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::server::AdminSocket;
use crate::arguments::SettingsArguments;
use crate::commands::{account, check};
use crate::configuration::{self, Configuration, MetricsAddress};
use crate::engine::Market;
use crate::folder::Folder;
use crate::foundation::{self, Foundation};
use crate::listener;
use crate::listener::accept::Door;
use crate::listener::tls::Certificate;
use crate::metrics::MetricsPage;
use crate::outcome::{Exit, Stopped};
use crate::watch::Files;
use crate::{engine, logging, metrics as figures, say, wiring};

/// Stack of a worker thread. The deepest futures are on the heap; this is for what they call.
const STACK_BYTES: usize = 1024 * 1024;

/// Reads the configuration, opens the door, says where, and stays.
pub(crate) fn run(settings: &SettingsArguments) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    runtime()?.block_on(async {
        let open = OpenDoor::open(configuration).await?;
        open.announce();
        open.until_told_to_stop().await
    })
}

/// What every command that opens something does first: look at the files it names, and begin the log.
pub(crate) fn prepare(configuration: &Configuration) -> Result<(), Stopped> {
    let wrong = check::file_problems(configuration);
    if !wrong.is_empty() {
        return Err(Stopped { exit: Exit::Configuration, lines: wrong });
    }
    logging::begin(&configuration.log).map_err(|why| Stopped::new(Exit::Configuration, why))
}

/// Half as many threads as cores: the others wake each other for nothing while hashes fill the machine, which costs a
/// sign-in a twentieth of its CPU, and one core serves 100,000 session checks a second.
pub(crate) fn runtime() -> Result<Runtime, Stopped> {
    // Every thread of the program inherits it: a request that wakes does not wait until a hash has used its slice up.
    if let Err(error) = doorward_turn::shorten(doorward_turn::SHORTEST) {
        tracing::debug!(%error, "threads keep the system's slices");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.div_ceil(2))
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .thread_name("doorward")
        .build()
        .map_err(|error| Stopped::fault("starting the runtime", &error))
}

/// How long requests may finish once the market's engine cannot go on.
const BREAK_OFF: Duration = Duration::from_secs(1);

/// A running server.
pub(crate) struct OpenDoor {
    pub(crate) app: App,
    /// What customers type.
    pub(crate) url: String,
    /// Where mails stay, if they do.
    pub(crate) mailbox: Option<PathBuf>,
    figures_at: Option<SocketAddr>,
    sends_checkpoints: bool,
    drain_time: Duration,
    signals: Signals,
    certificate: Option<Certificate>,
    /// Ends the taking of connections, and each connection after its request.
    stopping: CancellationToken,
    connections: TaskTracker,
    /// Ends what goes on beside requests; last, because requests lean on it.
    resting: CancellationToken,
    chores: TaskTracker,
    db: Db,
    /// Ends behind the market's engine, so that its last snapshot is of the last record.
    follower: Option<Follower>,
    /// Held to the very end.
    _folder: Folder,
}

impl OpenDoor {
    /// Lays the foundation, then opens every listener. From here on the door answers.
    pub(crate) async fn open(mut configuration: Configuration) -> Result<Self, Stopped> {
        // From here on a signal is an order, not the end: whoever has read that the door is open may send one.
        let signals = Signals::heed().map_err(|error| Stopped::fault("waiting for signals", &error))?;
        let figures = figures::begin();
        let Foundation { folder, db, keys } = foundation::lay(&configuration).await?;
        let certificate = match (&configuration.listen.certificate, &configuration.listen.private_key) {
            (Some(chain), Some(key)) => {
                Some(Certificate::read(chain, key).map_err(|why| Stopped::new(Exit::Configuration, why))?)
            }
            _ => None,
        };
        let listeners = listener::bind("listen.address", configuration.listen.address)?;
        let port = listeners
            .first()
            .and_then(|listener| listener.local_addr().ok())
            .map_or(0, |address: SocketAddr| address.port());
        let url = configuration.site.public_url.clone().unwrap_or_else(|| format!("http://localhost:{port}"));
        let desk_listeners = bind_desk(&mut configuration)?;
        let mailbox = wiring::mailbox(&configuration);
        let (market, beginning) = engine::begin(&configuration, &db).await?.unzip();
        let matching = market.as_ref().map(|market| market.matching.clone());
        let app = wiring::app(&configuration, db.clone(), keys, &url, matching)?;
        if let Some(market) = &market {
            app.begin_history(market.history.clone());
        }
        let (stopping, connections) = (CancellationToken::new(), TaskTracker::new());
        let (resting, chores) = (CancellationToken::new(), TaskTracker::new());

        let figures_at = match figures {
            Some(handle) => open_figures(handle, &configuration, &connections, &stopping, &chores, &resting)?,
            None => None,
        };
        let admin = AdminSocket::open(&folder)?;
        admin.answer(&connections, stopping.clone(), {
            let (app, country) = (app.clone(), configuration.site.default_country.clone());
            let place = Arc::new(wiring::checkpoint_place(&configuration)?);
            move |ask| account::perform(app.clone(), country.clone(), Arc::clone(&place), ask)
        });
        app.sync_blocks().await.map_err(|fault| Stopped::fault("reading what is blocked", &fault))?;
        // Before anybody can ask for a market by its name.
        app.load_asset_names()
            .await
            .map_err(|fault| Stopped::fault("reading the names of assets", &fault))?;
        let place = wiring::checkpoint_place(&configuration)?;
        let surface = Router::new(app.clone(), web_config(&configuration, &url, mailbox.clone())?);
        let door = Door {
            name: "door",
            listeners,
            limits: Arc::new(configuration.listen.clone()),
            certificate: certificate.clone(),
            surface: surface.clone(),
        };
        door.open(&connections, &stopping);
        if let Some(listeners) = desk_listeners {
            let (limits, certificate) = (Arc::new(configuration.listen.clone()), certificate.clone());
            let desk = Door { name: "desk", listeners, limits, certificate, surface: surface.desk() };
            desk.open(&connections, &stopping);
        }
        // Whoever knocks waits for nothing that follows; until the market is open, it takes no command.
        warm_random().await?;
        if let Some(beginning) = beginning {
            engine::opened(beginning).await?;
        }
        begin_chores(&app, place, &chores, &resting);
        // Streams end when the taking of connections ends: none would finish by itself.
        chores.spawn(app.clone().run_market_data(stopping.clone()));
        chores.spawn(Files::of(&configuration).watch(app.clone(), resting.clone()));
        let follower = match market {
            Some(market) => Some(begin_market(&app, market, &chores, &resting).await?),
            None => None,
        };
        let drain_time = configuration.listen.drain_time;
        Ok(Self {
            app,
            url,
            mailbox,
            figures_at,
            sends_checkpoints: configuration.audit_checkpoints.is_some(),
            drain_time,
            signals,
            certificate,
            stopping,
            connections,
            resting,
            chores,
            db,
            follower,
            _folder: folder,
        })
    }

    /// Begins something beside requests that ends when the door closes.
    pub(crate) fn spawn<F>(&self, begin: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.chores.spawn(begin(self.stopping.clone()));
    }

    /// Where the door is, and where mail goes.
    fn announce(&self) {
        say(&format!("Doorward {} is open at {}", env!("CARGO_PKG_VERSION"), self.url));
        if self.app.desk.url.is_some() {
            say(&format!("The support desk: {}/support", self.app.desk_url()));
        }
        if let Some(folder) = &self.mailbox {
            say(&format!("Mail stays on this machine: {} and {}/mailbox", folder.display(), self.url));
        }
        if let Some(at) = self.figures_at {
            say(&format!("Figures for Prometheus: http://{at}/metrics"));
        }
        if !self.sends_checkpoints {
            say(
                "Checkpoints of the audit log go nowhere: name a place outside this machine in audit.checkpoints",
            );
        }
    }

    /// Waits for SIGTERM or SIGINT, reading the certificate again at each SIGHUP, then closes the door.
    pub(crate) async fn until_told_to_stop(mut self) -> Result<(), Stopped> {
        let app = self.app.clone();
        let broken = loop {
            tokio::select! {
                order = self.signals.next() => match order {
                    Order::ReadCertificate => self.read_certificate_again(),
                    Order::Stop => break None,
                },
                why = market_fails(&app) => break Some(why),
            }
        };
        if let Some(why) = broken {
            return Err(self.break_off(&why).await);
        }
        tracing::info!("stopping: finishing what is under way");
        let (signals, drain_time) = (&mut self.signals, self.drain_time);
        let impatient = async {
            tokio::select! {
                () = signals.stop_again() => {}
                () = tokio::time::sleep(drain_time) => {}
            }
        };
        self.stopping.cancel();
        self.connections.close();
        tokio::select! {
            () = self.connections.wait() => {}
            () = impatient => tracing::warn!(open = self.connections.len(), "stopped before every connection had ended"),
        }
        self.close().await;
        Ok(())
    }

    /// Ends at once, because the market's engine cannot go on: whoever waits for an answer of it gets none.
    async fn break_off(self, why: &str) -> Stopped {
        tracing::error!(why, "stopping: the market's engine cannot go on");
        self.stopping.cancel();
        self.connections.close();
        let _ = tokio::time::timeout(BREAK_OFF, self.connections.wait()).await;
        self.close().await;
        Stopped::new(Exit::Market, format!("the market's engine has stopped: {why}"))
    }

    /// Lets the chores finish what they hold, and closes the database.
    async fn close(self) {
        self.resting.cancel();
        self.chores.close();
        if tokio::time::timeout(self.drain_time, self.chores.wait()).await.is_err() {
            tracing::warn!("stopped before every chore had ended");
        }
        if let Some(history) = self.app.history() {
            history.stop_waiting();
        }
        if let Some(follower) = self.follower
            && tokio::task::spawn_blocking(move || follower.stop()).await.is_err()
        {
            tracing::warn!("the follower of the market's journal was not waited for");
        }
        if let Some(history) = self.app.history() {
            history.close().await;
        }
        self.db.close().await;
        tracing::info!("stopped");
    }

    fn read_certificate_again(&self) {
        let Some(certificate) = &self.certificate else { return };
        match certificate.read_again() {
            Ok(()) => tracing::info!("read the certificate again"),
            Err(why) => {
                tracing::error!(
                    why,
                    "the certificate could not be read again; the one before stays in force"
                );
            }
        }
    }
}

/// What the operating system tells this process to do.
#[derive(PartialEq)]
enum Order {
    Stop,
    ReadCertificate,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn heed() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.terminate.recv() => Order::Stop,
            _ = self.interrupt.recv() => Order::Stop,
            _ = self.hang_up.recv() => Order::ReadCertificate,
        }
    }

    /// Somebody will not wait for what is under way.
    async fn stop_again(&mut self) {
        while self.next().await != Order::Stop {}
    }
}

/// Opens the support desk's own listener, where it has one, and settles where staff find it.
fn bind_desk(configuration: &mut Configuration) -> Result<Option<Vec<tokio::net::TcpListener>>, Stopped> {
    let Some(address) = configuration.support.listen else { return Ok(None) };
    let listeners = listener::bind("support.listen", address)?;
    let port = listeners.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
    configuration.support.public_url.get_or_insert_with(|| format!("http://localhost:{port}"));
    Ok(Some(listeners))
}

/// Begins what the house does beside its requests.
fn begin_chores(app: &App, place: CheckpointPlace, chores: &TaskTracker, resting: &CancellationToken) {
    if matches!(place, CheckpointPlace::Nowhere) {
        // Loud, because nothing else will ever show what this leaves open.
        tracing::error!(
            "audit.checkpoints names no place: whoever can write the database can change the audit log without a trace"
        );
    }
    chores.spawn(app.clone().run_audit(place, resting.clone()));
    chores.spawn(app.clone().run_heartbeat(resting.clone()));
    chores.spawn(app.clone().run_upkeep(resting.clone()));
    chores.spawn(app.clone().run_pictures(resting.clone()));
    chores.spawn(app.clone().run_outbox(resting.clone()));
}

/// Begins what the market needs beside requests, on the node that has its engine.
async fn begin_market(
    app: &App,
    market: Market,
    chores: &TaskTracker,
    resting: &CancellationToken,
) -> Result<Follower, Stopped> {
    chores.spawn(app.clone().run_matching(resting.clone()));
    let keeping = keep_lease(app.db.clone(), market.matching.clone(), market.lease, resting.clone());
    chores.spawn(keeping);
    chores.spawn(app.clone().run_reconciliation(resting.clone()));
    engine::follow(&market.matching, vec![Box::new(market.projector)]).await
}

/// Draws random bytes for the first time, for which a process gathers the machine's noise, 20 ms of work: on a thread that
/// nobody's request waits for.
async fn warm_random() -> Result<(), Stopped> {
    let drawn = tokio::task::spawn_blocking(|| SystemRandom.fill(&mut [0; 1])).await;
    drawn.map_err(|error| Stopped::fault("drawing random bytes", &error))
}

/// Waits until the market's engine cannot go on, which an installation without one never does.
async fn market_fails(app: &App) -> Arc<str> {
    match &app.matching {
        Some(matching) => matching.failed().await,
        None => std::future::pending().await,
    }
}

fn open_figures(
    handle: PrometheusHandle,
    configuration: &Configuration,
    connections: &TaskTracker,
    stopping: &CancellationToken,
    chores: &TaskTracker,
    resting: &CancellationToken,
) -> Result<Option<SocketAddr>, Stopped> {
    chores.spawn(resting.clone().run_until_cancelled_owned(figures::keep_up(handle.clone())));
    let MetricsAddress::At(address) = configuration.metrics else { return Ok(None) };
    let listeners = listener::bind("metrics.address", address)?;
    let at = listeners.first().and_then(|listener| listener.local_addr().ok());
    let limits = Arc::new(figures::limits(&configuration.listen, address));
    let door = Door { name: "figures", listeners, limits, certificate: None, surface: MetricsPage(handle) };
    door.open(connections, stopping);
    Ok(at)
}

fn web_config(
    configuration: &Configuration,
    url: &str,
    mailbox: Option<PathBuf>,
) -> Result<WebConfig, Stopped> {
    let public_url = PublicUrl::parse(url)
        .map_err(|why| Stopped::new(Exit::Configuration, format!("site.public_url: {why}")))?;
    let desk_url = configuration.support.public_url.as_deref().map(PublicUrl::parse).transpose();
    let desk_url =
        desk_url.map_err(|why| Stopped::new(Exit::Configuration, format!("support.public_url: {why}")))?;
    Ok(WebConfig {
        desk_url,
        tls: public_url.is_https(),
        public_url,
        site_name: configuration.site.name.clone(),
        trusted_proxies: configuration.listen.proxies.clone(),
        mailbox,
        security_contact: configuration.site.security_contact.clone(),
    })
}
