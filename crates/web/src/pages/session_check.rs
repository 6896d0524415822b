//! `/api/session`: whether there is a session, for programs and for pages that stay open. The most asked address.

use std::fmt::Write as _;

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;

/// `GET /api/session`: 200 with a few facts, or 401 as problem details.
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let customer = call.customer()?;
    let mut text = String::with_capacity(128);
    let entered_at = customer.entered_at.as_seconds();
    let _ = write!(
        text,
        r#"{{"session":"{}","account":"{}","entered_at":{entered_at}}}"#,
        customer.session, customer.account
    );
    Ok(Answer::json(text))
}
