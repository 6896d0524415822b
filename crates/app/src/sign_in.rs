//! The sign-in: identifier, password behind the human check, second factor, the code of a new device, *Access*
//! (entry rules 2).
//!
//! Until the first accepted human check everything stands sealed in the cookie; from then on the cookie carries a token
//! that finds a row and changes with each passed step. What follows from what is decided in `domain`; here it is read,
//! compared, and written in one transaction a step. An identifier that nobody has goes the same way with the same
//! statements, a hash of the same cost and the same answers.

mod access;
mod attempt;
mod begin;
mod channel;
mod decisions;
mod device_code;
mod lost_factor;
mod passkey;
mod password;
mod risk;
mod second_factor;
mod sent_code;
mod unfinished;
mod unfreeze;

use doorward_domain::id::AccountId;
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use zeroize::Zeroizing;

pub use decisions::SignInDecision;
pub use doorward_domain::sign_in::SignInRefused;

/// A step was passed: the cookie to set and the step that is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// The new content of the sign-in's cookie.
    pub cookie: String,
    /// Where it goes on.
    pub step: SignInStep,
}

/// What a page of the sign-in may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInView {
    /// The step that is asked now.
    pub step: SignInStep,
    /// The identifier as it was typed in this browser, for its password manager; nothing is learnt from it.
    pub identifier: String,
    /// The identifier as its owner recognises it and a bystander does not.
    pub identifier_masked: String,
    /// Whether this browser is a known device of the account.
    pub known_device: bool,
    /// The account whose phrase may stand beside the password field; read where that field is shown.
    phrase_of: Option<AccountId>,
    /// Whether the verified channel was proved in this sign-in, after which no human check is asked.
    pub channel_proved: bool,
    /// What the human check would ask now.
    pub rung: Rung,
    /// When the sign-in is over.
    pub expires_at: Timestamp,
    /// The code that this step waits for, once one was sent.
    pub code: Option<CodeView>,
}

/// A code on its way, as far as a page may tell: the same for an identifier that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeView {
    /// When it is taken no more.
    pub expires_at: Timestamp,
    /// When another one may be sent; `None` when this sign-in sends no more.
    pub resend_at: Option<Timestamp>,
}

/// A session came of it.
#[derive(Debug)]
pub struct Entered {
    /// The content of the session's cookie.
    pub session: Token,
    /// The token that this browser keeps for the account from now on, in place of the one it showed.
    pub device: Token,
    /// The token that it takes the place of, if this device was known.
    pub replaces_device: Option<Token>,
    /// Where the visitor wanted to go.
    pub return_to: Option<String>,
    /// New recovery codes, shown once, when the last old one was used to enter.
    pub recovery_codes: Vec<Zeroizing<String>>,
}
