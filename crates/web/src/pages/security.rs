//! `/security…`: changing what protects the account. Each change takes a second factor that is spent by it.

use doorward_app::enrolment::Enrolment;
use doorward_app::{Customer, Failure};
use doorward_domain::change::ChangeRefused;
use doorward_domain::id::{DeviceId, SessionId};
use http::StatusCode;

use super::account;
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use super::sign_out::leave;
use super::{entry, protect};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::security::{
    ChangePasswordPage, NewAuthenticatorPage, RenewRecoveryCodesPage, ReplaceAuthenticatorPage, SecurityPage,
};
use crate::view::{Factor, Frame, Problems};

const SECURITY: &str = "/security";
const CONFIRM: &str = "/security/authenticator/confirm";

impl FlowRefused for ChangeRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::NotBegun => Turn::NotBegun,
            Self::Expired | Self::Ended | Self::TooManyWrongFactors | Self::CredentialsChanged => Turn::Over,
            Self::Throttled { retry_at } | Self::FactorLocked { retry_at } => Turn::Wait(*retry_at),
            Self::WrongPassword
            | Self::Password(_)
            | Self::PasswordsDiffer
            | Self::SamePassword
            | Self::WrongFactor
            | Self::ClockOff { .. }
            | Self::FactorAlreadyUsed
            | Self::FactorDisabled
            | Self::Passkey(_)
            | Self::StepUp(_)
            | Self::NotNow(_) => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::ClockOff { offset_steps } => Some(*offset_steps),
            _ => None,
        }
    }
}

/// `GET /security`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    if let Some(first) = call.review_first()? {
        return Ok(first);
    }
    let frame = call.frame();
    let mut state = account::shown(call, &frame, &customer).await?;
    state.factors.push(passkeys_line(call, &frame, &customer).await?);
    let notice = account::notice(call, &frame);
    let (protection, waiting) = protect::shown(call, &frame).await?;
    call.show(&SecurityPage {
        case: account::running_case(call, &frame, &customer).await?,
        protection,
        waiting,
        frame,
        notice,
        to_do: state.to_do,
        factors: state.factors,
        holds: state.holds,
        sessions: state.sessions,
        devices: state.devices,
    })
}

/// The passkeys among the factors.
async fn passkeys_line(call: &Call, frame: &Frame, customer: &Customer) -> Result<Factor, Trouble> {
    let passkeys = call.app().show_passkeys(customer).await?.passkeys;
    let count = u32::try_from(passkeys.len()).unwrap_or(u32::MAX);
    Ok(Factor {
        name: frame.text("passkeys-title").into_owned(),
        state: frame.text_of("passkeys-count", "count", count),
        href: "/security/passkeys".to_owned(),
        action: frame.text("passkeys-manage").into_owned(),
        weak: passkeys.iter().any(|passkey| passkey.is_disabled),
    })
}

/// `GET /security/password`
pub(crate) async fn password_page(call: &mut Call) -> Result<Answer, Trouble> {
    change_password_page(call, Said::default()).await
}

/// `POST /security/password`: the current one, the new one, and a second factor.
pub(crate) async fn change_password(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let current = call.fields.take_secret("current_password");
    let new = call.fields.take_secret("password");
    let changed =
        call.app().change_password(&visit, &customer, &current, &new, call.fields.get("code")).await;
    match changed {
        Ok(_) => Ok(done("password")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = change_password_page(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

/// `GET /security/authenticator`
pub(crate) async fn authenticator_page(call: &mut Call) -> Result<Answer, Trouble> {
    replace_page(call, Said::default())
}

/// `POST /security/authenticator`: a factor allows the replacement.
pub(crate) async fn begin_replacement(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().begin_totp_replacement(&visit, &customer, call.fields.get("code")).await {
        Ok(moved) => Ok(Answer::see_other(CONFIRM).set(Cookie::Change, &moved.cookie)),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            Ok(again(call, turn, replace_page(call, refusal.said())?))
        }
    }
}

/// `GET /security/authenticator/confirm`: the new secret, until its code was typed.
pub(crate) async fn confirm_page(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().show_totp_replacement(&visit, &customer, call.flow(Cookie::Change)).await {
        Ok(enrolment) => new_authenticator_page(call, &enrolment, Said::default()),
        Err(Failure::Refused(ChangeRefused::NotBegun)) => {
            Ok(Answer::see_other("/security/authenticator").forget(Cookie::Change))
        }
        Err(failure) => {
            let sentence = refusal_of(call, failure)?.sentence;
            over(call, Cookie::Change, "/security/authenticator", sentence)
        }
    }
}

/// `POST /security/authenticator/confirm`: a code of the new app puts it in the old one's place.
pub(crate) async fn confirm_replacement(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let cookie = call.flow(Cookie::Change).to_owned();
    match call.app().confirm_totp_replacement(&visit, &customer, &cookie, call.fields.get("code")).await {
        Ok(_) => Ok(done("authenticator").forget(Cookie::Change)),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            match call.app().show_totp_replacement(&visit, &customer, &cookie).await {
                Ok(enrolment) => {
                    Ok(again(call, turn, new_authenticator_page(call, &enrolment, refusal.said())?))
                }
                Err(Failure::Refused(_)) => Err(Trouble::OutOfOrder { start: "/security/authenticator" }),
                Err(Failure::Fault(fault)) => Err(fault.into()),
            }
        }
    }
}

/// `GET /security/recovery-codes`
pub(crate) async fn recovery_codes_page(call: &mut Call) -> Result<Answer, Trouble> {
    renew_page(call, Said::default()).await
}

/// `POST /security/recovery-codes`: the new codes stand in the answer and nowhere else, so there is no redirect.
pub(crate) async fn renew_recovery_codes(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().renew_recovery_codes(&visit, &customer, call.fields.get("code")).await {
        Ok(shown) => {
            let page = entry::recovery_codes_page(call.frame(), Problems::none(), &shown, false);
            call.show(&page)
        }
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = renew_page(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

/// `POST /security/recovery-codes/kept`: nothing to record, the codes count since they were shown.
pub(crate) async fn recovery_codes_kept(_: &mut Call) -> Result<Answer, Trouble> {
    Ok(done("recovery-codes"))
}

/// `POST /security/sessions/end`: one session, or `others`.
pub(crate) async fn end_session(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let which = call.fields.get("session");
    if which == "others" {
        call.app().end_other_sessions(&visit, &customer).await?;
        return Ok(done("sessions"));
    }
    let session: SessionId = which.parse().map_err(|_| Trouble::NotFound)?;
    if !call.app().end_session(&visit, &customer, session).await? {
        return Err(Trouble::NotFound);
    }
    // Somebody may end the session from which they look.
    Ok(if session == customer.session { leave("/signed-out") } else { done("session") })
}

/// `POST /security/devices/forget`
pub(crate) async fn forget_device(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let device: DeviceId = call.fields.get("device").parse().map_err(|_| Trouble::NotFound)?;
    if call.app().forget_device(&visit, &customer, device).await? {
        Ok(done("device"))
    } else {
        Err(Trouble::NotFound)
    }
}

pub(super) fn done(what: &str) -> Answer {
    Answer::see_other(&format!("{SECURITY}?done={what}"))
}

/// A refusal that leaves the page, or the refusal to show on it.
pub(super) fn left<R: FlowRefused>(
    call: &Call,
    failure: Failure<R>,
) -> Result<Result<Answer, super::flow::Refusal>, Trouble> {
    let refusal = refusal_of(call, failure)?;
    Ok(match refusal.turn {
        Turn::NotBegun | Turn::Over | Turn::OtherStep => {
            Ok(over(call, Cookie::Change, SECURITY, refusal.sentence)?.status(StatusCode::CONFLICT))
        }
        Turn::Again | Turn::Wait(_) => Err(refusal),
    })
}

async fn change_password_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let security = call.app().security_state(&customer).await?;
    let identifier = security.identifiers_masked.into_iter().next().unwrap_or_default();
    let frame = call.frame();
    call.show(&ChangePasswordPage {
        problems: said.problems,
        identifier,
        min_characters: entry::min_characters(call),
        hold: Some(entry::hold_text(call, &frame)),
        clock: said.clock,
        frame,
    })
}

fn replace_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let hold = Some(entry::hold_text(call, &frame));
    call.show(&ReplaceAuthenticatorPage { problems: said.problems, hold, clock: said.clock, frame })
}

fn new_authenticator_page(call: &Call, enrolment: &Enrolment, said: Said) -> Result<Answer, Trouble> {
    let enrolment = entry::enrolment(enrolment, said.clock);
    call.show(&NewAuthenticatorPage { frame: call.frame(), problems: said.problems, enrolment })
}

async fn renew_page(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let left = call.app().security_state(&customer).await?.recovery_codes_left;
    call.show(&RenewRecoveryCodesPage {
        frame: call.frame(),
        problems: said.problems,
        left,
        clock: said.clock,
    })
}
