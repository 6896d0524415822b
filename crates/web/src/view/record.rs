//! What a customer reads of the record, takes away of it, and how everything is erased.

use askama::Template;

use super::{Fact, Frame, Moment, Problems};

/// A choice among several views of a list: a link, or where one stands.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// Whether the page shows it now.
    pub current: bool,
}

/// `/activity`: everything that happened to the account, newest first. Each line asks `POST /review` with
/// `answer=not-me` and `fact=<id>`.
#[derive(Template, Debug)]
#[template(path = "record/activity.html")]
pub struct ActivityPage {
    /// The frame.
    pub frame: Frame,
    /// `from` or `to`.
    pub problems: Problems,
    /// What the lines are about.
    pub groups: Vec<Choice>,
    /// How far back they go.
    pub ranges: Vec<Choice>,
    /// The chosen group, sent along with the dates; empty for all.
    pub group: &'static str,
    /// The first day, as it was typed; empty for the beginning.
    pub from: String,
    /// The last one; empty for today.
    pub to: String,
    /// The lines of this page.
    pub lines: Vec<Fact>,
    /// The newest page, when this is another.
    pub newest_href: Option<String>,
    /// The next page.
    pub older_href: Option<String>,
    /// The same lines as a table.
    pub table_href: String,
    /// The own copy of the audit log.
    pub record_href: String,
}

/// An erasure that is under way.
#[derive(Clone, Debug)]
pub struct ErasureUnderWay {
    /// When it was asked for.
    pub asked: Moment,
    /// When its waiting time is over.
    pub due: Moment,
}

/// `/account/data`: take everything away, or have it erased.
#[derive(Template, Debug)]
#[template(path = "record/data.html")]
pub struct DataPage {
    /// The frame.
    pub frame: Frame,
    /// A sentence about what was just done.
    pub notice: Option<String>,
    /// `code`, or the whole form, of the form that was sent.
    pub problems: Problems,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
    /// The erasure that is under way.
    pub under_way: Option<ErasureUnderWay>,
    /// What stands in the way of one, a whole sentence.
    pub obstacle: Option<String>,
    /// From the wish to the deed, written out.
    pub wait: String,
    /// How long the customer record is kept where the law asks for it, written out.
    pub kept_for: String,
}

/// `/account/data/take` and `/account/data/erase`: a second factor for one of the two.
#[derive(Template, Debug)]
#[template(path = "record/prove.html")]
pub struct DataProofPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
    /// The title.
    pub title: String,
    /// What happens, in one sentence.
    pub effect: String,
    /// Where the form goes.
    pub action: &'static str,
    /// What the button says.
    pub button: String,
    /// Whether it takes everything away from the customer.
    pub danger: bool,
    /// What a passkey is asked for, as its options name it.
    pub purpose: &'static str,
}

/// `/erasure/cancel`: what the link of the announcing mail opens. Its GET changes nothing; the button does.
#[derive(Template)]
#[template(path = "record/cancel.html")]
pub struct CancelErasurePage {
    /// The frame.
    pub frame: Frame,
    /// The token of the link, sent along by the button as `token`.
    pub token: String,
}

impl std::fmt::Debug for CancelErasurePage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CancelErasurePage(redacted)")
    }
}

/// After an erasure was called off by its link.
#[derive(Template, Debug)]
#[template(path = "record/cancelled.html")]
pub struct ErasureCancelledPage {
    /// The frame.
    pub frame: Frame,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::{fact, moment};
    use super::*;

    fn choice(text: &str, current: bool) -> Choice {
        Choice { text: text.to_owned(), href: "/activity?days=7".to_owned(), current }
    }

    impl ActivityPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let what = |key: &str| words.text(key).into_owned();
            Self {
                frame,
                problems: Problems::none(),
                group: "failed",
                from: "2026-11-01".to_owned(),
                to: String::new(),
                groups: vec![
                    choice(&what("activity-all"), true),
                    choice(&what("activity-group-failed"), false),
                ],
                ranges: vec![choice(&what("activity-all-time"), true)],
                lines: vec![
                    fact(&words, "4", &what("event-password-changed"), 110, false),
                    fact(&words, "3", &what("event-wrong-password"), 700, true),
                ],
                newest_href: Some("/activity".to_owned()),
                older_href: Some("/activity?before=3".to_owned()),
                table_href: "/activity/table".to_owned(),
                record_href: "/activity/record".to_owned(),
            }
        }
    }

    impl DataPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            Self {
                frame,
                notice: None,
                problems: Problems::none(),
                clock: None,
                under_way: None,
                obstacle: None,
                wait: words.span(7 * 86_400),
                kept_for: words.span(1_826 * 86_400),
            }
        }

        pub(crate) fn sample_under_way(frame: Frame) -> Self {
            let words = frame.words;
            let under_way = ErasureUnderWay { asked: moment(&words, 60), due: moment(&words, -10_000) };
            Self { under_way: Some(under_way), ..Self::sample(frame) }
        }
    }

    impl DataProofPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                problems: Problems::none(),
                clock: None,
                title: frame.text("erase-title").into_owned(),
                effect: frame.text_of("erase-effect", "wait", frame.words.span(7 * 86_400)),
                action: "/account/data/erase",
                button: frame.text("button-erase").into_owned(),
                danger: true,
                purpose: "erase-account",
                frame,
            }
        }
    }
}
