//! A new set of recovery codes; the old ones open nothing any more.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::ChangeRefused;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::notice::Notice;
use doorward_domain::session::SessionEndReason;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::{Tx, account, recovery_code as store, reset, sign_in};

use crate::app::App;
use crate::audit::Entry;
use crate::enrolment::RecoveryCodesShown;
use crate::failure::{Failure, Fault};
use crate::session_cache::Customer;
use crate::visit::Visit;

impl App {
    /// Replaces the recovery codes by ten new ones, which are in this answer and nowhere else.
    ///
    /// # Errors
    /// Refused when the second factor is wrong or too weak, or the account changed meanwhile.
    pub async fn renew_recovery_codes(
        &self,
        visit: &Visit,
        customer: &Customer,
        second_factor: &str,
    ) -> Result<RecoveryCodesShown, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let identifier = self.first_identifier(&self.db, customer.account).await?;
        let identifier = identifier.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let (now, typed, codes) = (self.now(), TypedFactor::parse(second_factor), self.new_recovery_codes());
        let lookups = self.recovery_lookups(&codes);
        let (app, visit, customer) = (self.clone(), visit.clone(), *customer);
        // A sign-in at this moment locks its own row first and the authenticator after it: one of the two may lose.
        let answer = self.db.write_again("renewing recovery codes", move |tx| {
            let (app, visit, typed, lookups) = (app.clone(), visit.clone(), typed.clone(), lookups.clone());
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &customer, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::RenewRecoveryCodes;
                match app.step_up(tx, &visit, &customer, &account, purpose, &typed, now).await? {
                    Ok(_) => app.write_recovery_codes(tx, &visit, &account, &lookups, now).await.map(Ok),
                    Err(refused) => Ok::<_, Fault>(Err(refused)),
                }
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)?;
        Ok(RecoveryCodesShown::of(&codes, &identifier, now))
    }

    async fn write_recovery_codes(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        lookups: &[[u8; 32]],
        now: Timestamp,
    ) -> Result<(), Fault> {
        account::raise_credential_version(tx, account.id).await?;
        let reason = SessionEndReason::FactorChanged.name();
        sign_in::end_sign_ins(tx, account.id, reason, now).await?;
        reset::end_resets(tx, account.id, reason, now).await?;
        store::renew_recovery_codes(tx, account.id, lookups, now).await?;
        self.record_event(tx, account.id, SecurityEventKind::RecoveryCodesRenewed, now).await?;
        self.note(tx, Entry::of(AuditKind::RecoveryCodesRenewed, account.id, visit.network), now).await?;
        let circumstances = self.circumstances(visit, now);
        self.announce(tx, account, now, |freeze| Notice::RecoveryCodesRenewed { circumstances, freeze }).await
    }
}
