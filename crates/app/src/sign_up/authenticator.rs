//! The fourth and fifth step: the authenticator app, confirmed by a code that is spent by it, and the recovery codes.

use doorward_domain::sign_up::{SignUpRefused, SignUpStep};
use doorward_domain::totp::{self, TotpCode, TotpJudgement};
use zeroize::Zeroize;

use crate::app::App;
use crate::failure::Failure;
use crate::flow::Moved;
use crate::visit::Visit;

impl App {
    /// Confirms the app by one of its codes, and makes the recovery codes that the next page shows.
    ///
    /// # Errors
    /// Refused when the code is wrong or of another time, or another step is asked.
    pub async fn confirm_authenticator(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let mut open = self.open_sign_up_at(visit, cookie, SignUpStep::Authenticator).await?;
        let now = self.now();
        let judgement = match TotpCode::parse(typed) {
            Some(code) => totp::judge(&open.state.secret()?, code, now),
            None => TotpJudgement::Wrong,
        };
        let outcome = open.row.sign_up.after_authenticator(&self.policy, judgement, now);
        if let Err(refused) = outcome.answer {
            self.store_sign_up(&open, outcome.sign_up).await?;
            return Err(Failure::Refused(refused));
        }
        if let TotpJudgement::Matches { step } = judgement {
            open.state.totp_step = Some(step);
        }
        open.state.recovery_codes = self.new_recovery_codes().to_vec();
        open.state.recovery_codes_made_us = now.as_micros();
        self.pass_sign_up(visit, open, outcome.sign_up).await
    }

    /// The visitor has kept the recovery codes, or has not ticked the box.
    ///
    /// # Errors
    /// Refused when the box is not ticked or another step is asked.
    pub async fn keep_recovery_codes(
        &self,
        visit: &Visit,
        cookie: &str,
        kept: bool,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let mut open = self.open_sign_up_at(visit, cookie, SignUpStep::RecoveryCodes).await?;
        let outcome = open.row.sign_up.after_recovery_codes(kept, self.now());
        outcome.answer.map_err(Failure::Refused)?;
        // From here on nobody can be shown the codes again: what stays are their keyed hashes.
        open.state.recovery_lookups = self.recovery_lookups(&open.state.recovery_codes);
        open.state.recovery_codes.zeroize();
        self.pass_sign_up(visit, open, outcome.sign_up).await
    }
}
