//! Session checks over the empty route of the same server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::browser::HOST;
use crate::client::Browser;
use crate::door::House;
use crate::figure::{median, print, remark};
use crate::population;
use crate::process::Server;

const SESSIONS: usize = 100_000;
const CONNECTIONS: usize = 64;
const ROUND: Duration = Duration::from_secs(3);

/// `session_check_vs_hello`, with the memory that the sessions take.
pub async fn figures(server: &Server, house: &House, rounds: usize) {
    let before = server.rss_mib();
    let db = house.database().await;
    let per_customer = SESSIONS.div_ceil(house.customers.len());
    let tokens =
        population::add_sessions(&db, house.customers.len(), per_customer - 1).await.expect("sessions");
    db.close().await;
    let mut tokens: Vec<String> = tokens.iter().map(doorward_domain::token::Token::encode).collect();
    tokens.truncate(SESSIONS);
    let tokens: Arc<[String]> = tokens.into();
    // Each is asked for once, so that all of them are live in the server's memory.
    run(server, Some(&tokens), None).await;
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let hello = run(server, None, Some(ROUND)).await;
        let checks = run(server, Some(&tokens), Some(ROUND)).await;
        ratios.push(checks / hello);
        rates.push(checks);
    }
    remark(&format!(
        "session checks: GET /api/session, {SESSIONS} live sessions asked for in turn, {CONNECTIONS} connections, SQLite, per second of \
         the server's CPU; denominator: GET /healthz of the same server"
    ));
    print("session_checks_per_core_s", median(&rates), "per_core_second");
    print("session_check_vs_hello", median(&ratios), "ratio");
    print("rss_100k_sessions_mb", server.rss_mib() - before, "MiB");
}

/// Requests per second of the server's CPU. Without a time, each token is used once.
async fn run(server: &Server, tokens: Option<&Arc<[String]>>, time: Option<Duration>) -> f64 {
    let (begun, cpu) = (Instant::now(), server.cpu_seconds());
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|worker| {
            let (address, tokens) = (server.address.clone(), tokens.map(Arc::clone));
            tokio::spawn(async move {
                let mut browser = Browser::open(&address, HOST).await.expect("a connection");
                browser.forwarded_for = population::address_of(worker);
                let mut done = 0_usize;
                loop {
                    let finished = match (time, &tokens) {
                        (Some(time), _) => begun.elapsed() >= time,
                        (None, Some(tokens)) => worker + done * CONNECTIONS >= tokens.len(),
                        (None, None) => true,
                    };
                    if finished {
                        return done;
                    }
                    let answer = match &tokens {
                        None => browser.get("/healthz").await,
                        Some(tokens) => {
                            let token = &tokens[(worker + done * CONNECTIONS) % tokens.len()];
                            browser.set_cookie("__Host-session", token);
                            browser.get("/api/session").await
                        }
                    };
                    let answer = answer.expect("an answer");
                    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
                    done += 1;
                }
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await.expect("every request is answered");
    }
    done as f64 / (server.cpu_seconds() - cpu)
}
