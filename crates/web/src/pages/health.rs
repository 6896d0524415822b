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
    match call.app().ready().await {
        Ok(()) => Ok(Answer::text("ready\n")),
        Err(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
            let text = format!("not ready: {}\n", reasons.join(", "));
            Ok(Answer::text(text).status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}
