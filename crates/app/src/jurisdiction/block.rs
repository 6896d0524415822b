//! *Blocked* stands until it is lifted (entry rules 7).
//!
//! What a policy blocks is written down, and a policy file that merely drops it changes nothing; neither does a row of a
//! country's own in the place of a blocked default: what the default covers is written down row by row. Each change of
//! the policy, each file with an error and each beginning of a block is an entry of the audit log.

use std::net::IpAddr;

use doorward_domain::audit::AuditKind;
use doorward_domain::country::{Country, Place};
use doorward_domain::id::StaffId;
use doorward_domain::jurisdiction::{Blocks, Judged, JurisdictionPolicy, Mode, Row};
use doorward_domain::time::Timestamp;
use doorward_store::jurisdiction::{
    self as store, list_blocks, list_blocks_with_approvals, list_lifted_accounts, record_block,
};
use doorward_store::{StoreFault, Tx};
use serde_json::json;

use super::PolicyNews;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;

/// Lines of a file with errors that the record keeps.
const LINES_KEPT: usize = 20;

/// A block that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLine {
    /// The row.
    pub row: Row,
    /// Since when.
    pub since: Timestamp,
    /// Whether the policy in force blocks it too.
    pub by_policy: bool,
    /// Whether it was blocked only because the default was, and has a row of its own since.
    pub by_default: bool,
    /// Who has approved its lift first at the machine, and when.
    pub approved: Option<(StaffId, Timestamp)>,
}

/// What is to be written down as blocked.
#[derive(Debug, Clone, Default)]
struct FreshBlocks {
    /// Rows that a policy blocks itself.
    own: Blocks,
    /// Countries that its blocked default covers.
    covered: Blocks,
}

impl FreshBlocks {
    fn of(policy: &JurisdictionPolicy, now: Timestamp) -> Self {
        Self { own: policy.blocked(now), covered: policy.covered_by_blocked_default(now) }
    }

    fn add(&mut self, other: Self) {
        self.own.extend(other.own);
        self.covered.extend(other.covered);
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        self.own.keys().chain(self.covered.keys()).copied()
    }
}

/// What holds for somebody, and what is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Where the address stands, if one was given.
    pub place: Option<Place>,
    /// What holds.
    pub judged: Judged,
    /// What holds by the address alone.
    pub by_address: Option<Judged>,
    /// What holds by the residence alone.
    pub by_residence: Option<Judged>,
    /// The next announced changes of the rows that were asked for.
    pub next: Vec<(Row, Timestamp, Mode)>,
}

impl App {
    /// Puts a policy in force, on this node and at once. What it or the one before blocks is written down first.
    ///
    /// # Errors
    /// The database does not answer. The policy is in force nevertheless, and so is everything that is known to be
    /// blocked; the next upkeep writes it down.
    pub async fn take_policy(&self, policy: JurisdictionPolicy) -> Result<(), Fault> {
        let now = self.now();
        let mut blocked = FreshBlocks::of(&self.jurisdictions.running().policy, now);
        blocked.add(FreshBlocks::of(&policy, now));
        self.jurisdictions.change(|running| {
            for row in blocked.rows() {
                running.blocks.entry(row).or_insert(now);
            }
        });
        self.jurisdictions.remember(PolicyNews::Loaded(policy.statement()));
        self.jurisdictions.replace(policy);
        self.write_blocks(blocked).await?;
        self.sync_blocks().await
    }

    /// The policy file has an error, told by line: the policy in force stays, and the record says so.
    ///
    /// # Errors
    /// The database does not answer; the next upkeep writes it down.
    pub async fn refuse_policy(&self, lines: &[String]) -> Result<(), Fault> {
        self.jurisdictions.note_error();
        self.jurisdictions.remember(PolicyNews::Refused(lines.iter().take(LINES_KEPT).cloned().collect()));
        self.write_policy_news().await
    }

    /// Writes down what the policy blocks by now and what became of policies, and reads what is blocked and lifted on
    /// the whole site. At the start and every few seconds.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sync_blocks(&self) -> Result<(), Fault> {
        let running = self.jurisdictions.running();
        let mut fresh = FreshBlocks::of(&running.policy, self.now());
        for blocks in [&mut fresh.own, &mut fresh.covered] {
            blocks.retain(|row, _| !running.blocks.contains_key(row));
        }
        self.write_blocks(fresh).await?;
        self.write_policy_news().await?;
        self.read_blocks().await
    }

    /// Reads what is blocked and lifted on the whole site, and writes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn read_blocks(&self) -> Result<(), Fault> {
        let blocks = list_blocks(&self.db).await?;
        let lifted = list_lifted_accounts(&self.db).await?.into_iter().collect();
        self.jurisdictions.change(|running| {
            running.blocks = blocks;
            running.lifted = lifted;
        });
        Ok(())
    }

    async fn write_blocks(&self, blocked: FreshBlocks) -> Result<(), Fault> {
        if blocked.own.is_empty() && blocked.covered.is_empty() {
            return Ok(());
        }
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write_again("recording blocks", move |tx| {
            let (app, blocked) = (app.clone(), blocked.clone());
            Box::pin(async move { app.write_blocks_in(tx, &blocked, now).await })
        });
        write.await.map_err(|fault: StoreFault| fault.into())
    }

    async fn write_blocks_in(
        &self,
        tx: &mut Tx,
        blocked: &FreshBlocks,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        let mut default_begins = false;
        // In force from when it is written, whatever date a file gives it: who was let out before was not let out of it.
        for (row, since) in &blocked.own {
            if record_block(tx, *row, now, false).await? {
                tracing::warn!(row = row.name(), "blocked until two members of staff lift it");
                default_begins |= *row == Row::Default;
                let stated = format!("row {} since {}", row.name(), since.as_micros());
                self.note(tx, Entry::stating(AuditKind::BlockBegun, stated), now).await?;
            }
        }
        let mut covered = Vec::new();
        for row in blocked.covered.keys() {
            if record_block(tx, *row, now, true).await? {
                covered.push(row.name());
            }
        }
        // When the default itself begins to be blocked, its own entry says it of all of them.
        if !covered.is_empty() && !default_begins {
            let stated = format!("row default covers {}", covered.join(" "));
            self.note(tx, Entry::stating(AuditKind::BlockBegun, stated), now).await?;
        }
        Ok(())
    }

    /// Writes into the record what became of policies since the last time.
    async fn write_policy_news(&self) -> Result<(), Fault> {
        let news = self.jurisdictions.take_news();
        if news.is_empty() {
            return Ok(());
        }
        let (app, now, told) = (self.clone(), self.now(), news.clone());
        let write = self.db.write_again("recording what became of a policy", move |tx| {
            let (app, told) = (app.clone(), told.clone());
            Box::pin(async move {
                for one in told {
                    let entry = match one {
                        PolicyNews::Loaded(stated) => Entry::stating(AuditKind::PolicyLoaded, stated),
                        PolicyNews::Refused(lines) => {
                            Entry::of_house(AuditKind::PolicyRefused).with(&json!({ "lines": lines }))
                        }
                    };
                    app.note(tx, entry, now).await?;
                }
                Ok::<_, StoreFault>(())
            })
        });
        let written = write.await;
        if written.is_err() {
            self.jurisdictions.remember_again(news);
        }
        Ok(written?)
    }

    /// The blocks that stand. A country that the blocked default still covers is not named apart.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_blocks(&self) -> Result<Vec<BlockLine>, Fault> {
        let (policy, now) = (&self.jurisdictions.running().policy, self.now());
        let stored = list_blocks_with_approvals(&self.db).await?;
        let line = |block: store::StoredBlock| {
            let row = Row::from_name(&block.name)?;
            (!block.by_default || policy.names(row)).then(|| BlockLine {
                by_policy: policy.blocks_row(row, now),
                by_default: block.by_default,
                since: block.since,
                approved: block.first_by.zip(block.first_at),
                row,
            })
        };
        Ok(stored.into_iter().filter_map(line).collect())
    }

    /// What holds for an address and a residence at a moment, and why.
    pub fn explain(&self, network: Option<IpAddr>, residence: Option<Country>, at: Timestamp) -> Explained {
        let running = self.jurisdictions.running();
        let (policy, blocks) = (&running.policy, &running.blocks);
        let place = network.map(|network| self.place_of(network));
        let by_residence = residence.map(|residence| policy.judge_residence(residence, blocks, at));
        let by_address = place.as_ref().map(|place| policy.judge(place, None, blocks, at));
        let judged = match (&place, by_residence) {
            (None, Some(by_residence)) => by_residence,
            (place, _) => policy.judge(place.as_ref().unwrap_or(&Place::UNKNOWN), residence, blocks, at),
        };
        let rows = [by_address, by_residence].into_iter().flatten().map(|judged| judged.row());
        let next = rows
            .filter_map(|row| policy.next_of_row(row, at).map(|(from, mode)| (row, from, mode)))
            .collect();
        Explained { place, judged, by_address, by_residence, next }
    }
}
