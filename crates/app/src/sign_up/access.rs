//! The last step: *Access* opens the account with everything it needs, in one transaction.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::device::trusted_until;
use doorward_domain::hold::{SecurityEventKind, hold_until};
use doorward_domain::id::{DeviceId, IdentifierId, SessionId};
use doorward_domain::language::Language;
use doorward_domain::notice::Notice;
use doorward_domain::sign_up::{SignUp, SignUpRefused};
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::device::{DeviceEntry, record_device};
use doorward_store::identifier::{NewIdentifier, record_identifier};
use doorward_store::session::{NewSession, record_session};
use doorward_store::{Tx, account, password, recovery_code, security_event, sign_up as store, totp};

use super::{Open, SignUpState};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::visit::Visit;

/// What the browser holds after the account was opened.
#[derive(Debug, Clone)]
pub struct SignedUp {
    /// The account.
    pub account: Account,
    /// The secret of the session.
    pub session: Token,
    /// The secret of the known device.
    pub device: Token,
}

impl App {
    /// Opens the account and its first session. The sign-up is consumed by it: two parallel calls give one account.
    ///
    /// # Errors
    /// Refused when another step is asked, or when the identifier was taken by another sign-up meanwhile.
    pub async fn access_sign_up(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<SignedUp, Failure<SignUpRefused>> {
        let open = self.open_sign_up(visit, cookie).await?;
        let now = self.now();
        let outcome = open.row.sign_up.access(now);
        outcome.answer.map_err(Failure::Refused)?;
        let (app, visit) = (self.clone(), visit.clone());
        let opened = self.db.write("opening an account", move |tx| {
            Box::pin(async move { app.open_account(tx, &visit, &open, &outcome.sign_up, now).await })
        });
        let signed_up = opened.await?;
        self.outbox.wake();
        Ok(signed_up)
    }

    async fn open_account(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        open: &Open,
        entered: &SignUp,
        now: Timestamp,
    ) -> Result<SignedUp, Failure<SignUpRefused>> {
        if !store::move_sign_up(tx, &open.row, &open.row.token_hash, entered, &[], now).await? {
            return Err(Failure::Refused(SignUpRefused::Ended));
        }
        let account = self.write_account(tx, &open.state, &open.row.lookup, visit.language, now).await?;
        // Another sign-up of the same owner was faster: nothing of this one stays.
        let account = account.ok_or(Failure::Refused(SignUpRefused::Ended))?;
        self.note(tx, Entry::of(AuditKind::SignedUp, account.id, visit.network), now).await?;
        self.note_country(tx, visit, account.id, now).await?;
        let (session, device) = self.first_entry(tx, visit, &account, now).await?;
        let circumstances = self.circumstances(visit, now);
        self.announce(tx, &account, now, |freeze| Notice::SignedUp { circumstances, freeze }).await?;
        Ok(SignedUp { account, session, device })
    }

    /// Writes an account with identifier, password, app and recovery codes; `None` when the identifier is taken.
    pub(super) async fn write_account(
        &self,
        tx: &mut Tx,
        state: &SignUpState,
        lookup: &[u8; 32],
        language: Language,
        now: Timestamp,
    ) -> Result<Option<Account>, Fault> {
        let id = state.account();
        self.claim_stale_number(tx, lookup, now).await?;
        account::record_account(tx, id, language, now).await?;
        let identifier = state.identifier()?;
        let row = IdentifierId::from_parts(now, self.random.bytes());
        let sealed =
            self.keys.seal(Sealed::Identifier, row.as_uuid().as_bytes(), identifier.as_str().as_bytes());
        let new = NewIdentifier { id: row, account_id: id, kind: identifier.kind(), lookup, sealed: &sealed };
        if !record_identifier(tx, &new, now).await? {
            return Ok(None);
        }
        let (sealed, cost) =
            state.password.as_ref().ok_or_else(|| Fault::internal("a sign-up without a password"))?;
        password::set_password(tx, id, sealed, cost, now).await?;
        let row = state.totp();
        let sealed = self.keys.seal(Sealed::Totp, row.as_uuid().as_bytes(), state.secret()?.as_bytes());
        let spent =
            state.totp_step.ok_or_else(|| Fault::internal("a sign-up without a confirmed authenticator"))?;
        if !totp::record_totp(tx, row, id, &sealed, spent, now).await? {
            return Err(Fault::internal("a new account that has an authenticator already"));
        }
        if state.recovery_lookups.len() != self.policy.recovery.count {
            return Err(Fault::internal("a sign-up without recovery codes"));
        }
        recovery_code::renew_recovery_codes(tx, id, &state.recovery_lookups, now).await?;
        for kind in [SecurityEventKind::FirstPassword, SecurityEventKind::FirstTotp] {
            let until = hold_until(&self.policy.hold, kind, false, now);
            security_event::record_security_event(tx, id, kind, None, until, now).await?;
        }
        Ok(account::find_account(&mut *tx, id).await?)
    }

    /// The first session and the first known device of an account.
    async fn first_entry(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        now: Timestamp,
    ) -> Result<(Token, Token), Fault> {
        let (session, device) = (self.random.token(), self.random.token());
        let device_id = DeviceId::from_parts(now, self.random.bytes());
        let network = visit.network.to_string();
        let entry = DeviceEntry {
            token_hash: &device.hash(),
            network: &network,
            user_agent: &visit.user_agent,
            trusted_until: trusted_until(&self.policy.device, now),
        };
        record_device(tx, device_id, account.id, &entry, now).await?;
        let new = NewSession {
            id: SessionId::from_parts(now, self.random.bytes()),
            account_id: account.id,
            token_hash: &session.hash(),
            device_id: Some(device_id),
            second_factor: Factor::Totp.name(),
            network: &network,
            user_agent: &visit.user_agent,
        };
        let cap = i64::try_from(self.policy.session.at_most).unwrap_or(i64::MAX);
        record_session(tx, &new, cap, now).await?;
        self.note(tx, Entry::of(AuditKind::Entered, account.id, visit.network), now).await?;
        Ok((session, device))
    }
}
