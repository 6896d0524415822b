//! A house for tests: a fresh database, a clock that stands still until it is moved, randomness from a counter, and
//! hashes that cost next to nothing. Human checks are passed as a browser passes them, with the answer read by the
//! test's own key.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use doorward_app::app::{App, Parts, Site};
use doorward_app::clock::Clock;
use doorward_app::country::Places;
use doorward_app::deliver::{MailSender, SmsSender};
use doorward_app::hash_pool::{HashPool, HashPoolSize, Lane};
use doorward_app::human_check::{HumanAnswer, HumanChallenge};
use doorward_app::jurisdiction::Jurisdictions;
use doorward_app::keys::{KeyedHash, Keys, MasterKey, Sealed};
use doorward_app::matching::Matching;
use doorward_app::outbox::Outbox;
use doorward_app::outcomes::Outcomes;
use doorward_app::passwords::CostMix;
use doorward_app::random::Random;
use doorward_app::session_cache::SessionCache;
use doorward_app::{Fault, Visit};
use doorward_captcha::memory::Memory;
use doorward_captcha::work::Work;
use doorward_captcha::{HumanChecks, Settings, solver};
use doorward_domain::id::{AccountId, IdentifierId, TotpId};
use doorward_domain::identifier::Identifier;
use doorward_domain::language::Language;
use doorward_domain::password::{Blocklist, normalize};
use doorward_domain::policy::Policy;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::totp::{TotpSecret, hotp, step_of};
use doorward_store::identifier::{NewIdentifier, record_identifier};
use doorward_store::outbox::claim_messages;
use doorward_store::{Db, account, password, recovery_code, totp};

/// The password of every customer here.
pub(crate) const PASSWORD: &str = "umbrella-Tuesday-47-lantern";

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.as_micros()))
    }

    pub(crate) fn pass(&self, length: Duration) {
        self.0.fetch_add(i64::try_from(length.as_micros()).expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The hash of a counter: the same in every run, never the same twice.
struct CountedRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl Random for CountedRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let number = self.drawn.fetch_add(1, Ordering::SeqCst);
            let text = [self.seed.to_le_bytes(), number.to_le_bytes()].concat();
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text);
            chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
        }
    }
}

/// A house on one database.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
}

/// Somebody with an account.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) account: AccountId,
    pub(crate) identifier: String,
    pub(crate) secret: TotpSecret,
    pub(crate) recovery_codes: Vec<String>,
}

/// A mail or SMS as it was written into the outbox.
pub(crate) struct Letter {
    pub(crate) kind: String,
    pub(crate) to: String,
    pub(crate) code: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) stop_code: Option<String>,
    /// What happened to the account's protection, and the link that cancels it.
    pub(crate) event: Option<String>,
    pub(crate) cancel: Option<String>,
}

impl House {
    pub(crate) fn open(db: Db) -> Self {
        Self::with(db, |_| {})
    }

    /// A house with some numbers of its own.
    pub(crate) fn with(db: Db, change: impl FnOnce(&mut Policy)) -> Self {
        let start = Timestamp::from_seconds(1_800_000_000);
        let clock = Arc::new(TestClock(AtomicI64::new(start.as_micros())));
        let size = HashPoolSize { threads: 2, queue: 64 };
        Self::node(db, clock, size, 1, change)
    }

    /// One node of a house: nodes share the database, the keys and the time.
    pub(crate) fn node(
        db: Db,
        clock: Arc<TestClock>,
        size: HashPoolSize,
        seed: u64,
        change: impl FnOnce(&mut Policy),
    ) -> Self {
        Self::node_sending(db, clock, size, seed, change, Outbox::new(nowhere(), SmsSender::Off))
    }

    /// One node that sends its messages somewhere.
    pub(crate) fn node_sending(
        db: Db,
        clock: Arc<TestClock>,
        size: HashPoolSize,
        seed: u64,
        change: impl FnOnce(&mut Policy),
        outbox: Outbox,
    ) -> Self {
        Self::node_with(db, clock, size, seed, change, outbox, None)
    }

    /// One node with the market's engine, or without.
    pub(crate) fn with_market(db: Db, clock: Arc<TestClock>, matching: Option<Matching>) -> Self {
        // Two nodes of one test must not draw the same ids.
        static SEED: AtomicU64 = AtomicU64::new(1_000);
        let seed = SEED.fetch_add(1, Ordering::SeqCst);
        let size = HashPoolSize { threads: 1, queue: 64 };
        let outbox = Outbox::new(nowhere(), SmsSender::Off);
        Self::node_with(db, clock, size, seed, |_| {}, outbox, matching)
    }

    fn node_with(
        db: Db,
        clock: Arc<TestClock>,
        size: HashPoolSize,
        seed: u64,
        change: impl FnOnce(&mut Policy),
        outbox: Outbox,
        matching: Option<Matching>,
    ) -> Self {
        let mut policy = Policy::default();
        policy.password.hash_memory_kib = 64;
        policy.password.hash_iterations = 1;
        change(&mut policy);
        let keys = Keys::new(&MasterKey::from_bytes([7; 32]), &[]);
        let memory = Memory { kib: 64, passes: 1, proofs: 1, tries: 2 };
        let settings = Settings {
            work: Work { puzzles: 16, bits: 2 },
            harder_slider_memory: memory,
            without_puzzle_memory: memory,
            harder_without_puzzle_memory: memory,
            ..Settings::default()
        };
        let human_checks = HumanChecks::new(keys.human_checks(), settings);
        let app = App::new(Parts {
            db,
            keys,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(CountedRandom { seed, drawn: AtomicU64::new(0) }),
            hash_pool: HashPool::start(size).expect("the machine gives threads"),
            cost_mix: CostMix::default(),
            human_checks,
            sessions: SessionCache::new(policy.session.clone(), 1_000),
            outcomes: Outcomes::default(),
            blocklist: Blocklist::EMPTY,
            outbox,
            desk: crate::staff::setup(),
            matching,
            site: Site { name: "Doorward".into(), public_url: "https://entry.example".into() },
            places: Places::compiled_in(),
            jurisdictions: Jurisdictions::open(),
            policy,
        });
        Self { app, clock }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.pass(Duration::from_secs(seconds));
    }

    pub(crate) fn lookup(&self, identifier: &str) -> [u8; 32] {
        let identifier = Identifier::parse(identifier, None).expect("an identifier");
        let kind = identifier.kind().name().as_bytes();
        self.app.keys.hash(KeyedHash::Identifier, &[kind, identifier.as_str().as_bytes()])
    }

    /// An account with everything, as a sign-up leaves it.
    pub(crate) async fn customer(&self, identifier: &str) -> Customer {
        let (app, now) = (&self.app, self.app.now());
        let account = AccountId::from_parts(now, app.random.bytes());
        let parsed = Identifier::parse(identifier, None).expect("an identifier");
        let lookup = self.lookup(identifier);
        let typed = normalize(&app.policy.password, PASSWORD).expect("a good password");
        let hashed = app.hash_password(Lane::Unknown, account, &typed).await.expect("a hash");
        let secret: [u8; 20] = app.random.bytes();
        let codes: Vec<[u8; 16]> = (0..10).map(|_| app.random.bytes()).collect();
        let lookups: Vec<[u8; 32]> =
            codes.iter().map(|code| app.keys.hash(KeyedHash::RecoveryCode, &[code])).collect();
        let (identifier_id, totp_id) =
            (IdentifierId::from_parts(now, app.random.bytes()), TotpId::from_parts(now, app.random.bytes()));
        let row = identifier_id.as_uuid();
        let sealed = app.keys.seal(Sealed::Identifier, row.as_bytes(), parsed.as_str().as_bytes());
        let sealed_totp = app.keys.seal(Sealed::Totp, totp_id.as_uuid().as_bytes(), &secret);
        app.db
            .write("opening an account for a test", move |tx| {
                Box::pin(async move {
                    account::record_account(tx, account, Language::English, now).await?;
                    let kind = parsed.kind();
                    let new = NewIdentifier {
                        id: identifier_id,
                        account_id: account,
                        kind,
                        lookup: &lookup,
                        sealed: &sealed,
                    };
                    record_identifier(tx, &new, now).await?;
                    let params = hashed.cost.to_string();
                    password::set_password(tx, account, &hashed.sealed, &params, now).await?;
                    totp::record_totp(tx, totp_id, account, &sealed_totp, 0, now).await?;
                    recovery_code::renew_recovery_codes(tx, account, &lookups, now).await.map_err(Fault::from)
                })
            })
            .await
            .expect("the account is written");
        Customer {
            account,
            identifier: identifier.to_owned(),
            secret: TotpSecret::from_bytes(secret),
            recovery_codes: codes.iter().map(|code| RecoveryCode::from_random(*code).to_string()).collect(),
        }
    }

    /// The code that the customer's app shows now, or so many steps from now.
    pub(crate) fn totp(&self, customer: &Customer, steps: i64) -> String {
        let step = u64::try_from(step_of(self.app.now()) + steps).expect("after 1970");
        format!("{:06}", hotp(customer.secret.as_bytes(), step, 6))
    }

    /// A code that is not the customer's near this time.
    pub(crate) fn wrong_totp(&self, customer: &Customer) -> String {
        let taken: Vec<String> = (-20..=20).map(|steps| self.totp(customer, steps)).collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !taken.contains(code)).expect("a free one")
    }

    /// A browser that has never been here, at an address of its own.
    pub(crate) fn visit(&self, address: [u8; 4]) -> Visit {
        Visit {
            network: IpAddr::V4(Ipv4Addr::from(address)),
            user_agent: "Test/1".into(),
            language: Language::English,
            language_is_chosen: false,
            browser: Some(self.app.random.token()),
            device_tokens: Vec::new(),
            script: true,
        }
    }

    /// What a browser would send for this challenge, after a second.
    pub(crate) fn solve(&self, challenge: &HumanChallenge) -> HumanAnswer {
        let root = self.app.keys.human_checks();
        let now = self.app.now().as_micros();
        let token = &challenge.token;
        let answer = HumanAnswer {
            answer: solver::reveal_field(root, token, now).expect("a challenge of ours"),
            work: solver::solve_work(token, challenge.work),
            proof: challenge.memory.map_or_else(String::new, |memory| solver::solve_memory(token, memory)),
            token: token.clone(),
        };
        self.pass(1);
        answer
    }

    /// Every message in the outbox that was not taken before, oldest first.
    pub(crate) async fn letters(&self) -> Vec<Letter> {
        let now = self.app.now();
        let lease = now.plus(Duration::from_secs(10_000_000));
        let claimed = self
            .app
            .db
            .write("reading the outbox", move |tx| {
                Box::pin(async move { claim_messages(tx, now, lease, 1_000).await.map_err(Fault::from) })
            })
            .await
            .expect("the outbox is read");
        let letter = |message: doorward_store::outbox::ClaimedMessage| {
            let row = message.id.as_uuid();
            let plain =
                self.app.keys.open(Sealed::Outbox, row.as_bytes(), &message.sealed).expect("it opens");
            let fields: serde_json::Value = serde_json::from_slice(&plain).expect("JSON");
            let text = |name: &str| fields.get(name).and_then(|field| field.as_str()).map(str::to_owned);
            Letter {
                kind: message.kind.name().to_owned(),
                to: text("to").unwrap_or_default(),
                code: text("code"),
                link: text("link"),
                stop_code: text("stop_code"),
                event: text("event"),
                cancel: text("cancel"),
            }
        };
        claimed.into_iter().map(letter).collect()
    }

    /// The newest code that was written to this identifier.
    pub(crate) async fn code_for(&self, identifier: &str) -> String {
        let letters = self.letters().await;
        let newest =
            letters.into_iter().rev().find(|letter| letter.to == identifier && letter.code.is_some());
        newest.and_then(|letter| letter.code).expect("a code was sent")
    }
}

/// Tests read the outbox; nothing leaves.
fn nowhere() -> MailSender {
    let folder = std::env::temp_dir().join("doorward-nowhere");
    let folder = doorward_app::deliver::MailboxFolder::open(&folder, "door@example.org");
    MailSender::Folder(folder.expect("a temporary folder"))
}

/// Adds a device token to a browser's, as the web does.
pub(crate) fn keep_device(visit: &mut Visit, device: Token) {
    visit.device_tokens.insert(0, device);
}
