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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_event_closes_what_leaves_for_the_length_of_the_rules() {
        let policy = HoldPolicy::default();
        for (kind, never_held, held) in [
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
        ] {
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
