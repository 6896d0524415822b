//! The desk: who stands at it, and what holds for everybody there.

use std::net::IpAddr;
use std::time::Duration;

use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, StaffSessionId};
use doorward_domain::staff::{APPROVERS_NEEDED, Member, Role, StaffAct, StaffSessionEnd, may};
use doorward_domain::throttle::NetworkKey;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::device::find_device;
use doorward_store::identifier::find_taken;
use doorward_store::staff::{self as store, StoredStaffSession};
use doorward_store::{StoreFault, staff_work};
use serde_json::{Value, json};

use crate::app::{App, Site};
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::webauthn::{RelyingParty, TrustedModels};

/// How often a stay's last request is written down.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// What the program sets up for the desk.
#[derive(Debug, Clone, Default)]
pub struct DeskSetup {
    /// The authenticators that staff may enrol; without any, nobody can.
    pub authenticators: Option<TrustedModels>,
    /// Scheme and host of the desk where it has a listener of its own; `None`: the site's.
    pub url: Option<String>,
}

/// A member of staff at the desk: proof that they signed in, as every act there takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtDesk {
    /// Who, with the role they have now.
    pub member: Member,
    /// Their stay.
    pub session: StaffSessionId,
    /// Accounts that know the browser they work in as a device of theirs: see [`App::in_this_browser`].
    pub entered_here: Vec<AccountId>,
}

/// A session at the desk opens nothing, or nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffSessionEnded;

/// Why an act at the desk is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskRefused {
    /// The role does not include it.
    Role {
        /// What was tried.
        act: StaffAct,
    },
    /// It is an account of their own.
    OwnAccount,
    /// No such account; at a look-up, for this very identifier.
    NoAccount,
    /// The reason or note is missing, too long, or holds control characters.
    Text,
    /// It is frozen already.
    FrozenAlready,
    /// It is not frozen by staff: its owner lifts it.
    NotFrozenByStaff,
    /// Somebody has asked for the same already.
    AskedAlready,
    /// Nobody asks for it any more: settled, too old, or its asker left or changed role.
    NoRequest,
    /// They asked for it themselves.
    SamePerson,
    /// The two roles may not do it together.
    WrongRoles,
    /// The policy of countries in force still blocks it.
    PolicyBlocks,
    /// Nothing is blocked there, or it was lifted before.
    NotBlocked,
    /// The account was not let out of a block.
    NotLetOut,
    /// They have looked up too many accounts.
    Throttled {
        /// When the next look-up is taken.
        retry_at: Timestamp,
    },
}

/// What everybody at the desk must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskState {
    /// Approvers who have enrolled.
    pub approvers: usize,
    /// Whether the program names authenticators to enrol.
    pub has_authenticators: bool,
}

impl DeskState {
    /// Whether cases can be decided: two approvers at least (entry rules 9).
    pub const fn cases_open(self) -> bool {
        self.approvers >= APPROVERS_NEEDED
    }
}

impl AtDesk {
    /// Refuses what the role does not include.
    ///
    /// # Errors
    /// [`DeskRefused::Role`].
    pub const fn may(&self, act: StaffAct) -> Result<(), DeskRefused> {
        if may(self.member.role, act) { Ok(()) } else { Err(DeskRefused::Role { act }) }
    }

    /// Who acted, for the record: the name is what the owner reads.
    pub(super) fn trace(&self) -> Value {
        trace_of(&self.member)
    }
}

impl App {
    /// Scheme and host of the desk.
    pub fn desk_url(&self) -> &str {
        self.desk.url.as_deref().unwrap_or(&self.site.public_url)
    }

    /// The desk as authenticators know it; `None` where there can be no passkeys.
    pub(super) fn desk_party(&self) -> Option<RelyingParty> {
        RelyingParty::of(&Site { name: self.site.name.clone(), public_url: self.desk_url().to_owned() })
    }

    /// What everybody at the desk must know.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn desk_state(&self) -> Result<DeskState, Fault> {
        let staff = store::list_staff(&self.db).await?;
        let approves = |one: &&store::StoredStaff| one.role == Role::Approver && one.enrolled_at.is_some();
        Ok(DeskState {
            approvers: staff.iter().filter(approves).count(),
            has_authenticators: self.desk.authenticators.is_some(),
        })
    }

    /// Who stands at the desk with this token. Always asked from the database, so that a removal or another role counts
    /// at once. A stay is bound to its network: a token that shows up elsewhere ends it.
    ///
    /// # Errors
    /// The stay opens nothing any more; or the database does not answer.
    pub async fn authenticate_staff(
        &self,
        token: &Token,
        network: IpAddr,
    ) -> Result<AtDesk, Failure<StaffSessionEnded>> {
        let ended = || Failure::Refused(StaffSessionEnded);
        let stored = store::find_staff_session(&self.db, &token.hash()).await?.ok_or_else(ended)?;
        let (policy, now) = (&self.policy.staff, self.now());
        if now >= stored.created_at.plus(policy.absolute_for)
            || now >= stored.last_seen_at.plus(policy.idle_for)
        {
            return Err(ended());
        }
        let StoredStaffSession { id, staff_id, name, role, network: bound, last_seen_at, .. } = stored;
        if bound != bound_network(network) {
            let app = self.clone();
            let mut trace = trace_of(&Member { id: staff_id, name, role });
            trace["why"] = StaffSessionEnd::Moved.name().into();
            let end = self.db.write("ending a stay at the desk that moved", move |tx| {
                Box::pin(async move {
                    if store::end_staff_session(tx, id, StaffSessionEnd::Moved, now).await? {
                        let entry = Entry::of_house(AuditKind::StaffSignedOut).with(&trace);
                        app.note(tx, entry, now).await?;
                    }
                    Ok(())
                })
            });
            end.await.map_err(|fault: StoreFault| Fault::from(fault))?;
            tracing::warn!(session = %id, "a session of staff was used from another network and has ended");
            return Err(ended());
        }
        if now.since(last_seen_at) >= SEEN_EVERY {
            let touch = self.db.write("noting a request at the desk", move |tx| {
                Box::pin(async move { store::touch_staff_session(tx, id, now).await })
            });
            touch.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        }
        let member = Member { id: staff_id, name, role };
        Ok(AtDesk { member, session: id, entered_here: Vec::new() })
    }

    /// The same with what their browser tells: an account that was entered in it lately, by these tokens of its devices,
    /// counts as their own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn in_this_browser(&self, at: AtDesk, device_tokens: &[Token]) -> Result<AtDesk, Fault> {
        let (now, mut entered_here) = (self.now(), at.entered_here);
        for token in device_tokens.iter().take(self.policy.device.per_browser) {
            let device = find_device(&self.db, &token.hash(), now).await?;
            entered_here.extend(device.map(|device| device.account_id));
        }
        Ok(AtDesk { entered_here, ..at })
    }

    /// The accounts that a member of staff has as a customer: found by the same address, which an account keeps for a
    /// while after it has changed it, or entered in the browser they work in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn own_accounts(&self, at: &AtDesk) -> Result<Vec<AccountId>, Fault> {
        let mut own = at.entered_here.clone();
        if let Some(staff) = store::find_staff(&self.db, at.member.id).await? {
            own.extend(find_taken(&self.db, &staff.lookup).await?);
        }
        Ok(own)
    }

    /// Refuses what the role does not include, and everything at an account of their own.
    pub(super) async fn may_at(
        &self,
        at: &AtDesk,
        act: StaffAct,
        account: AccountId,
    ) -> Result<(), Failure<DeskRefused>> {
        at.may(act).map_err(Failure::Refused)?;
        if self.own_accounts(at).await?.contains(&account) {
            return Err(Failure::Refused(DeskRefused::OwnAccount));
        }
        Ok(())
    }

    /// Leaves the desk.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn leave_desk(&self, at: &AtDesk) -> Result<(), Fault> {
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let write = self.db.write("leaving the desk", move |tx| {
            Box::pin(async move {
                if store::end_staff_session(tx, at.session, StaffSessionEnd::SignedOut, now).await? {
                    let entry = Entry::of_house(AuditKind::StaffSignedOut);
                    app.note(tx, entry.with(&at.trace()), now).await?;
                }
                Ok(())
            })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))
    }

    /// What waits beside an account, if something does: asked for by whom.
    pub(super) async fn waiting_at(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<staff_work::StoredRequest>, Fault> {
        let waiting = staff_work::list_requests(&self.db, now).await?;
        Ok(waiting.into_iter().filter(|request| request.account_id == Some(account)).collect())
    }
}

/// Who acted, for the record.
pub(crate) fn trace_of(member: &Member) -> Value {
    json!({ "staff": member.name, "staff_id": member.id.to_string() })
}

/// What a stay is bound to: an IPv4 address, or an IPv6 /64.
pub(super) fn bound_network(network: IpAddr) -> String {
    NetworkKey::of(network).to_string()
}
