//! An account's ledger accounts in the engine, and what their owner may not do there.
//!
//! A freeze and the rules of a verified residence reach the engine as a journaled restriction (market rules 2). What a
//! request's own country forbids is judged at the request, by the guard.

use doorward_domain::account::AccountStatus;
use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::market::codec::restriction_number;
use doorward_domain::market::command::{Command, Restriction};
use doorward_domain::market::instrument::OwnerId;
use doorward_domain::time::Timestamp;
use doorward_store::account::{find_account, hold_account};
use doorward_store::identity::find_residence;
use doorward_store::jurisdiction::find_account_lift;
use doorward_store::{Tx, ledger_owner as store};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::matching::NotTaken;

/// Owners that are looked at in one go.
const BATCH: i64 = 100;

impl App {
    /// The owner of an account's ledger accounts; None before they were opened.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn owner_of(&self, account: AccountId) -> Result<Option<OwnerId>, Fault> {
        Ok(store::find_owner(&self.db, account).await?)
    }

    /// The account whose ledger accounts an owner's are; None for the house's own, such as a maker of the demo.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account_of_owner(&self, owner: OwnerId) -> Result<Option<AccountId>, Fault> {
        Ok(store::find_account_of_owner(&self.db, owner).await?)
    }

    /// The owner of an account's ledger accounts, which are opened in the engine if need be: once, however often it is
    /// asked for.
    ///
    /// # Errors
    /// Refused when the engine does not answer now; it is asked again later, and whoever comes back finds the owner.
    pub async fn open_owner(&self, account: AccountId) -> Result<OwnerId, Failure<NotTaken>> {
        if let Some(owner) = self.owner_of(account).await? {
            return Ok(owner);
        }
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write_again("opening ledger accounts", move |tx| {
            let app = app.clone();
            Box::pin(async move {
                if hold_account(tx, account).await?.is_none() {
                    return Err(Fault::internal("opening ledger accounts of an account that is not there"));
                }
                app.intend_first(tx, account, now).await
            })
        });
        write.await?;
        self.send_intents_soon().await;
        if let Some(owner) = self.owner_of(account).await? {
            return Ok(owner);
        }
        Err(Failure::Refused(self.market().err().unwrap_or(NotTaken::Starting)))
    }

    /// The engine has opened an account's ledger accounts. The account's row must be held.
    pub(crate) async fn owner_opened(
        &self,
        tx: &mut Tx,
        account: AccountId,
        owner: OwnerId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        store::record_owner(tx, account, owner, now).await?;
        // It may have been frozen meanwhile, or reside where not everything is open.
        self.restrict_in(tx, account, now).await?;
        Ok(())
    }

    /// Writes down what the engine must be told of an account after this write, if that is not what it was told last; says
    /// whether it must. The account's row must be held; after the write, [`App::send_intents_soon`].
    pub(crate) async fn restrict_in(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(found) = find_account(&mut *tx, account).await? else { return Ok(false) };
        let residence = find_residence(&mut *tx, account).await?;
        // From the tables, not from what is known of them: this very write may have let the account out of a block.
        let let_out = find_account_lift(&mut *tx, account).await?;
        let mode = self.mode_of_residence(let_out, residence.as_deref(), now);
        let restriction = Restriction::of(found.status, mode);
        match store::set_restriction(tx, account, restriction_number(restriction)).await? {
            Some(owner) => {
                self.intend(tx, account, &Command::Restrict { owner, restriction }, now).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Writes down what the engine must be told of an account now; says whether there is anything. After it,
    /// [`App::send_intents_soon`].
    async fn write_restriction(&self, account: AccountId) -> Result<bool, Fault> {
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write_again("telling the engine of an account", move |tx| {
            let app = app.clone();
            Box::pin(async move {
                hold_account(tx, account).await?;
                app.restrict_in(tx, account, now).await
            })
        });
        write.await
    }

    /// Tells the engine of the residents of a country whose rules are others than it was told. Whoever has always been
    /// told the same, as after rules that ended before they were announced, is among them.
    ///
    /// # Errors
    /// The database does not answer; those who were not told of are the next time.
    pub(crate) async fn restrict_residents(&self, country: Country, mode: Mode) -> Result<(), Fault> {
        let usual = restriction_number(Restriction::of(AccountStatus::Open, mode));
        let mut after = None;
        loop {
            let found = store::list_restricted_otherwise(&self.db, country, usual, after, BATCH).await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(*last);
            let mut is_new = false;
            for account in found {
                is_new |= self.write_restriction(account).await?;
            }
            // Once for all of them: whoever sends waits for the engine.
            if is_new {
                self.send_intents_soon().await;
            }
        }
    }

    /// What the rules of the verified residence alone leave open.
    fn mode_of_residence(&self, let_out: Option<Timestamp>, residence: Option<&str>, now: Timestamp) -> Mode {
        let running = self.jurisdictions.running();
        let Some(residence) = residence.and_then(Country::parse) else { return Mode::Open };
        running.policy.judge_residence_for(residence, &running.blocks, let_out, now).mode
    }
}
