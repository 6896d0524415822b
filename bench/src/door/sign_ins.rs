//! Complete sign-ins over the bare hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::browser::{self, Stopped};
use crate::door::COST;
use crate::figure::{median, print, remark};
use crate::hash_loop::hashes_per_core_second;
use crate::population::Customer;
use crate::process::{Server, Share, shares_of};

const AT_ONCE: usize = 34;
const PER_ROUND: usize = 350;
/// So many before those that count: they take the pictures of the human check that the server has drawn while it was idle.
const BEFORE: usize = 70;

/// What a round of sign-ins took.
pub struct Round {
    /// Sign-ins per second of the server's CPU.
    pub per_core_second: f64,
    /// Sign-ins per second of the clock.
    pub per_second: f64,
    /// What one sign-in took of each of the server's threads.
    shares: Vec<Share>,
}

/// `signin_vs_hash`; gives the sign-ins per second that the server reaches.
pub async fn figures(server: &Server, customers: &[Customer], rounds: usize) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut ratios, mut rates, mut capacity) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bares, mut shares) = (Vec::new(), Vec::new());
    // The first round warms caches and connections up and is not counted.
    for round in 0..=rounds {
        let bare = tokio::task::spawn_blocking(move || {
            hashes_per_core_second(COST.memory_kib, COST.passes, COST.lanes, threads, Duration::from_secs(3))
        });
        let bare = bare.await.expect("the loop ends");
        let from = round * (BEFORE + PER_ROUND) % (customers.len() - BEFORE - PER_ROUND + 1);
        let counted = from + BEFORE;
        sign_in_all(server, &customers[from..counted], from).await;
        let measured = sign_in_all(server, &customers[counted..counted + PER_ROUND], counted).await;
        if round == 0 {
            continue;
        }
        ratios.push(measured.per_core_second / bare);
        rates.push(measured.per_core_second);
        capacity.push(measured.per_second);
        bares.push(1_000.0 / bare);
        shares.push(measured.shares);
    }
    remark(&format!(
        "sign-ins: all six steps over HTTP on a known device, human check at rung 1, {AT_ONCE} browsers whose own work stands back, \
         SQLite, per second of the server's CPU; denominator: bare Argon2id loop, memory kept, {threads} threads, per second of their CPU"
    ));
    remark(&format!("the bare loop: {:.2} ms a hash; a sign-in, by the server's threads:", median(&bares)));
    remark_shares(&shares);
    print("signins_per_core_s", median(&rates), "per_core_second");
    print("signin_vs_hash", median(&ratios), "ratio");
    median(&capacity)
}

/// Medians of the rounds, the costliest threads first.
fn remark_shares(rounds: &[Vec<Share>]) {
    let mut names: Vec<&str> = rounds.iter().flatten().map(|share| share.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut lines: Vec<(f64, String)> = Vec::new();
    for name in names {
        let of = |value: fn(&Share) -> f64| {
            let found = |round: &Vec<Share>| round.iter().find(|share| share.name == name).map_or(0.0, value);
            median(&rounds.iter().map(found).collect::<Vec<_>>())
        };
        let cpu = of(|share| share.cpu_ms);
        let (waits, lost, faults) =
            (of(|share| share.waits), of(|share| share.lost), of(|share| share.faults));
        if cpu >= 0.005 {
            lines.push((cpu, format!("{name}: {cpu:.2} ms, waited {waits:.1} times, lost its core {lost:.1} times, {faults:.1} pages")));
        }
    }
    lines.sort_by(|one, other| other.0.total_cmp(&one.0));
    lines.iter().for_each(|(_, line)| remark(line));
}

/// What every thread used between two looks, for each of so many.
fn shares_each(before: &[Share], after: Vec<Share>, count: f64) -> Vec<Share> {
    let each = |after: Share| {
        let none = Share::default();
        let before = before.iter().find(|share| share.name == after.name).unwrap_or(&none);
        Share {
            cpu_ms: (after.cpu_ms - before.cpu_ms) / count,
            waits: (after.waits - before.waits) / count,
            lost: (after.lost - before.lost) / count,
            faults: (after.faults - before.faults) / count,
            name: after.name,
        }
    };
    after.into_iter().map(each).collect()
}

/// Signs every one of these customers in once, many at a time.
pub async fn sign_in_all(server: &Server, customers: &[Customer], first_number: usize) -> Round {
    let next = Arc::new(AtomicUsize::new(0));
    let customers: Arc<[Customer]> = customers.into();
    let (begun, cpu, shares) = (Instant::now(), server.cpu_seconds(), shares_of(server.pid()));
    let workers: Vec<_> = (0..AT_ONCE.min(customers.len()))
        .map(|worker| {
            // Browsers do not arrive at one moment: that would be a flood, and the human check would answer it.
            let delay = Duration::from_millis(13 * worker as u64);
            let (next, customers, address) =
                (Arc::clone(&next), Arc::clone(&customers), server.address.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(customer) = customers.get(at) else { return };
                    let mut browser =
                        browser::open(&address, first_number + at, customer).await.expect("a connection");
                    match browser::sign_in(&mut browser, customer).await {
                        Ok(_) => {}
                        Err(Stopped::Refused(status, _)) => panic!("a sign-in was refused with {status}"),
                        Err(Stopped::Broken(why)) => panic!("a sign-in broke: {why}"),
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("every sign-in ends in a session");
    }
    let done = customers.len() as f64;
    Round {
        per_core_second: done / (server.cpu_seconds() - cpu),
        per_second: done / begun.elapsed().as_secs_f64(),
        shares: shares_each(&shares, shares_of(server.pid()), done),
    }
}
