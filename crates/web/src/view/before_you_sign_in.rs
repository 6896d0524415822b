//! *Before you sign in*: checks that server and browser really run.

use askama::Template;

use super::{Frame, Moment};

/// `GET /before-you-sign-in`
#[derive(Template, Debug)]
#[template(path = "before_you_sign_in.html")]
pub struct BeforeYouSignInPage {
    /// The frame.
    pub frame: Frame,
    /// The request named the configured host.
    pub address_matches: bool,
    /// How the request travelled.
    pub transport: Transport,
    /// The server's clock; script compares it with the device's.
    pub server_time: Moment,
    /// The browser sent back a cookie of ours. Without one the page still asks the browser by script.
    pub cookie_seen: bool,
    /// At least one device token came with the request.
    pub device_known: bool,
}

/// How a request reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Encrypted.
    Tls,
    /// From this very machine.
    Loopback,
    /// Neither: somebody on the way could read it.
    Plain,
}

impl BeforeYouSignInPage {
    /// Whether the connection is encrypted.
    pub fn is_tls(&self) -> bool {
        self.transport == Transport::Tls
    }

    /// Whether the connection never left this machine.
    pub fn is_loopback(&self) -> bool {
        self.transport == Transport::Loopback
    }

    #[cfg(test)]
    pub(crate) fn sample(frame: Frame) -> Self {
        let server_time = super::facts::sample::moment(&frame.words, 0);
        Self {
            frame,
            address_matches: true,
            transport: Transport::Loopback,
            server_time,
            cookie_seen: true,
            device_known: false,
        }
    }
}
