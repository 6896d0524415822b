//! Erasing an account: asked for with a second factor, announced with a link that calls it off, done after a waiting
//! time in one transaction that leaves entries of nobody and what the law makes one keep.

use std::time::Duration;

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::audit::AuditKind;
use doorward_domain::audit_leaf::erasure_statement;
use doorward_domain::change::ChangeRefused;
use doorward_domain::erasure::{ErasureObstacle, ErasureRefused, ErasureStanding};
use doorward_domain::id::AccountId;
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{Circumstances, LinkToken, Notice};
use doorward_domain::session::SessionEndReason;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::erasure::{self as store, StoredErasure};
use doorward_store::guard::find_standing;
use doorward_store::identifier::list_identifiers;
use doorward_store::identity::find_residence;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::support_case::find_open_case;
use doorward_store::{Source, StoreFault, Tx, account};
use doorward_wording::iso_moment;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::identity::IdentityShown;
use crate::keys::Sealed;
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

/// An erasure that something stands in the way of is looked at again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Erasures that one round does.
const AT_ONCE: i64 = 20;
/// Kept records that one round deletes.
const PURGED_AT_ONCE: i64 = 500;

/// What the page about one's own data says.
#[derive(Debug, Clone, Copy)]
pub struct DataView {
    /// The erasure that is under way.
    pub under_way: Option<StoredErasureView>,
    /// What would stand in the way of one now.
    pub obstacle: Option<ErasureObstacle>,
    /// From the wish to the deed.
    pub wait: Duration,
    /// How long the record of a customer is kept after it.
    pub kept_for: Duration,
    /// Whether anything of this customer must be kept.
    pub must_keep: bool,
}

/// An erasure under way, for its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredErasureView {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When its waiting time is over.
    pub due_at: Timestamp,
}

impl From<StoredErasure> for StoredErasureView {
    fn from(stored: StoredErasure) -> Self {
        Self { asked_at: stored.asked_at, due_at: stored.due_at }
    }
}

/// A cancelling link calls nothing off: unknown, or the erasure was called off or done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelRefused;

/// What came of an erasure whose time had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureOutcome {
    /// The account is gone.
    Erased,
    /// Something stands in the way; looked at again later.
    Postponed(ErasureObstacle),
    /// It was called off meanwhile.
    CalledOff,
}

impl App {
    /// What the page about one's own data says.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn data_view(&self, customer: &Customer) -> Result<DataView, Fault> {
        let (standing, must_keep) = self.erasure_standing((&self.db).into(), customer.account).await?;
        let under_way = store::find_erasure(&self.db, customer.account).await?;
        Ok(DataView {
            under_way: under_way.map(StoredErasureView::from),
            obstacle: standing.obstacle(self.now()),
            wait: self.policy.retention.erasure_wait,
            kept_for: self.policy.retention.customer_record,
            must_keep,
        })
    }

    /// What stands in the way of an erasure, and whether anything of the account must be kept after it.
    async fn erasure_standing(
        &self,
        source: Source<'_>,
        id: AccountId,
    ) -> Result<(ErasureStanding, bool), StoreFault> {
        let now = self.now();
        let (standing, facts, case, residence, is_blocked) = match source {
            Source::Db(db) => {
                let residence = find_residence(db, id).await?;
                (
                    find_standing(db, id, None, now).await?,
                    account::find_account_facts(db, id).await?,
                    find_open_case(db, id).await?,
                    residence.is_some(),
                    self.is_blocked_by_residence(db.into(), id, residence.as_deref()).await?,
                )
            }
            Source::Tx(tx) => {
                let residence = find_residence(&mut *tx, id).await?;
                (
                    find_standing(&mut *tx, id, None, now).await?,
                    account::find_account_facts(&mut *tx, id).await?,
                    find_open_case(&mut *tx, id).await?,
                    residence.is_some(),
                    self.is_blocked_by_residence(tx.into(), id, residence.as_deref()).await?,
                )
            }
        };
        // Until there is a ledger, nothing says that assets once held are gone.
        let held_assets = facts.is_some_and(|facts| facts.held_assets);
        let standing = ErasureStanding {
            holds_assets: held_assets,
            hold_until: standing.as_ref().and_then(|standing| standing.hold_until),
            has_open_case: case.is_some(),
            settings_locked: standing.as_ref().is_some_and(|standing| standing.settings_lock_days.is_some()),
            is_frozen: standing.is_some_and(|standing| standing.status == AccountStatus::Frozen),
            is_blocked,
        };
        Ok((standing, held_assets || residence))
    }

    /// Takes an erasure on: nothing is erased before its waiting time is over, and every channel is told how to call it
    /// off. Says when.
    ///
    /// # Errors
    /// Refused while something stands in its way, when one is under way, or by the second factor.
    pub async fn ask_erasure(
        &self,
        visit: &Visit,
        customer: &Customer,
        second_factor: &str,
    ) -> Result<Timestamp, Failure<ErasureRefused>> {
        let version =
            self.own_credential_version(customer).await.map_err(|f| f.map_refused(ErasureRefused::Proof))?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("taking an erasure on", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(ErasureRefused::Proof(refused))),
                };
                // Judged first, so that no code is lost on what cannot be.
                if let Some(refused) = app.erasure_refusal(tx, account.id, now).await? {
                    return Ok(Err(refused));
                }
                let purpose = StepUpPurpose::EraseAccount;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(ErasureRefused::Proof(refused)));
                }
                let circumstances = app.circumstances(&visit, now);
                let entry = Entry::of(AuditKind::ErasureAsked, account.id, visit.network);
                app.write_erasure(tx, &account, circumstances, entry, now).await.map(Ok::<_, ErasureRefused>)
            })
        });
        let answer: Result<_, Fault> = answer.await;
        self.outbox.wake();
        answer?.map_err(Failure::Refused)
    }

    /// Takes an erasure on that somebody asked the operator for. It waits and is announced like any other.
    ///
    /// # Errors
    /// Refused while something stands in its way or when one is under way.
    pub async fn ask_erasure_by_staff(&self, id: AccountId) -> Result<Timestamp, Failure<ErasureRefused>> {
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("taking an erasure on for staff", move |tx| {
            Box::pin(async move {
                let Some(account) = account::hold_account(tx, id).await? else {
                    return Err(Failure::Refused(ErasureRefused::Proof(ChangeRefused::CredentialsChanged)));
                };
                if let Some(refused) = app.erasure_refusal(tx, id, now).await? {
                    return Err(Failure::Refused(refused));
                }
                let circumstances = crate::staff::account::at_the_machine(now);
                let entry = Entry::without_network(AuditKind::StaffAskedErasure, id);
                Ok(app.write_erasure(tx, &account, circumstances, entry, now).await?)
            })
        });
        let due_at = write.await?;
        self.outbox.wake();
        Ok(due_at)
    }

    async fn erasure_refusal(
        &self,
        tx: &mut Tx,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Option<ErasureRefused>, StoreFault> {
        if let Some(under_way) = store::find_erasure(&mut *tx, id).await? {
            return Ok(Some(ErasureRefused::UnderWay { due_at: under_way.due_at }));
        }
        let (standing, _) = self.erasure_standing(tx.into(), id).await?;
        Ok(standing.obstacle(now).map(ErasureRefused::Obstacle))
    }

    async fn write_erasure(
        &self,
        tx: &mut Tx,
        account: &Account,
        circumstances: Circumstances,
        entry: Entry,
        now: Timestamp,
    ) -> Result<Timestamp, Fault> {
        let (cancel, due_at) = (self.random.token(), now.plus(self.policy.retention.erasure_wait));
        // The account's row is held and none was under way.
        store::record_erasure(tx, account.id, &cancel.hash(), due_at, now).await?;
        self.note(tx, entry, now).await?;
        let cancel = LinkToken::new(&cancel);
        self.announce(tx, account, now, |freeze| Notice::ErasureAsked {
            circumstances,
            due_at,
            cancel,
            freeze,
        })
        .await?;
        Ok(due_at)
    }

    /// Calls the customer's own erasure off; false when none was under way.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_erasure(&self, visit: &Visit, customer: &Customer) -> Result<bool, Fault> {
        let (app, visit, id, now) = (self.clone(), visit.clone(), customer.account, self.now());
        let write = self.db.write("calling an erasure off", move |tx| {
            Box::pin(async move {
                let Some(account) = account::hold_account(tx, id).await? else { return Ok(false) };
                let circumstances = app.circumstances(&visit, now);
                app.call_off(
                    tx,
                    &account,
                    circumstances,
                    Entry::of(AuditKind::ErasureCancelled, id, visit.network),
                    now,
                )
                .await
            })
        });
        let cancelled: Result<bool, Fault> = write.await;
        self.outbox.wake();
        cancelled
    }

    /// The same for staff.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_erasure_by_staff(&self, id: AccountId) -> Result<bool, Fault> {
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("calling an erasure off for staff", move |tx| {
            Box::pin(async move {
                let Some(account) = account::hold_account(tx, id).await? else { return Ok(false) };
                let entry = Entry::without_network(AuditKind::ErasureCancelled, id);
                app.call_off(tx, &account, crate::staff::account::at_the_machine(now), entry, now).await
            })
        });
        let cancelled: Result<bool, Fault> = write.await;
        self.outbox.wake();
        cancelled
    }

    /// Whether the button behind a cancelling link would call anything off. Changes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_cancel_link_good(&self, link: &Token) -> Result<bool, Fault> {
        Ok(store::find_erasure_by_link(&self.db, &link.hash()).await?.is_some())
    }

    /// Calls the erasure of a mailed link off by its button, without a sign-in.
    ///
    /// # Errors
    /// Refused when nothing of this link is under way.
    pub async fn cancel_erasure_by_link(
        &self,
        visit: &Visit,
        link: &Token,
    ) -> Result<(), Failure<CancelRefused>> {
        let (app, visit, hash, now) = (self.clone(), visit.clone(), link.hash(), self.now());
        let write = self.db.write("calling an erasure off by its link", move |tx| {
            Box::pin(async move {
                // The account's row comes first, as everywhere; what was found before is looked at again behind it.
                let Some(found) = store::find_erasure_by_link(&mut *tx, &hash).await? else {
                    return Ok(false);
                };
                let Some(account) = account::hold_account(tx, found.account_id).await? else {
                    return Ok(false);
                };
                if store::find_erasure_by_link(&mut *tx, &hash).await?.is_none() {
                    return Ok(false);
                }
                let circumstances = app.circumstances(&visit, now);
                let entry = Entry::of(AuditKind::ErasureCancelled, account.id, visit.network);
                app.call_off(tx, &account, circumstances, entry, now).await
            })
        });
        let cancelled: Result<bool, Fault> = write.await;
        self.outbox.wake();
        if cancelled? { Ok(()) } else { Err(Failure::Refused(CancelRefused)) }
    }

    async fn call_off(
        &self,
        tx: &mut Tx,
        account: &Account,
        circumstances: Circumstances,
        entry: Entry,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !store::cancel_erasure(tx, account.id).await? {
            return Ok(false);
        }
        self.note(tx, entry, now).await?;
        self.announce(tx, account, now, |freeze| Notice::ErasureCancelled { circumstances, freeze }).await?;
        Ok(true)
    }

    /// Does what is due: erases accounts whose waiting time is over, and deletes what was kept long enough. One that
    /// fails is told and tried again with the next round.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn erase_due(&self) -> Result<(), Fault> {
        let now = self.now();
        for due in store::list_due_erasures(&self.db, now, AT_ONCE).await? {
            if let Err(fault) = self.erase(due.account_id).await {
                tracing::warn!(%fault, source = ?fault.source, "an erasure that is due");
            }
        }
        let purge = self.db.write_again("deleting what was kept long enough", move |tx| {
            Box::pin(async move { store::purge_retained(tx, now, PURGED_AT_ONCE).await })
        });
        purge.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    /// Erases an account whose waiting time is over, in one transaction.
    ///
    /// # Errors
    /// The database does not answer; the account is as it was before.
    pub async fn erase(&self, id: AccountId) -> Result<ErasureOutcome, Fault> {
        // Entries from before the tree are bound first: only bound ones can be emptied.
        self.sequence_audit().await?;
        let identity = self.open_identity(id).await?;
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("erasing an account", move |tx| {
            Box::pin(async move {
                let held = account::hold_account(tx, id).await?;
                let due = store::find_erasure(&mut *tx, id).await?.filter(|erasure| erasure.due_at <= now);
                let Some(account) = held.filter(|_| due.is_some()) else {
                    return Ok(ErasureOutcome::CalledOff);
                };
                let (standing, must_keep) = app.erasure_standing((&mut *tx).into(), id).await?;
                if let Some(obstacle) = standing.obstacle(now) {
                    store::postpone_erasure(tx, id, now.plus(AGAIN_AFTER)).await?;
                    return Ok(ErasureOutcome::Postponed(obstacle));
                }
                app.erase_in(tx, &account, identity.filter(|_| must_keep), must_keep, now).await?;
                Ok::<_, Fault>(ErasureOutcome::Erased)
            })
        });
        let outcome = write.await?;
        if outcome == ErasureOutcome::Erased {
            self.sessions.forget(&[Ended::Account(id)]);
            self.outbox.wake();
            tracing::info!("an account was erased");
        }
        Ok(outcome)
    }

    async fn erase_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        identity: Option<IdentityShown>,
        must_keep: bool,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let id = account.id;
        let stored = list_identifiers(&mut *tx, id).await?;
        let identifiers: Vec<Identifier> =
            stored.iter().map(|stored| self.open_identifier(stored)).collect::<Result<_, _>>()?;
        // Other nodes drop the account's sessions from their caches by what this writes.
        end_all_access(tx, id, &Keep::default(), SessionEndReason::Staff.name(), now).await?;
        if must_keep {
            self.keep_by_law(tx, account, &identifiers, identity, now).await?;
        }
        let numbers = store::list_entry_numbers(&mut *tx, id).await?;
        let entry = Entry::stating(AuditKind::AccountErased, erasure_statement(&numbers));
        let by = self.note_numbered(tx, entry, now).await?;
        if store::empty_entries(tx, id, by).await? != numbers.len() as u64 {
            // One more was written meanwhile: all of this is undone, and the next round counts it too.
            return Err(Fault::unavailable("emptying the entries of an account"));
        }
        store::forget_account(tx, id).await?;
        for to in &identifiers {
            self.outgoing(None, to, account.language, &Notice::AccountErased { at: now }, now)
                .put(tx, now)
                .await?;
        }
        Ok(())
    }

    /// Seals what the law makes one keep, for as long as it does.
    async fn keep_by_law(
        &self,
        tx: &mut Tx,
        account: &Account,
        identifiers: &[Identifier],
        identity: Option<IdentityShown>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let identity = identity.map(|shown| {
            let record = shown.record;
            json!({
                "name": record.name,
                "birth_date": record.birth_date,
                "residence": record.residence,
                "level": record.level,
                "source": record.source,
            })
        });
        let record = json!({
            "account": account.id.to_string(),
            "opened_at": iso_moment(account.created_at.as_micros()),
            "erased_at": iso_moment(now.as_micros()),
            "identifiers": identifiers.iter().map(Identifier::as_str).collect::<Vec<_>>(),
            "identity": identity,
        });
        let id = Uuid::from_bytes(self.random.bytes());
        let plain = zeroize::Zeroizing::new(record.to_string().into_bytes());
        let sealed = self.keys.seal(Sealed::Retained, id.as_bytes(), &plain);
        let until = now.plus(self.policy.retention.customer_record);
        Ok(store::retain(tx, id, &sealed, until, now).await?)
    }
}
