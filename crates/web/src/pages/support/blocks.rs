//! `/support/blocks`: what the rules of countries block, and asking a colleague to lift it.

use doorward_app::Failure;
use doorward_app::staff::DeskBlock;
use doorward_domain::jurisdiction::Row;
use doorward_domain::staff::{About, StaffAct};
use doorward_domain::time::Timestamp;
use http::StatusCode;

use super::{at_desk, done, sentence};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::refusal::Trouble;
use crate::view::support::{Block, BlocksPage};
use crate::view::{Frame, Moment, Problems};

/// `GET /support/blocks`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    page(call, Problems::none()).await
}

/// `POST /support/blocks`: asks a colleague to lift one.
pub(crate) async fn ask(call: &mut Call) -> Result<Answer, Trouble> {
    let at = call.staff()?.clone();
    let row = Row::from_name(call.fields.get("row")).ok_or(Trouble::Bad(BadInput::Malformed))?;
    match call.app().ask_to_lift_block(&at, About::Row(row), call.fields.get("reason")).await {
        Ok(()) => Ok(Answer::see_other("/support/blocks?done=ask-block")),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refused)) => {
            let told = sentence(&call.frame(), refused)?;
            let field = format!("reason-{}", row.name());
            let page = page(call, Problems::one(&field, told)).await?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

async fn page(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let at = call.staff()?;
    let standing = match call.app().see_blocks(at).await {
        Ok(standing) => standing,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        // A list is refused for the role alone.
        Err(Failure::Refused(_)) => return Err(Trouble::Role),
    };
    let (frame, desk) = at_desk(call)?;
    let may_ask = at.may(StaffAct::DecideBlock).is_ok();
    let wrong = if problems.any() { call.fields.get("row") } else { "" };
    let typed = call.fields.get("reason");
    let blocks = standing.into_iter().map(|block| {
        let typed = if block.row.name() == wrong { typed.to_owned() } else { String::new() };
        shown(&frame, block, may_ask, typed)
    });
    let blocks = blocks.collect();
    let notice = done(call, &frame);
    call.show(&BlocksPage { frame, desk, problems, notice, blocks })
}

fn shown(frame: &Frame, block: DeskBlock, may_ask: bool, typed: String) -> Block {
    let words = &frame.words;
    let moment = |at: Timestamp| Moment::of_micros(at.as_micros(), words);
    let state = match (block.by_policy, block.by_default) {
        (true, _) => "desk-block-by-policy",
        (false, true) => "desk-block-by-default",
        (false, false) => "desk-block-dropped",
    };
    Block {
        row: block.row.name(),
        name: words.row(block.row).into_owned(),
        since: moment(block.since),
        state: words.text(state).into_owned(),
        approved: block.approved.map(|(name, at)| {
            words.text_with("desk-block-approved", &[("name", name.into()), ("when", moment(at).text.into())])
        }),
        asks: may_ask && !block.by_policy && block.asked_by.is_none(),
        asked: block.asked_by.map(|name| words.text_of("desk-block-asked", "name", name)),
        typed,
    }
}
