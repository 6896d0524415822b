//! *I have lost my authenticator*, on the page that asks for it: a lost-factor case is opened, for everybody alike.

use doorward_domain::sign_in::SignInStep;
use doorward_domain::support_case::{CaseRefused, CaseStep};
use doorward_store::account::find_account;

use crate::app::App;
use crate::failure::Failure;
use crate::flow::Moved;
use crate::visit::Visit;

impl App {
    /// Opens a lost-factor case from a sign-in that waits for its second factor. Whether the password was right shows in
    /// nothing but the code, which reaches the verified channel or nobody. An account that is entered by passkeys only has
    /// no password that could be right: its channel is asked whatever was typed, and its case is the longer one.
    ///
    /// # Errors
    /// Refused when this browser has no such sign-in, or a limit is reached.
    pub async fn open_case_from_sign_in(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let not_begun = |_| CaseRefused::NotBegun;
        let attempt =
            self.open_sign_in(visit, cookie).await.map_err(|failure| failure.map_refused(not_begun))?;
        let at = attempt.sign_in.at(SignInStep::SecondFactor, self.now());
        at.map_err(|_| Failure::Refused(CaseRefused::NotBegun))?;
        let id = attempt.sign_in.account.unwrap_or(super::password::NOBODY);
        let owner = find_account(&self.db, id).await?.filter(|account| {
            let by_password = attempt.sign_in.password_matched
                && account.credential_version == attempt.sign_in.credential_version;
            by_password || account.passkeys_only
        });
        self.open_case_after_password(visit, &attempt.kept.identifier()?, owner).await
    }
}
