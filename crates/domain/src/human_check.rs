//! What a human check is asked for, and the one refusal that a visitor sees.

use crate::named::named;
use crate::time::Timestamp;

named! {
    /// What a human check opens. A check made for one purpose opens no other.
    pub enum HumanCheckPurpose {
        /// A password at sign-in.
        SignIn = "sign-in",
        /// A code at sign-up.
        SignUp = "sign-up",
        /// A link or code for a forgotten password.
        Reset = "reset",
    }
}

/// Why a human check does not open. Wrong, expired, replayed and early all look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HumanCheckRefused {
    /// Not passed: another one is shown.
    NotPassed,
    /// No check came with the form, and an SMS is sent after one only: it costs money and may reach anybody's number.
    NeededForSms,
    /// No check is offered for now; a link by mail or a wait opens.
    Wait {
        /// When a check is offered again.
        retry_at: Timestamp,
    },
}
