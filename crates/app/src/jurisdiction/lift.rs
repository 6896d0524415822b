//! *Blocked* is lifted by two different members of staff only, for a row or for one account; one of them calls an account
//! back (entry rules 7).
//!
//! A lift is refused while the policy in force still blocks the row, so that the file and the record never contradict
//! each other: first the file, then the two approvals.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::country::Country;
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::jurisdiction::{Mode, Row};
use doorward_domain::notice::Notice;
use doorward_domain::staff::{Member, StaffAct, may, parse_staff_text};
use doorward_domain::time::Timestamp;
use doorward_store::account::hold_account;
use doorward_store::identifier::find_taken;
use doorward_store::identity::find_residence;
use doorward_store::jurisdiction::{
    Lift, approve_account_lift, approve_row_lift, call_account_back, find_account_lift, forget_account_lift,
    list_blocks,
};
use doorward_store::staff::{StoredStaff, hold_staff};
use doorward_store::{Source, StoreFault, Tx};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::staff::trace_of;

/// What came of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifted {
    /// It is the first one; a second member of staff must approve as well.
    Waiting,
    /// It was the second one: the block is lifted.
    Lifted,
}

/// Why an approval is refused, or calling back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiftRefused {
    /// The policy in force still blocks this row.
    PolicyBlocks,
    /// The id is of nobody who is enrolled with a role that decides about blocks.
    NotStaff,
    /// It is an account of their own.
    OwnAccount,
    /// The same member of staff has approved already.
    SamePerson,
    /// Nothing is blocked there.
    NotBlocked,
    /// There is no such account.
    NoAccount,
    /// The account was not let out of a block.
    NotLetOut,
    /// The reason is missing, too long, or holds control characters.
    Text,
}

impl App {
    /// A member of staff approves that the block of a row is lifted; the second one lifts it.
    ///
    /// # Errors
    /// See [`LiftRefused`].
    pub async fn approve_lift(&self, row: Row, staff: StaffId) -> Result<Lifted, Failure<LiftRefused>> {
        let now = self.now();
        if self.jurisdictions.running().policy.blocks_row(row, now) {
            return Err(Failure::Refused(LiftRefused::PolicyBlocks));
        }
        let app = self.clone();
        let lift = self.db.write("approving the lift of a block", move |tx| {
            Box::pin(async move {
                let Some(member) = hold_decider(tx, staff).await?.map(member_of) else {
                    return Ok(Err(LiftRefused::NotStaff));
                };
                let lift = lifted(approve_row_lift(tx, row, staff, now).await?);
                if let Ok(lifted) = lift {
                    let mut detail = trace_of(&member);
                    detail["row"] = row.name().into();
                    detail["lifted"] = (lifted == Lifted::Lifted).into();
                    app.note(tx, Entry::of_house(AuditKind::StaffLiftedBlock).with(&detail), now).await?;
                }
                Ok::<_, Fault>(lift)
            })
        });
        let lifted = lift.await?.map_err(Failure::Refused)?;
        self.sync_blocks().await?;
        Ok(lifted)
    }

    /// The same for one account: where its rules are *blocked*, *withdraw-only* holds for it from then on. Its owner is
    /// told.
    ///
    /// # Errors
    /// See [`LiftRefused`].
    pub async fn approve_account_lift(
        &self,
        id: AccountId,
        staff: StaffId,
    ) -> Result<Lifted, Failure<LiftRefused>> {
        let (app, now) = (self.clone(), self.now());
        let lift = self.db.write("approving the lift of an account's block", move |tx| {
            Box::pin(async move {
                let (account, member) = match app.hold_both(tx, id, staff).await? {
                    Ok(both) => both,
                    Err(refused) => return Ok(Err(refused)),
                };
                app.forget_overtaken_lift(tx, id).await?;
                let lift = lifted(approve_account_lift(tx, id, staff, now).await?);
                if let Ok(lifted) = lift {
                    let mut detail = trace_of(&member);
                    detail["lifted"] = (lifted == Lifted::Lifted).into();
                    let entry = Entry::without_network(AuditKind::StaffLiftedBlock, id).with(&detail);
                    app.note(tx, entry, now).await?;
                }
                if lift == Ok(Lifted::Lifted) {
                    app.block_changed(tx, &account, true, now).await?;
                }
                Ok::<_, Fault>(lift)
            })
        });
        let lifted = lift.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.send_intents_soon().await;
        self.sync_blocks().await?;
        Ok(lifted)
    }

    /// One member of staff calls an account back into the block that was lifted for it. Its owner is told; letting it
    /// out again takes two new approvals.
    ///
    /// # Errors
    /// See [`LiftRefused`].
    pub async fn call_back(
        &self,
        id: AccountId,
        staff: StaffId,
        reason: &str,
    ) -> Result<(), Failure<LiftRefused>> {
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(LiftRefused::Text))?;
        let (app, now) = (self.clone(), self.now());
        let done = self.db.write("calling an account back into a block", move |tx| {
            Box::pin(async move {
                let (account, member) = match app.hold_both(tx, id, staff).await? {
                    Ok(both) => both,
                    Err(refused) => return Ok(Err(refused)),
                };
                let called = app.call_back_in(tx, &account, &member, &reason, now).await?;
                Ok::<_, Fault>(if called { Ok(()) } else { Err(LiftRefused::NotLetOut) })
            })
        });
        done.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.send_intents_soon().await;
        self.sync_blocks().await?;
        Ok(())
    }

    /// The same, in a write that holds the account; false when it was not let out.
    pub(crate) async fn call_back_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        by: &Member,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !call_account_back(tx, account.id).await? {
            return Ok(false);
        }
        let entry = Entry::without_network(AuditKind::StaffBlockedAgain, account.id).with(&trace_of(by));
        self.note(tx, entry, now).await?;
        self.write_note_in(tx, by, account.id, reason, "block-again", now).await?;
        self.block_changed(tx, account, false, now).await?;
        Ok(true)
    }

    /// Both approvals of a row in one write, for two who agreed at the desk: false when nothing is blocked there.
    pub(crate) async fn lift_row_in(
        &self,
        tx: &mut Tx,
        row: Row,
        both: [StaffId; 2],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        for staff in both {
            if approve_row_lift(tx, row, staff, now).await? == Lift::Lifted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for an account, whose owner is told.
    pub(crate) async fn lift_account_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        both: [StaffId; 2],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        self.forget_overtaken_lift(tx, account.id).await?;
        for staff in both {
            if approve_account_lift(tx, account.id, staff, now).await? == Lift::Lifted {
                self.block_changed(tx, account, true, now).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the rules of this verified residence block an account that two members of staff have not let out. Asks
    /// the database, so that a command without a server knows the blocks too. The account's row is held.
    pub(crate) async fn is_blocked_by_residence(
        &self,
        source: Source<'_>,
        account: AccountId,
        residence: Option<&str>,
    ) -> Result<bool, StoreFault> {
        let Some(residence) = residence.and_then(Country::parse) else { return Ok(false) };
        let (blocks, let_out) = match source {
            Source::Db(db) => (list_blocks(db).await?, find_account_lift(db, account).await?),
            Source::Tx(tx) => (list_blocks(&mut *tx).await?, find_account_lift(tx, account).await?),
        };
        let running = self.jurisdictions.running();
        let judged = running.policy.judge_residence_for(residence, &blocks, let_out, self.now());
        Ok(judged.mode == Mode::Blocked)
    }

    /// Since when two members of staff have let an account out of the block of its residence; None as well when a block
    /// of it began later, which takes two again. The account's row is held.
    pub(crate) async fn find_standing_lift(
        &self,
        tx: &mut Tx,
        account: AccountId,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let residence = find_residence(&mut *tx, account).await?;
        if self.is_blocked_by_residence((&mut *tx).into(), account, residence.as_deref()).await? {
            return Ok(None);
        }
        find_account_lift(tx, account).await
    }

    /// A lift that a later block has overtaken is in nobody's way who approves anew. The account's row is held.
    async fn forget_overtaken_lift(&self, tx: &mut Tx, account: AccountId) -> Result<(), StoreFault> {
        let standing = self.find_standing_lift(tx, account).await?;
        if standing.is_none() && find_account_lift(&mut *tx, account).await?.is_some() {
            forget_account_lift(tx, account).await?;
        }
        Ok(())
    }

    /// An account and who decides about it, the account first (lock order).
    async fn hold_both(
        &self,
        tx: &mut Tx,
        id: AccountId,
        staff: StaffId,
    ) -> Result<Result<(Account, Member), LiftRefused>, Fault> {
        let Some(account) = hold_account(tx, id).await? else {
            return Ok(Err(LiftRefused::NoAccount));
        };
        let Some(staff) = hold_decider(tx, staff).await? else { return Ok(Err(LiftRefused::NotStaff)) };
        if find_taken(&mut *tx, &staff.lookup).await? == Some(id) {
            return Ok(Err(LiftRefused::OwnAccount));
        }
        Ok(Ok((account, member_of(staff))))
    }

    /// A block was lifted for an account, or came back: its owner is told, and the engine.
    async fn block_changed(
        &self,
        tx: &mut Tx,
        account: &Account,
        lifted: bool,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.restrict_in(tx, account.id, now).await?;
        self.announce(tx, account, now, |freeze| Notice::AccountBlock { at: now, lifted, freeze }).await
    }
}

/// Locks the row of a member of staff who is enrolled and may decide about blocks; None for anybody else.
async fn hold_decider(tx: &mut Tx, staff: StaffId) -> Result<Option<StoredStaff>, StoreFault> {
    let held = hold_staff(tx, staff).await?;
    Ok(held.filter(|one| one.enrolled_at.is_some() && may(one.role, StaffAct::DecideBlock)))
}

fn member_of(staff: StoredStaff) -> Member {
    Member { id: staff.id, name: staff.name, role: staff.role }
}

fn lifted(lift: Lift) -> Result<Lifted, LiftRefused> {
    match lift {
        Lift::First => Ok(Lifted::Waiting),
        Lift::Lifted => Ok(Lifted::Lifted),
        Lift::SamePerson => Err(LiftRefused::SamePerson),
        Lift::NotBlocked => Err(LiftRefused::NotBlocked),
    }
}
