//! `/help`: a page for each trouble.

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::help::{HelpPage, HelpTopic, HelpTopicPage};

/// `GET /help`
pub(crate) async fn index(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&HelpPage { frame: call.frame() })
}

/// `GET /help/{topic}`
pub(crate) async fn topic(call: &mut Call) -> Result<Answer, Trouble> {
    let topic = HelpTopic::of_slug(call.rest()).ok_or(Trouble::NotFound)?;
    call.show(&HelpTopicPage { frame: call.frame(), topic })
}
