//! The last page.

use super::*;

/// The account as it is at the moment of *Access*, read in the transaction that creates the session.
#[derive(Debug, Clone, Copy)]
pub struct AccessFacts<'a> {
    /// The account; `None` when it no longer exists.
    pub account: Option<&'a Account>,
}

impl SignIn {
    /// *Access*: status and credential version are looked at again, and the attempt is over either way.
    ///
    /// Two at the same moment both see `Entered` here; the statement that consumes the attempt lets one through.
    pub fn access(&self, facts: AccessFacts<'_>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(SignInStep::Access, now) {
            return self.refused(refused);
        }
        let Some(account) =
            facts.account.filter(|account| self.is_proved() && Some(account.id) == self.account)
        else {
            return self.ended(SignInRefused::CredentialsChanged);
        };
        if account.credential_version != self.credential_version {
            return self.ended(SignInRefused::CredentialsChanged);
        }
        if account.status == AccountStatus::Frozen {
            return self.ended(SignInRefused::Frozen);
        }
        self.moved(SignInStep::Entered)
    }
}
