//! How hard a new password is to guess, asked while it is typed. Guidance for the meter; the rules judge it again.

use doorward_domain::password::strength;
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_store::StoreFault;
use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::hash_pool::Lane;
use crate::limits::Limits;
use crate::visit::Visit;

/// This network asks too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrengthThrottled {
    /// When the next question is taken.
    pub retry_at: Timestamp,
}

impl App {
    /// The score of a password, 0 to 4, knowing the site's name as the one word that is easy to guess here. It costs
    /// milliseconds, so it takes from a rate of the visitor's network and runs where hashes run.
    ///
    /// # Errors
    /// Refused when the network asks too often; busy when the hash queue is full.
    pub async fn password_strength(
        &self,
        visit: &Visit,
        typed: &SecretString,
    ) -> Result<u8, Failure<StrengthThrottled>> {
        let limits = Limits::new().network(self, visit, RateScope::StrengthQuestion);
        let (app, now) = (self.clone(), self.now());
        let taken = self.db.write("counting a question about a password", move |tx| {
            Box::pin(async move { app.take_limits(tx, &limits, None, now).await })
        });
        if let Some(retry_at) = taken.await.map_err(|fault: StoreFault| Fault::from(fault))? {
            return Err(Failure::Refused(StrengthThrottled { retry_at }));
        }
        let (app, typed) = (self.clone(), typed.clone());
        let score = self
            .hash_pool
            .run(Lane::Unknown, move |_| strength(typed.expose_secret(), &[&app.site.name]).score)
            .await?;
        Ok(score)
    }
}
