//! The codes of a case: to the channel by which the account was named, and where no identity record exists to another
//! one that is independent of it.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::CaseId;
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::support_case::{CaseOpenedBy, CaseRefused, CaseStep, Identification};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_store::code::CodeOf;
use doorward_store::identifier::{list_identifiers, note_proof};
use doorward_store::{Tx, account as account_store, code as code_store};

use super::Open;
use crate::app::App;
use crate::audit::Entry;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::limits::Limits;
use crate::visit::Visit;

/// The code of this step of a case.
pub(super) fn of(id: CaseId, step: CaseStep) -> CodeOf<'static> {
    let flow_kind = if step == CaseStep::SecondChannel { "case-second" } else { "case" };
    CodeOf { flow_kind, flow_id: id.as_uuid() }
}

/// What a code of a case is told to be for: nobody proved a password of an account that is entered by passkeys only.
pub(super) const fn purpose(opened_by: CaseOpenedBy) -> CodePurpose {
    match opened_by {
        CaseOpenedBy::PasskeysOnly => CodePurpose::LostPasskeys,
        CaseOpenedBy::Password | CaseOpenedBy::Reset => CodePurpose::Case,
    }
}

impl App {
    /// Judges the code that was sent to the channel of this step. Each try counts, also across parallel requests.
    ///
    /// # Errors
    /// Refused when the code is wrong or too old, when nothing would identify the owner, or when another case of the
    /// account is under way.
    pub async fn give_case_code(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Moved<CaseStep>, Failure<CaseRefused>> {
        let step = self.code_step(cookie).await?;
        let open = self.open_case_at(cookie, step).await?;
        let (now, token, typed) = (self.now(), self.random.token(), OneTimeCode::parse(typed));
        let (app, visit, new_token) = (self.clone(), visit.clone(), token.clone());
        let answer = self.db.write("judging the code of a case", move |tx| {
            Box::pin(async move {
                let account = match open.row.case.account {
                    Some(account) => account_store::hold_account(tx, account).await?,
                    None => None,
                };
                let to = app.code_goes_to(tx, &open, account.as_ref()).await?;
                let judged = app.try_code(tx, of(open.row.id, step), typed, &to, now).await?;
                let case = &open.row.case;
                let mut outcome = match (&account, step) {
                    (Some(account), CaseStep::Channel) => {
                        let known = app.identification(tx, account.id, &to).await?;
                        case.after_channel(&app.policy, judged, known, now)
                    }
                    (None, CaseStep::Channel) => {
                        let known = Identification { has_record: false, has_second_channel: false };
                        case.after_channel(&app.policy, judged, known, now)
                    }
                    _ => case.after_second_channel(judged, now),
                };
                if let (Some(account), Ok(_)) = (&account, judged) {
                    note_proof(tx, &app.lookup_of(&to), account.id, now).await?;
                    if step == CaseStep::Channel && outcome.answer.is_ok() {
                        if let Err(refused) = app.make_way(tx, account, now).await? {
                            outcome.answer = Err(refused);
                            outcome.case = case.end(doorward_domain::support_case::CaseEnd::BegunAnew);
                        } else {
                            let entry = Entry::of(AuditKind::CaseOpened, account.id, visit.network);
                            app.note(tx, entry, now).await?;
                        }
                    }
                }
                if let (Some(account), Ok(CaseStep::SecondChannel)) = (&account, outcome.answer)
                    && let Err(refused) =
                        app.send_second_code(tx, &visit, open.row.id, account, &to, now).await?
                {
                    return Ok(Err(refused));
                }
                app.settle_case(tx, &open.row, &open.state, &outcome.case, outcome.answer, &new_token, now)
                    .await
            })
        });
        let answer: Result<CaseStep, CaseRefused> =
            answer.await.map_err(|fault: Fault| Failure::Fault(fault))?;
        self.outbox.wake();
        Ok(Self::moved_case(&token, answer.map_err(Failure::Refused)?))
    }

    /// Sends another code of this step. Tries stay counted.
    ///
    /// # Errors
    /// Refused while the last one is fresh, when enough were sent, or when a limit is reached.
    pub async fn resend_case_code(&self, visit: &Visit, cookie: &str) -> Result<(), Failure<CaseRefused>> {
        let step = self.code_step(cookie).await?;
        let Open { row, state } = self.open_case_at(cookie, step).await?;
        let (now, code) = (self.now(), OneTimeCode::from_random(self.random.number()));
        let first = state.identifier()?;
        let to = match (step, row.case.account) {
            (CaseStep::SecondChannel, Some(account)) => self.second_channel(account, first.kind()).await?,
            _ => Some(first),
        };
        let to = to.ok_or(Failure::Refused(CaseRefused::NoSendsLeft))?;
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: purpose(row.case.opened_by), code, circumstances };
        let (message, hash) = match row.case.account {
            Some(account) => (
                self.outgoing(Some(account), &to, visit.language, &notice, now),
                self.code_hash(of(row.id, step), code),
            ),
            None => (self.outgoing_decoy(&to, visit.language, &notice, now), self.random.bytes()),
        };
        let limits = Limits::new().network(self, visit, RateScope::CodeSent);
        let limits = match step {
            CaseStep::Channel => limits.anonymous_code(self, &row.lookup),
            _ => limits.proved_code(self, &self.lookup_of(&to)),
        };
        let app = self.clone();
        let resent = self.db.write("sending another code of a case", move |tx| {
            Box::pin(async move {
                app.resend_code(tx, of(row.id, step), &hash, &message, &limits, &to, now).await
            })
        });
        match resent.await? {
            Resent::Sent => {
                self.outbox.wake();
                Ok(())
            }
            Resent::Refused(refused) => Err(Failure::Refused(refused.into())),
            Resent::Throttled { retry_at } => Err(Failure::Refused(CaseRefused::Throttled { retry_at })),
        }
    }

    /// The step whose code is due: the first channel's, or the second's.
    async fn code_step(&self, cookie: &str) -> Result<CaseStep, Failure<CaseRefused>> {
        let row = self.find_own_case(cookie).await?;
        Ok(match row.case.step {
            CaseStep::SecondChannel => CaseStep::SecondChannel,
            _ => CaseStep::Channel,
        })
    }

    async fn code_goes_to(
        &self,
        tx: &mut Tx,
        open: &Open,
        account: Option<&Account>,
    ) -> Result<Identifier, Fault> {
        let first = open.state.identifier()?;
        if open.row.case.step != CaseStep::SecondChannel {
            return Ok(first);
        }
        let Some(account) = account else { return Ok(first) };
        let stored = list_identifiers(&mut *tx, account.id).await?;
        Ok(self.independent_of(first.kind(), &stored)?.unwrap_or(first))
    }

    /// Sends the first code to the second channel; the channel before it is proved, so that its budget is apart.
    pub(super) async fn send_second_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        id: CaseId,
        account: &Account,
        first: &Identifier,
        now: Timestamp,
    ) -> Result<Result<(), CaseRefused>, Fault> {
        let stored = list_identifiers(&mut *tx, account.id).await?;
        let Some(to) = self.independent_of(first.kind(), &stored)? else {
            return Ok(Err(CaseRefused::NoIdentification));
        };
        let limits = Limits::new().proved_code(self, &self.lookup_of(&to));
        if let Some(retry_at) = self.take_limits(tx, &limits, Some(&to), now).await? {
            return Ok(Err(CaseRefused::Throttled { retry_at }));
        }
        let code = OneTimeCode::from_random(self.random.number());
        let of = of(id, CaseStep::SecondChannel);
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::Case, code, circumstances };
        let first_state = CodeState::first(&self.policy.codes, now);
        code_store::record_code(tx, of, &self.code_hash(of, code), &first_state).await?;
        self.outgoing(Some(account.id), &to, account.language, &notice, now).put(tx, now).await?;
        Ok(Ok(()))
    }
}
