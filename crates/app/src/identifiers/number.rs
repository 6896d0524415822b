//! Numbers that move on to other people: reported by the operator, claimed by their new holder, proved again by their old
//! one (entry rules 5, *Phone-only accounts*).

use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::Notice;
use doorward_domain::time::Timestamp;
use doorward_store::identifier::{find_identifier, release_stale, report_reassigned};
use doorward_store::{Tx, account as account_store};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::staff::account::StaffRefused;

impl App {
    /// A number is reported to belong to somebody else: until its owner proves it again it starts no reset, and its new
    /// holder can claim it. The account's other channels are told.
    ///
    /// # Errors
    /// Refused when no account has the number, or it was reported before.
    pub async fn report_reassigned_number(
        &self,
        typed: &str,
        country: Option<&str>,
    ) -> Result<(), Failure<StaffRefused>> {
        let no_account = || Failure::Refused(StaffRefused::NoAccount);
        let number = Identifier::parse(typed, country).map_err(|_| no_account())?;
        let (app, lookup, now) = (self.clone(), self.lookup_of(&number), self.now());
        let stored = find_identifier(&self.db, &lookup).await?.ok_or_else(no_account)?;
        let reported = self.db.write("reporting a number as reassigned", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, stored.account_id).await? else {
                    return Ok(false);
                };
                if report_reassigned(tx, &lookup, now).await? != Some(account.id) {
                    return Ok(false);
                }
                app.note(tx, Entry::without_network(AuditKind::NumberReassigned, account.id), now).await?;
                app.announce(tx, &account, now, |freeze| Notice::NumberReassigned { at: now, freeze })
                    .await?;
                Ok::<_, Fault>(true)
            })
        });
        if !reported.await? {
            return Err(no_account());
        }
        self.outbox.wake();
        Ok(())
    }

    /// Whether the holder of this identifier must prove it again, so that another can claim it.
    pub(crate) async fn is_claimable(&self, lookup: &[u8; 32]) -> Result<bool, Fault> {
        let stored = find_identifier(&self.db, lookup).await?;
        Ok(stored.is_some_and(|stored| self.is_number_stale(&stored)))
    }

    /// Takes a number from the account that has not proved it for long, because its new holder has just proved it. The old
    /// account keeps everything else; its other channels are told. False when there was nothing to take.
    pub(crate) async fn claim_stale_number(
        &self,
        tx: &mut Tx,
        lookup: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(stored) = find_identifier(&mut *tx, lookup).await? else { return Ok(false) };
        if !self.is_number_stale(&stored) {
            return Ok(false);
        }
        let Some(former) = account_store::hold_account(tx, stored.account_id).await? else {
            return Ok(false);
        };
        let proved_before = now.minus(self.policy.identifier.proof_lasts);
        if !release_stale(tx, lookup, former.id, proved_before).await? {
            return Ok(false);
        }
        self.end_half_open(tx, &former, now).await?;
        self.record_event(tx, former.id, SecurityEventKind::IdentifierChanged, now).await?;
        self.note(tx, Entry::without_network(AuditKind::NumberClaimed, former.id), now).await?;
        self.announce(tx, &former, now, |freeze| Notice::NumberReassigned { at: now, freeze }).await?;
        Ok(true)
    }
}
