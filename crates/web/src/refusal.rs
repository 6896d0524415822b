//! What stands in the way of an answer, and the status, code and page that say so.
//!
//! A refusal of a use case that concerns a form is shown on that form's own page (`pages` do that, with 422); here is
//! everything that ends a request: bad input, a missing step, too much haste, and faults. A fault is logged here, once.

use std::error::Error as _;
use std::time::Duration;

use doorward_app::jurisdiction::Judged;
use doorward_app::{Fault, FaultKind};
use doorward_domain::action::Action;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::headers::Dress;
use crate::pages::support::desk_of;
use crate::routes::{Access, Route};
use crate::view::error::{ErrorKind, ErrorPage};
use crate::view::restricted::RestrictedPage;
use crate::view::sign_in::FlowEndedPage;
use crate::view::support::RoleRefusedPage;

/// Why a request ends without the page it asked for.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The request itself is wrong.
    Bad(BadInput),
    /// Nothing is here, for this visitor.
    NotFound,
    /// Something is here, for another method.
    Method {
        /// The methods it has.
        allowed: &'static str,
    },
    /// A step of a flow that this browser is not in.
    OutOfOrder {
        /// Where the flow begins.
        start: &'static str,
    },
    /// A change that needs a session, without one.
    NoSession,
    /// The rules of a country.
    Restricted {
        /// What was asked for.
        action: Action,
        /// What holds, since when, and why.
        judged: Judged,
    },
    /// A change at the support desk by somebody who is not there any more.
    NoStaffSession,
    /// Something at the desk that the role does not include.
    Role,
    /// Too many tries.
    TooMany {
        /// When it is worth coming back.
        retry_after: Duration,
    },
    /// An accident of ours.
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

/// A fault of the surface's own making.
pub(crate) fn fault(what: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Trouble {
    Trouble::Fault(Fault::internal(what).caused_by(source))
}

/// When to come back where nobody can know.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(5);

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Trouble::Bad(bad) => bad.status(),
            Trouble::NotFound => StatusCode::NOT_FOUND,
            Trouble::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Trouble::OutOfOrder { .. } => StatusCode::CONFLICT,
            Trouble::NoSession | Trouble::NoStaffSession => StatusCode::UNAUTHORIZED,
            Trouble::Role => StatusCode::FORBIDDEN,
            Trouble::Restricted { .. } => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
            Trouble::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Trouble::Fault(fault) => match fault.kind {
                FaultKind::Unavailable | FaultKind::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
                FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Trouble::Bad(bad) => bad.code(),
            Trouble::NotFound => "not_found",
            Trouble::Method { .. } => "method",
            Trouble::OutOfOrder { .. } => "out_of_order",
            Trouble::NoSession | Trouble::NoStaffSession => "no_session",
            Trouble::Role => "role",
            Trouble::Restricted { .. } => "country_rule",
            Trouble::TooMany { .. } => "too_many_requests",
            Trouble::Fault(fault) => match fault.kind {
                FaultKind::Unavailable => "unavailable",
                FaultKind::Busy { .. } => "busy",
                FaultKind::Internal => "fault",
            },
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Trouble::TooMany { retry_after } => Some(*retry_after),
            Trouble::Fault(fault) => match fault.kind {
                FaultKind::Busy { retry_after } => Some(retry_after),
                FaultKind::Unavailable => Some(UNAVAILABLE_RETRY),
                FaultKind::Internal => None,
            },
            _ => None,
        }
    }

    /// The answer that says so: a page in the house's look, or problem details for programs (RFC 9457).
    pub(crate) fn answer(self, call: &Call) -> Answer {
        match &self {
            Trouble::Fault(fault) => log(fault, call),
            Trouble::Bad(bad) => {
                let route = call.route.map_or("none", |route| route.path);
                tracing::info!(request = %call.request_id, route, reason = bad.code(), "refused what no page of ours sends");
            }
            _ => {}
        }
        let is_page = call.route.is_none_or(|route| route.is_page());
        let answer = if is_page { self.page(call) } else { self.problem(call) };
        let mut answer = answer.status(self.status());
        if let Trouble::Method { allowed } = self {
            answer = answer.header(header::ALLOW, HeaderValue::from_static(allowed));
        }
        if matches!(self, Trouble::NoSession | Trouble::NoStaffSession) {
            // RFC 9110 wants a challenge with every 401; browsers show the page for a scheme they do not know.
            answer = answer.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Session"));
        }
        match self.retry_after() {
            Some(wait) => answer.retry_after(wait),
            None => answer,
        }
    }

    fn page(&self, call: &Call) -> Answer {
        let frame = call.frame_without_form();
        let rendered = match self {
            Trouble::OutOfOrder { start } => {
                let sentence = frame.text(not_begun(start)).into_owned();
                askama::Template::render(&FlowEndedPage { frame, sentence, again_path: (*start).to_owned() })
            }
            Trouble::Role => {
                let desk = call.staff.as_ref().map(|at| desk_of(&frame, at));
                askama::Template::render(&RoleRefusedPage { desk: desk.unwrap_or_default(), frame })
            }
            Trouble::NoSession | Trouble::NoStaffSession => {
                let again_path =
                    if matches!(self, Trouble::NoSession) { "/sign-in" } else { "/support/sign-in" };
                let sentence = frame.text("refused-no-session").into_owned();
                askama::Template::render(&FlowEndedPage {
                    frame,
                    sentence,
                    again_path: again_path.to_owned(),
                })
            }
            Trouble::Restricted { action, judged } => {
                askama::Template::render(&RestrictedPage::of(frame, *action, judged))
            }
            _ => {
                let retry_in = self.retry_after().map(|wait| frame.words.span(seconds(wait)));
                let request_id = call.request_id.to_string();
                askama::Template::render(&ErrorPage { frame, kind: self.kind(), request_id, retry_in })
            }
        };
        match rendered {
            Ok(html) => Answer::page(html),
            Err(error) => {
                tracing::error!(request = %call.request_id, %error, "the error page cannot be rendered");
                Answer::text(self.code())
            }
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Trouble::Bad(bad) => match bad {
                BadInput::CrossSite | BadInput::FormToken => ErrorKind::Forbidden,
                BadInput::TooLarge => ErrorKind::TooLarge,
                BadInput::ContentType => ErrorKind::UnsupportedForm,
                _ => ErrorKind::BadRequest,
            },
            Trouble::NotFound => ErrorKind::NotFound,
            Trouble::Method { .. } => ErrorKind::MethodNotAllowed,
            Trouble::OutOfOrder { .. }
            | Trouble::NoSession
            | Trouble::NoStaffSession
            | Trouble::Role
            | Trouble::Restricted { .. } => ErrorKind::Forbidden,
            Trouble::TooMany { .. } => ErrorKind::TooManyRequests,
            Trouble::Fault(fault) => match fault.kind {
                FaultKind::Unavailable | FaultKind::Busy { .. } => ErrorKind::Unavailable,
                FaultKind::Internal => ErrorKind::Internal,
            },
        }
    }

    fn problem(&self, call: &Call) -> Answer {
        let is_asked_often = |route: &Route| matches!(route.access, Access::Api | Access::OpenPage);
        if matches!(self, Trouble::NoSession) && call.route.is_some_and(is_asked_often) {
            // The one problem that is asked for thousands of times a second.
            return Answer::of(Dress::Data, "application/problem+json", NO_SESSION.as_bytes());
        }
        let status = self.status();
        if let Trouble::Restricted { action, judged } = self {
            return restricted_problem(*action, judged, status, call);
        }
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": self.code(),
            "request": call.request_id.to_string(),
        });
        Answer::of(Dress::Data, "application/problem+json", body.to_string())
    }
}

/// For programs: what is refused, by which rule, since when, and what remains possible.
fn restricted_problem(action: Action, judged: &Judged, status: StatusCode, call: &Call) -> Answer {
    let allowed: Vec<&str> = Action::ALL
        .iter()
        .filter(|action| judged.mode.allows(**action))
        .map(|action| action.name())
        .collect();
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": "country_rule",
        "request": call.request_id.to_string(),
        "action": action.name(),
        "mode": judged.mode.name(),
        "rule": judged.because.name(),
        "country": judged.because.country().map(|country| country.code()),
        "since": judged.since.map(|since| doorward_wording::iso_moment(since.as_micros())),
        "allowed": allowed,
    });
    Answer::of(Dress::Data, "application/problem+json", body.to_string())
}

const NO_SESSION: &str = r#"{"type":"about:blank","title":"Unauthorized","status":401,"code":"no_session"}"#;

/// The sentence for a step of a flow that this browser is not in.
fn not_begun(start: &str) -> &'static str {
    match start {
        "/sign-in" => "refused-sign-in-not-begun",
        "/sign-up" => "refused-sign-up-not-begun",
        "/forgot-password" => "refused-reset-not-begun",
        _ => "refused-change-not-begun",
    }
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// One line for the operator, with every cause; the visitor sees one fixed sentence and the request's id.
fn log(fault: &Fault, call: &Call) {
    let mut causes = String::new();
    let mut next = fault.source();
    while let Some(cause) = next {
        causes.push_str(if causes.is_empty() { "" } else { ": " });
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    let route = call.route.map_or("none", |route| route.path);
    match fault.kind {
        FaultKind::Busy { .. } => {
            tracing::warn!(request = %call.request_id, route, fault = %fault, causes, "refused for want of capacity");
        }
        FaultKind::Unavailable | FaultKind::Internal => {
            tracing::error!(request = %call.request_id, route, fault = %fault, causes, "a request failed");
        }
    }
}
