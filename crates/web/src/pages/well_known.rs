//! `/.well-known/…`: where password managers and finders of weaknesses look.

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;

const DAY_S: i64 = 24 * 60 * 60;

/// `GET /.well-known/change-password`: password managers send their people here.
pub(crate) async fn change_password(_: &mut Call) -> Result<Answer, Trouble> {
    Ok(Answer::see_other("/security/password"))
}

/// `GET /.well-known/security.txt` (RFC 9116). Its end of validity is a month ahead of whoever reads it.
pub(crate) async fn security_txt(call: &mut Call) -> Result<Answer, Trouble> {
    let config = &call.house.config;
    let contact = config.security_contact.as_deref().ok_or(Trouble::NotFound)?;
    let origin = config.public_url.origin();
    let today = call.app().now().as_seconds().div_euclid(DAY_S);
    let expires = doorward_wording::iso_moment((today + 30) * DAY_S * 1_000_000);
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en, de\nCanonical: {origin}/.well-known/security.txt\n"
    );
    Ok(Answer::text(text))
}
