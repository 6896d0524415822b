//! `/support/requests`: what waits for a second colleague.

use doorward_app::Failure;
use doorward_app::staff::{DeskRefused, Settled};
use doorward_domain::staff::{About, PairAct};
use doorward_domain::time::Timestamp;
use http::StatusCode;

use super::{at_desk, done, sentence};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::refusal::Trouble;
use crate::view::support::{Request, RequestsPage};
use crate::view::{Moment, Problems};

/// `GET /support/requests`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    page(call, Problems::none()).await
}

/// `POST /support/requests`: agree, or decline.
pub(crate) async fn settle(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    let request = call.fields.get("request").to_owned();
    let agrees = match call.fields.get("answer") {
        "agree" => true,
        "decline" => false,
        _ => return Err(Trouble::Bad(BadInput::Malformed)),
    };
    match call.app().settle_request(&at, &request, agrees).await {
        Ok(Settled::Done { .. }) => Ok(Answer::see_other("/support/requests?done=agreed")),
        Ok(Settled::BlockLifted) => Ok(Answer::see_other("/support/requests?done=block-lifted")),
        Ok(Settled::Declined) => Ok(Answer::see_other("/support/requests?done=declined")),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refused)) => {
            let told = sentence(&call.frame(), refused)?;
            Ok(page(call, Problems::one("", told)).await?.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

async fn page(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let waiting = match call.app().list_requests(call.staff()?).await {
        Ok(waiting) => waiting,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refused)) => return Err(role(refused)),
    };
    let (frame, desk) = at_desk(call)?;
    let moment = |at: Timestamp| Moment::of_micros(at.as_micros(), &frame.words);
    let requests = waiting.into_iter().map(|request| Request {
        id: request.id.to_string(),
        what: match request.act {
            PairAct::LiftFreeze => frame.text("desk-request-lift-freeze").into_owned(),
            PairAct::LiftBlock => frame.text("desk-request-lift-block").into_owned(),
        },
        by: frame.words.text_with(
            "desk-request-by",
            &[("name", request.name.into()), ("role", (&*frame.words.role(request.asked_as)).into())],
        ),
        reason: request.reason,
        account: request.about.account().map(|account| account.to_string()),
        row: match request.about {
            About::Account(_) => None,
            About::Row(row) => Some(frame.words.row(row).into_owned()),
        },
        at: moment(request.asked_at),
        until: moment(request.expires_at),
        may_agree: request.may_agree,
        is_own: request.is_own,
    });
    let requests = requests.collect();
    let notice = done(call, &frame);
    call.show(&RequestsPage { frame, desk, problems, notice, requests })
}

/// A list is refused for the role alone.
fn role(_: DeskRefused) -> Trouble {
    Trouble::Role
}
