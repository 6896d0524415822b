//! The front page.

use askama::Template;

use super::Frame;

/// `GET /`
#[derive(Template, Debug)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub frame: Frame,
}
