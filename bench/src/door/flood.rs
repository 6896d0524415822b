//! A flood of sign-ins at four times the capacity: who is let in, how fast the others are told, and what the customers
//! behind the door notice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::browser::{self, Prepared, Stopped};
use crate::client::Browser;
use crate::door::House;
use crate::figure::{median, percentile, print, remark};
use crate::population::{self, Customer};
use crate::process::Server;

const SECONDS: f64 = 6.0;
const TIMES_CAPACITY: f64 = 4.0;

/// What one flood came to.
struct Flood {
    accepted: usize,
    refused: usize,
    broken: Vec<String>,
    accepted_p99: f64,
    refused_p99: f64,
    /// Milliseconds of a session check at p99, before the flood and in it.
    unloaded: f64,
    during: f64,
    memory: f64,
}

/// `signin_p99_under_overload_ms`, `refused_p99_ms`, `session_p99_flood_ratio`: medians of so many floods, each of a server of
/// its own.
pub async fn figures(binary: &Path, capacity: f64, rounds: usize) {
    let attempts = (capacity * TIMES_CAPACITY * SECONDS) as usize;
    let mut floods = Vec::new();
    for _ in 0..rounds {
        let flood = flood(binary, attempts).await;
        remark(&format!(
            "flood: {attempts} passwords in {SECONDS} s from as many known devices, {TIMES_CAPACITY} x the capacity of {capacity:.0} sign-ins/s; \
             {} accepted, {} refused with 429 or 503, {} broken {}; session checks {:.2} over {:.2} ms; load generator on the same cores",
            flood.accepted,
            flood.refused,
            flood.broken.len(),
            flood.broken.first().map_or("", String::as_str),
            flood.during,
            flood.unloaded,
        ));
        floods.push(flood);
    }
    let of = |figure: fn(&Flood) -> f64| median(&floods.iter().map(figure).collect::<Vec<_>>());
    print("signin_p99_under_overload_ms", of(|flood| flood.accepted_p99), "ms");
    print("refused_p99_ms", of(|flood| flood.refused_p99), "ms");
    print("session_p99_unloaded_ms", of(|flood| flood.unloaded), "ms");
    print("session_p99_flood_ratio", of(|flood| flood.during / flood.unloaded), "ratio");
    print("flood_memory_mb", of(|flood| flood.memory), "MiB");
}

async fn flood(binary: &Path, attempts: usize) -> Flood {
    let house = House::new(attempts + 200).await;
    let server = house.open(binary);
    let (flooding, live) = house.customers.split_at(attempts);
    let prepared = prepare(&server, flooding).await;
    let before = server.rss_mib();
    let unloaded = session_p99(&server, live, Duration::from_secs(3)).await;
    let stop = Arc::new(AtomicBool::new(false));
    let during = {
        let (address, live, stop) = (server.address.clone(), live.to_vec(), Arc::clone(&stop));
        tokio::spawn(async move { session_times(&address, &live, || stop.load(Ordering::Relaxed)).await })
    };
    let begun = Instant::now();
    let pause = Duration::from_secs_f64(SECONDS / attempts as f64);
    let tries: Vec<_> = (0_u32..)
        .zip(prepared)
        .map(|(number, prepared)| {
            tokio::spawn(async move {
                tokio::time::sleep_until((begun + pause * number).into()).await;
                browser::give_password(prepared).await
            })
        })
        .collect();
    let (mut accepted, mut refused, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for one in tries {
        match one.await.expect("every try ends") {
            Ok(took) => accepted.push(took.as_secs_f64() * 1_000.0),
            Err(Stopped::Refused(_, took)) => refused.push(took.as_secs_f64() * 1_000.0),
            Err(Stopped::Broken(why)) => broken.push(why),
        }
    }
    let peak = server.rss_mib();
    stop.store(true, Ordering::Relaxed);
    let during = percentile(&during.await.expect("the checks go on"), 0.99);
    Flood {
        accepted: accepted.len(),
        refused: refused.len(),
        broken,
        accepted_p99: percentile(&accepted, 0.99),
        refused_p99: percentile(&refused, 0.99),
        unloaded,
        during,
        memory: peak - before,
    }
}

/// Walks everybody to the password page and solves the human check.
async fn prepare(server: &Server, customers: &[Customer]) -> Vec<Prepared> {
    let mut prepared = Vec::with_capacity(customers.len());
    for (chunk, group) in customers.chunks(64).enumerate() {
        let walks: Vec<_> = group
            .iter()
            .enumerate()
            .map(|(at, customer)| {
                let (address, customer, number) = (server.address.clone(), customer.clone(), chunk * 64 + at);
                tokio::spawn(async move { browser::prepare(&address, number, &customer).await })
            })
            .collect();
        for walk in walks {
            prepared.push(walk.await.expect("a walk ends").expect("the password page is reached"));
        }
    }
    prepared
}

async fn session_p99(server: &Server, live: &[Customer], time: Duration) -> f64 {
    let begun = Instant::now();
    percentile(&session_times(&server.address, live, || begun.elapsed() >= time).await, 0.99)
}

/// Milliseconds of session checks, one every five milliseconds, until `is_over`.
async fn session_times(address: &str, live: &[Customer], is_over: impl Fn() -> bool) -> Vec<f64> {
    let mut browser = Browser::open(address, browser::HOST).await.expect("a connection");
    browser.forwarded_for = population::address_of(60_000);
    let mut times = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while !is_over() {
        tick.tick().await;
        let customer = &live[times.len() % live.len()];
        browser.set_cookie("__Host-session", &customer.session.encode());
        let asked_at = Instant::now();
        let answer = browser.get("/api/session").await.expect("an answer");
        times.push(asked_at.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(answer.status, 200);
    }
    times
}
