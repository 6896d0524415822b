//! What is known about a visit before a password is compared, and what the human check asks for it.

use doorward_domain::account::Account;
use doorward_domain::risk::{Place, RiskInputs, RiskReason, Rung, rung};
use doorward_domain::sign_in::SignInRefused;
use doorward_domain::throttle::{FailureScope, NetworkKey};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;
use doorward_store::account::find_account_by_identifier;
use doorward_store::device::find_known_device;
use doorward_store::throttle::{count_wrong_targets, find_failures};
use doorward_store::{Source, StoreFault};

use super::attempt::Attempt;
use crate::app::App;
use crate::failure::Failure;
use crate::human_check::{HumanChallenge, HumanCheckPurpose, HumanCheckWay};
use crate::visit::Visit;

impl App {
    /// Finds the account of an attempt that has no row yet, and whether this browser is a known device of it.
    pub(super) async fn look_up(
        &self,
        visit: &Visit,
        attempt: &mut Attempt,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreFault> {
        let account = find_account_by_identifier(&self.db, &attempt.lookup).await?;
        attempt.sign_in.account = account.as_ref().map(|account| account.id);
        if let Some(account) = &account {
            let shown: Vec<TokenHash> = visit
                .device_tokens
                .iter()
                .take(self.policy.device.per_browser)
                .map(|token| token.hash())
                .collect();
            attempt.device =
                find_known_device(&self.db, account.id, &shown, now).await?.map(|device| device.id);
        }
        attempt.sign_in.known_device = attempt.device.is_some();
        Ok(account)
    }

    /// What the human check asks for this attempt now, with the reasons.
    pub(super) async fn sign_in_risk(
        &self,
        visit: &Visit,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(Rung, Vec<RiskReason>), StoreFault> {
        let scope = FailureScope::PasswordUnknownDevice.name();
        let failures = match attempt.device {
            Some(device) => {
                let scope = FailureScope::PasswordKnownDevice.name();
                find_failures(&self.db, scope, device.as_uuid().as_bytes(), now).await?
            }
            None => find_failures(&self.db, scope, &attempt.lookup, now).await?,
        };
        let failures = failures.map_or(0, |count| count.failures);
        self.rung_for(&self.db, visit, attempt.sign_in.known_device, failures, now).await
    }

    /// The rung for a visit whose account or device has failed so often.
    pub(super) async fn rung_for(
        &self,
        source: impl Into<Source<'_>>,
        visit: &Visit,
        known_device: bool,
        failures: i64,
        now: Timestamp,
    ) -> Result<(Rung, Vec<RiskReason>), StoreFault> {
        let throttle = &self.policy.throttle;
        let network = NetworkKey::of(visit.network);
        let since = now.minus(throttle.spraying_within);
        let limit = i64::from(throttle.spraying_accounts) + 1;
        let tried = count_wrong_targets(source, network.as_bytes(), since, limit).await?;
        let inputs = RiskInputs {
            known_device,
            account_failures: u32::try_from(failures).unwrap_or(u32::MAX),
            network_failed_accounts: u32::try_from(tried).unwrap_or(u32::MAX),
            site_alarm: self.outcomes.is_alarmed(),
            queue_percent: self.hash_pool.fill_percent(),
            place: Place::Unknown,
        };
        Ok(rung(&self.policy, &inputs))
    }

    /// A challenge for the sign-in of this browser, at the rung that it owes now.
    ///
    /// # Errors
    /// No sign-in is in progress in this browser, or it is over.
    pub async fn issue_sign_in_challenge(
        &self,
        visit: &Visit,
        cookie: &str,
        way: HumanCheckWay,
    ) -> Result<HumanChallenge, Failure<SignInRefused>> {
        let now = self.now();
        let mut attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(attempt.sign_in.step, now).map_err(Failure::Refused)?;
        if attempt.row.is_none() {
            self.look_up(visit, &mut attempt, now).await?;
        }
        let (rung, _) = self.sign_in_risk(visit, &attempt, now).await?;
        self.issue_challenge(visit, HumanCheckPurpose::SignIn, rung, way)
            .ok_or(Failure::Refused(SignInRefused::NotBegun))
    }
}
