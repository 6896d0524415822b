//! The forgotten password: identifier, link or code, second factor, new password.

use askama::Template;

use super::{Channel, Frame, HumanCheck, Problems};

/// `/forgot-password`
#[derive(Template, Debug)]
#[template(path = "forgot_password/identifier.html")]
pub struct ForgotPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `identifier`, `human-check`, or the whole form.
    pub problems: Problems,
    /// What was typed, echoed.
    pub identifier: String,
    /// The check.
    pub human_check: HumanCheck,
}

/// `/forgot-password/code`: the code in the requesting browser; the mailed link works as well. The same for everyone.
#[derive(Template, Debug)]
#[template(path = "forgot_password/code.html")]
pub struct ForgotCodePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where code and link went, masked.
    pub sent_to: String,
    /// How they went; a short message carries a code only.
    pub channel: Channel,
    /// A further code was just sent.
    pub resent: bool,
}

/// `/forgot-password/link`: what the mailed link opens. Its GET changes nothing; the button does.
#[derive(Template)]
#[template(path = "forgot_password/link.html")]
pub struct ForgotLinkPage {
    /// The frame.
    pub frame: Frame,
    /// The token of the link, sent along by the button as `token`.
    pub token: String,
}

impl std::fmt::Debug for ForgotLinkPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ForgotLinkPage(redacted)")
    }
}

/// `/forgot-password/factor`
#[derive(Template, Debug)]
#[template(path = "forgot_password/factor.html")]
pub struct ForgotFactorPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
    /// The account is entered by passkeys only: no factor is asked, a case is all that is open.
    pub passkeys_only: bool,
}

/// `/forgot-password/password`
#[derive(Template, Debug)]
#[template(path = "forgot_password/password.html")]
pub struct ForgotNewPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `password`, or the whole form.
    pub problems: Problems,
    /// The identifier for password managers; masked when the full one is not at hand.
    pub identifier: String,
    /// Shortest password, in characters.
    pub min_characters: u32,
    /// Length of the hold that follows, written out.
    pub hold: String,
}

/// `/forgot-password/done`
#[derive(Template, Debug)]
#[template(path = "forgot_password/done.html")]
pub struct ForgotDonePage {
    /// The frame.
    pub frame: Frame,
    /// Length of the hold that began, written out; none for an account that never held assets.
    pub hold: Option<String>,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::sign_up::sample::human_check;
    use super::*;

    impl ForgotPasswordPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                identifier: String::new(),
                human_check: human_check("forgot-password"),
            }
        }
    }

    impl ForgotCodePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                sent_to: "a••@example.org".to_owned(),
                channel: Channel::Mail,
                resent: false,
            }
        }
    }

    impl ForgotFactorPage {
        pub(crate) fn sample_passkeys_only(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), clock: None, passkeys_only: true }
        }
    }

    impl ForgotNewPasswordPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                problems: Problems::none(),
                identifier: "ada@example.org".to_owned(),
                min_characters: 10,
                hold: frame.words.span(86_400),
                frame,
            }
        }
    }
}
