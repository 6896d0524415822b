//! Coming to the desk: by a passkey that verifies its holder, and by nothing else (entry rules 9).

use doorward_domain::audit::AuditKind;
use doorward_domain::id::StaffSessionId;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::staff::Member;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::passkey::spend_challenge;
use doorward_store::staff::{self as store, NewStaffSession};

use super::desk::{AtDesk, bound_network};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::visit::Visit;
use crate::webauthn::{Begun, Bound, Challenge};

/// Why somebody does not get to the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffSignInRefused {
    /// The passkey is not taken: unknown, removed, of somebody who left, or used in a wrong way. One answer for all.
    NotAccepted,
    /// The page was open for too long; it asks anew.
    Expired,
    /// Too many tries of this network.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
}

impl App {
    /// What the browser is asked at the desk's door; `None` where there can be no passkeys. Tells nothing about anybody.
    pub fn begin_staff_sign_in(&self, visit: &Visit) -> Option<Begun> {
        let challenge = Challenge::random(&*self.random);
        Some(self.desk_party()?.begin_assertion(&self.keys, &bound_to(visit), challenge, &[], self.now()))
    }

    /// Opens the desk to the holder of a passkey; gives the token of their stay. Earlier stays of theirs end.
    ///
    /// # Errors
    /// See [`StaffSignInRefused`].
    pub async fn sign_in_staff(
        &self,
        visit: &Visit,
        answer: &str,
    ) -> Result<Token, Failure<StaffSignInRefused>> {
        let now = self.now();
        if let Some(retry_at) = self.take_desk_limit(visit, now).await? {
            return Err(Failure::Refused(StaffSignInRefused::Throttled { retry_at }));
        }
        match self.judge_staff_passkey(visit, answer, now).await? {
            Ok(token) => Ok(token),
            Err(CeremonyRefused::Expired) => Err(Failure::Refused(StaffSignInRefused::Expired)),
            Err(why) => {
                tracing::warn!(why = why.name(), "a passkey was not accepted at the desk");
                Err(Failure::Refused(StaffSignInRefused::NotAccepted))
            }
        }
    }

    async fn judge_staff_passkey(
        &self,
        visit: &Visit,
        answer: &str,
        now: Timestamp,
    ) -> Result<Result<Token, CeremonyRefused>, Fault> {
        let Some(party) = self.desk_party() else { return Ok(Err(CeremonyRefused::NotBegun)) };
        let assertion = match party.open_assertion(&self.keys, &bound_to(visit), answer, now) {
            Ok(assertion) => assertion,
            Err(why) => return Ok(Err(why)),
        };
        let Some(key) = store::find_staff_passkey(&self.db, assertion.credential_id()).await? else {
            return Ok(Err(CeremonyRefused::WrongKey));
        };
        if assertion.user_handle() != Some(key.staff_id.as_uuid().as_bytes().as_slice()) {
            return Ok(Err(CeremonyRefused::WrongKey));
        }
        let stored = self.keys.open(Sealed::Staff, key.id.as_uuid().as_bytes(), &key.sealed);
        let stored = stored.ok_or_else(|| Fault::internal("opening a passkey of staff"))?;
        let counter = u32::try_from(key.counter).unwrap_or(u32::MAX);
        let used = match party.judge_assertion(&assertion, &stored, counter) {
            Ok(used) => used,
            Err(why) => return Ok(Err(why)),
        };
        let (app, visit, returned) = (self.clone(), visit.clone(), assertion.returned());
        let token = self.random.token();
        let (hash, id) = (token.hash(), StaffSessionId::from_parts(now, self.random.bytes()));
        let entered = self.db.write("coming to the desk", move |tx| {
            Box::pin(async move {
                let Some(staff) = store::hold_staff(tx, key.staff_id).await? else {
                    return Ok(Err(CeremonyRefused::WrongKey));
                };
                if !spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
                    return Ok(Err(CeremonyRefused::NotBegun));
                }
                if !store::use_staff_passkey(tx, key.id, key.counter, used.counter, now).await? {
                    return Ok(Err(CeremonyRefused::CounterWentBack));
                }
                let network = bound_network(visit.network);
                let new = NewStaffSession {
                    id,
                    staff_id: staff.id,
                    token_hash: &hash,
                    network: &network,
                    user_agent: &visit.user_agent,
                };
                if !store::record_staff_session(tx, &new, now).await? {
                    return Ok(Err(CeremonyRefused::WrongKey));
                }
                let member = Member { id: staff.id, name: staff.name, role: staff.role };
                let at = AtDesk { member, session: id, entered_here: Vec::new() };
                app.note(tx, Entry::of_house(AuditKind::StaffSignedIn).with(&at.trace()), now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        Ok(entered.await?.map(|()| token))
    }
}

fn bound_to(visit: &Visit) -> Bound {
    let browser = visit.browser.as_ref().map_or(&[][..], |browser| browser.as_bytes());
    Bound::to("staff sign-in", &[browser])
}
