//! Cases at the desk: the queue, one case, its pictures, and the decision. The rules of two different approvers stand in
//! the case itself; here stand the roles, the least number of approvers, and the names.

use doorward_domain::id::{CaseId, EvidenceId, StaffId};
use doorward_domain::staff::{StaffAct, may, parse_staff_text};
use doorward_domain::support_case::{CaseStep, CaseVote, VoteRefused};
use doorward_domain::time::Timestamp;
use doorward_store::StoreFault;
use doorward_store::staff::find_staff_name;

use super::desk::{AtDesk, DeskRefused};
use crate::app::App;
use crate::case::{CaseLine, CaseView, Picture};
use crate::failure::{Failure, Fault};
use crate::limits::Limits;

/// Why something about a case is refused at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskCaseRefused {
    /// As everywhere at the desk.
    Desk(DeskRefused),
    /// The rules of the case.
    Case(VoteRefused),
    /// Fewer than two approvers have enrolled: cases stay closed.
    Closed,
}

impl From<DeskRefused> for DeskCaseRefused {
    fn from(refused: DeskRefused) -> Self {
        Self::Desk(refused)
    }
}

/// A vote with the name of whoever cast it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVote {
    /// Who.
    pub name: String,
    /// Whether it is the one who looks.
    pub is_own: bool,
    /// What they decided.
    pub vote: CaseVote,
    /// When.
    pub at: Timestamp,
}

/// One case as the desk shows it.
#[derive(Debug, Clone)]
pub struct DeskCase {
    /// The case. Pictures and the identity record are there for those alone whose role decides.
    pub view: CaseView,
    /// The votes so far.
    pub votes: Vec<NamedVote>,
    /// Whether the one who looks may vote now.
    pub may_vote: bool,
}

impl App {
    /// Cases that were sent to staff: `open` ones with the longest waiting first, or those that are over.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn queue(&self, at: &AtDesk, open: bool) -> Result<Vec<CaseLine>, Failure<DeskRefused>> {
        at.may(StaffAct::SeeQueue).map_err(Failure::Refused)?;
        Ok(self.list_cases(at.member.id, open).await?)
    }

    /// One case. The look is in the record of its account.
    ///
    /// # Errors
    /// See [`DeskCaseRefused`].
    pub async fn see_case(&self, at: &AtDesk, id: CaseId) -> Result<DeskCase, Failure<DeskCaseRefused>> {
        allowed(at, StaffAct::SeeCase)?;
        let mut view = self.case_view(at.member.id, id).await.map_err(of_case)?;
        if !may(at.member.role, StaffAct::SeeEvidence) {
            view.identity = None;
            view.evidence.clear();
        }
        let mut votes = Vec::new();
        for vote in &view.line.votes {
            let name = self.staff_name(vote.staff).await?;
            votes.push(NamedVote { name, is_own: vote.staff == at.member.id, vote: vote.vote, at: vote.at });
        }
        let own = self.own_accounts(at).await?.contains(&view.line.account);
        let may_vote = view.line.step == CaseStep::Decision
            && may(at.member.role, StaffAct::DecideCase)
            && !own
            && votes.iter().all(|vote| !vote.is_own)
            && self.desk_state().await?.cases_open();
        Ok(DeskCase { view, votes, may_vote })
    }

    /// One picture of a case, for one look.
    ///
    /// # Errors
    /// See [`DeskCaseRefused`].
    pub async fn see_evidence(
        &self,
        at: &AtDesk,
        case: CaseId,
        id: EvidenceId,
    ) -> Result<Option<Picture>, Failure<DeskCaseRefused>> {
        allowed(at, StaffAct::SeeEvidence)?;
        self.evidence(at.member.id, case, id).await.map_err(of_case)
    }

    /// Whether the number that a document shows is that of the identity record. Each comparison counts before it is made.
    ///
    /// # Errors
    /// See [`DeskCaseRefused`].
    pub async fn compare_document_at_desk(
        &self,
        at: &AtDesk,
        case: CaseId,
        typed: &str,
    ) -> Result<bool, Failure<DeskCaseRefused>> {
        allowed(at, StaffAct::SeeEvidence)?;
        let (app, now) = (self.clone(), self.now());
        let limits = Limits::new().document_comparison(self, case);
        let taken = self.db.write("counting a comparison of documents", move |tx| {
            Box::pin(async move { app.take_limits(tx, &limits, None, now).await })
        });
        if let Some(retry_at) = taken.await.map_err(|fault: StoreFault| Fault::from(fault))? {
            return Err(Failure::Refused(DeskRefused::Throttled { retry_at }.into()));
        }
        self.compare_document(at.member.id, case, typed).await.map_err(of_case)
    }

    /// Approves a case or declines it, with a reason that is kept as a note beside the account.
    ///
    /// # Errors
    /// See [`DeskCaseRefused`].
    pub async fn decide_case(
        &self,
        at: &AtDesk,
        id: CaseId,
        vote: CaseVote,
        reason: &str,
    ) -> Result<CaseStep, Failure<DeskCaseRefused>> {
        allowed(at, StaffAct::DecideCase)?;
        let reason =
            parse_staff_text(reason).ok_or(Failure::Refused(DeskCaseRefused::Desk(DeskRefused::Text)))?;
        if !self.desk_state().await?.cases_open() {
            return Err(Failure::Refused(DeskCaseRefused::Closed));
        }
        let own = self.own_accounts(at).await?;
        let reason = Some((at.member.clone(), reason));
        self.vote_on_case(at.member.id, &own, id, vote, reason).await.map_err(of_case)
    }

    /// The name of a member of staff, removed or not.
    pub(crate) async fn staff_name(&self, id: StaffId) -> Result<String, Fault> {
        Ok(find_staff_name(&self.db, id).await?.unwrap_or_default())
    }
}

fn allowed(at: &AtDesk, act: StaffAct) -> Result<(), Failure<DeskCaseRefused>> {
    at.may(act).map_err(|refused| Failure::Refused(refused.into()))
}

fn of_case(failure: Failure<VoteRefused>) -> Failure<DeskCaseRefused> {
    failure.map_refused(DeskCaseRefused::Case)
}
