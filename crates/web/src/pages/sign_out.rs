//! `/sign-out`: out of this session. The page after it is everybody's.

use http::HeaderValue;

use crate::answer::Answer;
use crate::call::Call;
use crate::door::CLEAR_SITE_DATA;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::security::SignedOutPage;

/// What the browser throws away. Not its cookies: the device stays known, and the session's own is forgotten by name.
const CLEARED: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// `POST /sign-out`. Whoever has no session any more is signed out as well.
pub(crate) async fn post(call: &mut Call) -> Result<Answer, Trouble> {
    let visit = call.visit();
    let customer = *call.customer()?;
    call.app().sign_out(&visit, &customer).await?;
    Ok(leave("/signed-out"))
}

/// `GET /signed-out`
pub(crate) async fn done(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&SignedOutPage { frame: call.frame() })
}

/// Out of here, with everything of the session gone from the browser.
pub(super) fn leave(path: &str) -> Answer {
    Answer::see_other(path)
        .forget(Cookie::Session)
        .forget(Cookie::SignIn)
        .forget(Cookie::SignUp)
        .forget(Cookie::Change)
        .header(CLEAR_SITE_DATA, CLEARED)
}
