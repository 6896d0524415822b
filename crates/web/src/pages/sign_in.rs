//! `/sign-in…`: from the identifier to *Access*, one page a step.

use doorward_app::Failure;
use doorward_app::sign_in::{NextStep, SignInView};
use doorward_domain::return_path::ReturnPath;
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use http::StatusCode;

use super::entry;
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use super::human_check;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::protect::{UnfreezePage, UnfrozenPage};
use crate::view::sign_in::{
    ChannelReason, FrozenPage, SignInChannelPage, SignInCodePage, SignInDevicePage, SignInPage,
    SignInPasswordPage,
};

const START: &str = "/sign-in";
const PASSWORD: &str = "/sign-in/password";
const CHANNEL: &str = "/sign-in/channel";

fn path_of(step: SignInStep) -> &'static str {
    match step {
        SignInStep::Password => PASSWORD,
        SignInStep::ChannelProof => CHANNEL,
        SignInStep::SecondFactor => "/sign-in/code",
        SignInStep::DeviceCode => "/sign-in/device",
        SignInStep::Unfreeze => "/sign-in/unfreeze",
        SignInStep::Access => "/sign-in/access",
        SignInStep::Entered => "/review",
        SignInStep::Ended => START,
    }
}

impl FlowRefused for SignInRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::NotBegun => Turn::NotBegun,
            Self::Expired
            | Self::Ended
            | Self::TooManyWrongFactors
            | Self::TooManyWrongCodes
            | Self::Frozen
            | Self::CredentialsChanged => Turn::Over,
            Self::OtherStep { .. } | Self::ChannelProofNeeded => Turn::OtherStep,
            Self::Throttled { retry_at }
            | Self::ResendTooSoon { retry_at }
            | Self::FactorLocked { retry_at } => Turn::Wait(*retry_at),
            Self::Identifier(_)
            | Self::HumanCheck(_)
            | Self::WrongPassword
            | Self::WrongPasswordOrCode { .. }
            | Self::WrongFactor { .. }
            | Self::ClockOff { .. }
            | Self::FactorAlreadyUsed { .. }
            | Self::FactorDisabled
            | Self::WrongCode { .. }
            | Self::CodeExpired
            | Self::NoSendsLeft
            | Self::PasskeyRefused => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::ClockOff { offset_steps, .. } => Some(*offset_steps),
            _ => None,
        }
    }
}

/// `GET /sign-in`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    first_page(call, Said::default(), "")
}

/// `POST /sign-in`: reads the identifier into the cookie; nothing is stored, and nothing tells whether it is known.
pub(crate) async fn begin(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let (typed, return_to) = (call.fields.get("identifier"), call.fields.find("return_to"));
    match call.app().begin_sign_in(&visit, typed, call.fields.find("country"), return_to) {
        Ok(cookie) => Ok(Answer::see_other(PASSWORD).set(Cookie::SignIn, &cookie)),
        Err(refused) => {
            let typed = typed.to_owned();
            let refusal = refusal_of(call, Failure::Refused(refused))?;
            let turn = refusal.turn;
            Ok(again(call, turn, first_page(call, refusal.said(), &typed)?))
        }
    }
}

/// `GET` of any later step: its page, when it is the one that is due.
pub(crate) async fn step(call: &mut Call) -> Result<Answer, Trouble> {
    let view = match call.app().show_sign_in(&call.visit(), call.flow(Cookie::SignIn)).await {
        Ok(view) => view,
        Err(failure) => return refused(call, failure).await,
    };
    match (call.path(), view.step) {
        // Whoever goes back to the password may type it again; what was passed since does not count then.
        (PASSWORD, step) if step != SignInStep::ChannelProof => {
            password_page(call, &view, Said::default()).await
        }
        // Whoever runs no script proves the channel instead of the human check.
        (CHANNEL, SignInStep::Password) if !view.channel_proved => channel_page(call, &view, Said::default()),
        (path, step) if path == path_of(step) => page(call, &view, Said::default()).await,
        (_, step) => Ok(Answer::see_other(path_of(step))),
    }
}

/// `POST /sign-in/password`: the human check and the password, judged in this order.
pub(crate) async fn password(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let mut cookie = call.flow(Cookie::SignIn).to_owned();
    if call.fields.has("resume") {
        match call.app().resume_sign_in(&visit, &cookie).await {
            Ok(next) => cookie = next.cookie,
            Err(failure) => return refused(call, failure).await,
        }
    }
    let password = call.fields.take_secret("password");
    let given = call.app().give_password(&visit, &cookie, &password, &human_check::answer(call)).await;
    moved(call, given).await
}

/// `POST /sign-in/channel`: the wish for a code, or the code.
pub(crate) async fn channel(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignIn).to_owned());
    let outcome = if call.fields.has("again") {
        call.app().ask_channel_code(&visit, &cookie, human_check::given(call).as_ref()).await
    } else {
        call.app().give_channel_code(&visit, &cookie, call.fields.get("code")).await
    };
    moved(call, outcome).await
}

/// `POST /sign-in/code`: six digits of the app, or a recovery code.
pub(crate) async fn code(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignIn).to_owned());
    let typed = call.fields.take_secret("code");
    let given = call.app().give_second_factor(&visit, &cookie, &typed).await;
    moved(call, given).await
}

/// `POST /sign-in/device`: the code for a new device, or the wish for another.
pub(crate) async fn device(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignIn).to_owned());
    if call.fields.has("again") {
        return match call.app().resend_device_code(&visit, &cookie).await {
            Ok(()) => Ok(Answer::see_other("/sign-in/device?sent=again")),
            Err(failure) => refused(call, failure).await,
        };
    }
    let given = call.app().give_device_code(&visit, &cookie, call.fields.get("code")).await;
    moved(call, given).await
}

/// `POST /sign-in/unfreeze`: the code that lifts the owner's freeze, or the wish for another. No session comes of it.
pub(crate) async fn unfreeze(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignIn).to_owned());
    if call.fields.has("again") {
        return match call.app().resend_unfreeze_code(&visit, &cookie).await {
            Ok(()) => Ok(Answer::see_other("/sign-in/unfreeze?sent=again")),
            Err(failure) => refused(call, failure).await,
        };
    }
    match call.app().unfreeze_own(&visit, &cookie, call.fields.get("code")).await {
        Ok(_) => Ok(Answer::see_other("/unfrozen").forget(Cookie::SignIn)),
        Err(failure) => refused(call, failure).await,
    }
}

/// `GET /unfrozen`
pub(crate) async fn unfrozen(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&UnfrozenPage { frame: call.frame() })
}

/// `POST /sign-in/access`: the session begins.
pub(crate) async fn access(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::SignIn).to_owned());
    match call.app().access(&visit, &cookie).await {
        Ok(entered) => {
            let return_to = entered.return_to.as_deref().and_then(ReturnPath::parse);
            let replaces = entered.replaces_device.as_ref();
            let answer = entry::enter(call, &entered.session, &entered.device, replaces, return_to.as_ref());
            let answer = if entered.recovery_codes.is_empty() {
                answer
            } else {
                entry::with_new_codes(call, answer, &entered)?
            };
            Ok(answer.forget(Cookie::SignIn))
        }
        Err(failure) => refused(call, failure).await,
    }
}

/// `POST /sign-in/cancel`
pub(crate) async fn cancel(call: &mut Call) -> Result<Answer, Trouble> {
    match call.app().cancel_sign_in(&call.visit(), call.flow(Cookie::SignIn)).await {
        Ok(()) | Err(Failure::Refused(_)) => Ok(Answer::see_other("/").forget(Cookie::SignIn)),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

async fn moved(
    call: &mut Call,
    outcome: Result<NextStep, Failure<SignInRefused>>,
) -> Result<Answer, Trouble> {
    match outcome {
        Ok(next) => Ok(Answer::see_other(path_of(next.step)).set(Cookie::SignIn, &next.cookie)),
        Err(failure) => refused(call, failure).await,
    }
}

async fn refused(call: &mut Call, failure: Failure<SignInRefused>) -> Result<Answer, Trouble> {
    if matches!(failure, Failure::Refused(SignInRefused::Frozen)) {
        let page = FrozenPage { frame: call.frame(), since: None };
        return Ok(call.show(&page)?.status(StatusCode::FORBIDDEN).forget(Cookie::SignIn));
    }
    let refusal = refusal_of(call, failure)?;
    let turn = refusal.turn;
    match turn {
        Turn::NotBegun if !call.is_post() => Ok(Answer::see_other(START).forget(Cookie::SignIn)),
        Turn::NotBegun | Turn::Over => over(call, Cookie::SignIn, START, refusal.sentence),
        Turn::Again | Turn::Wait(_) | Turn::OtherStep => {
            let view =
                call.app().show_sign_in(&call.visit(), call.flow(Cookie::SignIn)).await.map_err(vanished)?;
            let said = refusal.said();
            let shown = match (call.path(), view.step) {
                (CHANNEL, SignInStep::Password) => channel_page(call, &view, said)?,
                _ => page(call, &view, said).await?,
            };
            Ok(again(call, turn, shown))
        }
    }
}

/// The sign-in was moved on or ended by another request between two looks at it.
fn vanished(failure: Failure<SignInRefused>) -> Trouble {
    match failure {
        Failure::Refused(_) => Trouble::OutOfOrder { start: START },
        Failure::Fault(fault) => fault.into(),
    }
}

pub(super) fn first_page(call: &Call, said: Said, typed: &str) -> Result<Answer, Trouble> {
    call.show(&SignInPage {
        frame: call.frame(),
        problems: said.problems,
        identifier: typed.to_owned(),
        return_to: call.return_path().map(|path| path.as_str().to_owned()).unwrap_or_default(),
    })
}

/// The page of the step that is due.
async fn page(call: &Call, view: &SignInView, said: Said) -> Result<Answer, Trouble> {
    match view.step {
        SignInStep::Password => password_page(call, view, said).await,
        SignInStep::ChannelProof => channel_page(call, view, said),
        SignInStep::SecondFactor => {
            call.show(&SignInCodePage { frame: call.frame(), problems: said.problems, clock: said.clock })
        }
        SignInStep::DeviceCode => call.show(&SignInDevicePage {
            frame: call.frame(),
            problems: said.problems,
            sent_to: view.identifier_masked.clone(),
            channel: entry::channel_of(&view.identifier_masked),
            resent: call.fields.has("sent"),
        }),
        SignInStep::Unfreeze => {
            let frame = call.frame();
            let hold = entry::hold_text(call, &frame);
            call.show(&UnfreezePage {
                frame,
                problems: said.problems,
                sent_to: view.identifier_masked.clone(),
                resent: call.fields.has("sent"),
                hold,
            })
        }
        SignInStep::Access => call.show(&entry::access_page(call, said.problems, false, !view.known_device)),
        SignInStep::Entered | SignInStep::Ended => Err(Trouble::OutOfOrder { start: START }),
    }
}

async fn password_page(call: &Call, view: &SignInView, said: Said) -> Result<Answer, Trouble> {
    let phrase = call.app().sign_in_phrase(view).await?;
    let human_check = (!view.channel_proved).then(|| human_check::of("sign-in", Some(CHANNEL)));
    call.show(&SignInPasswordPage {
        frame: call.frame(),
        problems: said.problems,
        identifier: view.identifier.clone(),
        known_device: view.known_device,
        phrase: phrase.map(|phrase| phrase.as_str().to_owned()),
        resumed: view.step != SignInStep::Password,
        human_check,
    })
}

fn channel_page(call: &Call, view: &SignInView, said: Said) -> Result<Answer, Trouble> {
    let asked_by_the_rules = view.step == SignInStep::ChannelProof;
    call.show(&SignInChannelPage {
        frame: call.frame(),
        problems: said.problems,
        sent_to: view.identifier_masked.clone(),
        channel: entry::channel_of(&view.identifier_masked),
        reason: if asked_by_the_rules {
            ChannelReason::ManyTries
        } else {
            ChannelReason::InsteadOfHumanCheck
        },
        sent: view.code.is_some(),
        human_check: None,
    })
}
