//! The chore beside the requests: entries get their places in the tree, and checkpoints leave in time.

use std::time::Duration;

use doorward_store::audit_tree::{append_waiting, bind_old_entries, count_waiting, find_tree};
use doorward_store::{Db, StoreFault};
use tokio_util::sync::CancellationToken;

use super::place::CheckpointPlace;
use crate::app::App;
use crate::failure::Fault;
use crate::random::Random;

/// How long an entry waits for its place at most, while the database answers.
const TURN: Duration = Duration::from_millis(500);
/// Turns between two looks at the checkpoints.
const CHECKPOINT_EVERY_TURNS: u32 = 10;
/// Entries that one write gives places: SQLite's only writer is needed at the door.
const BATCH: i64 = 1_000;
/// Entries from before the tree that one write binds.
const OLD_BATCH: usize = 250;
/// Entries without a place beyond this are only said to be many.
const WAITING_COUNTED: i64 = 100_000;

impl App {
    /// Gives entries their places and sends checkpoints until `stop`. A turn that fails is told and tried again.
    pub async fn run_audit(self, place: CheckpointPlace, stop: CancellationToken) {
        let mut turns = tokio::time::interval(TURN);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut turn, mut alarmed) = (0_u32, false);
        if let Err(fault) = self.audit_key().await {
            tracing::warn!(%fault, source = ?fault.source, "naming the audit log");
        }
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            let failed = match self.sequence_audit().await {
                Ok(()) if turn.is_multiple_of(CHECKPOINT_EVERY_TURNS) => {
                    self.watch_checkpoints(&place).await.err()
                }
                done => done.err(),
            };
            // Once is enough: the next turns would say the same.
            if let Some(fault) = failed.as_ref().filter(|_| !alarmed) {
                tracing::warn!(%fault, source = ?fault.source, "the sequencer of the audit log");
            }
            alarmed = failed.is_some();
            turn = turn.wrapping_add(1);
        }
    }

    /// Gives every committed entry its place in the tree.
    ///
    /// # Errors
    /// The database does not answer; nothing is lost, the entries wait.
    pub async fn sequence_audit(&self) -> Result<(), Fault> {
        sequence(&self.db, &*self.random).await
    }

    async fn watch_checkpoints(&self, place: &CheckpointPlace) -> Result<(), Fault> {
        let (tree, now) = (find_tree(&self.db).await?, self.now());
        let waiting = count_waiting(&self.db, WAITING_COUNTED).await?;
        let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
        metrics::gauge!("doorward_audit_entries").set(number(tree.size));
        metrics::gauge!("doorward_audit_waiting").set(number(waiting));
        if matches!(place, CheckpointPlace::Nowhere) {
            return Ok(());
        }
        let age = tree.delivered_at.map_or(Duration::ZERO, |at| now.since(at));
        metrics::gauge!("doorward_audit_checkpoint_age_seconds")
            .set(u32::try_from(age.as_secs()).unwrap_or(u32::MAX));
        self.send_checkpoint_if_due(place, &tree, now).await
    }
}

/// Gives every committed entry its place in the tree; those from before there was one are bound first.
pub(super) async fn sequence(db: &Db, random: &(dyn Random + 'static)) -> Result<(), Fault> {
    // A look costs nothing; a write that finds nothing to do would still wake the disk.
    if count_waiting(db, 1).await? == 0 {
        return Ok(());
    }
    let mut old_left = true;
    loop {
        if old_left {
            let salts: Vec<[u8; 16]> = (0..OLD_BATCH).map(|_| random.bytes()).collect();
            let write = db.write("binding older audit entries", move |tx| {
                Box::pin(async move { bind_old_entries(tx, &salts).await })
            });
            old_left = write.await.map_err(|fault: StoreFault| Fault::from(fault))? == OLD_BATCH;
        }
        let done = append_waiting(db, BATCH).await?;
        if !old_left && i64::try_from(done.appended).unwrap_or(BATCH) < BATCH {
            return Ok(());
        }
    }
}
