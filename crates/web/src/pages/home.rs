//! The front page, and the checks before somebody signs in.

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::view::Moment;
use crate::view::before_you_sign_in::{BeforeYouSignInPage, Transport};
use crate::view::home::HomePage;

/// `GET /`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    call.show(&HomePage { frame: call.frame() })
}

/// `GET /before-you-sign-in`. The door has already turned away every other host's name.
pub(crate) async fn before_you_sign_in(call: &mut Call) -> Result<Answer, Trouble> {
    let words = call.words();
    let transport = match call.house.config.tls {
        true => Transport::Tls,
        false if call.network().is_loopback() => Transport::Loopback,
        false => Transport::Plain,
    };
    let page = BeforeYouSignInPage {
        cookie_seen: call.cookie(Cookie::Browser).is_some(),
        device_known: !call.device_tokens().is_empty(),
        frame: call.frame(),
        address_matches: true,
        transport,
        server_time: Moment::of_micros(call.app().now().as_micros(), &words),
    };
    call.show(&page)
}
