//! The lost-factor case: from the page of a sign-in or reset that asks for a factor nobody has any more, through the
//! verified channel, a new authenticator app and the pictures, to staff, the wait, and one transaction (entry rules 5).
//!
//! Whoever opens it keeps it in one browser: its cookie changes with each step until the case is sent. Nothing of the
//! account changes before the end; a freeze, or any change of password or factor, ends it.

mod authenticator;
mod channel;
mod decide;
mod evidence;
mod inside;
mod open;
mod picture;
mod turn;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use doorward_domain::account::Account;
use doorward_domain::id::{AccountId, CaseId};
use doorward_domain::identifier::proof::LastProof;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::{Channel, Circumstances};
use doorward_domain::protection::{LOCK_DAYS_MAX, lock_delay};
use doorward_domain::support_case::{
    CaseEnd, CaseRefused, CaseStep, EvidenceKind, Identification, SupportCase, code_of_the_day, day_of,
};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::totp::TotpSecret;
use doorward_store::identifier::{StoredIdentifier, list_identifiers};
use doorward_store::protection::find_protection;
use doorward_store::support_case::{self as store, StoredCase};
use doorward_store::{StoreFault, Tx, identity as identity_store};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::keys::KeyedHash;
use crate::outbox::channel_of;
use crate::visit::Visit;

pub use decide::{CaseLine, CaseView, EvidenceLine, Picture, VoteLine};
pub use inside::RunningCase;
pub use picture::PICTURE_BYTES_MAX;

/// What the owner's page of a case may show.
#[derive(Debug, Clone)]
pub struct CaseStatus {
    /// What is next.
    pub step: CaseStep,
    /// Why it came to nothing.
    pub end: Option<CaseEnd>,
    /// Where the code of this step went, masked.
    pub sent_to_masked: String,
    /// How it went.
    pub channel: Channel,
    /// When another code may be sent; `None` when no further one is.
    pub resend_at: Option<Timestamp>,
    /// When the case is over unless it gets further.
    pub expires_at: Timestamp,
    /// When the new factor takes effect, once approved.
    pub effective_at: Option<Timestamp>,
    /// What the wait will be, or was.
    pub wait: Duration,
    /// How long nothing leaves the account afterwards.
    pub hold: Duration,
    /// Whether pictures are compared with an identity record.
    pub has_record: bool,
    /// What the holder writes on the note today.
    pub code_of_the_day: String,
    /// The pictures that lie there.
    pub pictures: Vec<EvidenceKind>,
    /// Members of staff who have approved so far.
    pub approvals: usize,
}

/// What the row of a case holds, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct CaseState {
    identifier_kind: String,
    identifier: String,
    /// The new app's secret; gone once it is in use or the case came to nothing.
    secret: Option<[u8; 20]>,
    /// The step of the code that confirmed it, spent by it.
    totp_step: Option<i64>,
    network: IpAddr,
    device: String,
}

impl CaseState {
    fn new(identifier: &Identifier, secret: [u8; 20], visit: &Visit) -> Self {
        Self {
            identifier_kind: identifier.kind().name().to_owned(),
            identifier: identifier.as_str().to_owned(),
            secret: Some(secret),
            totp_step: None,
            network: visit.network,
            device: visit.user_agent.clone(),
        }
    }

    fn identifier(&self) -> Result<Identifier, Fault> {
        let kind = IdentifierKind::from_name(&self.identifier_kind)
            .ok_or_else(|| Fault::internal("reading the kind of an identifier"))?;
        Ok(Identifier::restore(kind, self.identifier.clone()))
    }

    fn secret(&self) -> Result<TotpSecret, Fault> {
        let secret = self.secret.ok_or_else(|| Fault::internal("a case without its new secret"))?;
        Ok(TotpSecret::from_bytes(secret))
    }

    /// Where the case was opened, as later messages tell it.
    fn circumstances(&self, app: &App, at: Timestamp) -> Circumstances {
        let place = app.place_of(self.network);
        Circumstances { at, network: self.network, device: self.device.clone(), place }
    }
}

/// A case in progress, as its row says.
struct Open {
    row: StoredCase,
    state: CaseState,
}

impl App {
    /// What the owner's page shows, from the browser that opened the case: after its end as well.
    ///
    /// # Errors
    /// Refused when the cookie names no case.
    pub async fn show_case(&self, cookie: &str) -> Result<CaseStatus, Failure<CaseRefused>> {
        let row = self.find_own_case(cookie).await?;
        let state: CaseState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        let now = self.now();
        let case = if row.case.is_expired(now) { row.case.end(CaseEnd::Expired) } else { row.case.clone() };
        let first = state.identifier()?;
        let second = match (case.step, case.account) {
            (CaseStep::SecondChannel, Some(account)) => self.second_channel(account, first.kind()).await?,
            _ => None,
        };
        let sent_to = second.as_ref().unwrap_or(&first);
        let pictures = store::list_evidence(&self.db, row.id).await?;
        let votes = store::list_votes(&self.db, row.id).await?;
        let approvals = votes.iter().filter(|vote| vote.counts).count();
        Ok(CaseStatus {
            step: case.step,
            end: case.end,
            sent_to_masked: sent_to.masked(),
            channel: channel_of(sent_to),
            resend_at: self.resend_at(channel::of(row.id, case.step)).await?,
            expires_at: case.expires_at,
            effective_at: case.effective_at,
            wait: case.wait(&self.policy),
            hold: self.hold_after(&case),
            has_record: case.has_record,
            code_of_the_day: self.code_of_the_day(row.id, now),
            pictures: pictures.iter().map(|picture| picture.kind).collect(),
            approvals,
        })
    }

    /// How long nothing leaves the account once this case has done its work (entry rules 6).
    fn hold_after(&self, case: &SupportCase) -> Duration {
        if case.more_is_lost() {
            self.policy.hold.identifier_changed
        } else {
            self.policy.hold.factor_replaced_after_recovery
        }
    }

    /// What the holder of this case writes on the note on this day: keyed, so that nobody foresees it.
    pub(crate) fn code_of_the_day(&self, case: CaseId, now: Timestamp) -> String {
        let hash =
            self.keys.hash(KeyedHash::CaseDay, &[case.as_uuid().as_bytes(), &day_of(now).to_be_bytes()]);
        code_of_the_day(u64::from_be_bytes(*hash.first_chunk().expect("32 bytes hold 8")))
    }

    /// How long the account's own lock of its security settings delays what a case changes (entry rules 5).
    pub(crate) async fn settings_lock_delay(
        &self,
        tx: &mut Tx,
        account: AccountId,
    ) -> Result<Duration, StoreFault> {
        let protection = find_protection(tx, account).await?;
        let days = protection.and_then(|protection| protection.settings_lock_days);
        // A number that no page of ours takes locks for the longest time rather than not at all.
        let delay =
            days.map(|days| lock_delay(days).or_else(|| lock_delay(LOCK_DAYS_MAX)).unwrap_or_default());
        Ok(delay.unwrap_or_default())
    }

    /// Whose case this browser goes on with, once its channel is proved; None before, for everybody, and None when it is
    /// over: one that ended over wrong codes looks like one that never had an account.
    pub(crate) async fn account_of_proved_case(&self, cookie: &str) -> Result<Option<AccountId>, Fault> {
        match self.find_own_case(cookie).await {
            Ok(row) if row.case.is_open() && row.case.step != CaseStep::Channel => Ok(row.case.account),
            Ok(_) | Err(Failure::Refused(_)) => Ok(None),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    async fn find_own_case(&self, cookie: &str) -> Result<StoredCase, Failure<CaseRefused>> {
        let not_begun = || Failure::Refused(CaseRefused::NotBegun);
        let token = Token::parse(cookie).ok_or_else(not_begun)?;
        store::find_case(&self.db, &token.hash()).await?.ok_or_else(not_begun)
    }

    /// The case that this browser's cookie names, at this step.
    async fn open_case_at(&self, cookie: &str, step: CaseStep) -> Result<Open, Failure<CaseRefused>> {
        let row = self.find_own_case(cookie).await?;
        row.case.at(step, self.now()).map_err(Failure::Refused)?;
        let state = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        Ok(Open { row, state })
    }

    /// What could identify the owner besides the channel that is proved first.
    async fn identification(
        &self,
        tx: &mut Tx,
        account: AccountId,
        first: &Identifier,
    ) -> Result<Identification, Fault> {
        let record = identity_store::find_identity(&mut *tx, account).await?;
        let stored = list_identifiers(&mut *tx, account).await?;
        let second = self.independent_of(first.kind(), &stored)?;
        Ok(Identification { has_record: record.is_some(), has_second_channel: second.is_some() })
    }

    async fn second_channel(
        &self,
        account: AccountId,
        first: IdentifierKind,
    ) -> Result<Option<Identifier>, Fault> {
        self.independent_of(first, &list_identifiers(&self.db, account).await?)
    }

    /// A channel of another kind, which messages reach and which is still its owner's.
    fn independent_of(
        &self,
        first: IdentifierKind,
        stored: &[StoredIdentifier],
    ) -> Result<Option<Identifier>, Fault> {
        for other in stored.iter().filter(|other| other.kind != first && !self.is_number_stale(other)) {
            let identifier = self.open_identifier(other)?;
            if self.reaches(&identifier) {
                return Ok(Some(identifier));
            }
        }
        Ok(None)
    }

    /// Whether a stored identifier must be proved again before it counts (entry rules 5).
    pub(crate) fn is_number_stale(&self, stored: &StoredIdentifier) -> bool {
        let proved_at = stored.proved_at.or(stored.verified_at).unwrap_or(stored.created_at);
        let proof = LastProof { kind: stored.kind, proved_at, reassigned_at: stored.reassigned_at };
        proof.is_stale(&self.policy, self.now())
    }

    fn moved_case(token: &Token, step: CaseStep) -> Moved<CaseStep> {
        Moved { cookie: token.encode(), step }
    }

    /// Makes room for a case that has proved its channel: one that was not sent yet gives way, one that staff work on or
    /// that waits for its time does not. The account's row is held.
    async fn make_way(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Timestamp,
    ) -> Result<Result<(), CaseRefused>, Fault> {
        let Some(earlier) = store::find_open_case(&mut *tx, account.id).await? else { return Ok(Ok(())) };
        let expired = earlier.case.is_expired(now);
        if matches!(earlier.case.step, CaseStep::Decision | CaseStep::Waiting) && !expired {
            return Ok(Err(CaseRefused::AnotherCase));
        }
        let why = if expired { CaseEnd::Expired } else { CaseEnd::BegunAnew };
        self.end_case(tx, &earlier, account, why, None, now).await?;
        Ok(Ok(()))
    }

    /// Stores what came of a step: with a new token when it was passed, under the old one when not. The answer changes to
    /// *ended* when another request was faster.
    #[expect(clippy::too_many_arguments, reason = "from which state to which, under which token")]
    async fn settle_case(
        &self,
        tx: &mut Tx,
        row: &StoredCase,
        state: &CaseState,
        next: &SupportCase,
        answer: Result<CaseStep, CaseRefused>,
        token: &Token,
        now: Timestamp,
    ) -> Result<Result<CaseStep, CaseRefused>, Fault> {
        let hash = if answer.is_ok() { token.hash() } else { row.token_hash };
        let sealed = self.seal_flow_state(row.id.as_uuid(), state)?;
        let until = now.plus(self.policy.case.evidence_kept_for);
        let moved = store::move_case(tx, row, &hash, next, &sealed, until, now).await?;
        Ok(if moved { answer } else { Err(CaseRefused::Ended) })
    }
}
