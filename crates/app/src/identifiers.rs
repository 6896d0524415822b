//! The identifiers of an account, behind the door: another one in the place of one, one more, one less, a number proved
//! again. Who is left out can undo it for a while; until then nobody else can take what was left (entry rules 5).

mod apply;
mod code;
mod number;

use serde::{Deserialize, Serialize};

use doorward_domain::account::Account;
use doorward_domain::change::ChangeRefused;
use doorward_domain::id::{AccountId, ChangeId, IdentifierId};
use doorward_domain::identifier::change::{
    IdentifierChange, IdentifierChangeKind, IdentifierChangeRefused, IdentifierChangeStep,
};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::Channel;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::identifier::{find_taken, list_identifiers};
use doorward_store::identifier_change::{self as store, NewIdentifierChange, StoredIdentifierChange};
use doorward_store::{StoreFault, Tx};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::flow::FlowCookie;
use crate::outbox::channel_of;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// One identifier, as its owner sees it.
#[derive(Debug, Clone)]
pub struct IdentifierLine {
    /// Its id.
    pub id: IdentifierId,
    /// Enough to recognise it.
    pub masked: String,
    /// Mail or phone.
    pub kind: IdentifierKind,
    /// When it was last proved.
    pub proved_at: Timestamp,
    /// Whether it must be proved again before it starts a reset.
    pub stale: bool,
}

/// What a customer wishes to do to an identifier.
#[derive(Debug, Clone, Copy)]
pub struct IdentifierWish<'a> {
    /// What is done.
    pub kind: IdentifierChangeKind,
    /// The identifier that is replaced, removed or proved again.
    pub old: Option<IdentifierId>,
    /// The new one as it was typed; empty for a removal or a fresh proof.
    pub typed: &'a str,
    /// Two letters (ISO 3166) for numbers without `+`.
    pub country: Option<&'a str>,
    /// The second factor that allows it.
    pub second_factor: &'a str,
}

/// A change was begun or moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierMoved {
    /// The new value of the flow's cookie; empty once it is done.
    pub cookie: String,
    /// What is asked next.
    pub step: IdentifierChangeStep,
}

/// What the page of a change in progress shows.
#[derive(Debug, Clone)]
pub struct IdentifierChangeView {
    /// What is done.
    pub kind: IdentifierChangeKind,
    /// What is asked next.
    pub step: IdentifierChangeStep,
    /// Where the code of this step went, masked.
    pub sent_to_masked: String,
    /// How it went.
    pub channel: Channel,
    /// When another code may be sent; `None` when no further one is.
    pub resend_at: Option<Timestamp>,
}

/// What the row of a change holds, sealed.
#[derive(Serialize, Deserialize)]
struct ChangeState {
    old: Option<(String, String)>,
    new: Option<(String, String)>,
}

fn written(identifier: &Identifier) -> (String, String) {
    (identifier.kind().name().to_owned(), identifier.as_str().to_owned())
}

fn read(written: Option<&(String, String)>) -> Result<Identifier, Fault> {
    let (kind, text) = written.ok_or_else(|| Fault::internal("a change without its identifier"))?;
    let kind = IdentifierKind::from_name(kind)
        .ok_or_else(|| Fault::internal("reading the kind of an identifier"))?;
    Ok(Identifier::restore(kind, text.clone()))
}

impl ChangeState {
    fn old(&self) -> Result<Identifier, Fault> {
        read(self.old.as_ref())
    }

    fn new_one(&self) -> Result<Identifier, Fault> {
        read(self.new.as_ref())
    }

    /// Where the code of this step goes.
    fn sent_to(&self, step: IdentifierChangeStep) -> Result<Identifier, Fault> {
        if step == IdentifierChangeStep::OldCode { self.old() } else { self.new_one() }
    }
}

/// A change in progress, as its row says.
struct Open {
    row: StoredIdentifierChange,
    state: ChangeState,
}

impl App {
    /// The identifiers of the customer's account, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_own_identifiers(&self, customer: &Customer) -> Result<Vec<IdentifierLine>, Fault> {
        let stored = list_identifiers(&self.db, customer.account).await?;
        stored
            .iter()
            .map(|stored| {
                Ok(IdentifierLine {
                    id: stored.id,
                    masked: self.open_identifier(stored)?.masked(),
                    kind: stored.kind,
                    proved_at: stored.proved_at.or(stored.verified_at).unwrap_or(stored.created_at),
                    stale: self.is_number_stale(stored),
                })
            })
            .collect()
    }

    /// Whether messages reach the account on a phone alone: such an account waits with deposits and API keys
    /// (entry rules 5, *Phone-only accounts*).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_phone_only(&self, account: AccountId) -> Result<bool, Fault> {
        let stored = list_identifiers(&self.db, account).await?;
        Ok(!stored.iter().any(|stored| stored.kind == IdentifierKind::Email))
    }

    /// Begins a change of identifiers by a second factor; an earlier one in progress ends. A removal is done at once.
    ///
    /// # Errors
    /// Refused when the factor is wrong or too weak, the new identifier cannot be read or is the account's own, the old
    /// one is none of its own or its last, or a limit is reached.
    pub async fn begin_identifier_change(
        &self,
        visit: &Visit,
        customer: &Customer,
        wish: IdentifierWish<'_>,
    ) -> Result<IdentifierMoved, Failure<IdentifierChangeRefused>> {
        let version = self.own_credential_version(customer).await.map_err(|f| f.map_refused(Into::into))?;
        let (old, new) = self.judge_wish(customer, wish).await?;
        let taken = match &new {
            Some(new) => self.is_taken_by_another(customer.account, new).await?,
            None => false,
        };
        let (now, token, typed) = (self.now(), self.random.token(), TypedFactor::parse(wish.second_factor));
        let cookie = self.seal_identifier_cookie(visit, &token)?;
        let id = ChangeId::from_parts(now, self.random.bytes());
        let state = ChangeState {
            old: old.as_ref().map(|(_, old)| written(old)),
            new: match (wish.kind, &old) {
                (IdentifierChangeKind::Prove, Some((_, old))) => Some(written(old)),
                _ => new.as_ref().map(written),
            },
        };
        let sealed = self.seal_flow_state(id.as_uuid(), &state)?;
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let (kind, old_id, hash) = (wish.kind, old.map(|(id, _)| id), token.hash());
        let answer = self.db.write("beginning a change of identifiers", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused.into())),
                };
                let purpose = StepUpPurpose::ChangeIdentifier;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(refused.into()));
                }
                let change = IdentifierChange::begin(&app.policy, kind, taken, version, now);
                let new = NewIdentifierChange {
                    id,
                    token_hash: &hash,
                    account_id: account.id,
                    session_id: whose.session,
                    old_identifier_id: old_id,
                    sealed: &sealed,
                };
                store::record_identifier_change(tx, &new, &change, now).await?;
                if change.step != IdentifierChangeStep::Done {
                    let sent =
                        app.send_identifier_code(tx, &visit, &account, id, &change, &state, now).await?;
                    return Ok(sent.map(|()| change.step));
                }
                let applied = app.apply_change(tx, &visit, &account, id, kind, old_id, &state, now).await?;
                Ok::<_, Fault>(applied.map(|()| IdentifierChangeStep::Done))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        let step: IdentifierChangeStep = answer.map_err(Failure::Refused)?;
        let cookie = if step == IdentifierChangeStep::Done { String::new() } else { cookie };
        Ok(IdentifierMoved { cookie, step })
    }

    /// The identifiers that a wish is about, as far as they can be judged before a factor is spent.
    async fn judge_wish(
        &self,
        customer: &Customer,
        wish: IdentifierWish<'_>,
    ) -> Result<(Option<(IdentifierId, Identifier)>, Option<Identifier>), Failure<IdentifierChangeRefused>>
    {
        use IdentifierChangeKind as Kind;
        let refused = |refused| Err(Failure::Refused(refused));
        let own = list_identifiers(&self.db, customer.account).await?;
        let old = match wish.kind {
            Kind::Add => None,
            Kind::Change | Kind::Remove | Kind::Prove => {
                let Some(stored) = own.iter().find(|stored| Some(stored.id) == wish.old) else {
                    return refused(IdentifierChangeRefused::NoSuchIdentifier);
                };
                Some((stored.id, self.open_identifier(stored)?))
            }
        };
        if wish.kind == Kind::Remove && own.len() < 2 {
            return refused(IdentifierChangeRefused::LastOne);
        }
        if wish.kind == Kind::Add && own.len() >= self.policy.identifier.at_most {
            return refused(IdentifierChangeRefused::TooMany);
        }
        if matches!(wish.kind, Kind::Remove | Kind::Prove) {
            return Ok((old, None));
        }
        let new = match Identifier::parse(wish.typed, wish.country) {
            Ok(new) => new,
            Err(why) => return refused(IdentifierChangeRefused::Identifier(why)),
        };
        if !self.reaches(&new) {
            return refused(IdentifierChangeRefused::NoSmsThere);
        }
        for stored in &own {
            if self.open_identifier(stored)? == new {
                return refused(IdentifierChangeRefused::OwnAlready);
            }
        }
        Ok((old, Some(new)))
    }

    /// Whether another account has proved this identifier, and it is still that account's to keep.
    async fn is_taken_by_another(&self, account: AccountId, new: &Identifier) -> Result<bool, Fault> {
        let lookup = self.lookup_of(new);
        match find_taken(&self.db, &lookup).await? {
            Some(owner) if owner != account => Ok(!self.is_claimable(&lookup).await?),
            _ => Ok(false),
        }
    }

    fn seal_identifier_cookie(
        &self,
        visit: &Visit,
        token: &Token,
    ) -> Result<String, Failure<IdentifierChangeRefused>> {
        let cookie = self.seal_flow_cookie(FlowCookie::Identifier, visit, token);
        cookie.ok_or(Failure::Refused(ChangeRefused::NotBegun.into()))
    }

    /// What the page of a change in progress shows.
    ///
    /// # Errors
    /// Refused when none is in progress in this session.
    pub async fn show_identifier_change(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<IdentifierChangeView, Failure<IdentifierChangeRefused>> {
        let Open { row, state } = self.open_identifier_change(visit, customer, cookie).await?;
        let to = state.sent_to(row.change.step)?;
        Ok(IdentifierChangeView {
            kind: row.change.kind,
            step: row.change.step,
            sent_to_masked: to.masked(),
            channel: channel_of(&to),
            resend_at: self.resend_at(code::of(row.id, row.change.step)).await?,
        })
    }

    /// Ends a change at the customer's wish.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_identifier_change(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<(), Fault> {
        let row = match self.open_identifier_change(visit, customer, cookie).await {
            Ok(open) => open.row,
            Err(Failure::Refused(_)) => return Ok(()),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let now = self.now();
        let write = self.db.write("cancelling a change of identifiers", move |tx| {
            Box::pin(async move {
                let next = row.change.end();
                store::move_identifier_change(tx, &row, &row.token_hash, &next, now).await
            })
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    async fn open_identifier_change(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<Open, Failure<IdentifierChangeRefused>> {
        let not_begun = || Failure::Refused(IdentifierChangeRefused::from(ChangeRefused::NotBegun));
        let token = self.open_flow_cookie(FlowCookie::Identifier, visit, cookie).ok_or_else(not_begun)?;
        let row = store::find_identifier_change(&self.db, &token.hash()).await?.ok_or_else(not_begun)?;
        if row.account_id != customer.account || row.session_id != customer.session {
            return Err(not_begun());
        }
        row.change.at(row.change.step, self.now()).map_err(Failure::Refused)?;
        let state = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        Ok(Open { row, state })
    }

    /// Lets go of identifiers whose change can no longer be undone: anybody may claim them from now on.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_retired_identifiers(&self) -> Result<(), Fault> {
        let before = self.now().minus(self.policy.identifier.undo_for);
        let write = self.db.write("letting go of retired identifiers", move |tx| {
            Box::pin(async move { doorward_store::identifier::forget_retired(tx, before, 100).await })
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    /// Ends what was half open and was proved with the identifiers of before: sign-ins and resets in progress, a case.
    async fn end_half_open(&self, tx: &mut Tx, account: &Account, now: Timestamp) -> Result<(), StoreFault> {
        const REASON: &str = "identifier-changed";
        doorward_store::account::raise_credential_version(tx, account.id).await?;
        doorward_store::sign_in::end_sign_ins(tx, account.id, REASON, now).await?;
        doorward_store::reset::end_resets(tx, account.id, REASON, now).await?;
        Ok(())
    }
}
