//! Entering by a passkey: in place of password, human check and codes (entry rules 2).
//!
//! The options are sealed to the browser and written nowhere. Of the answer everything is judged before the write; the
//! write takes a place in the network's rate, spends the challenge and moves the key's counter. Whatever is wrong, the
//! visitor hears one refusal.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, DeviceId};
use doorward_domain::identifier::Identifier;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::return_path::ReturnPath;
use doorward_domain::sign_in::{SignIn, SignInRefused, SignInStep};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::{Token, TokenHash};
use doorward_store::Tx;
use doorward_store::account::hold_account;
use doorward_store::device::find_known_device;
use doorward_store::passkey::{StoredPasskey, find_passkey, spend_challenge, use_passkey};
use doorward_store::sign_in::find_sign_in;

use super::NextStep;
use super::attempt::{Attempt, Kept};
use crate::app::App;
use crate::audit::Entry;
use crate::factor::passkey::bound_to_browser;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::outcomes::SignInOutcome;
use crate::visit::Visit;
use crate::webauthn::{AssertionUse, Begun, Challenge, Returned};

const SIGN_IN: &str = "sign-in";

/// What a browser sent, judged as far as nothing is written for it.
struct Judged {
    /// The key that it names, if there is one, and what came of its signature.
    of_key: Option<(StoredPasskey, Result<AssertionUse, CeremonyRefused>)>,
    /// The challenge, where the answer could be read.
    returned: Option<Returned>,
    /// Who would enter, by what name and on which known device; read where the signature is right.
    entrant: Option<(Identifier, Option<DeviceId>)>,
}

/// What came of it.
enum Came {
    Next(Token, SignInStep),
    Refused(SignInRefused),
}

impl App {
    /// Begins a sign-in by passkey: the browser offers whichever it has, and nothing about anybody is told. Nothing is
    /// written. `None` where there are no passkeys, or the browser has no cookie.
    pub fn begin_passkey_sign_in(&self, visit: &Visit) -> Option<Begun> {
        let bound = bound_to_browser(SIGN_IN, visit)?;
        let challenge = Challenge::random(&*self.random);
        Some(self.relying_party()?.begin_assertion(&self.keys, &bound, challenge, &[], self.now()))
    }

    /// Goes on to the last page with what a passkey signed, or to the one that lifts a freeze. `return_to` is dropped unless it is plainly a path of ours.
    ///
    /// # Errors
    /// One refusal for everything that is wrong with the answer; too many tries of this network; or the account is
    /// frozen, which only its own passkey is told.
    pub async fn give_passkey(
        &self,
        visit: &Visit,
        answer: &str,
        return_to: Option<&str>,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let judged = self.judge_passkey(visit, answer, now).await?;
        let return_to = return_to.and_then(ReturnPath::parse).map(|path| path.as_str().to_owned());
        let (app, from) = (self.clone(), visit.clone());
        let came = self.db.write("entering by a passkey", move |tx| {
            Box::pin(async move { app.give_passkey_in(tx, &from, judged, return_to, now).await })
        });
        let came = came.await?;
        self.outbox.wake();
        match came {
            Came::Next(token, step) => {
                let cookie = self.seal_token(visit, &token).map_err(Failure::Refused)?;
                Ok(NextStep { cookie, step })
            }
            Came::Refused(refused) => {
                self.outcomes.count(SignInOutcome::of_refused(&refused));
                Err(Failure::Refused(refused))
            }
        }
    }

    async fn judge_passkey(&self, visit: &Visit, answer: &str, now: Timestamp) -> Result<Judged, Fault> {
        let nothing = Judged { of_key: None, returned: None, entrant: None };
        let (Some(party), Some(bound)) = (self.relying_party(), bound_to_browser(SIGN_IN, visit)) else {
            return Ok(nothing);
        };
        let Ok(assertion) = party.open_assertion(&self.keys, &bound, answer, now) else { return Ok(nothing) };
        let returned = Some(assertion.returned());
        let Some(stored) = find_passkey(&self.db, assertion.credential_id()).await? else {
            return Ok(Judged { returned, ..nothing });
        };
        let is_owners = assertion.user_handle() == Some(stored.account_id.as_uuid().as_bytes().as_slice());
        let judged = match is_owners && stored.disabled_at.is_none() {
            true => party.judge_assertion(&assertion, &self.open_passkey(&stored)?, stored.counter),
            false => Err(CeremonyRefused::WrongKey),
        };
        let entrant = match judged {
            Ok(_) => Some(self.entrant(visit, stored.account_id, now).await?),
            Err(_) => None,
        };
        Ok(Judged { of_key: Some((stored, judged)), returned, entrant })
    }

    async fn entrant(
        &self,
        visit: &Visit,
        account: AccountId,
        now: Timestamp,
    ) -> Result<(Identifier, Option<DeviceId>), Fault> {
        let identifier = self.first_identifier(&self.db, account).await?;
        let identifier = identifier.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let shown: Vec<TokenHash> =
            visit.device_tokens.iter().take(self.policy.device.per_browser).map(Token::hash).collect();
        let device = find_known_device(&self.db, account, &shown, now).await?;
        Ok((identifier, device.map(|device| device.id)))
    }

    async fn give_passkey_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        judged: Judged,
        return_to: Option<String>,
        now: Timestamp,
    ) -> Result<Came, Fault> {
        let account = match &judged.of_key {
            Some((stored, _)) => hold_account(tx, stored.account_id).await?,
            None => None,
        };
        let limits = Limits::new().network(self, visit, RateScope::SignInStart);
        if let Some(retry_at) = self.take_limits(tx, &limits, None, now).await? {
            return Ok(Came::Refused(SignInRefused::Throttled { retry_at }));
        }
        let refused = Ok(Came::Refused(SignInRefused::PasskeyRefused));
        let (Some(returned), Some((stored, signature)), Some(account)) =
            (judged.returned, judged.of_key, account)
        else {
            return refused;
        };
        if !spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
            return refused;
        }
        let used = match signature {
            Ok(used) => used,
            // Only the key itself can sign with an old count; anything else a stranger can make up.
            Err(CeremonyRefused::CounterWentBack) => {
                let why = CeremonyRefused::CounterWentBack;
                self.tell_of_refused_passkey(tx, visit, &account, &stored, why, now).await?;
                return refused;
            }
            Err(_) => return refused,
        };
        if !use_passkey(tx, stored.id, used.counter, used.backup_state, now).await? {
            return refused;
        }
        let Some(entrant) = judged.entrant else { return refused };
        self.begin_proved(tx, visit, &account, entrant, return_to, now).await
    }

    /// Stores the sign-in that only lacks its last click.
    async fn begin_proved(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        (identifier, device): (Identifier, Option<DeviceId>),
        return_to: Option<String>,
        now: Timestamp,
    ) -> Result<Came, Fault> {
        let may_unfreeze = self.owner_may_unfreeze(tx, Some(account)).await?;
        let known = device.is_some();
        let sign_in = match SignIn::begin_by_passkey(&self.policy, account, known, may_unfreeze, now) {
            Ok(sign_in) => sign_in,
            Err(refused) => {
                self.note(tx, Entry::of(AuditKind::FrozenKnock, account.id, visit.network), now).await?;
                return Ok(Came::Refused(refused));
            }
        };
        let mut kept = Kept::new(&identifier, return_to);
        kept.note_visit(visit);
        let lookup = self.lookup_of(&identifier);
        let signs = self.signs_of(visit, account.id, now).await?;
        // A passkey replaces the puzzle, so a strange country raises no rung; it is recorded and the owner is told.
        kept.reasons = signs.country_reasons().map(|reason| reason.name().to_owned()).collect();
        let attempt = Attempt { row: None, sign_in: sign_in.clone(), kept, lookup, device, signs };
        let token = self.save(tx, &attempt, &sign_in, true, now).await?;
        let token = token.ok_or_else(|| Fault::internal("a sign-in that could not begin"))?;
        if sign_in.step == SignInStep::Unfreeze {
            let row = find_sign_in(&mut *tx, &token.hash()).await?;
            let row = row.ok_or_else(|| Fault::internal("a sign-in that was just written"))?;
            self.send_unfreeze_code(tx, visit, account, &row, &attempt.kept, now).await?;
            self.note(tx, Entry::of(AuditKind::FrozenKnock, account.id, visit.network), now).await?;
        }
        Ok(Came::Next(token, sign_in.step))
    }
}
