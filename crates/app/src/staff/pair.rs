//! What two members of staff do together: one asks with a reason, a colleague of the fitting role agrees or declines.

use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::staff::{PairAct, PairRefused, PairRequest, Role, StaffAct, parse_staff_text};
use doorward_domain::time::Timestamp;
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
    /// Which account.
    pub account: AccountId,
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
    /// Done.
    Done {
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
    },
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

impl App {
    /// What waits for a second colleague, the oldest first.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn list_requests(&self, at: &AtDesk) -> Result<Vec<RequestLine>, Failure<DeskRefused>> {
        at.may(StaffAct::SeeRequests).map_err(Failure::Refused)?;
        let (now, own) = (self.now(), self.own_accounts(at).await?);
        let waiting = store::list_requests(&self.db, now).await?;
        let lines = waiting.into_iter().map(|request| {
            let may_agree =
                request.rules().agree(&at.member, now).is_ok() && !own.contains(&request.account_id);
            Ok(RequestLine {
                reason: self.open_staff_text(request.id, &request.sealed)?,
                is_own: request.asked_by == at.member.id,
                may_agree,
                id: request.id,
                account: request.account_id,
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
        self.may_at(at, StaffAct::LiftFreeze, id).await?;
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let expires_at = now.plus(self.policy.staff.request_valid_for);
        let asked = self.db.write("asking to lift a freeze", move |tx| {
            Box::pin(async move {
                if !is_frozen_by_staff(tx, id).await? {
                    return Ok(Err(DeskRefused::NotFrozenByStaff));
                }
                let rules = PairRequest {
                    act: PairAct::LiftFreeze,
                    account: id,
                    asked_by: at.member.id,
                    asked_as: at.member.role,
                    expires_at,
                };
                let (row, sealed) = app.seal_staff_text(&reason, now);
                if !store::record_request(tx, &NewRequest { id: row, rules: &rules, sealed: &sealed }, now)
                    .await?
                {
                    return Ok(Err(DeskRefused::AskedAlready));
                }
                let entry = Entry::without_network(AuditKind::StaffAskedToLift, id);
                app.note(tx, entry.with(&at.trace()), now).await?;
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
        let request = Uuid::try_parse(request).map_err(|_| none())?;
        let found = store::find_request(&self.db, request).await?.ok_or_else(none)?;
        self.may_at(at, StaffAct::LiftFreeze, found.account_id).await?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let settled = self.db.write("settling a request of staff", move |tx| {
            Box::pin(async move {
                // The account's row comes first, as everywhere; what was read before it is read again.
                let is_frozen = is_frozen_by_staff(tx, found.account_id).await?;
                let Some(request) = store::find_request(&mut *tx, request).await? else {
                    return Ok(Err(DeskRefused::NoRequest));
                };
                if !agrees {
                    return app.decline_in(tx, &at, &request, now).await;
                }
                if let Err(why) = request.rules().agree(&at.member, now) {
                    return Ok(Err(why.into()));
                }
                if !is_frozen {
                    return Ok(Err(DeskRefused::NotFrozenByStaff));
                }
                app.agree_in(tx, &at, &request, now).await
            })
        });
        let settled = settled.await.map_err(|fault: Fault| Failure::Fault(fault))?;
        self.outbox.wake();
        self.send_intents_soon().await;
        settled.map_err(Failure::Refused)
    }

    async fn decline_in(
        &self,
        tx: &mut Tx,
        at: &AtDesk,
        request: &StoredRequest,
        now: Timestamp,
    ) -> Result<Result<Settled, DeskRefused>, Fault> {
        if !store::settle_request(tx, request.id, at.member.id, false, now).await? {
            return Ok(Err(DeskRefused::NoRequest));
        }
        let entry = Entry::without_network(AuditKind::StaffDeclinedToLift, request.account_id);
        self.note(tx, entry.with(&at.trace()), now).await?;
        Ok(Ok(Settled::Declined))
    }

    async fn agree_in(
        &self,
        tx: &mut Tx,
        at: &AtDesk,
        request: &StoredRequest,
        now: Timestamp,
    ) -> Result<Result<Settled, DeskRefused>, Fault> {
        if !store::settle_request(tx, request.id, at.member.id, true, now).await? {
            return Ok(Err(DeskRefused::NoRequest));
        }
        let id = request.account_id;
        for staff in [request.asked_by, at.member.id] {
            account::approve_unfreeze(tx, id, staff, now).await?;
        }
        if !account::unfreeze_by_two(tx, id).await? {
            return Err(Fault::internal("an account that is held lost its freeze"));
        }
        account::clear_unfreeze_approvals(tx, id).await?;
        let mut trace = at.trace();
        trace["with"] = Value::from(request.name.as_str());
        trace["with_id"] = Value::from(request.asked_by.to_string());
        let held = account::find_account(&mut *tx, id).await?;
        let held = held.ok_or_else(|| Fault::internal("an unfrozen account that is not there"))?;
        let entry = Entry::without_network(AuditKind::Unfrozen, id).with(&trace);
        let hold_until = self.freeze_lifted(tx, &held, entry, now).await?.hold_until;
        Ok(Ok(Settled::Done { hold_until }))
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
