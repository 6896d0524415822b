//! What the rules leave open for somebody without a session whose account is known all the same: in a reset or a case
//! whose channel is proved, and in a browser that an account knows (entry rules 7).
//!
//! Nothing here tells an outsider that an account exists: before the channel is proved every identifier is judged by
//! the address alone, and a device token is in its owner's browser only.

use doorward_domain::id::AccountId;
use doorward_store::device::find_device;
use doorward_store::identity::find_residence;

use super::Judged;
use crate::app::App;
use crate::failure::Fault;
use crate::visit::Visit;

impl App {
    /// What is left open for whoever goes on with this reset: the rules of the address and, once the channel is proved,
    /// of the verified residence of the account.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mode_of_reset(&self, visit: &Visit, cookie: &str) -> Result<Judged, Fault> {
        let account = self.account_of_proved_reset(visit, cookie).await?;
        self.mode_of_known(visit, account).await
    }

    /// The same for whoever goes on with this case.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mode_of_case(&self, visit: &Visit, cookie: &str) -> Result<Judged, Fault> {
        let account = self.account_of_proved_case(cookie).await?;
        self.mode_of_known(visit, account).await
    }

    /// What is left open for whoever signs up: the rules of the address and of the residences of the accounts that know
    /// this browser, so that nobody leaves their rules behind by another account.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn mode_of_newcomer(&self, visit: &Visit) -> Result<Judged, Fault> {
        let mut judged = self.mode_of(visit.network, None);
        for token in &visit.device_tokens {
            let device = find_device(&self.db, &token.hash(), self.now()).await?;
            let account = device.map(|device| device.account_id);
            let theirs = self.mode_of_known(visit, account).await?;
            if theirs.mode > judged.mode {
                judged = theirs;
            }
        }
        Ok(judged)
    }

    async fn mode_of_known(&self, visit: &Visit, account: Option<AccountId>) -> Result<Judged, Fault> {
        let Some(account) = account else { return Ok(self.mode_of(visit.network, None)) };
        let residence = find_residence(&self.db, account).await?;
        Ok(self.mode_of_account(visit.network, account, residence.as_deref()))
    }
}
