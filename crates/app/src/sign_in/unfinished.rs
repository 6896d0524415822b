//! The sweep of sign-ins that came to nothing: the owner is told of a right password without a second factor, and the
//! record keeps what was tried (entry rules 2, step 5).
//!
//! It runs after the fact because a message written at the door would take time there, and tell that the password was
//! right.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::notice::Notice;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::account::find_account;
use doorward_store::audit::count_audit;
use doorward_store::sign_in::{StoredSignIn, take_finished_sign_ins};
use serde::Serialize;
use std::time::Duration;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;

use super::attempt::Attempt;

/// How long a finished sign-in still answers its own browser with what became of it.
const ANSWERS_FOR: Duration = Duration::from_secs(60);
/// Sign-ins that one transaction takes: SQLite's only writer is needed at the door.
const BATCH: i64 = 50;

/// What the record keeps of a sign-in that came to nothing.
#[derive(Serialize)]
struct UnfinishedDetail<'a> {
    user_agent: &'a str,
    wrong_factors: u32,
    rung: Option<&'a str>,
    reasons: &'a [String],
}

impl App {
    /// Takes the sign-ins that have ended or expired out of the database, a batch at a time, and tells what is to be
    /// told of them, once. Says how many it took.
    ///
    /// # Errors
    /// The database does not answer; nothing was taken then.
    pub async fn sweep_sign_ins(&self) -> Result<u64, Fault> {
        let mut taken = 0;
        loop {
            let (app, now) = (self.clone(), self.now());
            let batch = self
                .db
                .write("sweeping finished sign-ins", move |tx| {
                    Box::pin(async move { app.sweep_batch(tx, now).await })
                })
                .await?;
            taken += batch;
            if batch < u64::try_from(BATCH).unwrap_or(u64::MAX) {
                break;
            }
        }
        if taken > 0 {
            self.outbox.wake();
        }
        Ok(taken)
    }

    async fn sweep_batch(&self, tx: &mut Tx, now: Timestamp) -> Result<u64, Fault> {
        let finished = take_finished_sign_ins(tx, now.minus(ANSWERS_FOR), BATCH).await?;
        let taken = finished.len() as u64;
        for row in finished {
            let Some(account) = row.sign_in.account else { continue };
            if row.sign_in.step == SignInStep::Entered {
                continue;
            }
            if let Some(account) = find_account(&mut *tx, account).await? {
                self.tell_unfinished(tx, &account, row, now).await?;
            }
        }
        Ok(taken)
    }

    async fn tell_unfinished(
        &self,
        tx: &mut Tx,
        account: &Account,
        row: StoredSignIn,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let at = row.ended_at.unwrap_or(row.sign_in.expires_at);
        let matched = row.sign_in.password_matched;
        let attempt: Attempt = self.attempt_of(row)?;
        let (Some(circumstances), true) = (attempt.kept.circumstances(self, at), attempt.kept.compared)
        else {
            return Ok(());
        };
        let kind = if matched { AuditKind::SignInUnfinished } else { AuditKind::WrongPassword };
        let detail = UnfinishedDetail {
            user_agent: &circumstances.device,
            wrong_factors: attempt.sign_in.factor_failures,
            rung: attempt.kept.rung.as_deref(),
            reasons: &attempt.kept.reasons,
        };
        let since = now.minus(self.policy.sign_in.unfinished_notice_every);
        let told = count_audit(&mut *tx, account.id, AuditKind::SignInUnfinished, since, 1).await? > 0;
        let entry = Entry::of(kind, account.id, circumstances.network).with(&detail);
        self.note(tx, entry, now).await?;
        if matched && attempt.sign_in.factor.is_none() && !told {
            self.announce(tx, account, now, |freeze| Notice::PasswordRightButNotFinished {
                circumstances,
                freeze,
            })
            .await?;
        }
        Ok(())
    }
}
