//! What a node does beside its requests: sweeping what is over, counting, shedding what has expired.

use std::time::Duration;

use doorward_domain::throttle::FailureScope;
use doorward_store::StoreFault;
use doorward_store::maintenance::{PurgeLimits, cap_failures, purge};
use doorward_store::password::list_params_in_use;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Fault;

/// One turn of the upkeep.
const TURN: Duration = Duration::from_secs(5);
/// How often one picture of the human check is drawn where one is lacking.
const PICTURE_EVERY: Duration = Duration::from_millis(10);
/// How long to rest when hashes are at work.
const BUSY_FOR: Duration = Duration::from_millis(100);
/// How long to rest when none is lacking.
const FULL_FOR: Duration = Duration::from_millis(500);
const SWEEP_EVERY_TURNS: u32 = 3;
const PURGE_EVERY_TURNS: u32 = 12;
const COST_MIX_EVERY_TURNS: u32 = 120;

/// Rows that one purge deletes of each kind: SQLite's only writer is needed at the door.
const PURGE_BATCH: i64 = 500;
/// Later than any flow can last.
const FLOWS_KEPT_FOR: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// How long ended sessions stay for the review.
const SESSIONS_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MESSAGES_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const TRIES_KEPT_FOR: Duration = Duration::from_secs(60 * 60);
const COUNTERS_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl App {
    /// Keeps the house until `stop`: one turn every few seconds. A turn that fails is told and tried again.
    pub async fn run_upkeep(self, stop: CancellationToken) {
        let mut turns = tokio::time::interval(TURN);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut turn = 0_u32;
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            if let Err(fault) = self.upkeep(turn).await {
                tracing::warn!(%fault, source = ?fault.source, "upkeep");
            }
            turn = turn.wrapping_add(1);
        }
    }

    /// Keeps pictures of the human check ready until `stop`: one at a time, so that drawing never stands in the way of
    /// a request for longer than one picture takes.
    pub async fn run_pictures(self, stop: CancellationToken) {
        let mut pause = PICTURE_EVERY;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            // A picture drawn beside a hash costs that its core; the request that needs one draws it for less.
            if self.hash_pool.is_at_work() {
                pause = BUSY_FOR;
                continue;
            }
            let app = self.clone();
            let seed = self.random.bytes();
            let drawn = tokio::task::spawn_blocking(move || app.human_checks.fill_one(seed)).await;
            pause = if matches!(drawn, Ok(true)) { PICTURE_EVERY } else { FULL_FOR };
        }
    }

    async fn upkeep(&self, turn: u32) -> Result<(), Fault> {
        self.add_up_outcomes().await?;
        self.sync_blocks().await?;
        self.carry_out_due_changes().await?;
        if turn.is_multiple_of(COST_MIX_EVERY_TURNS) {
            self.read_cost_mix().await?;
        }
        if turn.is_multiple_of(SWEEP_EVERY_TURNS) {
            self.sweep_sign_ins().await?;
            self.turn_cases().await?;
        }
        if turn.is_multiple_of(PURGE_EVERY_TURNS) {
            self.purge().await?;
            self.delete_case_evidence().await?;
            self.forget_retired_identifiers().await?;
            self.watch_messages().await?;
            self.erase_due().await?;
            self.announce_modes().await?;
        }
        Ok(())
    }

    /// Reads which costs the passwords in use have, from which unknown identifiers borrow theirs.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn read_cost_mix(&self) -> Result<(), Fault> {
        let in_use = list_params_in_use(&self.db).await?;
        let counts = in_use
            .into_iter()
            .filter_map(|line| Some((line.params.parse().ok()?, u64::try_from(line.accounts).ok()?)))
            .collect();
        self.cost_mix.replace(counts);
        Ok(())
    }

    /// Deletes what has expired, in small batches, and caps the counters of unknown identifiers (entry rules 4).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn purge(&self) -> Result<(), Fault> {
        let now = self.now();
        let limits = PurgeLimits {
            now,
            flows_before: now.minus(FLOWS_KEPT_FOR),
            sessions_before: now.minus(SESSIONS_KEPT_FOR),
            messages_before: now.minus(MESSAGES_KEPT_FOR),
            tries_before: now.minus(TRIES_KEPT_FOR),
            counters_before: now.minus(COUNTERS_KEPT_FOR),
        };
        let keep = i64::from(self.policy.throttle.unknown_counters_at_most);
        loop {
            let deleted = self
                .db
                .write_again("purging what has expired", move |tx| {
                    Box::pin(async move {
                        let scope = FailureScope::PasswordUnknownDevice.name();
                        let capped = cap_failures(tx, scope, keep, PURGE_BATCH).await?;
                        Ok(capped + purge(tx, &limits, PURGE_BATCH).await?)
                    })
                })
                .await
                .map_err(|fault: StoreFault| Fault::from(fault))?;
            if deleted < PURGE_BATCH.unsigned_abs() {
                return Ok(());
            }
        }
    }
}
