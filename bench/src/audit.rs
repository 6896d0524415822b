//! Figures of the audit log: what its tree adds to an entry, and how fast a whole log is verified.

use std::time::Instant;

use doorward_app::audit::verify::verify_audit;
use doorward_domain::audit::AuditKind;
use doorward_domain::audit_leaf::commit;
use doorward_domain::time::Timestamp;
use doorward_store::audit::{NewAuditEntry, record_audit};
use doorward_store::audit_tree::append_waiting;
use doorward_store::{Db, DbConfig, StoreFault};

use crate::door::Length;
use crate::figure::{median, print, remark};

/// Entries of one write while the log is filled.
const CHUNK: i64 = 10_000;
/// Entries that the program's sequencer gives places in one write.
const BATCH: i64 = 1_000;
const ROUNDS: usize = 3;
/// As long as the detail of an entry is with its seal: how a browser names itself.
const DETAIL: [u8; 120] = [7; 120];
const NETWORK: &str = "203.0.113.24";

/// `audit_append_us` and `audit_verify_per_s`, on SQLite.
pub fn figures(length: Length) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let entries = if length == Length::Full { 1_000_000 } else { 200_000 };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let db = Db::open(&DbConfig::sqlite(folder.path().join("doorward.sqlite"))).await.expect("a database");
        db.migrate().await.expect("the tables can be made");
        let mut appends = Vec::new();
        let mut from = 0;
        while from < entries {
            fill(&db, from).await;
            from += CHUNK;
            let begun = Instant::now();
            while append_waiting(&db, BATCH).await.expect("places are given").appended > 0 {}
            appends.push(begun.elapsed().as_secs_f64() * 1e6 / CHUNK as f64);
        }
        let append = median(&appends) + commitment_us();
        remark(&format!(
            "audit: what the tree adds to an entry, its commitment and its share of a batch of {BATCH} places, median over {entries} entries, SQLite"
        ));
        print("audit_append_us", append, "us");
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let report = verify_audit(&db, None).await.expect("the log is read");
            rates.push(report.size as f64 / begun.elapsed().as_secs_f64());
            assert_eq!((report.size, report.findings.count), (entries.unsigned_abs(), 0), "the log verifies");
        }
        remark(&format!(
            "audit: a whole check of {entries} entries, every commitment, leaf and hash of the tree, median of {ROUNDS}, SQLite"
        ));
        print("audit_verify_per_s", median(&rates), "entries/s");
        db.close().await;
    });
}

/// Entries as the door writes them.
async fn fill(db: &Db, from: i64) {
    db.write::<_, StoreFault, _>("filling a log", move |tx| {
        Box::pin(async move {
            for number in from..from + CHUNK {
                let new = NewAuditEntry {
                    account_id: None,
                    kind: AuditKind::Entered,
                    network: Some(NETWORK),
                    sealed: Some(&DETAIL),
                    stated: None,
                    salt: u128::from(number.unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes(),
                };
                record_audit(tx, &new, Timestamp::from_micros(1_800_000_000_000_000 + number)).await?;
            }
            Ok(())
        })
    })
    .await
    .expect("entries can be written");
}

/// Microseconds of one commitment.
fn commitment_us() -> f64 {
    let (begun, times) = (Instant::now(), 100_000_u32);
    let mut last = 0;
    for number in 0..times {
        let mut salt = [0; 16];
        salt[..4].copy_from_slice(&number.to_le_bytes());
        last ^= commit(&salt, None, Some(NETWORK), Some(&DETAIL))[0];
    }
    std::hint::black_box(last);
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}
