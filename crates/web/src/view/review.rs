//! The review after each entry, and the question behind *This wasn't me*.

use askama::Template;

use super::case::RunningCasePart;
use super::{DeviceLine, Fact, Factor, Frame, Hold, Problems, SessionLine, ToDo};

/// `/review`: what changed since the last entry. Confirmed as a whole, denied line by line.
///
/// The confirming form posts `answer=confirm`; each line posts `answer=me` or `answer=not-me` with `fact=<id>`.
#[derive(Template, Debug)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// The frame.
    pub frame: Frame,
    /// A sentence about what was just done, when something was.
    pub notice: Option<String>,
    /// The whole form.
    pub problems: Problems,
    /// The lost-factor case that runs.
    pub case: Option<RunningCasePart>,
    /// Own path to go on to once it is confirmed; empty for the dashboard.
    pub return_to: String,
    /// The entry before this one; none on the first.
    pub last_entry: Option<Fact>,
    /// Entries since then.
    pub entries: Vec<Fact>,
    /// Failed tries since then.
    pub failed_tries: Vec<Fact>,
    /// What staff looked at or did since then.
    pub by_staff: Vec<Fact>,
    /// Changes of security settings since then.
    pub changes: Vec<Fact>,
    /// Sessions that are open.
    pub sessions: Vec<SessionLine>,
    /// Devices that are trusted.
    pub devices: Vec<DeviceLine>,
    /// Holds that run.
    pub holds: Vec<Hold>,
    /// Factors and their state.
    pub factors: Vec<Factor>,
    /// What to improve.
    pub to_do: Vec<ToDo>,
}

/// The one question before *This wasn't me* freezes the account. Its form posts to `/review` with `answer=freeze`.
#[derive(Template, Debug)]
#[template(path = "not_me.html")]
pub struct NotMePage {
    /// The frame.
    pub frame: Frame,
    /// The line in question.
    pub fact: Fact,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::{devices, fact, factors, holds, sessions, to_do};
    use super::*;

    impl ReviewPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let what = |key: &str| words.text(key).into_owned();
            Self {
                notice: None,
                case: Some(RunningCasePart::sample(&frame)),
                frame,
                problems: Problems::none(),
                return_to: String::new(),
                last_entry: Some(fact(&words, "f1", &what("event-entry"), 2_880, false)),
                entries: vec![fact(&words, "f2", &what("event-entry"), 380, false)],
                failed_tries: vec![fact(&words, "f3", &what("event-wrong-password"), 700, true)],
                by_staff: vec![Fact {
                    by_staff: true,
                    ..fact(&words, "f5", &what("event-staff-looked"), 60, false)
                }],
                changes: vec![fact(&words, "f4", &what("event-password-changed"), 110, false)],
                sessions: sessions(&words),
                devices: devices(&words),
                holds: holds(&words),
                factors: factors(&words),
                to_do: to_do(&words),
            }
        }

        pub(crate) fn sample_first(frame: Frame) -> Self {
            let words = frame.words;
            Self {
                notice: None,
                case: None,
                frame,
                problems: Problems::none(),
                return_to: String::new(),
                last_entry: None,
                entries: Vec::new(),
                failed_tries: Vec::new(),
                by_staff: Vec::new(),
                changes: Vec::new(),
                sessions: sessions(&words).into_iter().take(1).collect(),
                devices: devices(&words).into_iter().take(1).collect(),
                holds: Vec::new(),
                factors: factors(&words),
                to_do: Vec::new(),
            }
        }
    }

    impl NotMePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let what = frame.text("event-password-changed").into_owned();
            Self { fact: fact(&frame.words, "f4", &what, 110, false), frame }
        }
    }
}
