//! The forgotten password: a link or a code, the second factor, a new password; no session (entry rules 5).
//!
//! The first page answers the same for everyone. A link proves its channel in whatever browser opens it; a code only
//! in the browser that asked.

use crate::account::Account;
use crate::human_check::HumanCheckRefused;
use crate::id::AccountId;
use crate::identifier::IdentifierRefused;
use crate::named::named;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::password::PasswordRefused;
use crate::policy::Policy;
use crate::sign_in::{FactorEffects, FactorJudgement};
use crate::step_up::Factor;
use crate::time::Timestamp;

named! {
    /// Where a reset stands: what is asked next.
    pub enum ResetStep {
        /// The mailed link, or the code in the browser that asked.
        ChannelProof = "channel-proof",
        /// TOTP or a recovery code.
        SecondFactor = "second-factor",
        /// The new password.
        Password = "password",
        /// It is replaced.
        Done = "done",
        /// Nothing came of it.
        Ended = "ended",
    }
}

/// One attempt to replace a forgotten password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// Whose it would be; `None` for an identifier that nobody has, which looks the same in every answer.
    pub account: Option<AccountId>,
    /// What is asked next.
    pub step: ResetStep,
    /// When it is over, whatever was reached.
    pub expires_at: Timestamp,
    /// The account's credential version when it was asked for.
    pub credential_version: i64,
    /// Wrong second factors so far.
    pub factor_failures: u32,
    /// The second factor that was accepted.
    pub factor: Option<Factor>,
}

/// Why a step of a reset is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRefused {
    /// No reset is in progress in this browser, or its cookie or link is not ours.
    NotBegun,
    /// Too old: ask again.
    Expired,
    /// It ended or was used before: ask again.
    Ended,
    /// Another step is asked first.
    OtherStep {
        /// The step that is asked.
        asked: ResetStep,
    },
    /// What was typed is no identifier.
    Identifier(IdentifierRefused),
    /// The human check did not open.
    HumanCheck(HumanCheckRefused),
    /// Too many tries of this network or for this identifier.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// The mailed code is wrong.
    WrongCode {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The mailed code has expired; another can be asked.
    CodeExpired,
    /// The last wrong mailed code ended the reset.
    TooManyWrongCodes,
    /// A code was sent a moment ago.
    ResendTooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// No further code is sent in this reset.
    NoSendsLeft,
    /// The second factor is wrong.
    WrongFactor {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The code belongs to another time: the phone's clock is off.
    ClockOff {
        /// How many steps of 30 s the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
        /// Tries that remain.
        tries_left: u32,
    },
    /// The code was right and had been used.
    FactorAlreadyUsed {
        /// Tries that remain.
        tries_left: u32,
    },
    /// This factor takes no code for a while.
    FactorLocked {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// This factor is disabled until it is bound anew.
    FactorDisabled,
    /// The last wrong factor ended the reset.
    TooManyWrongFactors,
    /// The new password is not taken.
    Password(PasswordRefused),
    /// The two passwords differ.
    PasswordsDiffer,
    /// A password, factor or session change ended this reset.
    CredentialsChanged,
    /// The account is entered by passkeys only: it has no password to set anew. A case is what remains.
    PasskeysOnly,
}

/// What a transition gives: the state to store and the answer to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state to store, after a refusal too.
    pub reset: Reset,
    /// The step that is asked next, or why this one is not passed.
    pub answer: Result<ResetStep, ResetRefused>,
}

impl Reset {
    /// A new attempt, after link and code were put in the outbox, or nothing was for nobody's identifier.
    pub fn begin(policy: &Policy, account: Option<&Account>, now: Timestamp) -> Self {
        Self {
            account: account.map(|account| account.id),
            step: ResetStep::ChannelProof,
            expires_at: now.plus(policy.reset.link_valid_for),
            credential_version: account.map_or(0, |account| account.credential_version),
            factor_failures: 0,
            factor: None,
        }
    }

    /// Whether this step can be worked on now.
    pub fn at(&self, step: ResetStep, now: Timestamp) -> Result<(), ResetRefused> {
        if matches!(self.step, ResetStep::Ended | ResetStep::Done) {
            return Err(ResetRefused::Ended);
        }
        if now >= self.expires_at {
            return Err(ResetRefused::Expired);
        }
        if self.step == step { Ok(()) } else { Err(ResetRefused::OtherStep { asked: self.step }) }
    }

    /// After the link's button was pressed or the code was judged.
    pub fn after_channel_proof(
        &self,
        policy: &Policy,
        judged: Result<(), CodeRefused>,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(ResetStep::ChannelProof, now) {
            return self.refused(refused);
        }
        match judged.map_err(ResetRefused::from) {
            Ok(()) if self.account.is_some() => {
                let expires_at = now.plus(policy.reset.valid_for_after_proof);
                Self { expires_at, ..self.clone() }.moved(ResetStep::SecondFactor)
            }
            Ok(()) | Err(ResetRefused::TooManyWrongCodes) => self.ended(ResetRefused::TooManyWrongCodes),
            Err(refused) => self.refused(refused),
        }
    }

    /// After a second factor was compared. Its visitor holds the channel, so wrong ones count on the authenticator.
    pub fn after_second_factor(
        &self,
        policy: &Policy,
        judgement: FactorJudgement,
        now: Timestamp,
    ) -> (Outcome, FactorEffects) {
        let mut effects = FactorEffects::default();
        if let Err(refused) = self.at(ResetStep::SecondFactor, now) {
            return (self.refused(refused), effects);
        }
        if let FactorJudgement::Right(factor) = judgement {
            effects.spend = true;
            effects.reset_failures = true;
            let next = Self { factor: Some(factor), ..self.clone() };
            return (next.moved(ResetStep::Password), effects);
        }
        if let FactorJudgement::OtherStep { step, .. } = judgement {
            effects.remember_step = Some(step);
        }
        effects.count_failure =
            !matches!(judgement, FactorJudgement::Locked { .. } | FactorJudgement::Disabled);
        let next = Self { factor_failures: self.factor_failures.saturating_add(1), ..self.clone() };
        let tries_left = policy.reset.factor_tries.saturating_sub(next.factor_failures);
        if tries_left == 0 {
            return (next.ended(ResetRefused::TooManyWrongFactors), effects);
        }
        let refused = match judgement {
            FactorJudgement::OtherStep { offset_steps, .. } => {
                ResetRefused::ClockOff { offset_steps, tries_left }
            }
            FactorJudgement::AlreadyUsed => ResetRefused::FactorAlreadyUsed { tries_left },
            FactorJudgement::Locked { retry_at } => ResetRefused::FactorLocked { retry_at },
            FactorJudgement::Disabled => ResetRefused::FactorDisabled,
            FactorJudgement::Right(_) | FactorJudgement::Wrong | FactorJudgement::WrongPasskey(_) => {
                ResetRefused::WrongFactor { tries_left }
            }
        };
        (next.refused(refused), effects)
    }

    /// After a new password was judged; the account is read in the transaction that replaces it.
    ///
    /// A frozen account's password can be replaced: that gives no session and lifts no freeze.
    pub fn after_password(
        &self,
        account: &Account,
        judged: Result<(), PasswordRefused>,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(ResetStep::Password, now) {
            return self.refused(refused);
        }
        let same = Some(account.id) == self.account && account.credential_version == self.credential_version;
        if !same || self.factor.is_none() {
            return self.ended(ResetRefused::CredentialsChanged);
        }
        match judged {
            Ok(()) => self.moved(ResetStep::Done),
            Err(refused) => self.refused(ResetRefused::Password(refused)),
        }
    }

    /// Ends the attempt.
    #[must_use]
    pub fn end(&self) -> Self {
        Self { step: ResetStep::Ended, ..self.clone() }
    }

    fn refused(&self, refused: ResetRefused) -> Outcome {
        Outcome { reset: self.clone(), answer: Err(refused) }
    }

    fn ended(&self, refused: ResetRefused) -> Outcome {
        Outcome { reset: self.end(), answer: Err(refused) }
    }

    fn moved(&self, step: ResetStep) -> Outcome {
        Outcome { reset: Self { step, ..self.clone() }, answer: Ok(step) }
    }
}

impl From<CodeRefused> for ResetRefused {
    fn from(refused: CodeRefused) -> Self {
        match refused {
            CodeRefused::Wrong { tries_left } => Self::WrongCode { tries_left },
            CodeRefused::Expired | CodeRefused::NotSent => Self::CodeExpired,
            CodeRefused::NoTriesLeft => Self::TooManyWrongCodes,
        }
    }
}

impl From<ResendRefused> for ResetRefused {
    fn from(refused: ResendRefused) -> Self {
        match refused {
            ResendRefused::TooSoon { retry_at } => Self::ResendTooSoon { retry_at },
            ResendRefused::NoSendsLeft => Self::NoSendsLeft,
        }
    }
}

#[cfg(test)]
mod tests;
