//! What a customer chooses for the account's protection besides its factors, and what is told about it.

use std::time::Duration;

use crate::audit::AuditKind;
use crate::named::named;

/// Shortest delay of the settings lock, in days (entry rules 1).
pub const LOCK_DAYS_MIN: u32 = 1;
/// Longest delay of the settings lock, in days (entry rules 1).
pub const LOCK_DAYS_MAX: u32 = 30;

named! {
    /// A change that takes effect only after a wait, announced with a link that cancels it.
    pub enum DelayedChange {
        /// The settings lock is switched off, after its own delay.
        SettingsLockOff = "settings-lock-off",
        /// The address book is no longer enforced, after 48 h.
        AddressBookOff = "address-book-off",
        /// A forgotten password is replaced, after the delay of the settings lock.
        PasswordReset = "password-reset",
    }
}

named! {
    /// What happened to the account's protection: the notice that goes out says so.
    pub enum ProtectionEvent {
        /// The first trading password was set.
        TradingPasswordSet = "trading-password-set",
        /// It was changed.
        TradingPasswordChanged = "trading-password-changed",
        /// It was replaced without the former one.
        TradingPasswordReset = "trading-password-reset",
        /// Wrong ones closed it for a while.
        TradingPasswordLocked = "trading-password-locked",
        /// Wrong ones disabled it.
        TradingPasswordDisabled = "trading-password-disabled",
        /// The safety phrases were changed.
        PhrasesChanged = "phrases-changed",
        /// Notices of each entry were switched on.
        EveryEntryOn = "every-entry-on",
        /// Notices are sent of new devices only.
        EveryEntryOff = "every-entry-off",
        /// Sessions are bound to their network.
        NetworkBindingOn = "network-binding-on",
        /// They no longer are.
        NetworkBindingOff = "network-binding-off",
        /// The address book is enforced again.
        AddressBookOn = "address-book-on",
        /// The address book will be switched off.
        AddressBookOffAsked = "address-book-off-asked",
        /// It is off.
        AddressBookOff = "address-book-off",
        /// The settings lock was switched on.
        SettingsLockOn = "settings-lock-on",
        /// It will be switched off.
        SettingsLockOffAsked = "settings-lock-off-asked",
        /// It is off.
        SettingsLockOff = "settings-lock-off",
        /// A password reset waits for the settings lock's delay.
        PasswordResetParked = "password-reset-parked",
        /// A waiting change was cancelled.
        DelayedChangeCancelled = "delayed-change-cancelled",
        /// An entry on a known device, for who wants to hear of each.
        Entered = "entered-again",
    }
}

impl ProtectionEvent {
    /// The line of the record that says so; `None` where another line says it already.
    pub const fn audit_kind(self) -> Option<AuditKind> {
        Some(match self {
            Self::TradingPasswordSet => AuditKind::TradingPasswordSet,
            Self::TradingPasswordChanged => AuditKind::TradingPasswordChanged,
            Self::TradingPasswordReset => AuditKind::TradingPasswordReset,
            Self::TradingPasswordLocked => AuditKind::TradingPasswordLocked,
            Self::TradingPasswordDisabled => AuditKind::TradingPasswordDisabled,
            Self::PhrasesChanged => AuditKind::PhrasesChanged,
            Self::EveryEntryOn => AuditKind::EveryEntryOn,
            Self::EveryEntryOff => AuditKind::EveryEntryOff,
            Self::NetworkBindingOn => AuditKind::NetworkBindingOn,
            Self::NetworkBindingOff => AuditKind::NetworkBindingOff,
            Self::AddressBookOn => AuditKind::AddressBookOn,
            Self::AddressBookOffAsked => AuditKind::AddressBookOffAsked,
            Self::AddressBookOff => AuditKind::AddressBookOff,
            Self::SettingsLockOn => AuditKind::SettingsLockOn,
            Self::SettingsLockOffAsked => AuditKind::SettingsLockOffAsked,
            Self::SettingsLockOff => AuditKind::SettingsLockOff,
            Self::PasswordResetParked => AuditKind::PasswordResetParked,
            Self::DelayedChangeCancelled => AuditKind::DelayedChangeCancelled,
            Self::Entered => return None,
        })
    }
}

impl DelayedChange {
    /// What is told when it is asked for.
    pub const fn asked(self) -> ProtectionEvent {
        match self {
            Self::SettingsLockOff => ProtectionEvent::SettingsLockOffAsked,
            Self::AddressBookOff => ProtectionEvent::AddressBookOffAsked,
            Self::PasswordReset => ProtectionEvent::PasswordResetParked,
        }
    }
}

/// The delay of a settings lock of so many days; `None` outside 1 to 30.
pub fn lock_delay(days: u32) -> Option<Duration> {
    (LOCK_DAYS_MIN..=LOCK_DAYS_MAX)
        .contains(&days)
        .then(|| Duration::from_secs(u64::from(days) * 24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_lock_takes_one_to_thirty_days() {
        assert_eq!(lock_delay(0), None);
        assert_eq!(lock_delay(31), None);
        assert_eq!(lock_delay(1), Some(Duration::from_secs(86_400)));
        assert_eq!(lock_delay(30), Some(Duration::from_secs(30 * 86_400)));
    }
}
