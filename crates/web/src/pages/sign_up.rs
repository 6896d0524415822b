//! `/sign-up…`: identifier, code, password, authenticator app, recovery codes, *Access*.

use doorward_app::sign_up::SignUpView;
use doorward_app::{Failure, flow::Moved};
use doorward_domain::sign_up::{SignUpRefused, SignUpStep};

use super::entry;
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use super::human_check;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::sign_up::{SignUpAuthenticatorPage, SignUpCodePage, SignUpPage, SignUpPasswordPage};

const START: &str = "/sign-up";

fn path_of(step: SignUpStep) -> &'static str {
    match step {
        SignUpStep::Code => "/sign-up/code",
        SignUpStep::Password => "/sign-up/password",
        SignUpStep::Authenticator => "/sign-up/authenticator",
        SignUpStep::RecoveryCodes => "/sign-up/recovery-codes",
        SignUpStep::Access => "/sign-up/access",
        SignUpStep::Entered => "/review",
        SignUpStep::Ended => START,
    }
}

impl FlowRefused for SignUpRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::NotBegun => Turn::NotBegun,
            Self::Expired | Self::Ended | Self::TooManyWrongCodes | Self::TooManyWrongFactors => Turn::Over,
            Self::OtherStep { .. } => Turn::OtherStep,
            Self::Throttled { retry_at } | Self::ResendTooSoon { retry_at } => Turn::Wait(*retry_at),
            Self::Identifier(_)
            | Self::NoSmsThere
            | Self::HumanCheck(_)
            | Self::WrongCode { .. }
            | Self::CodeExpired
            | Self::NoSendsLeft
            | Self::Password(_)
            | Self::PasswordsDiffer
            | Self::WrongFactor
            | Self::ClockOff { .. }
            | Self::RecoveryCodesNotKept => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::ClockOff { offset_steps } => Some(*offset_steps),
            _ => None,
        }
    }
}

/// `GET /sign-up`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    first_page(call, Said::default(), "")
}

/// `POST /sign-up`
pub(crate) async fn begin(call: &mut Call) -> Result<Answer, Trouble> {
    let typed = call.fields.get("identifier").to_owned();
    let visit = call.visit();
    let answer = human_check::given(call);
    match call.app().begin_sign_up(&visit, &typed, call.fields.find("country"), answer.as_ref()).await {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => {
            let refusal = refusal_of(call, failure)?;
            let turn = refusal.turn;
            Ok(again(call, turn, first_page(call, refusal.said(), &typed)?))
        }
    }
}

/// `GET` of any later step: its page, when it is the one that is due.
pub(crate) async fn step(call: &mut Call) -> Result<Answer, Trouble> {
    let view = match call.app().show_sign_up(&call.visit(), call.flow(Cookie::SignUp)).await {
        Ok(view) => view,
        Err(failure) => return refused(call, failure).await,
    };
    if path_of(view.step) != call.path() {
        return Ok(Answer::see_other(path_of(view.step)));
    }
    page(call, &view, Said::default()).await
}

/// `POST /sign-up/code`: the code, or the wish for another.
pub(crate) async fn code(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp).to_owned());
    if call.fields.has("again") {
        return match call.app().resend_sign_up_code(&visit, &cookie).await {
            Ok(()) => Ok(Answer::see_other("/sign-up/code?sent=again")),
            Err(failure) => refused(call, failure).await,
        };
    }
    let given = call.app().give_sign_up_code(&visit, &cookie, call.fields.get("code")).await;
    moved(call, given).await
}

/// `POST /sign-up/password`
pub(crate) async fn password(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp).to_owned());
    let password = call.fields.take_secret("password");
    let chosen = call.app().choose_sign_up_password(&visit, &cookie, &password).await;
    moved(call, chosen).await
}

/// `POST /sign-up/authenticator`: the code that confirms the enrolment.
pub(crate) async fn authenticator(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp).to_owned());
    let confirmed = call.app().confirm_authenticator(&visit, &cookie, call.fields.get("code")).await;
    moved(call, confirmed).await
}

/// `POST /sign-up/recovery-codes`: the tick that they are kept.
pub(crate) async fn recovery_codes(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp).to_owned());
    let kept = call.app().keep_recovery_codes(&visit, &cookie, call.fields.has("kept")).await;
    moved(call, kept).await
}

/// `POST /sign-up/access`: opens the account and its first session.
pub(crate) async fn access(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp).to_owned());
    match call.app().access_sign_up(&visit, &cookie).await {
        Ok(signed_up) => {
            let answer = entry::enter(call, &signed_up.session, &signed_up.device, None, None);
            Ok(answer.forget(Cookie::SignUp))
        }
        Err(failure) => refused(call, failure).await,
    }
}

fn first_page(call: &Call, said: Said, typed: &str) -> Result<Answer, Trouble> {
    let human_check = human_check::of("sign-up", None);
    call.show(&SignUpPage {
        frame: call.frame(),
        problems: said.problems,
        identifier: typed.to_owned(),
        human_check,
    })
}

/// The page of the step that is due. Secrets are asked for only where they are shown.
async fn page(call: &Call, view: &SignUpView, said: Said) -> Result<Answer, Trouble> {
    let (frame, problems) = (call.frame(), said.problems);
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignUp));
    match view.step {
        SignUpStep::Code => call.show(&SignUpCodePage {
            frame,
            problems,
            sent_to: view.identifier.masked(),
            channel: entry::channel_of(view.identifier.as_str()),
            resent: said.resent || call.fields.has("sent"),
        }),
        SignUpStep::Password => call.show(&SignUpPasswordPage {
            frame,
            problems,
            identifier: view.identifier.as_str().to_owned(),
            min_characters: entry::min_characters(call),
        }),
        SignUpStep::Authenticator => {
            let shown = call.app().show_enrolment(&visit, cookie).await.map_err(vanished)?;
            let enrolment = entry::enrolment(&shown, said.clock);
            call.show(&SignUpAuthenticatorPage { frame, problems, enrolment })
        }
        SignUpStep::RecoveryCodes => {
            let shown = call.app().show_recovery_codes(&visit, cookie).await.map_err(vanished)?;
            let page = entry::recovery_codes_page(frame, problems, &shown, true);
            call.show(&page)
        }
        SignUpStep::Access => {
            let page = entry::access_page(call, problems, true, true);
            call.show(&page)
        }
        SignUpStep::Entered | SignUpStep::Ended => Err(Trouble::OutOfOrder { start: START }),
    }
}

/// The sign-up was moved on or ended by another request between two looks at it.
fn vanished(failure: Failure<SignUpRefused>) -> Trouble {
    match failure {
        Failure::Refused(_) => Trouble::OutOfOrder { start: START },
        Failure::Fault(fault) => fault.into(),
    }
}

async fn refused(call: &mut Call, failure: Failure<SignUpRefused>) -> Result<Answer, Trouble> {
    let refusal = refusal_of(call, failure)?;
    let turn = refusal.turn;
    match turn {
        Turn::NotBegun if !call.is_post() => Ok(Answer::see_other(START).forget(Cookie::SignUp)),
        Turn::NotBegun | Turn::Over => over(call, Cookie::SignUp, START, refusal.sentence),
        Turn::Again | Turn::Wait(_) | Turn::OtherStep => {
            let view =
                call.app().show_sign_up(&call.visit(), call.flow(Cookie::SignUp)).await.map_err(vanished)?;
            Ok(again(call, turn, page(call, &view, refusal.said()).await?))
        }
    }
}

async fn moved(
    call: &mut Call,
    outcome: Result<Moved<SignUpStep>, Failure<SignUpRefused>>,
) -> Result<Answer, Trouble> {
    match outcome {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => refused(call, failure).await,
    }
}

fn go(moved: &Moved<SignUpStep>) -> Answer {
    Answer::see_other(path_of(moved.step)).set(Cookie::SignUp, &moved.cookie)
}
