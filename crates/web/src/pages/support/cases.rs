//! `/support` and `/support/cases/…`: the queue, one case with its pictures, and the decision.

use doorward_app::Failure;
use doorward_app::case::{CaseLine, CaseView, VoteLine};
use doorward_app::staff::{DeskCase, DeskCaseRefused, DeskRefused};
use doorward_domain::id::{CaseId, EvidenceId};
use doorward_domain::support_case::{CaseEnd, CaseOpenedBy, CaseStep, CaseVote, EvidenceKind, VoteRefused};
use doorward_domain::time::Timestamp;
use http::{HeaderValue, StatusCode, header};

use super::{at_desk, done, sentence};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::headers::Dress;
use crate::pages::entry::device_text;
use crate::refusal::Trouble;
use crate::view::support_case::{CasePage, CaseRow, Evidence, Identity, QueuePage, Vote};
use crate::view::{Frame, Moment, Problems};

/// `GET /support`
pub(crate) async fn queue(call: &mut Call) -> Result<Answer, Trouble> {
    let (open, over) = (lines(call, true).await?, lines(call, false).await?);
    let (frame, desk) = at_desk(call)?;
    let state = call.app().desk_state().await?;
    let approvers = u32::try_from(state.approvers).unwrap_or(u32::MAX);
    let closed = (!state.cases_open()).then(|| frame.text_of("desk-closed-text", "count", approvers));
    let rows = |lines: &[CaseLine]| lines.iter().map(|line| row(&frame, line)).collect();
    let (open, over) = (rows(&open), rows(&over));
    call.show(&QueuePage { frame, desk, closed, open, over })
}

async fn lines(call: &Call, open: bool) -> Result<Vec<CaseLine>, Trouble> {
    match call.app().queue(call.staff()?, open).await {
        Ok(lines) => Ok(lines),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(_)) => Err(Trouble::Role),
    }
}

/// `GET /support/cases/{case}`: the look is written into the account's record.
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let case: CaseId = call.rest().parse().map_err(|_| Trouble::NotFound)?;
    page(call, case, Problems::none(), None).await
}

/// `GET /support/evidence/{picture}`: the case and the picture. Shown in the case's page, kept by nobody.
pub(crate) async fn picture(call: &mut Call) -> Result<Answer, Trouble> {
    let (case, picture) = call.rest().split_once('/').ok_or(Trouble::NotFound)?;
    let case: CaseId = case.parse().map_err(|_| Trouble::NotFound)?;
    let picture: EvidenceId = picture.parse().map_err(|_| Trouble::NotFound)?;
    match call.app().see_evidence(call.staff()?, case, picture).await {
        Ok(Some(found)) => Ok(Answer::of(Dress::Data, "image/jpeg", found.jpeg.to_vec())
            .header(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"))),
        Ok(None) => Err(Trouble::NotFound),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(DeskCaseRefused::Desk(DeskRefused::Role { .. }))) => Err(Trouble::Role),
        Err(Failure::Refused(_)) => Err(Trouble::NotFound),
    }
}

/// `POST /support/cases/decide`
pub(crate) async fn decide(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    let case: CaseId = call.fields.get("case").parse().map_err(|_| Trouble::NotFound)?;
    let vote = CaseVote::from_name(call.fields.get("answer")).ok_or(Trouble::Bad(BadInput::Malformed))?;
    match call.app().decide_case(&at, case, vote, call.fields.get("reason")).await {
        Ok(_) => Ok(Answer::see_other(&format!("/support/cases/{case}?done={}", vote.name()))),
        Err(failure) => again(call, case, failure).await,
    }
}

/// `POST /support/cases/compare`: whether the number on the document is that of the record, which nobody can read.
pub(crate) async fn compare(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    let case: CaseId = call.fields.get("case").parse().map_err(|_| Trouble::NotFound)?;
    match call.app().compare_document_at_desk(&at, case, call.fields.get("number")).await {
        Ok(same) => page(call, case, Problems::none(), Some(same)).await,
        Err(failure) => again(call, case, failure).await,
    }
}

async fn again(call: &Call, case: CaseId, failure: Failure<DeskCaseRefused>) -> Result<Answer, Trouble> {
    let refused = match failure {
        Failure::Fault(fault) => return Err(fault.into()),
        Failure::Refused(refused) => refused,
    };
    let frame = call.frame();
    if let DeskCaseRefused::Desk(DeskRefused::Throttled { retry_at }) = refused {
        let (words, wait) = (call.words(), call.app().now().until(retry_at));
        let told = words.text_of("desk-refused-compared-often", "wait", words.span(wait.as_secs().max(1)));
        let page = page(call, case, Problems::one("number", told), None).await?;
        return Ok(page.status(StatusCode::TOO_MANY_REQUESTS).retry_after(wait));
    }
    let text = |key: &str| frame.text(key).into_owned();
    let (field, told) = match refused {
        DeskCaseRefused::Desk(refused) => {
            (if refused == DeskRefused::Text { "reason" } else { "" }, sentence(&frame, refused)?)
        }
        DeskCaseRefused::Closed => ("", text("desk-closed-title")),
        DeskCaseRefused::Case(VoteRefused::NoCase) => return Err(Trouble::NotFound),
        DeskCaseRefused::Case(VoteRefused::NotApprover) => return Err(Trouble::Role),
        DeskCaseRefused::Case(VoteRefused::NotToDecide) => ("", text("desk-refused-not-to-decide")),
        DeskCaseRefused::Case(VoteRefused::OwnAccount) => ("", text("desk-refused-own-account")),
        DeskCaseRefused::Case(VoteRefused::VotedAlready) => ("", text("desk-refused-voted-already")),
        DeskCaseRefused::Case(VoteRefused::Overtaken) => ("", text("desk-refused-overtaken")),
    };
    let page = page(call, case, Problems::one(field, told), None).await?;
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
}

async fn page(call: &Call, case: CaseId, problems: Problems, same: Option<bool>) -> Result<Answer, Trouble> {
    let DeskCase { view, votes, may_vote } = match call.app().see_case(call.staff()?, case).await {
        Ok(seen) => seen,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(DeskCaseRefused::Desk(DeskRefused::Role { .. }))) => return Err(Trouble::Role),
        Err(Failure::Refused(_)) => return Err(Trouble::NotFound),
    };
    let (frame, desk) = at_desk(call)?;
    let moment = |at: Timestamp| Moment::of_micros(at.as_micros(), &frame.words);
    let votes = votes.into_iter().map(|vote| Vote {
        what: frame.text(vote_key(vote.vote)).into_owned(),
        name: vote.name,
        at: moment(vote.at),
    });
    let votes = votes.collect();
    call.show(&CasePage {
        desk,
        typed: if problems.any() { call.fields.get("reason").to_owned() } else { String::new() },
        problems,
        notice: done(call, &frame),
        same,
        row: row(&frame, &view.line),
        account: view.line.account.to_string(),
        expires: (view.line.step == CaseStep::Decision).then(|| moment(view.line.expires_at)),
        effective: view.line.effective_at.map(moment),
        more_lost: view.trading_password_lost,
        account_created: moment(view.account_created_at),
        identifiers: view.identifiers_masked.clone(),
        device: device_text(&frame, &view.device),
        network: view.network.to_string(),
        identity: identity(&frame, &view),
        evidence: evidence(&frame, &view),
        votes,
        may_vote,
        frame,
    })
}

fn identity(frame: &Frame, view: &CaseView) -> Option<Identity> {
    let shown = view.identity.as_ref()?;
    Some(Identity {
        name: shown.record.name.clone(),
        birth_date: shown.record.birth_date.clone(),
        residence: shown.record.residence.clone(),
        level: shown.record.level.clone(),
        source: shown.record.source.clone(),
        recorded: Moment::of_micros(shown.recorded_at.as_micros(), &frame.words),
    })
}

fn evidence(frame: &Frame, view: &CaseView) -> Vec<Evidence> {
    let line = |it: &doorward_app::case::EvidenceLine| Evidence {
        what: frame.text(evidence_key(it.kind)).into_owned(),
        path: format!("/support/evidence/{}/{}", view.line.id, it.id),
        width: it.width,
        height: it.height,
        code_of_the_day: (it.kind == EvidenceKind::HolderWithNote).then(|| it.code_of_the_day.clone()),
        given: Moment::of_micros(it.given_at.as_micros(), &frame.words),
    };
    let of = |kind: EvidenceKind| view.evidence.iter().filter(move |it| it.kind == kind);
    EvidenceKind::ALL.iter().flat_map(|kind| of(*kind)).map(line).collect()
}

fn row(frame: &Frame, line: &CaseLine) -> CaseRow {
    let text = |key: &str| frame.text(key).into_owned();
    let counts = |vote: &&VoteLine| vote.vote == CaseVote::Approve && vote.counts;
    let approvals = line.votes.iter().filter(counts).count();
    CaseRow {
        id: line.id.to_string(),
        state: line.end.map_or_else(|| text(step_key(line.step)), |end| text(end_key(end))),
        opened_by: text(match line.opened_by {
            CaseOpenedBy::Password => "desk-case-opened-password",
            CaseOpenedBy::Reset => "desk-case-opened-reset",
            CaseOpenedBy::PasskeysOnly => "desk-case-opened-passkeys-only",
        }),
        by_pictures: line.has_record,
        approvals: u32::try_from(approvals).unwrap_or(0),
        sent: Moment::of_micros(line.sent_at.as_micros(), &frame.words),
        ended: line.ended_at.map(|at| Moment::of_micros(at.as_micros(), &frame.words)),
    }
}

const fn step_key(step: CaseStep) -> &'static str {
    match step {
        CaseStep::Channel | CaseStep::SecondChannel | CaseStep::Authenticator | CaseStep::Documents => {
            "desk-case-step-owner"
        }
        CaseStep::Decision => "desk-case-step-decision",
        CaseStep::Waiting => "desk-case-step-waiting",
        CaseStep::Done => "desk-case-step-done",
        CaseStep::Ended => "desk-case-step-ended",
    }
}

const fn end_key(end: CaseEnd) -> &'static str {
    match end {
        CaseEnd::Stopped => "desk-case-end-stopped",
        CaseEnd::Refused => "desk-case-end-refused",
        CaseEnd::Expired => "desk-case-end-expired",
        CaseEnd::Overtaken => "desk-case-end-overtaken",
        CaseEnd::Frozen => "desk-case-end-frozen",
        CaseEnd::BegunAnew => "desk-case-end-begun-anew",
        CaseEnd::TooManyTries | CaseEnd::NoIdentification => "desk-case-step-ended",
    }
}

const fn evidence_key(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::DocumentFront => "desk-case-document-front",
        EvidenceKind::DocumentBack => "desk-case-document-back",
        EvidenceKind::HolderWithNote => "desk-case-holder",
    }
}

const fn vote_key(vote: CaseVote) -> &'static str {
    match vote {
        CaseVote::Approve => "desk-case-approved",
        CaseVote::Refuse => "desk-case-declined",
    }
}
