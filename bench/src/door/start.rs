//! From start to the first answer, and the memory of an idle server, with 100,000 accounts in the database.

use std::path::Path;
use std::time::Duration;

use crate::door::House;
use crate::figure::{median, print, remark};

const ACCOUNTS: i64 = 100_000;
const STARTS: usize = 9;

/// `start_ms` and `idle_rss_mb`.
pub async fn figures(binary: &Path) {
    let house = House::over(None, 1, ACCOUNTS).await;
    let (mut starts, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (server, milliseconds) = house.open_timed(binary);
        starts.push(milliseconds);
        tokio::time::sleep(Duration::from_secs(2)).await;
        memory.push(server.rss_mib());
    }
    remark(&format!(
        "start: from spawn to the end of the first answer's status line, {ACCOUNTS} accounts, SQLite, median of {STARTS}"
    ));
    print("start_ms", median(&starts), "ms");
    print("idle_rss_mb", median(&memory), "MiB");
}
