//! Rates that a request takes from before it may cause work or mail: per network, wider network, and identifier
//! (entry rules 4). They are taken all together or not at all, in the write that does the work.

use doorward_domain::id::{CaseId, StaffId};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::throttle::{NetworkKey, Rate, RateScope};
use doorward_domain::time::Timestamp;
use doorward_store::throttle::{Bucket, take_rates, take_sms};
use doorward_store::{StoreFault, Tx};

use crate::app::App;
use crate::human_check::Gate;
use crate::keys::KeyedHash;
use crate::visit::Visit;

/// The buckets that one request takes from.
#[derive(Debug, Default)]
pub(crate) struct Limits(Vec<(RateScope, [u8; 32], Rate)>);

impl Limits {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The visitor's network and the wider one around it.
    pub(crate) fn network(mut self, app: &App, visit: &Visit, scope: RateScope) -> Self {
        let (narrow, wide) = (NetworkKey::of(visit.network), NetworkKey::wide_of(visit.network));
        self.0.push((scope, app.throttle_key(scope, narrow.as_bytes()), scope.rate(&app.policy)));
        self.0.push((scope, app.throttle_key(scope, wide.as_bytes()), scope.wide_rate(&app.policy)));
        self
    }

    /// The first code of a flow that no human check stood before: tight budgets of the networks and the whole site.
    pub(crate) fn behind(self, app: &App, visit: &Visit, gate: Gate) -> Self {
        match gate {
            Gate::HumanCheck => self,
            Gate::CodeAlone => self.network(app, visit, RateScope::ScriptlessCode).again_behind(app, gate),
        }
    }

    /// Another code of such a flow: it costs the network nothing more, but the mail counts for the site.
    pub(crate) fn again_behind(mut self, app: &App, gate: Gate) -> Self {
        if gate == Gate::CodeAlone {
            let scope = RateScope::ScriptlessCodeSite;
            self.0.push((scope, app.throttle_key(scope, &[]), scope.rate(&app.policy)));
        }
        self
    }

    /// A code to one identifier on an anonymous request; `lookup` is its keyed hash, known or not.
    pub(crate) fn anonymous_code(mut self, app: &App, lookup: &[u8; 32]) -> Self {
        for scope in RateScope::ANONYMOUS_CODE {
            self.0.push((scope, app.throttle_key(scope, lookup), scope.rate(&app.policy)));
        }
        self
    }

    /// A code to one identifier for a flow that has proved a factor, a session or a known device.
    pub(crate) fn proved_code(mut self, app: &App, lookup: &[u8; 32]) -> Self {
        let scope = RateScope::ProvedCode;
        self.0.push((scope, app.throttle_key(scope, lookup), scope.rate(&app.policy)));
        self
    }

    /// Document numbers that are compared in one case, whoever of the staff compares them.
    pub(crate) fn document_comparison(mut self, app: &App, case: CaseId) -> Self {
        let scope = RateScope::DocumentComparison;
        self.0.push((scope, app.throttle_key(scope, case.as_uuid().as_bytes()), scope.rate(&app.policy)));
        self
    }

    /// What one member of staff looks up at the desk.
    pub(crate) fn desk_look_up(mut self, app: &App, staff: StaffId) -> Self {
        let scope = RateScope::DeskLookUp;
        self.0.push((scope, app.throttle_key(scope, staff.as_uuid().as_bytes()), scope.rate(&app.policy)));
        self
    }
}

impl App {
    /// Under which key a counter of this thing stands: a copy of the database does not list who came from where.
    fn throttle_key(&self, scope: RateScope, of: &[u8]) -> [u8; 32] {
        self.keys.hash(KeyedHash::Throttle, &[scope.name().as_bytes(), of])
    }

    /// Takes one event from each limit, and where an SMS goes to `identifier`, one of its prefix's day. `Some`: when to
    /// come back, and nothing was taken.
    pub(crate) async fn take_limits(
        &self,
        tx: &mut Tx,
        limits: &Limits,
        identifier: Option<&Identifier>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let buckets: Vec<Bucket<'_>> = limits
            .0
            .iter()
            .map(|(scope, key, rate)| Bucket { scope: scope.name(), key, rate: *rate })
            .collect();
        if let Some(retry_at) = take_rates(tx, &buckets, now).await? {
            return Ok(Some(retry_at));
        }
        let Some(prefix) = identifier.and_then(|identifier| self.sms_prefix(identifier)) else {
            return Ok(None);
        };
        let cap = i64::from(self.policy.sms.per_prefix_and_day.max(1));
        Ok((!take_sms(tx, &prefix, cap, now).await?).then(|| next_day(now)))
    }

    /// Whether messages reach this identifier at all: any mail address, and numbers under a prefix of the operator's.
    pub(crate) fn reaches(&self, identifier: &Identifier) -> bool {
        identifier.kind() == IdentifierKind::Email || self.sms_prefix(identifier).is_some()
    }

    /// The longest of the operator's prefixes that this number stands under; `None` for mail, and where no SMS goes.
    pub(crate) fn sms_prefix(&self, identifier: &Identifier) -> Option<String> {
        if identifier.kind() != IdentifierKind::Phone || !self.outbox.sends_sms() {
            return None;
        }
        let prefixes = &self.policy.sms.prefixes;
        let listed = prefixes.iter().filter(|prefix| identifier.as_str().starts_with(prefix.as_str()));
        match listed.max_by_key(|prefix| prefix.len()) {
            Some(prefix) => Some(prefix.clone()),
            // The folder on this machine costs nothing and reaches nobody.
            None if prefixes.is_empty() && self.outbox.sms_stay_here() => Some("+".to_owned()),
            None => None,
        }
    }

    /// The keyed hash under which an identifier is found.
    pub(crate) fn lookup_of(&self, identifier: &Identifier) -> [u8; 32] {
        let kind = identifier.kind().name().as_bytes();
        self.keys.hash(KeyedHash::Identifier, &[kind, identifier.as_str().as_bytes()])
    }
}

/// The first moment of the next day, UTC.
fn next_day(now: Timestamp) -> Timestamp {
    const DAY_SECONDS: i64 = 24 * 60 * 60;
    Timestamp::from_seconds((now.as_seconds().div_euclid(DAY_SECONDS) + 1) * DAY_SECONDS)
}
