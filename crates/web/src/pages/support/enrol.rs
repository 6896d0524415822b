//! `/support/enrol`: what the one-time link of `doorward staff add` opens. Its GET changes nothing.

use doorward_app::Failure;
use doorward_app::staff::{EnrolRefused, Enrolled, Enrolment};
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::token::Token;
use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::Problems;
use crate::view::support::{Desk, EnrolPage, KeyForm, ToldPage};

/// `GET /support/enrol`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    page(call, Problems::none()).await
}

/// `POST /support/enrol`: a passkey that was made.
pub(crate) async fn take(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let Some(link) = Token::parse(call.fields.get("token")) else { return gone(call) };
    let refused = match call.app().enrol_staff_passkey(&visit, &link, call.fields.get("answer")).await {
        Ok(Enrolled::OneMore) => return page(call, Problems::none()).await,
        Ok(Enrolled::Done) => return finished(call),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refused)) => refused,
    };
    let key = match refused {
        EnrolRefused::NoInvitation => return gone(call),
        EnrolRefused::NoAuthenticators => return off(call),
        EnrolRefused::Throttled { retry_at } => {
            let (words, wait) = (call.words(), call.app().now().until(retry_at));
            let told = words.text_of("desk-refused-throttled", "wait", words.span(wait.as_secs().max(1)));
            let page = page(call, Problems::one("", told)).await?;
            return Ok(page.status(StatusCode::TOO_MANY_REQUESTS).retry_after(wait));
        }
        EnrolRefused::SameKey => "desk-refused-key-same",
        EnrolRefused::Ceremony(CeremonyRefused::NotTrusted) => "desk-refused-key-not-trusted",
        EnrolRefused::Ceremony(CeremonyRefused::NotVerified) => "desk-refused-key-not-verified",
        EnrolRefused::Ceremony(_) => "desk-refused-key-other",
    };
    let told = call.words().text(key);
    Ok(page(call, Problems::one("", told)).await?.status(StatusCode::UNPROCESSABLE_ENTITY))
}

async fn page(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    let Some(link) = Token::parse(&token) else { return gone(call) };
    let enrolment = match call.app().staff_enrolment(&call.visit(), &link).await {
        Ok(enrolment) => enrolment,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(EnrolRefused::NoAuthenticators)) => return off(call),
        Err(Failure::Refused(_)) => return gone(call),
    };
    let Enrolment { member, enrolled, begun } = enrolment;
    let frame = call.frame_without_query();
    let role = frame.words.role(member.role);
    let lead =
        frame.words.text_with("desk-enrol-lead", &[("name", member.name.into()), ("role", (&*role).into())]);
    let key = KeyForm {
        action: "/support/enrol",
        kind: "make",
        options: begun.options,
        state: begun.state,
        token,
        label: frame.text("desk-enrol-button").into_owned(),
    };
    let number = u32::try_from(enrolled + 1).unwrap_or(2);
    call.show(&EnrolPage { frame, desk: Desk::default(), problems, lead, number, key })
}

fn finished(call: &Call) -> Result<Answer, Trouble> {
    told(call, "desk-enrol-done-title", "desk-enrol-done-text", Some("desk-enrol-done-go"))
}

fn gone(call: &Call) -> Result<Answer, Trouble> {
    let page = told(call, "desk-enrol-gone-title", "desk-enrol-gone-text", None)?;
    Ok(if call.is_post() { page.status(StatusCode::CONFLICT) } else { page })
}

fn off(call: &Call) -> Result<Answer, Trouble> {
    told(call, "desk-enrol-off-title", "desk-enrol-off-text", None)
}

fn told(call: &Call, title: &str, text: &str, go: Option<&str>) -> Result<Answer, Trouble> {
    let frame = call.frame_without_query();
    call.show(&ToldPage {
        title: frame.text(title).into_owned(),
        text: frame.text(text).into_owned(),
        go: go.map(|key| frame.text(key).into_owned()),
        desk: Desk::default(),
        frame,
    })
}
