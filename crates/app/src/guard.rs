//! The one door before every action: freeze, jurisdiction, holds and settings lock, decided in `domain::guard`.
//!
//! What changes security or moves assets asks the database, in one statement; what only looks is decided from what the
//! session carries in memory (entry rules 3).

use std::net::IpAddr;

use doorward_domain::account::AccountStatus;
use doorward_domain::action::Action;
use doorward_domain::guard::{ActionRefused, SettingsLock, Standing, TradingPasswordState, decide};
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::protection::lock_delay;
use doorward_domain::time::Timestamp;
use doorward_store::guard::{StoredStanding, find_standing};
use doorward_store::{Source, Tx};
use uuid::Uuid;

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::jurisdiction::Judged;
use crate::session_cache::{Customer, Glance};
use crate::visit::Visit;

impl App {
    /// Whether this customer may do this now, from here. Reads the database, in one statement.
    ///
    /// # Errors
    /// Refused with the reason and, where it is known, the end of it.
    pub async fn may(
        &self,
        visit: &Visit,
        customer: &Customer,
        action: Action,
    ) -> Result<(), Failure<ActionRefused>> {
        self.may_with(visit, customer, action, None).await
    }

    /// Whether a request that only looks, sells or cancels may go on, from what its session carries in memory. What
    /// changes security or moves assets out is never decided here: [`App::may`] asks the database for it.
    ///
    /// # Errors
    /// Refused by the country, or by a hold that this memory knows.
    pub fn may_at_a_glance(
        &self,
        network: IpAddr,
        customer: &Customer,
        glance: &Glance,
        action: Action,
    ) -> Result<(), ActionRefused> {
        let judged = self.mode_of_customer(network, customer);
        let standing = Standing {
            // A frozen account has no session.
            status: AccountStatus::Open,
            mode: judged.mode,
            mode_since: judged.since,
            hold_until: glance.hold_until(),
            subject_hold_until: None,
            settings_lock: None,
            trading_password: TradingPasswordState::Usable,
            // What only looks asks for no second way to the owner.
            phone_only: false,
        };
        decide(&standing, action, self.now())
    }

    /// The same for an action with one withdrawal address or one API key, which may be held by itself.
    ///
    /// # Errors
    /// As [`App::may`].
    pub async fn may_with(
        &self,
        visit: &Visit,
        customer: &Customer,
        action: Action,
        subject: Option<Uuid>,
    ) -> Result<(), Failure<ActionRefused>> {
        let now = self.now();
        let standing = self.standing(visit.network, customer.account, subject, now).await?;
        decide(&standing, action, now).map_err(Failure::Refused)
    }

    /// The same inside the write that does the action. The account's row must be held: what is decided stays true until
    /// the write ends.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn may_in(
        &self,
        tx: &mut Tx,
        network: IpAddr,
        account: AccountId,
        action: Action,
        subject: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Result<(), ActionRefused>, Fault> {
        let standing = self.read_standing(&mut *tx, Some(network), account, subject, now).await?;
        Ok(decide(&standing, action, now))
    }

    /// Whether what protects the account may be changed in this write: neither frozen nor under its settings lock. The
    /// surface has judged the country of the request before. The account's row must be held.
    pub(crate) async fn may_change_in(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Result<(), ActionRefused>, Fault> {
        let standing = self.read_standing(&mut *tx, None, account, None, now).await?;
        Ok(decide(&standing, Action::ChangeSecurity, now))
    }

    /// The standing of an account inside a write, whatever the country. The account's row must be held.
    pub(crate) async fn standing_in(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Standing, Fault> {
        self.read_standing(&mut *tx, None, account, None, now).await
    }

    /// The standing of an account whatever the country, where the surface has judged that before.
    pub(crate) async fn standing_anywhere(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Standing, Fault> {
        self.read_standing(&self.db, None, account, None, now).await
    }

    /// Everything that decides about the actions of an account, for pages that show it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn standing(
        &self,
        network: IpAddr,
        account: AccountId,
        subject: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Standing, Fault> {
        self.read_standing(&self.db, Some(network), account, subject, now).await
    }

    async fn read_standing(
        &self,
        source: impl Into<Source<'_>>,
        network: Option<IpAddr>,
        account: AccountId,
        subject: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Standing, Fault> {
        let stored = find_standing(source, account, subject, now).await?;
        let stored = stored.ok_or_else(|| Fault::internal("an account that is not there"))?;
        let judged =
            network.map(|network| self.mode_of_account(network, account, stored.residence.as_deref()));
        Ok(standing_of(&stored, judged))
    }
}

/// The stored facts in the words of the rules; without a judged country where the surface has judged it before.
fn standing_of(stored: &StoredStanding, judged: Option<Judged>) -> Standing {
    let trading_password = match (stored.trading_changed_at, stored.trading_disabled_at) {
        (None, _) => TradingPasswordState::Missing,
        (Some(_), Some(_)) => TradingPasswordState::Disabled,
        (Some(_), None) => match stored.trading_locked_until {
            Some(until) => TradingPasswordState::Locked { until },
            None => TradingPasswordState::Usable,
        },
    };
    let lock = |days| {
        // A number that no page of ours takes locks for the longest time rather than not at all.
        let delay = lock_delay(days).or_else(|| lock_delay(doorward_domain::protection::LOCK_DAYS_MAX));
        delay.map(|delay| SettingsLock { delay, opens_at: stored.lock_opens_at })
    };
    Standing {
        status: stored.status,
        mode: judged.map_or(Mode::Open, |judged| judged.mode),
        mode_since: judged.and_then(|judged| judged.since),
        hold_until: stored.hold_until,
        subject_hold_until: stored.subject_hold_until,
        settings_lock: stored.settings_lock_days.and_then(lock),
        trading_password,
        phone_only: stored.phone_only,
    }
}
