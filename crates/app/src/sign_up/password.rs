//! The third step: a password by the rules.

use secrecy::{ExposeSecret, SecretString};

use doorward_domain::identifier::Identifier;
use doorward_domain::password::{self, Normalized, PasswordRefused, PasswordRules};
use doorward_domain::sign_up::{SignUpRefused, SignUpStep};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::hash_pool::Lane;
use crate::visit::Visit;

impl App {
    /// Chooses the password of the account to be. Only its sealed hash is kept, and with it the secret that the next
    /// page shows, so that looking at that page writes nothing.
    ///
    /// # Errors
    /// Refused by the rules for passwords, or because another step is asked; busy when the hash queue is full.
    pub async fn choose_sign_up_password(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &SecretString,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let mut open = self.open_sign_up_at(visit, cookie, SignUpStep::Password).await?;
        let identifier = open.state.identifier()?;
        let judged = self.judge_new_password(Lane::Unknown, typed, &identifier).await?;
        let (normalized, judged) = match judged {
            Ok(normalized) => (Some(normalized), Ok(())),
            Err(refused) => (None, Err(refused)),
        };
        let outcome = open.row.sign_up.after_password(judged, self.now());
        outcome.answer.map_err(Failure::Refused)?;
        let normalized =
            normalized.ok_or_else(|| Fault::internal("a password that passed and is not there"))?;
        let stored = self.hash_password(Lane::Unknown, open.state.account(), &normalized).await?;
        open.state.password = Some((stored.sealed, stored.cost.to_string()));
        open.state.totp_secret = Some(self.random.bytes());
        self.pass_sign_up(visit, open, outcome.sign_up).await
    }

    /// Judges a new password by all the rules. The guessing score costs milliseconds and runs where hashes run, so
    /// that no request holds a thread of the server.
    pub(crate) async fn judge_new_password(
        &self,
        lane: Lane,
        typed: &SecretString,
        identifier: &Identifier,
    ) -> Result<Result<Normalized, PasswordRefused>, Fault> {
        let normalized = match password::normalize(&self.policy.password, typed.expose_secret()) {
            Ok(normalized) => normalized,
            Err(refused) => return Ok(Err(refused)),
        };
        let (app, identifier) = (self.clone(), identifier.clone());
        self.hash_pool
            .run(lane, move |_| {
                let rules = PasswordRules {
                    policy: &app.policy.password,
                    blocklist: &app.blocklist,
                    site_name: &app.site.name,
                };
                rules.judge(&normalized, &identifier).map(|()| normalized)
            })
            .await
    }
}
