//! What a customer sees after entry: the review, the overview, the state of what guards the account (entry rules 8).

use std::collections::BTreeSet;

use doorward_domain::audit::AuditKind;
use doorward_domain::country::Place;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::account::{confirm_account_review, find_account, find_account_facts};
use doorward_store::audit::{AuditEntry, count_audit, list_audit_of_kind};
use doorward_store::identifier::list_identifiers;
use doorward_store::password::find_password;
use doorward_store::recovery_code::find_recovery_codes;
use doorward_store::security_event::{find_hold_end, list_security_events};
use doorward_store::session::confirm_session_review;
use doorward_store::totp::find_totp;
use doorward_store::{Db, StoreFault};

use crate::app::App;
use crate::audit::Entry;
use crate::device::DeviceLine;
use crate::failure::Fault;
use crate::session::SessionLine;
use crate::session_cache::{Customer, Ended};
use crate::visit::Visit;

/// Lines of one kind that a review shows at most.
const LINES: i64 = 50;
/// Looks at a case that are counted.
const COUNTED_LOOKS: i64 = 1_000;
/// Fewer recovery codes than this are worth a word.
const FEW_RECOVERY_CODES: i64 = 3;

/// One thing that happened at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Its place in the record.
    pub seq: i64,
    /// What.
    pub kind: AuditKind,
    /// When.
    pub at: Timestamp,
    /// From which address, as far as known.
    pub network: Option<String>,
    /// Where that address stands.
    pub place: Place,
    /// How the browser named itself, as far as known.
    pub user_agent: Option<String>,
    /// Which member of staff it was, where it was one.
    pub staff: Option<String>,
}

/// One change of what guards the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// What.
    pub kind: SecurityEventKind,
    /// When.
    pub at: Timestamp,
    /// Until when it lets nothing leave.
    pub hold_until: Option<Timestamp>,
}

/// What staff looked at to decide a case, in one line: the case, its pictures, the number of the document.
#[derive(Debug, Clone)]
pub struct CaseLooks {
    /// The newest look.
    pub newest: Happened,
    /// How many there were; 1,000 stands for more too.
    pub times: u32,
    /// Who looked, each once, by name.
    pub names: Vec<String>,
}

/// What changed since the last confirmed review.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// The entry before this one; none on the first.
    pub last_entry: Option<Happened>,
    /// Entries since the last confirmed review, without this one, newest first.
    pub entries: Vec<Happened>,
    /// Tries that failed since then, newest first.
    pub failed_tries: Vec<Happened>,
    /// What staff looked at or did since then, newest first, without their looks at a case.
    pub by_staff: Vec<Happened>,
    /// Their looks at a case since then, which are many for each decision.
    pub case_looks: Option<CaseLooks>,
    /// Changes since then, newest first.
    pub changes: Vec<Changed>,
    /// Sessions that are open.
    pub sessions: Vec<SessionLine>,
    /// Devices that are trusted.
    pub devices: Vec<DeviceLine>,
    /// What guards the account.
    pub security: SecurityState,
}

/// The account at a glance.
#[derive(Debug, Clone)]
pub struct DashboardView {
    /// The first identifier, masked.
    pub identifier_masked: String,
    /// When this session began.
    pub entered_at: Timestamp,
    /// The entry before this one.
    pub last_entry: Option<Happened>,
    /// Sessions that are open.
    pub sessions: Vec<SessionLine>,
    /// Devices that are trusted.
    pub devices: Vec<DeviceLine>,
    /// What guards the account.
    pub security: SecurityState,
}

/// What guards the account, and what could be better.
#[derive(Debug, Clone)]
pub struct SecurityState {
    /// The verified identifiers, masked, oldest first.
    pub identifiers_masked: Vec<String>,
    /// When the password was chosen.
    pub password_changed_at: Option<Timestamp>,
    /// When the authenticator app was enrolled.
    pub totp_enrolled_at: Option<Timestamp>,
    /// Whether too many wrong codes have disabled it.
    pub totp_disabled: bool,
    /// Recovery codes not used yet.
    pub recovery_codes_left: u32,
    /// When the set of recovery codes was made.
    pub recovery_codes_made_at: Option<Timestamp>,
    /// Changes whose holds still run, newest first.
    pub holds: Vec<Changed>,
    /// Until when nothing leaves the account.
    pub hold_until: Option<Timestamp>,
    /// What could be better.
    pub improvements: Vec<Improvement>,
}

/// Something that would make the account safer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Improvement {
    /// Few recovery codes are left.
    RenewRecoveryCodes {
        /// How many.
        left: u32,
    },
    /// The authenticator app is disabled.
    ReplaceTotp,
}

impl App {
    /// What changed since the last confirmed review.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn review(&self, customer: &Customer) -> Result<ReviewView, Fault> {
        let facts = find_account_facts(&self.db, customer.account).await?;
        let since = facts.and_then(|facts| facts.reviewed_at).unwrap_or(Timestamp::from_micros(0));
        let mut failed_tries = Vec::new();
        for kind in FAILED_TRIES {
            failed_tries.extend(self.happened(customer.account, kind, since).await?);
        }
        failed_tries.sort_by_key(|line| std::cmp::Reverse(line.seq));
        let mut by_staff = Vec::new();
        for kind in BY_STAFF {
            by_staff.extend(self.happened(customer.account, kind, since).await?);
        }
        by_staff.sort_by_key(|line| std::cmp::Reverse(line.seq));
        let mut entries = self.happened(customer.account, AuditKind::Entered, since).await?;
        entries.retain(|line| line.at < customer.entered_at);
        let changes = list_security_events(&self.db, customer.account, since, LINES).await?;
        Ok(ReviewView {
            last_entry: self.last_entry(customer).await?,
            entries,
            failed_tries,
            by_staff,
            case_looks: self.case_looks(customer.account, since).await?,
            changes: changes.into_iter().map(Changed::from).collect(),
            sessions: self.list_sessions(customer).await?,
            devices: self.list_devices(customer).await?,
            security: self.security_state(customer).await?,
        })
    }

    async fn case_looks(&self, account: AccountId, since: Timestamp) -> Result<Option<CaseLooks>, Fault> {
        let (mut looks, mut times) = (Vec::new(), 0);
        for kind in CASE_LOOKS {
            times += count_audit(&self.db, account, kind, since, COUNTED_LOOKS).await?;
            looks.extend(self.happened(account, kind, since).await?);
        }
        looks.sort_by_key(|line| std::cmp::Reverse(line.seq));
        let names: BTreeSet<String> = looks.iter().filter_map(|look| look.staff.clone()).collect();
        let times = u32::try_from(times.min(COUNTED_LOOKS)).unwrap_or(0);
        let newest = looks.into_iter().next();
        Ok(newest.map(|newest| CaseLooks { newest, times, names: names.into_iter().collect() }))
    }

    /// The account at a glance.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn dashboard(&self, customer: &Customer) -> Result<DashboardView, Fault> {
        let security = self.security_state(customer).await?;
        Ok(DashboardView {
            identifier_masked: security.identifiers_masked.first().cloned().unwrap_or_default(),
            entered_at: customer.entered_at,
            last_entry: self.last_entry(customer).await?,
            sessions: self.list_sessions(customer).await?,
            devices: self.list_devices(customer).await?,
            security,
        })
    }

    /// What guards the account, and what could be better.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn security_state(&self, customer: &Customer) -> Result<SecurityState, Fault> {
        let (account, now) = (customer.account, self.now());
        let identifiers_masked = self.masked_identifiers(&self.db, account).await?;
        let password = find_password(&self.db, account).await?;
        let totp = find_totp(&self.db, account).await?;
        let codes = find_recovery_codes(&self.db, account).await?;
        let left = codes.as_ref().map_or(0, |codes| codes.remaining);
        let totp_disabled = totp.as_ref().is_some_and(|totp| totp.disabled_at.is_some());
        let recovery_codes_left = u32::try_from(left).unwrap_or(0);
        let few = Improvement::RenewRecoveryCodes { left: recovery_codes_left };
        let improvements = [(totp_disabled, Improvement::ReplaceTotp), (left < FEW_RECOVERY_CODES, few)];
        let events = list_security_events(&self.db, account, Timestamp::from_micros(0), LINES).await?;
        let runs = |event: &Changed| event.hold_until.is_some_and(|until| now < until);
        Ok(SecurityState {
            identifiers_masked,
            password_changed_at: password.map(|password| password.changed_at),
            totp_enrolled_at: totp.map(|totp| totp.created_at),
            totp_disabled,
            recovery_codes_left,
            recovery_codes_made_at: codes.map(|codes| codes.created_at),
            // One address or one key that is held by itself closes nothing else; its own page says so.
            holds: events
                .into_iter()
                .filter(|event| event.subject.is_none())
                .map(Changed::from)
                .filter(runs)
                .collect(),
            hold_until: find_hold_end(&self.db, account, now).await?,
            improvements: improvements.into_iter().filter(|(holds, _)| *holds).map(|(_, it)| it).collect(),
        })
    }

    /// Confirms the review of this entry; what happened until now is not shown again.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn confirm_review(
        &self,
        visit: &Visit,
        customer: &Customer,
        session: &Token,
    ) -> Result<(), Fault> {
        let (app, customer, network, now) = (self.clone(), *customer, visit.network, self.now());
        let hash = session.hash();
        self.db
            .write("confirming a review", move |tx| {
                Box::pin(async move {
                    confirm_account_review(tx, customer.account, now).await?;
                    if confirm_session_review(tx, customer.session, &hash, now).await? {
                        app.note(tx, Entry::of(AuditKind::ReviewConfirmed, customer.account, network), now)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|fault: StoreFault| Fault::from(fault))?;
        self.sessions.forget(&[Ended::Session(hash)]);
        Ok(())
    }

    async fn masked_identifiers(&self, db: &Db, account: AccountId) -> Result<Vec<String>, Fault> {
        let stored = list_identifiers(db, account).await?;
        stored.iter().map(|stored| Ok(self.open_identifier(stored)?.masked())).collect()
    }

    async fn last_entry(&self, customer: &Customer) -> Result<Option<Happened>, Fault> {
        let since = Timestamp::from_micros(0);
        let newest = list_audit_of_kind(&self.db, customer.account, AuditKind::Entered, since, LINES).await?;
        let before = newest.into_iter().find(|entry| entry.at < customer.entered_at);
        Ok(before.map(|entry| self.happened_of(entry)))
    }

    async fn happened(
        &self,
        account: AccountId,
        kind: AuditKind,
        since: Timestamp,
    ) -> Result<Vec<Happened>, Fault> {
        let entries = list_audit_of_kind(&self.db, account, kind, since, LINES).await?;
        Ok(entries.into_iter().map(|entry| self.happened_of(entry)).collect())
    }

    pub(crate) fn happened_of(&self, entry: AuditEntry) -> Happened {
        let detail =
            entry.sealed.as_deref().and_then(|sealed| self.open_detail(entry.kind, entry.account_id, sealed));
        let text = |name: &str| Some(detail.as_ref()?.get(name)?.as_str()?.to_owned());
        Happened {
            seq: entry.seq,
            kind: entry.kind,
            at: entry.at,
            place: entry.network.as_deref().map_or(Place::UNKNOWN, |network| self.place_of_text(network)),
            user_agent: text("user_agent"),
            staff: text("staff"),
            network: entry.network,
        }
    }

    /// What the record says of one line of a review; `None` when it is none of this account's.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn find_happened(&self, customer: &Customer, seq: i64) -> Result<Option<Happened>, Fault> {
        let before = Some(seq.saturating_add(1));
        let entries = doorward_store::audit::list_audit(&self.db, customer.account, before, 1).await?;
        Ok(entries.into_iter().find(|entry| entry.seq == seq).map(|entry| self.happened_of(entry)))
    }

    /// When the account was opened.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn account_opened_at(&self, customer: &Customer) -> Result<Option<Timestamp>, Fault> {
        Ok(find_account(&self.db, customer.account).await?.map(|account| account.created_at))
    }
}

/// What counts as a failed try in a review.
const FAILED_TRIES: [AuditKind; 5] = [
    AuditKind::WrongPassword,
    AuditKind::WrongFactor,
    AuditKind::ClockOff,
    AuditKind::SignInUnfinished,
    AuditKind::FrozenKnock,
];

/// What staff look at to decide a case: three pictures and a number, by two of them, fill a review by themselves.
const CASE_LOOKS: [AuditKind; 3] =
    [AuditKind::StaffLookedAtCase, AuditKind::StaffLookedAtEvidence, AuditKind::StaffComparedDocument];

/// What staff do beside an account, as its owner reads it.
const BY_STAFF: [AuditKind; 11] = [
    AuditKind::StaffLooked,
    AuditKind::StaffEndedSessions,
    AuditKind::StaffSentResetLink,
    AuditKind::StaffWroteNote,
    AuditKind::StaffAskedToLift,
    AuditKind::StaffDeclinedToLift,
    AuditKind::StaffAskedToLiftBlock,
    AuditKind::StaffDeclinedToLiftBlock,
    AuditKind::StaffLiftedBlock,
    AuditKind::StaffBlockedAgain,
    AuditKind::FrozenByStaff,
];

impl From<doorward_store::security_event::StoredSecurityEvent> for Changed {
    fn from(event: doorward_store::security_event::StoredSecurityEvent) -> Self {
        Self { kind: event.kind, at: event.at, hold_until: event.hold_until }
    }
}
