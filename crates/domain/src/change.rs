//! Changes of what guards an account, made behind the door (entry rules 5).

use crate::guard::ActionRefused;
use crate::named::named;
use crate::passkey::PasskeyRefused;
use crate::password::PasswordRefused;
use crate::policy::Policy;
use crate::sign_in::FactorJudgement;
use crate::step_up::{self, Factor, StepUpPurpose, StepUpRefused};
use crate::time::Timestamp;
use crate::totp::TotpJudgement;

named! {
    /// Where a change of two pages stands: the replacement of an authenticator app, or a new passkey.
    pub enum ReplaceTotpStep {
        /// A code of the new app.
        Confirm = "confirm",
        /// The new app guards the account.
        Done = "done",
        /// Nothing came of it.
        Ended = "ended",
    }
}

/// The replacement of an authenticator app, after its step-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaceTotp {
    /// What is asked next.
    pub step: ReplaceTotpStep,
    /// When it is over.
    pub expires_at: Timestamp,
    /// The account's credential version when it began.
    pub credential_version: i64,
    /// Wrong codes of the new app so far.
    pub factor_failures: u32,
    /// The factor that authorised it; after a recovery code the hold is longer.
    pub authorised_by: Factor,
}

/// Why a change is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefused {
    /// No such change is in progress in this session.
    NotBegun,
    /// Too old: begin again.
    Expired,
    /// It ended before: begin again.
    Ended,
    /// The present password is wrong.
    WrongPassword,
    /// The new password is not taken.
    Password(PasswordRefused),
    /// The two new passwords differ.
    PasswordsDiffer,
    /// The new password is the present one.
    SamePassword,
    /// The second factor is wrong.
    WrongFactor,
    /// The code belongs to another time: the phone's clock is off.
    ClockOff {
        /// How many steps of 30 s the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
    },
    /// The code was right and had been used.
    FactorAlreadyUsed,
    /// This factor takes no code for a while.
    FactorLocked {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// This factor is disabled until it is bound anew.
    FactorDisabled,
    /// The factor is too weak for this, or the proof was for something else.
    StepUp(StepUpRefused),
    /// The last wrong code of the new app ended the change.
    TooManyWrongFactors,
    /// Too many tries.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// Something about its passkeys stands against it.
    Passkey(PasskeyRefused),
    /// Something else about the account changed meanwhile.
    CredentialsChanged,
    /// The guard stands before it: the settings lock, a country's rules.
    NotNow(ActionRefused),
}

/// Judges the factor of a step-up: whether it is right, and whether it is enough for this action.
pub const fn judge_step_up(
    purpose: StepUpPurpose,
    entered_by: Factor,
    judgement: FactorJudgement,
) -> Result<Factor, ChangeRefused> {
    match judgement {
        FactorJudgement::Right(factor) => match step_up::judge(purpose, entered_by, factor) {
            Ok(()) => Ok(factor),
            Err(refused) => Err(ChangeRefused::StepUp(refused)),
        },
        FactorJudgement::AlreadyUsed => Err(ChangeRefused::FactorAlreadyUsed),
        FactorJudgement::OtherStep { offset_steps, .. } => Err(ChangeRefused::ClockOff { offset_steps }),
        FactorJudgement::Wrong => Err(ChangeRefused::WrongFactor),
        FactorJudgement::WrongPasskey(refused) => {
            Err(ChangeRefused::Passkey(PasskeyRefused::Ceremony(refused)))
        }
        FactorJudgement::Locked { retry_at } => Err(ChangeRefused::FactorLocked { retry_at }),
        FactorJudgement::Disabled => Err(ChangeRefused::FactorDisabled),
    }
}

impl ReplaceTotp {
    /// A replacement that this factor authorised.
    pub fn begin(policy: &Policy, authorised_by: Factor, credential_version: i64, now: Timestamp) -> Self {
        Self {
            step: ReplaceTotpStep::Confirm,
            expires_at: now.plus(policy.change.valid_for),
            credential_version,
            factor_failures: 0,
            authorised_by,
        }
    }

    /// After a code of the new app: the state to store and the answer. `credential_version` is the account's now.
    pub fn confirm(
        &self,
        policy: &Policy,
        judged: TotpJudgement,
        credential_version: i64,
        now: Timestamp,
    ) -> (Self, Result<(), ChangeRefused>) {
        if self.step != ReplaceTotpStep::Confirm {
            return (self.clone(), Err(ChangeRefused::Ended));
        }
        if now >= self.expires_at {
            return (self.clone(), Err(ChangeRefused::Expired));
        }
        if credential_version != self.credential_version {
            return (self.with(ReplaceTotpStep::Ended), Err(ChangeRefused::CredentialsChanged));
        }
        let refused = match judged {
            TotpJudgement::Matches { .. } => return (self.with(ReplaceTotpStep::Done), Ok(())),
            TotpJudgement::OtherStep { offset_steps, .. } => ChangeRefused::ClockOff { offset_steps },
            TotpJudgement::Wrong => ChangeRefused::WrongFactor,
        };
        let next = Self { factor_failures: self.factor_failures.saturating_add(1), ..self.clone() };
        if next.factor_failures >= policy.change.factor_tries {
            return (next.with(ReplaceTotpStep::Ended), Err(ChangeRefused::TooManyWrongFactors));
        }
        (next, Err(refused))
    }

    fn with(&self, step: ReplaceTotpStep) -> Self {
        Self { step, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
