//! Numbers move on to other people. What was not proved for long, or is reported as another's, counts for less
//! (entry rules 5, *Phone-only accounts*).

use super::IdentifierKind;
use crate::action::Action;
use crate::policy::Policy;
use crate::time::Timestamp;

/// What is known about the last proof of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastProof {
    /// Mail or phone.
    pub kind: IdentifierKind,
    /// When a code that was sent to it was last typed.
    pub proved_at: Timestamp,
    /// When it was reported to belong to somebody else.
    pub reassigned_at: Option<Timestamp>,
}

impl LastProof {
    /// Whether it must be proved again. Until then it starts no reset, and a new holder can claim it at sign-up.
    /// A mail address is not handed on by anybody, and stays as it is.
    pub fn is_stale(&self, policy: &Policy, now: Timestamp) -> bool {
        self.kind == IdentifierKind::Phone
            && (self.reassigned_at.is_some() || now.since(self.proved_at) >= policy.identifier.proof_lasts)
    }
}

/// Whether this action waits until an account whose only channel is a phone has a verified mail address or a passkey.
pub const fn needs_mail_or_passkey_before(action: Action) -> bool {
    matches!(action, Action::Deposit | Action::CreateApiKey)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn a_number_goes_stale_after_180_days_or_when_it_is_reported_and_an_address_never_does() {
        let (policy, start) = (Policy::default(), Timestamp::from_seconds(1_800_000_000));
        let phone = LastProof { kind: IdentifierKind::Phone, proved_at: start, reassigned_at: None };
        let end = start.plus(180 * DAY);
        assert!(!phone.is_stale(&policy, end.minus(Duration::from_micros(1))));
        assert!(phone.is_stale(&policy, end));
        let reported = LastProof { reassigned_at: Some(start), ..phone };
        assert!(reported.is_stale(&policy, start));
        let mail = LastProof { kind: IdentifierKind::Email, ..reported };
        assert!(!mail.is_stale(&policy, end));
    }

    #[test]
    fn deposits_and_keys_wait_for_a_second_way_to_reach_the_owner_and_nothing_else_does() {
        for action in Action::ALL {
            let waits = matches!(action, Action::Deposit | Action::CreateApiKey);
            assert_eq!(needs_mail_or_passkey_before(*action), waits, "{action:?}");
        }
    }
}
