//! The first step: an identifier and a human check; everybody gets the same page.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::ResetId;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::{CodePurpose, LinkToken, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::reset::{Reset, ResetRefused, ResetStep};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::account::find_account_by_identifier;
use doorward_store::reset::ResetLink;
use doorward_store::{StoreFault, code as code_store, reset as store};

use super::{ResetState, channel};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::Failure;
use crate::flow::Moved;
use crate::human_check::{HumanAnswer, HumanCheckPurpose};
use crate::limits::Limits;
use crate::outbox::Outgoing;
use crate::visit::Visit;

impl App {
    /// Sends a link and a code to the owner of this identifier, if there is one, and tells nobody whether there is.
    /// A number gets a code alone, never a link. `answer` is `None` for a form of a browser that ran no script: the mail is
    /// then the check, under budgets of its own.
    ///
    /// # Errors
    /// Refused when the text is no identifier, the human check does not open, or a limit is reached.
    pub async fn ask_reset(
        &self,
        visit: &Visit,
        typed: &str,
        country: Option<&str>,
        answer: Option<&HumanAnswer>,
    ) -> Result<Moved<ResetStep>, Failure<ResetRefused>> {
        let identifier = Identifier::parse(typed, country)
            .map_err(|refused| Failure::Refused(ResetRefused::Identifier(refused)))?;
        let passed = self.pass_gate(visit, HumanCheckPurpose::Reset, answer, &identifier).await;
        let gate = passed.map_err(|f| f.map_refused(ResetRefused::HumanCheck))?;
        let (now, lookup) = (self.now(), self.lookup_of(&identifier));
        // A number that must be proved again starts no reset: somebody else may hold it by now. Such an identifier is
        // nobody's here. Who enters by passkeys only has no password to forget; what the link opens then is the way to a
        // case, and nothing else.
        let stale = self.is_claimable(&lookup).await?;
        let owner = find_account_by_identifier(&self.db, &lookup).await?;
        let owner = owner.filter(|_| !stale);
        let id = ResetId::from_parts(now, self.random.bytes());
        let (token, link) = (self.random.token(), self.random.token());
        let one_time = OneTimeCode::from_random(self.random.number());
        let message = self.reset_message(visit, &identifier, owner.as_ref(), &link, one_time, now);
        let hash = match owner {
            Some(_) => self.code_hash(channel::of(id), one_time),
            None => self.random.bytes(),
        };
        let reset = Reset::begin(&self.policy, owner.as_ref(), now);
        let sealed = self.seal_flow_state(id.as_uuid(), &ResetState::new(&identifier, gate))?;
        let limits = Limits::new()
            .network(self, visit, RateScope::Reset)
            .network(self, visit, RateScope::CodeSent)
            .anonymous_code(self, &lookup)
            .behind(self, visit, gate);
        let link_hash = (identifier.kind() == IdentifierKind::Email).then(|| link.hash());
        let (app, network, token_hash) = (self.clone(), visit.network, token.hash());
        let throttled = self.db.write("beginning a reset", move |tx| {
            Box::pin(async move {
                if let Some(retry_at) = app.take_limits(tx, &limits, Some(&identifier), now).await? {
                    return Ok::<_, StoreFault>(Some(retry_at));
                }
                let expires_at = now.plus(app.policy.reset.link_valid_for);
                let link = link_hash.as_ref().map(|hash| ResetLink { hash, expires_at });
                store::record_reset(tx, id, &token_hash, &lookup, &reset, link, &sealed, now).await?;
                let state = CodeState::first(&app.policy.codes, now);
                code_store::record_code(tx, channel::of(id), &hash, &state).await?;
                message.put(tx, now).await?;
                if let Some(owner) = owner {
                    app.note(tx, Entry::of(AuditKind::ResetAsked, owner.id, network), now).await?;
                }
                Ok(None)
            })
        });
        if let Some(retry_at) = throttled.await? {
            return Err(Failure::Refused(ResetRefused::Throttled { retry_at }));
        }
        self.outbox.wake();
        self.moved_reset(visit, &token, ResetStep::ChannelProof)
    }

    fn reset_message(
        &self,
        visit: &Visit,
        identifier: &Identifier,
        owner: Option<&Account>,
        link: &Token,
        code: OneTimeCode,
        now: Timestamp,
    ) -> Outgoing {
        let circumstances = self.circumstances(visit, now);
        let notice = match identifier.kind() {
            IdentifierKind::Email => {
                Notice::ResetLink { link: LinkToken::new(link), code: Some(code), circumstances }
            }
            IdentifierKind::Phone => Notice::Code { purpose: CodePurpose::Reset, code, circumstances },
        };
        match owner {
            // A number that no SMS goes to looks the same as any other.
            Some(owner) if self.reaches(identifier) => {
                self.outgoing(Some(owner.id), identifier, owner.language, &notice, now)
            }
            _ => self.outgoing_decoy(identifier, visit.language, &notice, now),
        }
    }
}
