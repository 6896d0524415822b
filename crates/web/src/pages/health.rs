//! `/healthz` and `/readyz`: for whoever watches over the program.

use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;

/// `GET /healthz`: the program answers.
pub(crate) async fn healthy(_: &mut Call) -> Result<Answer, Trouble> {
    Ok(Answer::text("ok\n"))
}

/// `GET /readyz`: this node should be given work, or 503 and everything that keeps it from being ready.
pub(crate) async fn ready(call: &mut Call) -> Result<Answer, Trouble> {
    let notes: String = call.app().notes().iter().map(|note| format!("note: {note}\n")).collect();
    match call.app().ready().await {
        Ok(()) => Ok(Answer::text(format!("ready\n{notes}"))),
        Err(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
            let text = format!("not ready: {}\n{notes}", reasons.join(", "));
            Ok(Answer::text(text).status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}
