//! `/security/identifiers…`: another address or number in the place of one, one more, one less, a number proved again.

use doorward_app::Failure;
use doorward_app::identifiers::{IdentifierMoved, IdentifierWish};
use doorward_domain::id::IdentifierId;
use doorward_domain::identifier::IdentifierKind;
use doorward_domain::identifier::change::{
    IdentifierChangeKind, IdentifierChangeRefused, IdentifierChangeStep,
};
use http::StatusCode;

use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::identifiers::{IdentifierCodePage, IdentifierLine, IdentifierWishPage, IdentifiersPage};
use crate::view::{Channel, Moment};

const LIST: &str = "/security/identifiers";
const CONFIRM: &str = "/security/identifiers/confirm";

impl FlowRefused for IdentifierChangeRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::Change(refused) => refused.turn(),
            Self::LastOne | Self::NoSuchIdentifier | Self::TooManyWrongCodes => Turn::Over,
            Self::OtherStep { .. } => Turn::OtherStep,
            Self::ResendTooSoon { retry_at } => Turn::Wait(*retry_at),
            Self::Identifier(_)
            | Self::NoSmsThere
            | Self::OwnAlready
            | Self::TooMany
            | Self::WrongCode { .. }
            | Self::CodeExpired
            | Self::NoSendsLeft => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::Change(refused) => refused.clock(),
            _ => None,
        }
    }
}

/// `GET /security/identifiers`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let frame = call.frame();
    let own = call.app().list_own_identifiers(&customer).await?;
    let done = call.done_here().is_some();
    call.show(&IdentifiersPage {
        done,
        identifiers: own
            .iter()
            .map(|line| IdentifierLine {
                id: line.id.to_string(),
                masked: line.masked.clone(),
                is_mail: line.kind == IdentifierKind::Email,
                proved: Moment::of_micros(line.proved_at.as_micros(), &frame.words),
                stale: line.stale,
                removable: own.len() > 1,
            })
            .collect(),
        can_add: own.len() < call.app().policy.identifier.at_most,
        phone_only: !own.iter().any(|line| line.kind == IdentifierKind::Email),
        frame,
    })
}

/// `GET /security/identifiers/change`: what is wished, and the factor that allows it.
pub(crate) async fn wish(call: &mut Call) -> Result<Answer, Trouble> {
    let kind = IdentifierChangeKind::from_name(call.fields.get("kind")).ok_or(Trouble::NotFound)?;
    let id = call.fields.get("id").to_owned();
    wish_page(call, kind, &id, "", Said::default()).await
}

/// `POST /security/identifiers/change`
pub(crate) async fn begin(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let kind = IdentifierChangeKind::from_name(call.fields.get("kind")).ok_or(Trouble::NotFound)?;
    let (id, typed) = (call.fields.get("id").to_owned(), call.fields.get("identifier").to_owned());
    let wish = IdentifierWish {
        kind,
        old: id.parse::<IdentifierId>().ok(),
        typed: &typed,
        country: call.fields.find("country"),
        second_factor: call.fields.get("code"),
    };
    match call.app().begin_identifier_change(&visit, &customer, wish).await {
        Ok(moved) => Ok(go(&moved)),
        Err(failure) => {
            let refusal = refusal_of(call, failure)?;
            let turn = refusal.turn;
            match turn {
                Turn::NotBegun | Turn::Over | Turn::OtherStep => {
                    over(call, Cookie::Identifiers, LIST, refusal.sentence)
                }
                Turn::Again | Turn::Wait(_) => {
                    let page = wish_page(call, kind, &id, &typed, refusal.said()).await?;
                    Ok(again(call, turn, page))
                }
            }
        }
    }
}

/// `GET /security/identifiers/confirm`: the code of the step that is due.
pub(crate) async fn confirm_page(call: &mut Call) -> Result<Answer, Trouble> {
    code_page(call, Said::default()).await
}

/// `POST /security/identifiers/confirm`: the code, or the wish for another.
pub(crate) async fn confirm(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let cookie = call.flow(Cookie::Identifiers).to_owned();
    let outcome = if call.fields.has("again") {
        let resent = call.app().resend_identifier_code(&visit, &customer, &cookie).await;
        resent.map(|()| Answer::see_other("/security/identifiers/confirm?sent=again"))
    } else {
        let typed = call.fields.get("code").to_owned();
        call.app().give_identifier_code(&visit, &customer, &cookie, &typed).await.map(|moved| go(&moved))
    };
    match outcome {
        Ok(answer) => Ok(answer),
        Err(failure) => {
            let refusal = refusal_of(call, failure)?;
            let turn = refusal.turn;
            match turn {
                Turn::NotBegun | Turn::Over => over(call, Cookie::Identifiers, LIST, refusal.sentence),
                Turn::Again | Turn::Wait(_) | Turn::OtherStep => {
                    let page = code_page(call, refusal.said()).await?;
                    Ok(again(call, turn, page))
                }
            }
        }
    }
}

fn go(moved: &IdentifierMoved) -> Answer {
    if moved.step == IdentifierChangeStep::Done {
        return Answer::see_other("/security/identifiers?done=identifiers").forget(Cookie::Identifiers);
    }
    Answer::see_other(CONFIRM).set(Cookie::Identifiers, &moved.cookie)
}

async fn wish_page(
    call: &Call,
    kind: IdentifierChangeKind,
    id: &str,
    typed: &str,
    said: Said,
) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let own = call.app().list_own_identifiers(&customer).await?;
    let old = own.iter().find(|line| line.id.to_string() == id).map(|line| line.masked.clone());
    if old.is_none() && kind != IdentifierChangeKind::Add {
        return Ok(Answer::see_other(LIST).status(StatusCode::SEE_OTHER));
    }
    let frame = call.frame();
    call.show(&IdentifierWishPage {
        problems: said.problems,
        kind,
        id: id.to_owned(),
        old: old.unwrap_or_default(),
        identifier: typed.to_owned(),
        hold: frame.words.span(call.app().policy.hold.identifier_changed.as_secs()),
        clock: said.clock,
        frame,
    })
}

async fn code_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = match call
        .app()
        .show_identifier_change(&call.visit(), &customer, call.flow(Cookie::Identifiers))
        .await
    {
        Ok(view) => view,
        Err(Failure::Refused(_)) => return Ok(Answer::see_other(LIST).forget(Cookie::Identifiers)),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
    };
    let is_mail = view.channel == doorward_domain::notice::Channel::Mail;
    call.show(&IdentifierCodePage {
        frame: call.frame(),
        problems: said.problems,
        sent_to: view.sent_to_masked,
        channel: if is_mail { Channel::Mail } else { Channel::Sms },
        is_old: view.step == IdentifierChangeStep::OldCode,
        resent: call.fields.has("sent"),
    })
}
