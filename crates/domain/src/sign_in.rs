//! The sign-in: a state machine that ends in a session or in nothing (entry rules 2).
//!
//! A [`SignIn`] is everything that is remembered of one attempt. Each transition takes it with the facts that were
//! established and gives an [`Outcome`]: the state to store, the answer, and for a second factor what it costs.
//! No transition skips, repeats or reorders a step; an expired or ended attempt answers with nothing else.
//!
//! From an unknown device the password's result is not shown: a wrong password leads to the second factor as a right
//! one does, and the refusal there names both. Only [`SignIn::password_matched`] remembers.

use std::time::Duration;

use crate::account::{Account, AccountStatus};
use crate::human_check::HumanCheckRefused;
use crate::id::AccountId;
use crate::identifier::IdentifierRefused;
use crate::named::named;
use crate::policy::Policy;
use crate::recovery_code::RecoveryCode;
use crate::step_up::Factor;
use crate::throttle;
use crate::time::Timestamp;
use crate::totp::{TotpCode, TotpJudgement};

mod access;
mod factor;
mod password;

pub use access::AccessFacts;
pub use factor::{FactorEffects, FactorFacts, FactorJudgement};
pub use password::{PasswordCounters, PasswordFacts, PasswordGate};

named! {
    /// Where an attempt stands: what is asked next.
    pub enum SignInStep {
        /// The password and the human check.
        Password = "password",
        /// A code to the verified channel, before a password is compared.
        ChannelProof = "channel-proof",
        /// TOTP or a recovery code.
        SecondFactor = "second-factor",
        /// The code of a new device.
        DeviceCode = "device-code",
        /// The last page, with the button.
        Access = "access",
        /// The account is frozen, and a code to the channel lifts that; no session comes of it.
        Unfreeze = "unfreeze",
        /// A session came of it.
        Entered = "entered",
        /// Nothing came of it.
        Ended = "ended",
    }
}

/// One attempt to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Whose it would be; `None` for an identifier that nobody has, which looks the same in every answer.
    pub account: Option<AccountId>,
    /// What is asked next.
    pub step: SignInStep,
    /// When it began.
    pub started_at: Timestamp,
    /// When it is over, whatever was reached.
    pub expires_at: Timestamp,
    /// Whether the new device's code has extended it; that happens once.
    pub extended: bool,
    /// Whether this browser is a device that the account trusts, as far as this attempt is concerned.
    pub known_device: bool,
    /// Whether the verified channel was proved in this attempt.
    pub channel_proved: bool,
    /// Whether the password was right; never shown to an unknown device before a right second factor.
    pub password_matched: bool,
    /// The account's credential version when the password was compared.
    pub credential_version: i64,
    /// Wrong second factors in this attempt.
    pub factor_failures: u32,
    /// The second factor that was accepted.
    pub factor: Option<Factor>,
}

/// Why a step of a sign-in is refused. Data only; the catalogue has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInRefused {
    /// No sign-in is in progress in this browser, or its cookie is not ours.
    NotBegun,
    /// Too old: begin again.
    Expired,
    /// It ended before: begin again.
    Ended,
    /// Another step is asked first.
    OtherStep {
        /// The step that is asked.
        asked: SignInStep,
    },
    /// What was typed is no identifier.
    Identifier(IdentifierRefused),
    /// The human check did not open.
    HumanCheck(HumanCheckRefused),
    /// Too many tries, of this account or this network.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// The verified channel must be proved first; the step has changed.
    ChannelProofNeeded,
    /// The password is wrong. Only known devices are told.
    WrongPassword,
    /// Password or code did not match: all that an unknown device is told.
    WrongPasswordOrCode {
        /// Tries that remain in this sign-in.
        tries_left: u32,
    },
    /// The second factor is wrong. Only known devices are told.
    WrongFactor {
        /// Tries that remain in this sign-in.
        tries_left: u32,
    },
    /// The code belongs to another time: the phone's clock is off.
    ClockOff {
        /// How many steps of 30 s the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
        /// Tries that remain in this sign-in.
        tries_left: u32,
    },
    /// The code was right and had been used. Only known devices are told.
    FactorAlreadyUsed {
        /// Tries that remain in this sign-in.
        tries_left: u32,
    },
    /// This factor takes no code for a while. Only known devices are told.
    FactorLocked {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// This factor is disabled until it is bound anew. Only known devices are told.
    FactorDisabled,
    /// The last wrong factor ended the sign-in.
    TooManyWrongFactors,
    /// The mailed code is wrong.
    WrongCode {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The mailed code has expired; another can be sent.
    CodeExpired,
    /// The last wrong mailed code ended the sign-in.
    TooManyWrongCodes,
    /// No further code is sent in this sign-in.
    NoSendsLeft,
    /// A code was sent a moment ago.
    ResendTooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// The account is frozen; told after password and factor only.
    Frozen,
    /// No passkey opened anything: unknown, removed, of another site, without its user verified, or used before. Nobody
    /// is told which.
    PasskeyRefused,
    /// A password, factor or session change ended this sign-in.
    CredentialsChanged,
}

/// What a transition gives: the state to store and the answer to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state to store, after a refusal too: a wrong try is remembered.
    pub sign_in: SignIn,
    /// The step that is asked next, or why this one is not passed.
    pub answer: Result<SignInStep, SignInRefused>,
}

/// What somebody typed as a second factor: six digits are TOTP, a brace begins what a passkey signed, anything else is a
/// recovery code.
#[derive(Debug, Clone)]
pub enum TypedFactor {
    /// Six digits.
    Totp(TotpCode),
    /// The form of a recovery code.
    Recovery(RecoveryCode),
    /// What a passkey signed, as JSON; the form's script put it there.
    Passkey(String),
    /// Neither; a wrong try all the same.
    Neither,
}

impl TypedFactor {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        if let Some(code) = TotpCode::parse(text) {
            return Self::Totp(code);
        }
        if text.starts_with('{') {
            return Self::Passkey(text.to_owned());
        }
        RecoveryCode::parse(text).map_or(Self::Neither, Self::Recovery)
    }
}

impl SignIn {
    /// A new attempt for this account, or for nobody's identifier.
    pub fn begin(policy: &Policy, account: Option<AccountId>, known_device: bool, now: Timestamp) -> Self {
        Self {
            account,
            step: SignInStep::Password,
            started_at: now,
            expires_at: now.plus(policy.sign_in.valid_for),
            extended: false,
            known_device,
            channel_proved: false,
            password_matched: false,
            credential_version: 0,
            factor_failures: 0,
            factor: None,
        }
    }

    /// A new attempt by a passkey that was right: it takes the place of password, human check and codes, so that only the
    /// last page is left (entry rules 2). For a frozen account that is the code which lifts its owner's freeze; one by
    /// staff ends here.
    pub fn begin_by_passkey(
        policy: &Policy,
        account: &Account,
        known_device: bool,
        owner_may_unfreeze: bool,
        now: Timestamp,
    ) -> Result<Self, SignInRefused> {
        let step = match account.status {
            AccountStatus::Open => SignInStep::Access,
            AccountStatus::Frozen if owner_may_unfreeze => SignInStep::Unfreeze,
            AccountStatus::Frozen => return Err(SignInRefused::Frozen),
        };
        Ok(Self {
            step,
            credential_version: account.credential_version,
            factor: Some(Factor::Passkey),
            ..Self::begin(policy, Some(account.id), known_device, now)
        })
    }

    /// Whether everything was proved that opens the last page: a passkey alone, or password and second factor.
    const fn is_proved(&self) -> bool {
        match self.factor {
            Some(Factor::Passkey) => true,
            Some(Factor::Totp | Factor::RecoveryCode) => self.password_matched,
            None => false,
        }
    }

    /// Whether this step can be worked on now.
    pub fn at(&self, step: SignInStep, now: Timestamp) -> Result<(), SignInRefused> {
        if matches!(self.step, SignInStep::Ended | SignInStep::Entered) {
            return Err(SignInRefused::Ended);
        }
        if now >= self.expires_at {
            return Err(SignInRefused::Expired);
        }
        if self.step == step { Ok(()) } else { Err(SignInRefused::OtherStep { asked: self.step }) }
    }

    /// Takes up an attempt after its pages were left: the password is asked again, nothing proved before it counts
    /// except the channel, and neither the time nor the failures begin anew.
    pub fn resume(&self, now: Timestamp) -> Outcome {
        let sign_in = Self {
            step: SignInStep::Password,
            password_matched: false,
            credential_version: 0,
            factor: None,
            ..self.clone()
        };
        match self.at(self.step, now) {
            Ok(()) => Outcome { answer: Ok(sign_in.step), sign_in },
            Err(refused) => self.refused(refused),
        }
    }

    /// Ends the attempt: cancelled by its visitor, or by a freeze, a changed factor or *end all*.
    #[must_use]
    pub fn end(&self) -> Self {
        Self { step: SignInStep::Ended, ..self.clone() }
    }

    fn refused(&self, refused: SignInRefused) -> Outcome {
        Outcome { sign_in: self.clone(), answer: Err(refused) }
    }

    fn ended(&self, refused: SignInRefused) -> Outcome {
        Outcome { sign_in: self.end(), answer: Err(refused) }
    }

    fn moved(&self, step: SignInStep) -> Outcome {
        Outcome { sign_in: Self { step, ..self.clone() }, answer: Ok(step) }
    }
}

#[cfg(test)]
mod tests;
