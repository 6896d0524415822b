//! Passkeys of a customer: added after a step-up, renamed, removed after another (entry rules 5).

use doorward_domain::audit::AuditKind;
use doorward_domain::change::{ChangeRefused, ReplaceTotp, ReplaceTotpStep};
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{ChangeId, PasskeyId};
use doorward_domain::passkey::{PASSKEYS_MAX, PASSKEYS_ONLY_NEEDS, PasskeyName, PasskeyNews, PasskeyRefused};
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::change::{self as change_store, NewChange, StoredChange};
use doorward_store::identity::find_identity;
use doorward_store::passkey::{self as store, NewPasskey, StoredPasskey};
use uuid::Uuid;

use super::Changed;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::flow::{FlowCookie, Moved};
use crate::keys::Sealed;
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;
use crate::webauthn::{AttestationPolicy, Begun, Bound, NewCredential, Newcomer, RelyingParty, Returned};

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is kept on several devices; else it is bound to one.
    pub is_synced: bool,
    /// Whether too many failures disabled it.
    pub is_disabled: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// The passkeys of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeysView {
    /// Whether browsers make passkeys for this site at all.
    pub are_possible: bool,
    /// The oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Since when only they open the account.
    pub only_since: Option<Timestamp>,
    /// Whether somebody of the operator's has checked who the customer is: a case of an account that is entered by
    /// passkeys only needs it.
    pub is_identified: bool,
}

/// A passkey that is about to be made.
#[derive(Debug, Clone)]
pub struct NewPasskeyView {
    /// What its owner calls it.
    pub name: String,
    /// What the browser is asked.
    pub begun: Begun,
}

const fn refused(refused: PasskeyRefused) -> ChangeRefused {
    ChangeRefused::Passkey(refused)
}

fn failed<T>(why: PasskeyRefused) -> Result<T, Failure<ChangeRefused>> {
    Err(Failure::Refused(refused(why)))
}

fn view_of(stored: StoredPasskey) -> PasskeyView {
    PasskeyView {
        id: stored.id,
        name: stored.name,
        is_synced: stored.backup_eligible,
        is_disabled: stored.disabled_at.is_some(),
        created_at: stored.created_at,
        last_used_at: stored.last_used_at,
    }
}

impl App {
    /// The passkeys of a customer.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn show_passkeys(&self, customer: &Customer) -> Result<PasskeysView, Fault> {
        let stored = store::list_passkeys(&self.db, customer.account).await?;
        Ok(PasskeysView {
            are_possible: self.relying_party().is_some(),
            passkeys: stored.into_iter().map(view_of).collect(),
            only_since: store::find_passkeys_only(&self.db, customer.account).await?,
            is_identified: find_identity(&self.db, customer.account).await?.is_some(),
        })
    }

    /// Begins the adding of a passkey: the name it will have, and a second factor, which is spent by it.
    ///
    /// # Errors
    /// Refused when the name is none, the second factor is wrong or too weak, or the account changed meanwhile.
    pub async fn begin_passkey_addition(
        &self,
        visit: &Visit,
        customer: &Customer,
        name: &str,
        second_factor: &str,
    ) -> Result<Moved<ReplaceTotpStep>, Failure<ChangeRefused>> {
        if self.relying_party().is_none() {
            return failed(PasskeyRefused::Unavailable);
        }
        let Some(name) = PasskeyName::parse(name) else { return failed(PasskeyRefused::Name) };
        let version = self.own_credential_version(customer).await?;
        let (now, typed, token) = (self.now(), TypedFactor::parse(second_factor), self.random.token());
        let cookie = self.seal_flow_cookie(FlowCookie::Change, visit, &token);
        let cookie = cookie.ok_or(Failure::Refused(ChangeRefused::NotBegun))?;
        let id = ChangeId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Flow, id.as_uuid().as_bytes(), name.as_str().as_bytes());
        let (app, visit, customer) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("beginning to add a passkey", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &customer, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::AddPasskey;
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
                change_store::record_change(tx, &new, &change, now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)?;
        Ok(Moved { cookie, step: ReplaceTotpStep::Confirm })
    }

    /// What the browser is asked to make. Nothing is written by it.
    ///
    /// # Errors
    /// Refused when no addition is in progress in this session.
    pub async fn show_passkey_addition(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<NewPasskeyView, Failure<ChangeRefused>> {
        let (row, name) = self.open_passkey_addition(visit, customer, cookie).await?;
        let Some(party) = self.relying_party() else { return failed(PasskeyRefused::Unavailable) };
        let known = store::list_passkeys(&self.db, customer.account).await?;
        let known: Vec<Vec<u8>> = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let identifier = self.first_identifier(&self.db, customer.account).await?;
        let identifier = identifier.ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let (account, shown) = (customer.account.as_uuid(), identifier.masked());
        let newcomer = Newcomer { handle: account.as_bytes(), name: &shown };
        let begun = party.begin_registration(
            &self.keys,
            &*self.random,
            &bound_to_addition(&row),
            newcomer,
            &known,
            AttestationPolicy::None,
            self.now(),
        );
        Ok(NewPasskeyView { name: name.as_str().to_owned(), begun })
    }

    /// Adds the passkey that the browser made. Ends all other sessions, and every device's trust.
    ///
    /// # Errors
    /// Refused when it is not what was asked for, was here before, or the account changed meanwhile.
    pub async fn finish_passkey_addition(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
        answer: &str,
    ) -> Result<Changed, Failure<ChangeRefused>> {
        let (row, name) = self.open_passkey_addition(visit, customer, cookie).await?;
        let Some(party) = self.relying_party() else { return failed(PasskeyRefused::Unavailable) };
        let (now, bound) = (self.now(), bound_to_addition(&row));
        let made = party.finish_registration(&self.keys, &bound, answer, AttestationPolicy::None, now);
        let (key, returned) = match made {
            Ok(made) => made,
            Err(why) => return failed(PasskeyRefused::Ceremony(why)),
        };
        let addition = Addition { row, name, party, key, returned };
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let added = self.db.write("adding a passkey", move |tx| {
            Box::pin(async move { app.add_passkey_in(tx, &visit, &whose, &addition, now).await })
        });
        let changed = added.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(changed)
    }

    async fn add_passkey_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        addition: &Addition,
        now: Timestamp,
    ) -> Result<Result<Changed, ChangeRefused>, Fault> {
        let Addition { row, name, party, key, returned } = addition;
        let account = match self.hold_own_account(tx, customer, row.change.credential_version).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        let done = ReplaceTotp { step: ReplaceTotpStep::Done, ..row.change.clone() };
        if !change_store::move_change(tx, row, &row.token_hash, &done, now).await? {
            return Ok(Err(ChangeRefused::Ended));
        }
        if !store::spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
            return Ok(Err(ChangeRefused::Ended));
        }
        let id = PasskeyId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Passkey, id.as_uuid().as_bytes(), &key.stored);
        let new = NewPasskey {
            id,
            account_id: account.id,
            credential_id: &key.id,
            sealed: &sealed,
            name: name.as_str(),
            aaguid: Uuid::from_bytes(key.aaguid.into_bytes()),
            rp_id: party.id(),
            backup_eligible: key.backup_eligible,
            backup_state: key.backup_state,
            counter: key.counter,
        };
        let at_most = i64::try_from(PASSKEYS_MAX).unwrap_or(i64::MAX);
        if !store::record_passkey(tx, &new, at_most, now).await? {
            return Ok(Err(refused(PasskeyRefused::NotTaken)));
        }
        self.end_all_but(tx, customer, now).await?;
        let hold_until = self.record_event(tx, account.id, SecurityEventKind::PasskeyAdded, now).await?;
        let detail = (id.to_string(), key.backup_eligible, key.aaguid.to_string());
        let entry = Entry::of(AuditKind::PasskeyAdded, account.id, visit.network).with(&detail);
        self.note(tx, entry, now).await?;
        let news = PasskeyNews::Added;
        self.tell_passkey_news(tx, visit, &account, news, name.as_str(), hold_until, now).await?;
        Ok(Ok(Changed { hold_until }))
    }

    async fn open_passkey_addition(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
    ) -> Result<(StoredChange, PasskeyName), Failure<ChangeRefused>> {
        let row = self.open_change(visit, customer, cookie, StepUpPurpose::AddPasskey).await?;
        let opened = self.keys.open(Sealed::Flow, row.id.as_uuid().as_bytes(), &row.sealed);
        let name = opened.and_then(|plain| PasskeyName::parse(std::str::from_utf8(&plain).ok()?));
        let name = name.ok_or_else(|| Fault::internal("opening the name of a new passkey"))?;
        Ok((row, name))
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    /// Refused when the name is none or the customer has no such passkey.
    pub async fn rename_passkey(
        &self,
        visit: &Visit,
        customer: &Customer,
        id: PasskeyId,
        name: &str,
    ) -> Result<(), Failure<ChangeRefused>> {
        let Some(name) = PasskeyName::parse(name) else { return failed(PasskeyRefused::Name) };
        let (app, account, network, now) = (self.clone(), customer.account, visit.network, self.now());
        let renamed = self.db.write("renaming a passkey", move |tx| {
            Box::pin(async move {
                if !store::rename_passkey(tx, id, account, name.as_str()).await? {
                    return Ok(false);
                }
                let entry = Entry::of(AuditKind::PasskeyRenamed, account, network).with(&id.to_string());
                app.note(tx, entry, now).await?;
                Ok::<_, Fault>(true)
            })
        });
        if renamed.await? { Ok(()) } else { failed(PasskeyRefused::NotFound) }
    }

    /// Removes a passkey, never the last second factor. Ends all other sessions, and every device's trust.
    ///
    /// # Errors
    /// Refused when the second factor is wrong or too weak, the passkey is not here or still needed, or the account
    /// changed meanwhile.
    pub async fn remove_passkey(
        &self,
        visit: &Visit,
        customer: &Customer,
        id: PasskeyId,
        second_factor: &str,
    ) -> Result<Changed, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let removed = self.db.write("removing a passkey", move |tx| {
            Box::pin(async move { app.remove_passkey_in(tx, &visit, &whose, version, id, &typed, now).await })
        });
        let removed = removed.await?;
        self.outbox.wake();
        let changed = removed.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(changed)
    }

    #[expect(clippy::too_many_arguments, reason = "who removes which key, by what proof")]
    async fn remove_passkey_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        version: i64,
        id: PasskeyId,
        typed: &TypedFactor,
        now: Timestamp,
    ) -> Result<Result<Changed, ChangeRefused>, Fault> {
        let account = match self.hold_own_account(tx, customer, version).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        // Looked for before the proof, so that no code is lost on a key that is not there.
        let keys = store::list_passkeys(&mut *tx, account.id).await?;
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            return Ok(Err(refused(PasskeyRefused::NotFound)));
        };
        if account.passkeys_only && keys.len() <= PASSKEYS_ONLY_NEEDS {
            return Ok(Err(refused(PasskeyRefused::StillNeeded)));
        }
        let purpose = StepUpPurpose::RemovePasskey;
        if let Err(refused) = self.step_up(tx, visit, customer, &account, purpose, typed, now).await? {
            return Ok(Err(refused));
        }
        let needs = i64::try_from(PASSKEYS_ONLY_NEEDS).unwrap_or(i64::MAX);
        if !store::remove_passkey(tx, id, account.id, needs, now).await? {
            return Ok(Err(refused(PasskeyRefused::StillNeeded)));
        }
        self.end_all_but(tx, customer, now).await?;
        let hold_until = self.record_event(tx, account.id, SecurityEventKind::PasskeyRemoved, now).await?;
        let entry = Entry::of(AuditKind::PasskeyRemoved, account.id, visit.network).with(&id.to_string());
        self.note(tx, entry, now).await?;
        let news = PasskeyNews::Removed;
        self.tell_passkey_news(tx, visit, &account, news, &key.name, hold_until, now).await?;
        Ok(Ok(Changed { hold_until }))
    }
}

/// A passkey that was made, on its way into the database.
struct Addition {
    row: StoredChange,
    name: PasskeyName,
    party: RelyingParty,
    key: NewCredential,
    returned: Returned,
}

fn bound_to_addition(row: &StoredChange) -> Bound {
    Bound::to("add-passkey", &[row.id.as_uuid().as_bytes()])
}
