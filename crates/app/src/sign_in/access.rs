//! *Access*: the button that ends a sign-in in a session.

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::audit::AuditKind;
use doorward_domain::device::trusted_until;
use doorward_domain::id::{AccountId, DeviceId, SessionId};
use doorward_domain::notice::Notice;
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::sign_in::{AccessFacts, SignInRefused, SignInStep};
use doorward_domain::step_up::Factor;
use doorward_domain::throttle::FailureScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::Tx;
use doorward_store::account::set_language;
use doorward_store::country::record_country;
use doorward_store::device::{DeviceEntry, record_device, rotate_device};
use doorward_store::password::clear_password_failures;
use doorward_store::recovery_code::{find_recovery_codes, renew_recovery_codes};
use doorward_store::session::{NewSession, record_session};
use doorward_store::sign_in::{Entry as StoreEntry, StoredSignIn, end_sign_in, enter};
use doorward_store::throttle::clear_failures;
use serde::Serialize;
use zeroize::Zeroizing;

use super::Entered;
use super::attempt::{Attempt, Kept};
use super::password::NOBODY;
use super::sent_code::Answered;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::outcomes::SignInOutcome;
use crate::protection::Happened;
use crate::visit::Visit;

/// What the record keeps of an entry.
#[derive(Serialize)]
struct EntryDetail<'a> {
    user_agent: &'a str,
    factor: &'static str,
    known_device: bool,
    channel_proved: bool,
    wrong_factors: u32,
    country: Option<&'a str>,
    rung: Option<&'a str>,
    reasons: &'a [String],
}

/// The secrets of an entry, made before the write.
struct Fresh {
    session: Token,
    device: Token,
}

/// What about an entry its owner is told.
#[derive(Clone, Copy)]
struct Told {
    /// The device was not known before.
    is_new: bool,
    /// The owner wants to be told of each entry.
    tells_every: bool,
    /// The last recovery code opened, and there are new ones.
    renewed: bool,
}

impl App {
    /// Ends a sign-in in a session. Status and credential version are read again and the sign-in is spent in one
    /// transaction: of two parallel calls one enters.
    ///
    /// # Errors
    /// Another request was first, or the account was frozen or changed meanwhile.
    pub async fn access(&self, visit: &Visit, cookie: &str) -> Result<Entered, Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::Access, now).map_err(Failure::Refused)?;
        let account = self.account_of(&attempt).await?;
        let outcome = attempt.sign_in.access(AccessFacts { account: account.as_ref() }, now);
        let (Ok(_), Some(account)) = (outcome.answer, account) else {
            let refused = outcome.answer.err().unwrap_or(SignInRefused::CredentialsChanged);
            self.end_refused(attempt).await?;
            return Err(Failure::Refused(refused));
        };
        let fresh = Fresh { session: self.random.token(), device: self.random.token() };
        let shown = visit.device_tokens.clone();
        let (app, from) = (self.clone(), visit.clone());
        let answered: Answered<(Entered, DeviceId, bool)> = self
            .db
            .write("entering", move |tx| {
                Box::pin(async move { app.enter_in(tx, &from, attempt, account, fresh, now).await })
            })
            .await?;
        let (mut entered, device, says_more) = match answered {
            Ok(entered) => entered,
            Err(refused) => {
                self.outcomes.count(SignInOutcome::Refused);
                return Err(Failure::Refused(refused));
            }
        };
        if entered.replaces_device.is_some() {
            entered.replaces_device = self.token_of(&shown, device, now).await?;
        }
        self.outcomes.count(SignInOutcome::Entered);
        if says_more {
            self.outbox.wake();
        }
        Ok(entered)
    }

    async fn end_refused(&self, attempt: Attempt) -> Result<(), Fault> {
        let now = self.now();
        let Some(row) = attempt.row else { return Ok(()) };
        self.db
            .write("ending a sign-in", move |tx| {
                Box::pin(async move { end_sign_in(tx, row.id, "refused", now).await.map(drop) })
            })
            .await
            .map_err(|fault: doorward_store::StoreFault| fault.into())
    }

    /// The token, among those that the browser shows, of the device that has just entered: its former one.
    async fn token_of(
        &self,
        shown: &[Token],
        entered_by: DeviceId,
        now: Timestamp,
    ) -> Result<Option<Token>, Fault> {
        // The device was known by a token of this browser, so the only one is the one.
        if let [only] = shown {
            return Ok(Some(only.clone()));
        }
        for token in shown {
            let found = doorward_store::device::find_device(&self.db, &token.hash(), now).await?;
            if found.is_some_and(|device| device.id == entered_by) {
                return Ok(Some(token.clone()));
            }
        }
        Ok(None)
    }

    async fn enter_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: Attempt,
        account: Account,
        fresh: Fresh,
        now: Timestamp,
    ) -> Result<Answered<(Entered, DeviceId, bool)>, Fault> {
        let Some(row) = &attempt.row else { return Ok(Err(SignInRefused::NotBegun)) };
        let tells_every = match enter(tx, row, account.id, now).await? {
            StoreEntry::Entered { tells_every_entry } => tells_every_entry,
            StoreEntry::Gone => return Ok(Err(SignInRefused::Ended)),
            StoreEntry::Changed { status } => {
                end_sign_in(tx, row.id, "changed", now).await?;
                return Ok(Err(match status {
                    AccountStatus::Frozen => SignInRefused::Frozen,
                    AccountStatus::Open => SignInRefused::CredentialsChanged,
                }));
            }
        };
        let factor = row.sign_in.factor.ok_or_else(|| Fault::internal("an entry without a second factor"))?;
        self.note_country(tx, visit, account.id, now).await?;
        let (device, is_new) = self.enter_device(tx, visit, row, account.id, &fresh.device, now).await?;
        let id = SessionId::from_parts(now, self.random.bytes());
        let session = NewSession {
            id,
            account_id: account.id,
            token_hash: &fresh.session.hash(),
            device_id: Some(device),
            second_factor: factor.name(),
            network: &visit.network.to_string(),
            user_agent: &visit.user_agent,
        };
        let at_most = i64::try_from(self.policy.session.at_most).unwrap_or(i64::MAX);
        record_session(tx, &session, at_most, now).await?;
        self.forgive(tx, row).await?;
        let recovery_codes = self.renew_last_codes(tx, &account, factor, now).await?;
        let told = Told { is_new, tells_every, renewed: !recovery_codes.is_empty() };
        let says_more = self.announce_entry(tx, visit, &attempt.kept, row, &account, told, now).await?;
        // Told in the language so far; from now on in the one that the owner chose to read.
        let language = if visit.language_is_chosen { visit.language } else { account.language };
        if language != account.language {
            set_language(tx, account.id, language).await?;
        }
        let replaces_device = (!is_new).then(|| fresh.device.clone());
        let entered = Entered {
            session: fresh.session,
            device: fresh.device,
            replaces_device,
            return_to: attempt.kept.return_to,
            recovery_codes,
        };
        Ok(Ok((entered, device, says_more)))
    }

    /// Remembers from which country an account was entered: the next entry is judged by it.
    pub(crate) async fn note_country(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: AccountId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match self.place_of(visit.network).country() {
            Some(country) => Ok(record_country(tx, account, country, now).await?),
            None => Ok(()),
        }
    }

    /// The device that enters: the known one with a new token, or a new one.
    async fn enter_device(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        row: &StoredSignIn,
        account: doorward_domain::id::AccountId,
        token: &Token,
        now: Timestamp,
    ) -> Result<(DeviceId, bool), Fault> {
        let policy = &self.policy.device;
        let network = visit.network.to_string();
        let entry = DeviceEntry {
            token_hash: &token.hash(),
            network: &network,
            user_agent: &visit.user_agent,
            trusted_until: trusted_until(policy, now),
        };
        if let Some(device) = row.device_id {
            let previous_until = now.plus(policy.previous_token_for);
            if rotate_device(tx, device, account, &entry, previous_until, now).await? {
                return Ok((device, false));
            }
        }
        let device = DeviceId::from_parts(now, self.random.bytes());
        record_device(tx, device, account, &entry, now).await?;
        Ok((device, true))
    }

    /// A whole sign-in ends the row of wrong passwords, on this account's counters alone: what the network has done on
    /// others stays counted.
    async fn forgive(&self, tx: &mut Tx, row: &StoredSignIn) -> Result<(), Fault> {
        // A known device was forgiven when its password was right; a passkey says nothing about passwords.
        if row.sign_in.known_device || !row.sign_in.password_matched {
            return Ok(());
        }
        clear_password_failures(tx, row.sign_in.account.unwrap_or(NOBODY)).await?;
        clear_failures(tx, FailureScope::PasswordUnknownDevice.name(), &row.lookup).await?;
        if let Some(device) = row.device_id {
            let scope = FailureScope::PasswordKnownDevice.name();
            clear_failures(tx, scope, device.as_uuid().as_bytes()).await?;
        }
        Ok(())
    }

    /// Who entered with the last recovery code gets a new set at once (entry rules 3).
    pub(crate) async fn renew_last_codes(
        &self,
        tx: &mut Tx,
        account: &Account,
        factor: Factor,
        now: Timestamp,
    ) -> Result<Vec<Zeroizing<String>>, Fault> {
        if factor != Factor::RecoveryCode {
            return Ok(Vec::new());
        }
        let left = find_recovery_codes(&mut *tx, account.id).await?.map_or(0, |codes| codes.remaining);
        if left > 0 {
            return Ok(Vec::new());
        }
        let codes = self.new_recovery_codes();
        let lookups = self.recovery_lookups(&codes);
        renew_recovery_codes(tx, account.id, &lookups, now).await?;
        Ok(codes.iter().map(|code| Zeroizing::new(RecoveryCode::from_random(*code).to_string())).collect())
    }

    #[expect(clippy::too_many_arguments, reason = "who entered, how, and what is new")]
    async fn announce_entry(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        kept: &Kept,
        row: &StoredSignIn,
        account: &Account,
        Told { is_new, tells_every, renewed }: Told,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let sign_in = &row.sign_in;
        let detail = EntryDetail {
            user_agent: &visit.user_agent,
            factor: sign_in.factor.map_or("none", Factor::name),
            known_device: sign_in.known_device,
            channel_proved: sign_in.channel_proved,
            wrong_factors: sign_in.factor_failures,
            country: self.place_of(visit.network).country().map(|country| country.code()),
            rung: kept.rung.as_deref(),
            reasons: &kept.reasons,
        };
        let entry = |kind| Entry::of(kind, account.id, visit.network);
        self.note(tx, entry(AuditKind::Entered).with(&detail), now).await?;
        if is_new {
            self.note(tx, entry(AuditKind::DeviceTrusted), now).await?;
        } else if kept.is_from_unusual_country() {
            let circumstances = self.circumstances(visit, now);
            self.announce(tx, account, now, |freeze| Notice::UnusualCountry { circumstances, freeze })
                .await?;
        }
        if is_new {
            let circumstances = self.circumstances(visit, now);
            self.announce(tx, account, now, |freeze| Notice::NewSignIn { circumstances, freeze }).await?;
        }
        let tells_again = !is_new && tells_every;
        if tells_again {
            let happened = Happened::of(ProtectionEvent::Entered);
            self.protection_happened(tx, visit, account, happened, now).await?;
        }
        if renewed {
            self.note(tx, entry(AuditKind::RecoveryCodesRenewed), now).await?;
            let circumstances = self.circumstances(visit, now);
            self.announce(tx, account, now, |freeze| Notice::RecoveryCodesRenewed { circumstances, freeze })
                .await?;
        }
        Ok(is_new || renewed || tells_again || kept.is_from_unusual_country())
    }
}
