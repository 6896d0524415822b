//! What protects the account beside its factors: trading password, phrases, choices, settings lock, freeze.

use askama::Template;

use super::{Frame, Moment, Problems};

/// One change that waits, on the security page. Cancelled by `POST /security/waiting/cancel` with `change=<id>`.
#[derive(Clone, Debug)]
pub struct WaitingLine {
    /// What the form sends.
    pub id: String,
    /// What will happen, from `wording`.
    pub what: String,
    /// When.
    pub when: Moment,
}

/// `/security/trading-password`
#[derive(Template, Debug)]
#[template(path = "protect/trading_password.html")]
pub struct TradingPasswordPage {
    /// The frame.
    pub frame: Frame,
    /// `present`, `new`, `again`, `code`, or the whole form.
    pub problems: Problems,
    /// Whether there is one, which is then asked.
    pub is_set: bool,
    /// Length of the hold that a change starts, written out.
    pub hold: Option<String>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/trading-password/forgotten`
#[derive(Template, Debug)]
#[template(path = "protect/forgotten_trading.html")]
pub struct ForgottenTradingPage {
    /// The frame.
    pub frame: Frame,
    /// `mailed_code`, `new`, `again`, `code`, or the whole form.
    pub problems: Problems,
    /// Where the code goes, masked.
    pub sent_to: String,
    /// A code is on its way: the page asks for it.
    pub sent: bool,
    /// Length of the hold that follows, written out.
    pub hold: String,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/phrases`
#[derive(Template)]
#[template(path = "protect/phrases.html")]
pub struct PhrasesPage {
    /// The frame.
    pub frame: Frame,
    /// `mail`, `sign_in`, `withdrawal`, `code`, or the whole form.
    pub problems: Problems,
    /// The phrase of mails, or what was typed.
    pub mail: String,
    /// The phrase beside the password field, or what was typed.
    pub sign_in: String,
    /// The phrase of withdrawals, or what was typed.
    pub withdrawal: String,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

impl std::fmt::Debug for PhrasesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhrasesPage(redacted)")
    }
}

/// `/security/choices`
#[derive(Template, Debug)]
#[template(path = "protect/choices.html")]
pub struct ChoicesPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Each entry is told.
    pub every_entry: bool,
    /// Sessions are bound to their network.
    pub bind_network: bool,
    /// The address book is enforced.
    pub address_book: bool,
    /// What the address book does and how long switching it off takes.
    pub book_hint: String,
    /// When the address book goes off, once that was asked for.
    pub book_off_at: Option<Moment>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/lock`
#[derive(Template, Debug)]
#[template(path = "protect/lock.html")]
pub struct LockPage {
    /// The frame.
    pub frame: Frame,
    /// `days`, `code`, or the whole form.
    pub problems: Problems,
    /// The delay while the lock is on, written out.
    pub delay: Option<String>,
    /// When it opens, once that was asked for.
    pub opens_at: Option<Moment>,
    /// The delay in days to begin with, or what was typed.
    pub days: String,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/lock/open`
#[derive(Template, Debug)]
#[template(path = "protect/lock_open.html")]
pub struct LockOpenPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// How long it takes, written out.
    pub delay: String,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/freeze`: the question before the owner freezes the account.
#[derive(Template, Debug)]
#[template(path = "protect/freeze.html")]
pub struct OwnFreezePage {
    /// The frame.
    pub frame: Frame,
    /// Length of the hold after unfreezing, written out.
    pub hold: String,
}

/// `/cancel`: what the link in a mail about a waiting change opens. Its GET changes nothing; the button does.
#[derive(Template)]
#[template(path = "protect/cancel.html")]
pub struct CancelPage {
    /// The frame.
    pub frame: Frame,
    /// The token of the link, sent along by the button as `token`.
    pub token: String,
    /// What would happen.
    pub what: String,
    /// When.
    pub when: Moment,
}

impl std::fmt::Debug for CancelPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CancelPage(redacted)")
    }
}

/// After a waiting change was cancelled.
#[derive(Template, Debug)]
#[template(path = "protect/cancelled.html")]
pub struct CancelledPage {
    /// The frame.
    pub frame: Frame,
}

/// `/sign-in/unfreeze`: the owner of a frozen account, after password and factor.
#[derive(Template, Debug)]
#[template(path = "protect/unfreeze.html")]
pub struct UnfreezePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where the code went, masked.
    pub sent_to: String,
    /// A further code was just sent.
    pub resent: bool,
    /// Length of the hold that follows, written out.
    pub hold: String,
}

/// After the owner lifted a freeze.
#[derive(Template, Debug)]
#[template(path = "protect/unfrozen.html")]
pub struct UnfrozenPage {
    /// The frame.
    pub frame: Frame,
}

/// The end of a forgotten password under the settings lock.
#[derive(Template, Debug)]
#[template(path = "protect/parked.html")]
pub struct ParkedPage {
    /// The frame.
    pub frame: Frame,
    /// When the new password takes effect.
    pub until: Moment,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::moment;
    use super::*;

    impl TradingPasswordPage {
        pub(crate) fn sample(frame: Frame, is_set: bool) -> Self {
            let hold = is_set.then(|| frame.words.span(86_400));
            Self { frame, problems: Problems::none(), is_set, hold, clock: None }
        }
    }

    impl ForgottenTradingPage {
        pub(crate) fn sample(frame: Frame, sent: bool) -> Self {
            let (hold, sent_to) = (frame.words.span(86_400), "a••@example.org".to_owned());
            Self { frame, problems: Problems::none(), sent_to, sent, hold, clock: None }
        }
    }

    impl PhrasesPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let (mail, sign_in) = ("blue teapot".to_owned(), "quiet river".to_owned());
            Self { frame, problems: Problems::none(), mail, sign_in, withdrawal: String::new(), clock: None }
        }
    }

    impl ChoicesPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let book_off_at = Some(moment(&frame.words, -2_880));
            let spans =
                [("hold", frame.words.span(86_400).into()), ("wait", frame.words.span(172_800).into())];
            let book_hint = frame.words.text_with("choices-book-hint", &spans);
            let problems = Problems::none();
            let (every_entry, bind_network, address_book) = (false, true, true);
            Self {
                frame,
                problems,
                every_entry,
                bind_network,
                address_book,
                book_hint,
                book_off_at,
                clock: None,
            }
        }
    }

    impl LockPage {
        pub(crate) fn sample(frame: Frame, is_on: bool) -> Self {
            let delay = is_on.then(|| frame.words.span(7 * 86_400));
            let opens_at = is_on.then(|| moment(&frame.words, -7 * 1_440));
            Self { frame, problems: Problems::none(), delay, opens_at, days: "7".to_owned(), clock: None }
        }
    }

    impl LockOpenPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let delay = frame.words.span(7 * 86_400);
            Self { frame, problems: Problems::none(), delay, clock: None }
        }
    }

    impl CancelPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let (what, when) =
                (frame.text("waiting-password-reset").into_owned(), moment(&frame.words, -4_320));
            Self { frame, token: "sample".to_owned(), what, when }
        }
    }

    impl UnfreezePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let (hold, sent_to) = (frame.words.span(86_400), "a••@example.org".to_owned());
            Self { frame, problems: Problems::none(), sent_to, resent: false, hold }
        }
    }

    pub(crate) fn waiting(words: &doorward_wording::Words) -> Vec<WaitingLine> {
        vec![WaitingLine {
            id: "sample".to_owned(),
            what: words.text("waiting-address-book-off").into_owned(),
            when: moment(words, -2_880),
        }]
    }
}
