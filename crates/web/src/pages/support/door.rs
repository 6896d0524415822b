//! `/support/sign-in` and the way out. A passkey is the only key to the desk.

use doorward_app::Failure;
use doorward_app::staff::StaffSignInRefused;
use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::Problems;
use crate::view::support::{Desk, DeskDoorPage, KeyForm, ToldPage};

/// `GET /support/sign-in`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    door_page(call, Problems::none())
}

/// `POST /support/sign-in`: the answer of a passkey.
pub(crate) async fn sign_in(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let refused = match call.app().sign_in_staff(&visit, call.fields.get("answer")).await {
        Ok(stay) => return Ok(Answer::see_other("/support").set(Cookie::Desk, &stay.encode())),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refused)) => refused,
    };
    let words = call.words();
    let now = call.app().now();
    Ok(match refused {
        StaffSignInRefused::Throttled { retry_at } => {
            let wait = now.until(retry_at);
            let told = words.text_of("desk-refused-throttled", "wait", words.span(wait.as_secs().max(1)));
            door_page(call, Problems::one("", told))?.status(StatusCode::TOO_MANY_REQUESTS).retry_after(wait)
        }
        StaffSignInRefused::NotAccepted => {
            let told = words.text("desk-refused-not-accepted");
            door_page(call, Problems::one("", told))?.status(StatusCode::UNPROCESSABLE_ENTITY)
        }
        StaffSignInRefused::Expired => {
            let told = words.text("desk-refused-expired");
            door_page(call, Problems::one("", told))?.status(StatusCode::UNPROCESSABLE_ENTITY)
        }
    })
}

/// `POST /support/sign-out`
pub(crate) async fn sign_out(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    call.app().leave_desk(&at).await?;
    Ok(Answer::see_other("/support/left").forget(Cookie::Desk))
}

/// `GET /support/left`
pub(crate) async fn left(call: &mut Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    call.show(&ToldPage {
        title: frame.text("desk-left-title").into_owned(),
        text: frame.text("desk-left-text").into_owned(),
        go: Some(frame.text("desk-left-again").into_owned()),
        desk: Desk::default(),
        frame,
    })
}

fn door_page(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let key = call.app().begin_staff_sign_in(&call.visit()).map(|begun| KeyForm {
        action: "/support/sign-in",
        kind: "use",
        options: begun.options,
        state: begun.state,
        token: String::new(),
        label: frame.text("desk-sign-in-button").into_owned(),
    });
    let alone = call.house.config.desk_url.is_some();
    call.show(&DeskDoorPage { frame, desk: Desk::default(), problems, key, alone })
}
