//! The last step: the new password. It ends everything that was open and opens nothing.

use secrecy::SecretString;

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{Circumstances, Notice};
use doorward_domain::protection::DelayedChange;
use doorward_domain::reset::{Reset, ResetRefused, ResetStep};
use doorward_domain::session::SessionEndReason;
use doorward_domain::time::Timestamp;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::{Tx, account, password as password_store, reset as store};

use super::Open;
use crate::app::App;
use crate::audit::Entry;
use crate::enrolment::RecoveryCodesShown;
use crate::failure::{Failure, Fault};
use crate::hash_pool::Lane;
use crate::passwords::StoredPassword;
use crate::session_cache::Ended;
use crate::visit::Visit;

/// The password is replaced.
#[derive(Debug, Clone)]
pub struct PasswordReplaced {
    /// Until when nothing leaves the account.
    pub hold_until: Option<Timestamp>,
    /// When the new password takes effect, where the settings lock is on; it is in force already otherwise.
    pub parked_until: Option<Timestamp>,
    /// New recovery codes, in this answer and nowhere else, when the last old one was used here: without them, whoever
    /// has lost the app could not enter any more (entry rules 3).
    pub recovery_codes: Option<RecoveryCodesShown>,
}

impl App {
    /// Replaces the forgotten password. Ends all sessions, sign-ins and devices of the account and creates none.
    ///
    /// # Errors
    /// Refused by the rules for passwords, or because the account changed meanwhile or another step is asked.
    pub async fn choose_reset_password(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &SecretString,
    ) -> Result<PasswordReplaced, Failure<ResetRefused>> {
        let Open { row, identifier, .. } = self.open_reset_at(visit, cookie, ResetStep::Password).await?;
        let id = row.reset.account.ok_or(Failure::Refused(ResetRefused::Ended))?;
        let normalized = self
            .judge_new_password(Lane::Unknown, typed, &identifier)
            .await?
            .map_err(|refused| Failure::Refused(ResetRefused::Password(refused)))?;
        let stored = self.hash_password(Lane::Unknown, id, &normalized).await?;
        let (now, app, visit, at) = (self.now(), self.clone(), visit.clone(), row.token_hash);
        // A sign-in at this moment locks its own row first and what it proves after it: one of the two may lose.
        let answer = self.db.write_again("replacing a forgotten password", move |tx| {
            let (app, visit, stored, identifier) =
                (app.clone(), visit.clone(), stored.clone(), identifier.clone());
            Box::pin(async move {
                let held = account::hold_account(tx, id).await?;
                let Some(row) = store::hold_reset(tx, &at).await? else {
                    return Ok(Err(ResetRefused::Ended));
                };
                let Some(account) = held else { return Ok(Err(ResetRefused::CredentialsChanged)) };
                let outcome = row.reset.after_password(&account, Ok(()), now);
                if !store::move_reset(tx, &row, &row.token_hash, &outcome.reset, &row.sealed, now).await? {
                    return Ok(Err(ResetRefused::Ended));
                }
                match outcome.answer {
                    Ok(_) => app
                        .replace_password(tx, &visit, &account, &stored, &row.reset, &identifier, now)
                        .await
                        .map(Ok),
                    Err(refused) => Ok::<_, Fault>(Err(refused)),
                }
            })
        });
        let replaced = answer.await?.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        Ok(replaced)
    }

    #[expect(clippy::too_many_arguments, reason = "whose password becomes which, and by what it was proved")]
    async fn replace_password(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        stored: &StoredPassword,
        reset: &Reset,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<PasswordReplaced, Fault> {
        // Under the settings lock it waits for the lock's own delay, announced, with a link that cancels it.
        if let Some(lock) = self.settings_lock_in(tx, account.id, now).await? {
            let at = now.plus(lock.delay);
            let kind = DelayedChange::PasswordReset;
            self.let_wait(tx, visit, account, kind, Some(stored), at, now).await?;
            return Ok(PasswordReplaced { hold_until: None, parked_until: Some(at), recovery_codes: None });
        }
        let circumstances = self.circumstances(visit, now);
        let params = stored.cost.to_string();
        let hold_until =
            self.write_reset_password(tx, circumstances, account, &stored.sealed, &params, now).await?;
        let factor =
            reset.factor.ok_or_else(|| Fault::internal("a password reset without a second factor"))?;
        let codes = self.renew_last_codes(tx, account, factor, now).await?;
        if codes.is_empty() {
            return Ok(PasswordReplaced { hold_until, parked_until: None, recovery_codes: None });
        }
        self.record_event(tx, account.id, SecurityEventKind::RecoveryCodesRenewed, now).await?;
        self.note(tx, Entry::of(AuditKind::RecoveryCodesRenewed, account.id, visit.network), now).await?;
        let circumstances = self.circumstances(visit, now);
        self.announce(tx, account, now, |freeze| Notice::RecoveryCodesRenewed { circumstances, freeze })
            .await?;
        let shown = RecoveryCodesShown { codes, identifier: identifier.masked(), made_at: now };
        Ok(PasswordReplaced { hold_until, parked_until: None, recovery_codes: Some(shown) })
    }

    /// Puts a new password in the place of a forgotten one: ends everything that was open, starts the hold, tells the
    /// owner. Says until when nothing leaves the account.
    pub(crate) async fn write_reset_password(
        &self,
        tx: &mut Tx,
        circumstances: Circumstances,
        account: &Account,
        sealed: &[u8],
        params: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        password_store::set_password(tx, account.id, sealed, params, now).await?;
        account::raise_credential_version(tx, account.id).await?;
        let reason = SessionEndReason::PasswordReset.name();
        end_all_access(tx, account.id, &Keep::default(), reason, now).await?;
        let hold_until = self.record_event(tx, account.id, SecurityEventKind::PasswordReset, now).await?;
        self.note(tx, Entry::of(AuditKind::PasswordReset, account.id, circumstances.network), now).await?;
        self.announce(tx, account, now, |freeze| Notice::PasswordReset { circumstances, hold_until, freeze })
            .await?;
        Ok(hold_until)
    }
}
