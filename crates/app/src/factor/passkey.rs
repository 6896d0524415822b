//! A passkey as a factor: for one named action of a session, or inside a flow of a browser.
//!
//! A failure counts on the key's own counter, and only where a session or an earlier proof stands before it: a stranger
//! who knows a key's name cannot drive it to its limit. Its signature is no guess, so the counter is no lock.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::notice::Notice;
use doorward_domain::passkey::{CeremonyRefused, PasskeyNews};
use doorward_domain::sign_in::FactorJudgement;
use doorward_domain::step_up::{Factor, StepUpPurpose};
use doorward_domain::time::Timestamp;
use doorward_store::passkey::{
    StoredPasskey, count_passkey_failure, find_passkey, list_passkeys, spend_challenge, use_passkey,
};
use doorward_store::{StoreFault, Tx};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::keys::Sealed;
use crate::session_cache::Customer;
use crate::visit::Visit;
use crate::webauthn::{AssertionUse, Begun, Bound, Challenge};

/// A ceremony that belongs to a browser without a session: the sign-in itself, or the second factor of a flow.
pub(crate) fn bound_to_browser(purpose: &str, visit: &Visit) -> Option<Bound> {
    visit.browser.as_ref().map(|browser| Bound::to(purpose, &[browser.as_bytes()]))
}

/// A ceremony that proves one named action of one session.
pub(crate) fn bound_to_step_up(purpose: StepUpPurpose, customer: &Customer) -> Bound {
    let (session, account) = (customer.session.as_uuid(), customer.account.as_uuid());
    Bound::to("step-up", &[purpose.name().as_bytes(), session.as_bytes(), account.as_bytes()])
}

/// What ceremonies of a second factor inside a flow are bound to, besides the browser.
const FLOW: &str = "flow";

impl App {
    /// Begins a passkey as the second factor of a sign-in or a reset in this browser. Whether the account has one is
    /// not told: the browser offers what it has. `None` where there are no passkeys, or the browser has no cookie.
    pub fn begin_passkey_factor(&self, visit: &Visit) -> Option<Begun> {
        let bound = bound_to_browser(FLOW, visit)?;
        let challenge = Challenge::random(&*self.random);
        Some(self.relying_party()?.begin_assertion(&self.keys, &bound, challenge, &[], self.now()))
    }

    /// Begins a passkey as the proof of one named action; `None` when the customer has none that works.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_passkey_step_up(
        &self,
        customer: &Customer,
        purpose: StepUpPurpose,
    ) -> Result<Option<Begun>, Fault> {
        let Some(party) = self.relying_party() else { return Ok(None) };
        let keys = list_passkeys(&self.db, customer.account).await?;
        let usable = keys.into_iter().filter(|key| key.disabled_at.is_none() && key.rp_id == party.id());
        let allowed: Vec<Vec<u8>> = usable.map(|key| key.credential_id).collect();
        if allowed.is_empty() {
            return Ok(None);
        }
        let bound = bound_to_step_up(purpose, customer);
        let challenge = Challenge::random(&*self.random);
        Ok(Some(party.begin_assertion(&self.keys, &bound, challenge, &allowed, self.now())))
    }

    /// Tries what a passkey signed as a factor of this account, whose row the caller holds. The challenge is spent
    /// before anything is compared: one answer, one try.
    pub(crate) async fn try_passkey(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        answer: &str,
        bound: Option<&Bound>,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let wrong = |refused| Ok(FactorJudgement::WrongPasskey(refused));
        let (Some(party), Some(bound)) = (self.relying_party(), bound) else {
            return wrong(CeremonyRefused::NotBegun);
        };
        let assertion = match party.open_assertion(&self.keys, bound, answer, now) {
            Ok(assertion) => assertion,
            Err(refused) => return wrong(refused),
        };
        let returned = assertion.returned();
        if !spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
            return wrong(CeremonyRefused::NotBegun);
        }
        let stored = find_passkey(&mut *tx, assertion.credential_id()).await?;
        let Some(stored) = stored.filter(|stored| stored.account_id == account.id) else {
            self.note(tx, Entry::of(AuditKind::WrongFactor, account.id, visit.network), now).await?;
            return wrong(CeremonyRefused::WrongKey);
        };
        if stored.disabled_at.is_some() {
            return Ok(FactorJudgement::Disabled);
        }
        let judged = party.judge_assertion(&assertion, &self.open_passkey(&stored)?, stored.counter);
        self.settle_passkey(tx, visit, account, &stored, judged, now).await
    }

    /// Takes a judged answer: the counter moves by compare-and-set, or the failure is counted and told.
    pub(crate) async fn settle_passkey(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        stored: &StoredPasskey,
        judged: Result<AssertionUse, CeremonyRefused>,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let refused = match judged {
            Ok(used) if use_passkey(tx, stored.id, used.counter, used.backup_state, now).await? => {
                return Ok(FactorJudgement::Right(Factor::Passkey));
            }
            // Removed, disabled, or used with the same count at the same moment.
            Ok(_) => CeremonyRefused::NotBegun,
            Err(refused) => refused,
        };
        let disable_after = i64::from(self.policy.totp.disable_after);
        let counted = count_passkey_failure(tx, stored.id, disable_after, now).await?;
        self.tell_of_refused_passkey(tx, visit, account, stored, refused, now).await?;
        if counted.is_some_and(|counted| counted.disabled_at.is_some()) {
            self.note(tx, Entry::of(AuditKind::PasskeyDisabled, account.id, visit.network), now).await?;
            self.tell_passkey_news(tx, visit, account, PasskeyNews::Disabled, &stored.name, None, now)
                .await?;
        }
        Ok(FactorJudgement::WrongPasskey(refused))
    }

    /// Writes a refused answer into the record; of a counter that went back the owner is told too.
    pub(crate) async fn tell_of_refused_passkey(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        stored: &StoredPasskey,
        refused: CeremonyRefused,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let is_copy = refused == CeremonyRefused::CounterWentBack;
        let kind = if is_copy { AuditKind::PasskeyCounterWentBack } else { AuditKind::PasskeyRefused };
        let detail = (refused.name(), stored.id.to_string());
        self.note(tx, Entry::of(kind, account.id, visit.network).with(&detail), now).await?;
        if is_copy {
            let news = PasskeyNews::CounterWentBack;
            self.tell_passkey_news(tx, visit, account, news, &stored.name, None, now).await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what is told, about which key, to whom")]
    pub(crate) async fn tell_passkey_news(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        news: PasskeyNews,
        name: &str,
        hold_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (circumstances, name) = (self.circumstances(visit, now), name.to_owned());
        self.announce(tx, account, now, |freeze| Notice::Passkey {
            news,
            name,
            circumstances,
            hold_until,
            freeze,
        })
        .await
    }

    /// The key that a row holds.
    pub(crate) fn open_passkey(&self, stored: &StoredPasskey) -> Result<Vec<u8>, Fault> {
        let plain = self.keys.open(Sealed::Passkey, stored.id.as_uuid().as_bytes(), &stored.sealed);
        plain.map(|plain| plain.to_vec()).ok_or_else(|| Fault::internal("opening a passkey"))
    }

    /// The second factor of a flow that holds no session is bound to its browser.
    pub(crate) fn bound_to_flow(visit: &Visit) -> Option<Bound> {
        bound_to_browser(FLOW, visit)
    }

    /// The passkey that an answer names, if it is this account's; read before the write.
    pub(crate) async fn find_own_passkey(
        &self,
        credential_id: &[u8],
        account: doorward_domain::id::AccountId,
    ) -> Result<Option<StoredPasskey>, StoreFault> {
        let found = find_passkey(&self.db, credential_id).await?;
        Ok(found.filter(|stored| stored.account_id == account))
    }
}
