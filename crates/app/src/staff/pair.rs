//! What two members of staff do together: one asks with a reason, a colleague of the fitting role agrees or declines.

use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::staff::{About, PairAct, PairRefused, PairRequest, Role, StaffAct, parse_staff_text};
use doorward_domain::time::Timestamp;
use doorward_store::jurisdiction::hold_block;
use doorward_store::staff_work::{self as store, NewRequest, StoredRequest};
use doorward_store::{Tx, account};
use serde_json::Value;
use uuid::Uuid;

use super::desk::{AtDesk, DeskRefused};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::freeze::FrozenBy;

/// One line of what waits for a second colleague.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The request.
    pub id: Uuid,
    /// What it concerns.
    pub about: About,
    /// What is to be done.
    pub act: PairAct,
    /// Who asked.
    pub name: String,
    /// In which role.
    pub asked_as: Role,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: Timestamp,
    /// Until when somebody may agree.
    pub expires_at: Timestamp,
    /// Whether whoever looks at the list may agree.
    pub may_agree: bool,
    /// Whether whoever looks asked for it.
    pub is_own: bool,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The freeze is lifted.
    Done {
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
    },
    /// The block is lifted.
    BlockLifted,
    /// Declined, or taken back by whoever asked.
    Declined,
}

impl From<PairRefused> for DeskRefused {
    fn from(refused: PairRefused) -> Self {
        match refused {
            PairRefused::SamePerson => Self::SamePerson,
            PairRefused::WrongRoles => Self::WrongRoles,
            PairRefused::Expired => Self::NoRequest,
        }
    }
}

/// What came of something at the desk that can be refused.
type Outcome<T> = Result<Result<T, DeskRefused>, Fault>;

impl App {
    /// What waits for a second colleague, the oldest first.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn list_requests(&self, at: &AtDesk) -> Result<Vec<RequestLine>, Failure<DeskRefused>> {
        at.may(StaffAct::SeeRequests).map_err(Failure::Refused)?;
        let (now, own) = (self.now(), self.own_accounts(at).await?);
        let waiting = store::list_requests(&self.db, now).await?;
        let known = waiting.into_iter().filter_map(|request| Some((request.rules()?, request)));
        let lines = known.map(|(rules, request)| {
            let is_theirs = rules.about.account().is_some_and(|account| own.contains(&account));
            Ok(RequestLine {
                reason: self.open_staff_text(request.id, &request.sealed)?,
                is_own: request.asked_by == at.member.id,
                may_agree: rules.agree(&at.member, now).is_ok() && !is_theirs,
                id: request.id,
                about: rules.about,
                act: request.act,
                name: request.name,
                asked_as: request.asked_as,
                asked_at: request.asked_at,
                expires_at: request.expires_at,
            })
        });
        Ok(lines.collect::<Result<_, Fault>>()?)
    }

    /// Asks that a freeze by staff is lifted.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn ask_to_lift(
        &self,
        at: &AtDesk,
        id: AccountId,
        reason: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.ask_colleague(at, PairAct::LiftFreeze, About::Account(id), reason).await
    }

    /// Asks that a block by the rules of countries is lifted: of a row of the policy, or of one account.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn ask_to_lift_block(
        &self,
        at: &AtDesk,
        about: About,
        reason: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.ask_colleague(at, PairAct::LiftBlock, about, reason).await
    }

    async fn ask_colleague(
        &self,
        at: &AtDesk,
        act: PairAct,
        about: About,
        reason: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.may_about(at, act, about).await?;
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let rules = PairRequest {
            act,
            about,
            asked_by: at.member.id,
            asked_as: at.member.role,
            expires_at: now.plus(self.policy.staff.request_valid_for),
        };
        let asked = self.db.write("asking a second colleague", move |tx| {
            Box::pin(async move {
                if let Err(refused) = app.is_there_to_lift(tx, act, about, now).await? {
                    return Ok(Err(refused));
                }
                let (id, sealed) = app.seal_staff_text(&reason, now);
                if !store::record_request(tx, &NewRequest { id, rules: &rules, sealed: &sealed }, now).await?
                {
                    return Ok(Err(DeskRefused::AskedAlready));
                }
                app.note(tx, entry_of(asked_kind(act), about, at.trace()), now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        asked.await?.map_err(Failure::Refused)
    }

    /// Agrees to a request, which does it, or declines it. Whoever asked may take it back by declining.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn settle_request(
        &self,
        at: &AtDesk,
        request: &str,
        agrees: bool,
    ) -> Result<Settled, Failure<DeskRefused>> {
        let none = || Failure::Refused(DeskRefused::NoRequest);
        let id = Uuid::try_parse(request).map_err(|_| none())?;
        let found = store::find_request(&self.db, id).await?.and_then(|found| found.rules());
        let PairRequest { act, about, .. } = found.ok_or_else(none)?;
        self.may_about(at, act, about).await?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let settled = self.db.write("settling a request of staff", move |tx| {
            Box::pin(async move {
                // The account's row comes first, as everywhere; what was read before it is read again.
                let there = app.is_there_to_lift(tx, act, about, now).await?;
                let found = store::find_request(&mut *tx, id).await?;
                let Some((rules, request)) = found.and_then(|found| Some((found.rules()?, found))) else {
                    return Ok(Err(DeskRefused::NoRequest));
                };
                if !agrees {
                    return app.decline_in(tx, &at, &request, &rules, now).await;
                }
                if let Err(why) = rules.agree(&at.member, now) {
                    return Ok(Err(why.into()));
                }
                if let Err(refused) = there {
                    return Ok(Err(refused));
                }
                let by = (at.member.id, at.member.role);
                if !store::settle_request(tx, request.id, by, true, now).await? {
                    return Ok(Err(DeskRefused::NoRequest));
                }
                app.agree_in(tx, &at, &request, &rules, now).await
            })
        });
        let settled = settled.await.map_err(|fault: Fault| Failure::Fault(fault))?;
        self.outbox.wake();
        self.send_intents_soon().await;
        let settled = settled.map_err(Failure::Refused)?;
        if settled == Settled::BlockLifted {
            self.sync_blocks().await?;
        }
        Ok(settled)
    }

    /// Refuses what the role does not include, and everything at an account of their own.
    async fn may_about(&self, at: &AtDesk, act: PairAct, about: About) -> Result<(), Failure<DeskRefused>> {
        match about {
            About::Account(account) => self.may_at(at, act.act(), account).await,
            About::Row(_) => at.may(act.act()).map_err(Failure::Refused),
        }
    }

    /// Whether there is something to lift. Locks the account or the block that it concerns.
    async fn is_there_to_lift(&self, tx: &mut Tx, act: PairAct, about: About, now: Timestamp) -> Outcome<()> {
        let there = |holds: bool, why| if holds { Ok(()) } else { Err(why) };
        Ok(match (act, about) {
            (PairAct::LiftFreeze, About::Account(id)) => {
                there(is_frozen_by_staff(tx, id).await?, DeskRefused::NotFrozenByStaff)
            }
            (PairAct::LiftFreeze, About::Row(_)) => Err(DeskRefused::NotFrozenByStaff),
            (PairAct::LiftBlock, About::Account(id)) => match account::hold_account(tx, id).await? {
                None => Err(DeskRefused::NoAccount),
                Some(_) => there(self.find_standing_lift(tx, id).await?.is_none(), DeskRefused::NotBlocked),
            },
            (PairAct::LiftBlock, About::Row(row)) => {
                if self.jurisdictions.running().policy.blocks_row(row, now) {
                    return Ok(Err(DeskRefused::PolicyBlocks));
                }
                there(hold_block(tx, row).await?, DeskRefused::NotBlocked)
            }
        })
    }

    async fn decline_in(
        &self,
        tx: &mut Tx,
        at: &AtDesk,
        request: &StoredRequest,
        rules: &PairRequest,
        now: Timestamp,
    ) -> Outcome<Settled> {
        let by = (at.member.id, at.member.role);
        if !store::settle_request(tx, request.id, by, false, now).await? {
            return Ok(Err(DeskRefused::NoRequest));
        }
        self.note(tx, entry_of(declined_kind(rules.act), rules.about, at.trace()), now).await?;
        Ok(Ok(Settled::Declined))
    }

    /// Does what two agreed on; the request is settled.
    async fn agree_in(
        &self,
        tx: &mut Tx,
        at: &AtDesk,
        request: &StoredRequest,
        rules: &PairRequest,
        now: Timestamp,
    ) -> Outcome<Settled> {
        let both = [request.asked_by, at.member.id];
        let mut trace = at.trace();
        trace["with"] = Value::from(request.name.as_str());
        trace["with_id"] = Value::from(request.asked_by.to_string());
        let lifted = match (rules.act, rules.about) {
            (PairAct::LiftFreeze, About::Account(id)) => {
                return self.unfreeze_in(tx, id, both, &trace, now).await.map(Ok);
            }
            (PairAct::LiftFreeze, About::Row(_)) => false,
            (PairAct::LiftBlock, About::Account(id)) => {
                let held = account::find_account(&mut *tx, id).await?;
                let held = held.ok_or_else(|| Fault::internal("an account that is held and not there"))?;
                self.lift_account_in(tx, &held, both, now).await?
            }
            (PairAct::LiftBlock, About::Row(row)) => self.lift_row_in(tx, row, both, now).await?,
        };
        if !lifted {
            return Err(Fault::internal("a block that is held and was not lifted by two"));
        }
        trace["lifted"] = Value::from(true);
        self.note(tx, entry_of(AuditKind::StaffLiftedBlock, rules.about, trace), now).await?;
        Ok(Ok(Settled::BlockLifted))
    }

    async fn unfreeze_in(
        &self,
        tx: &mut Tx,
        id: AccountId,
        both: [StaffId; 2],
        trace: &Value,
        now: Timestamp,
    ) -> Result<Settled, Fault> {
        for staff in both {
            account::approve_unfreeze(tx, id, staff, now).await?;
        }
        if !account::unfreeze_by_two(tx, id).await? {
            return Err(Fault::internal("an account that is held lost its freeze"));
        }
        account::clear_unfreeze_approvals(tx, id).await?;
        let held = account::find_account(&mut *tx, id).await?;
        let held = held.ok_or_else(|| Fault::internal("an unfrozen account that is not there"))?;
        let entry = Entry::without_network(AuditKind::Unfrozen, id).with(trace);
        let hold_until = self.freeze_lifted(tx, &held, entry, now).await?.hold_until;
        Ok(Settled::Done { hold_until })
    }
}

const fn asked_kind(act: PairAct) -> AuditKind {
    match act {
        PairAct::LiftFreeze => AuditKind::StaffAskedToLift,
        PairAct::LiftBlock => AuditKind::StaffAskedToLiftBlock,
    }
}

const fn declined_kind(act: PairAct) -> AuditKind {
    match act {
        PairAct::LiftFreeze => AuditKind::StaffDeclinedToLift,
        PairAct::LiftBlock => AuditKind::StaffDeclinedToLiftBlock,
    }
}

/// An entry beside the account that it concerns, or of the house with the row.
fn entry_of(kind: AuditKind, about: About, mut trace: Value) -> Entry {
    match about {
        About::Account(account) => Entry::without_network(kind, account).with(&trace),
        About::Row(row) => {
            trace["row"] = Value::from(row.name());
            Entry::of_house(kind).with(&trace)
        }
    }
}

/// Locks the account, and says whether it is staff who froze it.
async fn is_frozen_by_staff(tx: &mut Tx, id: AccountId) -> Result<bool, Fault> {
    if account::hold_account(tx, id).await?.is_none() {
        return Ok(false);
    }
    let facts = account::find_account_facts(&mut *tx, id).await?;
    Ok(facts.and_then(|facts| facts.frozen_by).as_deref() == Some(FrozenBy::Staff.name()))
}
