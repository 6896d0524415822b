//! A whole house: real use cases over a real database, a clock that tests move, mails in a folder.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use doorward_app::clock::{Clock, SystemClock};
use doorward_app::country::Places;
use doorward_app::deliver::{MailSender, MailboxFolder, SmsSender};
use doorward_app::hash_pool::{HashPool, HashPoolSize};
use doorward_app::history::{History, Projection, Projector};
use doorward_app::jurisdiction::Jurisdictions;
use doorward_app::keys::{Keys, MasterKey};
use doorward_app::matching::follower::{Follower, FollowerSettings};
use doorward_app::matching::{self, Lease, Matching, MatchingSettings};
use doorward_app::outbox::Outbox;
use doorward_app::outcomes::Outcomes;
use doorward_app::passwords::CostMix;
use doorward_app::random::SystemRandom;
use doorward_app::session_cache::SessionCache;
use doorward_app::staff::DeskSetup;
use doorward_app::{App, Parts, Site};
use doorward_captcha::{HumanChecks, Settings};
use doorward_domain::password::Blocklist;
use doorward_domain::policy::Policy;
use doorward_domain::time::Timestamp;
use doorward_store::{Db, DbConfig};
use doorward_web::{PublicUrl, Router, WebConfig};

use crate::browser::ORIGIN;

/// An afternoon in November 2026.
const BEGINNING: i64 = 1_795_406_400_000_000;

/// A clock that stands still until it is told otherwise.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The databases that everything runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

pub(crate) const BOTH: [Database; 2] = [Database::Sqlite, Database::Postgres];

pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) app: App,
    clock: HandClock,
    folder: tempfile::TempDir,
    /// Writes history, where there is an engine.
    follower: Option<Follower>,
}

impl Drop for House {
    fn drop(&mut self) {
        if let (Some(follower), Some(history)) = (&self.follower, self.app.history()) {
            history.stop_waiting();
            follower.stop();
        }
    }
}

/// How a house differs from the usual one.
pub(crate) struct Plan {
    pub(crate) database: Database,
    pub(crate) public_url: &'static str,
    pub(crate) trusted_proxies: &'static [&'static str],
    pub(crate) mailbox: bool,
    /// Where the desk is, when it has a listener of its own.
    pub(crate) desk_url: Option<&'static str>,
    pub(crate) policy: fn(&mut Policy),
    /// Whether it has the market's engine.
    pub(crate) engine: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            database: Database::Sqlite,
            public_url: ORIGIN,
            trusted_proxies: &[],
            mailbox: true,
            desk_url: None,
            policy: |_| {},
            engine: false,
        }
    }
}

impl House {
    /// The usual house, on SQLite.
    pub(crate) async fn new() -> House {
        House::of(Plan::default()).await
    }

    pub(crate) async fn on(database: Database) -> House {
        House::of(Plan { database, ..Plan::default() }).await
    }

    pub(crate) async fn of(plan: Plan) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let (db, history) = match plan.database {
            Database::Sqlite => {
                ["house.db", "history.db"].map(|file| DbConfig::sqlite(folder.path().join(file))).into()
            }
            Database::Postgres => {
                let db = DbConfig { connections: 4, ..DbConfig::postgres(new_postgres_database()) };
                (db.clone(), db)
            }
        };
        let db = Db::open(&db).await.expect("a database");
        db.migrate().await.expect("tables");
        let mailbox = folder.path().join("mailbox");
        let sender = || MailboxFolder::open(&mailbox, "Doorward <door@localhost>").expect("a mailbox folder");
        let clock = HandClock(Arc::new(AtomicI64::new(BEGINNING)));
        let mut policy = Policy::default();
        (plan.policy)(&mut policy);
        let keys = Keys::new(&MasterKey::from_bytes([7; 32]), &[]);
        let settings = Settings { ready_sliders: 0, ready_harder_sliders: 0, ..Settings::default() };
        let app = App::new(Parts {
            matching: plan.engine.then(|| engine(folder.path(), &clock)),
            db,
            human_checks: HumanChecks::new(keys.human_checks(), settings),
            keys,
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
            hash_pool: HashPool::start(HashPoolSize { threads: 2, queue: 64 }).expect("a pool"),
            cost_mix: CostMix::default(),
            sessions: SessionCache::new(policy.session.clone(), 1_000),
            outcomes: Outcomes::default(),
            policy,
            blocklist: Blocklist::EMPTY,
            outbox: Outbox::new(MailSender::Folder(sender()), SmsSender::Folder(sender())),
            desk: DeskSetup { authenticators: None, url: plan.desk_url.map(str::to_owned) },
            site: Site { name: "Doorward".to_owned(), public_url: plan.public_url.to_owned() },
            places: Places::compiled_in(),
            jurisdictions: Jurisdictions::open(),
        });
        let follower = match &app.matching {
            Some(matching) => Some(follow(&app, matching, &history).await),
            None => None,
        };
        let public_url = PublicUrl::parse(plan.public_url).expect("a public URL");
        let config = WebConfig {
            tls: public_url.is_https(),
            public_url,
            desk_url: plan.desk_url.map(|url| PublicUrl::parse(url).expect("a URL")),
            site_name: "Doorward".to_owned(),
            trusted_proxies: plan.trusted_proxies.iter().map(|net| net.parse().expect("a network")).collect(),
            mailbox: plan.mailbox.then_some(mailbox),
            security_contact: Some("mailto:security@example.org".to_owned()),
        };
        House { router: Router::new(app.clone(), config), app, clock, folder, follower }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).expect("a short time");
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every byte of the database, to see that nothing was written. SQLite only.
    pub(crate) fn everything_stored(&self) -> Vec<u8> {
        let path = |ending: &str| self.folder.path().join(format!("house.db{ending}"));
        ["", "-wal"].into_iter().flat_map(|ending| std::fs::read(path(ending)).unwrap_or_default()).collect()
    }

    pub(crate) fn mailbox_folder(&self) -> PathBuf {
        self.folder.path().join("mailbox")
    }
}

/// An engine on a folder of the house's.
fn engine(folder: &std::path::Path, clock: &HandClock) -> Matching {
    let settings =
        MatchingSettings { segment_bytes: 4 << 20, ..MatchingSettings::in_folder(folder.join("market")) };
    let lease = Lease { journal_id: [1; 16], epoch: 1, known: 0 };
    matching::open(&settings, &lease, Arc::new(clock.clone())).expect("an engine")
}

/// Writes history behind the engine, as the program does.
async fn follow(app: &App, matching: &Matching, place: &DbConfig) -> Follower {
    let history = History::open(place).await.expect("a history");
    let projection = Projection { journal_id: matching.lease().journal_id, epoch: 1 };
    let reach = history.take(projection).await.expect("ours");
    let (projector, reader) = Projector::behind(matching, history, projection, reach, Arc::new(SystemClock));
    app.begin_history(reader);
    let (tail, failing) = (matching.clone(), matching.clone());
    let started = Follower::start(
        FollowerSettings::of(matching.folder()),
        Arc::new(move || tail.sequence()),
        vec![Box::new(projector)],
        Box::new(move |fault| failing.fail(&fault.to_string())),
    );
    started.expect("a follower")
}

/// A database of its own in the cluster that the test run started.
fn new_postgres_database() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let url = std::env::var("DOORWARD_TEST_POSTGRES")
        .expect("DOORWARD_TEST_POSTGRES: run the tests with cargo nextest, or under scripts/with-postgres");
    let bin = std::env::var("DOORWARD_POSTGRES_BIN")
        .expect("DOORWARD_POSTGRES_BIN, set beside DOORWARD_TEST_POSTGRES");
    let name = format!("web_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let made = Command::new(format!("{bin}/createdb")).args(["--maintenance-db", &url, &name]).status();
    assert!(made.expect("createdb runs").success(), "createdb {name}");
    url.replacen("/postgres?", &format!("/{name}?"), 1)
}
