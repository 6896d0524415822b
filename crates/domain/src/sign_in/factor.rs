//! The second factor, and the code of a new device.

use super::*;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::passkey::CeremonyRefused;

/// What comparing a second factor established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorJudgement {
    /// Right and unused so far; the store's compare-and-set has still to take it.
    Right(Factor),
    /// Right and used before.
    AlreadyUsed,
    /// The code of another step.
    OtherStep {
        /// Its step.
        step: i64,
        /// How many steps the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
    },
    /// Nothing that this account has; or there is no account.
    Wrong,
    /// What a passkey was to sign is not right.
    WrongPasskey(CeremonyRefused),
    /// Not compared: too many wrong ones in a row.
    Locked {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// Not compared: disabled until bound anew.
    Disabled,
}

impl FactorJudgement {
    /// From a TOTP code. `taken` says whether a step was used before or was remembered as seen.
    pub fn of_totp(judgement: TotpJudgement, taken: impl Fn(i64) -> bool) -> Self {
        match judgement {
            TotpJudgement::Matches { step } if taken(step) => Self::AlreadyUsed,
            TotpJudgement::Matches { .. } => Self::Right(Factor::Totp),
            TotpJudgement::OtherStep { step, offset_steps } => Self::OtherStep { step, offset_steps },
            TotpJudgement::Wrong => Self::Wrong,
        }
    }
}

/// What is known when a second factor was compared.
#[derive(Debug, Clone, Copy)]
pub struct FactorFacts<'a> {
    /// The account as it is now.
    pub account: Option<&'a Account>,
    /// What came of the comparison. For nobody's identifier: [`FactorJudgement::Wrong`], after the same work.
    pub judgement: FactorJudgement,
    /// Whether the owner may lift a freeze of this account: one by staff is lifted by two of them alone.
    pub owner_may_unfreeze: bool,
}

/// What a second factor's try costs, besides the attempt's own state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FactorEffects {
    /// Spend the step or the code. When the store finds it spent meanwhile, judge again with
    /// [`FactorJudgement::AlreadyUsed`].
    pub spend: bool,
    /// Count a wrong try on the authenticator. Never without the password: outsiders cannot drive it to its limit.
    pub count_failure: bool,
    /// Reset the authenticator's count.
    pub reset_failures: bool,
    /// Remember this step as seen until it has passed, password or not.
    pub remember_step: Option<i64>,
}

impl SignIn {
    /// After a second factor was compared.
    ///
    /// A right factor with a wrong password is answered like a wrong factor and is not spent. The diagnosis of the
    /// clock is given with a wrong password too: it tells the phone's owner something, and nobody else anything.
    pub fn after_second_factor(
        &self,
        policy: &Policy,
        facts: FactorFacts<'_>,
        now: Timestamp,
    ) -> (Outcome, FactorEffects) {
        if let Err(refused) = self.at(SignInStep::SecondFactor, now) {
            return (self.refused(refused), FactorEffects::default());
        }
        let account = facts.account.filter(|account| Some(account.id) == self.account);
        if let Some(account) = account
            && self.password_matched
            && account.credential_version != self.credential_version
        {
            return (self.ended(SignInRefused::CredentialsChanged), FactorEffects::default());
        }
        match (facts.judgement, account) {
            (FactorJudgement::Right(factor), Some(account)) if self.password_matched => {
                let effects = FactorEffects { spend: true, reset_failures: true, ..FactorEffects::default() };
                (self.after_right_factor(policy, account.status, facts.owner_may_unfreeze, factor), effects)
            }
            (judgement, _) => self.after_wrong_factor(policy, judgement),
        }
    }

    fn after_right_factor(
        &self,
        policy: &Policy,
        status: AccountStatus,
        owner_may_unfreeze: bool,
        factor: Factor,
    ) -> Outcome {
        let next = Self { factor: Some(factor), ..self.clone() };
        let step = match status {
            AccountStatus::Frozen if owner_may_unfreeze => SignInStep::Unfreeze,
            AccountStatus::Frozen => return next.ended(SignInRefused::Frozen),
            AccountStatus::Open if next.known_device => return next.moved(SignInStep::Access),
            AccountStatus::Open => SignInStep::DeviceCode,
        };
        // The mail needs its time to arrive; the sign-in gets it once.
        let extended_until = self.started_at.plus(policy.sign_in.extended_valid_for);
        let expires_at = if self.extended { self.expires_at } else { self.expires_at.max(extended_until) };
        Self { expires_at, extended: true, ..next }.moved(step)
    }

    fn after_wrong_factor(&self, policy: &Policy, judgement: FactorJudgement) -> (Outcome, FactorEffects) {
        let compared = !matches!(judgement, FactorJudgement::Locked { .. } | FactorJudgement::Disabled);
        let mut effects =
            FactorEffects { count_failure: self.password_matched && compared, ..FactorEffects::default() };
        if let FactorJudgement::OtherStep { step, .. } = judgement {
            effects.remember_step = Some(step);
        }
        let next = Self { factor_failures: self.factor_failures.saturating_add(1), ..self.clone() };
        let tries_left = policy.sign_in.factor_tries.saturating_sub(next.factor_failures);
        if tries_left == 0 {
            return (next.ended(SignInRefused::TooManyWrongFactors), effects);
        }
        let refused = match judgement {
            FactorJudgement::OtherStep { offset_steps, .. } => {
                SignInRefused::ClockOff { offset_steps, tries_left }
            }
            _ if !self.known_device => SignInRefused::WrongPasswordOrCode { tries_left },
            FactorJudgement::AlreadyUsed => SignInRefused::FactorAlreadyUsed { tries_left },
            FactorJudgement::Locked { retry_at } => SignInRefused::FactorLocked { retry_at },
            FactorJudgement::Disabled => SignInRefused::FactorDisabled,
            FactorJudgement::Right(_) | FactorJudgement::Wrong | FactorJudgement::WrongPasskey(_) => {
                SignInRefused::WrongFactor { tries_left }
            }
        };
        (next.refused(refused), effects)
    }

    /// After the code of a new device.
    pub fn after_device_code(&self, judged: Result<(), CodeRefused>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignInStep::DeviceCode, now) {
            return self.refused(refused);
        }
        match judged.map_err(SignInRefused::from) {
            Ok(()) => self.moved(SignInStep::Access),
            Err(SignInRefused::TooManyWrongCodes) => self.ended(SignInRefused::TooManyWrongCodes),
            Err(refused) => self.refused(refused),
        }
    }

    /// After the code that lifts a freeze: the attempt is over by a right one, without a session.
    /// `credential_version` is the account's now; a freeze by staff meanwhile has raised it.
    pub fn after_unfreeze_code(
        &self,
        judged: Result<(), CodeRefused>,
        credential_version: i64,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(SignInStep::Unfreeze, now) {
            return self.refused(refused);
        }
        if credential_version != self.credential_version {
            return self.ended(SignInRefused::CredentialsChanged);
        }
        match judged.map_err(SignInRefused::from) {
            Ok(()) => self.moved(SignInStep::Ended),
            Err(SignInRefused::TooManyWrongCodes) => self.ended(SignInRefused::TooManyWrongCodes),
            Err(refused) => self.refused(refused),
        }
    }

    /// How long the code of a new device can be typed: no longer than the attempt lives.
    pub fn code_lives(&self, policy: &Policy, now: Timestamp) -> Duration {
        policy.codes.valid_for.min(now.until(self.expires_at))
    }
}

impl From<CodeRefused> for SignInRefused {
    fn from(refused: CodeRefused) -> Self {
        match refused {
            CodeRefused::Wrong { tries_left } => Self::WrongCode { tries_left },
            CodeRefused::Expired | CodeRefused::NotSent => Self::CodeExpired,
            CodeRefused::NoTriesLeft => Self::TooManyWrongCodes,
        }
    }
}

impl From<ResendRefused> for SignInRefused {
    fn from(refused: ResendRefused) -> Self {
        match refused {
            ResendRefused::TooSoon { retry_at } => Self::ResendTooSoon { retry_at },
            ResendRefused::NoSendsLeft => Self::NoSendsLeft,
        }
    }
}
