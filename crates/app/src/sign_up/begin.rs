//! The first step: an identifier and a human check. Whether it is taken makes no difference that a visitor can see.

use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, SignUpId, TotpId};
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::sign_up::{SignUp, SignUpRefused, SignUpStep};
use doorward_domain::throttle::RateScope;
use doorward_store::account::find_account_by_identifier;
use doorward_store::identifier::find_taken;
use doorward_store::{StoreFault, code as code_store, sign_up as store};

use super::{SignUpState, code};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::Failure;
use crate::flow::Moved;
use crate::human_check::{HumanAnswer, HumanCheckPurpose};
use crate::limits::Limits;
use crate::visit::Visit;

impl App {
    /// Begins a sign-up: sends a code to a free identifier, or tells the owner of a taken one. `answer` is `None` for a
    /// form of a browser that ran no script: a code by mail is then the check, under budgets of its own.
    ///
    /// # Errors
    /// Refused when the text is no identifier, the human check does not open, or a limit is reached.
    pub async fn begin_sign_up(
        &self,
        visit: &Visit,
        typed: &str,
        country: Option<&str>,
        answer: Option<&HumanAnswer>,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let identifier = Identifier::parse(typed, country)
            .map_err(|refused| Failure::Refused(SignUpRefused::Identifier(refused)))?;
        let passed = self.pass_gate(visit, HumanCheckPurpose::SignUp, answer, &identifier).await;
        let gate = passed.map_err(|f| f.map_refused(SignUpRefused::HumanCheck))?;
        if !self.reaches(&identifier) {
            return Err(Failure::Refused(SignUpRefused::NoSmsThere));
        }
        let (now, lookup) = (self.now(), self.lookup_of(&identifier));
        // A number that its holder has not proved for long is free for who proves it now.
        let claimable = self.is_claimable(&lookup).await?;
        let owner = find_account_by_identifier(&self.db, &lookup).await?.filter(|_| !claimable);
        // One that was given up a short while ago is nobody's yet: its change can still be undone.
        let taken = !claimable && find_taken(&self.db, &lookup).await?.is_some();
        let id = SignUpId::from_parts(now, self.random.bytes());
        let account = AccountId::from_parts(now, self.random.bytes());
        let totp = TotpId::from_parts(now, self.random.bytes());
        let sealed =
            self.seal_flow_state(id.as_uuid(), &SignUpState::new(&identifier, gate, account, totp))?;
        let (one_time, token) = (OneTimeCode::from_random(self.random.number()), self.random.token());
        let circumstances = self.circumstances(visit, now);
        let message = match &owner {
            None if taken => {
                let notice = Notice::IdentifierTaken { circumstances };
                self.outgoing_decoy(&identifier, visit.language, &notice, now)
            }
            None => {
                let notice = Notice::Code { purpose: CodePurpose::SignUp, code: one_time, circumstances };
                self.outgoing(None, &identifier, visit.language, &notice, now)
            }
            Some(owner) => {
                let notice = Notice::IdentifierTaken { circumstances };
                self.outgoing(Some(owner.id), &identifier, owner.language, &notice, now)
            }
        };
        // Nobody is ever sent the code of a taken identifier.
        let hash = match &owner {
            None if !taken => self.code_hash(code::of(id), one_time),
            _ => self.random.bytes(),
        };
        let sign_up = SignUp::begin(&self.policy, taken, now);
        let limits = Limits::new()
            .network(self, visit, RateScope::SignUp)
            .network(self, visit, RateScope::CodeSent)
            .anonymous_code(self, &lookup)
            .behind(self, visit, gate);
        let (app, network, token_hash, policy) =
            (self.clone(), visit.network, token.hash(), self.policy.codes.clone());
        let refused = self.db.write("beginning a sign-up", move |tx| {
            Box::pin(async move {
                if let Some(retry_at) = app.take_limits(tx, &limits, Some(&identifier), now).await? {
                    return Ok::<_, StoreFault>(Some(retry_at));
                }
                store::record_sign_up(tx, id, &token_hash, &lookup, &sign_up, &sealed, now).await?;
                code_store::record_code(tx, code::of(id), &hash, &CodeState::first(&policy, now)).await?;
                message.put(tx, now).await?;
                if let Some(owner) = owner {
                    app.note(tx, Entry::of(AuditKind::IdentifierTaken, owner.id, network), now).await?;
                }
                Ok(None)
            })
        });
        if let Some(retry_at) = refused.await? {
            return Err(Failure::Refused(SignUpRefused::Throttled { retry_at }));
        }
        self.outbox.wake();
        self.moved_sign_up(visit, &token, SignUpStep::Code)
    }
}
