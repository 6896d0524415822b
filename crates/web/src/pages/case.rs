//! `/case…`: the owner's side of a lost-factor case: codes, the new authenticator app, pictures, and its status.

use doorward_app::Failure;
use doorward_app::case::CaseStatus;
use doorward_app::flow::Moved;
use doorward_domain::support_case::{CaseRefused, CaseStep, EvidenceKind};
use doorward_domain::time::Timestamp;
use doorward_wording::refusal::InWords as _;
use http::StatusCode;

use super::entry;
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use crate::answer::Answer;
use crate::call::{Call, escape};
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::case::{
    CaseAuthenticatorPage, CaseCodePage, CaseDocumentsPage, CaseStatusPage, PictureLine,
};
use crate::view::{Channel, Moment, Problems};

const START: &str = "/sign-in";
const STATUS: &str = "/case";
const DOCUMENTS: &str = "/case/documents";

fn path_of(step: CaseStep) -> &'static str {
    match step {
        CaseStep::Channel | CaseStep::SecondChannel => "/case/code",
        CaseStep::Authenticator => "/case/authenticator",
        CaseStep::Documents => DOCUMENTS,
        CaseStep::Decision | CaseStep::Waiting | CaseStep::Done | CaseStep::Ended => STATUS,
    }
}

impl FlowRefused for CaseRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::NotBegun => Turn::NotBegun,
            Self::Expired
            | Self::Ended
            | Self::TooManyWrongCodes
            | Self::TooManyWrongFactors
            | Self::NoIdentification
            | Self::NoRecord
            | Self::AnotherCase
            | Self::CredentialsChanged => Turn::Over,
            Self::OtherStep { .. } => Turn::OtherStep,
            Self::Throttled { retry_at } | Self::ResendTooSoon { retry_at } => Turn::Wait(*retry_at),
            Self::HumanCheck(_)
            | Self::WrongCode { .. }
            | Self::CodeExpired
            | Self::NoSendsLeft
            | Self::WrongFactor
            | Self::ClockOff { .. }
            | Self::PictureMissing { .. }
            | Self::Picture(_) => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::ClockOff { offset_steps } => Some(*offset_steps),
            _ => None,
        }
    }
}

/// `POST /sign-in/lost-factor`: the same next page for everybody.
pub(crate) async fn open_from_sign_in(call: &mut Call) -> Result<Answer, Trouble> {
    let opened = call.app().open_case_from_sign_in(&call.visit(), call.flow(Cookie::SignIn)).await;
    opened_at(call, opened, "/sign-in/code")
}

/// `POST /forgot-password/lost-factor`
pub(crate) async fn open_from_reset(call: &mut Call) -> Result<Answer, Trouble> {
    let opened = call.app().open_case_from_reset(&call.visit(), call.flow(Cookie::Reset)).await;
    Ok(opened_at(call, opened, "/forgot-password/factor")?.forget(Cookie::Reset))
}

fn opened_at(
    call: &Call,
    opened: Result<Moved<CaseStep>, Failure<CaseRefused>>,
    again_path: &str,
) -> Result<Answer, Trouble> {
    match opened {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => {
            let refusal = refusal_of(call, failure)?;
            let page = over(call, Cookie::Case, again_path, refusal.sentence)?;
            Ok(again(call, refusal.turn, page))
        }
    }
}

/// `GET` of a step: its page, when it is the one that is due.
pub(crate) async fn step(call: &mut Call) -> Result<Answer, Trouble> {
    match call.app().show_case(call.flow(Cookie::Case)).await {
        Ok(status) if path_of(status.step) != call.path() => Ok(Answer::see_other(path_of(status.step))),
        Ok(status) => page(call, &status, Said::default()).await,
        Err(failure) => refused(call, failure).await,
    }
}

/// `GET /case`: where the case stands, from the browser that opened it.
pub(crate) async fn status(call: &mut Call) -> Result<Answer, Trouble> {
    step(call).await
}

/// `POST /case/code`: the code, or the wish for another.
pub(crate) async fn code(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Case).to_owned());
    if call.fields.has("again") {
        return match call.app().resend_case_code(&visit, &cookie).await {
            Ok(()) => Ok(Answer::see_other("/case/code?sent=again")),
            Err(failure) => refused(call, failure).await,
        };
    }
    let given = call.app().give_case_code(&visit, &cookie, call.fields.get("code")).await;
    moved(call, given).await
}

/// `POST /case/authenticator`
pub(crate) async fn authenticator(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Case).to_owned());
    let more_lost = call.fields.has("trading_password_lost");
    let code = call.fields.get("code").to_owned();
    let given = call.app().give_case_authenticator(&visit, &cookie, &code, more_lost).await;
    moved(call, given).await
}

/// `POST /case/documents`: one picture.
pub(crate) async fn picture(call: &mut Call) -> Result<Answer, Trouble> {
    let kind = EvidenceKind::from_name(call.fields.get("kind")).ok_or(Trouble::Bad(BadInput::Malformed))?;
    let (cookie, file) = (call.flow(Cookie::Case).to_owned(), std::mem::take(&mut call.file));
    match call.app().add_case_picture(&cookie, kind, file).await {
        Ok(()) => Ok(Answer::see_other(DOCUMENTS)),
        Err(Failure::Refused(CaseRefused::Picture(why))) => {
            let sentence = why.in_words(&call.words(), call.app().now());
            let problems = Problems::one(&field_of(kind), sentence.summary);
            documents_again(call, problems).await
        }
        Err(failure) => refused(call, failure).await,
    }
}

/// `POST /case/send`: to staff, with everything.
pub(crate) async fn send(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Case).to_owned());
    match call.app().send_case(&visit, &cookie).await {
        Ok(sent) => Ok(go(&sent)),
        Err(Failure::Refused(missing @ CaseRefused::PictureMissing { kind })) => {
            let sentence = missing.in_words(&call.words(), call.app().now());
            documents_again(call, Problems::one(&field_of(kind), sentence.summary)).await
        }
        Err(failure) => refused(call, failure).await,
    }
}

/// `POST /case/stop`: nothing comes of it.
pub(crate) async fn stop(call: &mut Call) -> Result<Answer, Trouble> {
    let cookie = call.flow(Cookie::Case).to_owned();
    match call.app().stop_own_case(&cookie).await {
        Ok(()) => Ok(Answer::see_other(STATUS)),
        Err(failure) => refused(call, failure).await,
    }
}

/// `POST /security/case/stop`: the case that runs, by one button of somebody who is inside the account.
pub(crate) async fn stop_inside(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let stopped = call.app().stop_case_inside(&visit, &customer).await?;
    let page = if customer.is_reviewed { "/security" } else { "/review" };
    let mut fields = Vec::new();
    if stopped {
        fields.push("done=case".to_owned());
    }
    if let Some(path) = call.return_path().filter(|_| !customer.is_reviewed) {
        fields.push(format!("return_to={}", escape(path.as_str())));
    }
    let marked = if fields.is_empty() { page.to_owned() } else { format!("{page}?{}", fields.join("&")) };
    Ok(Answer::see_other(&marked))
}

async fn documents_again(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let status = call.app().show_case(call.flow(Cookie::Case)).await.map_err(vanished)?;
    let said = Said { problems, ..Said::default() };
    Ok(page(call, &status, said).await?.status(StatusCode::UNPROCESSABLE_ENTITY))
}

fn field_of(kind: EvidenceKind) -> String {
    format!("file-{}", kind.name())
}

async fn moved(
    call: &Call,
    outcome: Result<Moved<CaseStep>, Failure<CaseRefused>>,
) -> Result<Answer, Trouble> {
    match outcome {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => refused(call, failure).await,
    }
}

fn go(moved: &Moved<CaseStep>) -> Answer {
    Answer::see_other(path_of(moved.step)).set(Cookie::Case, &moved.cookie)
}

async fn refused(call: &Call, failure: Failure<CaseRefused>) -> Result<Answer, Trouble> {
    let refusal = refusal_of(call, failure)?;
    let turn = refusal.turn;
    match turn {
        Turn::NotBegun if !call.is_post() => Ok(Answer::see_other(START).forget(Cookie::Case)),
        Turn::NotBegun | Turn::Over => over(call, Cookie::Case, START, refusal.sentence),
        Turn::Again | Turn::Wait(_) | Turn::OtherStep => {
            let status = call.app().show_case(call.flow(Cookie::Case)).await.map_err(vanished)?;
            Ok(again(call, turn, page(call, &status, refusal.said()).await?))
        }
    }
}

fn vanished(failure: Failure<CaseRefused>) -> Trouble {
    match failure {
        Failure::Refused(_) => Trouble::OutOfOrder { start: START },
        Failure::Fault(fault) => fault.into(),
    }
}

/// The page of the step that is due.
async fn page(call: &Call, status: &CaseStatus, said: Said) -> Result<Answer, Trouble> {
    let (frame, problems) = (call.frame(), said.problems);
    let moment = |at: Timestamp| Moment::of_micros(at.as_micros(), &frame.words);
    match status.step {
        CaseStep::Channel | CaseStep::SecondChannel => {
            let is_mail = status.channel == doorward_domain::notice::Channel::Mail;
            call.show(&CaseCodePage {
                problems,
                sent_to: status.sent_to_masked.clone(),
                channel: if is_mail { Channel::Mail } else { Channel::Sms },
                second: status.step == CaseStep::SecondChannel,
                resent: call.fields.has("sent"),
                frame,
            })
        }
        CaseStep::Authenticator => {
            let shown = call.app().show_case_enrolment(call.flow(Cookie::Case)).await.map_err(vanished)?;
            call.show(&CaseAuthenticatorPage {
                problems,
                enrolment: entry::enrolment(&shown, said.clock),
                has_record: status.has_record,
                frame,
            })
        }
        CaseStep::Documents => {
            let picture = |kind: &EvidenceKind| PictureLine {
                kind: kind.name().to_owned(),
                field: field_of(*kind),
                what: frame.words.evidence(*kind),
                given: status.pictures.contains(kind),
                with_note: *kind == EvidenceKind::HolderWithNote,
            };
            call.show(&CaseDocumentsPage {
                problems,
                code_of_the_day: status.code_of_the_day.clone(),
                pictures: EvidenceKind::ALL.iter().map(picture).collect(),
                until: moment(status.expires_at),
                frame,
            })
        }
        CaseStep::Decision | CaseStep::Waiting | CaseStep::Done | CaseStep::Ended => {
            call.show(&CaseStatusPage {
                step: status.step,
                end: status.end,
                decided_by: moment(status.expires_at),
                approvals: u32::try_from(status.approvals).unwrap_or(u32::MAX),
                needed: u32::try_from(call.app().policy.case.approvers).unwrap_or(u32::MAX),
                wait: frame.words.span(status.wait.as_secs()),
                hold: frame.words.span(status.hold.as_secs()),
                effective_at: status.effective_at.map(moment),
                frame,
            })
        }
    }
}
