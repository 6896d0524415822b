//! A forgotten trading password: a second factor and a code to the channel take the place of the present one.

use doorward_domain::hold::SecurityEventKind;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode, ResendRefused};
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::trading_password::{TradingPassword, TradingRefused};
use doorward_store::account::find_account;
use doorward_store::code::{CodeOf, find_code, record_code};
use doorward_store::trading_password as store;
use secrecy::{ExposeSecret, SecretString};

use super::New;
use crate::app::App;
use crate::change::Changed;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::limits::Limits;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// The code belongs to the session that asked; its tries and sends end with it.
fn code_of(customer: &Customer) -> CodeOf<'static> {
    CodeOf { flow_kind: "trading-password", flow_id: customer.session.as_uuid() }
}

impl App {
    /// Sends a code for a new trading password to the account's channel, or another one.
    ///
    /// # Errors
    /// Refused without a trading password, under the settings lock, or while the limits say so.
    pub async fn ask_trading_code(
        &self,
        visit: &Visit,
        customer: &Customer,
    ) -> Result<(), Failure<TradingRefused>> {
        let now = self.now();
        let refuse = |refused| Failure::Refused(TradingRefused::Change(refused));
        self.may_change_now(customer).await?.map_err(refuse)?;
        if store::find_trading_password(&self.db, customer.account).await?.is_none() {
            return Err(Failure::Refused(TradingRefused::Missing));
        }
        let account = find_account(&self.db, customer.account).await?;
        let account = account.ok_or_else(|| Fault::internal("a customer without an account"))?;
        let to = self.first_identifier(&self.db, account.id).await?;
        let to = to.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let (of, code) = (code_of(customer), OneTimeCode::from_random(self.random.number()));
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::TradingPassword, code, circumstances };
        let message = self.outgoing(Some(account.id), &to, account.language, &notice, now);
        let hash = self.code_hash(of, code);
        let limits = Limits::new().proved_code(self, &self.lookup_of(&to));
        let app = self.clone();
        let sent = self.db.write("sending a code for a trading password", move |tx| {
            Box::pin(async move {
                if find_code(&mut *tx, of).await?.is_some() {
                    return app.resend_code(tx, of, &hash, &message, &limits, &to, now).await;
                }
                if let Some(retry_at) = app.take_limits(tx, &limits, Some(&to), now).await? {
                    return Ok(Resent::Throttled { retry_at });
                }
                let state = CodeState::first(&app.policy.codes, now);
                if !record_code(tx, of, &hash, &state).await? {
                    let retry_at = now.plus(app.policy.codes.resend_after);
                    return Ok(Resent::Refused(ResendRefused::TooSoon { retry_at }));
                }
                message.put(tx, now).await?;
                Ok::<_, Fault>(Resent::Sent)
            })
        });
        match sent.await? {
            Resent::Sent => {
                self.outbox.wake();
                Ok(())
            }
            Resent::Refused(refused) => Err(Failure::Refused(TradingRefused::Resend(refused))),
            Resent::Throttled { retry_at } => Err(Failure::Refused(TradingRefused::Throttled { retry_at })),
        }
    }

    /// Where the code for a new trading password goes, masked, and whether one is on its way.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn trading_code_view(&self, customer: &Customer) -> Result<(String, bool), Fault> {
        let to = self.first_identifier(&self.db, customer.account).await?;
        let sent = find_code(&self.db, code_of(customer)).await?;
        let is_good = sent.is_some_and(|state| self.now() < state.expires_at);
        Ok((to.map(|to| to.masked()).unwrap_or_default(), is_good))
    }

    /// Replaces a forgotten trading password. The factor is judged before the code, so that a wrong one costs no code.
    ///
    /// # Errors
    /// Refused by the rules for the choice, the factor, the code, or the settings lock.
    pub async fn replace_trading_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        code: &str,
        new: &SecretString,
        second_factor: &str,
    ) -> Result<Changed, Failure<TradingRefused>> {
        let refuse = |refused| Failure::Refused(TradingRefused::Change(refused));
        let version =
            self.own_credential_version(customer).await.map_err(|f| f.map_refused(TradingRefused::Change))?;
        self.may_change_now(customer).await?.map_err(refuse)?;
        let chosen = TradingPassword::choose(new.expose_secret());
        let chosen = chosen.map_err(|refused| Failure::Refused(TradingRefused::Choice(refused)))?;
        let to = self.first_identifier(&self.db, customer.account).await?;
        let to = to.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let new = New {
            stored: self.hash_trading_password(customer.account, &chosen).await?,
            kind: SecurityEventKind::TradingPasswordReset,
            event: ProtectionEvent::TradingPasswordReset,
        };
        let (now, typed, code) = (self.now(), TypedFactor::parse(second_factor), OneTimeCode::parse(code));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("replacing a trading password", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(TradingRefused::Change(refused))),
                };
                if store::find_trading_password(&mut *tx, account.id).await?.is_none() {
                    return Ok(Err(TradingRefused::Missing));
                }
                let purpose = StepUpPurpose::ReplaceTradingPassword;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(TradingRefused::Change(refused)));
                }
                if let Err(refused) = app.try_code(tx, code_of(&whose), code, &to, now).await? {
                    return Ok(Err(TradingRefused::Code(refused)));
                }
                app.write_trading_password(tx, &visit, &account, &new, now).await.map(Ok::<_, TradingRefused>)
            })
        });
        let answer: Result<Result<Changed, TradingRefused>, Fault> = answer.await;
        self.outbox.wake();
        answer?.map_err(Failure::Refused)
    }
}
