//! *Blocked* is lifted by two members of staff only (entry rules 7).
//!
//! What a policy blocks is written down, and stands until it is lifted: a policy file that merely drops it changes
//! nothing. A lift is refused while the policy in force still blocks the row, so that the file and the record never
//! contradict each other: first the file, then the two approvals.

use std::net::IpAddr;

use doorward_domain::audit::AuditKind;
use doorward_domain::country::{Country, Place};
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::jurisdiction::{Blocks, Judged, JurisdictionPolicy, Mode, Row};
use doorward_domain::time::Timestamp;
use doorward_store::jurisdiction::{
    self as store, Lift, approve_account_lift, approve_row_lift, list_blocks, list_blocks_with_approvals,
    list_lifted_accounts, record_block,
};
use doorward_store::{StoreFault, account};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};

/// What came of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifted {
    /// It is the first one; a second member of staff must approve as well.
    Waiting,
    /// It was the second one: the block is lifted.
    Lifted,
}

/// Why an approval is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiftRefused {
    /// The policy in force still blocks this row.
    PolicyBlocks,
    /// The same member of staff has approved already.
    SamePerson,
    /// Nothing is blocked there.
    NotBlocked,
    /// There is no such account.
    NoAccount,
}

/// A block that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLine {
    /// The row's name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether the policy in force blocks it too.
    pub by_policy: bool,
    /// Who has approved its lift first, and when.
    pub approved: Option<(StaffId, Timestamp)>,
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
        let mut blocked = self.jurisdictions.running().policy.blocked(now);
        blocked.extend(policy.blocked(now));
        self.jurisdictions.change(|running| {
            for (row, since) in &blocked {
                running.blocks.entry(*row).or_insert(*since);
            }
        });
        self.jurisdictions.replace(policy);
        self.write_blocks(blocked).await?;
        self.sync_blocks().await
    }

    /// Writes down what the policy blocks by now, and reads what is blocked and lifted on the whole site. At the start
    /// and every few seconds.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sync_blocks(&self) -> Result<(), Fault> {
        let running = self.jurisdictions.running();
        let mut fresh = running.policy.blocked(self.now());
        fresh.retain(|row, _| !running.blocks.contains_key(row));
        self.write_blocks(fresh).await?;
        let blocks = list_blocks(&self.db).await?;
        let lifted = list_lifted_accounts(&self.db).await?.into_iter().collect();
        self.jurisdictions.change(|running| {
            running.blocks = blocks;
            running.lifted = lifted;
        });
        Ok(())
    }

    async fn write_blocks(&self, blocked: Blocks) -> Result<(), Fault> {
        if blocked.is_empty() {
            return Ok(());
        }
        self.db
            .write_again("recording blocks", move |tx| {
                let blocked = blocked.clone();
                Box::pin(async move {
                    for (row, since) in blocked {
                        if record_block(tx, row, since).await? {
                            tracing::warn!(row = row.name(), "blocked until two members of staff lift it");
                        }
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|fault: StoreFault| fault.into())
    }

    /// The blocks that stand.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_blocks(&self) -> Result<Vec<BlockLine>, Fault> {
        let by_policy = self.jurisdictions.running().policy.blocked(self.now());
        let stored = list_blocks_with_approvals(&self.db).await?;
        let line = |block: store::StoredBlock| BlockLine {
            by_policy: Row::from_name(&block.name).is_some_and(|row| by_policy.contains_key(&row)),
            since: block.since,
            approved: block.first_by.zip(block.first_at),
            name: block.name,
        };
        Ok(stored.into_iter().map(line).collect())
    }

    /// A member of staff approves that the block of a row is lifted; the second one lifts it. Whether they may is for
    /// the caller to judge by their role.
    ///
    /// # Errors
    /// The policy in force still blocks it, the same person has approved, or nothing is blocked.
    pub async fn approve_lift(&self, row: Row, staff: StaffId) -> Result<Lifted, Failure<LiftRefused>> {
        let now = self.now();
        if self.jurisdictions.running().policy.blocked(now).contains_key(&row) {
            return Err(Failure::Refused(LiftRefused::PolicyBlocks));
        }
        let app = self.clone();
        let lift = self.db.write("approving the lift of a block", move |tx| {
            Box::pin(async move {
                let lift = approve_row_lift(tx, row, staff, now).await?;
                if matches!(lift, Lift::First | Lift::Lifted) {
                    let detail = (row.name(), staff.to_string(), lift == Lift::Lifted);
                    app.note(tx, Entry::of_house(AuditKind::StaffLiftedBlock).with(&detail), now).await?;
                }
                Ok::<_, StoreFault>(lift)
            })
        });
        let lifted = lifted(lift.await?)?;
        self.sync_blocks().await?;
        Ok(lifted)
    }

    /// The same for one account: where its rules are *blocked*, *withdraw-only* holds for it from then on.
    ///
    /// # Errors
    /// As [`App::approve_lift`]; or there is no such account.
    pub async fn approve_account_lift(
        &self,
        account: AccountId,
        staff: StaffId,
    ) -> Result<Lifted, Failure<LiftRefused>> {
        let (app, now) = (self.clone(), self.now());
        let lift = self.db.write("approving the lift of an account's block", move |tx| {
            Box::pin(async move {
                if account::find_account(&mut *tx, account).await?.is_none() {
                    return Ok(None);
                }
                let lift = approve_account_lift(tx, account, staff, now).await?;
                if matches!(lift, Lift::First | Lift::Lifted) {
                    let detail = (staff.to_string(), lift == Lift::Lifted);
                    let entry = Entry::without_network(AuditKind::StaffLiftedBlock, account);
                    app.note(tx, entry.with(&detail), now).await?;
                }
                Ok::<_, StoreFault>(Some(lift))
            })
        });
        let lift = lift.await?.ok_or(Failure::Refused(LiftRefused::NoAccount))?;
        let lifted = lifted(lift)?;
        self.sync_blocks().await?;
        self.restrict(account).await?;
        Ok(lifted)
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

fn lifted(lift: Lift) -> Result<Lifted, Failure<LiftRefused>> {
    match lift {
        Lift::First => Ok(Lifted::Waiting),
        Lift::Lifted => Ok(Lifted::Lifted),
        Lift::SamePerson => Err(Failure::Refused(LiftRefused::SamePerson)),
        Lift::NotBlocked => Err(Failure::Refused(LiftRefused::NotBlocked)),
    }
}
