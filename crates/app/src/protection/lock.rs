//! The settings lock: while it is on, nothing that protects the account can be changed. Only its own delay opens it.

use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::ActionRefused;
use doorward_domain::protection::{DelayedChange, LOCK_DAYS_MAX, ProtectionEvent, lock_delay};
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::{delayed_change, protection as store};

use super::Happened;
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::session_cache::Customer;
use crate::visit::Visit;

impl App {
    /// Switches the settings lock on with a delay of so many days, makes that delay longer, or takes back the wish to
    /// open it. Changes half made end. Takes a second factor, which is spent by it.
    ///
    /// # Errors
    /// Refused by the factor, or with the running lock when the delay would become shorter.
    pub async fn lock_settings(
        &self,
        visit: &Visit,
        customer: &Customer,
        days: u32,
        second_factor: &str,
    ) -> Result<(), Failure<ChangeRefused>> {
        let days = days.clamp(1, LOCK_DAYS_MAX);
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("locking an account's settings", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account_locked(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let standing = app.settings_lock_in(tx, account.id, now).await?;
                if let Some(lock) = standing
                    && lock_delay(days).is_none_or(|delay| delay < lock.delay)
                {
                    let (delay, opens_at) = (lock.delay, lock.opens_at);
                    return Ok(Err(ChangeRefused::NotNow(ActionRefused::SettingsLocked { delay, opens_at })));
                }
                let purpose = StepUpPurpose::SettingsLock;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(refused));
                }
                store::lock_settings(tx, account.id, days).await?;
                let kind = DelayedChange::SettingsLockOff;
                delayed_change::end_waiting(tx, account.id, kind, "taken-back", now).await?;
                // What was begun before the lock must not be finished under it.
                doorward_store::change::end_changes(tx, account.id, "settings-locked", now).await?;
                doorward_store::identifier_change::end_identifier_changes(tx, account.id, now).await?;
                let happened = Happened::of(ProtectionEvent::SettingsLockOn);
                app.protection_happened(tx, &visit, &account, happened, now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)
    }

    /// Asks the settings lock to open, which it does after its delay, announced, with a link that cancels it. Says when.
    ///
    /// # Errors
    /// Refused by the factor; with the time when it opens already; and as not begun where there is no lock.
    pub async fn ask_settings_unlock(
        &self,
        visit: &Visit,
        customer: &Customer,
        second_factor: &str,
    ) -> Result<Timestamp, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("asking a settings lock to open", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account_locked(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let Some(lock) = app.settings_lock_in(tx, account.id, now).await? else {
                    return Ok(Err(ChangeRefused::NotBegun));
                };
                if lock.opens_at.is_some() {
                    let (delay, opens_at) = (lock.delay, lock.opens_at);
                    return Ok(Err(ChangeRefused::NotNow(ActionRefused::SettingsLocked { delay, opens_at })));
                }
                let purpose = StepUpPurpose::SettingsLock;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(refused));
                }
                let at = now.plus(lock.delay);
                let kind = DelayedChange::SettingsLockOff;
                app.let_wait(tx, &visit, &account, kind, None, at, now).await?;
                Ok::<_, Fault>(Ok(at))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)
    }
}
