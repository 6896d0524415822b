//! Security events: written with the end of the hold that they start, from which holds are computed (entry rules 6).

use doorward_domain::hold::{SecurityEventKind, hold_until};
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_store::account::find_account_facts;
use doorward_store::security_event::record_security_event;
use doorward_store::session::record_invalidation;
use doorward_store::{StoreFault, Tx};
use uuid::Uuid;

use crate::app::App;

impl App {
    /// Appends an event of an account and says until when it lets nothing leave. The end is stored now: nothing later
    /// can move it.
    pub(crate) async fn record_event(
        &self,
        tx: &mut Tx,
        account: AccountId,
        kind: SecurityEventKind,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreFault> {
        self.record_event_about(tx, account, kind, None, now).await
    }

    /// The same for an event about one withdrawal address or one API key, which alone it closes.
    pub(crate) async fn record_event_about(
        &self,
        tx: &mut Tx,
        account: AccountId,
        kind: SecurityEventKind,
        subject: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let held_assets = find_account_facts(&mut *tx, account).await?.is_some_and(|facts| facts.held_assets);
        let until = hold_until(&self.policy.hold, kind, held_assets, now);
        record_security_event(tx, account, kind, subject, until, now).await?;
        // Sessions in memory carry the end of the hold: they are read anew.
        record_invalidation(tx, None, Some(account), now).await?;
        Ok(until)
    }
}
