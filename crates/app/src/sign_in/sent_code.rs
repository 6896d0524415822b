//! The codes that a sign-in sends and takes: one proves the channel before the password, one the device after the factor.

use doorward_domain::one_time_code::{CodeRefused, OneTimeCode};
use doorward_domain::sign_in::{Outcome, SignIn, SignInRefused, SignInStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::Tx;
use doorward_store::code::CodeOf;
use doorward_store::sign_in::StoredSignIn;

use super::NextStep;
use super::attempt::Attempt;
use super::begin::{CHANNEL_CODE, DEVICE_CODE};
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::visit::Visit;

/// What came of a write that may refuse and still has something to remember.
pub(super) type Answered<T> = Result<T, SignInRefused>;

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub(super) enum SentCode {
    Channel,
    Device,
}

impl SentCode {
    const fn step(self) -> SignInStep {
        match self {
            Self::Channel => SignInStep::ChannelProof,
            Self::Device => SignInStep::DeviceCode,
        }
    }

    const fn judging(self) -> &'static str {
        match self {
            Self::Channel => "judging a channel's code",
            Self::Device => "judging a new device's code",
        }
    }

    /// Each has tries of its own.
    pub(super) fn of(self, row: &StoredSignIn) -> CodeOf<'static> {
        let flow_kind = match self {
            Self::Channel => CHANNEL_CODE,
            Self::Device => DEVICE_CODE,
        };
        CodeOf { flow_kind, flow_id: row.id.as_uuid() }
    }

    fn after(self, sign_in: &SignIn, judged: Result<(), CodeRefused>, now: Timestamp) -> Outcome {
        match self {
            Self::Channel => sign_in.after_channel_proof(judged.map_err(SignInRefused::from), now),
            Self::Device => sign_in.after_device_code(judged, now),
        }
    }
}

impl App {
    /// Judges the code that was sent to the channel; the password follows.
    ///
    /// # Errors
    /// The code is wrong, too old, or tried too often.
    pub async fn give_channel_code(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        self.give_sent_code(SentCode::Channel, visit, cookie, typed).await
    }

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
        self.give_sent_code(SentCode::Device, visit, cookie, typed).await
    }

    async fn give_sent_code(
        &self,
        which: SentCode,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(which.step(), now).map_err(Failure::Refused)?;
        let code = OneTimeCode::parse(typed);
        let app = self.clone();
        let answered: Answered<(Token, SignInStep)> = self
            .db
            .write(which.judging(), move |tx| {
                Box::pin(async move { app.try_sent_code(tx, which, attempt, code, now).await })
            })
            .await?;
        let (token, step) = answered.map_err(Failure::Refused)?;
        Ok(NextStep { cookie: self.seal_token(visit, &token).map_err(Failure::Refused)?, step })
    }

    async fn try_sent_code(
        &self,
        tx: &mut Tx,
        which: SentCode,
        read: Attempt,
        code: Option<OneTimeCode>,
        now: Timestamp,
    ) -> Result<Answered<(Token, SignInStep)>, Fault> {
        let Some(held) = self.hold_again(tx, &read).await? else { return Ok(Err(SignInRefused::NotBegun)) };
        if let Err(refused) = held.sign_in.at(which.step(), now) {
            return Ok(Err(refused));
        }
        let to = read.kept.identifier()?;
        let judged = self.try_code(tx, which.of(&held), code, &to, now).await?;
        let outcome = which.after(&held.sign_in, judged, now);
        if let (SentCode::Device, Ok(_), Some(account)) = (which, &outcome.answer, held.sign_in.account) {
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
}
