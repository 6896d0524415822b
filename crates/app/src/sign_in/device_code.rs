//! Sending the code of a new device.

use doorward_domain::account::Account;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::account::find_account;
use doorward_store::code::record_code;
use doorward_store::sign_in::StoredSignIn;

use super::attempt::{Attempt, Kept};
use super::sent_code::{Answered, SentCode};
use crate::app::App;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::outbox::Outgoing;
use crate::visit::Visit;

impl App {
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
        if record_code(tx, SentCode::Device.of(row), &hash, &state).await? {
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
        Ok((self.code_hash(SentCode::Device.of(row), code), message))
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
        let (of, to) = (SentCode::Device.of(&row), read.kept.identifier()?);
        Ok(match self.resend_code(tx, of, &hash, &message, &limits, &to, now).await? {
            Resent::Sent => Ok(()),
            Resent::Refused(refused) => Err(refused.into()),
            Resent::Throttled { retry_at } => Err(SignInRefused::Throttled { retry_at }),
        })
    }
}
