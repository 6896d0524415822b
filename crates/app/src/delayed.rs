//! Changes that take effect only after a wait: announced on every channel with a link that cancels them, and carried
//! out by whichever node finds them due (entry rules 5 and 6).

use std::net::IpAddr;

use doorward_domain::account::Account;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{AccountId, ChangeId};
use doorward_domain::notice::{Circumstances, LinkToken};
use doorward_domain::protection::{DelayedChange, ProtectionEvent};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::delayed_change::{self as store, NewDelayedChange, StoredDelayedChange};
use doorward_store::{Tx, account, protection};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::passwords::StoredPassword;
use crate::protection::Happened;
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

/// How many changes one turn carries out; the next turn comes within seconds.
const DUE_AT_ONCE: i64 = 50;

/// A change that waits, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: ChangeId,
    /// What it will do.
    pub kind: DelayedChange,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it takes effect.
    pub takes_effect_at: Timestamp,
}

/// A link that cancels nothing: unknown, used, or the change has been carried out. All look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelLinkRefused;

/// What a change that waits needs when its time has come, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    network: IpAddr,
    user_agent: String,
    /// A new password: its hash as it is stored, and what that cost.
    password: Option<(Vec<u8>, String)>,
}

impl From<&StoredDelayedChange> for Waiting {
    fn from(stored: &StoredDelayedChange) -> Self {
        Self {
            id: stored.id,
            kind: stored.kind,
            asked_at: stored.asked_at,
            takes_effect_at: stored.takes_effect_at,
        }
    }
}

impl App {
    /// Lets a change wait and announces it. The account's row must be held; a change of the same kind that waits
    /// already is superseded, so that each has its whole wait after its own announcement.
    #[expect(
        clippy::too_many_arguments,
        reason = "whose change, which, asked where, and until when it waits"
    )]
    pub(crate) async fn let_wait(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        kind: DelayedChange,
        password: Option<&StoredPassword>,
        takes_effect_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (id, cancel) = (ChangeId::from_parts(now, self.random.bytes()), self.random.token());
        let kept = Kept {
            network: visit.network,
            user_agent: visit.user_agent.clone(),
            password: password.map(|stored| (stored.sealed.clone(), stored.cost.to_string())),
        };
        let sealed = self.seal_flow_state(id.as_uuid(), &kept)?;
        let new = NewDelayedChange {
            id,
            account_id: account.id,
            kind,
            credential_version: account.credential_version,
            cancel_hash: &cancel.hash(),
            sealed: Some(&sealed),
            takes_effect_at,
        };
        store::end_waiting(tx, account.id, kind, "superseded", now).await?;
        if !store::record_delayed_change(tx, &new, now).await? {
            return Err(Fault::internal("a change that waits beside another of its kind"));
        }
        let happened = Happened {
            event: kind.asked(),
            until: Some(takes_effect_at),
            cancel: Some(LinkToken::new(&cancel)),
        };
        self.protection_happened(tx, visit, account, happened, now).await
    }

    /// The changes of an account that wait.
    pub(crate) async fn waiting(&self, account: AccountId) -> Result<Vec<Waiting>, Fault> {
        Ok(store::list_waiting(&self.db, account).await?.iter().map(Waiting::from).collect())
    }

    /// What the button behind a mailed link would cancel. Changes nothing: a mail program may look at links.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn find_waiting_by_link(&self, link: &Token) -> Result<Option<Waiting>, Fault> {
        Ok(store::find_by_cancel_link(&self.db, &link.hash()).await?.as_ref().map(Waiting::from))
    }

    /// Cancels the change of a mailed link by its button, without a sign-in: all stays as it was.
    ///
    /// # Errors
    /// Refused when the link is unknown or used, or the change has been carried out.
    pub async fn cancel_by_link(
        &self,
        visit: &Visit,
        link: &Token,
    ) -> Result<DelayedChange, Failure<CancelLinkRefused>> {
        let found = store::find_by_cancel_link(&self.db, &link.hash()).await?;
        let found = found.ok_or(Failure::Refused(CancelLinkRefused))?;
        match self.cancel(visit, found.account_id, found.id).await? {
            true => Ok(found.kind),
            false => Err(Failure::Refused(CancelLinkRefused)),
        }
    }

    /// Cancels a change of the customer's account that waits; false when none of its changes has this id.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_waiting(
        &self,
        visit: &Visit,
        customer: &Customer,
        id: ChangeId,
    ) -> Result<bool, Fault> {
        self.cancel(visit, customer.account, id).await
    }

    async fn cancel(&self, visit: &Visit, of: AccountId, id: ChangeId) -> Result<bool, Fault> {
        let (app, visit, now) = (self.clone(), visit.clone(), self.now());
        let write = self.db.write("cancelling a change that waits", move |tx| {
            Box::pin(async move {
                let Some(account) = app.hold_open_account(tx, of).await? else { return Ok(false) };
                if !store::end_delayed_change(tx, of, id, "cancelled", now).await? {
                    return Ok(false);
                }
                let happened = Happened::of(ProtectionEvent::DelayedChangeCancelled);
                app.protection_happened(tx, &visit, &account, happened, now).await?;
                Ok::<_, Fault>(true)
            })
        });
        let cancelled = write.await?;
        self.outbox.wake();
        Ok(cancelled)
    }

    /// Carries out the changes whose wait is over; says how many. Of several nodes each change has one that does it.
    /// One that fails holds no other up: it is told, and still due.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn carry_out_due_changes(&self) -> Result<u64, Fault> {
        let mut done = 0;
        for due in store::list_due(&self.db, self.now(), DUE_AT_ONCE).await? {
            let (app, now, id) = (self.clone(), self.now(), due.account_id);
            let write = self.db.write("carrying out a change that waited", move |tx| {
                Box::pin(async move { app.carry_out(tx, &due, now).await })
            });
            match write.await {
                Ok(true) => {
                    self.sessions.forget(&[Ended::Account(id)]);
                    done += 1;
                }
                Ok(false) => {}
                Err(fault) => tracing::error!(%fault, source = ?fault.source, "a change whose wait is over"),
            }
        }
        if done > 0 {
            self.outbox.wake();
        }
        Ok(done)
    }

    async fn carry_out(&self, tx: &mut Tx, due: &StoredDelayedChange, now: Timestamp) -> Result<bool, Fault> {
        let Some(account) = account::hold_account(tx, due.account_id).await? else { return Ok(false) };
        if !store::take_due(tx, account.id, due.id, now).await? {
            return Ok(false);
        }
        let sealed = due.sealed.as_deref().unwrap_or_default();
        let kept: Kept = self.open_flow_state(due.id.as_uuid(), sealed)?;
        let place = self.place_of(kept.network);
        let there = Circumstances { at: now, network: kept.network, device: kept.user_agent.clone(), place };
        let event = match due.kind {
            DelayedChange::SettingsLockOff => {
                if !protection::unlock_settings(tx, account.id, due.id, now).await? {
                    return Ok(false);
                }
                ProtectionEvent::SettingsLockOff
            }
            DelayedChange::AddressBookOff => {
                protection::set_address_book_off(tx, account.id, true).await?;
                self.record_event(tx, account.id, SecurityEventKind::AddressBookOff, now).await?;
                ProtectionEvent::AddressBookOff
            }
            DelayedChange::PasswordReset => {
                // Something else about the account changed meanwhile: the proofs of then are worth nothing now.
                if account.credential_version != due.credential_version {
                    ProtectionEvent::DelayedChangeCancelled
                } else {
                    let (sealed, params) = kept
                        .password
                        .ok_or_else(|| Fault::internal("a waiting reset without its password"))?;
                    self.write_reset_password(tx, there, &account, &sealed, &params, now).await?;
                    return Ok(true);
                }
            }
        };
        self.protection_happened_there(tx, there, &account, Happened::of(event), now).await?;
        Ok(true)
    }
}
