//! The code of a new device, typed in the browser that began the sign-in.

use doorward_domain::account::Account;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::Tx;
use doorward_store::account::find_account;
use doorward_store::code::{CodeOf, record_code};
use doorward_store::sign_in::StoredSignIn;

use super::NextStep;
use super::attempt::{Attempt, Kept};
use super::begin::DEVICE_CODE;
use crate::app::App;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::outbox::Outgoing;
use crate::visit::Visit;

/// What came of a write that may refuse and still has something to remember.
pub(super) type Answered<T> = Result<T, SignInRefused>;

impl App {
    /// Judges the code that a new device was sent.
    ///
    /// # Errors
    /// The code is wrong, too old, or tried too often.
    pub async fn give_device_code(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::DeviceCode, now).map_err(Failure::Refused)?;
        let code = OneTimeCode::parse(typed);
        let app = self.clone();
        let answered: Answered<(Token, SignInStep)> = self
            .db
            .write("judging a new device's code", move |tx| {
                Box::pin(async move { app.try_device_code(tx, attempt, code, now).await })
            })
            .await?;
        let (token, step) = answered.map_err(Failure::Refused)?;
        Ok(NextStep { cookie: self.seal_token(visit, &token).map_err(Failure::Refused)?, step })
    }

    async fn try_device_code(
        &self,
        tx: &mut Tx,
        read: Attempt,
        code: Option<OneTimeCode>,
        now: Timestamp,
    ) -> Result<Answered<(Token, SignInStep)>, Fault> {
        let Some(held) = self.hold_again(tx, &read).await? else { return Ok(Err(SignInRefused::NotBegun)) };
        if let Err(refused) = held.sign_in.at(SignInStep::DeviceCode, now) {
            return Ok(Err(refused));
        }
        let to = read.kept.identifier()?;
        let judged = self.try_code(tx, device_code_of(&held), code, &to, now).await?;
        let outcome = held.sign_in.after_device_code(judged, now);
        if let (Ok(_), Some(account)) = (&outcome.answer, held.sign_in.account) {
            // Password, factor and code: whoever holds the number is its owner.
            doorward_store::identifier::note_proof(tx, &self.lookup_of(&to), account, now).await?;
        }
        let attempt = Attempt { sign_in: held.sign_in.clone(), row: Some(held), ..read };
        let token = self.save(tx, &attempt, &outcome.sign_in, outcome.answer.is_ok(), now).await?;
        Ok(outcome.answer.and_then(|step| token.map(|token| (token, step)).ok_or(SignInRefused::NotBegun)))
    }

    pub(super) async fn hold_again(
        &self,
        tx: &mut Tx,
        read: &Attempt,
    ) -> Result<Option<StoredSignIn>, Fault> {
        match &read.row {
            Some(row) => Ok(self.hold(tx, row).await?),
            None => Ok(None),
        }
    }

    /// Sends the first code of a new device to the identifier that was typed.
    pub(super) async fn send_device_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        owner: &Account,
        row: &StoredSignIn,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (hash, message) = self.device_code(visit, owner, row, kept, now)?;
        let state = CodeState::first(&self.policy.codes, now);
        if record_code(tx, device_code_of(row), &hash, &state).await? {
            message.put(tx, now).await?;
        }
        Ok(())
    }

    /// A fresh code of a new device: what is stored of it, and the message that carries it.
    fn device_code(
        &self,
        visit: &Visit,
        owner: &Account,
        row: &StoredSignIn,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<([u8; 32], Outgoing), Fault> {
        let code = OneTimeCode::from_random(self.random.number());
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::NewDevice, code, circumstances };
        let message = self.outgoing(Some(owner.id), &kept.identifier()?, owner.language, &notice, now);
        Ok((self.code_hash(device_code_of(row), code), message))
    }

    /// Sends the code of a new device again. Tries stay counted.
    ///
    /// # Errors
    /// One was sent a moment ago, or no more are sent.
    pub async fn resend_device_code(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<(), Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::DeviceCode, now).map_err(Failure::Refused)?;
        let (app, from) = (self.clone(), visit.clone());
        let answered: Answered<()> = self
            .db
            .write("sending a new device's code again", move |tx| {
                Box::pin(async move { app.resend_in(tx, &from, attempt, now).await })
            })
            .await?;
        answered.map_err(Failure::Refused)?;
        self.outbox.wake();
        Ok(())
    }

    async fn resend_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        read: Attempt,
        now: Timestamp,
    ) -> Result<Answered<()>, Fault> {
        let Some(row) = self.hold_again(tx, &read).await? else { return Ok(Err(SignInRefused::NotBegun)) };
        if let Err(refused) = row.sign_in.at(SignInStep::DeviceCode, now) {
            return Ok(Err(refused));
        }
        let id = row.sign_in.account.ok_or_else(|| Fault::internal("a device code without an account"))?;
        let owner = find_account(&mut *tx, id).await?;
        let owner = owner.ok_or_else(|| Fault::internal("a sign-in without its account"))?;
        let (hash, message) = self.device_code(visit, &owner, &row, &read.kept, now)?;
        // A flow that has proved password and factor has a budget apart from anonymous requests.
        let limits = Limits::new().proved_code(self, &row.lookup);
        let (of, to) = (device_code_of(&row), read.kept.identifier()?);
        Ok(match self.resend_code(tx, of, &hash, &message, &limits, &to, now).await? {
            Resent::Sent => Ok(()),
            Resent::Refused(refused) => Err(refused.into()),
            Resent::Throttled { retry_at } => Err(SignInRefused::Throttled { retry_at }),
        })
    }
}

fn device_code_of(row: &StoredSignIn) -> CodeOf<'static> {
    CodeOf { flow_kind: DEVICE_CODE, flow_id: row.id.as_uuid() }
}
