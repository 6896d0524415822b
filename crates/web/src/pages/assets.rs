//! `/assets/{digest}/{file}` and the icon that browsers ask for by itself.

use crate::answer::Answer;
use crate::assets;
use crate::call::Call;
use crate::guard::headers::Dress;
use crate::refusal::Trouble;

/// `GET /assets/{digest}/{file}`
pub(crate) async fn file(call: &mut Call) -> Result<Answer, Trouble> {
    let (dress, response) = assets::answer(call.path(), &call.parts.headers).ok_or(Trouble::NotFound)?;
    Ok(Answer { response, dress })
}

/// `GET /favicon.ico`
pub(crate) async fn icon(call: &mut Call) -> Result<Answer, Trouble> {
    let response = assets::answer_by_name("favicon.ico", &call.parts.headers).ok_or(Trouble::NotFound)?;
    Ok(Answer { response, dress: Dress::Asset })
}
