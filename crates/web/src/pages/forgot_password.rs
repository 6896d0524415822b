//! `/forgot-password…`: identifier, link or code, second factor, new password. The same pages for everyone.

use doorward_app::Failure;
use doorward_app::flow::Moved;
use doorward_app::reset::ResetView;
use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::token::Token;

use super::entry;
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use super::human_check;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::Moment;
use crate::view::forgot_password::{
    ForgotCodePage, ForgotDonePage, ForgotFactorPage, ForgotLinkPage, ForgotNewPasswordPage,
    ForgotPasswordPage,
};
use crate::view::protect::ParkedPage;

const START: &str = "/forgot-password";
const DONE: &str = "/forgot-password/done";

fn path_of(step: ResetStep) -> &'static str {
    match step {
        ResetStep::ChannelProof => "/forgot-password/code",
        ResetStep::SecondFactor => "/forgot-password/factor",
        ResetStep::Password => "/forgot-password/password",
        ResetStep::Done => DONE,
        ResetStep::Ended => START,
    }
}

impl FlowRefused for ResetRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::NotBegun => Turn::NotBegun,
            Self::Expired
            | Self::Ended
            | Self::TooManyWrongCodes
            | Self::TooManyWrongFactors
            | Self::CredentialsChanged => Turn::Over,
            Self::OtherStep { .. } => Turn::OtherStep,
            Self::Throttled { retry_at }
            | Self::ResendTooSoon { retry_at }
            | Self::FactorLocked { retry_at } => Turn::Wait(*retry_at),
            Self::Identifier(_)
            | Self::HumanCheck(_)
            | Self::WrongCode { .. }
            | Self::CodeExpired
            | Self::NoSendsLeft
            | Self::WrongFactor { .. }
            | Self::ClockOff { .. }
            | Self::FactorAlreadyUsed { .. }
            | Self::FactorDisabled
            | Self::PasskeysOnly
            | Self::Password(_)
            | Self::PasswordsDiffer => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::ClockOff { offset_steps, .. } => Some(*offset_steps),
            _ => None,
        }
    }
}

/// `GET /forgot-password`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    first_page(call, Said::default(), "")
}

/// `POST /forgot-password`: link and code go to the owner, if there is one; the next page is the same for everyone.
pub(crate) async fn ask(call: &mut Call) -> Result<Answer, Trouble> {
    let typed = call.fields.get("identifier").to_owned();
    let (visit, answer) = (call.visit(), human_check::given(call));
    match call.app().ask_reset(&visit, &typed, call.fields.find("country"), answer.as_ref()).await {
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
    let view = match call.app().show_reset(&call.visit(), call.flow(Cookie::Reset)).await {
        Ok(view) => view,
        Err(failure) => return refused(call, failure).await,
    };
    if path_of(view.step) != call.path() {
        return Ok(Answer::see_other(path_of(view.step)));
    }
    page(call, &view, Said::default())
}

/// `POST /forgot-password/code`: the code, or the wish for another.
pub(crate) async fn code(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Reset).to_owned());
    if call.fields.has("again") {
        return match call.app().resend_reset_code(&visit, &cookie).await {
            Ok(()) => Ok(Answer::see_other("/forgot-password/code?sent=again")),
            Err(failure) => refused(call, failure).await,
        };
    }
    let given = call.app().give_reset_code(&visit, &cookie, call.fields.get("code")).await;
    moved(call, given).await
}

/// `GET /forgot-password/link`: what the mailed link opens, a page with a button. Mail programs that look at links
/// change nothing.
pub(crate) async fn link(call: &mut Call) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    let is_good = match Token::parse(&token) {
        Some(link) => call.app().is_reset_link_good(&link).await?,
        None => false,
    };
    if !is_good {
        return ended_link(call);
    }
    call.show(&ForgotLinkPage { frame: call.frame_without_query(), token })
}

/// `POST /forgot-password/link`: the reset goes on in this browser, and the link is spent.
pub(crate) async fn open_link(call: &mut Call) -> Result<Answer, Trouble> {
    let Some(link) = Token::parse(call.fields.get("token")) else { return ended_link(call) };
    let opened = call.app().open_reset_link(&call.visit(), &link).await;
    moved(call, opened).await
}

/// `POST /forgot-password/factor`
pub(crate) async fn factor(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Reset).to_owned());
    let given = call.app().give_reset_factor(&visit, &cookie, call.fields.get("code")).await;
    moved(call, given).await
}

/// `POST /forgot-password/password`: every session ends, and none begins.
pub(crate) async fn password(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, cookie) = (call.visit(), call.flow(Cookie::Reset).to_owned());
    let password = call.fields.take_secret("password");
    match call.app().choose_reset_password(&visit, &cookie, &password).await {
        Ok(replaced) => {
            if let Some(at) = replaced.parked_until {
                // Nothing has ended yet: under the settings lock the new password waits.
                let frame = call.frame();
                let until = Moment::of_micros(at.as_micros(), &frame.words);
                return Ok(call.show(&ParkedPage { frame, until })?.forget(Cookie::Reset));
            }
            let answer = match &replaced.recovery_codes {
                // The last recovery code was used: the new ones are shown once, here.
                Some(shown) => call.show(&entry::recovery_codes_page(
                    call.frame(),
                    crate::view::Problems::none(),
                    shown,
                    false,
                ))?,
                None => Answer::see_other(DONE),
            };
            Ok(answer.forget(Cookie::Reset).forget(Cookie::Session).forget(Cookie::SignIn))
        }
        Err(failure) => refused(call, failure).await,
    }
}

/// `GET /forgot-password/done`
pub(crate) async fn done(call: &mut Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let hold = Some(entry::hold_text(call, &frame));
    call.show(&ForgotDonePage { frame, hold })
}

async fn moved(
    call: &mut Call,
    outcome: Result<Moved<ResetStep>, Failure<ResetRefused>>,
) -> Result<Answer, Trouble> {
    match outcome {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => refused(call, failure).await,
    }
}

fn go(moved: &Moved<ResetStep>) -> Answer {
    Answer::see_other(path_of(moved.step)).set(Cookie::Reset, &moved.cookie)
}

async fn refused(call: &mut Call, failure: Failure<ResetRefused>) -> Result<Answer, Trouble> {
    let refusal = refusal_of(call, failure)?;
    let turn = refusal.turn;
    match turn {
        Turn::NotBegun if !call.is_post() => Ok(Answer::see_other(START).forget(Cookie::Reset)),
        Turn::NotBegun | Turn::Over => over(call, Cookie::Reset, START, refusal.sentence),
        Turn::Again | Turn::Wait(_) | Turn::OtherStep => {
            let view =
                call.app().show_reset(&call.visit(), call.flow(Cookie::Reset)).await.map_err(vanished)?;
            Ok(again(call, turn, page(call, &view, refusal.said())?))
        }
    }
}

/// The reset was moved on or ended by another request between two looks at it.
fn vanished(failure: Failure<ResetRefused>) -> Trouble {
    match failure {
        Failure::Refused(_) => Trouble::OutOfOrder { start: START },
        Failure::Fault(fault) => fault.into(),
    }
}

fn ended_link(call: &Call) -> Result<Answer, Trouble> {
    let refusal = refusal_of(call, Failure::Refused(ResetRefused::NotBegun))?;
    over(call, Cookie::Reset, START, refusal.sentence)
}

fn first_page(call: &Call, said: Said, typed: &str) -> Result<Answer, Trouble> {
    let human_check = human_check::of("forgot-password", None);
    let (frame, identifier) = (call.frame(), typed.to_owned());
    call.show(&ForgotPasswordPage { frame, problems: said.problems, identifier, human_check })
}

/// The page of the step that is due.
fn page(call: &Call, view: &ResetView, said: Said) -> Result<Answer, Trouble> {
    let (frame, problems) = (call.frame(), said.problems);
    match view.step {
        ResetStep::ChannelProof => call.show(&ForgotCodePage {
            frame,
            problems,
            sent_to: view.identifier_masked.clone(),
            channel: entry::channel_of(&view.identifier_masked),
            resent: call.fields.has("sent"),
        }),
        ResetStep::SecondFactor => {
            let passkeys_only = view.passkeys_only;
            call.show(&ForgotFactorPage { frame, problems, clock: said.clock, passkeys_only })
        }
        ResetStep::Password => call.show(&ForgotNewPasswordPage {
            problems,
            identifier: view.identifier_masked.clone(),
            min_characters: entry::min_characters(call),
            hold: entry::hold_text(call, &frame),
            frame,
        }),
        ResetStep::Done => Ok(Answer::see_other(DONE).forget(Cookie::Reset)),
        ResetStep::Ended => Err(Trouble::OutOfOrder { start: START }),
    }
}
