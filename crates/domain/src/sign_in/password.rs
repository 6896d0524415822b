//! The password, and what stands before it.

use super::*;

/// The counters that stand before a password. Identifiers that nobody has keep the same ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasswordCounters {
    /// Wrong passwords in a row from unknown devices.
    pub unknown_device_failures: u32,
    /// Until when unknown devices are refused.
    pub unknown_device_locked_until: Option<Timestamp>,
    /// Wrong passwords in a row from this known device.
    pub known_device_failures: u32,
}

/// Whether a password may be compared, before anything is spent on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordGate {
    /// Compare it.
    Open {
        /// Whether the device counts as known in this sign-in.
        known_device: bool,
    },
    /// Not before this time. Such a try is no failed try.
    Locked {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// The verified channel is proved first. Such a try is no failed try.
    ChannelProof,
    /// The password takes no try until it is reset.
    Disabled,
}

impl PasswordCounters {
    /// Judges a try before the hash (entry rules 4).
    pub fn gate(&self, policy: &Policy, sign_in: &SignIn, now: Timestamp) -> PasswordGate {
        let throttle = &policy.throttle;
        if sign_in.known_device && !throttle::counts_as_unknown(throttle, self.known_device_failures) {
            return PasswordGate::Open { known_device: true };
        }
        if let Some(retry_at) = self.unknown_device_locked_until.filter(|until| now < *until) {
            return PasswordGate::Locked { retry_at };
        }
        if throttle::password_disabled(throttle, self.unknown_device_failures) {
            return PasswordGate::Disabled;
        }
        if throttle::needs_channel_proof(throttle, self.unknown_device_failures) && !sign_in.channel_proved {
            return PasswordGate::ChannelProof;
        }
        PasswordGate::Open { known_device: false }
    }
}

/// What comparing a password established.
#[derive(Debug, Clone, Copy)]
pub struct PasswordFacts<'a> {
    /// The account of the identifier, if it has one with a verified identifier.
    pub account: Option<&'a Account>,
    /// Whether the hash matched; the decoy's never does.
    pub matches: bool,
    /// Whether the device still counts as known, from [`PasswordGate::Open`].
    pub known_device: bool,
}

impl SignIn {
    /// What a closed gate does to the attempt.
    pub fn after_gate(&self, gate: PasswordGate, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignInStep::Password, now) {
            return self.refused(refused);
        }
        match gate {
            PasswordGate::Open { known_device } => {
                Outcome { sign_in: Self { known_device, ..self.clone() }, answer: Ok(SignInStep::Password) }
            }
            PasswordGate::Locked { retry_at } => self.refused(SignInRefused::Throttled { retry_at }),
            // A disabled password looks like one whose channel is to be proved; only the reset gets further.
            PasswordGate::ChannelProof | PasswordGate::Disabled => Outcome {
                sign_in: Self { step: SignInStep::ChannelProof, known_device: false, ..self.clone() },
                answer: Err(SignInRefused::ChannelProofNeeded),
            },
        }
    }

    /// After the hash: an unknown device goes on whatever came out, a known one is told at once.
    pub fn after_password(&self, facts: PasswordFacts<'_>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignInStep::Password, now) {
            return self.refused(refused);
        }
        let account = facts
            .account
            .filter(|account| facts.matches && !account.passkeys_only && Some(account.id) == self.account);
        let next = Self {
            known_device: self.known_device && facts.known_device,
            password_matched: account.is_some(),
            credential_version: account.map_or(0, |account| account.credential_version),
            ..self.clone()
        };
        if next.known_device && !next.password_matched {
            return next.refused(SignInRefused::WrongPassword);
        }
        next.moved(SignInStep::SecondFactor)
    }

    /// After a code to the verified channel: the password is asked now.
    pub fn after_channel_proof(&self, judged: Result<(), SignInRefused>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignInStep::ChannelProof, now) {
            return self.refused(refused);
        }
        match judged {
            Ok(()) => Self { channel_proved: true, ..self.clone() }.moved(SignInStep::Password),
            Err(SignInRefused::TooManyWrongCodes) => self.ended(SignInRefused::TooManyWrongCodes),
            Err(refused) => self.refused(refused),
        }
    }
}
