//! A new authenticator app in the place of the old one: authorised by a second factor, confirmed by a code of the new
//! app. Nobody takes a factor away without proving one.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::{ChangeRefused, ReplaceTotp, ReplaceTotpStep};
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{ChangeId, TotpId};
use doorward_domain::notice::Notice;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::{Factor, StepUpPurpose};
use doorward_domain::time::Timestamp;
use doorward_domain::totp::{self, TotpCode, TotpJudgement, TotpSecret};
use doorward_store::change::{self as store, NewChange, StoredChange};
use doorward_store::{StoreFault, Tx, account, totp as totp_store};

use super::Changed;
use crate::app::App;
use crate::audit::Entry;
use crate::enrolment::Enrolment;
use crate::failure::{Failure, Fault};
use crate::flow::{FlowCookie, Moved};
use crate::keys::Sealed;
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

impl App {
    /// Begins the replacement of the authenticator app. An earlier one in progress ends.
    ///
    /// # Errors
    /// Refused when the second factor is wrong or too weak, or the account changed meanwhile.
    pub async fn begin_totp_replacement(
        &self,
        visit: &Visit,
        customer: &Customer,
        second_factor: &str,
    ) -> Result<Moved<ReplaceTotpStep>, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed, token) = (self.now(), TypedFactor::parse(second_factor), self.random.token());
        let cookie = self.seal_flow_cookie(FlowCookie::Change, visit, &token);
        let cookie = cookie.ok_or(Failure::Refused(ChangeRefused::NotBegun))?;
        let id = ChangeId::from_parts(now, self.random.bytes());
        let secret = TotpSecret::from_bytes(self.random.bytes());
        let sealed = self.keys.seal(Sealed::Flow, id.as_uuid().as_bytes(), secret.as_bytes());
        let (app, visit, customer) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("beginning the replacement of an authenticator", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &customer, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::ReplaceTotp;
                let factor = match app.step_up(tx, &visit, &customer, &account, purpose, &typed, now).await? {
                    Ok(factor) => factor,
                    Err(refused) => return Ok(Err(refused)),
                };
                let change = ReplaceTotp::begin(&app.policy, factor, account.credential_version, now);
                let new = NewChange {
                    id,
                    token_hash: &token.hash(),
                    account_id: account.id,
                    session_id: customer.session,
                    purpose,
                    sealed: &sealed,
                };
                store::record_change(tx, &new, &change, now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)?;
        Ok(Moved { cookie, step: ReplaceTotpStep::Confirm })
    }

    /// The new secret on its way into an app.
    ///
    /// # Errors
    /// Refused when no replacement is in progress in this session.
    pub async fn show_totp_replacement(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<Enrolment, Failure<ChangeRefused>> {
        let (_, secret) = self.open_totp_replacement(visit, customer, cookie).await?;
        let identifier = self.first_identifier(&self.db, customer.account).await?;
        let identifier = identifier.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        Ok(Enrolment::of(&secret, &self.site.name, &identifier)?)
    }

    /// Confirms the new app by one of its codes, which is spent by it. Ends all other sessions and devices.
    ///
    /// # Errors
    /// Refused when the code is wrong or of another time, or the account changed meanwhile.
    pub async fn confirm_totp_replacement(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
        typed: &str,
    ) -> Result<Changed, Failure<ChangeRefused>> {
        let (row, secret) = self.open_totp_replacement(visit, customer, cookie).await?;
        let now = self.now();
        let judged =
            TotpCode::parse(typed).map_or(TotpJudgement::Wrong, |code| totp::judge(&secret, code, now));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        // A sign-in at this moment locks its own row first and the authenticator after it: one of the two may lose.
        let answer = self.db.write_again("replacing an authenticator", move |tx| {
            let (app, visit, row, secret) = (app.clone(), visit.clone(), row.clone(), secret.clone());
            Box::pin(async move {
                let Some(account) = account::hold_account(tx, whose.account).await? else {
                    return Ok(Err(ChangeRefused::CredentialsChanged));
                };
                if let Err(refused) = app.may_change_in(tx, account.id, now).await? {
                    return Ok(Err(ChangeRefused::NotNow(refused)));
                }
                let (next, answer) = row.change.confirm(&app.policy, judged, account.credential_version, now);
                if !store::move_change(tx, &row, &row.token_hash, &next, now).await? {
                    return Ok(Err(ChangeRefused::Ended));
                }
                match (answer, judged) {
                    (Ok(()), TotpJudgement::Matches { step }) => {
                        let new = NewTotp { secret: &secret, confirmed_step: step, by: next.authorised_by };
                        app.write_new_totp(tx, &visit, &whose, &account, &new, now).await.map(Ok)
                    }
                    (answer, _) => Ok::<_, Fault>(Err(answer.err().unwrap_or(ChangeRefused::WrongFactor))),
                }
            })
        });
        let changed = answer.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(changed)
    }

    /// Ends a replacement at the customer's wish; the present app stays.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_totp_replacement(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<(), Fault> {
        let (row, _) = match self.open_totp_replacement(visit, customer, cookie).await {
            Ok(open) => open,
            Err(Failure::Refused(_)) => return Ok(()),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let now = self.now();
        let ended = ReplaceTotp { step: ReplaceTotpStep::Ended, ..row.change.clone() };
        let write = self.db.write("cancelling the replacement of an authenticator", move |tx| {
            Box::pin(async move { store::move_change(tx, &row, &row.token_hash, &ended, now).await })
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    async fn open_totp_replacement(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<(StoredChange, TotpSecret), Failure<ChangeRefused>> {
        let row = self.open_change(visit, customer, cookie, StepUpPurpose::ReplaceTotp).await?;
        let opened = self.keys.open(Sealed::Flow, row.id.as_uuid().as_bytes(), &row.sealed);
        let secret = opened.and_then(|plain| <[u8; 20]>::try_from(plain.as_slice()).ok());
        let secret = secret.ok_or_else(|| Fault::internal("opening the secret of a new authenticator"))?;
        Ok((row, TotpSecret::from_bytes(secret)))
    }

    async fn write_new_totp(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        account: &Account,
        new: &NewTotp<'_>,
        now: Timestamp,
    ) -> Result<Changed, Fault> {
        let id = TotpId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Totp, id.as_uuid().as_bytes(), new.secret.as_bytes());
        totp_store::replace_totp(tx, id, account.id, &sealed, new.confirmed_step, now).await?;
        self.end_all_but(tx, customer, now).await?;
        let kind = match new.by {
            Factor::Passkey | Factor::Totp => SecurityEventKind::TotpReplaced,
            Factor::RecoveryCode => SecurityEventKind::TotpReplacedAfterRecovery,
        };
        let hold_until = self.record_event(tx, account.id, kind, now).await?;
        self.note(tx, Entry::of(AuditKind::TotpReplaced, account.id, visit.network), now).await?;
        let circumstances = self.circumstances(visit, now);
        self.announce(tx, account, now, |freeze| Notice::TotpReplaced { circumstances, hold_until, freeze })
            .await?;
        Ok(Changed { hold_until })
    }
}

/// What the confirmation of a new app establishes.
struct NewTotp<'a> {
    secret: &'a TotpSecret,
    confirmed_step: i64,
    /// The factor that authorised the replacement: after a recovery code the hold is longer.
    by: Factor,
}
