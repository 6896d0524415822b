//! Changes of what guards an account, made behind the door: each takes a second factor that is spent by it, ends what
//! was half open, is announced on every channel and written as a security event (entry rules 5 and 6).

pub mod erasure;
mod export;
mod passkey;
mod passkeys_only;
mod password;
mod recovery_codes;
mod totp;

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::change::{ChangeRefused, ReplaceTotpStep, judge_step_up};
use doorward_domain::passkey::PasskeyRefused;
use doorward_domain::session::SessionEndReason;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::{self, Factor, StepUpPurpose, StepUpRefused};
use doorward_domain::time::Timestamp;
use doorward_store::change::{StoredChange, find_change};
use doorward_store::session::{Keep, end_all_access};
use doorward_store::{Tx, account};

use crate::app::App;
use crate::factor::offered;
use crate::factor::passkey::bound_to_step_up;
use crate::failure::{Failure, Fault};
use crate::flow::FlowCookie;
use crate::session_cache::Customer;
use crate::visit::Visit;

pub use passkey::{NewPasskeyView, PasskeyView, PasskeysView};

/// Whether this would change something that opens nothing while an account is entered by passkeys only.
const fn opens_nothing_meanwhile(purpose: StepUpPurpose) -> bool {
    matches!(
        purpose,
        StepUpPurpose::ChangePassword | StepUpPurpose::ReplaceTotp | StepUpPurpose::RenewRecoveryCodes
    )
}

/// A change that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Until when nothing leaves the account.
    pub hold_until: Option<Timestamp>,
}

impl App {
    /// The customer's account with its row locked; refused when it was frozen, its credentials changed since
    /// `credential_version` was read, or its settings lock is on.
    pub(crate) async fn hold_own_account(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        credential_version: i64,
    ) -> Result<Result<Account, ChangeRefused>, Fault> {
        let account = match self.hold_own_account_locked(tx, customer, credential_version).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        let may = self.may_change_in(tx, account.id, self.now()).await?;
        Ok(may.map(|()| account).map_err(ChangeRefused::NotNow))
    }

    /// The same where the settings lock stands in no way: for what makes the account safer, or asks the lock to open.
    pub(crate) async fn hold_own_account_locked(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        credential_version: i64,
    ) -> Result<Result<Account, ChangeRefused>, Fault> {
        let held = account::hold_account(tx, customer.account).await?;
        Ok(held
            .filter(|account| account.status == AccountStatus::Open)
            .filter(|account| account.credential_version == credential_version)
            .ok_or(ChangeRefused::CredentialsChanged))
    }

    /// The two-page change of this purpose that this browser is in the middle of, in the session that began it.
    async fn open_change(
        &self,
        visit: &Visit,
        customer: &Customer,
        cookie: &str,
        purpose: StepUpPurpose,
    ) -> Result<StoredChange, Failure<ChangeRefused>> {
        let not_begun = || Failure::Refused(ChangeRefused::NotBegun);
        let token = self.open_flow_cookie(FlowCookie::Change, visit, cookie).ok_or_else(not_begun)?;
        let row = find_change(&self.db, &token.hash()).await?.ok_or_else(not_begun)?;
        let is_own = row.account_id == customer.account && row.session_id == customer.session;
        if !is_own || row.purpose != purpose {
            return Err(not_begun());
        }
        if row.change.step != ReplaceTotpStep::Confirm {
            return Err(Failure::Refused(ChangeRefused::Ended));
        }
        if self.now() >= row.change.expires_at {
            return Err(Failure::Refused(ChangeRefused::Expired));
        }
        Ok(row)
    }

    /// A factor came, went or changed: every proof so far is worthless, and everything but the session that did it
    /// ends, trusted devices too.
    async fn end_all_but(&self, tx: &mut Tx, customer: &Customer, now: Timestamp) -> Result<(), Fault> {
        account::raise_credential_version(tx, customer.account).await?;
        let keep = Keep {
            session: Some(customer.session),
            device: Some(customer.device),
            devices: false,
            resets: false,
        };
        end_all_access(tx, customer.account, &keep, SessionEndReason::FactorChanged.name(), now).await?;
        Ok(())
    }

    /// The credential version that a change begins with.
    pub(crate) async fn own_credential_version(
        &self,
        customer: &Customer,
    ) -> Result<i64, Failure<ChangeRefused>> {
        let found = account::find_account(&self.db, customer.account).await?;
        Ok(found.ok_or(Failure::Refused(ChangeRefused::CredentialsChanged))?.credential_version)
    }

    /// Proves one named action by a second factor, which is spent by it. A factor that would not be enough is refused
    /// before it is looked at, so that no code is lost on it.
    #[expect(
        clippy::too_many_arguments,
        reason = "who proves what, where, by which factor, and for which action"
    )]
    pub(crate) async fn step_up(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        account: &Account,
        purpose: StepUpPurpose,
        typed: &TypedFactor,
        now: Timestamp,
    ) -> Result<Result<Factor, ChangeRefused>, Fault> {
        if let Err(refused) = step_up::judge(purpose, customer.entered_by, offered(typed)) {
            return Ok(Err(ChangeRefused::StepUp(refused)));
        }
        if account.passkeys_only {
            if offered(typed) != Factor::Passkey {
                let needed = Factor::Passkey;
                return Ok(Err(ChangeRefused::StepUp(StepUpRefused::TooWeak { needed })));
            }
            if opens_nothing_meanwhile(purpose) {
                return Ok(Err(ChangeRefused::Passkey(PasskeyRefused::PasskeysOnly)));
            }
        }
        let bound = bound_to_step_up(purpose, customer);
        let judgement = self.prove_bound_factor(tx, visit, account, typed, Some(&bound), now).await?;
        Ok(judge_step_up(purpose, customer.entered_by, judgement))
    }
}
