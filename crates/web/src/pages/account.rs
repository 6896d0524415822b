//! `/review` and `/dashboard`: what happened since the last entry, and the account at a glance.

use doorward_app::Customer;
use doorward_app::case::RunningCase;
use doorward_app::device::DeviceLine as Device;
use doorward_app::review::{CaseLooks, Changed, Happened, Improvement, SecurityState};
use doorward_app::session::SessionLine as Session;
use doorward_domain::audit::ActivityGroup;
use doorward_domain::return_path::ReturnPath;
use doorward_domain::support_case::{CaseOpenedBy, CaseStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_wording::Words;

use super::entry::device_text;
use super::market;
use super::sign_out::leave;
use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::case::RunningCasePart;
use crate::view::dashboard::DashboardPage;
use crate::view::review::{NotMePage, ReviewPage};
use crate::view::security::Done;
use crate::view::{DeviceLine, Fact, Factor, Frame, Hold, Moment, Problems, SessionLine, ToDo};

/// `GET /review`
pub(crate) async fn review(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let view = call.app().review(&customer).await?;
    let (frame, now) = (call.frame(), call.app().now());
    let facts = |happened: &[Happened]| -> Vec<Fact> { happened.iter().map(|it| fact(&frame, it)).collect() };
    let mut by_staff = facts(&view.by_staff);
    by_staff.extend(view.case_looks.as_ref().map(|looks| looks_at_case(&frame, looks)));
    let page = ReviewPage {
        notice: notice(call, &frame),
        case: running_case(call, &frame, &customer).await?,
        problems: Problems::none(),
        return_to: call.return_path().map(|path| path.as_str().to_owned()).unwrap_or_default(),
        last_entry: view.last_entry.as_ref().map(|it| fact(&frame, it)),
        entries: facts(&view.entries),
        failed_tries: facts(&view.failed_tries),
        by_staff,
        changes: view.changes.iter().map(|it| change(&frame, it)).collect(),
        sessions: view.sessions.iter().map(|it| session_line(&frame, it)).collect(),
        devices: view.devices.iter().map(|it| device_line(&frame, it)).collect(),
        holds: view.security.holds.iter().filter_map(|it| hold(&frame.words, it, now)).collect(),
        factors: factors(&frame.words, &view.security),
        to_do: to_do(&frame.words, &view.security),
        frame,
    };
    call.show(&page)
}

/// `POST /review`: all of it is right, one line was me, one was not, or the answer to the question behind that.
pub(crate) async fn answer(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.fields.get("answer") {
        "confirm" => {
            let session = call.cookie(Cookie::Session).and_then(Token::parse).ok_or(Trouble::NoSession)?;
            call.app().confirm_review(&visit, &customer, &session).await?;
            let next = call.return_path();
            Ok(Answer::see_other(next.as_ref().map_or("/dashboard", ReturnPath::as_str)))
        }
        "me" => Ok(Answer::see_other("/review")),
        "not-me" => {
            let frame = call.frame();
            let fact = find_fact(call, &frame, &customer).await?.ok_or(Trouble::NotFound)?;
            call.show(&NotMePage { frame, fact })
        }
        "freeze" => {
            call.app().freeze_own(&visit, &customer).await?;
            Ok(leave("/freeze/done"))
        }
        _ => Err(Trouble::Bad(BadInput::Malformed)),
    }
}

/// `GET /dashboard`, after the review of this entry was confirmed.
pub(crate) async fn dashboard(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    if !customer.is_reviewed {
        return Ok(Answer::see_other("/review"));
    }
    let view = call.app().dashboard(&customer).await?;
    let frame = call.frame();
    let state = Shown::of(&frame, &view.security, &view.sessions, &view.devices, call.app().now());
    let notice = notice(call, &frame);
    let holdings = market::holdings_shown(call).await?;
    call.show(&DashboardPage {
        case: running_case(call, &frame, &customer).await?,
        frame,
        identifier: view.identifier_masked,
        notice,
        holds: state.holds,
        holdings,
        is_demo: call.app().is_demo(),
        sessions: state.sessions,
        devices: state.devices,
        to_do: state.to_do,
    })
}

/// What several pages show of an account.
pub(super) struct Shown {
    pub(super) to_do: Vec<ToDo>,
    pub(super) factors: Vec<Factor>,
    pub(super) holds: Vec<Hold>,
    pub(super) sessions: Vec<SessionLine>,
    pub(super) devices: Vec<DeviceLine>,
}

impl Shown {
    fn of(
        frame: &Frame,
        security: &SecurityState,
        sessions: &[Session],
        devices: &[Device],
        now: Timestamp,
    ) -> Shown {
        Shown {
            to_do: to_do(&frame.words, security),
            factors: factors(&frame.words, security),
            holds: security.holds.iter().filter_map(|it| hold(&frame.words, it, now)).collect(),
            sessions: sessions.iter().map(|it| session_line(frame, it)).collect(),
            devices: devices.iter().map(|it| device_line(frame, it)).collect(),
        }
    }
}

/// What guards the account, for its security page.
pub(super) async fn shown(call: &Call, frame: &Frame, customer: &Customer) -> Result<Shown, Trouble> {
    let app = call.app();
    let security = app.security_state(customer).await?;
    let (sessions, devices) = (app.list_sessions(customer).await?, app.list_devices(customer).await?);
    Ok(Shown::of(frame, &security, &sessions, &devices, app.now()))
}

/// The lost-factor case that runs, for a page inside the account.
pub(super) async fn running_case(
    call: &Call,
    frame: &Frame,
    customer: &Customer,
) -> Result<Option<RunningCasePart>, Trouble> {
    Ok(call.app().running_case(customer).await?.map(|running| running_part(frame, &running)))
}

fn running_part(frame: &Frame, running: &RunningCase) -> RunningCasePart {
    let (key, until) = match (running.step, running.effective_at) {
        (CaseStep::Waiting, Some(at)) => ("running-case-waiting", at),
        (CaseStep::Decision, _) => ("running-case-decision", running.expires_at),
        _ => ("running-case-unsent", running.expires_at),
    };
    let effect = match running.opened_by {
        CaseOpenedBy::PasskeysOnly => "running-case-effect-passkeys-only",
        CaseOpenedBy::Password | CaseOpenedBy::Reset => "running-case-effect",
    };
    RunningCasePart {
        state: frame.text(key).into_owned(),
        until: moment(&frame.words, until),
        effect: frame.text_of(effect, "hold", frame.words.span(running.hold.as_secs())),
        opened: moment(&frame.words, running.opened_at),
        device: device_text(frame, &running.device),
        address: running.network.to_string(),
        place: frame.words.place(&running.place),
    }
}

/// What was just done, when a page of ours led here; a link from elsewhere cannot put words into the page.
pub(super) fn notice(call: &Call, frame: &Frame) -> Option<String> {
    Some(Done::of_name(call.done_here()?)?.sentence(frame))
}

/// The line that a form names: of the record by its number, of the changes by its time.
async fn find_fact(call: &Call, frame: &Frame, customer: &Customer) -> Result<Option<Fact>, Trouble> {
    let id = call.fields.get("fact");
    if let Some(at) = id.strip_prefix('c') {
        let view = call.app().review(customer).await?;
        let named = |it: &&Changed| it.at.as_micros().to_string() == at;
        return Ok(view.changes.iter().find(named).map(|it| change(frame, it)));
    }
    if let Some(id) = id.strip_prefix('s') {
        let sessions = call.app().list_sessions(customer).await?;
        let named = sessions.iter().find(|it| it.id.to_string() == id);
        return Ok(named.map(|it| session_fact(frame, it)));
    }
    if let Some(id) = id.strip_prefix('d') {
        let devices = call.app().list_devices(customer).await?;
        let named = devices.iter().find(|it| it.id.to_string() == id);
        return Ok(named.map(|it| device_fact(frame, it)));
    }
    let Ok(seq) = id.parse() else { return Ok(None) };
    Ok(call.app().find_happened(customer, seq).await?.map(|it| fact(frame, &it)))
}

pub(super) fn moment(words: &Words, at: Timestamp) -> Moment {
    Moment::of_micros(at.as_micros(), words)
}

pub(super) fn fact(frame: &Frame, happened: &Happened) -> Fact {
    use doorward_domain::audit::AuditKind as Kind;
    let failed = matches!(
        happened.kind,
        Kind::WrongPassword
            | Kind::WrongFactor
            | Kind::ClockOff
            | Kind::SignInUnfinished
            | Kind::FrozenKnock
            | Kind::PasskeyRefused
            | Kind::PasskeyCounterWentBack
    );
    Fact {
        id: happened.seq.to_string(),
        what: what(frame, happened),
        when: moment(&frame.words, happened.at),
        // An entry of the record that does not tell the browser is no browser that did not tell its name; what staff sat
        // at is never told.
        device: happened
            .user_agent
            .as_deref()
            .filter(|_| happened.staff.is_none())
            .map(|name| device_text(frame, name))
            .unwrap_or_default(),
        address: happened.network.clone().unwrap_or_default(),
        place: frame.words.place(&happened.place),
        failed,
        by_staff: happened.kind.group() == ActivityGroup::Staff,
    }
}

/// All looks of staff at a case in one line, at the time of the newest.
fn looks_at_case(frame: &Frame, looks: &CaseLooks) -> Fact {
    let names = looks.names.join(", ");
    let values = [("count", looks.times.into()), ("names", names.as_str().into())];
    let key = if names.is_empty() { "review-case-looks-unnamed" } else { "review-case-looks" };
    Fact { what: frame.words.text_with(key, &values), ..fact(frame, &looks.newest) }
}

/// What happened, with the name of whoever of the staff did it.
fn what(frame: &Frame, happened: &Happened) -> String {
    let what = frame.words.audit(happened.kind);
    match &happened.staff {
        Some(name) => frame
            .words
            .text_with("event-by-staff", &[("what", (&*what).into()), ("name", name.as_str().into())]),
        None => what.into_owned(),
    }
}

fn change(frame: &Frame, changed: &Changed) -> Fact {
    Fact {
        id: format!("c{}", changed.at.as_micros()),
        what: frame.words.security_event(changed.kind).into_owned(),
        when: moment(&frame.words, changed.at),
        device: String::new(),
        address: String::new(),
        place: None,
        failed: false,
        by_staff: false,
    }
}

fn session_fact(frame: &Frame, session: &Session) -> Fact {
    Fact {
        id: format!("s{}", session.id),
        what: frame.text("review-session").into_owned(),
        when: moment(&frame.words, session.created_at),
        device: device_text(frame, &session.user_agent),
        address: session.network.clone(),
        place: frame.words.place(&session.place),
        failed: false,
        by_staff: false,
    }
}

fn device_fact(frame: &Frame, device: &Device) -> Fact {
    Fact {
        id: format!("d{}", device.id),
        what: frame.text("review-device").into_owned(),
        when: moment(&frame.words, device.last_entered_at),
        device: device_text(frame, &device.user_agent),
        address: device.network.clone(),
        place: None,
        failed: false,
        by_staff: false,
    }
}

fn session_line(frame: &Frame, session: &Session) -> SessionLine {
    SessionLine {
        id: session.id.to_string(),
        device: device_text(frame, &session.user_agent),
        address: session.network.clone(),
        place: frame.words.place(&session.place),
        began: moment(&frame.words, session.created_at),
        last_seen: moment(&frame.words, session.last_seen_at),
        current: session.is_this_one,
    }
}

fn device_line(frame: &Frame, device: &Device) -> DeviceLine {
    DeviceLine {
        id: device.id.to_string(),
        device: device_text(frame, &device.user_agent),
        until: moment(&frame.words, device.trusted_until),
        last_entry: moment(&frame.words, device.last_entered_at),
        current: device.is_this_one,
    }
}

fn hold(words: &Words, changed: &Changed, now: Timestamp) -> Option<Hold> {
    let until = changed.hold_until?;
    let left = now.until(until);
    let whole = until.since(changed.at).as_secs().max(1);
    let passed = now.since(changed.at).as_secs().min(whole) * 100 / whole;
    Some(Hold {
        reason: words.security_event(changed.kind).into_owned(),
        until: moment(words, until),
        left: words.span(left.as_secs().max(1)),
        passed_percent: u8::try_from(passed).unwrap_or(100),
    })
}

fn factors(words: &Words, security: &SecurityState) -> Vec<Factor> {
    let set_on = |at: Option<Timestamp>| {
        at.map(|at| words.text_of("security-changed-at", "when", moment(words, at).text)).unwrap_or_default()
    };
    let factor = |name: &str, state: String, href: &str, action: &str, weak| Factor {
        name: words.text(name).into_owned(),
        state,
        href: href.to_owned(),
        action: words.text(action).into_owned(),
        weak,
    };
    let totp = if security.totp_disabled {
        words.text("security-authenticator-disabled").into_owned()
    } else {
        set_on(security.totp_enrolled_at)
    };
    let left = words.text_of("security-recovery-codes-left", "count", security.recovery_codes_left);
    let few = security.improvements.iter().any(|it| matches!(it, Improvement::RenewRecoveryCodes { .. }));
    vec![
        factor(
            "security-password",
            set_on(security.password_changed_at),
            "/security/password",
            "security-change",
            false,
        ),
        factor(
            "security-authenticator",
            totp,
            "/security/authenticator",
            "security-replace",
            security.totp_disabled,
        ),
        factor("security-recovery-codes", left, "/security/recovery-codes", "security-renew", few),
    ]
}

fn to_do(words: &Words, security: &SecurityState) -> Vec<ToDo> {
    let line = |improvement: &Improvement| match improvement {
        Improvement::RenewRecoveryCodes { left } => ToDo {
            text: words.text_of("security-todo-recovery-codes", "count", *left),
            href: "/security/recovery-codes".to_owned(),
            action: words.text("security-renew").into_owned(),
        },
        Improvement::ReplaceTotp => ToDo {
            text: words.text("security-authenticator-disabled").into_owned(),
            href: "/security/authenticator".to_owned(),
            action: words.text("security-replace").into_owned(),
        },
    };
    security.improvements.iter().map(line).collect()
}
