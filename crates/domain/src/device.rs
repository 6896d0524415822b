//! Known devices: the pair of account and browser (entry rules 1).

use crate::id::{AccountId, DeviceId};
use crate::named::named;
use crate::policy::DevicePolicy;
use crate::time::Timestamp;
use crate::token::TokenHash;

named! {
    /// Why a device is trusted no more before its time.
    pub enum DeviceEndReason {
        /// Its customer forgot it.
        Forgotten = "forgotten",
        /// The password was reset.
        PasswordReset = "password-reset",
        /// A factor was replaced.
        FactorChanged = "factor-changed",
        /// The account was frozen.
        Frozen = "frozen",
        /// *This wasn't me*.
        NotMe = "not-me",
        /// The data were restored from a backup.
        Restored = "restored",
    }
}

/// One device as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its identity.
    pub id: DeviceId,
    /// The one account that trusts it.
    pub account: AccountId,
    /// Hash of the token that its browser holds.
    pub token: TokenHash,
    /// Hash of the token before, and when it was replaced.
    pub previous_token: Option<(TokenHash, Timestamp)>,
    /// When its trust runs out.
    pub trusted_until: Timestamp,
    /// When and why it was ended, if it was.
    pub ended: Option<(Timestamp, DeviceEndReason)>,
}

impl Device {
    /// Whether a browser that shows this token is a known device of this account now.
    ///
    /// The token before the last rotation is taken for a moment more, since the answer that carried the new one may
    /// have been lost on its way.
    pub fn is_known(
        &self,
        policy: &DevicePolicy,
        account: AccountId,
        shown: &TokenHash,
        now: Timestamp,
    ) -> bool {
        let previous = self.previous_token.is_some_and(|(token, replaced_at)| {
            token == *shown && now < replaced_at.plus(policy.previous_token_for)
        });
        self.account == account
            && self.ended.is_none()
            && now < self.trusted_until
            && (self.token == *shown || previous)
    }
}

/// Until when a device is trusted after a full sign-in now.
pub fn trusted_until(policy: &DevicePolicy, now: Timestamp) -> Timestamp {
    now.plus(policy.trusted_for)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Token;
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(24 * 3_600);

    fn start() -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }

    fn account(number: u8) -> AccountId {
        AccountId::from_parts(start(), [number; 16])
    }

    fn token(number: u8) -> TokenHash {
        Token::from_random([number; 32]).hash()
    }

    fn device() -> Device {
        let policy = DevicePolicy::default();
        Device {
            id: DeviceId::from_parts(start(), [9; 16]),
            account: account(1),
            token: token(2),
            previous_token: Some((token(1), start())),
            trusted_until: trusted_until(&policy, start()),
            ended: None,
        }
    }

    #[test]
    fn a_device_is_trusted_for_ninety_days_by_its_one_account() {
        let policy = DevicePolicy::default();
        let moment = Duration::from_micros(1);
        let ended = Device { ended: Some((start(), DeviceEndReason::Forgotten)), ..device() };
        for (device, who, shown, after, expected) in [
            (device(), 1, 2, Duration::ZERO, true),
            (device(), 1, 2, 90 * DAY - moment, true),
            (device(), 1, 2, 90 * DAY, false),
            (device(), 2, 2, Duration::ZERO, false),
            (device(), 1, 3, Duration::ZERO, false),
            (ended, 1, 2, Duration::ZERO, false),
        ] {
            let known = device.is_known(&policy, account(who), &token(shown), start().plus(after));
            assert_eq!(known, expected, "account {who}, token {shown}, after {after:?}");
        }
    }

    #[test]
    fn the_token_before_the_last_rotation_is_taken_for_a_minute() {
        let policy = DevicePolicy::default();
        let known = |seconds| {
            device().is_known(&policy, account(1), &token(1), start().plus(Duration::from_secs(seconds)))
        };
        assert!(known(59));
        assert!(!known(60));
    }
}
