//! A change of the rules is told to those whose verified residence it concerns, each once (entry rules 7).

use doorward_domain::account::Account;
use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::{Judged, Mode};
use doorward_domain::notice::Notice;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::account::hold_account;
use doorward_store::jurisdiction::{list_untold, record_told_mode};

use crate::app::App;
use crate::failure::Fault;

/// Accounts that are told in one go: SQLite's only writer is needed at the door.
const BATCH: i64 = 100;

impl App {
    /// Tells the accounts whose residence's mode is another than they were last told; says how many. Every minute. A
    /// country whose residents all know is left alone until its mode changes, but for one look an hour.
    ///
    /// # Errors
    /// The database does not answer; those who were not told are told the next time.
    pub async fn announce_modes(&self) -> Result<u64, Fault> {
        let (now, running) = (self.now(), self.jurisdictions.running());
        let mut told = 0;
        for country in Country::all() {
            let judged = running.policy.judge_residence(country, &running.blocks, now);
            if self.jurisdictions.is_announced(country, judged.mode, now) {
                continue;
            }
            self.restrict_residents(country, judged.mode).await?;
            loop {
                let accounts = list_untold(&self.db, country, judged.mode, BATCH).await?;
                if accounts.is_empty() {
                    break;
                }
                for account in accounts {
                    told += u64::from(self.announce_mode(account, country, judged, now).await?);
                }
            }
            self.jurisdictions.note_announced(country, judged.mode, now);
        }
        if told > 0 {
            self.outbox.wake();
            self.send_intents_soon().await;
        }
        Ok(told)
    }

    async fn announce_mode(
        &self,
        account: AccountId,
        country: Country,
        judged: Judged,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let app = self.clone();
        self.db
            .write("telling an account of the rules of its country", move |tx| {
                Box::pin(async move { app.announce_mode_in(tx, account, country, judged.mode, now).await })
            })
            .await
    }

    async fn announce_mode_in(
        &self,
        tx: &mut Tx,
        account: AccountId,
        country: Country,
        mode: Mode,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let held: Option<Account> = hold_account(tx, account).await?;
        let Some(held) = held else { return Ok(false) };
        // The row says it: of two nodes one tells.
        if !record_told_mode(tx, account, mode, now).await? {
            return Ok(false);
        }
        self.restrict_in(tx, account, now).await?;
        self.tell(tx, &held, now, &Notice::CountryRules { at: now, country, mode }).await?;
        Ok(true)
    }
}
