//! `/password-strength`: the meter's question, for browsers that are choosing a password just now.

use doorward_app::Failure;
use doorward_domain::reset::ResetStep;
use doorward_domain::sign_up::SignUpStep;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;

/// `POST /password-strength`: `{"score":0…4}`.
pub(crate) async fn ask(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    if !is_choosing(call).await? {
        return Err(Trouble::OutOfOrder { start: "/sign-up" });
    }
    let password = call.fields.take_secret("password");
    match call.app().password_strength(&visit, &password).await {
        Ok(score) => Ok(Answer::json(format!(r#"{{"score":{score}}}"#))),
        Err(Failure::Refused(throttled)) => {
            Err(Trouble::TooMany { retry_after: call.app().now().until(throttled.retry_at) })
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// Estimating costs the server something, so it stands behind the human check of a flow, or a session.
async fn is_choosing(call: &mut Call) -> Result<bool, Trouble> {
    let visit = call.visit();
    if call.cookie(Cookie::SignUp).is_some() {
        match call.app().show_sign_up(&visit, call.flow(Cookie::SignUp)).await {
            Ok(view) if view.step == SignUpStep::Password => return Ok(true),
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        }
    }
    if call.cookie(Cookie::Reset).is_some() {
        match call.app().show_reset(&visit, call.flow(Cookie::Reset)).await {
            Ok(view) if view.step == ResetStep::Password => return Ok(true),
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        }
    }
    let Some(session) = call.cookie(Cookie::Session).and_then(doorward_domain::token::Token::parse) else {
        return Ok(false);
    };
    match call.app().authenticate(&session).await {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}
