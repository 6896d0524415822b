//! *I have lost my authenticator*, in a reset whose channel is proved: a lost-factor case takes the place of the reset.

use doorward_domain::reset::ResetStep;
use doorward_domain::support_case::{CaseRefused, CaseStep};
use doorward_store::{account, reset as store};

use super::Open;
use crate::app::App;
use crate::failure::Failure;
use crate::flow::Moved;
use crate::visit::Visit;

impl App {
    /// Opens a lost-factor case from a reset that waits for its second factor, and ends the reset. The password is lost
    /// as well: the wait and the hold are the long ones.
    ///
    /// # Errors
    /// Refused when this browser has no such reset, when nothing would identify the owner, or when another case of the
    /// account is under way.
    pub async fn open_case_from_reset(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let opened = self.open_reset_at(visit, cookie, ResetStep::SecondFactor).await;
        let Open { row, identifier, .. } =
            opened.map_err(|failure| failure.map_refused(|_| CaseRefused::NotBegun))?;
        let id = row.reset.account.ok_or(Failure::Refused(CaseRefused::NotBegun))?;
        let (app, visit, now) = (self.clone(), visit.clone(), self.now());
        let answer = self.db.write("opening a case after a reset", move |tx| {
            Box::pin(async move {
                // The reset must be of the account as it is now.
                let held = account::hold_account(tx, id).await?;
                if held.is_none_or(|held| held.credential_version != row.reset.credential_version) {
                    return Err(Failure::Refused(CaseRefused::CredentialsChanged));
                }
                // What is refused is rolled back, so that the reset can go on.
                let opened = app.open_case_after_reset(tx, &visit, id, &identifier, now).await?;
                let moved = opened.map_err(Failure::Refused)?;
                if !store::move_reset(tx, &row, &row.token_hash, &row.reset.end(), &row.sealed, now).await? {
                    return Err(Failure::Refused(CaseRefused::NotBegun));
                }
                Ok(moved)
            })
        });
        let moved = answer.await?;
        self.outbox.wake();
        Ok(moved)
    }
}
