//! What a customer chooses beside the factors: notices of entries, binding of sessions to their network, the address
//! book, and the settings lock (entry rules 1, 5 and 6).

use doorward_domain::account::Account;
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::{SettingsLock, Standing};
use doorward_domain::notice::{Circumstances, LinkToken, Notice};
use doorward_domain::phrase::Phrases;
use doorward_domain::protection::{DelayedChange, ProtectionEvent};
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::session::record_invalidation;
use doorward_store::{Tx, account, delayed_change, protection as store};

use crate::app::App;
use crate::audit::Entry;
use crate::delayed::Waiting;
use crate::failure::{Failure, Fault};
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

mod lock;

/// What guards an account beside its factors, for its pages.
#[derive(Debug, Clone)]
pub struct ProtectionView {
    /// What the customer chose.
    pub choices: Choices,
    /// Freeze, holds, settings lock and trading password.
    pub standing: Standing,
    /// The three phrases.
    pub phrases: Phrases,
    /// Changes that wait, the next first.
    pub waiting: Vec<Waiting>,
}

/// What can be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// Each entry is told, not only those of new devices.
    pub every_entry: bool,
    /// A session ends when a request comes from another network.
    pub bind_network: bool,
    /// Withdrawals go to listed addresses only.
    pub address_book: bool,
}

/// What came of switching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// When the address book goes off, if that was asked for now.
    pub address_book_off_at: Option<Timestamp>,
}

/// One thing that happened to an account's protection, for the record and the owner.
pub(crate) struct Happened {
    pub(crate) event: ProtectionEvent,
    /// The end of a hold or a lock, or the moment at which a change takes effect.
    pub(crate) until: Option<Timestamp>,
    /// The link that cancels a change that waits.
    pub(crate) cancel: Option<LinkToken>,
}

impl Happened {
    pub(crate) const fn of(event: ProtectionEvent) -> Self {
        Self { event, until: None, cancel: None }
    }
}

impl App {
    /// Writes what happened into the record and tells the owner on every channel, with the freeze link.
    pub(crate) async fn protection_happened(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        happened: Happened,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let circumstances = self.circumstances(visit, now);
        self.protection_happened_there(tx, circumstances, account, happened, now).await
    }

    /// The same where no request is at hand: a change that had waited is carried out.
    pub(crate) async fn protection_happened_there(
        &self,
        tx: &mut Tx,
        circumstances: Circumstances,
        account: &Account,
        happened: Happened,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Happened { event, until, cancel } = happened;
        if let Some(kind) = event.audit_kind() {
            self.note(tx, Entry::of(kind, account.id, circumstances.network), now).await?;
        }
        self.announce(tx, account, now, |freeze| Notice::Protection {
            event,
            circumstances,
            until,
            cancel,
            freeze,
        })
        .await
    }

    /// Refused now, before anything is worked out: the settings lock is on, or the account is frozen.
    pub(crate) async fn may_change_now(
        &self,
        customer: &Customer,
    ) -> Result<Result<(), ChangeRefused>, Fault> {
        let now = self.now();
        let standing = self.standing_anywhere(customer.account, now).await?;
        let action = doorward_domain::action::Action::ChangeSecurity;
        Ok(doorward_domain::guard::decide(&standing, action, now).map_err(ChangeRefused::NotNow))
    }

    /// What guards the account beside its factors.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn protection(&self, visit: &Visit, customer: &Customer) -> Result<ProtectionView, Fault> {
        let id = customer.account;
        let stored = store::find_protection(&self.db, id).await?;
        let stored = stored.ok_or_else(|| Fault::internal("a customer without an account"))?;
        Ok(ProtectionView {
            choices: Choices {
                every_entry: stored.tells_every_entry,
                bind_network: stored.binds_network,
                address_book: !stored.address_book_off,
            },
            standing: self.standing(visit.network, id, None, self.now()).await?,
            phrases: self.open_phrases(id, stored.phrases.as_deref())?,
            waiting: self.waiting(id).await?,
        })
    }

    /// Switches notices, network binding and address book as the customer chose. The address book goes off after its
    /// wait only. Takes a second factor, which is spent by it.
    ///
    /// # Errors
    /// Refused by the factor or the settings lock.
    pub async fn choose_protection(
        &self,
        visit: &Visit,
        customer: &Customer,
        choices: Choices,
        second_factor: &str,
    ) -> Result<Chosen, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("choosing an account's protection", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::ChangeProtection;
                match app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    Ok(_) => app.write_choices(tx, &visit, &account, choices, now).await.map(Ok),
                    Err(refused) => Ok::<_, Fault>(Err(refused)),
                }
            })
        });
        let chosen = answer.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(chosen)
    }

    async fn write_choices(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        choices: Choices,
        now: Timestamp,
    ) -> Result<Chosen, Fault> {
        if store::set_tells_every_entry(tx, account.id, choices.every_entry).await? {
            let event = match choices.every_entry {
                true => ProtectionEvent::EveryEntryOn,
                false => ProtectionEvent::EveryEntryOff,
            };
            self.protection_happened(tx, visit, account, Happened::of(event), now).await?;
        }
        if store::set_binds_network(tx, account.id, choices.bind_network).await? {
            let event = match choices.bind_network {
                true => ProtectionEvent::NetworkBindingOn,
                false => ProtectionEvent::NetworkBindingOff,
            };
            // Sessions in memory know whether they are bound: they are read anew.
            record_invalidation(tx, None, Some(account.id), now).await?;
            self.protection_happened(tx, visit, account, Happened::of(event), now).await?;
        }
        let kind = DelayedChange::AddressBookOff;
        if choices.address_book {
            let was_off = store::set_address_book_off(tx, account.id, false).await?;
            let was_waiting = delayed_change::end_waiting(tx, account.id, kind, "taken-back", now).await?;
            if was_off || was_waiting {
                let happened = Happened::of(ProtectionEvent::AddressBookOn);
                self.protection_happened(tx, visit, account, happened, now).await?;
            }
            return Ok(Chosen { address_book_off_at: None });
        }
        let stored = store::find_protection(&mut *tx, account.id).await?;
        let is_off = stored.is_some_and(|stored| stored.address_book_off);
        let waits = delayed_change::list_waiting(&mut *tx, account.id).await?;
        if is_off || waits.iter().any(|waiting| waiting.kind == kind) {
            return Ok(Chosen { address_book_off_at: None });
        }
        let at = now.plus(self.policy.hold.address_book_off_after);
        self.let_wait(tx, visit, account, kind, None, at, now).await?;
        Ok(Chosen { address_book_off_at: Some(at) })
    }

    /// Whether withdrawals of this account go to listed addresses only, inside a write.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn enforces_address_book_in(
        &self,
        tx: &mut Tx,
        id: doorward_domain::id::AccountId,
    ) -> Result<bool, Fault> {
        let stored = store::find_protection(tx, id).await?;
        Ok(stored.is_none_or(|stored| !stored.address_book_off))
    }

    /// The settings lock of an account inside a write, while it is on. The account's row must be held.
    pub(crate) async fn settings_lock_in(
        &self,
        tx: &mut Tx,
        id: doorward_domain::id::AccountId,
        now: Timestamp,
    ) -> Result<Option<SettingsLock>, Fault> {
        Ok(self.standing_in(tx, id, now).await?.settings_lock)
    }

    /// The account with its row locked, for a change of its protection that the settings lock lets through.
    pub(crate) async fn hold_open_account(
        &self,
        tx: &mut Tx,
        id: doorward_domain::id::AccountId,
    ) -> Result<Option<Account>, Fault> {
        Ok(account::hold_account(tx, id).await?)
    }
}
