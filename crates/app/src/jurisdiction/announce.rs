//! A change of the rules is told to those whose verified residence it concerns: once when a policy announces it with its
//! date, and once when it is in force (entry rules 7).

use doorward_domain::account::Account;
use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::notice::Notice;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::account::hold_account;
use doorward_store::jurisdiction::{list_untold, list_untold_ahead, record_told_ahead, record_told_mode};

use super::Running;
use crate::app::App;
use crate::failure::Fault;

/// Accounts that are told in one go: SQLite's only writer is needed at the door.
const BATCH: i64 = 100;

/// What the residents of a country are told.
#[derive(Debug, Clone, Copy)]
enum News {
    /// This holds now.
    Now(Mode),
    /// This will hold from then on.
    Ahead { mode: Mode, from: Timestamp },
}

impl App {
    /// Tells the accounts whose residence's mode is another than they were last told, and those whose residence's rules
    /// will change at a date that they were not told; says how many messages. Every minute. A country whose residents
    /// all know is left alone until its rules change, but for one look an hour.
    ///
    /// # Errors
    /// The database does not answer; those who were not told are told the next time.
    pub async fn announce_modes(&self) -> Result<u64, Fault> {
        let (now, running) = (self.now(), self.jurisdictions.running());
        let mut told = 0;
        for country in Country::all() {
            told += self.announce_present(&running, country, now).await?;
            told += self.announce_ahead(&running, country, now).await?;
        }
        if told > 0 {
            self.outbox.wake();
            self.send_intents_soon().await;
        }
        Ok(told)
    }

    async fn announce_present(
        &self,
        running: &Running,
        country: Country,
        now: Timestamp,
    ) -> Result<u64, Fault> {
        let mode = running.policy.judge_residence(country, &running.blocks, now).mode;
        if self.jurisdictions.is_announced(country, mode, now) {
            return Ok(0);
        }
        self.restrict_residents(country, mode).await?;
        let mut told = 0;
        loop {
            let accounts = list_untold(&self.db, country, mode, BATCH).await?;
            if accounts.is_empty() {
                break;
            }
            for account in accounts {
                told += u64::from(self.announce_to(account, country, News::Now(mode), now).await?);
            }
        }
        self.jurisdictions.note_announced(country, mode, now);
        Ok(told)
    }

    /// Tells of the next change that the policy announces, if it changes anything: what is blocked stays so until two
    /// lift it, whatever a date says.
    async fn announce_ahead(
        &self,
        running: &Running,
        country: Country,
        now: Timestamp,
    ) -> Result<u64, Fault> {
        let Some((from, mode)) = running.policy.next_of_residence(country, now) else { return Ok(0) };
        let present = running.policy.judge_residence(country, &running.blocks, now).mode;
        let then = running.policy.judge_residence(country, &running.blocks, from).mode;
        if then == present
            || then != mode
            || self.jurisdictions.is_announced_ahead(country, (from, mode), now)
        {
            return Ok(0);
        }
        let mut told = 0;
        loop {
            let accounts = list_untold_ahead(&self.db, country, mode, from, BATCH).await?;
            if accounts.is_empty() {
                break;
            }
            for account in accounts {
                let news = News::Ahead { mode, from };
                told += u64::from(self.announce_to(account, country, news, now).await?);
            }
        }
        self.jurisdictions.note_announced_ahead(country, (from, mode), now);
        Ok(told)
    }

    async fn announce_to(
        &self,
        account: AccountId,
        country: Country,
        news: News,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let app = self.clone();
        self.db
            .write("telling an account of the rules of its country", move |tx| {
                Box::pin(async move { app.announce_to_in(tx, account, country, news, now).await })
            })
            .await
    }

    async fn announce_to_in(
        &self,
        tx: &mut Tx,
        account: AccountId,
        country: Country,
        news: News,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let held: Option<Account> = hold_account(tx, account).await?;
        let Some(held) = held else { return Ok(false) };
        // The row says it: of two nodes one tells.
        let (is_news, notice) = match news {
            News::Now(mode) => {
                let is_news = record_told_mode(tx, account, mode, now).await?;
                if is_news {
                    self.restrict_in(tx, account, now).await?;
                }
                (is_news, Notice::CountryRules { at: now, country, mode })
            }
            News::Ahead { mode, from } => {
                let is_news = record_told_ahead(tx, account, mode, from, now).await?;
                (is_news, Notice::CountryRulesAhead { at: now, country, mode, from })
            }
        };
        if is_news {
            self.tell(tx, &held, now, &notice).await?;
        }
        Ok(is_news)
    }
}
