//! The last step of the owner of a frozen account: after password and factor, a code to the channel lifts the freeze.
//! No session comes of it; the owner signs in anew, and nothing leaves for the hold that this starts (entry rules 5).

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_domain::time::Timestamp;
use doorward_store::code::{CodeOf, record_code};
use doorward_store::sign_in::StoredSignIn;
use doorward_store::{Tx, account};

use super::attempt::{Attempt, Kept};
use super::begin::UNFREEZE_CODE;
use super::sent_code::Answered;
use crate::app::App;
use crate::audit::Entry;
use crate::change::Changed;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::outbox::Outgoing;
use crate::session_cache::Ended;
use crate::visit::Visit;

impl App {
    /// Judges the code by which the owner lifts the freeze.
    ///
    /// # Errors
    /// The code is wrong, too old, or tried too often; or staff have frozen the account meanwhile.
    pub async fn unfreeze_own(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Changed, Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::Unfreeze, now).map_err(Failure::Refused)?;
        let id = attempt.sign_in.account.ok_or(Failure::Refused(SignInRefused::NotBegun))?;
        let code = OneTimeCode::parse(typed);
        let (app, visit) = (self.clone(), visit.clone());
        let answered: Answered<Changed> = self
            .db
            .write("lifting a freeze for its owner", move |tx| {
                Box::pin(async move { app.try_unfreeze_code(tx, &visit, attempt, code, now).await })
            })
            .await?;
        let changed = answered.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(changed)
    }

    async fn try_unfreeze_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        read: Attempt,
        code: Option<OneTimeCode>,
        now: Timestamp,
    ) -> Result<Answered<Changed>, Fault> {
        let id = read.sign_in.account.ok_or_else(|| Fault::internal("an unfreezing without an account"))?;
        // The account's row comes first, as everywhere.
        let Some(owner) = account::hold_account(tx, id).await? else {
            return Ok(Err(SignInRefused::NotBegun));
        };
        let Some(held) = self.hold_again(tx, &read).await? else { return Ok(Err(SignInRefused::NotBegun)) };
        if let Err(refused) = held.sign_in.at(SignInStep::Unfreeze, now) {
            return Ok(Err(refused));
        }
        let to = read.kept.identifier()?;
        let judged = self.try_code(tx, code_of(&held), code, &to, now).await?;
        let outcome = held.sign_in.after_unfreeze_code(judged, owner.credential_version, now);
        let attempt = Attempt { sign_in: held.sign_in.clone(), row: Some(held), ..read };
        self.save(tx, &attempt, &outcome.sign_in, false, now).await?;
        if let Err(refused) = outcome.answer {
            return Ok(Err(refused));
        }
        if !account::unfreeze_account(tx, id).await? {
            return Ok(Err(SignInRefused::Frozen));
        }
        self.freeze_lifted(tx, &owner, Entry::of(AuditKind::Unfrozen, id, visit.network), now).await.map(Ok)
    }

    /// What follows when a freeze was lifted, whoever lifted it: the hold, the record, the notice.
    pub(crate) async fn freeze_lifted(
        &self,
        tx: &mut Tx,
        owner: &Account,
        entry: Entry,
        now: Timestamp,
    ) -> Result<Changed, Fault> {
        let hold_until = self.record_event(tx, owner.id, SecurityEventKind::Unfrozen, now).await?;
        self.restrict_in(tx, owner.id, now).await?;
        self.note(tx, entry, now).await?;
        self.announce(tx, owner, now, |freeze| Notice::Unfrozen { at: now, hold_until, freeze }).await?;
        Ok(Changed { hold_until })
    }

    /// Sends the code by which the owner lifts the freeze.
    pub(super) async fn send_unfreeze_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        owner: &Account,
        row: &StoredSignIn,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let limits = Limits::new().proved_code(self, &row.lookup);
        if self.take_limits(tx, &limits, Some(&kept.identifier()?), now).await?.is_some() {
            // The page offers to send it later.
            return Ok(());
        }
        let (hash, message) = self.unfreeze_code(visit, owner, row, kept, now)?;
        if record_code(tx, code_of(row), &hash, &CodeState::first(&self.policy.codes, now)).await? {
            message.put(tx, now).await?;
        }
        Ok(())
    }

    fn unfreeze_code(
        &self,
        visit: &Visit,
        owner: &Account,
        row: &StoredSignIn,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<([u8; 32], Outgoing), Fault> {
        let code = OneTimeCode::from_random(self.random.number());
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::Unfreeze, code, circumstances };
        let message = self.outgoing(Some(owner.id), &kept.identifier()?, owner.language, &notice, now);
        Ok((self.code_hash(code_of(row), code), message))
    }

    /// Sends the code again. Tries stay counted.
    ///
    /// # Errors
    /// One was sent a moment ago, or no more are sent.
    pub async fn resend_unfreeze_code(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<(), Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::Unfreeze, now).map_err(Failure::Refused)?;
        let (app, from) = (self.clone(), visit.clone());
        let answered: Answered<()> = self
            .db
            .write("sending the code of an unfreezing again", move |tx| {
                Box::pin(async move { app.resend_unfreeze_in(tx, &from, attempt, now).await })
            })
            .await?;
        answered.map_err(Failure::Refused)?;
        self.outbox.wake();
        Ok(())
    }

    async fn resend_unfreeze_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        read: Attempt,
        now: Timestamp,
    ) -> Result<Answered<()>, Fault> {
        let Some(row) = self.hold_again(tx, &read).await? else { return Ok(Err(SignInRefused::NotBegun)) };
        if let Err(refused) = row.sign_in.at(SignInStep::Unfreeze, now) {
            return Ok(Err(refused));
        }
        let id = row.sign_in.account.ok_or_else(|| Fault::internal("an unfreezing without an account"))?;
        let owner = account::find_account(&mut *tx, id).await?;
        let owner = owner.ok_or_else(|| Fault::internal("a sign-in without its account"))?;
        if doorward_store::code::find_code(&mut *tx, code_of(&row)).await?.is_none() {
            self.send_unfreeze_code(tx, visit, &owner, &row, &read.kept, now).await?;
            return Ok(Ok(()));
        }
        let (hash, message) = self.unfreeze_code(visit, &owner, &row, &read.kept, now)?;
        let limits = Limits::new().proved_code(self, &row.lookup);
        let (of, to) = (code_of(&row), read.kept.identifier()?);
        Ok(match self.resend_code(tx, of, &hash, &message, &limits, &to, now).await? {
            Resent::Sent => Ok(()),
            Resent::Refused(refused) => Err(refused.into()),
            Resent::Throttled { retry_at } => Err(SignInRefused::Throttled { retry_at }),
        })
    }
}

fn code_of(row: &StoredSignIn) -> CodeOf<'static> {
    CodeOf { flow_kind: UNFREEZE_CODE, flow_id: row.id.as_uuid() }
}
