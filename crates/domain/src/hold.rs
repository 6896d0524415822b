//! Holds: after a security event nothing leaves the account for a while (entry rules 6).

use std::time::Duration;

use crate::named::named;
use crate::policy::HoldPolicy;
use crate::time::Timestamp;

named! {
    /// A change of what guards an account.
    pub enum SecurityEventKind {
        /// The password with which the account was opened.
        FirstPassword = "first-password",
        /// The authenticator app with which the account was opened.
        FirstTotp = "first-totp",
        /// The password was changed behind the door.
        PasswordChanged = "password-changed",
        /// A forgotten password was replaced.
        PasswordReset = "password-reset",
        /// An authenticator app was replaced with the present one at hand.
        TotpReplaced = "totp-replaced",
        /// An authenticator app was replaced after a recovery code.
        TotpReplacedAfterRecovery = "totp-replaced-after-recovery",
        /// A new set of recovery codes.
        RecoveryCodesRenewed = "recovery-codes-renewed",
        /// The account was frozen.
        Frozen = "frozen",
        /// The account was unfrozen.
        Unfrozen = "unfrozen",
        /// An identifier was changed.
        IdentifierChanged = "identifier-changed",
    }
}

/// How long nothing leaves the account after this event; `None` when it closes nothing.
pub const fn hold_length(
    policy: &HoldPolicy,
    kind: SecurityEventKind,
    held_assets: bool,
) -> Option<Duration> {
    match kind {
        SecurityEventKind::FirstPassword | SecurityEventKind::FirstTotp if !held_assets => None,
        // A frozen account moves nothing anyway, and fresh recovery codes are no factor of entry by themselves.
        SecurityEventKind::Frozen | SecurityEventKind::RecoveryCodesRenewed => None,
        SecurityEventKind::FirstPassword
        | SecurityEventKind::FirstTotp
        | SecurityEventKind::PasswordChanged
        | SecurityEventKind::PasswordReset
        | SecurityEventKind::TotpReplaced
        | SecurityEventKind::Unfrozen => Some(policy.credential_changed),
        SecurityEventKind::TotpReplacedAfterRecovery => Some(policy.factor_replaced_after_recovery),
        SecurityEventKind::IdentifierChanged => Some(policy.identifier_changed),
    }
}

/// The end to store with an event written now.
pub fn hold_until(
    policy: &HoldPolicy,
    kind: SecurityEventKind,
    held_assets: bool,
    now: Timestamp,
) -> Option<Timestamp> {
    hold_length(policy, kind, held_assets).map(|length| now.plus(length))
}

/// The hold that is in force now: the latest end of all events, so that no later one moves it earlier.
pub fn effective_end(ends: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Option<Timestamp> {
    ends.into_iter().max().filter(|end| now < *end)
}
