//! Proving the verified channel before the password: after many wrong passwords, and without script.
//!
//! The same pages, answers and statements for an identifier that nobody has: its code is never sent and never right.

use doorward_domain::account::Account;
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::{CodeState, OneTimeCode};
use doorward_domain::sign_in::{PasswordGate, SignInRefused, SignInStep};
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::Tx;
use doorward_store::code::{CodeOf, find_code, record_code};
use doorward_store::sign_in::find_sign_in;

use super::NextStep;
use super::attempt::Attempt;
use super::sent_code::{Answered, SentCode};
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::human_check::{HumanAnswer, HumanCheckPurpose, JudgedAnswer, spend_answer};
use crate::limits::Limits;
use crate::outcomes::SignInOutcome;
use crate::visit::Visit;

impl App {
    /// Sends a code to the identifier that was typed, or sends it again. A browser with script passes the human check
    /// first; one without cannot, and is held by the limits of anonymous codes alone.
    ///
    /// # Errors
    /// The human check did not open, or too many codes were asked.
    pub async fn ask_channel_code(
        &self,
        visit: &Visit,
        cookie: &str,
        answer: Option<&HumanAnswer>,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let mut attempt = self.open_sign_in(visit, cookie).await?;
        if attempt.sign_in.step != SignInStep::Password {
            attempt.sign_in.at(SignInStep::ChannelProof, now).map_err(Failure::Refused)?;
        }
        attempt.sign_in.at(attempt.sign_in.step, now).map_err(Failure::Refused)?;
        let not_passed = SignInRefused::HumanCheck(HumanCheckRefused::NotPassed);
        let judged = match (visit.script, answer) {
            (false, _) => None,
            (true, Some(answer)) => Some(self.judge_answer(visit, HumanCheckPurpose::SignIn, answer, now)),
            (true, None) => return Err(Failure::Refused(not_passed)),
        };
        let account = match attempt.row {
            None => self.look_up(visit, &mut attempt, now).await?,
            Some(_) => self.account_of(&attempt).await?,
        };
        attempt.kept.note_visit(visit);
        let (rung, _) = self.sign_in_risk(visit, &attempt, now).await?;
        if judged.as_ref().is_some_and(|judged| judged.spend.is_none() || !judged.reaches(rung)) {
            self.outcomes.count(SignInOutcome::HumanCheckRefused);
            return Err(Failure::Refused(not_passed));
        }
        let proof = judged.as_ref().and_then(|judged| judged.memory_hard.clone());
        // Spent before the costly proof, in a write of its own: a proof is rare here.
        if proof.is_some() && !self.spend_alone(judged.as_ref()).await? {
            return Err(Failure::Refused(not_passed));
        }
        if !self.verify_proof(crate::hash_pool::Lane::Unknown, proof.clone()).await? {
            return Err(Failure::Refused(not_passed));
        }
        let judged = judged.filter(|_| proof.is_none());
        let (app, from) = (self.clone(), visit.clone());
        let answered: Answered<Token> = self
            .db
            .write("sending a channel's code", move |tx| {
                Box::pin(async move {
                    app.send_channel_code(tx, &from, attempt, account.as_ref(), judged.as_ref(), now).await
                })
            })
            .await?;
        let token = answered.map_err(Failure::Refused)?;
        self.outbox.wake();
        let cookie = self.seal_token(visit, &token).map_err(Failure::Refused)?;
        Ok(NextStep { cookie, step: SignInStep::ChannelProof })
    }

    async fn spend_alone(&self, judged: Option<&JudgedAnswer>) -> Result<bool, Fault> {
        let spend = judged.and_then(|judged| judged.spend);
        self.db
            .write("spending a human check", move |tx| {
                Box::pin(async move { spend_answer(tx, spend).await.map_err(Fault::from) })
            })
            .await
    }

    async fn send_channel_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        mut attempt: Attempt,
        account: Option<&Account>,
        judged: Option<&JudgedAnswer>,
        now: Timestamp,
    ) -> Result<Answered<Token>, Fault> {
        if let Some(judged) = judged
            && !(spend_answer(tx, judged.spend).await? && judged.is_right)
        {
            return Ok(Err(SignInRefused::HumanCheck(HumanCheckRefused::NotPassed)));
        }
        if attempt.row.is_some() {
            let Some(held) = self.hold_again(tx, &attempt).await? else {
                return Ok(Err(SignInRefused::NotBegun));
            };
            attempt = Attempt { sign_in: held.sign_in.clone(), row: Some(held), ..attempt };
        }
        // From the password's page the step changes with this.
        let next = match attempt.sign_in.step {
            SignInStep::ChannelProof => attempt.sign_in.clone(),
            _ => attempt.sign_in.after_gate(PasswordGate::ChannelProof, now).sign_in,
        };
        if let Err(refused) = next.at(SignInStep::ChannelProof, now) {
            return Ok(Err(refused));
        }
        let sent = match &attempt.row {
            Some(row) => find_code(&mut *tx, SentCode::Channel.of(row)).await?,
            None => None,
        };
        let policy = &self.policy.codes;
        let state = sent.map_or(Ok(CodeState::first(policy, now)), |code| code.resend(policy, now));
        let state = match state {
            Ok(state) => state,
            Err(refused) => return Ok(Err(refused.into())),
        };
        let limits =
            Limits::new().network(self, visit, RateScope::CodeSent).anonymous_code(self, &attempt.lookup);
        let to = attempt.kept.identifier()?;
        if let Some(retry_at) = self.take_limits(tx, &limits, Some(&to), now).await? {
            return Ok(Err(SignInRefused::Throttled { retry_at }));
        }
        // The row before its code, which belongs to it.
        let Some(token) = self.save(tx, &attempt, &next, true, now).await? else {
            return Ok(Err(SignInRefused::NotBegun));
        };
        let row = find_sign_in(&mut *tx, &token.hash()).await?;
        let row = row.ok_or_else(|| Fault::internal("a sign-in that was just written is not there"))?;
        self.write_channel_code(tx, visit, &to, account, SentCode::Channel.of(&row), &state, now).await?;
        Ok(Ok(token))
    }

    #[expect(clippy::too_many_arguments, reason = "which code, to whom, of which attempt")]
    async fn write_channel_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        to: &Identifier,
        account: Option<&Account>,
        of: CodeOf<'_>,
        state: &CodeState,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let code = OneTimeCode::from_random(self.random.number());
        let hash = match account {
            Some(_) => self.code_hash(of, code),
            // No code has this hash.
            None => self.random.bytes(),
        };
        record_code(tx, of, &hash, state).await?;
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::ChannelProof, code, circumstances };
        let message = match account {
            Some(account) => self.outgoing(Some(account.id), to, account.language, &notice, now),
            None => self.outgoing_decoy(to, visit.language, &notice, now),
        };
        Ok(message.put(tx, now).await?)
    }
}
