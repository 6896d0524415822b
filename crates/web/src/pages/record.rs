//! `/activity`, `/account/data` and `/erasure/cancel`: what the record says of one's account, the copy of one's data,
//! and the end of the account.

use doorward_app::Failure;
use doorward_app::activity::{ActivityFilter, Download};
use doorward_app::change::erasure::DataView;
use doorward_domain::audit::ActivityGroup;
use doorward_domain::change::ChangeRefused;
use doorward_domain::erasure::{ErasureObstacle, ErasureRefused};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_wording::refusal::InWords;
use http::{HeaderValue, StatusCode, header};

use super::account::{fact, moment};
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::guard::headers::Dress;
use crate::refusal::Trouble;
use crate::view::record::{
    ActivityPage, CancelErasurePage, Choice, DataPage, DataProofPage, ErasureCancelledPage, ErasureUnderWay,
};
use crate::view::sign_in::FlowEndedPage;
use crate::view::{Frame, Problems};

const DATA: &str = "/account/data";
/// How far back the list goes, in days, besides all of it.
const RANGES_DAYS: [u32; 3] = [7, 30, 90];
const DAY_SECONDS: u64 = 86_400;

impl FlowRefused for ErasureRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::Obstacle(_) | Self::UnderWay { .. } => Turn::Over,
            Self::Proof(refused) => refused.turn(),
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::Proof(refused) => refused.clock(),
            _ => None,
        }
    }
}

/// What the address asks for: a group, a number of days, the line before which the page begins.
struct Wanted {
    group: Option<ActivityGroup>,
    days: Option<u32>,
    before: Option<i64>,
}

impl Wanted {
    fn of(call: &Call) -> Wanted {
        let days = call.fields.find("days").and_then(|days| days.parse().ok());
        Wanted {
            group: call.fields.find("about").and_then(ActivityGroup::from_name),
            days: days.filter(|days| RANGES_DAYS.contains(days)),
            before: call.fields.find("before").and_then(|before| before.parse().ok()),
        }
    }

    fn filter(&self, now: Timestamp) -> ActivityFilter {
        let since =
            self.days.map(|days| now.minus(std::time::Duration::from_secs(u64::from(days) * DAY_SECONDS)));
        ActivityFilter { group: self.group, since, until: None }
    }

    /// The address of a list.
    fn href(path: &str, group: Option<ActivityGroup>, days: Option<u32>, before: Option<i64>) -> String {
        let parts = [
            group.map(|group| format!("about={}", group.name())),
            days.map(|days| format!("days={days}")),
            before.map(|before| format!("before={before}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    fn groups(&self, frame: &Frame) -> Vec<Choice> {
        let all = std::iter::once(None).chain(ActivityGroup::ALL.iter().copied().map(Some));
        all.map(|group| Choice {
            text: match group {
                None => frame.text("activity-all").into_owned(),
                Some(group) => frame.words.activity_group(group).into_owned(),
            },
            href: Self::href("/activity", group, self.days, None),
            current: group == self.group,
        })
        .collect()
    }

    fn ranges(&self, frame: &Frame) -> Vec<Choice> {
        let all = std::iter::once(None).chain(RANGES_DAYS.into_iter().map(Some));
        all.map(|days| Choice {
            text: match days {
                None => frame.text("activity-all-time").into_owned(),
                Some(days) => frame.words.text_of("activity-days", "count", days),
            },
            href: Self::href("/activity", self.group, days, None),
            current: days == self.days,
        })
        .collect()
    }
}

/// `GET /activity`
pub(crate) async fn activity(call: &mut Call) -> Result<Answer, Trouble> {
    let (customer, wanted) = (*call.customer()?, Wanted::of(call));
    let page = call.app().activity(&customer, &wanted.filter(call.app().now()), wanted.before).await?;
    let frame = call.frame();
    call.show(&ActivityPage {
        groups: wanted.groups(&frame),
        ranges: wanted.ranges(&frame),
        lines: page.lines.iter().map(|line| fact(&frame, line)).collect(),
        newest_href: wanted.before.map(|_| Wanted::href("/activity", wanted.group, wanted.days, None)),
        older_href: page
            .next_before
            .map(|before| Wanted::href("/activity", wanted.group, wanted.days, Some(before))),
        table_href: Wanted::href("/activity/table", wanted.group, wanted.days, None),
        record_href: "/activity/record".to_owned(),
        frame,
    })
}

/// `GET /activity/table`: the list as comma-separated values.
pub(crate) async fn table(call: &mut Call) -> Result<Answer, Trouble> {
    let (customer, wanted, words) = (*call.customer()?, Wanted::of(call), call.words());
    let table = call.app().activity_table(&customer, &wanted.filter(call.app().now()), &words).await?;
    Ok(download(table, "text/csv; charset=utf-8"))
}

/// `GET /activity/record`: the own part of the audit log with its proofs.
pub(crate) async fn own_record(call: &mut Call) -> Result<Answer, Trouble> {
    let (customer, wanted) = (*call.customer()?, Wanted::of(call));
    Ok(download(call.app().own_record(&customer, wanted.before).await?, "application/json"))
}

fn download(file: Download, content_type: &'static str) -> Answer {
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let disposition = HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment"));
    Answer::of(Dress::Data, content_type, file.bytes).header(header::CONTENT_DISPOSITION, disposition)
}

/// `GET /account/data`
pub(crate) async fn data(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = call.app().data_view(&customer).await?;
    let frame = call.frame();
    let from_here = call.parts.headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    let done = match call.fields.get("done") {
        "asked" => Some("data-done-asked"),
        "kept" => Some("data-done-kept"),
        _ => None,
    };
    let notice = done.filter(|_| from_here).map(|key| frame.text(key).into_owned());
    call.show(&data_page(call, frame, &view, notice))
}

fn data_page(call: &Call, frame: Frame, view: &DataView, notice: Option<String>) -> DataPage {
    let (words, now) = (frame.words, call.app().now());
    let under_way = view.under_way.map(|erasure| ErasureUnderWay {
        asked: moment(&words, erasure.asked_at),
        due: moment(&words, erasure.due_at),
    });
    let told = |obstacle: ErasureObstacle| obstacle.in_words(&words, now).summary;
    DataPage {
        notice,
        problems: Problems::none(),
        clock: None,
        under_way,
        obstacle: view.obstacle.map(told),
        wait: words.span(view.wait.as_secs()),
        kept_for: words.span(view.kept_for.as_secs()),
        frame,
    }
}

/// `GET /account/data/take`
pub(crate) async fn take_page(call: &mut Call) -> Result<Answer, Trouble> {
    prove_page(call, Said::default(), false)
}

/// `POST /account/data/take`: the copy is the answer itself and stays nowhere.
pub(crate) async fn take(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().export_data(&visit, &customer, call.fields.get("code")).await {
        Ok(copy) => Ok(download(copy, "application/json")),
        Err(failure) => refused::<ChangeRefused>(call, failure, false),
    }
}

/// `GET /account/data/erase`
pub(crate) async fn erase_page(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = call.app().data_view(&customer).await?;
    if view.obstacle.is_some() || view.under_way.is_some() {
        return Ok(Answer::see_other(DATA));
    }
    prove_page(call, Said::default(), true)
}

/// `POST /account/data/erase`: begins the waiting time.
pub(crate) async fn erase(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().ask_erasure(&visit, &customer, call.fields.get("code")).await {
        Ok(_) => Ok(Answer::see_other("/account/data?done=asked")),
        Err(failure) => refused::<ErasureRefused>(call, failure, true),
    }
}

/// `POST /account/data/keep`: calls the erasure off.
pub(crate) async fn keep(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let kept = call.app().cancel_erasure(&visit, &customer).await?;
    Ok(Answer::see_other(if kept { "/account/data?done=kept" } else { DATA }))
}

fn refused<R: FlowRefused>(call: &Call, failure: Failure<R>, erases: bool) -> Result<Answer, Trouble> {
    let refusal = refusal_of(call, failure)?;
    let turn = refusal.turn;
    match turn {
        Turn::NotBegun | Turn::Over | Turn::OtherStep => over(call, Cookie::Change, DATA, refusal.sentence),
        Turn::Again | Turn::Wait(_) => Ok(again(call, turn, prove_page(call, refusal.said(), erases)?)),
    }
}

fn prove_page(call: &Call, said: Said, erases: bool) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let text = |key: &str| frame.text(key).into_owned();
    let (title, effect, action, button) = if erases {
        let wait = frame.words.span(call.app().policy.retention.erasure_wait.as_secs());
        let effect = frame.text_of("erase-effect", "wait", wait);
        (text("erase-title"), effect, "/account/data/erase", text("button-erase"))
    } else {
        (text("take-title"), text("take-effect"), "/account/data/take", text("button-take"))
    };
    call.show(&DataProofPage {
        problems: said.problems,
        clock: said.clock,
        title,
        effect,
        action,
        button,
        danger: erases,
        frame,
    })
}

/// `GET /erasure/cancel`
pub(crate) async fn cancel_page(call: &mut Call) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    let is_good = match Token::parse(&token) {
        Some(link) => call.app().is_cancel_link_good(&link).await?,
        None => false,
    };
    if is_good {
        call.show(&CancelErasurePage { frame: call.frame_without_query(), token })
    } else {
        ended(call)
    }
}

/// `POST /erasure/cancel`
pub(crate) async fn cancel(call: &mut Call) -> Result<Answer, Trouble> {
    let Some(link) = Token::parse(call.fields.get("token")) else { return ended(call) };
    match call.app().cancel_erasure_by_link(&call.visit(), &link).await {
        Ok(()) => Ok(Answer::see_other("/erasure/cancelled")),
        Err(Failure::Refused(_)) => ended(call),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /erasure/cancelled`
pub(crate) async fn cancelled(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&ErasureCancelledPage { frame: call.frame() })
}

fn ended(call: &Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let sentence = frame.text("refused-erasure-link").into_owned();
    let page = FlowEndedPage { frame, sentence, again_path: "/sign-in".to_owned() };
    Ok(call.show(&page)?.status(StatusCode::CONFLICT))
}
