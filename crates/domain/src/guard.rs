//! The one question before every action: may this account do this now (entry rules 5, 6 and 7)?
//!
//! Freeze, jurisdiction, holds and the settings lock are decided here and nowhere else. Pages, the API and staff pass
//! through the same function; there is no argument that says who asks, so nobody is let past.

use std::time::Duration;

use crate::account::AccountStatus;
use crate::action::Action;
use crate::identifier::proof::needs_mail_or_passkey_before;
use crate::jurisdiction::Mode;
use crate::time::Timestamp;

/// Everything that decides about an action, as it stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the account may be entered.
    pub status: AccountStatus,
    /// What the strictest country rule leaves open.
    pub mode: Mode,
    /// Since when that rule is in force, as far as known.
    pub mode_since: Option<Timestamp>,
    /// The latest end of all holds on the account; it may have passed.
    pub hold_until: Option<Timestamp>,
    /// The latest end of the holds on the address or the key that the action is about; it may have passed.
    pub subject_hold_until: Option<Timestamp>,
    /// The settings lock, when it is on.
    pub settings_lock: Option<SettingsLock>,
    /// The trading password.
    pub trading_password: TradingPasswordState,
    /// Messages reach the account on a phone alone, and no passkey opens it.
    pub phone_only: bool,
}

/// The settings lock while it is on. It ends only by [`SettingsLock::opens_at`], never by a wish alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsLock {
    /// The delay that was chosen when it was switched on.
    pub delay: Duration,
    /// When it opens, once its owner asked for that.
    pub opens_at: Option<Timestamp>,
}

/// What the account's trading password is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradingPasswordState {
    /// None was set.
    Missing,
    /// It can be asked.
    Usable,
    /// Too many wrong ones: none is compared before this time.
    Locked {
        /// When the next one is taken.
        until: Timestamp,
    },
    /// Far too many wrong ones: it is good for nothing until it is set anew.
    Disabled,
}

/// What a hold that stands in the way closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Everything that leaves the account.
    Account,
    /// This address or this key.
    Subject,
}

/// Why an action is refused, and until when where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionRefused {
    /// The account is frozen.
    Frozen,
    /// The rules of a country.
    Jurisdiction {
        /// What they leave open.
        mode: Mode,
        /// Since when they are in force, as far as known.
        since: Option<Timestamp>,
    },
    /// A hold runs. It lifts by itself, and nobody can shorten it.
    Held {
        /// Its end.
        until: Timestamp,
        /// What it closes.
        closed: Closed,
    },
    /// The customer's own settings lock.
    SettingsLocked {
        /// The delay that was chosen.
        delay: Duration,
        /// When it opens; `None` until its owner asks for that.
        opens_at: Option<Timestamp>,
    },
    /// The account has a phone number alone: a mail address or a passkey comes first.
    PhoneOnly,
    /// A trading password must be set first.
    TradingPasswordMissing,
    /// Too many wrong trading passwords.
    TradingPasswordLocked {
        /// When the next one is taken.
        until: Timestamp,
    },
    /// The trading password is disabled until it is set anew.
    TradingPasswordDisabled,
}

/// Whether this account may do this now. What protects its owner is open in every state.
pub fn decide(standing: &Standing, action: Action, now: Timestamp) -> Result<(), ActionRefused> {
    if action == Action::SignIn {
        return Ok(());
    }
    if standing.status == AccountStatus::Frozen {
        return Err(ActionRefused::Frozen);
    }
    if !standing.mode.allows(action) {
        return Err(ActionRefused::Jurisdiction { mode: standing.mode, since: standing.mode_since });
    }
    if action == Action::ChangeSecurity
        && let Some(lock) = standing.settings_lock
    {
        return Err(ActionRefused::SettingsLocked { delay: lock.delay, opens_at: lock.opens_at });
    }
    if standing.phone_only && needs_mail_or_passkey_before(action) {
        return Err(ActionRefused::PhoneOnly);
    }
    if action.moves_assets_out() {
        decide_outflow(standing, now)?;
    }
    Ok(())
}

/// What leaves waits for every hold, and then needs a trading password that can be asked.
fn decide_outflow(standing: &Standing, now: Timestamp) -> Result<(), ActionRefused> {
    let runs = |end: Option<Timestamp>| end.filter(|end| now < *end);
    let account = runs(standing.hold_until).map(|until| (until, Closed::Account));
    let subject = runs(standing.subject_hold_until).map(|until| (until, Closed::Subject));
    // The later one is told: coming back at the earlier one would only meet the other.
    if let Some((until, closed)) = account.into_iter().chain(subject).max_by_key(|(until, _)| *until) {
        return Err(ActionRefused::Held { until, closed });
    }
    match standing.trading_password {
        TradingPasswordState::Usable => Ok(()),
        TradingPasswordState::Missing => Err(ActionRefused::TradingPasswordMissing),
        TradingPasswordState::Locked { until } if now < until => {
            Err(ActionRefused::TradingPasswordLocked { until })
        }
        TradingPasswordState::Locked { .. } => Ok(()),
        TradingPasswordState::Disabled => Err(ActionRefused::TradingPasswordDisabled),
    }
}

/// Until when an API key that is made now cannot trade; `None`: it can at once.
pub fn new_key_cannot_trade_until(standing: &Standing, now: Timestamp) -> Option<Timestamp> {
    standing.hold_until.filter(|end| now < *end)
}

#[cfg(test)]
mod tests;
