//! A stay behind the door (entry rules 3).

use crate::id::{AccountId, DeviceId, SessionId};
use crate::named::named;
use crate::policy::SessionPolicy;
use crate::step_up::Factor;
use crate::time::Timestamp;

named! {
    /// Why a session ended before its time.
    pub enum SessionEndReason {
        /// Its customer signed out.
        SignedOut = "signed-out",
        /// Its customer ended it from another one.
        Revoked = "revoked",
        /// One session too many began.
        TooMany = "too-many",
        /// The password was changed.
        PasswordChanged = "password-changed",
        /// The password was reset.
        PasswordReset = "password-reset",
        /// A factor was replaced.
        FactorChanged = "factor-changed",
        /// The account was frozen.
        Frozen = "frozen",
        /// A request came from another network than the one it was bound to.
        NetworkChanged = "network-changed",
        /// Staff ended it.
        Staff = "staff",
        /// Its token was exchanged for a new session's at a rise of privilege.
        Replaced = "replaced",
        /// The data were restored from a backup.
        Restored = "restored",
    }
}

/// One session as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The device it began on.
    pub device: Option<DeviceId>,
    /// The second factor used to enter.
    pub entered_by: Factor,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request, known to within [`SessionPolicy::seen_every`].
    pub last_seen_at: Timestamp,
    /// When and why it was ended, if it was.
    pub ended: Option<(Timestamp, SessionEndReason)>,
}

/// Whether a session opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It does.
    Active,
    /// No request for too long.
    IdleTooLong,
    /// Too old, used or not.
    TooOld,
    /// Ended before its time.
    Ended(SessionEndReason),
}

impl Session {
    /// Its state now. A last request written by a node whose clock is ahead counts as now.
    pub fn state(&self, policy: &SessionPolicy, now: Timestamp) -> SessionState {
        if let Some((_, reason)) = self.ended {
            return SessionState::Ended(reason);
        }
        if now >= self.created_at.plus(policy.absolute_for) {
            return SessionState::TooOld;
        }
        if now >= self.last_seen_at.plus(policy.idle_for) {
            return SessionState::IdleTooLong;
        }
        SessionState::Active
    }

    /// When it ends by itself if no request comes.
    pub fn ends_at(&self, policy: &SessionPolicy) -> Timestamp {
        self.created_at.plus(policy.absolute_for).min(self.last_seen_at.plus(policy.idle_for))
    }

    /// Whether a request now is worth writing down.
    pub fn is_seen_anew(&self, policy: &SessionPolicy, now: Timestamp) -> bool {
        now.since(self.last_seen_at) >= policy.seen_every
    }
}

/// How many of the oldest sessions end when one more begins beside this many active ones.
pub const fn surplus(policy: &SessionPolicy, active: usize) -> usize {
    (active + 1).saturating_sub(policy.at_most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const MINUTE: Duration = Duration::from_secs(60);

    fn start() -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }

    fn session() -> Session {
        Session {
            id: SessionId::from_parts(start(), [1; 16]),
            account: AccountId::from_parts(start(), [2; 16]),
            device: None,
            entered_by: Factor::Totp,
            created_at: start(),
            last_seen_at: start(),
            ended: None,
        }
    }

    #[test]
    fn a_session_ends_after_half_an_hour_without_a_request_and_after_twelve_hours_with_them() {
        let policy = SessionPolicy::default();
        let moment = Duration::from_micros(1);
        let seen_late = Session { last_seen_at: start().plus(715 * MINUTE), ..session() };
        for (session, after, expected) in [
            (session(), Duration::ZERO, SessionState::Active),
            (session(), 30 * MINUTE - moment, SessionState::Active),
            (session(), 30 * MINUTE, SessionState::IdleTooLong),
            (seen_late.clone(), 720 * MINUTE - moment, SessionState::Active),
            (seen_late, 720 * MINUTE, SessionState::TooOld),
        ] {
            let now = start().plus(after);
            assert_eq!(session.state(&policy, now), expected, "{after:?}");
            assert_eq!(now < session.ends_at(&policy), expected == SessionState::Active);
        }
    }

    #[test]
    fn an_ended_session_stays_ended() {
        let policy = SessionPolicy::default();
        for reason in SessionEndReason::ALL.iter().copied() {
            let session = Session { ended: Some((start(), reason)), ..session() };
            assert_eq!(session.state(&policy, start()), SessionState::Ended(reason));
        }
    }

    #[test]
    fn a_clock_that_is_ahead_on_another_node_ends_nothing() {
        let session = Session { last_seen_at: start().plus(MINUTE), ..session() };
        assert_eq!(session.state(&SessionPolicy::default(), start()), SessionState::Active);
        assert!(!session.is_seen_anew(&SessionPolicy::default(), start()));
    }

    #[test]
    fn the_last_request_is_written_down_once_a_minute() {
        let policy = SessionPolicy::default();
        assert!(!session().is_seen_anew(&policy, start().plus(MINUTE - Duration::from_micros(1))));
        assert!(session().is_seen_anew(&policy, start().plus(MINUTE)));
    }

    #[test]
    fn the_twenty_first_session_ends_the_oldest() {
        let policy = SessionPolicy::default();
        for (active, ending) in [(0, 0), (19, 0), (20, 1), (25, 6)] {
            assert_eq!(surplus(&policy, active), ending, "{active} active");
        }
    }
}
