//! `/security/passkeys…` and `/sign-in/passkey`: a customer's passkeys, and entering by one.

use doorward_app::change::PasskeyView;
use doorward_app::webauthn::Begun;
use doorward_app::{Customer, Failure};
use doorward_domain::change::ChangeRefused;
use doorward_domain::id::PasskeyId;
use doorward_domain::sign_in::SignInRefused;
use doorward_domain::step_up::StepUpPurpose;
use http::StatusCode;

use super::entry;
use super::flow::{Said, again, refusal_of};
use super::security::left;
use super::{account, sign_in};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::passkey::{
    AddPasskeyPage, NewPasskeyPage, PasskeyLine, PasskeysOnlyPage, PasskeysPage, RemovePasskeyPage,
};
use crate::view::sign_in::FrozenPage;
use crate::view::{Frame, Moment};

const PASSKEYS: &str = "/security/passkeys";
const NEW: &str = "/security/passkeys/new";

/// `POST /sign-in/passkey/options`: what the browser signs to enter, or as a second factor of a flow. The same for
/// everybody.
pub(crate) async fn options(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let begun = match call.fields.get("for") {
        "sign-in" => call.app().begin_passkey_sign_in(&visit),
        "factor" => call.app().begin_passkey_factor(&visit),
        _ => return Err(Trouble::Bad(BadInput::Malformed)),
    };
    Ok(asked(begun.as_ref()))
}

/// `POST /sign-in/passkey`: in place of password, human check and codes.
pub(crate) async fn sign_in(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let (answer, return_to) = (call.fields.get("answer"), call.fields.find("return_to"));
    match call.app().give_passkey(&visit, answer, return_to).await {
        Ok(next) => Ok(Answer::see_other("/sign-in/access").set(Cookie::SignIn, &next.cookie)),
        Err(Failure::Refused(SignInRefused::Frozen)) => {
            let page = FrozenPage { frame: call.frame(), since: None };
            Ok(call.show(&page)?.status(StatusCode::FORBIDDEN))
        }
        Err(failure) => {
            let refusal = refusal_of(call, failure)?;
            let turn = refusal.turn;
            Ok(again(call, turn, sign_in::first_page(call, refusal.said(), "")?))
        }
    }
}

/// `POST /security/passkeys/options`: what the browser signs for one named action; empty without a passkey.
pub(crate) async fn step_up_options(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let purpose = StepUpPurpose::from_name(call.fields.get("for"));
    let purpose = purpose.ok_or(Trouble::Bad(BadInput::Malformed))?;
    let begun = call.app().begin_passkey_step_up(&customer, purpose).await?;
    Ok(asked(begun.as_ref()))
}

/// `POST /security/passkeys/new/options`: what the browser makes; empty where no addition is in progress.
pub(crate) async fn new_options(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().show_passkey_addition(&visit, &customer, call.flow(Cookie::Change)).await {
        Ok(shown) => Ok(asked(Some(&shown.begun))),
        Err(Failure::Refused(_)) => Ok(asked(None)),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /security/passkeys`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    list_page(call, Said::default()).await
}

/// `GET /security/passkeys/add`
pub(crate) async fn add_page(call: &mut Call) -> Result<Answer, Trouble> {
    let name = entry::device_text(&call.frame(), &call.visit().user_agent);
    addition_page(call, Said::default(), &name)
}

/// `POST /security/passkeys/add`: its name, and a factor that allows it.
pub(crate) async fn begin(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let (name, code) = (call.fields.get("name").to_owned(), call.fields.get("code"));
    match call.app().begin_passkey_addition(&visit, &customer, &name, code).await {
        Ok(moved) => Ok(Answer::see_other(NEW).set(Cookie::Change, &moved.cookie)),
        Err(failure) => match left(call, failure)? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let turn = refusal.turn;
                let page = addition_page(call, refusal.said(), &name)?;
                Ok(again(call, turn, page))
            }
        },
    }
}

/// `GET /security/passkeys/new`: the button that lets the browser make it.
pub(crate) async fn new_page(call: &mut Call) -> Result<Answer, Trouble> {
    creation_page(call, Said::default()).await
}

/// `POST /security/passkeys/new`: what the browser made.
pub(crate) async fn finish(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let cookie = call.flow(Cookie::Change).to_owned();
    match call.app().finish_passkey_addition(&visit, &customer, &cookie, call.fields.get("answer")).await {
        Ok(_) => Ok(done("passkey-added").forget(Cookie::Change)),
        Err(failure) => match left(call, failure)? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let turn = refusal.turn;
                let page = creation_page(call, refusal.said()).await?;
                Ok(again(call, turn, page))
            }
        },
    }
}

/// `POST /security/passkeys/rename`
pub(crate) async fn rename(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let id = named_passkey(call)?;
    match call.app().rename_passkey(&visit, &customer, id, call.fields.get("name")).await {
        Ok(()) => Ok(done("passkey-renamed")),
        Err(failure) => refused_on_list(call, failure).await,
    }
}

/// `GET /security/passkeys/remove`
pub(crate) async fn remove_page(call: &mut Call) -> Result<Answer, Trouble> {
    removal_page(call, Said::default()).await
}

/// `POST /security/passkeys/remove`: a factor allows it.
pub(crate) async fn remove(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let id = named_passkey(call)?;
    match call.app().remove_passkey(&visit, &customer, id, call.fields.get("code")).await {
        Ok(_) => Ok(done("passkey-removed")),
        Err(failure) => match left(call, failure)? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let turn = refusal.turn;
                let page = removal_page(call, refusal.said()).await?;
                Ok(again(call, turn, page))
            }
        },
    }
}

/// `GET /security/passkeys/only`
pub(crate) async fn only_page(call: &mut Call) -> Result<Answer, Trouble> {
    choice_page(call, Said::default()).await
}

/// `POST /security/passkeys/only`: on or off, proved by a passkey.
pub(crate) async fn only(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let wanted = match call.fields.get("wanted") {
        "on" => true,
        "off" => false,
        _ => return Err(Trouble::Bad(BadInput::Malformed)),
    };
    match call.app().set_passkeys_only(&visit, &customer, wanted, call.fields.get("code")).await {
        Ok(_) => Ok(done(if wanted { "passkeys-only-begun" } else { "passkeys-only-ended" })),
        Err(failure) => match left(call, failure)? {
            Ok(answer) => Ok(answer),
            Err(refusal) => {
                let turn = refusal.turn;
                let page = choice_page(call, refusal.said()).await?;
                Ok(again(call, turn, page))
            }
        },
    }
}

fn done(what: &str) -> Answer {
    Answer::see_other(&format!("{PASSKEYS}?done={what}"))
}

/// The options as the script reads them; an empty object where there is nothing to ask.
fn asked(begun: Option<&Begun>) -> Answer {
    let text = begun.map_or_else(
        || "{}".to_owned(),
        // The state is base64url: nothing in it needs escaping.
        |begun| format!(r#"{{"options":{},"state":"{}"}}"#, begun.options, begun.state),
    );
    Answer::json(text)
}

fn named_passkey(call: &Call) -> Result<PasskeyId, Trouble> {
    call.fields.get("passkey").parse().map_err(|_| Trouble::NotFound)
}

fn line(frame: &Frame, passkey: &PasskeyView) -> PasskeyLine {
    let moment = |at: doorward_domain::time::Timestamp| Moment::of_micros(at.as_micros(), &frame.words);
    PasskeyLine {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        synced: passkey.is_synced,
        disabled: passkey.is_disabled,
        added: moment(passkey.created_at),
        last_used: passkey.last_used_at.map(moment),
    }
}

async fn list_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = call.app().show_passkeys(&customer).await?;
    let frame = call.frame();
    call.show(&PasskeysPage {
        notice: account::notice(call, &frame),
        problems: said.problems,
        possible: view.are_possible,
        passkeys: view.passkeys.iter().map(|passkey| line(&frame, passkey)).collect(),
        only: view.only_since.is_some(),
        frame,
    })
}

async fn refused_on_list(call: &Call, failure: Failure<ChangeRefused>) -> Result<Answer, Trouble> {
    match left(call, failure)? {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            let turn = refusal.turn;
            let page = list_page(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

fn addition_page(call: &Call, said: Said, name: &str) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let hold = Some(entry::hold_text(call, &frame));
    let name = name.to_owned();
    call.show(&AddPasskeyPage { problems: said.problems, hold, clock: said.clock, name, frame })
}

async fn creation_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().show_passkey_addition(&visit, &customer, call.flow(Cookie::Change)).await {
        Ok(shown) => {
            call.show(&NewPasskeyPage { frame: call.frame(), problems: said.problems, name: shown.name })
        }
        Err(Failure::Refused(_)) => Ok(Answer::see_other("/security/passkeys/add").forget(Cookie::Change)),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

async fn find_line(call: &Call, frame: &Frame, customer: &Customer) -> Result<PasskeyLine, Trouble> {
    let id = named_passkey(call)?;
    let view = call.app().show_passkeys(customer).await?;
    let found = view.passkeys.iter().find(|passkey| passkey.id == id);
    found.map(|passkey| line(frame, passkey)).ok_or(Trouble::NotFound)
}

async fn removal_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let frame = call.frame();
    let passkey = find_line(call, &frame, &customer).await?;
    let hold = Some(entry::hold_text(call, &frame));
    call.show(&RemovePasskeyPage { problems: said.problems, hold, clock: said.clock, passkey, frame })
}

async fn choice_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = call.app().show_passkeys(&customer).await?;
    let frame = call.frame();
    let hold = Some(entry::hold_text(call, &frame));
    call.show(&PasskeysOnlyPage {
        problems: said.problems,
        hold,
        on: view.only_since.is_some(),
        identified: view.is_identified,
        enough: view.passkeys.iter().filter(|passkey| !passkey.is_disabled).count() > 1,
        frame,
    })
}
