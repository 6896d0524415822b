//! Complete sign-ins over the bare hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::browser::{self, Stopped};
use crate::door::COST;
use crate::figure::{median, print, remark};
use crate::hash_loop::hashes_per_core_second;
use crate::population::Customer;
use crate::process::Server;

const AT_ONCE: usize = 34;
const PER_ROUND: usize = 350;

/// What a round of sign-ins took.
pub struct Round {
    /// Sign-ins per second of the server's CPU.
    pub per_core_second: f64,
    /// Sign-ins per second of the clock.
    pub per_second: f64,
}

/// `signin_vs_hash`; gives the sign-ins per second that the server reaches.
pub async fn figures(server: &Server, customers: &[Customer], rounds: usize) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut ratios, mut rates, mut capacity) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms caches and connections up and is not counted.
    for round in 0..=rounds {
        let bare = tokio::task::spawn_blocking(move || {
            hashes_per_core_second(COST.memory_kib, COST.passes, COST.lanes, threads, Duration::from_secs(3))
        });
        let bare = bare.await.expect("the loop ends");
        let from = round * PER_ROUND % customers.len();
        let measured = sign_in_all(server, &customers[from..from + PER_ROUND], from).await;
        if round == 0 {
            continue;
        }
        ratios.push(measured.per_core_second / bare);
        rates.push(measured.per_core_second);
        capacity.push(measured.per_second);
    }
    remark(&format!(
        "sign-ins: all six steps over HTTP on a known device, human check at rung 1, {AT_ONCE} browsers, SQLite, per second of the \
         server's CPU; denominator: bare Argon2id loop, memory kept, {threads} threads, per second of their CPU"
    ));
    print("signins_per_core_s", median(&rates), "per_core_second");
    print("signin_vs_hash", median(&ratios), "ratio");
    median(&capacity)
}

/// Signs every one of these customers in once, many at a time.
pub async fn sign_in_all(server: &Server, customers: &[Customer], first_number: usize) -> Round {
    let next = Arc::new(AtomicUsize::new(0));
    let customers: Arc<[Customer]> = customers.into();
    let (begun, cpu) = (Instant::now(), server.cpu_seconds());
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
    }
}
