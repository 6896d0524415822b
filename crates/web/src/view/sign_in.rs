//! Signing in, from the identifier to *Access*.

use askama::Template;

use super::{Channel, Frame, HumanCheck, Moment, Problems};

/// `/sign-in`: email or phone.
#[derive(Template, Debug)]
#[template(path = "sign_in/identifier.html")]
pub struct SignInPage {
    /// The frame.
    pub frame: Frame,
    /// `identifier`, or the whole form.
    pub problems: Problems,
    /// What was typed, echoed.
    pub identifier: String,
    /// Own path to come back to after entry; sent along as `return_to`, empty for none.
    pub return_to: String,
}

/// `/sign-in/password`: password and human check, one page and one POST.
#[derive(Template, Debug)]
#[template(path = "sign_in/password.html")]
pub struct SignInPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `password`, `human-check`, or the whole form.
    pub problems: Problems,
    /// The identifier, shown; a whole one is also given to password managers, a masked one would only confuse them.
    pub identifier: String,
    /// The browser carries a trusted device of some account. Says so, or why the phrase will be missing.
    pub known_device: bool,
    /// The phrase by which the owner knows this page, on a known device of the account alone.
    pub phrase: Option<String>,
    /// Taken up again after a reload or pause: says why the password is asked once more.
    pub resumed: bool,
    /// The check; none when it was passed already in this sign-in.
    pub human_check: Option<HumanCheck>,
}

/// `/sign-in/channel`: a code to the verified channel comes before the password (no script, or many wrong tries).
#[derive(Template, Debug)]
#[template(path = "sign_in/channel.html")]
pub struct SignInChannelPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where the code goes, masked.
    pub sent_to: String,
    /// How it goes.
    pub channel: Channel,
    /// Why this is asked.
    pub reason: ChannelReason,
    /// A code was sent: the page asks for it. Otherwise it offers to send one.
    pub sent: bool,
    /// The check before a code is sent; none without script.
    pub human_check: Option<HumanCheck>,
}

/// Why a sign-in proves its channel first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelReason {
    /// The browser runs no script, or the puzzle is not wanted.
    InsteadOfHumanCheck,
    /// Too many wrong passwords from unknown devices.
    ManyTries,
}

impl SignInChannelPage {
    /// Whether many wrong tries are the reason.
    pub fn after_many_tries(&self) -> bool {
        self.reason == ChannelReason::ManyTries
    }
}

/// `/sign-in/code`: six digits of the app, or a recovery code, in one field. The same for every identifier.
#[derive(Template, Debug)]
#[template(path = "sign_in/code.html")]
pub struct SignInCodePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/sign-in/device`: the code by mail for a device that is new to this account.
#[derive(Template, Debug)]
#[template(path = "sign_in/device.html")]
pub struct SignInDevicePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where the code went, masked.
    pub sent_to: String,
    /// How it went.
    pub channel: Channel,
    /// A further code was just sent.
    pub resent: bool,
}

/// `/sign-in/access` and `/sign-up/access`: what is about to be recorded, and the button that creates the session.
#[derive(Template, Debug)]
#[template(path = "access.html")]
pub struct AccessPage {
    /// The frame.
    pub frame: Frame,
    /// The whole form.
    pub problems: Problems,
    /// The last step of signing up rather than of signing in.
    pub signing_up: bool,
    /// Browser and system.
    pub device: String,
    /// The device is new to this account and will be trusted from now on.
    pub device_new: bool,
    /// IP address.
    pub address: String,
    /// Country by registration of the address, when known.
    pub place: Option<String>,
    /// Now.
    pub time: Moment,
    /// How long the device will be trusted.
    pub trusted_days: u32,
}

impl AccessPage {
    /// Where the form goes.
    pub fn action(&self) -> &'static str {
        if self.signing_up { "/sign-up/access" } else { "/sign-in/access" }
    }
}

/// The end of a sign-in or reset that met a frozen account.
#[derive(Template, Debug)]
#[template(path = "sign_in/frozen.html")]
pub struct FrozenPage {
    /// The frame.
    pub frame: Frame,
    /// Since when, where it is told.
    pub since: Option<Moment>,
}

/// A flow that ended without its aim: too old, too many wrong codes, cancelled, or finished elsewhere.
#[derive(Template, Debug)]
#[template(path = "flow_ended.html")]
pub struct FlowEndedPage {
    /// The frame.
    pub frame: Frame,
    /// What happened and what to do next, a sentence from `wording`.
    pub sentence: String,
    /// Where to begin again: `/sign-in`, `/sign-up` or `/forgot-password`.
    pub again_path: String,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::sign_up::sample::human_check;
    use super::*;

    impl SignInPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                identifier: String::new(),
                return_to: "/security".to_owned(),
            }
        }
    }

    impl SignInPasswordPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                identifier: "ada@example.org".to_owned(),
                known_device: false,
                phrase: None,
                resumed: false,
                human_check: Some(human_check("sign-in")),
            }
        }
    }

    impl SignInChannelPage {
        pub(crate) fn sample(frame: Frame, sent: bool) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                sent_to: "a••@example.org".to_owned(),
                channel: Channel::Mail,
                reason: ChannelReason::InsteadOfHumanCheck,
                sent,
                human_check: None,
            }
        }
    }

    impl SignInCodePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), clock: None }
        }
    }

    impl SignInDevicePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                sent_to: "a••@example.org".to_owned(),
                channel: Channel::Mail,
                resent: true,
            }
        }
    }

    impl AccessPage {
        pub(crate) fn sample(frame: Frame, signing_up: bool) -> Self {
            Self {
                problems: Problems::none(),
                signing_up,
                device: "Firefox 145, Linux".to_owned(),
                device_new: true,
                address: "203.0.113.24".to_owned(),
                place: Some("Portugal".to_owned()),
                time: super::super::facts::sample::moment(&frame.words, 0),
                trusted_days: 90,
                frame,
            }
        }
    }
}
