//! The cost of a sign-in on a grown installation over that on a small one, on both databases.

use std::path::Path;

use crate::door::{House, Length, sign_ins::sign_in_all};
use crate::figure::{median, print, remark};
use crate::process::cpu_seconds_of;

const SMALL: i64 = 1_000;
const ROUNDS: usize = 5;
const PER_ROUND: usize = 150;

/// `signin_growth` for SQLite and, where `DOORWARD_TEST_POSTGRES` names a cluster, for PostgreSQL.
pub async fn figures(binary: &Path, length: Length) {
    let large = if length == Length::Full { 1_000_000 } else { 100_000 };
    remark(&format!(
        "growth: CPU of server and database for a sign-in with {large} accounts over {SMALL} accounts, {PER_ROUND} sign-ins a round, \
         rounds interleaved, median of {ROUNDS}"
    ));
    let growth = growth(binary, [None, None], large).await;
    print("signin_growth_sqlite", growth, "ratio");
    let cluster =
        std::env::var("DOORWARD_TEST_POSTGRES").expect("a PostgreSQL cluster: run through scripts/bench");
    let mut urls = [None, None];
    for (url, name) in urls.iter_mut().zip(["bench_small", "bench_large"]) {
        *url = Some(new_database(&cluster, name).await);
    }
    print("signin_growth_postgres", self::growth(binary, urls, large).await, "ratio");
}

async fn growth(binary: &Path, urls: [Option<String>; 2], large: i64) -> f64 {
    let [small_url, large_url] = urls;
    let is_postgres = small_url.is_some();
    let customers = PER_ROUND * (ROUNDS + 1);
    let small = House::over(small_url, customers, SMALL).await;
    let large = House::over(large_url, customers, large).await;
    let mut ratios = Vec::new();
    let servers = [small.open(binary), large.open(binary)];
    for round in 0..=ROUNDS {
        let mut costs = [0.0; 2];
        for (at, (server, house)) in servers.iter().zip([&small, &large]).enumerate() {
            let before = database_cpu(is_postgres) + server.cpu_seconds();
            let from = round * PER_ROUND;
            sign_in_all(server, &house.customers[from..from + PER_ROUND], from).await;
            costs[at] = database_cpu(is_postgres) + server.cpu_seconds() - before;
        }
        if round > 0 {
            ratios.push(costs[1] / costs[0]);
        }
    }
    median(&ratios)
}

/// CPU of every process named `postgres`: one cluster runs while this is measured, and both databases stand in it.
fn database_cpu(is_postgres: bool) -> f64 {
    if !is_postgres {
        return 0.0;
    }
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let ids =
        processes.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    ids.filter(|id| {
        std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "postgres")
    })
    .map(cpu_seconds_of)
    .sum()
}

/// Makes a fresh database in the cluster and gives its URL.
pub async fn new_database(cluster: &str, name: &str) -> String {
    let (server, rest) =
        cluster.rsplit_once("/postgres").expect("the cluster's URL names the database postgres");
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        let done =
            tokio::process::Command::new("psql").args([cluster, "-q", "-c", &statement]).status().await;
        assert!(done.is_ok_and(|status| status.success()), "psql can make a database");
    }
    format!("{server}/{name}{rest}")
}
