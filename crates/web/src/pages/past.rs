//! `/history`: a customer's orders, fills, and what moved in the wallets.

use doorward_app::Failure;
use doorward_app::history::OrderState;
use doorward_app::market::{Past, PastLine, PastOf};
use doorward_domain::market::ledger::{Bucket, Cause};
use doorward_domain::market::order::{CancelReason, Side};
use doorward_domain::time::Timestamp;
use http::StatusCode;

use super::market::with_status;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::Frame;
use crate::view::past::{PastCell, PastPage, PastRow};
use crate::view::record::Choice;

const HERE: &str = "/history";

/// `GET /history`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    if let Some(first) = call.review_first()? {
        return Ok(first);
    }
    let (customer, before) = (*call.customer()?, call.fields.find("before"));
    let of = call.fields.find("about").and_then(PastOf::from_name).unwrap_or(PastOf::Orders);
    let (past, status) = match call.app().list_past(&customer, of, before).await {
        Ok(past) => (Some(past), StatusCode::OK),
        Err(Failure::Refused(_)) => (None, StatusCode::SERVICE_UNAVAILABLE),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
    };
    let frame = call.frame();
    let older = past.as_ref().and_then(|past| past.older.as_deref());
    let page = PastPage {
        groups: groups(&frame, of),
        title: frame.text(group_key(of)).into_owned(),
        is_open: past.is_some(),
        is_behind: past.as_ref().is_some_and(|past| !past.is_whole),
        is_demo: call.app().is_demo(),
        rows: past.as_ref().map(|past| rows(&frame, past)).unwrap_or_default(),
        newest_href: before.map(|_| href(of, None)),
        older_href: older.map(|older| href(of, Some(older))),
        frame,
    };
    Ok(with_status(call.show(&page)?, status))
}

fn href(of: PastOf, before: Option<&str>) -> String {
    let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
    format!("{HERE}?about={}{before}", of.name())
}

const fn group_key(of: PastOf) -> &'static str {
    match of {
        PastOf::Orders => "past-orders",
        PastOf::Fills => "past-fills",
        PastOf::Wallets => "past-wallets",
    }
}

fn groups(frame: &Frame, shown: PastOf) -> Vec<Choice> {
    let choice = |(of, _): &(PastOf, &str)| Choice {
        text: frame.text(group_key(*of)).into_owned(),
        href: href(*of, None),
        current: *of == shown,
    };
    PastOf::ALL.iter().map(choice).collect()
}

fn rows(frame: &Frame, past: &Past) -> Vec<PastRow> {
    past.lines.iter().map(|line| row(frame, line)).collect()
}

/// A line with the label of each of its cells.
fn row(frame: &Frame, line: &PastLine) -> PastRow {
    let cell = |label: &str, text: String| PastCell { label: frame.text(label).into_owned(), text };
    let word = |key: &str| frame.text(key).into_owned();
    let side = |side: Side| frame.side(&side).into_owned();
    let (at, cells) = match line {
        PastLine::Order(order) => (
            order.at,
            vec![
                cell("markets-market", order.market.clone()),
                cell("own-side", side(order.side)),
                cell("own-price", order.price.clone().unwrap_or_else(|| word("past-at-market"))),
                cell("own-size", order.size.clone()),
                cell("own-filled", order.filled.clone()),
                cell("past-fee", order.fee.clone()),
                cell("past-state", word(state_key(order.state))),
            ],
        ),
        PastLine::Fill(fill) => (
            fill.at,
            vec![
                cell("markets-market", fill.market.clone()),
                cell("own-side", side(fill.side)),
                cell("own-price", fill.price.clone()),
                cell("own-size", fill.size.clone()),
                cell("past-total", fill.total.clone()),
                cell("past-fee", fill.fee.clone()),
                cell("past-role", word(if fill.is_maker { "past-waited" } else { "past-took" })),
            ],
        ),
        PastLine::Movement(movement) => (
            movement.at,
            vec![
                cell("balances-asset", movement.asset.clone()),
                cell("past-wallet", word(bucket_key(movement.bucket))),
                cell("past-change", movement.amount.clone()),
                cell("past-balance", movement.balance.clone()),
                cell("past-cause", word(cause_key(movement.cause))),
            ],
        ),
    };
    let iso = doorward_wording::iso_moment(Timestamp::as_micros(at));
    let time = iso.get(..19).unwrap_or_default().replace('T', " ");
    PastRow { iso, time, cells }
}

const fn state_key(state: OrderState) -> &'static str {
    match state {
        OrderState::Open => "past-open",
        OrderState::Filled => "past-filled",
        OrderState::Cancelled(reason) => match reason {
            CancelReason::Asked => "past-cancelled",
            CancelReason::Amended => "past-amended",
            CancelReason::WouldTake => "past-would-take",
            CancelReason::NoMoreLiquidity => "past-no-more",
            CancelReason::NotWhole => "past-not-whole",
            CancelReason::SelfTrade => "past-own-order",
            CancelReason::Expired => "past-expired",
        },
    }
}

const fn bucket_key(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Main => "past-main",
        Bucket::MainHeld => "past-main-held",
        Bucket::Trade => "past-trade",
        Bucket::TradeHeld => "past-trade-held",
        // The house's own; no customer's line names them.
        Bucket::Fees | Bucket::Custody => "past-house",
    }
}

const fn cause_key(cause: Cause) -> &'static str {
    match cause {
        Cause::Deposit => "past-deposit",
        Cause::Transfer => "past-transfer",
        Cause::Payment => "past-payment",
        Cause::Hold | Cause::OrderHeld => "past-held",
        Cause::Release | Cause::OrderReleased => "past-released",
        Cause::Settlement => "past-settlement",
        Cause::Trade => "past-traded",
    }
}
