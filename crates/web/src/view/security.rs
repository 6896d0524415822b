//! Changing what protects the account.

use askama::Template;

use super::case::RunningCasePart;
use super::protect::WaitingLine;
use super::sign_up::Enrolment;
use super::{DeviceLine, Factor, Frame, Hold, Problems, SessionLine, ToDo};

/// What was just done; a redirect carries its name in `done`, and the next page says it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The password was changed.
    Password,
    /// The authenticator app was replaced.
    Authenticator,
    /// New recovery codes were made.
    RecoveryCodes,
    /// One session was ended.
    Session,
    /// All other sessions were ended.
    Sessions,
    /// A device was forgotten.
    Device,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey has another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// Only passkeys open the account.
    PasskeysOnlyBegun,
    /// Other ways open it again.
    PasskeysOnlyEnded,
    /// The trading password was set, changed or replaced.
    TradingPassword,
    /// The safety phrases were chosen.
    Phrases,
    /// Notices, network binding or address book were chosen.
    Choices,
    /// The same, and the address book goes off after its wait.
    AddressBook,
    /// The settings lock was switched on.
    Lock,
    /// The settings lock will open.
    Unlock,
    /// A change that waited was cancelled.
    Waiting,
    /// A lost-factor case was stopped.
    Case,
}

impl Done {
    const ALL: [Self; 19] = [
        Self::Password,
        Self::Authenticator,
        Self::RecoveryCodes,
        Self::Session,
        Self::Sessions,
        Self::Device,
        Self::PasskeyAdded,
        Self::PasskeyRenamed,
        Self::PasskeyRemoved,
        Self::PasskeysOnlyBegun,
        Self::PasskeysOnlyEnded,
        Self::TradingPassword,
        Self::Phrases,
        Self::Choices,
        Self::AddressBook,
        Self::Lock,
        Self::Unlock,
        Self::Waiting,
        Self::Case,
    ];

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Authenticator => "authenticator",
            Self::RecoveryCodes => "recovery-codes",
            Self::Session => "session",
            Self::Sessions => "sessions",
            Self::Device => "device",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyRemoved => "passkey-removed",
            Self::PasskeysOnlyBegun => "passkeys-only-begun",
            Self::PasskeysOnlyEnded => "passkeys-only-ended",
            Self::TradingPassword => "trading-password",
            Self::Phrases => "phrases",
            Self::Choices => "choices",
            Self::AddressBook => "address-book",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Waiting => "waiting",
            Self::Case => "case",
        }
    }

    /// The one with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    /// What the page says, for `notice`.
    pub fn sentence(self, frame: &Frame) -> String {
        let key = match self {
            Self::Password => "security-done-password",
            Self::Authenticator => "security-done-authenticator",
            Self::RecoveryCodes => "security-done-recovery-codes",
            Self::Session => "security-done-session",
            Self::Sessions => "security-done-sessions",
            Self::Device => "security-done-device",
            Self::PasskeyAdded => "passkey-added-done",
            Self::PasskeyRenamed => "passkey-renamed-done",
            Self::PasskeyRemoved => "passkey-removed-done",
            Self::PasskeysOnlyBegun => "passkeys-only-begun-done",
            Self::PasskeysOnlyEnded => "passkeys-only-ended-done",
            Self::TradingPassword => "security-done-trading-password",
            Self::Phrases => "security-done-phrases",
            Self::Choices => "security-done-choices",
            Self::AddressBook => "security-done-address-book",
            Self::Lock => "security-done-lock",
            Self::Unlock => "security-done-unlock",
            Self::Waiting => "security-done-waiting",
            Self::Case => "security-done-case",
        };
        frame.text(key).into_owned()
    }
}

/// `/security`
#[derive(Template, Debug)]
#[template(path = "security/overview.html")]
pub struct SecurityPage {
    /// The frame.
    pub frame: Frame,
    /// A sentence about what was just changed, when something was.
    pub notice: Option<String>,
    /// What to improve.
    pub to_do: Vec<ToDo>,
    /// Factors and their state.
    pub factors: Vec<Factor>,
    /// Trading password, phrases, choices, settings lock, freeze.
    pub protection: Vec<Factor>,
    /// Changes that wait.
    pub waiting: Vec<WaitingLine>,
    /// The lost-factor case that runs.
    pub case: Option<RunningCasePart>,
    /// Holds that run.
    pub holds: Vec<Hold>,
    /// Sessions that are open. Ended by `POST /security/sessions/end` with `session=<id>` or `session=others`.
    pub sessions: Vec<SessionLine>,
    /// Devices that are trusted. Forgotten by `POST /security/devices/forget` with `device=<id>`.
    pub devices: Vec<DeviceLine>,
}

/// `/security/password`: current, new, second factor.
#[derive(Template, Debug)]
#[template(path = "security/password.html")]
pub struct ChangePasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `current_password`, `password`, `code`, or the whole form.
    pub problems: Problems,
    /// The identifier for password managers.
    pub identifier: String,
    /// Shortest password, in characters.
    pub min_characters: u32,
    /// Length of the hold that follows, written out; none for an account that never held assets.
    pub hold: Option<String>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/authenticator`, first part: the present factor allows the replacement.
#[derive(Template, Debug)]
#[template(path = "security/authenticator.html")]
pub struct ReplaceAuthenticatorPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Length of the hold that follows, written out; none for an account that never held assets.
    pub hold: Option<String>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/authenticator`, second part: the new secret and its confirming code.
#[derive(Template, Debug)]
#[template(path = "security/new_authenticator.html")]
pub struct NewAuthenticatorPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The enrolment to show.
    pub enrolment: Enrolment,
}

/// `/security/recovery-codes`: a factor allows the renewal. The new codes stand on `RecoveryCodesPage`.
#[derive(Template, Debug)]
#[template(path = "security/renew_recovery_codes.html")]
pub struct RenewRecoveryCodesPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Codes that are left.
    pub left: u32,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/freeze`: what the link of a security mail opens. Its GET changes nothing; the button does.
#[derive(Template)]
#[template(path = "security/freeze.html")]
pub struct FreezePage {
    /// The frame.
    pub frame: Frame,
    /// The token of the link, sent along by the button as `token`.
    pub token: String,
}

/// After a freeze: what stopped, and how to come back.
#[derive(Template, Debug)]
#[template(path = "security/frozen.html")]
pub struct FreezeDonePage {
    /// The frame.
    pub frame: Frame,
}

/// After *Sign out*.
#[derive(Template, Debug)]
#[template(path = "security/signed_out.html")]
pub struct SignedOutPage {
    /// The frame.
    pub frame: Frame,
}

impl std::fmt::Debug for FreezePage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FreezePage(redacted)")
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::{devices, factors, holds, sessions, to_do};
    use super::super::sign_up::sample::enrolment;
    use super::*;

    impl SecurityPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            Self {
                notice: Some(Done::Password.sentence(&frame)),
                frame,
                to_do: to_do(&words),
                factors: factors(&words),
                protection: factors(&words),
                waiting: super::super::protect::sample::waiting(&words),
                case: None,
                holds: holds(&words),
                sessions: sessions(&words),
                devices: devices(&words),
            }
        }
    }

    impl ChangePasswordPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                problems: Problems::none(),
                identifier: "ada@example.org".to_owned(),
                min_characters: 10,
                hold: Some(frame.words.span(86_400)),
                clock: None,
                frame,
            }
        }
    }

    impl ReplaceAuthenticatorPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { problems: Problems::none(), hold: Some(frame.words.span(86_400)), clock: None, frame }
        }
    }

    impl NewAuthenticatorPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), enrolment: enrolment() }
        }
    }

    impl RenewRecoveryCodesPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), left: 2, clock: None }
        }
    }
}
