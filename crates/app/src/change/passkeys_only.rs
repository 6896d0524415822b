//! *Passkeys only*: the customer's choice that neither password nor codes nor mails open the account (entry rules 5).
//!
//! Password, app and recovery codes stay stored and are compared no more; leaving the choice takes a passkey and lets
//! them open the account again as they were. Who loses every passkey comes back by a case (see [`crate::case`]), which
//! ends the choice.

use doorward_domain::audit::AuditKind;
use doorward_domain::change::ChangeRefused;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::passkey::{PASSKEYS_ONLY_NEEDS, PasskeyNews, PasskeyRefused};
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::{Tx, passkey as store};

use super::Changed;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

impl App {
    /// Switches entry by passkeys only on or off, proved by a passkey either way. Ends all other sessions, and every
    /// device's trust.
    ///
    /// # Errors
    /// Refused when the proof is no passkey of the account, fewer than two passkeys work, or it is so already.
    pub async fn set_passkeys_only(
        &self,
        visit: &Visit,
        customer: &Customer,
        wanted: bool,
        proof: &str,
    ) -> Result<Changed, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(proof));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let set = self.db.write("changing whether only passkeys open an account", move |tx| {
            Box::pin(async move {
                app.set_passkeys_only_in(tx, &visit, &whose, version, wanted, &typed, now).await
            })
        });
        let set = set.await?;
        self.outbox.wake();
        let changed = set.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(changed)
    }

    #[expect(clippy::too_many_arguments, reason = "who wants what, by what proof")]
    async fn set_passkeys_only_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        version: i64,
        wanted: bool,
        typed: &TypedFactor,
        now: Timestamp,
    ) -> Result<Result<Changed, ChangeRefused>, Fault> {
        let account = match self.hold_own_account(tx, customer, version).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        if account.passkeys_only == wanted {
            return Ok(Err(ChangeRefused::Passkey(PasskeyRefused::AlreadySo)));
        }
        let (purpose, kind, news) = match wanted {
            true => (StepUpPurpose::BeginPasskeysOnly, AuditKind::PasskeysOnlyBegun, PasskeyNews::OnlyBegun),
            false => (StepUpPurpose::EndPasskeysOnly, AuditKind::PasskeysOnlyEnded, PasskeyNews::OnlyEnded),
        };
        if let Err(refused) = self.step_up(tx, visit, customer, &account, purpose, typed, now).await? {
            return Ok(Err(refused));
        }
        let is_set = match wanted {
            true => {
                let needs = i64::try_from(PASSKEYS_ONLY_NEEDS).unwrap_or(i64::MAX);
                store::begin_passkeys_only(tx, account.id, needs, now).await?
            }
            false => store::end_passkeys_only(tx, account.id).await?,
        };
        if !is_set {
            return Ok(Err(ChangeRefused::Passkey(PasskeyRefused::TooFew)));
        }
        self.end_all_but(tx, customer, now).await?;
        let event = SecurityEventKind::PasskeyChanged;
        let hold_until = self.record_event(tx, account.id, event, now).await?;
        self.note(tx, Entry::of(kind, account.id, visit.network), now).await?;
        self.tell_passkey_news(tx, visit, &account, news, "", hold_until, now).await?;
        Ok(Ok(Changed { hold_until }))
    }
}
