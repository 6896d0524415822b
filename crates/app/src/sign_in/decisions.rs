//! What was decided about the sign-ins of an account and why, for staff (entry rules 4: recorded with its reasons).

use doorward_domain::audit::AuditKind;
use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_store::audit::list_audit_of_kind;

use crate::app::App;
use crate::failure::Fault;

/// Lines of one kind that are read at most.
const LINES: i64 = 50;

/// How a sign-in can end in the record.
const ENDS: [AuditKind; 3] = [AuditKind::Entered, AuditKind::SignInUnfinished, AuditKind::WrongPassword];

/// One decision about a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInDecision {
    /// When the sign-in ended.
    pub at: Timestamp,
    /// How it ended.
    pub kind: AuditKind,
    /// From which address.
    pub network: Option<String>,
    /// The country of that address then.
    pub country: Option<Country>,
    /// What the human check asked, by its stable name; None where none was asked.
    pub rung: Option<String>,
    /// Why, by the stable names of the reasons.
    pub reasons: Vec<String>,
}

impl App {
    /// The last decisions about the sign-ins of an account, newest first. The caller has judged that it may be looked at,
    /// and leaves the trace.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_in_decisions(&self, account: AccountId) -> Result<Vec<SignInDecision>, Fault> {
        let since = Timestamp::from_micros(0);
        let mut decisions = Vec::new();
        for kind in ENDS {
            for entry in list_audit_of_kind(&self.db, account, kind, since, LINES).await? {
                let detail = entry
                    .sealed
                    .as_deref()
                    .and_then(|sealed| self.open_detail(entry.kind, entry.account_id, sealed));
                let text = |name: &str| detail.as_ref()?.get(name)?.as_str().map(str::to_owned);
                let reasons = detail.as_ref().and_then(|detail| detail.get("reasons")?.as_array());
                let reasons = reasons.into_iter().flatten().filter_map(|reason| reason.as_str());
                decisions.push(SignInDecision {
                    at: entry.at,
                    kind: entry.kind,
                    country: text("country").and_then(|code| Country::parse(&code)),
                    rung: text("rung"),
                    reasons: reasons.map(str::to_owned).collect(),
                    network: entry.network,
                });
            }
        }
        decisions.sort_by_key(|decision| std::cmp::Reverse(decision.at));
        Ok(decisions)
    }
}
