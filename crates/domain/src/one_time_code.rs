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
