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
        /// A passkey was added.
        PasskeyAdded = "passkey-added",
        /// A passkey was removed.
        PasskeyRemoved = "passkey-removed",
        /// What a passkey may do was changed, *passkeys only* included; a new name is no change.
        PasskeyChanged = "passkey-changed",
        /// The first trading password.
        TradingPasswordSet = "trading-password-set",
        /// The trading password was changed with the present one at hand.
        TradingPasswordChanged = "trading-password-changed",
        /// A forgotten trading password was replaced.
        TradingPasswordReset = "trading-password-reset",
        /// A case replaced a lost factor.
        FactorReplacedByCase = "factor-replaced-by-case",
        /// A case replaced a lost factor, and password or trading password were lost as well.
        CaseWithPasswordLost = "case-with-password-lost",
        /// A withdrawal address was added while the address book is enforced: closes that address.
        AddressAdded = "address-added",
        /// An API key was given the permission to withdraw: closes that key.
        ApiKeyMayWithdraw = "api-key-may-withdraw",
        /// The addresses or permissions of an API key were widened: closes that key.
        ApiKeyWidened = "api-key-widened",
        /// The address book is no longer enforced; this took its own wait before it came.
        AddressBookOff = "address-book-off",
    }
}

/// What a hold closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldScope {
    /// Everything that leaves the account.
    Account,
    /// What leaves to one address, or by one key.
    Subject,
}

impl SecurityEventKind {
    /// What the hold of such an event closes; an event about a subject is written with that subject's id.
    pub const fn scope(self) -> HoldScope {
        match self {
            Self::AddressAdded | Self::ApiKeyMayWithdraw | Self::ApiKeyWidened => HoldScope::Subject,
            _ => HoldScope::Account,
        }
    }
}

/// How long nothing leaves the account after this event; `None` when it closes nothing.
pub const fn hold_length(
    policy: &HoldPolicy,
    kind: SecurityEventKind,
    held_assets: bool,
) -> Option<Duration> {
    match kind {
        SecurityEventKind::FirstPassword
        | SecurityEventKind::FirstTotp
        | SecurityEventKind::TradingPasswordSet
            if !held_assets =>
        {
            None
        }
        // A frozen account moves nothing anyway, fresh recovery codes are no factor of entry by themselves, and the
        // end of the address book has waited before it came.
        SecurityEventKind::Frozen
        | SecurityEventKind::RecoveryCodesRenewed
        | SecurityEventKind::AddressBookOff => None,
        SecurityEventKind::FirstPassword
        | SecurityEventKind::FirstTotp
        | SecurityEventKind::PasswordChanged
        | SecurityEventKind::PasswordReset
        | SecurityEventKind::TotpReplaced
        | SecurityEventKind::PasskeyAdded
        | SecurityEventKind::PasskeyRemoved
        | SecurityEventKind::PasskeyChanged
        | SecurityEventKind::TradingPasswordSet
        | SecurityEventKind::TradingPasswordChanged
        | SecurityEventKind::TradingPasswordReset
        | SecurityEventKind::Unfrozen => Some(policy.credential_changed),
        SecurityEventKind::TotpReplacedAfterRecovery | SecurityEventKind::FactorReplacedByCase => {
            Some(policy.factor_replaced_after_recovery)
        }
        SecurityEventKind::IdentifierChanged | SecurityEventKind::CaseWithPasswordLost => {
            Some(policy.identifier_changed)
        }
        SecurityEventKind::AddressAdded => Some(policy.address_added),
        SecurityEventKind::ApiKeyMayWithdraw | SecurityEventKind::ApiKeyWidened => {
            Some(policy.api_key_widened)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_event_closes_what_leaves_for_the_length_of_the_rules() {
        let policy = HoldPolicy::default();
        let rows = [
            (SecurityEventKind::FirstPassword, None, Some(24)),
            (SecurityEventKind::FirstTotp, None, Some(24)),
            (SecurityEventKind::PasswordChanged, Some(24), Some(24)),
            (SecurityEventKind::PasswordReset, Some(24), Some(24)),
            (SecurityEventKind::TotpReplaced, Some(24), Some(24)),
            (SecurityEventKind::TotpReplacedAfterRecovery, Some(48), Some(48)),
            (SecurityEventKind::RecoveryCodesRenewed, None, None),
            (SecurityEventKind::Frozen, None, None),
            (SecurityEventKind::Unfrozen, Some(24), Some(24)),
            (SecurityEventKind::IdentifierChanged, Some(72), Some(72)),
            (SecurityEventKind::PasskeyAdded, Some(24), Some(24)),
            (SecurityEventKind::PasskeyRemoved, Some(24), Some(24)),
            (SecurityEventKind::PasskeyChanged, Some(24), Some(24)),
            (SecurityEventKind::TradingPasswordSet, None, Some(24)),
            (SecurityEventKind::TradingPasswordChanged, Some(24), Some(24)),
            (SecurityEventKind::TradingPasswordReset, Some(24), Some(24)),
            (SecurityEventKind::FactorReplacedByCase, Some(48), Some(48)),
            (SecurityEventKind::CaseWithPasswordLost, Some(72), Some(72)),
            (SecurityEventKind::AddressAdded, Some(24), Some(24)),
            (SecurityEventKind::ApiKeyMayWithdraw, Some(24), Some(24)),
            (SecurityEventKind::ApiKeyWidened, Some(24), Some(24)),
            (SecurityEventKind::AddressBookOff, None, None),
        ];
        for kind in SecurityEventKind::ALL {
            assert_eq!(
                rows.iter().filter(|(row, _, _)| row == kind).count(),
                1,
                "{kind:?} stands in the table"
            );
        }
        for (kind, never_held, held) in rows {
            let hours = |hours: Option<u64>| hours.map(|hours| Duration::from_secs(hours * 3_600));
            assert_eq!(hold_length(&policy, kind, false), hours(never_held), "{kind:?}");
            assert_eq!(hold_length(&policy, kind, true), hours(held), "{kind:?} with assets");
        }
    }

    #[test]
    fn a_hold_lifts_by_itself_at_its_end() {
        let now = Timestamp::from_seconds(1_000);
        let until = hold_until(&HoldPolicy::default(), SecurityEventKind::PasswordChanged, true, now);
        let end = now.plus(Duration::from_secs(24 * 3_600));
        assert_eq!(until, Some(end));
        assert_eq!(effective_end([end], end.minus(Duration::from_micros(1))), Some(end));
        assert_eq!(effective_end([end], end), None);
        assert_eq!(effective_end([], now), None);
    }

    fn events() -> impl Strategy<Value = Vec<(SecurityEventKind, u64)>> {
        let kind = proptest::sample::select(SecurityEventKind::ALL);
        proptest::collection::vec((kind, 0_u64..100_000), 0..20)
    }

    proptest! {
        #[test]
        fn no_later_event_moves_the_end_earlier(events in events()) {
            let policy = HoldPolicy::default();
            let (mut now, mut ends, mut end) = (Timestamp::from_seconds(0), Vec::new(), None);
            for (kind, wait) in events {
                now = now.plus(Duration::from_secs(wait));
                ends.extend(hold_until(&policy, kind, true, now));
                let next = effective_end(ends.iter().copied(), now);
                if let Some(before) = end && before > now {
                    prop_assert!(next >= Some(before));
                }
                end = next;
            }
        }
    }
}
