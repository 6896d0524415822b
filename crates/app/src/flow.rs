//! What sign-up, reset and change have in common: a cookie that names a row, and a sealed state in that row.
//!
//! The cookie carries a token that changes at each passed step and is sealed to the browser that began; the row holds
//! the token's hash. A copied cookie opens in no other browser, an old one finds no row.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use doorward_domain::token::Token;

use crate::app::App;
use crate::failure::Fault;
use crate::keys::Sealed;
use crate::visit::Visit;

/// A step was passed: what the browser's flow cookie holds from now on, and where the flow stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved<S> {
    /// The new value of the flow's cookie.
    pub cookie: String,
    /// The step that is open now.
    pub step: S,
}

/// The cookies of flows, by which a sealed value is bound to its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowCookie {
    SignUp,
    Reset,
    Change,
    Identifier,
}

impl FlowCookie {
    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Reset => "reset",
            Self::Change => "change",
            Self::Identifier => "identifier",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Carried {
    token: String,
}

impl App {
    /// The cookie that carries this token in this browser; `None` when the browser has no secret of its own yet.
    pub(crate) fn seal_flow_cookie(&self, flow: FlowCookie, visit: &Visit, token: &Token) -> Option<String> {
        let browser = visit.browser.as_ref()?;
        let carried = Carried { token: token.encode() };
        Some(self.keys.seal_cookie(flow.name(), browser.as_bytes(), &carried))
    }

    /// The token that this browser's cookie carries.
    pub(crate) fn open_flow_cookie(&self, flow: FlowCookie, visit: &Visit, cookie: &str) -> Option<Token> {
        let browser = visit.browser.as_ref()?;
        let carried: Carried = self.keys.open_cookie(flow.name(), browser.as_bytes(), cookie)?;
        Token::parse(&carried.token)
    }

    /// Seals the state of a flow for its row.
    pub(crate) fn seal_flow_state<T: Serialize>(&self, id: Uuid, state: &T) -> Result<Vec<u8>, Fault> {
        let plain = serde_json::to_vec(state).map(Zeroizing::new);
        let plain = plain.map_err(|error| Fault::internal("writing the state of a flow").caused_by(error))?;
        Ok(self.keys.seal(Sealed::Flow, id.as_bytes(), &plain))
    }

    /// Opens the state that a row holds.
    pub(crate) fn open_flow_state<T: DeserializeOwned>(&self, id: Uuid, sealed: &[u8]) -> Result<T, Fault> {
        let plain = self.keys.open(Sealed::Flow, id.as_bytes(), sealed);
        let plain = plain.ok_or_else(|| Fault::internal("opening the state of a flow"))?;
        serde_json::from_slice(&plain)
            .map_err(|error| Fault::internal("reading the state of a flow").caused_by(error.classify_text()))
    }
}

/// The kind of a JSON error without the text it stumbled over, which may be a secret.
trait ClassifyText {
    fn classify_text(&self) -> String;
}

impl ClassifyText for serde_json::Error {
    fn classify_text(&self) -> String {
        format!("{:?} at byte {}", self.classify(), self.column())
    }
}
