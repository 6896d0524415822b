//! The freeze: no session, no sign-in, no money moves until it is lifted. By the link in every security mail, by the
//! owner behind the door, or by staff (entry rules 5).

use std::net::IpAddr;

use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::AccountId;
use doorward_domain::notice::{Circumstances, Notice};
use doorward_domain::session::SessionEndReason;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::{Tx, account, freeze_link};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

/// Why a freeze link freezes nothing: unknown, used, or older than seven days. All look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreezeLinkRefused;

/// Who asked for a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrozenBy {
    Owner,
    Link,
    Staff,
}

impl FrozenBy {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Link => "link",
            Self::Staff => "staff",
        }
    }
}

impl App {
    /// Whether the button behind a freeze link would freeze anything. Changes nothing: a mail program may look at links.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_freeze_link_good(&self, link: &Token) -> Result<bool, Fault> {
        Ok(freeze_link::find_freeze_link(&self.db, &link.hash(), self.now()).await?.is_some())
    }

    /// Freezes the account of a mailed link by its button, without a sign-in, once.
    ///
    /// # Errors
    /// Refused when the link is unknown, used or too old.
    pub async fn freeze_by_link(
        &self,
        visit: &Visit,
        link: &Token,
    ) -> Result<(), Failure<FreezeLinkRefused>> {
        let (app, visit, hash, now) = (self.clone(), visit.clone(), link.hash(), self.now());
        let frozen = self.db.write("freezing an account by its link", move |tx| {
            Box::pin(async move {
                // The account's row comes before the link's, as everywhere.
                let Some(id) = freeze_link::find_freeze_link(&mut *tx, &hash, now).await? else {
                    return Ok(None);
                };
                account::hold_account(tx, id).await?;
                if freeze_link::spend_freeze_link(tx, &hash, now).await?.is_none() {
                    return Ok(None);
                }
                let circumstances = app.circumstances(&visit, now);
                app.freeze(tx, id, FrozenBy::Link, Some(visit.network), circumstances, now).await?;
                Ok::<_, Fault>(Some(id))
            })
        });
        let id = frozen.await?.ok_or(Failure::Refused(FreezeLinkRefused))?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(())
    }

    /// Freezes the customer's own account, this session included.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn freeze_own(&self, visit: &Visit, customer: &Customer) -> Result<(), Fault> {
        let (app, visit, id, now) = (self.clone(), visit.clone(), customer.account, self.now());
        let write = self.db.write("freezing an account for its owner", move |tx| {
            Box::pin(async move {
                let circumstances = app.circumstances(&visit, now);
                app.freeze(tx, id, FrozenBy::Owner, Some(visit.network), circumstances, now).await
            })
        });
        write.await?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(())
    }

    /// Freezes an account inside a write; false when it was frozen already. Whatever was open or half open ends.
    pub(crate) async fn freeze(
        &self,
        tx: &mut Tx,
        id: AccountId,
        by: FrozenBy,
        network: Option<IpAddr>,
        circumstances: Circumstances,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if !account::freeze_account(tx, id, by.name(), now).await? {
            // Staff take over a freeze of the owner, so that the owner's proofs alone lift it no more.
            let taken_over = by == FrozenBy::Staff && account::take_over_freeze(tx, id, now).await?;
            if !taken_over {
                return Ok(false);
            }
        }
        self.restrict_in(tx, id, now).await?;
        account::clear_unfreeze_approvals(tx, id).await?;
        end_all_access(tx, id, &Keep::default(), SessionEndReason::Frozen.name(), now).await?;
        self.record_event(tx, id, SecurityEventKind::Frozen, now).await?;
        let kind = if by == FrozenBy::Staff { AuditKind::FrozenByStaff } else { AuditKind::FrozenByOwner };
        let entry = match network {
            Some(network) => Entry::of(kind, id, network),
            None => Entry::without_network(kind, id),
        };
        self.note(tx, entry.with(&by.name()), now).await?;
        let frozen = account::find_account(&mut *tx, id).await?;
        let frozen = frozen.ok_or_else(|| Fault::internal("a frozen account that is not there"))?;
        self.end_case_of_frozen(tx, &frozen, now).await?;
        self.tell(tx, &frozen, now, &Notice::Frozen { circumstances }).await?;
        Ok(true)
    }
}
