//! `/stop`: what the link of a mail, or the code of a short message, stops or undoes. Its GET changes nothing; the button
//! does, once, without a sign-in.

use doorward_app::Failure;
use doorward_app::stop::{StopRefused, StopView, Stops};
use doorward_domain::token::Token;
use http::StatusCode;

use super::flow::{Turn, again};
use super::sign_out::leave;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::case::{StopCodePage, StopDonePage, StopPage};
use crate::view::sign_in::FlowEndedPage;
use crate::view::{Moment, Problems};

/// `GET /stop`: the page with the button, or without a link the field for a code.
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    if token.is_empty() {
        return call.show(&StopCodePage { frame: call.frame(), problems: Problems::none() });
    }
    let found = match Token::parse(&token) {
        Some(link) => call.app().find_stop(&link).await?,
        None => None,
    };
    let frame = call.frame_without_query();
    let (undoes, effective_at) = match found {
        Some(StopView::IdentifierChange) => (true, None),
        Some(StopView::Case { effective_at, .. }) => (false, effective_at),
        None => return ended(call),
    };
    let effective_at = effective_at.map(|at| Moment::of_micros(at.as_micros(), &frame.words));
    call.show(&StopPage { frame, token, undoes, effective_at })
}

/// `POST /stop`
pub(crate) async fn post(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let typed = call.fields.get("code").to_owned();
    let by_code = call.fields.find("token").is_none();
    let stopped = match (by_code, Token::parse(call.fields.get("token"))) {
        (true, _) => call.app().stop_by_code(&visit, &typed).await,
        (false, Some(link)) => call.app().stop_by_link(&visit, &link).await,
        (false, None) => return ended(call),
    };
    match stopped {
        Ok(Stops::Case(_)) => Ok(Answer::see_other("/stop/done?what=case").forget(Cookie::Case)),
        Ok(Stops::IdentifierChange(_)) => Ok(leave("/stop/done?what=identifier")),
        Err(Failure::Refused(StopRefused::NotGood)) if by_code => {
            let frame = call.frame();
            let problems = Problems::one("code", frame.text("refused-stop"));
            Ok(call.show(&StopCodePage { frame, problems })?.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(Failure::Refused(StopRefused::NotGood)) => ended(call),
        Err(Failure::Refused(StopRefused::Throttled { retry_at })) => {
            let frame = call.frame();
            let wait = frame.words.span(call.app().now().until(retry_at).as_secs().max(1));
            let problems = Problems::one("code", frame.text_of("refused-throttled", "wait", wait));
            Ok(again(call, Turn::Wait(retry_at), call.show(&StopCodePage { frame, problems })?))
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /stop/done`
pub(crate) async fn done(call: &mut Call) -> Result<Answer, Trouble> {
    let undone = call.fields.get("what") == "identifier";
    call.show(&StopDonePage { frame: call.frame(), undone })
}

fn ended(call: &Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let sentence = frame.text("refused-stop").into_owned();
    let page = FlowEndedPage { frame, sentence, again_path: "/sign-in".to_owned() };
    Ok(call.show(&page)?.status(StatusCode::CONFLICT))
}
