//! `/healthz` and `/readyz`: for whoever watches over the program.

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;

/// `GET /healthz`: the program answers.
pub(crate) async fn healthy(_: &mut Call) -> Result<Answer, Trouble> {
    Ok(Answer::text("ok\n"))
}
