//! Every number of the rules in one place, with its safe range.
//!
//! [`Policy::default`] is the entry rules' numbers. Configuration may change one inside the range that
//! [`Policy::violations`] checks before anything starts; hold lengths can only be raised.

use std::time::Duration;

mod range;
mod retention;
mod throttle;

pub use range::PolicyViolation;
pub use retention::RetentionPolicy;
pub use throttle::ThrottlePolicy;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// All numbers of the entry rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The attempt to enter (entry rules 2).
    pub sign_in: SignInPolicy,
    /// The attempt to open an account.
    pub sign_up: SignUpPolicy,
    /// The forgotten password.
    pub reset: ResetPolicy,
    /// Changes of security settings in progress.
    pub change: ChangePolicy,
    /// Lost-factor cases (entry rules 5).
    pub case: CasePolicy,
    /// Email addresses and phone numbers (entry rules 5).
    pub identifier: IdentifierPolicy,
    /// Passwords and their hashes (entry rules 3).
    pub password: PasswordPolicy,
    /// Authenticator apps (entry rules 3).
    pub totp: TotpPolicy,
    /// Recovery codes (entry rules 3).
    pub recovery: RecoveryPolicy,
    /// Codes by mail and SMS (entry rules 3).
    pub codes: CodePolicy,
    /// Stays behind the door (entry rules 3).
    pub session: SessionPolicy,
    /// Known devices (entry rules 1).
    pub device: DevicePolicy,
    /// Counters and rates (entry rules 4).
    pub throttle: ThrottlePolicy,
    /// The human check (captcha design).
    pub human_check: HumanCheckPolicy,
    /// What may be sent by SMS (entry rules 4).
    pub sms: SmsPolicy,
    /// How long nothing leaves the account after an event (entry rules 6).
    pub hold: HoldPolicy,
    /// How long things stay after an account is given up.
    pub retention: RetentionPolicy,
    /// Trading passwords (entry rules 4).
    pub trading_password: TradingPasswordPolicy,
    /// Staff and their desk (entry rules 9).
    pub staff: StaffPolicy,
}

/// Numbers of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPolicy {
    /// From the first page to *Access*.
    pub valid_for: Duration,
    /// The whole length when a new device's code is asked: once, counted from the start.
    pub extended_valid_for: Duration,
    /// Wrong second factors that end the sign-in.
    pub factor_tries: u32,
    /// How long after the last entry a mail about an unfinished right password stays away from a second one.
    pub unfinished_notice_every: Duration,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self {
            valid_for: 10 * MINUTE,
            extended_valid_for: 20 * MINUTE,
            factor_tries: 5,
            unfinished_notice_every: HOUR,
        }
    }
}

/// Numbers of a sign-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUpPolicy {
    /// From the first page to *Access*: long enough to install an authenticator app.
    pub valid_for: Duration,
    /// Wrong authenticator codes while enrolling that end the sign-up.
    pub factor_tries: u32,
}

impl Default for SignUpPolicy {
    fn default() -> Self {
        Self { valid_for: 60 * MINUTE, factor_tries: 20 }
    }
}

/// Numbers of a forgotten password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetPolicy {
    /// How long a mailed link opens.
    pub link_valid_for: Duration,
    /// From the proof of the channel to the new password.
    pub valid_for_after_proof: Duration,
    /// Wrong second factors that end the reset.
    pub factor_tries: u32,
}

impl Default for ResetPolicy {
    fn default() -> Self {
        Self { link_valid_for: 60 * MINUTE, valid_for_after_proof: 20 * MINUTE, factor_tries: 5 }
    }
}

/// Numbers of a change behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePolicy {
    /// From the proof to the confirmation, for example of a new authenticator app.
    pub valid_for: Duration,
    /// Wrong codes of the new authenticator app that end the change.
    pub factor_tries: u32,
}

impl Default for ChangePolicy {
    fn default() -> Self {
        Self { valid_for: 30 * MINUTE, factor_tries: 5 }
    }
}

/// Numbers of a lost-factor case. Its waits can only be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePolicy {
    /// From the opening to the proof of the channel.
    pub channel_within: Duration,
    /// From the proof of the channel to the sending of the case.
    pub open_for: Duration,
    /// From the sending to the decision.
    pub decided_within: Duration,
    /// From the approval to the new factor.
    pub wait: Duration,
    /// The same without an identity record, or when more than the factor is lost.
    pub long_wait: Duration,
    /// Different members of staff who must approve.
    pub approvers: usize,
    /// Wrong codes of the new authenticator app that end a case.
    pub factor_tries: u32,
    /// How long pictures stay after the decision.
    pub evidence_kept_for: Duration,
}

impl Default for CasePolicy {
    fn default() -> Self {
        Self {
            channel_within: HOUR,
            open_for: 24 * HOUR,
            decided_within: 14 * DAY,
            wait: 24 * HOUR,
            long_wait: 7 * DAY,
            approvers: 2,
            factor_tries: 20,
            evidence_kept_for: 30 * DAY,
        }
    }
}

/// Numbers of email addresses and phone numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierPolicy {
    /// How long a number counts as its owner's after it was last proved.
    pub proof_lasts: Duration,
    /// How long the link to a left-out address undoes a change.
    pub undo_for: Duration,
    /// Identifiers of one account.
    pub at_most: usize,
}

impl Default for IdentifierPolicy {
    fn default() -> Self {
        Self { proof_lasts: 180 * DAY, undo_for: 7 * DAY, at_most: 5 }
    }
}

/// Numbers of passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest characters after NFC.
    pub min_characters: usize,
    /// Most characters after NFC.
    pub max_characters: usize,
    /// Least zxcvbn score, 0 to 4.
    pub min_score: u8,
    /// A local part shorter than this may be a password's whole; it could be anybody's word.
    pub local_part_from_characters: usize,
    /// The site's name and this many further characters are no password.
    pub site_name_plus_characters: usize,
    /// Argon2id memory in KiB.
    pub hash_memory_kib: u32,
    /// Argon2id passes.
    pub hash_iterations: u32,
    /// Argon2id lanes.
    pub hash_parallelism: u32,
    /// Hashes that may wait for each place in the pool.
    pub queue_per_place: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_characters: 10,
            max_characters: 256,
            min_score: 3,
            local_part_from_characters: 4,
            site_name_plus_characters: 4,
            hash_memory_kib: 19_456,
            hash_iterations: 2,
            hash_parallelism: 1,
            queue_per_place: 24,
        }
    }
}

/// Numbers of authenticator apps. Digits and step length are RFC 6238's and fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpPolicy {
    /// Wrong codes in a row after which every further one locks.
    pub lock_after: u32,
    /// How long such a lock lasts.
    pub lock_for: Duration,
    /// Wrong codes in a row that disable the authenticator until it is bound anew (800-63B-4, 3.2.2).
    pub disable_after: u32,
}

impl Default for TotpPolicy {
    fn default() -> Self {
        Self { lock_after: 10, lock_for: 15 * MINUTE, disable_after: 100 }
    }
}

/// Numbers of recovery codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPolicy {
    /// Codes in a set.
    pub count: usize,
    /// Wrong codes in a row after which every further one locks.
    pub lock_after: u32,
    /// How long such a lock lasts.
    pub lock_for: Duration,
    /// Wrong codes in a row that disable the set (800-63B-4, 3.2.2).
    pub disable_after: u32,
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self { count: 10, lock_after: 10, lock_for: 15 * MINUTE, disable_after: 100 }
    }
}

/// Numbers of codes by mail and SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePolicy {
    /// How long a code is taken.
    pub valid_for: Duration,
    /// Wrong tries in one flow, resends included.
    pub tries: u32,
    /// Codes that one flow may send, the first included.
    pub sends: u32,
    /// Least time between two sends of one flow.
    pub resend_after: Duration,
}

impl Default for CodePolicy {
    fn default() -> Self {
        Self { valid_for: 10 * MINUTE, tries: 5, sends: 5, resend_after: MINUTE }
    }
}

/// Numbers of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Without a request, a session lasts this long.
    pub idle_for: Duration,
    /// Used or not, a session lasts this long.
    pub absolute_for: Duration,
    /// Sessions of one account; the oldest ends when one more begins.
    pub at_most: usize,
    /// A node without word from the database for this long ignores its cache.
    pub cache_for: Duration,
    /// How often a session's last use is written down.
    pub seen_every: Duration,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            idle_for: 30 * MINUTE,
            absolute_for: 12 * HOUR,
            at_most: 20,
            cache_for: SECOND,
            seen_every: MINUTE,
        }
    }
}

/// Numbers of known devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePolicy {
    /// Trust lasts this long from the last full sign-in.
    pub trusted_for: Duration,
    /// Accounts that one browser can be a known device of.
    pub per_browser: usize,
    /// How long the token before the last rotation is still taken, for an answer that was lost on its way.
    pub previous_token_for: Duration,
}

impl Default for DevicePolicy {
    fn default() -> Self {
        Self { trusted_for: 90 * DAY, per_browser: 5, previous_token_for: MINUTE }
    }
}

/// When a visual check stands before a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HumanCheckMode {
    /// Before every password.
    Always,
    /// Not for a known device at low risk.
    Adaptive,
}

/// Numbers of the human check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanCheckPolicy {
    /// When a visual check stands before a password.
    pub mode: HumanCheckMode,
    /// How long a challenge can be answered.
    pub challenge_valid_for: Duration,
    /// How long an accepted answer opens the door to the hash.
    pub pass_valid_for: Duration,
    /// An answer sooner than this after issue was not given by a hand.
    pub fastest_answer: Duration,
    /// Waiting hashes, percent of the queue, from which the rung rises.
    pub deep_queue_percent: u8,
}

impl Default for HumanCheckPolicy {
    fn default() -> Self {
        Self {
            mode: HumanCheckMode::Always,
            challenge_valid_for: 120 * SECOND,
            pass_valid_for: 90 * SECOND,
            fastest_answer: Duration::from_millis(400),
            deep_queue_percent: 50,
        }
    }
}

/// Where SMS may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsPolicy {
    /// E.164 prefixes such as `+49`; none means that no SMS leaves.
    pub prefixes: Vec<String>,
    /// Messages per prefix and day.
    pub per_prefix_and_day: u32,
    /// Fewer entered codes than this, percent of those sent, raise the alarm.
    pub alarm_under_entered_percent: u8,
}

impl Default for SmsPolicy {
    fn default() -> Self {
        Self { prefixes: Vec::new(), per_prefix_and_day: 500, alarm_under_entered_percent: 30 }
    }
}

/// Lengths of holds. They can only be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldPolicy {
    /// Password or trading password set, changed or reset; a factor added, removed or changed; unfreeze.
    pub credential_changed: Duration,
    /// A factor replaced after a recovery code, or by a case.
    pub factor_replaced_after_recovery: Duration,
    /// An identifier changed; a case in which password or trading password were lost.
    pub identifier_changed: Duration,
    /// A new withdrawal address, while the address book is enforced: on that address.
    pub address_added: Duration,
    /// An API key that may withdraw or do more than before: on that key.
    pub api_key_widened: Duration,
    /// From the wish to switch the address book off to the moment that it is.
    pub address_book_off_after: Duration,
}

impl Default for HoldPolicy {
    fn default() -> Self {
        Self {
            credential_changed: 24 * HOUR,
            factor_replaced_after_recovery: 48 * HOUR,
            identifier_changed: 72 * HOUR,
            address_added: 24 * HOUR,
            api_key_widened: 24 * HOUR,
            address_book_off_after: 48 * HOUR,
        }
    }
}

/// Numbers of the trading password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradingPasswordPolicy {
    /// Wrong ones in a row that close it for a while.
    pub lock_after: u32,
    /// For how long.
    pub lock_for: Duration,
    /// Wrong ones in a row that disable it until it is set anew (800-63B-4, 3.2.2).
    pub disable_after: u32,
}

impl Default for TradingPasswordPolicy {
    fn default() -> Self {
        Self { lock_after: 5, lock_for: 2 * HOUR, disable_after: 100 }
    }
}

/// Numbers of the support desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffPolicy {
    /// How long the link to enrol opens.
    pub invitation_valid_for: Duration,
    /// Without a request, a session at the desk lasts this long.
    pub idle_for: Duration,
    /// Used or not, a session at the desk lasts this long.
    pub absolute_for: Duration,
    /// How long something that takes two waits for the second.
    pub request_valid_for: Duration,
}

impl Default for StaffPolicy {
    fn default() -> Self {
        Self {
            invitation_valid_for: HOUR,
            idle_for: 15 * MINUTE,
            absolute_for: 8 * HOUR,
            request_valid_for: DAY,
        }
    }
}
