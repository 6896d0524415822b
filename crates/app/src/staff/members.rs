//! Who works here: added, given another role, invited anew and removed at the machine itself, never through the web;
//! all staff are told of each (entry rules 9).

use doorward_domain::audit::AuditKind;
use doorward_domain::id::StaffId;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::language::Language;
use doorward_domain::notice::Notice;
use doorward_domain::staff::{Role, StaffChange, StaffSessionEnd, parse_staff_name};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::Tx;
use doorward_store::staff::{self as store, NewStaff, StoredStaff};
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;

/// Why a change of staff is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffChangeRefused {
    /// A name is 1 to 64 letters, digits, spaces and `.-'`.
    Name,
    /// No mail address.
    Mail,
    /// The name was used before, or the address is a colleague's.
    Taken,
    /// Nobody of this name works here.
    NoStaff,
    /// It is their role already.
    SameRole,
}

/// A link to enrol, shown once to whoever asked at the machine.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The token of the link.
    pub token: Token,
    /// Until when it opens.
    pub expires_at: Timestamp,
}

/// One line of the list of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffLine {
    /// Their id.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their mail address, masked.
    pub mail_masked: String,
    /// When they were added.
    pub created_at: Timestamp,
    /// When both passkeys were enrolled.
    pub enrolled_at: Option<Timestamp>,
}

impl App {
    /// Adds a member of staff and gives the link by which they enrol.
    ///
    /// # Errors
    /// See [`StaffChangeRefused`].
    pub async fn add_staff(
        &self,
        name: &str,
        mail: &str,
        role: Role,
        language: Language,
    ) -> Result<Invitation, Failure<StaffChangeRefused>> {
        let refused = Failure::Refused;
        let name = parse_staff_name(name).ok_or(refused(StaffChangeRefused::Name))?;
        let mail = Identifier::parse(mail, None).ok().filter(|it| it.kind() == IdentifierKind::Email);
        let mail = mail.ok_or(refused(StaffChangeRefused::Mail))?;
        let (app, now) = (self.clone(), self.now());
        let id = StaffId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Staff, id.as_uuid().as_bytes(), mail.as_str().as_bytes());
        let (lookup, invitation) = (self.lookup_of(&mail), self.new_invitation(now));
        let hash = invitation.token.hash();
        let write = self.db.write("adding a member of staff", move |tx| {
            Box::pin(async move {
                let new = NewStaff { id, name: &name, lookup: &lookup, sealed: &sealed, role, language };
                if !store::record_staff(tx, &new, now).await? {
                    return Ok(false);
                }
                store::invite_staff(tx, id, &hash, invitation.expires_at, now).await?;
                app.tell_staff(tx, StaffChange::Added, (id, &name, role), now).await?;
                Ok::<_, Fault>(true)
            })
        });
        if !write.await? {
            return Err(refused(StaffChangeRefused::Taken));
        }
        self.outbox.wake();
        Ok(invitation)
    }

    /// Gives a member a new link; the passkeys and sessions they had open nothing any more.
    ///
    /// # Errors
    /// See [`StaffChangeRefused`].
    pub async fn invite_staff_anew(&self, name: &str) -> Result<Invitation, Failure<StaffChangeRefused>> {
        let now = self.now();
        let invitation = self.new_invitation(now);
        let (hash, expires_at) = (invitation.token.hash(), invitation.expires_at);
        self.change_staff(name, StaffChange::InvitedAnew, move |tx, app, staff| {
            Box::pin(async move {
                store::invite_staff(tx, staff.id, &hash, expires_at, now).await?;
                store::end_staff_sessions(tx, staff.id, StaffSessionEnd::InvitedAnew, now).await?;
                let who = (staff.id, staff.name.as_str(), staff.role);
                app.tell_staff(tx, StaffChange::InvitedAnew, who, now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
        Ok(invitation)
    }

    /// Gives a member another role; their session ends.
    ///
    /// # Errors
    /// See [`StaffChangeRefused`].
    pub async fn change_staff_role(&self, name: &str, role: Role) -> Result<(), Failure<StaffChangeRefused>> {
        let now = self.now();
        self.change_staff(name, StaffChange::RoleChanged, move |tx, app, staff| {
            Box::pin(async move {
                if !store::set_staff_role(tx, staff.id, role).await? {
                    return Ok(Err(StaffChangeRefused::SameRole));
                }
                store::end_staff_sessions(tx, staff.id, StaffSessionEnd::RoleChanged, now).await?;
                app.tell_staff(tx, StaffChange::RoleChanged, (staff.id, &staff.name, role), now).await?;
                Ok(Ok(()))
            })
        })
        .await
    }

    /// Removes a member: session, passkeys and links end. The name stays with what they did.
    ///
    /// # Errors
    /// See [`StaffChangeRefused`].
    pub async fn remove_staff(&self, name: &str) -> Result<(), Failure<StaffChangeRefused>> {
        let now = self.now();
        self.change_staff(name, StaffChange::Removed, move |tx, app, staff| {
            Box::pin(async move {
                // Told first, so that whoever goes is told as well.
                let who = (staff.id, staff.name.as_str(), staff.role);
                app.tell_staff(tx, StaffChange::Removed, who, now).await?;
                store::remove_staff(tx, staff.id, now).await?;
                store::end_staff_keys(tx, staff.id, now).await?;
                store::end_staff_sessions(tx, staff.id, StaffSessionEnd::Removed, now).await?;
                Ok(Ok(()))
            })
        })
        .await
    }

    /// Everybody who works here, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_staff(&self) -> Result<Vec<StaffLine>, Fault> {
        let staff = store::list_staff(&self.db).await?;
        staff
            .into_iter()
            .map(|one| {
                Ok(StaffLine {
                    mail_masked: self.open_staff_mail(&one)?.masked(),
                    id: one.id,
                    name: one.name,
                    role: one.role,
                    created_at: one.created_at,
                    enrolled_at: one.enrolled_at,
                })
            })
            .collect()
    }

    fn new_invitation(&self, now: Timestamp) -> Invitation {
        Invitation {
            token: self.random.token(),
            expires_at: now.plus(self.policy.staff.invitation_valid_for),
        }
    }

    /// Changes a member whose row is held meanwhile.
    async fn change_staff<F>(
        &self,
        name: &str,
        change: StaffChange,
        work: F,
    ) -> Result<(), Failure<StaffChangeRefused>>
    where
        F: for<'t> FnOnce(
                &'t mut Tx,
                Self,
                StoredStaff,
            ) -> doorward_store::Work<'t, Result<(), StaffChangeRefused>, Fault>
            + Send
            + 'static,
    {
        let (app, name) = (self.clone(), name.trim().to_owned());
        let done = self.db.write("changing a member of staff", move |tx| {
            Box::pin(async move {
                match store::hold_staff_by_name(tx, &name).await? {
                    Some(staff) => work(tx, app, staff).await,
                    None => Ok(Err(StaffChangeRefused::NoStaff)),
                }
            })
        });
        done.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        tracing::info!(change = change.name(), "a member of staff was changed at the machine");
        Ok(())
    }

    /// Writes a change of staff into the record, and tells everybody who works here.
    pub(super) async fn tell_staff(
        &self,
        tx: &mut Tx,
        change: StaffChange,
        (id, name, role): (StaffId, &str, Role),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let kind = match change {
            StaffChange::Added => AuditKind::StaffAdded,
            StaffChange::InvitedAnew => AuditKind::StaffInvitedAnew,
            StaffChange::Enrolled => AuditKind::StaffEnrolled,
            StaffChange::RoleChanged => AuditKind::StaffRoleChanged,
            StaffChange::Removed => AuditKind::StaffRemoved,
        };
        let detail = json!({ "staff": name, "staff_id": id.to_string(), "role": role.name() });
        self.note(tx, Entry::of_house(kind).with(&detail), now).await?;
        let notice = Notice::StaffChanged { change, name: name.to_owned(), role, at: now };
        for colleague in store::list_staff(&mut *tx).await? {
            let to = self.open_staff_mail(&colleague)?;
            self.outgoing(None, &to, colleague.language, &notice, now).put(tx, now).await?;
        }
        Ok(())
    }

    fn open_staff_mail(&self, staff: &StoredStaff) -> Result<Identifier, Fault> {
        let plain = self.keys.open(Sealed::Staff, staff.id.as_uuid().as_bytes(), &staff.sealed);
        let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
        let text = text.ok_or_else(|| Fault::internal("opening a mail address of staff"))?;
        Ok(Identifier::restore(IdentifierKind::Email, text))
    }
}
