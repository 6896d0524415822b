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
