//! Opening an account: identifier, code, password, authenticator app, recovery codes, *Access*.
//!
//! A taken identifier goes the same way as a free one until the code, which its owner never gets: the owner is told
//! instead, and no code that the visitor types is right.

use crate::human_check::HumanCheckRefused;
use crate::identifier::IdentifierRefused;
use crate::named::named;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::password::PasswordRefused;
use crate::policy::Policy;
use crate::time::Timestamp;
use crate::totp::TotpJudgement;

named! {
    /// Where a sign-up stands: what is asked next.
    pub enum SignUpStep {
        /// The code that was sent to the identifier.
        Code = "code",
        /// A password.
        Password = "password",
        /// The authenticator app, confirmed by a code.
        Authenticator = "authenticator",
        /// The recovery codes, shown once.
        RecoveryCodes = "recovery-codes",
        /// The last page, with the button.
        Access = "access",
        /// A session came of it.
        Entered = "entered",
        /// Nothing came of it.
        Ended = "ended",
    }
}

/// One attempt to open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    /// What is asked next.
    pub step: SignUpStep,
    /// When it is over, whatever was reached.
    pub expires_at: Timestamp,
    /// Whether the identifier is somebody's already; never shown.
    pub taken: bool,
    /// Wrong authenticator codes so far.
    pub factor_failures: u32,
}

/// Why a step of a sign-up is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpRefused {
    /// No sign-up is in progress in this browser, or its cookie is not ours.
    NotBegun,
    /// Too old: begin again.
    Expired,
    /// It ended before: begin again.
    Ended,
    /// Another step is asked first.
    OtherStep {
        /// The step that is asked.
        asked: SignUpStep,
    },
    /// What was typed is no identifier.
    Identifier(IdentifierRefused),
    /// This number cannot be sent an SMS.
    NoSmsThere,
    /// The human check did not open.
    HumanCheck(HumanCheckRefused),
    /// Too many tries of this network or for this identifier.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// The code is wrong.
    WrongCode {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The code has expired; another can be sent.
    CodeExpired,
    /// The last wrong code ended the sign-up.
    TooManyWrongCodes,
    /// A code was sent a moment ago.
    ResendTooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// No further code is sent in this sign-up.
    NoSendsLeft,
    /// The password is not taken.
    Password(PasswordRefused),
    /// The two passwords differ.
    PasswordsDiffer,
    /// The authenticator code is wrong.
    WrongFactor,
    /// The authenticator code belongs to another time: the phone's clock is off.
    ClockOff {
        /// How many steps of 30 s the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
    },
    /// The last wrong authenticator code ended the sign-up.
    TooManyWrongFactors,
    /// The recovery codes were not confirmed as kept.
    RecoveryCodesNotKept,
}

/// What a transition gives: the state to store and the answer to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state to store, after a refusal too.
    pub sign_up: SignUp,
    /// The step that is asked next, or why this one is not passed.
    pub answer: Result<SignUpStep, SignUpRefused>,
}

impl SignUp {
    /// A new attempt, after its code was put in the outbox.
    pub fn begin(policy: &Policy, taken: bool, now: Timestamp) -> Self {
        let expires_at = now.plus(policy.sign_up.valid_for);
        Self { step: SignUpStep::Code, expires_at, taken, factor_failures: 0 }
    }

    /// Whether this step can be worked on now.
    pub fn at(&self, step: SignUpStep, now: Timestamp) -> Result<(), SignUpRefused> {
        if matches!(self.step, SignUpStep::Ended | SignUpStep::Entered) {
            return Err(SignUpRefused::Ended);
        }
        if now >= self.expires_at {
            return Err(SignUpRefused::Expired);
        }
        if self.step == step { Ok(()) } else { Err(SignUpRefused::OtherStep { asked: self.step }) }
    }

    /// After the code. For a taken identifier the caller judges with `matches = false`; that it was right would end
    /// the attempt all the same.
    pub fn after_code(&self, judged: Result<(), CodeRefused>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignUpStep::Code, now) {
            return self.refused(refused);
        }
        match judged.map_err(SignUpRefused::from) {
            Ok(()) if !self.taken => self.moved(SignUpStep::Password),
            Ok(()) | Err(SignUpRefused::TooManyWrongCodes) => self.ended(SignUpRefused::TooManyWrongCodes),
            Err(refused) => self.refused(refused),
        }
    }

    /// After a password was judged.
    pub fn after_password(&self, judged: Result<(), PasswordRefused>, now: Timestamp) -> Outcome {
        match self.at(SignUpStep::Password, now).and_then(|()| judged.map_err(SignUpRefused::Password)) {
            Ok(()) => self.moved(SignUpStep::Authenticator),
            Err(refused) => self.refused(refused),
        }
    }

    /// After a code of the new authenticator app; a right one is spent by this.
    pub fn after_authenticator(&self, policy: &Policy, judged: TotpJudgement, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignUpStep::Authenticator, now) {
            return self.refused(refused);
        }
        let refused = match judged {
            TotpJudgement::Matches { .. } => return self.moved(SignUpStep::RecoveryCodes),
            TotpJudgement::OtherStep { offset_steps, .. } => SignUpRefused::ClockOff { offset_steps },
            TotpJudgement::Wrong => SignUpRefused::WrongFactor,
        };
        let next = Self { factor_failures: self.factor_failures.saturating_add(1), ..self.clone() };
        if next.factor_failures >= policy.sign_up.factor_tries {
            return next.ended(SignUpRefused::TooManyWrongFactors);
        }
        next.refused(refused)
    }

    /// After the recovery codes were shown: `kept` is the box that says so.
    pub fn after_recovery_codes(&self, kept: bool, now: Timestamp) -> Outcome {
        match self.at(SignUpStep::RecoveryCodes, now) {
            Ok(()) if kept => self.moved(SignUpStep::Access),
            Ok(()) => self.refused(SignUpRefused::RecoveryCodesNotKept),
            Err(refused) => self.refused(refused),
        }
    }

    /// *Access*: the account and its first session are made.
    pub fn access(&self, now: Timestamp) -> Outcome {
        match self.at(SignUpStep::Access, now) {
            Ok(()) => self.moved(SignUpStep::Entered),
            Err(refused) => self.refused(refused),
        }
    }

    /// Ends the attempt.
    #[must_use]
    pub fn end(&self) -> Self {
        Self { step: SignUpStep::Ended, ..self.clone() }
    }

    fn refused(&self, refused: SignUpRefused) -> Outcome {
        Outcome { sign_up: self.clone(), answer: Err(refused) }
    }

    fn ended(&self, refused: SignUpRefused) -> Outcome {
        Outcome { sign_up: self.end(), answer: Err(refused) }
    }

    fn moved(&self, step: SignUpStep) -> Outcome {
        Outcome { sign_up: Self { step, ..self.clone() }, answer: Ok(step) }
    }
}

impl From<CodeRefused> for SignUpRefused {
    fn from(refused: CodeRefused) -> Self {
        match refused {
            CodeRefused::Wrong { tries_left } => Self::WrongCode { tries_left },
            CodeRefused::Expired | CodeRefused::NotSent => Self::CodeExpired,
            CodeRefused::NoTriesLeft => Self::TooManyWrongCodes,
        }
    }
}

impl From<ResendRefused> for SignUpRefused {
    fn from(refused: ResendRefused) -> Self {
        match refused {
            ResendRefused::TooSoon { retry_at } => Self::ResendTooSoon { retry_at },
            ResendRefused::NoSendsLeft => Self::NoSendsLeft,
        }
    }
}

#[cfg(test)]
mod tests;
