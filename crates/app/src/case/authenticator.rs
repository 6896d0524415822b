//! The new authenticator app of a case: enrolled in the browser that opened it, confirmed by a code that is spent by it,
//! and dormant until the case is executed.

use doorward_domain::support_case::{CaseRefused, CaseStep};
use doorward_domain::totp::{self, TotpCode, TotpJudgement};
use doorward_store::account as account_store;

use super::Open;
use crate::app::App;
use crate::enrolment::Enrolment;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::visit::Visit;

impl App {
    /// The new secret on its way into an app.
    ///
    /// # Errors
    /// Refused when the case in this browser is at another step.
    pub async fn show_case_enrolment(&self, cookie: &str) -> Result<Enrolment, Failure<CaseRefused>> {
        let Open { state, .. } = self.open_case_at(cookie, CaseStep::Authenticator).await?;
        Ok(Enrolment::of(&state.secret()?, &self.site.name, &state.identifier()?)?)
    }

    /// Confirms the new app by one of its codes. Without an identity record the case is sent to staff by it.
    ///
    /// # Errors
    /// Refused when the code is wrong or of another time, or the account changed meanwhile.
    pub async fn give_case_authenticator(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
        trading_password_lost: bool,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let Open { row, mut state } = self.open_case_at(cookie, CaseStep::Authenticator).await?;
        let (now, token) = (self.now(), self.random.token());
        let judged = TotpCode::parse(typed).map_or(TotpJudgement::Wrong, |code| {
            state.secret().map_or(TotpJudgement::Wrong, |secret| totp::judge(&secret, code, now))
        });
        if let TotpJudgement::Matches { step } = judged {
            state.totp_step = Some(step);
        }
        let (app, visit, new_token) = (self.clone(), visit.clone(), token.clone());
        let account = row.case.account.ok_or(Failure::Refused(CaseRefused::Ended))?;
        let answer = self.db.write("enrolling the new authenticator of a case", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, account).await? else {
                    return Ok(Err(CaseRefused::CredentialsChanged));
                };
                let outcome =
                    row.case.after_authenticator(&app.policy, judged, trading_password_lost, &account, now);
                let answer =
                    app.settle_case(tx, &row, &state, &outcome.case, outcome.answer, &new_token, now).await?;
                if answer == Ok(CaseStep::Decision) {
                    app.tell_of_sent_case(tx, &visit, &row, &account, now).await?;
                }
                Ok::<_, Fault>(answer)
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        Ok(Self::moved_case(&token, answer.map_err(Failure::Refused)?))
    }
}
