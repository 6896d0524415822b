//! `/support/accounts…`: looking up one account, and what may be done beside it.

use doorward_app::Failure;
use doorward_app::staff::{AtDesk, DecisionLine, DeskAccount, DeskRefused};
use doorward_domain::account::AccountStatus;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::risk::{RiskReason, Rung};
use doorward_domain::staff::{About, StaffAct};
use doorward_domain::time::Timestamp;
use http::StatusCode;

use super::{at_desk, done, sentence};
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::support::{Acts, Decision, DeskAccountPage, LookUpPage, Note};
use crate::view::{Frame, Moment, Problems};

/// `GET /support/accounts`
pub(crate) async fn form(call: &mut Call) -> Result<Answer, Trouble> {
    look_up_page(call, Problems::none())
}

/// `POST /support/accounts`: an identifier never stands in an address.
pub(crate) async fn look_up(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    match call.app().look_up_account(&at, call.fields.get("identifier"), None).await {
        Ok(account) => Ok(Answer::see_other(&path_of(account))),
        Err(failure) => refused_look(call, failure, "identifier"),
    }
}

/// `GET /support/accounts/{account}`: the look is written into the account's record.
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let account: AccountId = call.rest().parse().map_err(|_| Trouble::NotFound)?;
    account_page(call, account, Problems::none()).await
}

/// `POST /support/notes`
pub(crate) async fn note(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let written = call.app().write_note(&at, account, call.fields.get("reason")).await;
    settle(call, account, written, "note").await
}

/// `POST /support/end-sessions`
pub(crate) async fn end_sessions(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let ended = call.app().end_sessions_at_desk(&at, account, call.fields.get("reason")).await;
    settle(call, account, ended.map(drop), "end-sessions").await
}

/// `POST /support/freeze`
pub(crate) async fn freeze(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let frozen = call.app().freeze_at_desk(&at, account, call.fields.get("reason")).await;
    settle(call, account, frozen, "freeze").await
}

/// `POST /support/lift`
pub(crate) async fn ask_to_lift(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let lifted = call.app().ask_to_lift(&at, account, call.fields.get("reason")).await;
    settle(call, account, lifted, "lift").await
}

/// `POST /support/lift-block`
pub(crate) async fn ask_to_lift_block(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let about = About::Account(account);
    let lifted = call.app().ask_to_lift_block(&at, about, call.fields.get("reason")).await;
    settle(call, account, lifted, "ask-block").await
}

/// `POST /support/block-again`
pub(crate) async fn block_again(call: &mut Call) -> Result<Answer, Trouble> {
    let (at, account) = asked(call)?;
    let called = call.app().call_back_at_desk(&at, account, call.fields.get("reason")).await;
    settle(call, account, called, "block-again").await
}

fn asked(call: &Call) -> Result<(AtDesk, AccountId), Trouble> {
    let account = call.fields.get("account").parse().map_err(|_| Trouble::NotFound)?;
    Ok((call.staff()?.clone(), account))
}

fn path_of(account: AccountId) -> String {
    format!("/support/accounts/{account}")
}

/// Back to the account, or its page with what is wrong.
async fn settle(
    call: &Call,
    account: AccountId,
    came: Result<(), Failure<DeskRefused>>,
    what: &str,
) -> Result<Answer, Trouble> {
    let refused = match came {
        Ok(()) => return Ok(Answer::see_other(&format!("{}?done={what}", path_of(account)))),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refused)) => refused,
    };
    match refused {
        DeskRefused::OwnAccount | DeskRefused::NoAccount => refused_look(call, Failure::Refused(refused), ""),
        _ => {
            let field = if refused == DeskRefused::Text { "reason" } else { "" };
            let told = sentence(&call.frame(), refused)?;
            let page = account_page(call, account, Problems::one(field, told)).await?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// The look-up with what is wrong: there is nothing that could be shown of the account.
fn refused_look(call: &Call, failure: Failure<DeskRefused>, field: &str) -> Result<Answer, Trouble> {
    match failure {
        Failure::Fault(fault) => Err(fault.into()),
        Failure::Refused(DeskRefused::Throttled { retry_at }) => {
            let (words, wait) = (call.words(), call.app().now().until(retry_at));
            let told = words.text_of("desk-refused-often", "wait", words.span(wait.as_secs().max(1)));
            let page = look_up_page(call, Problems::one(field, told))?;
            Ok(page.status(StatusCode::TOO_MANY_REQUESTS).retry_after(wait))
        }
        Failure::Refused(refused) => {
            let told = sentence(&call.frame(), refused)?;
            let page = look_up_page(call, Problems::one(field, told))?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

fn look_up_page(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let (frame, desk) = at_desk(call)?;
    let typed = call.fields.get("identifier").to_owned();
    call.show(&LookUpPage { frame, desk, problems, typed })
}

async fn account_page(call: &Call, account: AccountId, problems: Problems) -> Result<Answer, Trouble> {
    let at = call.staff()?;
    let seen = match call.app().see_account(at, account).await {
        Ok(seen) => seen,
        Err(failure) => return refused_look(call, failure, ""),
    };
    let (frame, desk) = at_desk(call)?;
    let DeskAccount { view, notes, lift_asked_by, rules, let_out_since, block_asked_by, decisions } = seen;
    let moment = |at: Timestamp| Moment::of_micros(at.as_micros(), &frame.words);
    let by = view.frozen.as_ref().map(|(_, by)| by.as_str());
    let is_frozen = view.account.status == AccountStatus::Frozen;
    let allows = |act| at.may(act).is_ok();
    let acts = Acts {
        note: allows(StaffAct::WriteNote),
        end_sessions: allows(StaffAct::EndSessions),
        freeze: allows(StaffAct::Freeze) && !is_frozen,
        lift: allows(StaffAct::LiftFreeze) && by == Some("staff") && lift_asked_by.is_none(),
        ask_block: allows(StaffAct::DecideBlock)
            && rules == Some(Mode::Blocked)
            && let_out_since.is_none()
            && block_asked_by.is_none(),
        block_again: allows(StaffAct::DecideBlock) && let_out_since.is_some(),
    };
    let decisions = decisions.iter().map(|line| decision(&frame, line)).collect();
    let notes = notes
        .into_iter()
        .map(|note| Note { at: moment(note.at), name: note.name, text: note.text })
        .collect();
    call.show(&DeskAccountPage {
        desk,
        typed: if problems.any() { call.fields.get("reason").to_owned() } else { String::new() },
        problems,
        notice: done(call, &frame),
        id: account.to_string(),
        status: status(&frame, is_frozen, by),
        frozen_since: view.frozen.as_ref().map(|(since, _)| moment(*since)),
        identifiers: view.identifiers_masked,
        hold_until: view.hold_until.map(moment),
        app_usable: view.totp_usable,
        codes_left: view.recovery_codes_left,
        sessions: view.sessions,
        devices: view.devices,
        opened: moment(view.account.created_at),
        entries: view.entries.to_string(),
        language: view.account.language.tag(),
        lift_asked_by,
        rules: rules.map(|mode| frame.words.mode(mode).into_owned()),
        let_out_since: let_out_since.map(moment),
        block_asked_by,
        decisions,
        acts,
        notes,
        frame,
    })
}

/// Reasons that this version has no word for are left out.
fn decision(frame: &Frame, line: &DecisionLine) -> Decision {
    let words = &frame.words;
    let rung = line.rung.as_deref().and_then(Rung::from_name);
    let reasons = line.reasons.iter().filter_map(|name| RiskReason::from_name(name));
    let reasons: Vec<String> = reasons.map(|reason| words.risk_reason(reason).into_owned()).collect();
    Decision {
        at: Moment::of_micros(line.at.as_micros(), words),
        what: words.decision(line.kind, rung),
        reasons: reasons.join(", "),
    }
}

fn status(frame: &Frame, is_frozen: bool, by: Option<&str>) -> String {
    let key = match (is_frozen, by) {
        (false, _) => "desk-account-open",
        (true, Some("staff")) => "desk-account-frozen-by-staff",
        (true, Some("owner" | "link")) => "desk-account-frozen-by-owner",
        (true, _) => "desk-account-frozen",
    };
    frame.text(key).into_owned()
}
