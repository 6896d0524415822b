//! What the ends of sign-in and sign-up share: the cookies of a new session, and pages that both show.

use std::time::Duration;

use doorward_app::enrolment::{Enrolment as Shown, RecoveryCodesShown};
use doorward_app::sign_in::Entered;
use doorward_domain::return_path::ReturnPath;
use doorward_domain::token::Token;
use doorward_wording::device_name;
use http::header;

use crate::answer::Answer;
use crate::call::{Call, escape};
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::sign_in::AccessPage;
use crate::view::sign_up::{Enrolment, RecoveryCodesPage};
use crate::view::{Channel, Frame, Moment, Problems, Visitor};

/// Gives the browser its session, keeps the device's token among those of other accounts, and leads to the review,
/// from where it goes on to the page that was asked for first.
pub(super) fn enter(
    call: &Call,
    session: &Token,
    device: &Token,
    replaces: Option<&Token>,
    return_to: Option<&ReturnPath>,
) -> Answer {
    let mut devices = vec![device.encode()];
    let kept = call.device_tokens();
    let others = kept.iter().filter(|other| replaces.is_none_or(|replaced| replaced.hash() != other.hash()));
    devices.extend(others.map(Token::encode).take(call.app().policy.device.per_browser.saturating_sub(1)));
    let path = match return_to {
        Some(path) => format!("/review?return_to={}", escape(path.as_str())),
        None => "/review".to_owned(),
    };
    Answer::see_other(&path).set(Cookie::Session, &session.encode()).set(Cookie::Device, &devices.join("."))
}

/// Instead of going on: the recovery codes that took the place of the last one, shown this once. The answer keeps its
/// cookies, and the page's form already belongs to the new session.
pub(super) fn with_new_codes(call: &Call, mut entered: Answer, by: &Entered) -> Result<Answer, Trouble> {
    let frame =
        Frame { csrf: call.app().form_token(&by.session), visitor: Visitor::Customer, ..call.frame() };
    let page = RecoveryCodesPage {
        codes: by.recovery_codes.iter().map(|code| code.to_string()).collect(),
        identifier: String::new(),
        made: Moment::of_micros(call.app().now().as_micros(), &frame.words),
        frame,
        problems: Problems::none(),
        signing_up: false,
    };
    let mut answer = call.show(&page)?;
    for cookie in entered.headers_mut().get_all(header::SET_COOKIE) {
        answer.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(answer)
}

/// The shortest password that the rules take, in characters.
pub(super) fn min_characters(call: &Call) -> u32 {
    u32::try_from(call.app().policy.password.min_characters).unwrap_or(u32::MAX)
}

/// An enrolment as its page shows it.
pub(super) fn enrolment(shown: &Shown, clock: Option<String>) -> Enrolment {
    Enrolment {
        qr_svg: shown.qr_svg.to_string(),
        secret: shown.secret.to_string(),
        uri: shown.uri.to_string(),
        clock,
    }
}

/// The page that shows recovery codes once.
pub(super) fn recovery_codes_page(
    frame: Frame,
    problems: Problems,
    shown: &RecoveryCodesShown,
    signing_up: bool,
) -> RecoveryCodesPage {
    RecoveryCodesPage {
        codes: shown.codes.iter().map(|code| code.to_string()).collect(),
        identifier: shown.identifier.clone(),
        made: Moment::of_micros(shown.made_at.as_micros(), &frame.words),
        frame,
        problems,
        signing_up,
    }
}

/// The last page before a session: what is about to be recorded of this entry.
pub(super) fn access_page(call: &Call, problems: Problems, signing_up: bool, device_new: bool) -> AccessPage {
    let (frame, visit) = (call.frame(), call.visit());
    AccessPage {
        device: device_text(&frame, &visit.user_agent),
        device_new,
        address: visit.network.to_string(),
        place: frame.words.place(&call.app().place_of(visit.network)),
        time: Moment::of_micros(call.app().now().as_micros(), &frame.words),
        trusted_days: days(call.app().policy.device.trusted_for),
        frame,
        problems,
        signing_up,
    }
}

/// A device in words, or that it did not say what it is.
pub(super) fn device_text(frame: &Frame, user_agent: &str) -> String {
    device_name(user_agent).unwrap_or_else(|| frame.text("device-unnamed").into_owned())
}

/// How a code reaches an identifier, masked or not.
pub(super) fn channel_of(identifier: &str) -> Channel {
    if identifier.contains('@') { Channel::Mail } else { Channel::Sms }
}

fn days(length: Duration) -> u32 {
    u32::try_from(length.as_secs() / (24 * 60 * 60)).unwrap_or(u32::MAX)
}

/// How long nothing leaves the account after a credential changed, in words.
pub(super) fn hold_text(call: &Call, frame: &Frame) -> String {
    frame.words.span(call.app().policy.hold.credential_changed.as_secs())
}
