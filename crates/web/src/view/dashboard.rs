//! The account overview.

use askama::Template;

use super::case::RunningCasePart;
use super::market::HoldingLine;
use super::{DeviceLine, Frame, Hold, SessionLine, ToDo};

/// `/dashboard`
#[derive(Template, Debug)]
#[template(path = "dashboard.html")]
pub struct DashboardPage {
    /// The frame.
    pub frame: Frame,
    /// The account's identifier, masked.
    pub identifier: String,
    /// A sentence about what just happened (a session ended, a device forgotten), when something did.
    pub notice: Option<String>,
    /// The lost-factor case that runs.
    pub case: Option<RunningCasePart>,
    /// Holds that run.
    pub holds: Vec<Hold>,
    /// What is held; `None` while the engine does not answer.
    pub holdings: Option<Vec<HoldingLine>>,
    /// The markets are moved by the house itself.
    pub is_demo: bool,
    /// Sessions that are open.
    pub sessions: Vec<SessionLine>,
    /// Devices that are trusted.
    pub devices: Vec<DeviceLine>,
    /// What to improve.
    pub to_do: Vec<ToDo>,
}

#[cfg(test)]
impl DashboardPage {
    pub(crate) fn sample(frame: Frame) -> Self {
        use super::facts::sample::{devices, holds, sessions, to_do};
        let words = frame.words;
        Self {
            case: Some(RunningCasePart::sample(&frame)),
            frame,
            identifier: "a••@example.org".to_owned(),
            notice: None,
            holds: holds(&words),
            holdings: Some(super::market::sample::holdings()),
            is_demo: true,
            sessions: sessions(&words),
            devices: devices(&words),
            to_do: to_do(&words),
        }
    }
}
