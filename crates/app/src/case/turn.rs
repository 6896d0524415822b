//! What becomes of a case by itself or by its owner's word: stopped, over, or executed at its time in one transaction.

use std::net::IpAddr;

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{AccountId, CaseId, TotpId};
use doorward_domain::notice::Notice;
use doorward_domain::session::SessionEndReason;
use doorward_domain::support_case::{CaseEnd, CaseRefused, CaseStep, SupportCase};
use doorward_domain::time::Timestamp;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::support_case::{self as store, StoredCase};
use doorward_store::{Tx, account as account_store, passkey, recovery_code, totp as totp_store};

use super::CaseState;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::session_cache::Ended;

/// Cases that one turn of the upkeep works on.
const BATCH: i64 = 50;

impl App {
    /// Stops the case of this browser at its owner's wish.
    ///
    /// # Errors
    /// Refused when the cookie names no open case.
    pub async fn stop_own_case(&self, cookie: &str) -> Result<(), Failure<CaseRefused>> {
        let row = self.find_own_case(cookie).await?;
        let Some(account) = row.case.account else {
            return self.stop_nobodys(row).await;
        };
        let stopped = self.stop_case(row.id, account).await?;
        if stopped { Ok(()) } else { Err(Failure::Refused(CaseRefused::Ended)) }
    }

    /// A case that never had an account looks like any other when it is stopped.
    async fn stop_nobodys(&self, row: StoredCase) -> Result<(), Failure<CaseRefused>> {
        let (app, now) = (self.clone(), self.now());
        let stopped = self.db.write("stopping a case of nobody", move |tx| {
            Box::pin(async move {
                let next = row.case.end(CaseEnd::Stopped);
                Ok::<_, Fault>(
                    store::move_case(tx, &row, &row.token_hash, &next, &row.sealed, app.now(), now).await?,
                )
            })
        });
        if stopped.await? { Ok(()) } else { Err(Failure::Refused(CaseRefused::Ended)) }
    }

    async fn stop_case(&self, id: CaseId, account: AccountId) -> Result<bool, Fault> {
        let (app, now) = (self.clone(), self.now());
        let stopped = self.db.write("stopping a case", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, account).await? else { return Ok(false) };
                app.stop_case_in(tx, id, &account, None, now).await
            })
        });
        let stopped = stopped.await.map_err(|fault: Fault| fault)?;
        self.outbox.wake();
        Ok(stopped)
    }

    /// Stops a case inside a write that holds the account, at somebody's word from `network`; false when it is over
    /// already.
    pub(crate) async fn stop_case_in(
        &self,
        tx: &mut Tx,
        id: CaseId,
        account: &Account,
        network: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(row) = store::find_case_by_id(&mut *tx, id).await? else { return Ok(false) };
        if row.case.account != Some(account.id) || !row.case.is_open() {
            return Ok(false);
        }
        self.end_case(tx, &row, account, CaseEnd::Stopped, network, now).await
    }

    /// Ends the open case of an account, if there is one, because the account was frozen. The account's row is held.
    pub(crate) async fn end_case_of_frozen(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if let Some(row) = store::find_open_case(&mut *tx, account.id).await? {
            self.end_case(tx, &row, account, CaseEnd::Frozen, None, now).await?;
        }
        Ok(())
    }

    /// Ends a case without its aim, erases its new secret, and tells every channel once staff knew of it, or when somebody
    /// else than its opener ended it from `network`. False when another request was faster.
    pub(super) async fn end_case(
        &self,
        tx: &mut Tx,
        row: &StoredCase,
        account: &Account,
        why: CaseEnd,
        network: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let next = row.case.end(why);
        let Some(state) = self.close_case(tx, row, &next, now).await? else { return Ok(false) };
        let entry = match network {
            Some(network) => Entry::of(AuditKind::CaseEnded, account.id, network),
            None => Entry::without_network(AuditKind::CaseEnded, account.id),
        };
        self.note(tx, entry.with(&why.name()), now).await?;
        if row.sent_at.is_some() || network.is_some() {
            let (circumstances, refused) = (state.circumstances(self, now), why == CaseEnd::Refused);
            self.announce(tx, account, now, |freeze| Notice::CaseEnded { circumstances, refused, freeze })
                .await?;
        }
        Ok(true)
    }

    /// Writes the last state of a case without its secret; `None` when another request was faster.
    async fn close_case(
        &self,
        tx: &mut Tx,
        row: &StoredCase,
        next: &SupportCase,
        now: Timestamp,
    ) -> Result<Option<CaseState>, Fault> {
        let mut state: CaseState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        let secret = state.secret.take();
        let sealed = self.seal_flow_state(row.id.as_uuid(), &state)?;
        let until = now.plus(self.policy.case.evidence_kept_for);
        let moved = store::move_case(tx, row, &row.token_hash, next, &sealed, until, now).await?;
        state.secret = secret;
        Ok(moved.then_some(state))
    }

    /// Works on every case whose time has come: executes it, or ends it. Each in a write of its own that the case's state
    /// guards, so that another node, a crash, or a word of the owner at the same moment leave it done once or not at all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn turn_cases(&self) -> Result<usize, Fault> {
        let due = store::list_due_cases(&self.db, self.now(), BATCH).await?;
        let mut turned = 0;
        for (id, account) in due {
            match self.turn_case(id, account).await {
                Ok(done) => turned += usize::from(done),
                // One case that fails holds no other up.
                Err(fault) => {
                    tracing::error!(case = %id, %fault, source = ?fault.source, "a case at its time");
                }
            }
        }
        Ok(turned)
    }

    async fn turn_case(&self, id: CaseId, account: AccountId) -> Result<bool, Fault> {
        let (app, now) = (self.clone(), self.now());
        let turned = self.db.write("a case at its time", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, account).await? else { return Ok(false) };
                let Some(row) = store::find_case_by_id(&mut *tx, id).await? else { return Ok(false) };
                match row.case.turn(&account, now) {
                    Some(next) if next.step == CaseStep::Done => {
                        app.execute_case(tx, &row, &next, &account, now).await
                    }
                    Some(next) => {
                        let why = next.end.unwrap_or(CaseEnd::Expired);
                        app.end_case(tx, &row, &account, why, None, now).await
                    }
                    None => Ok(false),
                }
            })
        });
        let turned = turned.await.map_err(|fault: Fault| fault)?;
        if turned {
            self.sessions.forget(&[Ended::Account(account)]);
            self.outbox.wake();
        }
        Ok(turned)
    }

    /// Puts the new factor in the place of all that was lost. A frozen account stays frozen: with the new factor its owner
    /// can lift the freeze as any owner does.
    async fn execute_case(
        &self,
        tx: &mut Tx,
        row: &StoredCase,
        next: &SupportCase,
        account: &Account,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(state) = self.close_case(tx, row, next, now).await? else { return Ok(false) };
        let (secret, step) = (state.secret()?, state.totp_step);
        let step = step.ok_or_else(|| Fault::internal("a case without a confirmed authenticator"))?;
        let totp = TotpId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Totp, totp.as_uuid().as_bytes(), secret.as_bytes());
        totp_store::replace_totp(tx, totp, account.id, &sealed, step, now).await?;
        recovery_code::renew_recovery_codes(tx, account.id, &[], now).await?;
        passkey::remove_all_passkeys(tx, account.id, now).await?;
        passkey::end_passkeys_only(tx, account.id).await?;
        account_store::raise_credential_version(tx, account.id).await?;
        let reason = SessionEndReason::FactorChanged.name();
        end_all_access(tx, account.id, &Keep::default(), reason, now).await?;
        account_store::suspend_api_keys(tx, account.id, now).await?;
        let kind = if row.case.more_is_lost() {
            SecurityEventKind::CaseWithPasswordLost
        } else {
            SecurityEventKind::FactorReplacedByCase
        };
        let hold_until = self.record_event(tx, account.id, kind, now).await?;
        self.note(tx, Entry::without_network(AuditKind::CaseExecuted, account.id), now).await?;
        if account.passkeys_only {
            self.note(tx, Entry::without_network(AuditKind::PasskeysOnlyEnded, account.id), now).await?;
        }
        let circumstances = state.circumstances(self, now);
        self.announce(tx, account, now, |freeze| Notice::CaseExecuted { circumstances, hold_until, freeze })
            .await?;
        Ok(true)
    }

    /// Deletes pictures whose time is over: thirty days after the decision.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn delete_case_evidence(&self) -> Result<usize, Fault> {
        let (app, now) = (self.clone(), self.now());
        let deleted = self.db.write("deleting pictures of cases", move |tx| {
            Box::pin(async move {
                let emptied = store::delete_evidence_due(tx, now, BATCH).await?;
                for (_, account) in &emptied {
                    app.note(tx, Entry::without_network(AuditKind::EvidenceDeleted, *account), now).await?;
                }
                Ok::<_, Fault>(emptied.len())
            })
        });
        deleted.await
    }
}
