//! The third step: the second factor, under the same counters as everywhere.

use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::sign_in::{FactorJudgement, TypedFactor};
use doorward_store::{account, reset as store};

use super::settle;
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::visit::Visit;

impl App {
    /// Judges the second factor of a reset: a code of the app or a recovery code, spent by it.
    ///
    /// # Errors
    /// Refused when it is wrong, used, locked or disabled, another step is asked, or the account is entered by passkeys
    /// only.
    pub async fn give_reset_factor(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Moved<ResetStep>, Failure<ResetRefused>> {
        let open = self.open_reset_at(visit, cookie, ResetStep::SecondFactor).await?;
        let (now, token, typed) = (self.now(), self.random.token(), TypedFactor::parse(typed));
        let (app, whose, new_token, at) = (self.clone(), visit.clone(), token.clone(), open.row.token_hash);
        let account = open.row.reset.account.ok_or(Failure::Refused(ResetRefused::Ended))?;
        // A sign-in at this moment locks its own row first and the authenticator after it: one of the two may lose.
        let answer = self.db.write_again("judging the second factor of a reset", move |tx| {
            let (app, whose, new_token, typed) =
                (app.clone(), whose.clone(), new_token.clone(), typed.clone());
            Box::pin(async move {
                let held = account::hold_account(tx, account).await?;
                let Some(row) = store::hold_reset(tx, &at).await? else {
                    return Ok(Err(ResetRefused::Ended));
                };
                // Looked at again under the lock, before a code is spent on it.
                if let Err(refused) = row.reset.at(ResetStep::SecondFactor, now) {
                    return Ok(Err(refused));
                }
                // Nothing is compared: no factor gives an account without a password a new one (entry rules 5).
                if held.as_ref().is_some_and(|account| account.passkeys_only) {
                    return Ok(Err(ResetRefused::PasskeysOnly));
                }
                let judgement = match &held {
                    Some(account) => app.prove_factor(tx, &whose, account, &typed, now).await?,
                    None => FactorJudgement::Wrong,
                };
                let (outcome, _) = row.reset.after_second_factor(&app.policy, judgement, now);
                Ok::<_, Fault>(settle(tx, &row, &outcome.reset, outcome.answer, &new_token, now).await?)
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        self.moved_reset(visit, &token, answer.map_err(Failure::Refused)?)
    }
}
