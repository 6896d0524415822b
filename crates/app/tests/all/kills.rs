//! A real process that serves a market under load and is killed without warning, ten times on the same folder.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroU128;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;

use doorward_app::clock::{Clock, SystemClock};
use doorward_app::matching::follower::{Follower, FollowerSettings};
use doorward_app::matching::{Ground, Matching, MatchingSettings};
use doorward_domain::market::command::CommandId;
use doorward_engine::Engine;
use doorward_journal::{Folder, snapshots};
use doorward_store::engine::{Claim, Lease, take_lease};
use doorward_store::{Db, DbConfig, StoreFault};

use crate::afterwards::{Sent, all_records, check};
use crate::commands::{Flow, Random};

/// Names the folder for the process that is to be killed; nobody else has it.
const FOLDER: &str = "DOORWARD_KILLED_IN";
/// Names its seed.
const SEED: &str = "DOORWARD_KILLED_SEED";
/// Commands with which a flow sets a market up; one sender does so once, the others begin behind them.
const SETUP: usize = 28;
/// Kills that one folder goes through: each looks at the whole journal again, so hundreds are shared among folders.
const LIFE: u64 = 10;
/// Tasks that send at the same time.
const SENDERS: u64 = 16;

/// Kills: `DOORWARD_KILLS`, or 5.
fn kills() -> u64 {
    std::env::var("DOORWARD_KILLS").map_or(5, |count| count.parse().expect("a number"))
}

/// The market of this folder, as the program opens it.
async fn open(folder: &Path) -> Matching {
    let db = Db::open(&DbConfig::sqlite(folder.join("doorward.sqlite"))).await.expect("opens");
    db.migrate().await.expect("has its tables");
    let market = folder.join("market");
    let ground = Ground::take(&market).expect("free");
    let claim = Claim { journal: ground.journal(), new_journal: Some([4; 16]), holder: ground.holder() };
    let now = SystemClock.now();
    let taken = db
        .write::<_, StoreFault, _>("taking the lease", move |tx| {
            Box::pin(async move { take_lease(tx, &claim, now).await })
        })
        .await
        .expect("answers");
    let lease: Lease = taken.expect("the folder that had it before");
    db.close().await;
    drop(ground);
    let mut settings = MatchingSettings::in_folder(market);
    settings.segment_bytes = 1 << 20;
    doorward_app::matching::open(&settings, &lease, Arc::new(SystemClock)).expect("a kill is no damage")
}

fn follow(matching: &Matching) -> Follower {
    let settings = FollowerSettings { snapshot_every: 3_000, ..FollowerSettings::of(matching.folder()) };
    let live = matching.clone();
    let tail = Arc::new(move || live.sequence());
    let on_fault = Box::new(|fault| panic!("the follower ended: {fault}"));
    Follower::start(settings, tail, Vec::new(), on_fault).expect("starts")
}

/// One line for each command: `sent`, then `told` with the record's number and the answer in words.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent may have closed the pipe already.
    let _ = writeln!(out, "{line}");
}

/// The process that is killed. Run as a test by itself it has no folder, and there is nothing to do.
#[test]
fn the_process_that_is_killed_serves_until_then() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let seed: u64 = seed.parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let matching = open(Path::new(&folder)).await;
        // The harness has begun a line of its own.
        say("");
        let _follower = follow(&matching);
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let matching = matching.clone();
            senders.spawn(async move {
                let mut flow = Flow::new(seed * SENDERS + sender);
                if seed % LIFE + sender > 0 {
                    flow.take(SETUP);
                }
                for number in 1_u128.. {
                    let id = u128::from(seed + 1) << 96 | u128::from(sender) << 64 | number;
                    let id = CommandId(NonZeroU128::new(id).expect("not zero"));
                    say(&format!("sent {:x}", id.0));
                    let command = flow.next().command;
                    let answered = matching.send(Some(id), command).await.expect("it runs");
                    say(&format!("told {:x} {} {:?}", id.0, answered.sequence, answered.answer));
                }
            });
        }
        senders.join_all().await;
    });
}

/// Starts it, and lets it live until it has answered so many commands.
fn serve_and_kill(folder: &Path, seed: u64, answers: u64) -> Vec<Sent> {
    let mut child: Child = Process::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "kills::the_process_that_is_killed_serves_until_then", "--nocapture"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let (mut sent, mut told, mut line) = (Vec::new(), BTreeMap::new(), String::new());
    let mut is_killed = false;
    while lines.read_line(&mut line).expect("readable") > 0 {
        // The last line may have been cut through.
        if line.ends_with('\n') {
            let words: Vec<&str> = line.trim_end().splitn(4, ' ').collect();
            match words[..] {
                ["sent", id] => sent.push(id_of(id)),
                ["told", id, sequence, answer] => {
                    told.insert(id_of(id), (sequence.parse().expect("a number"), answer.to_owned()));
                }
                _ => {}
            }
        }
        line.clear();
        if !is_killed && told.len() as u64 >= answers {
            // SIGKILL: nothing of it runs any more.
            child.kill().expect("a child");
            is_killed = true;
        }
    }
    child.wait().expect("a child");
    assert!(is_killed, "it ended by itself after {} answers", told.len());
    let told: BTreeMap<CommandId, (u64, String)> = told;
    sent.into_iter().map(|id| Sent { id, command: None, told: told.get(&id).cloned() }).collect()
}

fn id_of(text: &str) -> CommandId {
    CommandId(u128::from_str_radix(text, 16).ok().and_then(NonZeroU128::new).expect("an id"))
}

#[test]
fn a_killed_process_has_everything_that_it_answered_once_and_its_state_is_that_of_a_replay() {
    let mut home = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (mut random, mut sent, mut snapshots_met) = (Random(0x0dd5), Vec::new(), 0);
    for kill in 0..kills() {
        if kill > 0 && kill % LIFE == 0 {
            home = tempfile::tempdir().expect("a folder");
            sent.clear();
        }
        sent.extend(serve_and_kill(home.path(), kill, 1 + random.below(4_000)));
        runtime.block_on(async {
            let matching = open(home.path()).await;
            let folder = Folder::look_whole(matching.folder());
            let replayed = check(&all_records(&folder, matching.sequence()), &sent);
            let live = matching.look(Engine::state_hash).await.expect("it runs");
            assert_eq!(live, replayed.state_hash(), "kill {kill}");
            let reconciled = matching.reconcile(None).await.expect("it runs");
            assert!(reconciled.agrees(), "kill {kill}: {:?}", reconciled.findings);
            snapshots_met += snapshots::list(&folder).expect("a folder").len();
            matching.stop();
        });
    }
    assert!(snapshots_met > 0 || kills() < 3, "no restart began from a snapshot");
}
