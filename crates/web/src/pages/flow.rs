//! What the flows (sign-in, sign-up, forgotten password, changes) have in common: a refused step is shown again with
//! one sentence, a wait says how long, another step is shown instead, and an end says what to do next.

use doorward_app::Failure;
use doorward_domain::time::Timestamp;
use doorward_wording::Sentence;
use doorward_wording::refusal::{InWords, clock_notice};
use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::Problems;
use crate::view::sign_in::FlowEndedPage;

/// What a refusal does to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The page of the step again, with the sentence: 422.
    Again,
    /// The same, and not before this time: 429.
    Wait(Timestamp),
    /// Another step is due: its page with the sentence, 409.
    OtherStep,
    /// The flow is over; this browser's cookie for it is forgotten: 409.
    Over,
    /// There is no flow in this browser: 409.
    NotBegun,
}

/// A refusal of a flow's step.
pub(crate) trait FlowRefused: InWords {
    /// What it does to the page.
    fn turn(&self) -> Turn;

    /// How far the phone's clock is off, in steps of 30 s, when that is why.
    fn clock(&self) -> Option<i32> {
        None
    }
}

/// What a page is shown again with.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) problems: Problems,
    /// The clock diagnosis.
    pub(crate) clock: Option<String>,
    /// A further code was just sent.
    pub(crate) resent: bool,
}

/// A refusal, ready for a page.
pub(crate) struct Refusal {
    pub(crate) turn: Turn,
    pub(crate) sentence: Sentence,
    pub(crate) clock: Option<String>,
}

impl Refusal {
    pub(crate) fn said(self) -> Said {
        Said { problems: Problems::from(self.sentence), clock: self.clock, resent: false }
    }
}

/// A fault ends the request; a refusal gets its sentence.
pub(crate) fn refusal_of<R: FlowRefused>(call: &Call, failure: Failure<R>) -> Result<Refusal, Trouble> {
    match failure {
        Failure::Refused(refused) => {
            let words = call.words();
            let clock = refused.clock().map(|offset_steps| clock_notice(&words, offset_steps));
            Ok(Refusal { turn: refused.turn(), sentence: refused.in_words(&words, call.app().now()), clock })
        }
        Failure::Fault(fault) => Err(fault.into()),
    }
}

/// The status of a page that is shown again after a refusal.
pub(crate) fn again(call: &Call, turn: Turn, page: Answer) -> Answer {
    match turn {
        Turn::Again => page.status(StatusCode::UNPROCESSABLE_ENTITY),
        Turn::Wait(retry_at) => {
            page.status(StatusCode::TOO_MANY_REQUESTS).retry_after(call.app().now().until(retry_at))
        }
        Turn::OtherStep | Turn::Over | Turn::NotBegun => page.status(StatusCode::CONFLICT),
    }
}

/// The page at which a flow ends without its aim. Its cookie is forgotten.
pub(crate) fn over(call: &Call, cookie: Cookie, start: &str, sentence: Sentence) -> Result<Answer, Trouble> {
    let page =
        FlowEndedPage { frame: call.frame(), sentence: sentence.summary, again_path: start.to_owned() };
    Ok(call.show(&page)?.status(StatusCode::CONFLICT).forget(cookie))
}
