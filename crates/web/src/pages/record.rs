//! `/activity`, `/account/data` and `/erasure/cancel`: what the record says of one's account, the copy of one's data,
//! and the end of the account.

use doorward_app::Failure;
use doorward_app::activity::{ActivityFilter, Download};
use doorward_app::change::erasure::DataView;
use doorward_domain::audit::ActivityGroup;
use doorward_domain::change::ChangeRefused;
use doorward_domain::date_range::{DateRange, DateRangeRefused};
use doorward_domain::erasure::{ErasureObstacle, ErasureRefused};
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_wording::refusal::InWords;
use http::{HeaderValue, StatusCode, header};

use super::account::{fact, moment};
use super::flow::{FlowRefused, Said, Turn, again, over, refusal_of};
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
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

/// What the address asks for: a group, a number of days or dates, the line before which the page begins.
struct Wanted {
    group: Option<ActivityGroup>,
    time: Time,
    before: Option<i64>,
}

/// Which time a list covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Time {
    #[default]
    All,
    /// So many days back from now.
    Days(u32),
    /// From one day to another, as they were typed, and what that means.
    Dates { from: String, to: String, range: DateRange },
}

impl Time {
    fn fields(&self) -> Vec<String> {
        let dates = |name: &str, text: &str| (!text.is_empty()).then(|| format!("{name}={text}"));
        match self {
            Self::All => Vec::new(),
            Self::Days(days) => vec![format!("days={days}")],
            Self::Dates { from, to, .. } => {
                [dates("from", from), dates("to", to)].into_iter().flatten().collect()
            }
        }
    }
}

impl Wanted {
    /// What is wanted; dates that are none are refused, and any other text that is not understood is left out.
    fn of(call: &Call) -> Result<Wanted, (Wanted, DateRangeRefused)> {
        let days = call.fields.find("days").and_then(|days| days.parse().ok());
        let days = days.filter(|days| RANGES_DAYS.contains(days)).map_or(Time::All, Time::Days);
        let mut wanted = Wanted {
            group: call.fields.find("about").and_then(ActivityGroup::from_name),
            time: days,
            before: call.fields.find("before").and_then(|before| before.parse().ok()),
        };
        let (from, to) = (call.fields.find("from"), call.fields.find("to"));
        if from.is_none() && to.is_none() {
            return Ok(wanted);
        }
        match DateRange::parse(from, to) {
            Ok(range) => {
                let text = |typed: Option<&str>| typed.unwrap_or_default().to_owned();
                wanted.time = Time::Dates { from: text(from), to: text(to), range };
                Ok(wanted)
            }
            Err(refused) => Err((wanted, refused)),
        }
    }

    fn filter(&self, now: Timestamp) -> ActivityFilter {
        let days_ago = |days: u32| now.minus(std::time::Duration::from_secs(u64::from(days) * DAY_SECONDS));
        let range = match &self.time {
            Time::All => DateRange::default(),
            Time::Days(days) => DateRange { since: Some(days_ago(*days)), until: None },
            Time::Dates { range, .. } => *range,
        };
        ActivityFilter { group: self.group, since: range.since, until: range.until }
    }

    /// The address of a list. Dates that were understood hold digits and hyphens alone.
    fn href(path: &str, group: Option<ActivityGroup>, time: &Time, before: Option<i64>) -> String {
        let mut parts: Vec<String> =
            group.map(|group| format!("about={}", group.name())).into_iter().collect();
        parts.extend(time.fields());
        parts.extend(before.map(|before| format!("before={before}")));
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    fn groups(&self, frame: &Frame) -> Vec<Choice> {
        let all = std::iter::once(None).chain(ActivityGroup::ALL.iter().copied().map(Some));
        all.map(|group| Choice {
            text: match group {
                None => frame.text("activity-all").into_owned(),
                Some(group) => frame.words.activity_group(group).into_owned(),
            },
            href: Self::href("/activity", group, &self.time, None),
            current: group == self.group,
        })
        .collect()
    }

    fn ranges(&self, frame: &Frame) -> Vec<Choice> {
        let all = std::iter::once(Time::All).chain(RANGES_DAYS.into_iter().map(Time::Days));
        all.map(|time| Choice {
            text: match time {
                Time::Days(days) => frame.words.text_of("activity-days", "count", days),
                Time::All | Time::Dates { .. } => frame.text("activity-all-time").into_owned(),
            },
            href: Self::href("/activity", self.group, &time, None),
            current: time == self.time,
        })
        .collect()
    }
}

/// `GET /activity`
pub(crate) async fn activity(call: &mut Call) -> Result<Answer, Trouble> {
    let (customer, frame, now) = (*call.customer()?, call.frame(), call.app().now());
    let (wanted, refused) = match Wanted::of(call) {
        Ok(wanted) => (wanted, None),
        Err((wanted, refused)) => (wanted, Some(refused)),
    };
    let page = call.app().activity(&customer, &wanted.filter(now), wanted.before).await?;
    // The search field of a browser shows a date again, and what is none as well as it can.
    let typed = |name: &str| call.fields.find(name).unwrap_or_default().to_owned();
    let sentence = refused.map(|refused| refused.in_words(&frame.words, now));
    let answer = call.show(&ActivityPage {
        problems: sentence.map_or_else(Problems::none, Problems::from),
        groups: wanted.groups(&frame),
        ranges: wanted.ranges(&frame),
        group: wanted.group.map_or("", ActivityGroup::name),
        from: typed("from"),
        to: typed("to"),
        lines: page.lines.iter().map(|line| fact(&frame, line)).collect(),
        newest_href: wanted.before.map(|_| Wanted::href("/activity", wanted.group, &wanted.time, None)),
        older_href: page
            .next_before
            .map(|before| Wanted::href("/activity", wanted.group, &wanted.time, Some(before))),
        table_href: Wanted::href("/activity/table", wanted.group, &wanted.time, None),
        record_href: "/activity/record".to_owned(),
        frame,
    })?;
    Ok(if refused.is_some() { answer.status(StatusCode::UNPROCESSABLE_ENTITY) } else { answer })
}

/// `GET /activity/table`: the list as comma-separated values.
pub(crate) async fn table(call: &mut Call) -> Result<Answer, Trouble> {
    let (customer, words) = (*call.customer()?, call.words());
    let wanted = Wanted::of(call).map_err(|_| Trouble::Bad(BadInput::Malformed))?;
    let table = call.app().activity_table(&customer, &wanted.filter(call.app().now()), &words).await?;
    Ok(download(table, "text/csv; charset=utf-8"))
}

/// `GET /activity/record`: the own part of the audit log with its proofs.
pub(crate) async fn own_record(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let before = call.fields.find("before").and_then(|before| before.parse().ok());
    Ok(download(call.app().own_record(&customer, before).await?, "application/json"))
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
    let done = match call.done_here() {
        Some("asked") => Some("data-done-asked"),
        Some("kept") => Some("data-done-kept"),
        _ => None,
    };
    let notice = done.map(|key| frame.text(key).into_owned());
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
    let (title, effect, action, button, purpose) = if erases {
        let wait = frame.words.span(call.app().policy.retention.erasure_wait.as_secs());
        let effect = frame.text_of("erase-effect", "wait", wait);
        (
            text("erase-title"),
            effect,
            "/account/data/erase",
            text("button-erase"),
            StepUpPurpose::EraseAccount,
        )
    } else {
        let (title, effect, button) = (text("take-title"), text("take-effect"), text("button-take"));
        (title, effect, "/account/data/take", button, StepUpPurpose::ExportData)
    };
    call.show(&DataProofPage {
        problems: said.problems,
        clock: said.clock,
        title,
        effect,
        action,
        button,
        danger: erases,
        purpose: purpose.name(),
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
