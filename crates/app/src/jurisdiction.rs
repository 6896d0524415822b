//! What the rules of countries leave open for a request (entry rules 7).
//!
//! The policy in force stands in memory and can be exchanged while requests run; what a date changes, changes at that
//! moment by itself, because the mode is worked out anew for each request.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::{Blocks, JurisdictionPolicy, Mode};
use doorward_domain::time::Timestamp;

pub use doorward_domain::jurisdiction::{Because, Judged};

use crate::app::App;
use crate::session_cache::Customer;

mod announce;
mod block;
mod flow;
mod lift;

pub use block::{BlockLine, Explained};
pub use lift::{LiftRefused, Lifted};

/// A country whose residents all know is looked at again after this time: somebody may have moved there.
const LOOKED_AT_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// What is in force on this node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running {
    /// The operator's file.
    pub(crate) policy: JurisdictionPolicy,
    /// Rows that were blocked once and were not lifted by two staff.
    pub(crate) blocks: Blocks,
    /// Accounts whose block two staff have lifted, and when.
    pub(crate) lifted: BTreeMap<AccountId, Timestamp>,
}

/// What became of a policy, until the record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicyNews {
    /// It is in force; the line that names it.
    Loaded(String),
    /// Its file has errors, by line.
    Refused(Vec<String>),
}

/// An announced change that the residents of a country were told of.
#[derive(Debug, Clone, Copy)]
struct ToldAhead {
    next: (Timestamp, Mode),
    /// When it was last looked whether all were.
    at: Timestamp,
}

/// The policy in force, exchangeable while requests run.
#[derive(Debug, Default)]
pub struct Jurisdictions {
    running: RwLock<Arc<Running>>,
    file_error: AtomicBool,
    /// What the residents of each country were told, and when that was looked at.
    announced: Mutex<BTreeMap<Country, (Mode, Timestamp)>>,
    /// The same for the announced changes.
    announced_ahead: Mutex<BTreeMap<Country, ToldAhead>>,
    /// What the record has not yet.
    news: Mutex<Vec<PolicyNews>>,
}

impl Jurisdictions {
    /// Every country is open: what holds without a policy file.
    pub fn open() -> Self {
        Self::default()
    }

    /// Begins with this policy.
    pub fn of(policy: JurisdictionPolicy) -> Self {
        let news = Mutex::new(vec![PolicyNews::Loaded(policy.statement())]);
        let running = Running { policy, ..Running::default() };
        Self { running: RwLock::new(Arc::new(running)), news, ..Self::default() }
    }

    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another policy takes the place of the one in force.
    pub fn replace(&self, policy: JurisdictionPolicy) {
        self.change(|running| running.policy = policy);
        self.note_file(false);
    }

    /// The operator's file has an error; the policy in force stays.
    pub fn note_error(&self) {
        self.note_file(true);
    }

    /// Whether the operator's file has an error, so that what is in force is older than it.
    pub fn has_file_error(&self) -> bool {
        self.file_error.load(Ordering::Relaxed)
    }

    fn note_file(&self, has_error: bool) {
        self.file_error.store(has_error, Ordering::Relaxed);
        metrics::gauge!("doorward_jurisdiction_policy_error").set(u8::from(has_error));
    }

    fn is_announced(&self, country: Country, mode: Mode, now: Timestamp) -> bool {
        let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced
            .get(&country)
            .is_some_and(|(told, at)| *told == mode && now.since(*at) < LOOKED_AT_AGAIN_AFTER)
    }

    fn note_announced(&self, country: Country, mode: Mode, now: Timestamp) {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced.insert(country, (mode, now));
    }

    fn is_announced_ahead(&self, country: Country, next: (Timestamp, Mode), now: Timestamp) -> bool {
        let announced = self.announced_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        announced
            .get(&country)
            .is_some_and(|told| told.next == next && now.since(told.at) < LOOKED_AT_AGAIN_AFTER)
    }

    fn note_announced_ahead(&self, country: Country, next: (Timestamp, Mode), now: Timestamp) {
        let mut announced = self.announced_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        announced.insert(country, ToldAhead { next, at: now });
    }

    fn news(&self) -> std::sync::MutexGuard<'_, Vec<PolicyNews>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, news: PolicyNews) {
        self.news().push(news);
    }

    fn take_news(&self) -> Vec<PolicyNews> {
        std::mem::take(&mut *self.news())
    }

    /// What could not be written comes before what came meanwhile.
    fn remember_again(&self, unwritten: Vec<PolicyNews>) {
        self.news().splice(0..0, unwritten);
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Running)) {
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Running::clone(&running);
        change(&mut next);
        *running = Arc::new(next);
    }
}

impl App {
    /// What the strictest rule leaves open for a request from this address, for somebody who resides there as far as it
    /// is verified (two letters). Without a policy everything is open.
    pub fn mode_of(&self, network: IpAddr, residence: Option<&str>) -> Judged {
        self.judge(network, residence, None, self.now())
    }

    /// The same for an account, whose block two staff may have lifted: what then is left of it is *withdraw-only*.
    pub fn mode_of_account(&self, network: IpAddr, account: AccountId, residence: Option<&str>) -> Judged {
        self.judge(network, residence, Some(account), self.now())
    }

    /// The same for whoever has this session.
    pub fn mode_of_customer(&self, network: IpAddr, customer: &Customer) -> Judged {
        self.mode_of_account(network, customer.account, customer.residence.map(Country::code))
    }

    pub(crate) fn judge(
        &self,
        network: IpAddr,
        residence: Option<&str>,
        account: Option<AccountId>,
        now: Timestamp,
    ) -> Judged {
        let running = self.jurisdictions.running();
        let place = self.place_of(network);
        let residence = residence.and_then(Country::parse);
        let let_out = account.and_then(|account| running.lifted.get(&account).copied());
        running.policy.judge_for(&place, residence, &running.blocks, let_out, now)
    }
}
