//! `/security/…` beside the factors: trading password, phrases, choices, settings lock, freeze; and `/cancel`, what the
//! link in a mail about a waiting change opens.

use doorward_app::Failure;
use doorward_app::protection::{Choices, ProtectionView};
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::TradingPasswordState;
use doorward_domain::id::ChangeId;
use doorward_domain::phrase::{PhrasePlace, Phrases};
use doorward_domain::protection::{DelayedChange, LOCK_DAYS_MAX, lock_delay};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::trading_password::TradingRefused;
use doorward_wording::refusal::InWords;
use doorward_wording::{Sentence, Words};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};

use super::entry;
use super::flow::{FlowRefused, Said, Turn, again};
use super::security::{done, left};
use super::sign_out::leave;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::protect::{
    CancelPage, CancelledPage, ChoicesPage, ForgottenTradingPage, LockOpenPage, LockPage, OwnFreezePage,
    PhrasesPage, TradingPasswordPage, WaitingLine,
};
use crate::view::sign_in::FlowEndedPage;
use crate::view::{Factor, Frame, Moment, Problems};

impl FlowRefused for TradingRefused {
    fn turn(&self) -> Turn {
        match self {
            Self::Locked { until } => Turn::Wait(*until),
            Self::Throttled { retry_at } => Turn::Wait(*retry_at),
            Self::Change(refused) => refused.turn(),
            _ => Turn::Again,
        }
    }

    fn clock(&self) -> Option<i32> {
        match self {
            Self::Change(refused) => refused.clock(),
            _ => None,
        }
    }
}

/// What the security page says besides the factors.
pub(super) async fn shown(call: &Call, frame: &Frame) -> Result<(Vec<Factor>, Vec<WaitingLine>), Trouble> {
    let view = call.app().protection(&call.visit(), call.customer()?).await?;
    Ok((lines(&frame.words, &view), waiting(&frame.words, &view)))
}

fn waiting(words: &Words, view: &ProtectionView) -> Vec<WaitingLine> {
    let line = |it: &doorward_app::delayed::Waiting| WaitingLine {
        id: it.id.to_string(),
        what: words.text(waiting_key(it.kind)).into_owned(),
        when: moment(words, it.takes_effect_at),
    };
    view.waiting.iter().map(line).collect()
}

fn waiting_key(kind: DelayedChange) -> &'static str {
    match kind {
        DelayedChange::SettingsLockOff => "waiting-settings-lock-off",
        DelayedChange::AddressBookOff => "waiting-address-book-off",
        DelayedChange::PasswordReset => "waiting-password-reset",
    }
}

fn moment(words: &Words, at: Timestamp) -> Moment {
    Moment::of_micros(at.as_micros(), words)
}

/// The lines of what protects the account beside its factors.
fn lines(words: &Words, view: &ProtectionView) -> Vec<Factor> {
    let line = |name: &str, state: String, href: &str, action: &str, weak| Factor {
        name: words.text(name).into_owned(),
        state,
        href: href.to_owned(),
        action: words.text(action).into_owned(),
        weak,
    };
    let (trading, trading_action, weak) = match view.standing.trading_password {
        TradingPasswordState::Missing => {
            (words.text("security-trading-none").into_owned(), "security-set", true)
        }
        TradingPasswordState::Locked { until } => {
            let until = moment(words, until).text;
            (words.text_of("security-trading-locked", "until", until), "security-change", false)
        }
        TradingPasswordState::Usable => {
            (words.text("security-trading-set").into_owned(), "security-change", false)
        }
        TradingPasswordState::Disabled => {
            (words.text("security-trading-disabled").into_owned(), "security-replace", true)
        }
    };
    let trading_href = match view.standing.trading_password {
        TradingPasswordState::Disabled => "/security/trading-password/forgotten",
        _ => "/security/trading-password",
    };
    let count = PhrasePlace::ALL.iter().filter(|place| view.phrases.of(**place).is_some()).count();
    let phrases = words.text_of("security-phrases-state", "count", count);
    let lock = match view.standing.settings_lock {
        None => words.text("security-lock-off").into_owned(),
        Some(lock) => match lock.opens_at {
            Some(at) => words.text_of("security-lock-opening", "until", moment(words, at).text),
            None => words.text_of("security-lock-on", "delay", words.span(lock.delay.as_secs())),
        },
    };
    let text = |key: &str| words.text(key).into_owned();
    vec![
        line("security-trading-password", trading, trading_href, trading_action, weak),
        line("security-phrases", phrases, "/security/phrases", "security-change", count == 0),
        line(
            "security-choices",
            text("security-choices-state"),
            "/security/choices",
            "security-change",
            false,
        ),
        line("security-lock", lock, "/security/lock", "security-change", false),
        line("security-freeze", text("security-freeze-state"), "/security/freeze", "security-freeze", false),
    ]
}

/// `GET /security/trading-password`
pub(crate) async fn trading_page(call: &mut Call) -> Result<Answer, Trouble> {
    show_trading(call, Said::default()).await
}

/// `POST /security/trading-password`: the first one, or the present and a new one.
pub(crate) async fn set_trading(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let (present, new) = (call.fields.take_secret("present"), call.fields.take_secret("new"));
    let set = match same(&new, &call.fields.take_secret("again")) {
        true => {
            let code = call.fields.get("code");
            call.app().set_trading_password(&visit, &customer, &present, &new, code).await
        }
        false => Err(Failure::Refused(TradingRefused::Differ)),
    };
    match set {
        Ok(_) => Ok(done("trading-password")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = show_trading(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret().trim() == other.expose_secret().trim()
}

async fn show_trading(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let view = call.app().protection(&call.visit(), call.customer()?).await?;
    let is_set = view.standing.trading_password != TradingPasswordState::Missing;
    let frame = call.frame();
    let hold = is_set.then(|| entry::hold_text(call, &frame));
    call.show(&TradingPasswordPage { problems: said.problems, is_set, hold, clock: said.clock, frame })
}

/// `GET /security/trading-password/forgotten`
pub(crate) async fn forgotten_page(call: &mut Call) -> Result<Answer, Trouble> {
    show_forgotten(call, Said::default()).await
}

/// `POST /security/trading-password/forgotten`: the wish for a code, or the code, a factor and the new one.
pub(crate) async fn forgotten(call: &mut Call) -> Result<Answer, Trouble> {
    const HERE: &str = "/security/trading-password/forgotten";
    let (visit, customer) = (call.visit(), *call.customer()?);
    let wants_code = call.fields.has("send");
    let outcome = if wants_code {
        call.app().ask_trading_code(&visit, &customer).await
    } else {
        let new = call.fields.take_secret("new");
        match same(&new, &call.fields.take_secret("again")) {
            true => {
                let (mailed, code) = (call.fields.get("mailed_code"), call.fields.get("code"));
                let app = call.app();
                app.replace_trading_password(&visit, &customer, mailed, &new, code).await.map(drop)
            }
            false => Err(Failure::Refused(TradingRefused::Differ)),
        }
    };
    match outcome {
        Ok(()) if wants_code => Ok(Answer::see_other(HERE)),
        Ok(()) => Ok(done("trading-password")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = show_forgotten(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

async fn show_forgotten(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let (sent_to, sent) = call.app().trading_code_view(call.customer()?).await?;
    let frame = call.frame();
    let hold = entry::hold_text(call, &frame);
    call.show(&ForgottenTradingPage {
        problems: said.problems,
        sent_to,
        sent,
        hold,
        clock: said.clock,
        frame,
    })
}

/// `GET /security/phrases`
pub(crate) async fn phrases_page(call: &mut Call) -> Result<Answer, Trouble> {
    let phrases = call.app().phrases(call.customer()?.account).await?;
    let text = |place| phrases.of(place).map(|it| it.as_str().to_owned()).unwrap_or_default();
    let typed = [text(PhrasePlace::Mail), text(PhrasePlace::SignIn), text(PhrasePlace::Withdrawal)];
    show_phrases(call, typed, Said::default())
}

/// `POST /security/phrases`
pub(crate) async fn choose_phrases(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let typed = ["mail", "sign_in", "withdrawal"].map(|name| call.fields.get(name).to_owned());
    let phrases = match Phrases::parse(&typed[0], &typed[1], &typed[2]) {
        Ok(phrases) => phrases,
        Err(refused) => {
            let problems = Problems::from(refused.in_words(&call.words(), call.app().now()));
            let page = show_phrases(call, typed, Said { problems, ..Said::default() })?;
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let chosen = call.app().choose_phrases(&visit, &customer, &phrases, call.fields.get("code")).await;
    match chosen {
        Ok(()) => Ok(done("phrases")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            Ok(again(call, turn, show_phrases(call, typed, refusal.said())?))
        }
    }
}

fn show_phrases(call: &Call, typed: [String; 3], said: Said) -> Result<Answer, Trouble> {
    let [mail, sign_in, withdrawal] = typed;
    let (frame, problems, clock) = (call.frame(), said.problems, said.clock);
    call.show(&PhrasesPage { frame, problems, mail, sign_in, withdrawal, clock })
}

/// `GET /security/choices`
pub(crate) async fn choices_page(call: &mut Call) -> Result<Answer, Trouble> {
    show_choices(call, None, Said::default()).await
}

/// `POST /security/choices`: notices, network, address book.
pub(crate) async fn choose(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let choices = Choices {
        every_entry: call.fields.has("every_entry"),
        bind_network: call.fields.has("bind_network"),
        address_book: call.fields.has("address_book"),
    };
    match call.app().choose_protection(&visit, &customer, choices, call.fields.get("code")).await {
        Ok(chosen) if chosen.address_book_off_at.is_some() => Ok(done("address-book")),
        Ok(_) => Ok(done("choices")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = show_choices(call, Some(choices), refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

async fn show_choices(call: &Call, typed: Option<Choices>, said: Said) -> Result<Answer, Trouble> {
    let view = call.app().protection(&call.visit(), call.customer()?).await?;
    let choices = typed.unwrap_or(view.choices);
    let frame = call.frame();
    let holds = &call.app().policy.hold;
    let span = |length: std::time::Duration| frame.words.span(length.as_secs()).into();
    let spans = [("hold", span(holds.address_added)), ("wait", span(holds.address_book_off_after))];
    let book_hint = frame.words.text_with("choices-book-hint", &spans);
    let off = view.waiting.iter().find(|it| it.kind == DelayedChange::AddressBookOff);
    let book_off_at = off.map(|it| moment(&frame.words, it.takes_effect_at));
    // Once asked for, the tick shows what was asked and not what is still enforced.
    let address_book = choices.address_book && (off.is_none() || typed.is_some());
    call.show(&ChoicesPage {
        frame,
        problems: said.problems,
        every_entry: choices.every_entry,
        bind_network: choices.bind_network,
        address_book,
        book_hint,
        book_off_at,
        clock: said.clock,
    })
}

/// `GET /security/lock`
pub(crate) async fn lock_page(call: &mut Call) -> Result<Answer, Trouble> {
    show_lock(call, None, Said::default()).await
}

/// `POST /security/lock`: on, or longer.
pub(crate) async fn lock(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let typed = call.fields.get("days").to_owned();
    let days = typed.trim().parse().ok().filter(|days| lock_delay(*days).is_some());
    let Some(days) = days else {
        let problems = Problems::from(Sentence::at("days", call.words().text("refused-lock-days")));
        let page = show_lock(call, Some(typed), Said { problems, ..Said::default() }).await?;
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY));
    };
    match call.app().lock_settings(&visit, &customer, days, call.fields.get("code")).await {
        Ok(()) => Ok(done("lock")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = show_lock(call, Some(typed), refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

async fn show_lock(call: &Call, typed: Option<String>, said: Said) -> Result<Answer, Trouble> {
    let lock = call.app().protection(&call.visit(), call.customer()?).await?.standing.settings_lock;
    let frame = call.frame();
    let days = lock.map_or(7, |lock| lock.delay.as_secs() / 86_400).min(u64::from(LOCK_DAYS_MAX));
    call.show(&LockPage {
        problems: said.problems,
        delay: lock.map(|lock| frame.words.span(lock.delay.as_secs())),
        opens_at: lock.and_then(|lock| lock.opens_at).map(|at| moment(&frame.words, at)),
        days: typed.unwrap_or_else(|| days.to_string()),
        clock: said.clock,
        frame,
    })
}

/// `GET /security/lock/open`
pub(crate) async fn lock_open_page(call: &mut Call) -> Result<Answer, Trouble> {
    show_lock_open(call, Said::default()).await
}

/// `POST /security/lock/open`: begins the lock's own delay.
pub(crate) async fn open_lock(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    match call.app().ask_settings_unlock(&visit, &customer, call.fields.get("code")).await {
        Ok(_) => Ok(done("unlock")),
        Err(Failure::Refused(ChangeRefused::NotBegun)) => Ok(Answer::see_other("/security/lock")),
        Err(failure) => {
            let refusal = match left(call, failure)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let turn = refusal.turn;
            let page = show_lock_open(call, refusal.said()).await?;
            Ok(again(call, turn, page))
        }
    }
}

async fn show_lock_open(call: &Call, said: Said) -> Result<Answer, Trouble> {
    let lock = call.app().protection(&call.visit(), call.customer()?).await?.standing.settings_lock;
    let Some(lock) = lock else { return Ok(Answer::see_other("/security/lock")) };
    let frame = call.frame();
    let delay = frame.words.span(lock.delay.as_secs());
    call.show(&LockOpenPage { frame, problems: said.problems, delay, clock: said.clock })
}

/// `POST /security/waiting/cancel`
pub(crate) async fn cancel_waiting(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let change: ChangeId = call.fields.get("change").parse().map_err(|_| Trouble::NotFound)?;
    match call.app().cancel_waiting(&visit, &customer, change).await? {
        true => Ok(done("waiting")),
        false => Err(Trouble::NotFound),
    }
}

/// `GET /security/freeze`
pub(crate) async fn freeze_page(call: &mut Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let hold = entry::hold_text(call, &frame);
    call.show(&OwnFreezePage { frame, hold })
}

/// `POST /security/freeze`: everything ends, this session too. No factor is asked: it must be easy.
pub(crate) async fn freeze(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    call.app().freeze_own(&visit, &customer).await?;
    Ok(leave("/freeze/done"))
}

/// `GET /cancel`
pub(crate) async fn cancel_page(call: &mut Call) -> Result<Answer, Trouble> {
    let token = call.fields.get("token").to_owned();
    let found = match Token::parse(&token) {
        Some(link) => call.app().find_waiting_by_link(&link).await?,
        None => None,
    };
    let Some(found) = found else { return cancel_ended(call) };
    let frame = call.frame_without_query();
    let what = frame.text(waiting_key(found.kind)).into_owned();
    let when = moment(&frame.words, found.takes_effect_at);
    call.show(&CancelPage { frame, token, what, when })
}

/// `POST /cancel`: all stays as it was, once for each link, without a sign-in.
pub(crate) async fn cancel(call: &mut Call) -> Result<Answer, Trouble> {
    let Some(link) = Token::parse(call.fields.get("token")) else { return cancel_ended(call) };
    match call.app().cancel_by_link(&call.visit(), &link).await {
        Ok(_) => Ok(Answer::see_other("/cancel/done")),
        Err(Failure::Refused(_)) => cancel_ended(call),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /cancel/done`
pub(crate) async fn cancelled(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&CancelledPage { frame: call.frame() })
}

fn cancel_ended(call: &Call) -> Result<Answer, Trouble> {
    let frame = call.frame();
    let sentence = frame.text("refused-cancel-link").into_owned();
    let page = FlowEndedPage { frame, sentence, again_path: "/sign-in".to_owned() };
    Ok(call.show(&page)?.status(StatusCode::CONFLICT))
}
