//! Names for browsers, and the tokens that prove that a form came from a page of ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_domain::token::Token;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::keys::KeyedHash;

impl App {
    /// A secret for a browser that has none yet. Nothing is stored.
    pub fn new_browser(&self) -> Token {
        self.random.token()
    }

    /// The token that forms of this session, or before there is one of this browser, carry: a keyed hash of its
    /// cookie, so that only somebody who was shown a page of ours under that cookie can know it.
    pub fn form_token(&self, owner: &Token) -> String {
        URL_SAFE_NO_PAD.encode(self.keys.hash(KeyedHash::Csrf, &[owner.as_bytes()]))
    }

    /// Whether a form carried the token of its session or browser. Takes the same time wherever they differ.
    pub fn form_token_fits(&self, owner: &Token, given: &str) -> bool {
        self.form_token(owner).as_bytes().ct_eq(given.as_bytes()).into()
    }
}
