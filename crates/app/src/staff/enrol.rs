//! Enrolment: through the one-time link, two passkeys of listed models that cannot leave their devices (entry rules 9).

use doorward_domain::id::PasskeyId;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::staff::{Member, STAFF_PASSKEYS, StaffChange};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::StoreFault;
use doorward_store::passkey::spend_challenge;
use doorward_store::staff::{self as store, NewStaffPasskey};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::limits::Limits;
use crate::visit::Visit;
use crate::webauthn::{AttestationPolicy, Begun, Bound, NewCredential, Newcomer, Returned};

/// Why an enrolment goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolRefused {
    /// The link is unknown, used or too late, or its owner was removed.
    NoInvitation,
    /// The program names no authenticators, or its address is none that passkeys can be made for.
    NoAuthenticators,
    /// The passkey is not taken.
    Ceremony(CeremonyRefused),
    /// This authenticator is enrolled already.
    SameKey,
    /// Too many tries of this network.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
}

/// An enrolment under way: what its page shows and asks the browser.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Whose.
    pub member: Member,
    /// Passkeys that are enrolled so far.
    pub enrolled: usize,
    /// What the browser is asked.
    pub begun: Begun,
}

/// A passkey was enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// Another one is to follow.
    OneMore,
    /// Both are there: the link is used up and the desk is open to their owner.
    Done,
}

impl App {
    /// What the page behind an enrolment link shows. Changes nothing.
    ///
    /// # Errors
    /// See [`EnrolRefused`].
    pub async fn staff_enrolment(
        &self,
        visit: &Visit,
        link: &Token,
    ) -> Result<Enrolment, Failure<EnrolRefused>> {
        let refused = Failure::Refused;
        let now = self.now();
        let staff = store::find_invited(&self.db, &link.hash(), now).await?;
        let staff = staff.ok_or(refused(EnrolRefused::NoInvitation))?;
        let (Some(party), Some(models)) = (self.desk_party(), &self.desk.authenticators) else {
            return Err(refused(EnrolRefused::NoAuthenticators));
        };
        let keys = store::list_staff_passkeys(&self.db, staff.id).await?;
        let known: Vec<Vec<u8>> = keys.iter().map(|key| key.credential_id.clone()).collect();
        let handle = staff.id.as_uuid();
        let begun = party.begin_registration(
            &self.keys,
            &*self.random,
            &bound_to(visit, link),
            Newcomer { handle: handle.as_bytes(), name: &staff.name },
            &known,
            AttestationPolicy::Required(models),
            now,
        );
        let member = Member { id: staff.id, name: staff.name, role: staff.role };
        Ok(Enrolment { member, enrolled: known.len(), begun })
    }

    /// Takes a passkey that was made for an enrolment link; the second one ends the enrolment.
    ///
    /// # Errors
    /// See [`EnrolRefused`].
    pub async fn enrol_staff_passkey(
        &self,
        visit: &Visit,
        link: &Token,
        answer: &str,
    ) -> Result<Enrolled, Failure<EnrolRefused>> {
        let refused = Failure::Refused;
        let now = self.now();
        if let Some(retry_at) = self.take_desk_limit(visit, now).await? {
            return Err(refused(EnrolRefused::Throttled { retry_at }));
        }
        if store::find_invited(&self.db, &link.hash(), now).await?.is_none() {
            return Err(refused(EnrolRefused::NoInvitation));
        }
        let (Some(party), Some(models)) = (self.desk_party(), &self.desk.authenticators) else {
            return Err(refused(EnrolRefused::NoAuthenticators));
        };
        let policy = AttestationPolicy::Required(models);
        let (key, returned) = party
            .finish_registration(&self.keys, &bound_to(visit, link), answer, policy, now)
            .map_err(|why| refused(EnrolRefused::Ceremony(why)))?;
        let (app, link) = (self.clone(), link.clone());
        let write = self.db.write("enrolling a passkey of staff", move |tx| {
            Box::pin(async move { app.enrol_in(tx, &link, &key, returned, now).await })
        });
        let enrolled = write.await?.map_err(refused)?;
        self.outbox.wake();
        Ok(enrolled)
    }

    async fn enrol_in(
        &self,
        tx: &mut doorward_store::Tx,
        link: &Token,
        key: &NewCredential,
        returned: Returned,
        now: Timestamp,
    ) -> Result<Result<Enrolled, EnrolRefused>, Fault> {
        let Some(invited) = store::find_invited(&mut *tx, &link.hash(), now).await? else {
            return Ok(Err(EnrolRefused::NoInvitation));
        };
        // Two answers at the same moment come one after the other, and the link is looked at again behind the lock.
        let Some(staff) = store::hold_staff(tx, invited.id).await? else {
            return Ok(Err(EnrolRefused::NoInvitation));
        };
        if store::find_invited(&mut *tx, &link.hash(), now).await?.is_none() {
            return Ok(Err(EnrolRefused::NoInvitation));
        }
        if !spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
            return Ok(Err(EnrolRefused::Ceremony(CeremonyRefused::NotBegun)));
        }
        let id = PasskeyId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Staff, id.as_uuid().as_bytes(), &key.stored);
        let new = NewStaffPasskey {
            id,
            staff_id: staff.id,
            credential_id: &key.id,
            sealed: &sealed,
            aaguid: key.aaguid,
            counter: key.counter,
        };
        if !store::record_staff_passkey(tx, &new, now).await? {
            return Ok(Err(EnrolRefused::SameKey));
        }
        if store::list_staff_passkeys(&mut *tx, staff.id).await?.len() < STAFF_PASSKEYS {
            return Ok(Ok(Enrolled::OneMore));
        }
        if !store::finish_enrolment(tx, staff.id, &link.hash(), now).await? {
            return Err(Fault::internal("an enrolment ended although its owner is held"));
        }
        let who = (staff.id, staff.name.as_str(), staff.role);
        self.tell_staff(tx, StaffChange::Enrolled, who, now).await?;
        Ok(Ok(Enrolled::Done))
    }

    /// Takes one try at the desk's door from the visitor's network; `Some`: when to come back.
    pub(super) async fn take_desk_limit(
        &self,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        let (app, visit) = (self.clone(), visit.clone());
        let taken = self.db.write("counting a try at the desk's door", move |tx| {
            Box::pin(async move {
                let limits = Limits::new().network(&app, &visit, RateScope::SignInStart);
                app.take_limits(tx, &limits, None, now).await
            })
        });
        taken.await.map_err(|fault: StoreFault| Fault::from(fault))
    }
}

/// The browser in which the link was opened, and no other.
fn bound_to(visit: &Visit, link: &Token) -> Bound {
    let browser = visit.browser.as_ref().map_or(&[][..], |browser| browser.as_bytes());
    Bound::to("staff enrolment", &[link.hash().as_bytes(), browser])
}
