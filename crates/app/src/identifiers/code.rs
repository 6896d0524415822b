//! The codes of a change of identifiers: to the old one first, then to the new one.

use doorward_domain::account::Account;
use doorward_domain::id::ChangeId;
use doorward_domain::identifier::change::{IdentifierChange, IdentifierChangeRefused, IdentifierChangeStep};
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_store::code::CodeOf;
use doorward_store::identifier::{find_identifier, find_taken};
use doorward_store::identifier_change as store;
use doorward_store::{Tx, account as account_store, code as code_store};

use super::{ChangeState, IdentifierMoved, Open};
use crate::app::App;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// The code of this step of a change.
pub(super) fn of(id: ChangeId, step: IdentifierChangeStep) -> CodeOf<'static> {
    let old = step == IdentifierChangeStep::OldCode;
    CodeOf { flow_kind: if old { "identifier-old" } else { "identifier-new" }, flow_id: id.as_uuid() }
}

fn purpose_of(step: IdentifierChangeStep) -> CodePurpose {
    if step == IdentifierChangeStep::OldCode {
        CodePurpose::OldIdentifier
    } else {
        CodePurpose::NewIdentifier
    }
}

impl App {
    /// Sends the first code of a step. What another account has taken gets no code; its owner is told.
    #[expect(clippy::too_many_arguments, reason = "whose change, where it stands, and who asks")]
    pub(super) async fn send_identifier_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        id: ChangeId,
        change: &IdentifierChange,
        state: &ChangeState,
        now: Timestamp,
    ) -> Result<Result<(), IdentifierChangeRefused>, Fault> {
        let (to, of) = (state.sent_to(change.step)?, of(id, change.step));
        let lookup = self.lookup_of(&to);
        let limits = self.identifier_limits(visit, account, change.step, &lookup);
        if let Some(retry_at) = self.take_limits(tx, &limits, Some(&to), now).await? {
            return Ok(Err(doorward_domain::change::ChangeRefused::Throttled { retry_at }.into()));
        }
        let code = OneTimeCode::from_random(self.random.number());
        let circumstances = self.circumstances(visit, now);
        let never = change.taken && change.step == IdentifierChangeStep::NewCode;
        let hash = if never { self.random.bytes() } else { self.code_hash(of, code) };
        code_store::record_code(tx, of, &hash, &CodeState::first(&self.policy.codes, now)).await?;
        if !never {
            let notice = Notice::Code { purpose: purpose_of(change.step), code, circumstances };
            self.outgoing(Some(account.id), &to, account.language, &notice, now).put(tx, now).await?;
            return Ok(Ok(()));
        }
        let notice = Notice::IdentifierTaken { circumstances };
        let owner = match find_identifier(&mut *tx, &lookup).await? {
            Some(stored) => account_store::find_account(&mut *tx, stored.account_id).await?,
            None => None,
        };
        let message = match &owner {
            Some(owner) => self.outgoing(Some(owner.id), &to, owner.language, &notice, now),
            // Kept from others while its own change can be undone: nobody is told.
            None => self.outgoing_decoy(&to, account.language, &notice, now),
        };
        message.put(tx, now).await?;
        Ok(Ok(()))
    }

    /// A code to the old one has a budget of proved flows. One to an unproved address is limited like any stranger's, and
    /// by the account: no session is a way to send mails to everybody.
    fn identifier_limits(
        &self,
        visit: &Visit,
        account: &Account,
        step: IdentifierChangeStep,
        lookup: &[u8; 32],
    ) -> Limits {
        let mut of_account = [0; 32];
        of_account[..16].copy_from_slice(account.id.as_uuid().as_bytes());
        let limits = Limits::new().network(self, visit, RateScope::CodeSent).proved_code(self, &of_account);
        match step {
            IdentifierChangeStep::NewCode => limits.anonymous_code(self, lookup),
            _ => limits.proved_code(self, lookup),
        }
    }

    /// Judges the code of the step that is due. Each try counts, also across parallel requests. The last one makes the
    /// change.
    ///
    /// # Errors
    /// Refused when the code is wrong or too old, or the account changed meanwhile.
    pub async fn give_identifier_code(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
        typed: &str,
    ) -> Result<IdentifierMoved, Failure<IdentifierChangeRefused>> {
        let Open { row, state } = self.open_identifier_change(visit, customer, cookie).await?;
        let (now, token, typed) = (self.now(), self.random.token(), OneTimeCode::parse(typed));
        let new_cookie = self.seal_identifier_cookie(visit, &token)?;
        let (app, visit, whose) = (self.clone(), visit.clone(), customer.account);
        let answer = self.db.write("judging the code of a change of identifiers", move |tx| {
            Box::pin(async move {
                let (step, to) = (row.change.step, state.sent_to(row.change.step)?);
                // Accounts are locked by ascending id: a number may have to be taken from another one.
                let other = find_taken(&mut *tx, &app.lookup_of(&to)).await?;
                if let Some(other) = other.filter(|other| *other < whose) {
                    account_store::hold_account(tx, other).await?;
                }
                let Some(account) = account_store::hold_account(tx, whose).await? else {
                    return Err(Fault::internal("a customer without an account"));
                };
                // What was begun before a lock of the settings must not be finished under it.
                if let Err(refused) = app.may_change_in(tx, account.id, now).await? {
                    return Ok(Err(doorward_domain::change::ChangeRefused::NotNow(refused).into()));
                }
                let judged = app.try_code(tx, of(row.id, step), typed, &to, now).await?;
                let outcome = row.change.after_code(judged, account.credential_version, now);
                let hash = if outcome.answer.is_ok() { token.hash() } else { row.token_hash };
                if !store::move_identifier_change(tx, &row, &hash, &outcome.change, now).await? {
                    return Ok(Err(doorward_domain::change::ChangeRefused::Ended.into()));
                }
                let next = match outcome.answer {
                    Ok(next) => next,
                    Err(refused) => return Ok(Err(refused)),
                };
                let done = if next == IdentifierChangeStep::Done {
                    let (kind, old) = (row.change.kind, row.old_identifier_id);
                    app.apply_change(tx, &visit, &account, row.id, kind, old, &state, now).await?
                } else {
                    app.send_identifier_code(tx, &visit, &account, row.id, &outcome.change, &state, now)
                        .await?
                };
                Ok(done.map(|()| next))
            })
        });
        let answer: Result<IdentifierChangeStep, IdentifierChangeRefused> = answer.await?;
        self.outbox.wake();
        let step = answer.map_err(Failure::Refused)?;
        let cookie = if step == IdentifierChangeStep::Done { String::new() } else { new_cookie };
        Ok(IdentifierMoved { cookie, step })
    }

    /// Sends another code of the step that is due. Tries stay counted.
    ///
    /// # Errors
    /// Refused while the last one is fresh, when enough were sent, or when a limit is reached.
    pub async fn resend_identifier_code(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<(), Failure<IdentifierChangeRefused>> {
        let Open { row, state } = self.open_identifier_change(visit, customer, cookie).await?;
        let account = account_store::find_account(&self.db, customer.account).await?;
        let account = account.ok_or_else(|| Fault::internal("a customer without an account"))?;
        let (now, code) = (self.now(), OneTimeCode::from_random(self.random.number()));
        let (step, to) = (row.change.step, state.sent_to(row.change.step)?);
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: purpose_of(step), code, circumstances };
        let never = row.change.taken && step == IdentifierChangeStep::NewCode;
        let (message, hash) = if never {
            (self.outgoing_decoy(&to, account.language, &notice, now), self.random.bytes())
        } else {
            let message = self.outgoing(Some(account.id), &to, account.language, &notice, now);
            (message, self.code_hash(of(row.id, step), code))
        };
        let limits = self.identifier_limits(visit, &account, step, &self.lookup_of(&to));
        let app = self.clone();
        let resent = self.db.write("sending another code of a change of identifiers", move |tx| {
            Box::pin(async move {
                app.resend_code(tx, of(row.id, step), &hash, &message, &limits, &to, now).await
            })
        });
        match resent.await? {
            Resent::Sent => {
                self.outbox.wake();
                Ok(())
            }
            Resent::Refused(refused) => Err(Failure::Refused(refused.into())),
            Resent::Throttled { retry_at } => {
                Err(Failure::Refused(doorward_domain::change::ChangeRefused::Throttled { retry_at }.into()))
            }
        }
    }
}
