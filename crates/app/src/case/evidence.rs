//! The pictures of a case: taken in one by one, and sent to staff together.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::EvidenceId;
use doorward_domain::notice::Notice;
use doorward_domain::support_case::{CaseRefused, CaseStep, EvidenceKind};
use doorward_domain::time::Timestamp;
use doorward_store::support_case::{self as store, StoredCase, StoredEvidence};
use doorward_store::{Tx, account as account_store};

use super::{Open, picture};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::keys::Sealed;
use crate::stop::Stops;
use crate::visit::Visit;

impl App {
    /// Whether the case of this browser takes pictures now: asked before a file is taken in, so that nobody without such a
    /// case keeps others from sending theirs.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn takes_pictures(&self, cookie: &str) -> Result<bool, Fault> {
        match self.open_case_at(cookie, CaseStep::Documents).await {
            Ok(_) => Ok(true),
            Err(Failure::Refused(_)) => Ok(false),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// Gives the case a picture in the place of an earlier one of its kind. What is kept is drawn anew from its pixels:
    /// neither its metadata nor anything hidden behind it stays.
    ///
    /// # Errors
    /// Refused when the file is no picture that staff could look at, or the case is at another step.
    pub async fn add_case_picture(
        &self,
        cookie: &str,
        kind: EvidenceKind,
        file: Vec<u8>,
    ) -> Result<(), Failure<CaseRefused>> {
        // Looked at before the pixels are: nobody without a case of this step has a file decoded.
        let Open { row, .. } = self.open_case_at(cookie, CaseStep::Documents).await?;
        let drawn = picture::draw_anew(file).await?;
        let drawn = drawn.map_err(|refused| Failure::Refused(CaseRefused::Picture(refused)))?;
        let now = self.now();
        let evidence = StoredEvidence {
            id: EvidenceId::from_parts(now, self.random.bytes()),
            kind,
            width: drawn.width,
            height: drawn.height,
            code_of_the_day: self.code_of_the_day(row.id, now),
            created_at: now,
        };
        let sealed = self.keys.seal(Sealed::Evidence, evidence.id.as_uuid().as_bytes(), &drawn.jpeg);
        let account = row.case.account.ok_or(Failure::Refused(CaseRefused::Ended))?;
        let answer = self.db.write("giving a case a picture", move |tx| {
            Box::pin(async move {
                account_store::hold_account(tx, account).await?;
                let held = store::find_case_by_id(&mut *tx, row.id).await?;
                let answer =
                    held.map_or(Err(CaseRefused::Ended), |held| held.case.at(CaseStep::Documents, now));
                if answer.is_ok() {
                    store::record_evidence(tx, row.id, &evidence, &sealed).await?;
                }
                Ok::<_, Fault>(answer)
            })
        });
        answer.await?.map_err(Failure::Refused)
    }

    /// Sends the case with its pictures to staff.
    ///
    /// # Errors
    /// Refused when a picture is missing, or the account changed meanwhile.
    pub async fn send_case(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let Open { row, state } = self.open_case_at(cookie, CaseStep::Documents).await?;
        let (now, token) = (self.now(), self.random.token());
        let (app, visit, new_token) = (self.clone(), visit.clone(), token.clone());
        let account = row.case.account.ok_or(Failure::Refused(CaseRefused::Ended))?;
        let answer = self.db.write("sending a case to staff", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, account).await? else {
                    return Ok(Err(CaseRefused::CredentialsChanged));
                };
                let pictures = store::list_evidence(&mut *tx, row.id).await?;
                let kinds: Vec<EvidenceKind> = pictures.iter().map(|picture| picture.kind).collect();
                let outcome = row.case.send(&app.policy, &kinds, &account, now);
                let answer =
                    app.settle_case(tx, &row, &state, &outcome.case, outcome.answer, &new_token, now).await?;
                if answer == Ok(CaseStep::Decision) {
                    app.tell_of_sent_case(tx, &visit, &row, &account, now).await?;
                }
                Ok::<_, Fault>(answer)
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        Ok(Self::moved_case(&token, answer.map_err(Failure::Refused)?))
    }

    /// A case was sent: every channel is told, with a way to stop it.
    pub(super) async fn tell_of_sent_case(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        row: &StoredCase,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.note(tx, Entry::of(AuditKind::CaseSent, account.id, visit.network), now).await?;
        let expires_at = now.plus(self.policy.case.decided_within);
        let stop = self.new_stop(tx, account.id, Stops::Case(row.id), expires_at).await?;
        let circumstances = self.circumstances(visit, now);
        self.tell(tx, account, now, &Notice::CaseSent { circumstances, stop }).await
    }
}
