//! History behind the engine: how fast it is written, and what that costs the customers at the door.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_app::clock::SystemClock;
use doorward_app::engine_lease::take_lease;
use doorward_app::history::{History, Projection, rebuild};
use doorward_app::matching::Ground;
use doorward_app::random::SystemRandom;
use doorward_domain::market::codec::write_record;
use doorward_domain::market::command::Record;
use doorward_journal::{Folder, Group, Journal, RecordLog as _, Settings};
use doorward_store::DbConfig;
use doorward_store::engine::release_lease;

use crate::browser;
use crate::door::{House, Length};
use crate::figure::{median, percentile, print, remark};
use crate::flow::Flow;
use crate::population::Customer;
use crate::process::Server;

/// Records of one group: what the sequencer takes together when it is busy.
const GROUP: usize = 1_024;
/// Sign-ins that begin each second while history is written and while it is not: the cores can take several times as many.
const SIGN_INS_PER_SECOND: u32 = 10;
/// How long the server has to begin writing before the first sign-in, and what is written beyond the last one.
const MARGIN: Duration = Duration::from_secs(8);

/// How much is measured.
struct Plan {
    rounds: usize,
    operations: usize,
    sign_ins: usize,
}

/// `projection_events_per_s` and `signin_p99_projection_ratio`.
pub fn figures(binary: &Path, length: Length) {
    let plan = match length {
        Length::Quick => Plan { rounds: 3, operations: 100_000, sign_ins: 100 },
        Length::Full => Plan { rounds: 5, operations: 300_000, sign_ins: 300 },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let rate = written(&plan).await;
        beside_sign_ins(binary, &plan, rate).await;
    });
}

/// Records of the common flow with the setup before them, and how many events they make.
fn records(operations: usize) -> (Vec<Record>, u64) {
    let flow = Flow::new(operations, 0);
    let mut records = flow.records();
    records.splice(0..0, flow.setup.iter().copied());
    let (mut engine, mut events, mut made) = (doorward_engine::Engine::new(), Vec::new(), 0);
    for record in &records {
        events.clear();
        engine.apply(record, &mut events);
        made += events.len() as u64;
    }
    (records, made)
}

fn write_journal(folder: &Path, journal_id: [u8; 16], records: &[Record]) {
    let disk = Folder::lock(folder).expect("a folder");
    let mut journal = Journal::open(disk, Settings::default(), 0, journal_id).expect("opens").journal;
    let mut group = Group::new();
    for records in records.chunks(GROUP) {
        let expected = journal.tail();
        for record in records {
            assert!(
                group.push(|bytes| write_record(record, bytes)),
                "a group takes what the sequencer takes"
            );
        }
        journal.append(&mut group, expected).expect("appended");
    }
}

/// Writes history from a journal, again and again; gives events per second on SQLite.
async fn written(plan: &Plan) -> f64 {
    let (records, events) = records(plan.operations);
    let folder = tempfile::tempdir().expect("a folder");
    let projection = Projection { journal_id: [1; 16], epoch: 1 };
    write_journal(folder.path(), projection.journal_id, &records);
    remark(&format!(
        "projection: the common flow's {} records and {events} events from the journal on the disk, through an engine of its own, \
         into history as `doorward rebuild` does it, events per second, median of {}",
        records.len(),
        plan.rounds
    ));
    let mut configs = vec![("", DbConfig::sqlite(folder.path().join("history.db")))];
    if let Ok(cluster) = std::env::var("DOORWARD_TEST_POSTGRES") {
        let url = crate::door::new_database(&cluster, "bench_history").await;
        configs.push(("_postgres", DbConfig::postgres(url)));
    }
    let mut rates = Vec::new();
    for (suffix, config) in configs {
        let history = History::open(&config).await.expect("history opens");
        let mut measured = Vec::new();
        for _ in 0..plan.rounds {
            let (again, path, tail) = (history.clone(), folder.path().to_owned(), records.len() as u64);
            let took = tokio::task::spawn_blocking(move || {
                let begun = Instant::now();
                let disk = Folder::look(&path);
                let clock = Arc::new(SystemClock);
                let made = rebuild(&again, projection, (&disk, tail), clock, |_| {}).expect("written");
                assert_eq!(made, tail);
                begun.elapsed()
            });
            measured.push(events as f64 / took.await.expect("it ends").as_secs_f64());
        }
        history.close().await;
        print(&format!("projection_events_per_s{suffix}"), median(&measured), "events/s");
        rates.push(median(&measured));
    }
    rates[0]
}

/// Signs customers in while the server writes history that it lacks, and as many after it has.
async fn beside_sign_ins(binary: &Path, plan: &Plan, rate: f64) {
    // Long enough for all sign-ins, so that the flood ends behind them: on shared cores it is slower than alone.
    let time = f64::from(u32::try_from(plan.sign_ins).expect("small")) / f64::from(SIGN_INS_PER_SECOND);
    let flood_events = rate * (time + MARGIN.as_secs_f64());
    let (few, events_of_few) = records(10_000);
    let operations = (flood_events * few.len() as f64 / events_of_few as f64) as usize;
    let (records, events) = records(operations);
    let house = House::new(plan.rounds * plan.sign_ins * 2).await;
    begin_market(&house, &records).await;
    remark(&format!(
        "sign-ins beside history: {SIGN_INS_PER_SECOND} a second, the password step of {} customers while the server writes {events} events \
         that its history lacks, and of as many right after it has; the same process, {} rounds, percentile over all; SQLite, load \
         generator on the same cores; limit 1.5",
        plan.sign_ins * plan.rounds,
        plan.rounds
    ));
    let (mut during, mut after) = (Vec::new(), Vec::new());
    for (round, customers) in house.customers.chunks(plan.sign_ins * 2).enumerate() {
        let first_number = round * plan.sign_ins * 2;
        for name in ["history.db", "history.db-wal", "history.db-shm"] {
            // The first round has none yet.
            let _ = std::fs::remove_file(house.data().join(name));
        }
        let server = house.open(binary);
        let history = opened(&house).await;
        let (beside, alone) = customers.split_at(plan.sign_ins);
        during.extend(sign_in_steadily(&server, beside, first_number).await);
        let reached = reached(&history).await;
        assert!(reached < records.len() as u64, "history was still written when the last sign-in ended");
        while self::reached(&history).await < records.len() as u64 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        history.close().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        after.extend(sign_in_steadily(&server, alone, first_number + plan.sign_ins).await);
    }
    let [during, after] = [during, after].map(|times| percentile(&times, 0.99));
    print("signin_p99_beside_projection_ms", during, "ms");
    print("signin_p99_alone_ms", after, "ms");
    print("signin_p99_projection_ratio", during / after, "ratio");
}

/// Gives the house a market with these records and no history.
async fn begin_market(house: &House, records: &[Record]) {
    let (db, folder) = (house.database().await, house.data().join("market"));
    let ground = Ground::take(&folder).expect("the market's folder");
    let Ok(lease) = take_lease(&db, &ground, &SystemRandom).await else {
        panic!("a fresh house has no engine")
    };
    drop(ground);
    write_journal(&folder, lease.journal_id, records);
    assert!(release_lease(&db, lease, records.len() as u64).await.expect("the database answers"));
    db.close().await;
}

/// The server's history, as soon as it has begun one.
async fn opened(house: &House) -> History {
    let path = house.data().join("history.db");
    loop {
        if path.exists()
            && let Ok(history) = History::open(&DbConfig::sqlite(&path)).await
        {
            if reached(&history).await > 0 {
                return history;
            }
            history.close().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn reached(history: &History) -> u64 {
    history.find_reach().await.expect("history answers").map_or(0, |reach| reach.last_seq)
}

/// Milliseconds of the password step of each customer, so many beginning a second.
async fn sign_in_steadily(server: &Server, customers: &[Customer], first_number: usize) -> Vec<f64> {
    let (begun, pause) = (Instant::now(), Duration::from_secs(1) / SIGN_INS_PER_SECOND);
    let walks: Vec<_> = (0_u32..)
        .zip(customers)
        .map(|(number, customer)| {
            let (address, customer) = (server.address.clone(), customer.clone());
            tokio::spawn(async move {
                tokio::time::sleep_until((begun + pause * number).into()).await;
                let number = first_number + number as usize;
                let prepared =
                    browser::prepare(&address, number, &customer).await.expect("the password page");
                browser::give_password(prepared).await.expect("the password is taken")
            })
        })
        .collect();
    let mut times = Vec::with_capacity(customers.len());
    for walk in walks {
        times.push(walk.await.expect("a sign-in ends").as_secs_f64() * 1_000.0);
    }
    times
}
