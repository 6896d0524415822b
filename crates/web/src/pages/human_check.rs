//! `/human-check`: challenges for the widget, and the four fields that come back from it.

use doorward_app::human_check::{HumanAnswer, HumanCheckPurpose, HumanCheckWay};
use doorward_app::{Failure, Visit};
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::SignInStep;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::guard::headers::Dress;
use crate::refusal::{Trouble, fault};
use crate::view::HumanCheck;

/// `GET /human-check`: a challenge. The picture is the body, everything else stands in headers; nothing is stored.
pub(crate) async fn challenge(call: &mut Call) -> Result<Answer, Trouble> {
    let purpose =
        HumanCheckPurpose::parse(call.fields.get("purpose")).ok_or(Trouble::Bad(BadInput::Address))?;
    let way = HumanCheckWay::parse(call.fields.get("way")).ok_or(Trouble::Bad(BadInput::Address))?;
    let visit = call.visit();
    // Drawing costs CPU, so the network's rate is asked before anything else.
    if let Err(throttled) = call.app().take_challenge(&visit) {
        return Err(Trouble::TooMany { retry_after: call.app().now().until(throttled.retry_at) });
    }
    let challenge = match purpose {
        HumanCheckPurpose::SignIn => {
            let rung = sign_in_rung(call, &visit).await?;
            call.app().issue_challenge(&visit, purpose, rung, way)
        }
        HumanCheckPurpose::SignUp | HumanCheckPurpose::Reset | HumanCheckPurpose::Code => {
            call.app().issue_visitor_challenge(&visit, purpose, way).await?
        }
    };
    let Some(challenge) = challenge else {
        return Err(Trouble::Bad(BadInput::FormToken));
    };
    let headers = challenge.headers();
    let mut answer = match challenge.picture {
        Some(picture) => Answer::of(Dress::Data, "image/jpeg", picture.jpeg),
        None => Answer::of(Dress::Data, "image/jpeg", Vec::new()).status(StatusCode::NO_CONTENT),
    };
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).map_err(|error| fault("writing a challenge", error))?;
        answer = answer.header(HeaderName::from_static(name), value);
    }
    Ok(answer)
}

async fn sign_in_rung(call: &Call, visit: &Visit) -> Result<Rung, Trouble> {
    match call.app().show_sign_in(visit, call.flow(Cookie::SignIn)).await {
        Ok(view) if matches!(view.step, SignInStep::Password | SignInStep::ChannelProof) => Ok(view.rung),
        // Whoever goes back to the password from a later step, or has not begun.
        Ok(_) | Err(Failure::Refused(_)) => Ok(Rung::Slider),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// The check inside a form, and the page of the code that stands in for it without script, if that is another one.
pub(super) fn of(purpose: &str, code_path: Option<&str>) -> HumanCheck {
    HumanCheck { purpose: purpose.to_owned(), code_path: code_path.map(str::to_owned) }
}

const FIELDS: [&str; 4] =
    ["human_check_token", "human_check_answer", "human_check_work", "human_check_proof"];

/// The fields of a form as they came.
pub(super) fn answer(call: &Call) -> HumanAnswer {
    let [token, answer, work, proof] = FIELDS.map(|name| call.fields.get(name).to_owned());
    HumanAnswer { token, answer, work, proof }
}

/// The same, or nothing when the form came from a browser that ran no script, which sends none of the fields: they are
/// disabled until script fills them. One of them alone, or an empty one, is a check that is not passed.
pub(super) fn given(call: &Call) -> Option<HumanAnswer> {
    FIELDS.into_iter().any(|name| call.fields.has(name)).then(|| answer(call))
}
