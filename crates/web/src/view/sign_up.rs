//! Signing up: identifier, code, password, authenticator, recovery codes. The sixth step is [`AccessPage`].
//!
//! [`AccessPage`]: super::sign_in::AccessPage

use askama::Template;

use super::{Channel, Frame, HumanCheck, Problems};

/// `/sign-up`: email or phone, and the human check.
#[derive(Template, Debug)]
#[template(path = "sign_up/identifier.html")]
pub struct SignUpPage {
    /// The frame.
    pub frame: Frame,
    /// `identifier`, `human-check`, or the whole form.
    pub problems: Problems,
    /// What was typed, echoed.
    pub identifier: String,
    /// The check.
    pub human_check: HumanCheck,
}

/// `/sign-up/code`: the code that proves the identifier. Looks the same when the identifier is taken.
#[derive(Template, Debug)]
#[template(path = "sign_up/code.html")]
pub struct SignUpCodePage {
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

/// `/sign-up/password`
#[derive(Template, Debug)]
#[template(path = "sign_up/password.html")]
pub struct SignUpPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `password`, or the whole form.
    pub problems: Problems,
    /// The verified identifier, for password managers.
    pub identifier: String,
    /// Shortest password, in characters.
    pub min_characters: u32,
}

/// `/sign-up/authenticator`: the QR code, the secret as text, and the confirming code.
#[derive(Template, Debug)]
#[template(path = "sign_up/authenticator.html")]
pub struct SignUpAuthenticatorPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The enrolment to show.
    pub enrolment: Enrolment,
}

/// A new TOTP secret on its way into somebody's app.
#[derive(Clone)]
pub struct Enrolment {
    /// Our own SVG of the QR code, put into the page as it is.
    pub qr_svg: String,
    /// The secret in base32, in groups of four.
    pub secret: String,
    /// The `otpauth:` address, a link that opens an app on the same device.
    pub uri: String,
    /// The sentence about the clock when a typed code was right for another time.
    pub clock: Option<String>,
}

/// `/sign-up/recovery-codes` and the page after a renewal: shown once.
#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// The frame.
    pub frame: Frame,
    /// `kept`, or the whole form.
    pub problems: Problems,
    /// The codes, in groups, in the order made.
    pub codes: Vec<String>,
    /// Masked identifier, printed on the sheet.
    pub identifier: String,
    /// When they were made, printed on the sheet.
    pub made: super::Moment,
    /// Part of signing up: shows the step; otherwise part of the security pages.
    pub signing_up: bool,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(redacted)")
    }
}

impl std::fmt::Debug for RecoveryCodesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodesPage(redacted)")
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    pub(crate) fn human_check(purpose: &str) -> HumanCheck {
        let code_path = (purpose == "sign-in").then(|| "/sign-in/channel".to_owned());
        HumanCheck { purpose: purpose.to_owned(), code_path }
    }

    pub(crate) fn enrolment() -> Enrolment {
        Enrolment {
            qr_svg: include_str!("sample_qr.svg").to_owned(),
            secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
            uri: "otpauth://totp/Doorward:ada%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Doorward"
                .to_owned(),
            clock: None,
        }
    }

    impl SignUpPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                identifier: String::new(),
                human_check: human_check("sign-up"),
            }
        }
    }

    impl SignUpCodePage {
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

    impl SignUpPasswordPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                identifier: "ada@example.org".to_owned(),
                min_characters: 10,
            }
        }
    }

    impl SignUpAuthenticatorPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), enrolment: enrolment() }
        }
    }

    impl RecoveryCodesPage {
        pub(crate) fn sample(frame: Frame, signing_up: bool) -> Self {
            let codes = (0..10_u8).map(|i| {
                let group = |j: u8| format!("{:04X}", u32::from(i) * 5407 + u32::from(j) * 911 + 4096);
                (0..7).map(group).collect::<Vec<_>>().join("-")
            });
            Self {
                codes: codes.collect(),
                identifier: "a••@example.org".to_owned(),
                made: super::super::facts::sample::moment(&frame.words, 0),
                problems: Problems::none(),
                signing_up,
                frame,
            }
        }
    }
}
