//! What the rules of countries refuse, and what they leave open.

use askama::Template;
use doorward_domain::action::Action;
use doorward_domain::jurisdiction::Judged;
use doorward_wording::Words;

use super::{Frame, Moment};

/// The rule in force, on every page behind the door while it is not *open*.
#[derive(Clone, Debug)]
pub struct Restriction {
    /// What it leaves open, in one line.
    pub headline: String,
    /// Which rule, and why.
    pub because: String,
    /// Since when, unless it has always been so.
    pub since: Option<Moment>,
}

impl Restriction {
    /// The rule in words; `None` while everything is open.
    pub fn of(judged: &Judged, words: &Words) -> Option<Self> {
        Some(Self {
            headline: words.restriction(judged.mode)?.into_owned(),
            because: words.because(judged.because),
            since: judged.since.map(|since| Moment::of_micros(since.as_micros(), words)),
        })
    }
}

/// In place of what was asked for: what is refused, by which rule, since when, and what remains possible.
#[derive(Template, Debug)]
#[template(path = "restricted.html")]
pub struct RestrictedPage {
    /// The frame.
    pub frame: Frame,
    /// What was asked for, and what it is that refuses it.
    pub what: String,
    /// Which rule, and why.
    pub because: String,
    /// Since when, unless it has always been so.
    pub since: Option<Moment>,
    /// What can still be done, as verbs.
    pub possible: Vec<String>,
}

impl RestrictedPage {
    /// The page for an action that a rule refuses.
    pub fn of(frame: Frame, action: Action, judged: &Judged) -> Self {
        let words = frame.words;
        let values = [
            ("action", words.action(action).into_owned().into()),
            ("mode", words.mode(judged.mode).into_owned().into()),
        ];
        let allowed = Action::ALL.iter().filter(|action| judged.mode.allows(**action));
        Self {
            what: words.text_with("restricted-what", &values),
            because: words.because(judged.because),
            since: judged.since.map(|since| Moment::of_micros(since.as_micros(), &words)),
            possible: allowed.map(|action| words.action(*action).into_owned()).collect(),
            frame,
        }
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use doorward_domain::country::Country;
    use doorward_domain::jurisdiction::{Because, Mode};
    use doorward_domain::time::Timestamp;

    use super::*;

    pub(crate) fn judged(mode: Mode) -> Judged {
        let country = Country::parse("NL").expect("a country");
        let since = Some(Timestamp::from_seconds(1_795_300_000));
        Judged { mode, since, because: Because::Residence(country) }
    }
}
