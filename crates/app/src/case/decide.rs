//! Cases as staff see and decide them. Who the staff are and which role may do what is asked before; here stand the rules
//! that hold for everybody: two different approvers, nobody over an account of their own, and every look leaves a trace
//! that the owner can read (entry rules 5 and 9).

use serde_json::json;
use zeroize::Zeroizing;

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, CaseId, EvidenceId, StaffId};
use doorward_domain::notice::Notice;
use doorward_domain::staff::Member;
use doorward_domain::support_case::{
    CaseEnd, CaseOpenedBy, CaseStep, CaseVote, EvidenceKind, SupportCase, VoteRefused, Voter,
};
use doorward_domain::time::Timestamp;
use doorward_store::identifier::list_identifiers;
use doorward_store::staff::find_staff_name;
use doorward_store::support_case::{self as store, StoredCase};
use doorward_store::{Tx, account as account_store};

use super::CaseState;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::identity::IdentityShown;
use crate::keys::Sealed;
use crate::stop::Stops;

/// Cases that one list holds.
const LIST_AT_MOST: i64 = 200;

/// One line of the queue.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// The case.
    pub id: CaseId,
    /// Whose it is.
    pub account: AccountId,
    /// Where it stands.
    pub step: CaseStep,
    /// Why it came to nothing.
    pub end: Option<CaseEnd>,
    /// What its opener had proved before.
    pub opened_by: CaseOpenedBy,
    /// Whether there are pictures to compare with an identity record.
    pub has_record: bool,
    /// When it was sent to staff.
    pub sent_at: Timestamp,
    /// Until when it is to be decided.
    pub expires_at: Timestamp,
    /// When the new factor takes effect.
    pub effective_at: Option<Timestamp>,
    /// When it was executed or came to nothing.
    pub ended_at: Option<Timestamp>,
    /// The votes so far.
    pub votes: Vec<VoteLine>,
}

/// A vote of staff.
#[derive(Debug, Clone, Copy)]
pub struct VoteLine {
    /// Who.
    pub staff: StaffId,
    /// What they decided.
    pub vote: CaseVote,
    /// When.
    pub at: Timestamp,
    /// Whether it counts: while whoever gave it is an enrolled approver.
    pub counts: bool,
}

/// A picture, as the case's page lists it.
#[derive(Debug, Clone)]
pub struct EvidenceLine {
    /// The picture.
    pub id: EvidenceId,
    /// What it shows.
    pub kind: EvidenceKind,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What the note in the holder's hand must say.
    pub code_of_the_day: String,
    /// When it was given.
    pub given_at: Timestamp,
}

/// All that staff see of one case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The line of the queue.
    pub line: CaseLine,
    /// Whether the trading password is lost too.
    pub trading_password_lost: bool,
    /// Its account's status.
    pub status: AccountStatus,
    /// When the account was opened.
    pub account_created_at: Timestamp,
    /// Its identifiers, masked.
    pub identifiers_masked: Vec<String>,
    /// From which address it was opened.
    pub network: std::net::IpAddr,
    /// With which browser, as it names itself.
    pub device: String,
    /// What the operator's own checks found out; compared with the document by eye.
    pub identity: Option<IdentityShown>,
    /// The pictures that lie there.
    pub evidence: Vec<EvidenceLine>,
}

/// A picture in the clear, for one look. Never cached.
#[derive(Clone)]
pub struct Picture {
    /// The content, always JPEG drawn by this house.
    pub jpeg: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} bytes)", self.jpeg.len())
    }
}

impl App {
    /// Cases that were sent to staff: `open` ones with the longest waiting first, or those that are over, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_cases(&self, _staff: StaffId, open: bool) -> Result<Vec<CaseLine>, Fault> {
        let mut lines = Vec::new();
        for row in store::list_cases(&self.db, open, LIST_AT_MOST).await? {
            lines.push(self.case_line(&row).await?);
        }
        Ok(lines)
    }

    /// One case with the identity record that its pictures are compared with. Leaves a trace.
    ///
    /// # Errors
    /// Refused when there is no such case, or it was never sent.
    pub async fn case_view(&self, staff: StaffId, id: CaseId) -> Result<CaseView, Failure<VoteRefused>> {
        let (row, account) = self.find_sent_case(id).await?;
        self.note_look(staff, id, account.id, AuditKind::StaffLookedAtCase, None).await?;
        let state: CaseState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        let identifiers = list_identifiers(&self.db, account.id).await?;
        let masked = identifiers.iter().map(|stored| Ok::<_, Fault>(self.open_identifier(stored)?.masked()));
        let evidence = store::list_evidence(&self.db, id).await?;
        Ok(CaseView {
            line: self.case_line(&row).await?,
            trading_password_lost: row.case.trading_password_lost,
            status: account.status,
            account_created_at: account.created_at,
            identifiers_masked: masked.collect::<Result<_, _>>()?,
            network: state.network,
            device: state.device.clone(),
            identity: self.open_identity(account.id).await?,
            evidence: evidence
                .into_iter()
                .map(|stored| EvidenceLine {
                    id: stored.id,
                    kind: stored.kind,
                    width: stored.width,
                    height: stored.height,
                    code_of_the_day: stored.code_of_the_day,
                    given_at: stored.created_at,
                })
                .collect(),
        })
    }

    /// The content of one picture. Leaves a trace. `None` when it is deleted or never was of this case.
    ///
    /// # Errors
    /// Refused when there is no such case.
    pub async fn evidence(
        &self,
        staff: StaffId,
        case: CaseId,
        id: EvidenceId,
    ) -> Result<Option<Picture>, Failure<VoteRefused>> {
        let (_, account) = self.find_sent_case(case).await?;
        let Some(sealed) = store::find_evidence(&self.db, case, id).await? else { return Ok(None) };
        self.note_look(staff, case, account.id, AuditKind::StaffLookedAtEvidence, None).await?;
        let jpeg = self.keys.open(Sealed::Evidence, id.as_uuid().as_bytes(), &sealed);
        let jpeg = jpeg.ok_or_else(|| Fault::internal("opening a picture of a case"))?;
        Ok(Some(Picture { jpeg }))
    }

    /// Whether the number that a document shows is the one of the identity record, which nobody can read. Leaves a trace.
    ///
    /// # Errors
    /// Refused when there is no such case.
    pub async fn compare_document(
        &self,
        staff: StaffId,
        case: CaseId,
        typed: &str,
    ) -> Result<bool, Failure<VoteRefused>> {
        let (_, account) = self.find_sent_case(case).await?;
        let same = self.is_document_of(account.id, typed).await?;
        self.note_look(staff, case, account.id, AuditKind::StaffComparedDocument, Some(same)).await?;
        Ok(same)
    }

    /// Counts a vote. The last approval that is needed begins the wait, of which every channel is told with a way to stop
    /// it; one refusal ends the case. `own_accounts` are the voter's as a customer.
    ///
    /// # Errors
    /// Refused by the rules of two different approvers; see [`VoteRefused`].
    pub async fn approve_case(
        &self,
        staff: StaffId,
        own_accounts: &[AccountId],
        id: CaseId,
        vote: CaseVote,
    ) -> Result<CaseStep, Failure<VoteRefused>> {
        self.vote_on_case(staff, own_accounts, id, vote, None).await
    }

    /// The same with the voter's reason, which becomes a note beside the account in the write of the vote: neither is
    /// kept without the other.
    pub(crate) async fn vote_on_case(
        &self,
        staff: StaffId,
        own_accounts: &[AccountId],
        id: CaseId,
        vote: CaseVote,
        reason: Option<(Member, String)>,
    ) -> Result<CaseStep, Failure<VoteRefused>> {
        let (_, account) = self.find_sent_case(id).await?;
        let voter = Voter { staff, owns_the_account: own_accounts.contains(&account.id) };
        let (app, now) = (self.clone(), self.now());
        let answer = self.db.write("voting on a case", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, account.id).await? else {
                    return Ok(Err(VoteRefused::NoCase));
                };
                let answer = app.vote_in(tx, voter, id, vote, &account, now).await?;
                if let (Ok(_), Some((member, text))) = (&answer, &reason) {
                    app.write_note_in(tx, member, account.id, text, "case", now).await?;
                }
                Ok(answer)
            })
        });
        let answer = answer.await.map_err(|fault: Fault| Failure::Fault(fault))?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)
    }

    async fn vote_in(
        &self,
        tx: &mut Tx,
        voter: Voter,
        id: CaseId,
        vote: CaseVote,
        account: &Account,
        now: Timestamp,
    ) -> Result<Result<CaseStep, VoteRefused>, Fault> {
        let Some(row) = store::find_case_by_id(&mut *tx, id).await? else {
            return Ok(Err(VoteRefused::NoCase));
        };
        let votes = store::list_votes(&mut *tx, id).await?;
        // The approval of somebody who has left since, or has another role, carries nothing on.
        let earlier: Vec<_> =
            votes.iter().filter(|vote| vote.counts).map(|vote| (vote.staff_id, vote.vote)).collect();
        let delay = self.settings_lock_delay(tx, account.id).await?;
        let next = match row.case.vote(&self.policy, voter, &earlier, vote, account, delay, now) {
            Ok(next) => next,
            Err(VoteRefused::Overtaken) => {
                self.end_case(tx, &row, account, CaseEnd::Overtaken, None, now).await?;
                return Ok(Err(VoteRefused::Overtaken));
            }
            Err(refused) => return Ok(Err(refused)),
        };
        if !store::record_vote(tx, id, voter.staff, vote, now).await? {
            let voted = votes.iter().any(|vote| vote.staff_id == voter.staff);
            return Ok(Err(if voted { VoteRefused::VotedAlready } else { VoteRefused::NotApprover }));
        }
        let kind = match (vote, next.step) {
            (CaseVote::Refuse, _) => AuditKind::CaseRefused,
            (CaseVote::Approve, CaseStep::Waiting) => AuditKind::CaseApproved,
            (CaseVote::Approve, _) => AuditKind::CaseApprovedByOne,
        };
        let name = find_staff_name(&mut *tx, voter.staff).await?;
        let detail = json!({ "staff": name, "staff_id": voter.staff.to_string(), "case": id.to_string() });
        self.note(tx, Entry::without_network(kind, account.id).with(&detail), now).await?;
        match next.step {
            CaseStep::Ended => {
                self.end_case(tx, &row, account, CaseEnd::Refused, None, now).await?;
            }
            CaseStep::Waiting => self.begin_wait(tx, &row, &next, account, now).await?,
            _ => {}
        }
        Ok(Ok(next.step))
    }

    /// Approved: every channel is told when, and how to stop it until then.
    async fn begin_wait(
        &self,
        tx: &mut Tx,
        row: &StoredCase,
        next: &SupportCase,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let effective_at =
            next.effective_at.ok_or_else(|| Fault::internal("an approved case without its time"))?;
        let until = now.plus(self.policy.case.evidence_kept_for);
        if !store::move_case(tx, row, &row.token_hash, next, &row.sealed, until, now).await? {
            return Err(Fault::internal("a case moved although its account is held"));
        }
        let state: CaseState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        let stop = self.new_stop(tx, account.id, Stops::Case(row.id), effective_at).await?;
        let circumstances = state.circumstances(self, now);
        self.tell(tx, account, now, &Notice::CaseApproved { circumstances, effective_at, stop }).await
    }

    async fn case_line(&self, row: &StoredCase) -> Result<CaseLine, Fault> {
        let votes = store::list_votes(&self.db, row.id).await?;
        Ok(CaseLine {
            id: row.id,
            account: row.case.account.ok_or_else(|| Fault::internal("a sent case without an account"))?,
            step: row.case.step,
            end: row.case.end,
            opened_by: row.case.opened_by,
            has_record: row.case.has_record,
            sent_at: row.sent_at.unwrap_or(row.created_at),
            expires_at: row.case.expires_at,
            effective_at: row.case.effective_at,
            ended_at: row.ended_at,
            votes: votes
                .iter()
                .map(|vote| VoteLine {
                    staff: vote.staff_id,
                    vote: vote.vote,
                    at: vote.at,
                    counts: vote.counts,
                })
                .collect(),
        })
    }

    /// A case that its owner has sent: before, it is nobody's business.
    async fn find_sent_case(&self, id: CaseId) -> Result<(StoredCase, Account), Failure<VoteRefused>> {
        let no_case = || Failure::Refused(VoteRefused::NoCase);
        let row = store::find_case_by_id(&self.db, id).await?.filter(|row| row.sent_at.is_some());
        let row = row.ok_or_else(no_case)?;
        let account = row.case.account.ok_or_else(no_case)?;
        let account = account_store::find_account(&self.db, account).await?.ok_or_else(no_case)?;
        Ok((row, account))
    }

    async fn note_look(
        &self,
        staff: StaffId,
        case: CaseId,
        account: AccountId,
        kind: AuditKind,
        same: Option<bool>,
    ) -> Result<(), Fault> {
        let (app, now) = (self.clone(), self.now());
        let name = self.staff_name(staff).await?;
        let detail =
            json!({ "staff": name, "staff_id": staff.to_string(), "case": case.to_string(), "same": same });
        let write = self.db.write("noting a look of staff", move |tx| {
            Box::pin(async move {
                app.note(tx, Entry::without_network(kind, account).with(&detail), now)
                    .await
                    .map_err(Fault::from)
            })
        });
        write.await
    }
}
