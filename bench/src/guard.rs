//! `guard_us`: what one request pays for its session, its country and its holds together, warm.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use doorward_app::app::{App, Parts, Site};
use doorward_app::clock::Clock;
use doorward_app::country::Places;
use doorward_app::deliver::{MailSender, MailboxFolder, SmsSender};
use doorward_app::hash_pool::{HashPool, HashPoolSize};
use doorward_app::jurisdiction::Jurisdictions;
use doorward_app::keys::{Keys, MasterKey};
use doorward_app::outbox::Outbox;
use doorward_app::outcomes::Outcomes;
use doorward_app::passwords::CostMix;
use doorward_app::random::Random;
use doorward_app::session_cache::{CachedSession, Customer, Glance, SESSIONS_KEPT, SessionCache};
use doorward_app::staff::DeskSetup;
use doorward_captcha::{HumanChecks, Settings};
use doorward_domain::action::Action;
use doorward_domain::id::{AccountId, DeviceId, SessionId};
use doorward_domain::language::Language;
use doorward_domain::password::Blocklist;
use doorward_domain::policy::Policy;
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::{Db, DbConfig};

use crate::figure::{percentile, print, remark};
use crate::population;

const SESSIONS: usize = 100_000;
const REQUESTS: usize = 1_000_000;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        population::now()
    }
}

/// Nothing here is secret: the sessions only have to differ.
struct Counted;

impl Random for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// Prints `guard_us`, the 99th percentile of session, jurisdiction and hold decision per request.
pub fn figures() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = house(folder.path()).await;
        let tokens = sessions(&app);
        app.heartbeat().await.expect("word from the database");
        for token in &tokens {
            ask(&app, token, 0).await;
        }
        app.heartbeat().await.expect("word from the database");
        let (mut each, mut heard) = (Vec::with_capacity(REQUESTS), Instant::now());
        for number in 0..REQUESTS {
            if heard.elapsed().as_millis() > 250 {
                app.heartbeat().await.expect("word from the database");
                heard = Instant::now();
            }
            // A prime step visits them in no order that memory could foresee.
            let token = &tokens[number * 7_919 % tokens.len()];
            let begun = Instant::now();
            ask(&app, token, number).await;
            each.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        remark(&format!(
            "guard: {REQUESTS} requests over {SESSIONS} live sessions in memory; each finds its session, checks its network, judges its \
             country and decides about a withdrawal under a hold"
        ));
        print("guard_p50_us", percentile(&each, 0.5), "us");
        print("guard_us", percentile(&each, 0.99), "us");
    });
}

async fn ask(app: &App, token: &Token, number: usize) {
    let last = u8::try_from(number % 250).expect("a small number");
    let network = IpAddr::V4(Ipv4Addr::new(203, 0, 113, last));
    let (customer, glance) = app.admit_session(token, network, false).await.expect("a live session");
    let _ = std::hint::black_box(app.may_at_a_glance(network, &customer, &glance, Action::Withdraw));
}

fn sessions(app: &App) -> Vec<Token> {
    let (now, generation) = (app.now(), app.sessions.generation());
    let home = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
    (0..SESSIONS)
        .map(|number| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
            bytes[8..16].copy_from_slice(&(number as u64).to_le_bytes());
            let token = Token::from_random(bytes);
            let id: [u8; 16] = bytes[..16].try_into().expect("16 of 32");
            let customer = Customer {
                account: AccountId::from_parts(now, id),
                session: SessionId::from_parts(now, id),
                device: DeviceId::from_parts(now, id),
                language: Language::English,
                entered_by: Factor::Totp,
                entered_at: now,
                is_reviewed: true,
                residence: None,
            };
            let glance = Glance::new(Some(now.plus(std::time::Duration::from_secs(86_400))), Some(home));
            let session = CachedSession { customer, last_seen_at: now, written_at: now, glance };
            app.sessions.keep(&token.hash(), session, generation);
            token
        })
        .collect()
}

async fn house(folder: &std::path::Path) -> App {
    let db = Db::open(&DbConfig::sqlite(folder.join("guard.sqlite"))).await.expect("a database");
    db.migrate().await.expect("tables");
    let policy = Policy::default();
    let keys = Keys::new(&MasterKey::from_bytes([7; 32]), &[]);
    let mail = MailboxFolder::open(&folder.join("mailbox"), "door@example.org").expect("a folder");
    let settings = Settings { ready_sliders: 0, ready_harder_sliders: 0, ..Settings::default() };
    App::new(Parts {
        matching: None,
        db,
        human_checks: HumanChecks::new(keys.human_checks(), settings),
        keys,
        clock: Arc::new(SystemClock),
        random: Arc::new(Counted),
        hash_pool: HashPool::start(HashPoolSize { threads: 1, queue: 1 }).expect("a pool"),
        cost_mix: CostMix::default(),
        sessions: SessionCache::new(policy.session.clone(), SESSIONS_KEPT),
        outcomes: Outcomes::default(),
        policy,
        blocklist: Blocklist::EMPTY,
        outbox: Outbox::new(MailSender::Folder(mail), SmsSender::Off),
        site: Site { name: "Bench".to_owned(), public_url: "https://bench.example".to_owned() },
        places: Places::compiled_in(),
        jurisdictions: Jurisdictions::open(),
        desk: DeskSetup::default(),
    })
}
