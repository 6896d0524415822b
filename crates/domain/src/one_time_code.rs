//! Codes by mail and SMS: six digits, ten minutes, five tries counted across resends (entry rules 3).

use std::fmt;

use crate::policy::CodePolicy;
use crate::time::Timestamp;
use crate::totp::six_digits;

/// A code of six digits that a flow sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OneTimeCode(u32);

impl OneTimeCode {
    /// The code drawn from 64 random bits; what the division favours is less than one in ten million million.
    pub fn from_random(random: u64) -> Self {
        Self(u32::try_from(random % 1_000_000).unwrap_or(0))
    }

    /// Reads six digits, with spaces or dashes between them if need be.
    pub fn parse(text: &str) -> Option<Self> {
        six_digits(text).map(Self)
    }

    /// Four bytes for the keyed hash.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for OneTimeCode {
    /// `012345`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// What is known about the code of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeState {
    /// Wrong tries so far, those against earlier sends included.
    pub tries: u32,
    /// Codes sent so far.
    pub sends: u32,
    /// When the newest was sent.
    pub sent_at: Timestamp,
    /// When the newest is taken no more.
    pub expires_at: Timestamp,
}

/// Why a typed code is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefused {
    /// Not the code of this flow.
    Wrong {
        /// Tries that remain.
        tries_left: u32,
    },
    /// It was right once; a new one can be asked.
    Expired,
    /// Too many wrong tries: the flow is over.
    NoTriesLeft,
    /// No code was ever sent in this flow.
    NotSent,
}

/// Why a code is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResendRefused {
    /// The last one is too fresh.
    TooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// This flow has sent as many as it may.
    NoSendsLeft,
}

impl CodeState {
    /// The state after a first send.
    pub fn first(policy: &CodePolicy, now: Timestamp) -> Self {
        Self { tries: 0, sends: 1, sent_at: now, expires_at: now.plus(policy.valid_for) }
    }

    /// Judges a try against the newest code. A wrong one must be counted by the caller in the same statement
    /// that found it wrong; `tries` is the number before this one.
    pub fn judge(&self, policy: &CodePolicy, matches: bool, now: Timestamp) -> Result<(), CodeRefused> {
        if self.tries >= policy.tries {
            return Err(CodeRefused::NoTriesLeft);
        }
        if now >= self.expires_at {
            return Err(CodeRefused::Expired);
        }
        if matches {
            return Ok(());
        }
        match policy.tries - self.tries - 1 {
            0 => Err(CodeRefused::NoTriesLeft),
            tries_left => Err(CodeRefused::Wrong { tries_left }),
        }
    }

    /// Whether another code may be sent; the state after sending it. Tries are carried over.
    pub fn resend(&self, policy: &CodePolicy, now: Timestamp) -> Result<Self, ResendRefused> {
        if self.sends >= policy.sends {
            return Err(ResendRefused::NoSendsLeft);
        }
        let retry_at = self.sent_at.plus(policy.resend_after);
        if now < retry_at {
            return Err(ResendRefused::TooSoon { retry_at });
        }
        let expires_at = now.plus(policy.valid_for);
        Ok(Self { tries: self.tries, sends: self.sends + 1, sent_at: now, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn start() -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }

    fn after(seconds: u64) -> Timestamp {
        start().plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_code_has_six_digits_with_leading_zeros() {
        assert_eq!(OneTimeCode::from_random(42).to_string(), "000042");
        assert_eq!(OneTimeCode::from_random(7_000_042), OneTimeCode::from_random(42));
        assert_eq!(OneTimeCode::parse(" 000 042 "), Some(OneTimeCode::from_random(42)));
        assert_eq!(OneTimeCode::parse("42"), None);
        assert_eq!(format!("{:?}", OneTimeCode::from_random(42)), "OneTimeCode(…)");
    }

    #[test]
    fn a_code_is_taken_for_ten_minutes() {
        let policy = CodePolicy::default();
        let state = CodeState::first(&policy, start());
        assert_eq!(state.judge(&policy, true, after(599)), Ok(()));
        assert_eq!(state.judge(&policy, true, after(600)), Err(CodeRefused::Expired));
    }

    #[test]
    fn the_fifth_wrong_try_is_the_last_and_a_right_one_after_it_is_too_late() {
        let policy = CodePolicy::default();
        let judge = |tries, matches| {
            CodeState { tries, ..CodeState::first(&policy, start()) }.judge(&policy, matches, start())
        };
        assert_eq!(judge(0, false), Err(CodeRefused::Wrong { tries_left: 4 }));
        assert_eq!(judge(3, false), Err(CodeRefused::Wrong { tries_left: 1 }));
        assert_eq!(judge(4, true), Ok(()));
        assert_eq!(judge(4, false), Err(CodeRefused::NoTriesLeft));
        assert_eq!(judge(5, true), Err(CodeRefused::NoTriesLeft));
    }

    #[test]
    fn sending_again_gives_time_and_no_tries() {
        let policy = CodePolicy::default();
        let state = CodeState { tries: 4, ..CodeState::first(&policy, start()) };
        assert_eq!(state.resend(&policy, after(59)), Err(ResendRefused::TooSoon { retry_at: after(60) }));
        let again = state.resend(&policy, after(60)).expect("a minute later");
        assert_eq!((again.tries, again.sends, again.expires_at), (4, 2, after(660)));
        assert_eq!(again.judge(&policy, false, after(61)), Err(CodeRefused::NoTriesLeft));
    }

    #[test]
    fn a_flow_sends_five_codes_at_most() {
        let policy = CodePolicy::default();
        let mut state = CodeState::first(&policy, start());
        for sent in 1..5 {
            state = state.resend(&policy, after(sent * 60)).expect("up to five");
        }
        assert_eq!(state.resend(&policy, after(3_600)), Err(ResendRefused::NoSendsLeft));
    }

    proptest! {
        #[test]
        fn reading_gives_back_what_was_sent(random in any::<u64>()) {
            let code = OneTimeCode::from_random(random);
            prop_assert_eq!(code.to_string().len(), 6);
            prop_assert_eq!(OneTimeCode::parse(&code.to_string()), Some(code));
        }
    }
}
