//! `/freeze`: what the link of a security mail opens. Its GET changes nothing; the button does, without a sign-in.

use doorward_app::Failure;
use doorward_domain::token::Token;
use http::StatusCode;

use super::sign_out::leave;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::security::{FreezeDonePage, FreezePage};
use crate::view::sign_in::FlowEndedPage;

/// `GET /freeze`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    let is_good = match Token::parse(&token) {
        Some(link) => call.app().is_freeze_link_good(&link).await?,
        None => false,
    };
    if is_good { call.show(&FreezePage { frame: call.frame_without_query(), token }) } else { ended(call) }
}

/// `POST /freeze`: everything ends, once for each link.
pub(crate) async fn post(call: &mut Call) -> Result<Answer, Trouble> {
    let Some(link) = Token::parse(call.fields.get("token")) else { return ended(call) };
    match call.app().freeze_by_link(&call.visit(), &link).await {
        Ok(()) => Ok(leave("/freeze/done")),
        Err(Failure::Refused(_)) => ended(call),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /freeze/done`
pub(crate) async fn done(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&FreezeDonePage { frame: call.frame() })
}

fn ended(call: &Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let sentence = frame.text("refused-freeze-link").into_owned();
    let page = FlowEndedPage { frame, sentence, again_path: "/sign-in".to_owned() };
    Ok(call.show(&page)?.status(StatusCode::CONFLICT))
}
