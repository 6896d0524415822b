//! A new password for who knows the present one.

use secrecy::{ExposeSecret, SecretString};

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::ChangeRefused;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::notice::Notice;
use doorward_domain::password::{self, Normalized};
use doorward_domain::session::SessionEndReason;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::throttle;
use doorward_domain::time::Timestamp;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::throttle::{Try, clear_failures, give_back_try, lock_failures, take_try};
use doorward_store::{StoreFault, Tx, account, password as store};

use super::Changed;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::hash_pool::Lane;
use crate::keys::KeyedHash;
use crate::passwords::{Comparison, StoredPassword};
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

/// Wrong present passwords typed behind the door have a counter of their own.
const SCOPE: &str = "password-change";

impl App {
    /// Changes the password. The present one, the rules for the new one, and the second factor are judged in this
    /// order, so that nothing is spent on a change that the rules refuse. Ends all other sessions.
    ///
    /// # Errors
    /// Refused by any of the three, by a limit, or because the account changed meanwhile.
    pub async fn change_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        current: &SecretString,
        new: &SecretString,
        second_factor: &str,
    ) -> Result<Changed, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let current = self.prove_current_password(visit, customer, current).await?;
        let identifier = self.first_identifier(&self.db, customer.account).await?;
        let identifier = identifier.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let normalized = self
            .judge_new_password(Lane::KnownDevice, new, &identifier)
            .await?
            .map_err(|refused| Failure::Refused(ChangeRefused::Password(refused)))?;
        if normalized.as_str() == current.as_str() {
            return Err(Failure::Refused(ChangeRefused::SamePassword));
        }
        let stored = self.hash_password(Lane::KnownDevice, customer.account, &normalized).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        // A sign-in at this moment locks its own row first and the authenticator after it: one of the two may lose.
        let answer = self.db.write_again("changing a password", move |tx| {
            let (app, visit, typed, stored) = (app.clone(), visit.clone(), typed.clone(), stored.clone());
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::ChangePassword;
                match app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    Ok(_) => app.write_new_password(tx, &visit, &whose, &account, &stored, now).await.map(Ok),
                    Err(refused) => Ok::<_, Fault>(Err(refused)),
                }
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        let changed = answer.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(changed)
    }

    async fn write_new_password(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        account: &Account,
        stored: &StoredPassword,
        now: Timestamp,
    ) -> Result<Changed, Fault> {
        store::set_password(tx, account.id, &stored.sealed, &stored.cost.to_string(), now).await?;
        account::raise_credential_version(tx, account.id).await?;
        let keep = Keep {
            session: Some(customer.session),
            device: Some(customer.device),
            devices: true,
            resets: false,
        };
        end_all_access(tx, account.id, &keep, SessionEndReason::PasswordChanged.name(), now).await?;
        let hold_until = self.record_event(tx, account.id, SecurityEventKind::PasswordChanged, now).await?;
        self.note(tx, Entry::of(AuditKind::PasswordChanged, account.id, visit.network), now).await?;
        let circumstances = self.circumstances(visit, now);
        self.announce(tx, account, now, |freeze| Notice::PasswordChanged {
            circumstances,
            hold_until,
            freeze,
        })
        .await?;
        Ok(Changed { hold_until })
    }

    /// Compares the present password under a counter: a stolen session is no place to guess it.
    async fn prove_current_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        typed: &SecretString,
    ) -> Result<Normalized, Failure<ChangeRefused>> {
        let (now, key) = (self.now(), self.change_key(customer));
        let policy = self.policy.throttle.clone();
        let place = self.db.write("taking a place for a present password", move |tx| {
            Box::pin(async move {
                let expires_at = now.plus(policy.unknown_counter_for);
                let place = take_try(tx, SCOPE, &key, now, expires_at).await?;
                if let Try::Taken { failures } = place {
                    let failures = u32::try_from(failures).unwrap_or(u32::MAX);
                    if let Some(length) = throttle::lock_after(&policy, failures) {
                        lock_failures(tx, SCOPE, &key, now.plus(length)).await?;
                    }
                }
                Ok::<_, StoreFault>(place)
            })
        });
        let failures = match place.await? {
            Try::Taken { failures } => failures,
            Try::Locked { until, .. } => {
                return Err(Failure::Refused(ChangeRefused::Throttled { retry_at: until }));
            }
        };
        let normalized = password::normalize(&self.policy.password, typed.expose_secret()).ok();
        let compared = self.compare_current_password(customer, normalized.as_ref()).await;
        match (compared, normalized) {
            (Ok(Comparison::Right { .. }), Some(normalized)) => {
                let write = self.db.write("clearing a counter of present passwords", move |tx| {
                    Box::pin(async move { clear_failures(tx, SCOPE, &key).await })
                });
                write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
                Ok(normalized)
            }
            (Ok(_), _) => {
                self.count_wrong_present_password(visit, customer, now).await?;
                Err(Failure::Refused(ChangeRefused::WrongPassword))
            }
            (Err(fault), _) => {
                // Nothing was compared: the place is given back.
                let write = self.db.write("giving back a place for a present password", move |tx| {
                    Box::pin(async move { give_back_try(tx, SCOPE, &key, failures).await })
                });
                write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
                Err(Failure::Fault(fault))
            }
        }
    }

    async fn compare_current_password(
        &self,
        customer: &Customer,
        typed: Option<&Normalized>,
    ) -> Result<Comparison, Fault> {
        let stored = store::find_password(&self.db, customer.account).await?;
        let stored = stored.filter(|stored| stored.disabled_at.is_none());
        let opened = stored
            .map(|stored| {
                let cost = stored.params.parse();
                let cost = cost.map_err(|_| Fault::internal("reading what a stored password cost"))?;
                Ok::<_, Fault>(StoredPassword { sealed: stored.sealed, cost })
            })
            .transpose()?;
        let of_account = opened.as_ref().map(|stored| (customer.account, stored));
        let lookup = self.change_key(customer);
        self.compare_password(self.hash_pool.reserve(Lane::KnownDevice)?, &lookup, of_account, typed).await
    }

    async fn count_wrong_present_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (app, account, network) = (self.clone(), customer.account, visit.network);
        let write = self.db.write("counting a wrong present password", move |tx| {
            Box::pin(async move {
                let disable_after = i64::from(app.policy.throttle.disable_after);
                store::count_password_failure(tx, account, disable_after, now).await?;
                app.note(tx, Entry::of(AuditKind::WrongPassword, account, network), now).await
            })
        });
        write.await.map_err(|fault: StoreFault| fault.into())
    }

    fn change_key(&self, customer: &Customer) -> [u8; 32] {
        self.keys.hash(KeyedHash::Throttle, &[SCOPE.as_bytes(), customer.account.as_uuid().as_bytes()])
    }
}
