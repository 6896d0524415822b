//! The opening: after the password, where a code goes to the channel first, or after the reset link, which has proved it.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, CaseId};
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::Notice;
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::support_case::{CaseRefused, CaseStep, SupportCase};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_store::identifier::find_identifier;
use doorward_store::{Tx, account as account_store, code as code_store, support_case as store};

use super::{CaseState, channel};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::limits::Limits;
use crate::visit::Visit;

impl App {
    /// Opens a case after the password. `owner` is the account whose password matched; without one everything looks the
    /// same, and the code that is asked for goes nowhere. A number that must be proved again first is no proof.
    pub(crate) async fn open_case_after_password(
        &self,
        visit: &Visit,
        identifier: &Identifier,
        owner: Option<Account>,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let (now, lookup, token) = (self.now(), self.lookup_of(identifier), self.random.token());
        let stale =
            find_identifier(&self.db, &lookup).await?.is_some_and(|stored| self.is_number_stale(&stored));
        let owner = owner.filter(|_| !stale && self.reaches(identifier));
        let id = CaseId::from_parts(now, self.random.bytes());
        let state = CaseState::new(identifier, self.random.bytes(), visit);
        let sealed = self.seal_flow_state(id.as_uuid(), &state)?;
        let code = OneTimeCode::from_random(self.random.number());
        let circumstances = self.circumstances(visit, now);
        let case = SupportCase::begin(&self.policy, owner.as_ref(), now);
        let notice = Notice::Code { purpose: channel::purpose(case.opened_by), code, circumstances };
        let of = channel::of(id, CaseStep::Channel);
        let (message, hash) = match &owner {
            Some(owner) => (
                self.outgoing(Some(owner.id), identifier, owner.language, &notice, now),
                self.code_hash(of, code),
            ),
            None => (self.outgoing_decoy(identifier, visit.language, &notice, now), self.random.bytes()),
        };
        let limits = Limits::new()
            .network(self, visit, RateScope::Reset)
            .network(self, visit, RateScope::CodeSent)
            .anonymous_code(self, &lookup);
        let (app, to, hash_of_token) = (self.clone(), identifier.clone(), token.hash());
        let throttled = self.db.write("opening a case after the password", move |tx| {
            Box::pin(async move {
                if let Some(retry_at) = app.take_limits(tx, &limits, Some(&to), now).await? {
                    return Ok(Some(retry_at));
                }
                store::record_case(tx, id, &hash_of_token, &lookup, &case, &sealed, now).await?;
                let first = CodeState::first(&app.policy.codes, now);
                code_store::record_code(tx, channel::of(id, CaseStep::Channel), &hash, &first).await?;
                message.put(tx, now).await?;
                Ok::<_, Fault>(None)
            })
        });
        if let Some(retry_at) = throttled.await? {
            return Err(Failure::Refused(CaseRefused::Throttled { retry_at }));
        }
        self.outbox.wake();
        Ok(Self::moved_case(&token, CaseStep::Channel))
    }

    /// Opens a case inside the write of a reset whose channel is proved.
    pub(crate) async fn open_case_after_reset(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: AccountId,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<Result<Moved<CaseStep>, CaseRefused>, Fault> {
        let Some(account) = account_store::hold_account(tx, account).await? else {
            return Ok(Err(CaseRefused::CredentialsChanged));
        };
        let known = self.identification(tx, account.id, identifier).await?;
        let outcome = SupportCase::begin_after_reset(&self.policy, &account, known, now);
        let step = match outcome.answer {
            Ok(step) => step,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = self.make_way(tx, &account, now).await? {
            return Ok(Err(refused));
        }
        let (id, token) = (CaseId::from_parts(now, self.random.bytes()), self.random.token());
        let state = CaseState::new(identifier, self.random.bytes(), visit);
        let sealed = self.seal_flow_state(id.as_uuid(), &state)?;
        let lookup = self.lookup_of(identifier);
        store::record_case(tx, id, &token.hash(), &lookup, &outcome.case, &sealed, now).await?;
        if step == CaseStep::SecondChannel
            && let Err(refused) = self.send_second_code(tx, visit, id, &account, identifier, now).await?
        {
            return Ok(Err(refused));
        }
        self.note(tx, Entry::of(AuditKind::CaseOpened, account.id, visit.network), now).await?;
        Ok(Ok(Self::moved_case(&token, step)))
    }
}
