//! One customer.

use crate::id::AccountId;
use crate::language::Language;
use crate::named::named;
use crate::time::Timestamp;

named! {
    /// Whether an account may be entered.
    pub enum AccountStatus {
        /// Like any account.
        Open = "open",
        /// Stopped: no session, no key, no money moves (entry rules 1, *freeze*).
        Frozen = "frozen",
    }
}

/// What the rules need to know about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// Whether it may be entered.
    pub status: AccountStatus,
    /// The language of its pages and mails.
    pub language: Language,
    /// Rises with each change of an authenticator and with *end all*; a sign-in holds the one it began with.
    pub credential_version: i64,
    /// Whether its owner chose that only passkeys open it: no password, app, recovery code or reset does.
    pub passkeys_only: bool,
    /// When it was opened.
    pub created_at: Timestamp,
}
