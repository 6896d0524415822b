//! What is known about a visit before a password is compared, and what the human check asks for it.

use doorward_domain::account::Account;
use doorward_domain::id::AccountId;
use doorward_domain::risk::{RiskInputs, RiskReason, Rung, Signs, rung};
use doorward_domain::sign_in::SignInRefused;
use doorward_domain::throttle::{FailureScope, NetworkKey};
use doorward_domain::time::Timestamp;
use doorward_domain::token::{Token, TokenHash};
use doorward_store::account::find_account_by_identifier;
use doorward_store::country::list_countries;
use doorward_store::device::find_known_device;
use doorward_store::throttle::{count_wrong_targets, find_trouble};
use doorward_store::{StoreFault, Tx};

use super::attempt::Attempt;
use super::password::NOBODY;
use crate::app::App;
use crate::failure::{Failure, Fault};
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
        let shown: Vec<TokenHash> =
            visit.device_tokens.iter().take(self.policy.device.per_browser).map(Token::hash).collect();
        // Made-up tokens must not tell by time whether there is an account to compare them with.
        let id = account.as_ref().map_or(NOBODY, |account| account.id);
        attempt.device = find_known_device(&self.db, id, &shown, now).await?.map(|device| device.id);
        attempt.signs = self.signs_of(visit, id, now).await?;
        // A known device in a country that is strange for its account counts as unknown this once: the code to the
        // owner is asked as well.
        attempt.sign_in.known_device = attempt.device.is_some() && !attempt.signs.is_unusual_country();
        Ok(account)
    }

    /// What the place of a visit tells about an account; nobody's costs the same reading.
    pub(super) async fn signs_of(
        &self,
        visit: &Visit,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Signs, StoreFault> {
        let entered_from = list_countries(&self.db, account).await?;
        Ok(Signs::of(&self.place_of(visit.network), &entered_from, now))
    }

    /// What the human check asks for this attempt now, with the reasons.
    pub(super) async fn sign_in_risk(
        &self,
        visit: &Visit,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(Rung, Vec<RiskReason>), StoreFault> {
        let known = attempt.device.as_ref().filter(|_| attempt.sign_in.known_device);
        let (scope, key) = match known {
            Some(device) => (FailureScope::PasswordKnownDevice, device.as_uuid().into_bytes().to_vec()),
            None => (FailureScope::PasswordUnknownDevice, attempt.lookup.to_vec()),
        };
        let network = NetworkKey::of(visit.network);
        let (since, limit) = self.spraying_since(now);
        let (failures, tried) =
            find_trouble(&self.db, scope.name(), &key, network.as_bytes(), since, limit, now).await?;
        let queue_percent = self.hash_pool.fill_percent();
        Ok(self.rung_for(attempt, attempt.sign_in.known_device, failures, tried, queue_percent))
    }

    /// The same inside a write, for a visit whose account or device is known to have failed so often.
    ///
    /// The queue counts when a challenge is issued and not here: whoever solved what was asked must not be sent back
    /// because others arrived meanwhile.
    pub(super) async fn rung_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: &Attempt,
        known_device: bool,
        failures: i64,
        now: Timestamp,
    ) -> Result<(Rung, Vec<RiskReason>), StoreFault> {
        let network = NetworkKey::of(visit.network);
        let (since, limit) = self.spraying_since(now);
        let tried = count_wrong_targets(tx, network.as_bytes(), since, limit).await?;
        Ok(self.rung_for(attempt, known_device, failures, tried, 0))
    }

    /// What the human check asks for a flow that anybody may begin, sign-up and *Forgot password*: the device counts for
    /// nothing there, the network for as much as at the sign-in.
    pub(crate) async fn visitor_rung(&self, visit: &Visit, queue_percent: u8) -> Result<Rung, StoreFault> {
        let network = NetworkKey::of(visit.network);
        let (since, limit) = self.spraying_since(self.now());
        let tried = count_wrong_targets(&self.db, network.as_bytes(), since, limit).await?;
        let signs = Signs::of(&self.place_of(visit.network), &[], self.now());
        Ok(self.rung_of(signs, false, 0, tried, queue_percent).0)
    }

    /// A challenge for a form of such a flow, at the rung that its visitor owes now; `None` without a pre-session cookie.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn issue_visitor_challenge(
        &self,
        visit: &Visit,
        purpose: HumanCheckPurpose,
        way: HumanCheckWay,
    ) -> Result<Option<HumanChallenge>, Fault> {
        let rung = self.visitor_rung(visit, self.hash_pool.fill_percent()).await?;
        Ok(self.issue_challenge(visit, purpose, rung, way))
    }

    /// From when on a network's wrong tries count together, and how many are worth counting.
    fn spraying_since(&self, now: Timestamp) -> (Timestamp, i64) {
        let throttle = &self.policy.throttle;
        (now.minus(throttle.spraying_within), i64::from(throttle.spraying_accounts) + 1)
    }

    fn rung_for(
        &self,
        attempt: &Attempt,
        known_device: bool,
        failures: i64,
        tried: i64,
        queue_percent: u8,
    ) -> (Rung, Vec<RiskReason>) {
        // The rung shows on the page. From a browser that the account does not know it must not tell where the account
        // is usually entered from, nor that there is one: there the country goes into the record alone.
        let browser_is_theirs = attempt.device.is_some();
        let shown = if browser_is_theirs { attempt.signs } else { attempt.signs.of_network() };
        let (rung, mut reasons) = self.rung_of(shown, known_device, failures, tried, queue_percent);
        if !browser_is_theirs {
            reasons.extend(attempt.signs.country_reasons());
        }
        (rung, reasons)
    }

    fn rung_of(
        &self,
        signs: Signs,
        known_device: bool,
        failures: i64,
        tried: i64,
        queue_percent: u8,
    ) -> (Rung, Vec<RiskReason>) {
        let inputs = RiskInputs {
            known_device,
            account_failures: u32::try_from(failures).unwrap_or(u32::MAX),
            network_failed_accounts: u32::try_from(tried).unwrap_or(u32::MAX),
            site_alarm: self.outcomes.is_alarmed(),
            queue_percent,
            signs,
        };
        rung(&self.policy, &inputs)
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
