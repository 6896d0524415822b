//! The second factor: a code of the authenticator app, or a recovery code.
//!
//! A place on the authenticator's own counter is taken before the comparison, and never without the right password:
//! outsiders cannot drive it to its limit. What is right is spent by the statement that finds it unspent.

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::notice::Notice;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::sign_in::{
    FactorEffects, FactorFacts, FactorJudgement, Outcome, SignInRefused, SignInStep, TypedFactor,
};
use doorward_domain::step_up::Factor;
use doorward_domain::throttle::factor_lock_after;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::totp::{self, TotpCode, TotpJudgement, TotpSecret};
use doorward_store::Tx;
use doorward_store::account::{find_account, find_account_facts};
use doorward_store::passkey::{StoredPasskey, spend_challenge};
use doorward_store::recovery_code::{
    count_recovery_failure, find_recovery_codes, lock_recovery_codes, use_recovery_code,
};
use doorward_store::sign_in::StoredSignIn;
use doorward_store::totp::{StoredTotp, count_totp_failure, find_totp, lock_totp, remember_step, take_step};
use secrecy::{ExposeSecret, SecretString};

use super::NextStep;
use super::attempt::Attempt;
use super::password::NOBODY;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::freeze::FrozenBy;
use crate::keys::{KeyedHash, Sealed};
use crate::outcomes::SignInOutcome;
use crate::visit::Visit;
use crate::webauthn::{AssertionUse, Returned};

/// What was typed, compared as far as no row must be locked for it.
#[derive(Clone)]
enum Compared {
    Totp { stored: Option<StoredTotp>, judgement: TotpJudgement },
    Recovery { lookup: [u8; 32] },
    Passkey { answer: Option<Answered> },
}

/// What a passkey of the account signed, judged before the write.
#[derive(Clone)]
struct Answered {
    stored: StoredPasskey,
    judged: Result<AssertionUse, CeremonyRefused>,
    returned: Returned,
}

/// What a try came to, in the write that made it so.
struct Tried {
    answer: Result<SignInStep, SignInRefused>,
    token: Option<Token>,
    says_more: bool,
}

impl App {
    /// Judges a second factor: six digits are a code of the authenticator app, anything else a recovery code.
    ///
    /// # Errors
    /// Nothing that was typed opens: from an unknown device that says as much of the password as of the code.
    pub async fn give_second_factor(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &SecretString,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let mut attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::SecondFactor, now).map_err(Failure::Refused)?;
        attempt.row().map_err(Failure::Refused)?;
        attempt.kept.note_visit(visit);
        let compared = self.compare_factor(visit, &attempt, typed, now).await?;
        let (app, from) = (self.clone(), visit.clone());
        let tried = self
            .db
            // A change of the factor locks the authenticator first and this sign-in after it: one of the two may lose.
            .write_again("judging a second factor", move |tx| {
                let (app, from) = (app.clone(), from.clone());
                let (attempt, compared) = (attempt.clone(), compared.clone());
                Box::pin(async move { app.try_sign_in_factor(tx, &from, attempt, compared, now).await })
            })
            .await?;
        if tried.says_more {
            self.outbox.wake();
        }
        match tried.answer {
            Ok(step) => {
                let token = tried.token.ok_or(Failure::Refused(SignInRefused::NotBegun))?;
                Ok(NextStep { cookie: self.seal_token(visit, &token).map_err(Failure::Refused)?, step })
            }
            Err(refused) => {
                self.outcomes.count(SignInOutcome::WrongFactor);
                Err(Failure::Refused(refused))
            }
        }
    }

    /// Judges what a passkey signed; `None` when it is no answer of a passkey of this account.
    async fn compare_passkey(
        &self,
        visit: &Visit,
        account: AccountId,
        answer: &str,
        now: Timestamp,
    ) -> Result<Option<Answered>, Fault> {
        let (Some(party), Some(bound)) = (self.relying_party(), Self::bound_to_flow(visit)) else {
            return Ok(None);
        };
        let Ok(assertion) = party.open_assertion(&self.keys, &bound, answer, now) else { return Ok(None) };
        let found = self.find_own_passkey(assertion.credential_id(), account).await?;
        let Some(stored) = found.filter(|stored| stored.disabled_at.is_none()) else { return Ok(None) };
        let judged = party.judge_assertion(&assertion, &self.open_passkey(&stored)?, stored.counter);
        Ok(Some(Answered { stored, judged, returned: assertion.returned() }))
    }

    async fn compare_factor(
        &self,
        visit: &Visit,
        attempt: &Attempt,
        typed: &SecretString,
        now: Timestamp,
    ) -> Result<Compared, Fault> {
        let code = match TypedFactor::parse(typed.expose_secret()) {
            TypedFactor::Recovery(code) => {
                return Ok(Compared::Recovery { lookup: self.recovery_lookup(&code) });
            }
            TypedFactor::Passkey(answer) => {
                let account = attempt.sign_in.account.unwrap_or(NOBODY);
                let answer = self.compare_passkey(visit, account, &answer, now).await?;
                return Ok(Compared::Passkey { answer });
            }
            TypedFactor::Totp(code) => Some(code),
            TypedFactor::Neither => None,
        };
        let stored = find_totp(&self.db, attempt.sign_in.account.unwrap_or(NOBODY)).await?;
        let judgement = self.judge_totp(stored.as_ref(), &attempt.lookup, code, now)?;
        Ok(Compared::Totp { stored, judgement })
    }

    /// The keyed hash by which a recovery code is found.
    pub(crate) fn recovery_lookup(&self, code: &RecoveryCode) -> [u8; 32] {
        self.keys.hash(KeyedHash::RecoveryCode, &[code.as_bytes()])
    }

    /// Judges a code of an authenticator app. Nobody's identifier has a secret too, which opens nothing: its codes are
    /// as often those of another time as anybody's.
    pub(crate) fn judge_totp(
        &self,
        stored: Option<&StoredTotp>,
        lookup: &[u8; 32],
        typed: Option<TotpCode>,
        now: Timestamp,
    ) -> Result<TotpJudgement, Fault> {
        let secret = match stored {
            Some(stored) => self.open_totp(stored)?,
            None => {
                let decoy = self.keys.hash(KeyedHash::Decoy, &[b"totp", lookup]);
                TotpSecret::from_bytes(*decoy.first_chunk().expect("32 bytes hold 20"))
            }
        };
        let judgement = typed.map_or(TotpJudgement::Wrong, |typed| totp::judge(&secret, typed, now));
        Ok(match judgement {
            TotpJudgement::Matches { .. } if stored.is_none() => TotpJudgement::Wrong,
            judgement => judgement,
        })
    }

    /// The secret of an enrolled app.
    pub(crate) fn open_totp(&self, stored: &StoredTotp) -> Result<TotpSecret, Fault> {
        let plain = self.keys.open(Sealed::Totp, stored.id.as_uuid().as_bytes(), &stored.sealed);
        let secret = plain.as_deref().and_then(|plain| <[u8; 20]>::try_from(plain.as_slice()).ok());
        secret.map(TotpSecret::from_bytes).ok_or_else(|| Fault::internal("opening a TOTP secret"))
    }

    async fn try_sign_in_factor(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        read: Attempt,
        compared: Compared,
        now: Timestamp,
    ) -> Result<Tried, Fault> {
        let gone = Tried { answer: Err(SignInRefused::NotBegun), token: None, says_more: false };
        let Some(row) = &read.row else { return Ok(gone) };
        let Some(held) = self.hold(tx, row).await? else { return Ok(gone) };
        let attempt = Attempt { sign_in: held.sign_in.clone(), row: Some(held), ..read };
        if let Err(refused) = attempt.sign_in.at(SignInStep::SecondFactor, now) {
            return Ok(Tried { answer: Err(refused), ..gone });
        }
        let id = attempt.sign_in.account.unwrap_or(NOBODY);
        let account = find_account(&mut *tx, id).await?;
        // Without the right password, or after a change of it, nothing of the account is touched.
        let owner = account.as_ref().filter(|account| {
            attempt.sign_in.password_matched
                && account.credential_version == attempt.sign_in.credential_version
        });
        let (mut judgement, left) = self.judge_factor(tx, visit, owner, &compared, now).await?;
        let owner_may_unfreeze = self.owner_may_unfreeze(tx, owner).await?;
        let judge = |judgement| {
            let facts = FactorFacts { account: account.as_ref(), judgement, owner_may_unfreeze };
            attempt.sign_in.after_second_factor(&self.policy, facts, now)
        };
        let (mut outcome, mut effects) = judge(judgement);
        if effects.spend
            && let Compared::Totp { stored: Some(totp), judgement: TotpJudgement::Matches { step } } =
                &compared
            && !take_step(tx, totp.id, *step, now).await?
        {
            judgement = FactorJudgement::AlreadyUsed;
            (outcome, effects) = judge(judgement);
        }
        self.after_try(tx, visit, owner, &compared, effects, now).await?;
        let says_more = self.announce_factor(tx, visit, &attempt, owner, &outcome, left, now).await?;
        let rotate = outcome.answer.is_ok();
        let token = self.save(tx, &attempt, &outcome.sign_in, rotate, now).await?;
        Ok(Tried { answer: outcome.answer, token, says_more })
    }

    /// Whether a freeze of this account, if there is one, is the owner's to lift.
    pub(super) async fn owner_may_unfreeze(
        &self,
        tx: &mut Tx,
        owner: Option<&Account>,
    ) -> Result<bool, Fault> {
        let Some(frozen) = owner.filter(|owner| owner.status == AccountStatus::Frozen) else {
            return Ok(false);
        };
        let facts = find_account_facts(&mut *tx, frozen.id).await?;
        Ok(facts.is_some_and(|facts| facts.frozen_by.as_deref() != Some(FrozenBy::Staff.name())))
    }

    /// Takes a place on the authenticator's counter and says what the code is. A right recovery code is used here;
    /// how many are left is the second part of the answer.
    async fn judge_factor(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        owner: Option<&Account>,
        compared: &Compared,
        now: Timestamp,
    ) -> Result<(FactorJudgement, Option<i64>), Fault> {
        match (compared, owner) {
            (Compared::Passkey { answer: None }, _) | (Compared::Passkey { .. }, None) => {
                Ok((FactorJudgement::Wrong, None))
            }
            (Compared::Passkey { answer: Some(answer) }, Some(owner)) => {
                let Answered { stored, judged, returned } = answer;
                if !spend_challenge(tx, &returned.challenge.hash(), returned.expires_at).await? {
                    return Ok((FactorJudgement::AlreadyUsed, None));
                }
                let judgement = self.settle_passkey(tx, visit, owner, stored, *judged, now).await?;
                Ok((judgement, None))
            }
            (Compared::Recovery { .. }, None) => Ok((FactorJudgement::Wrong, None)),
            (Compared::Recovery { lookup }, Some(owner)) => {
                let policy = &self.policy.recovery;
                let disable_at = i64::from(policy.disable_after);
                let Some(counted) = count_recovery_failure(tx, owner.id, disable_at, now).await? else {
                    let codes = find_recovery_codes(&mut *tx, owner.id).await?;
                    let until =
                        codes.filter(|codes| codes.disabled_at.is_none()).and_then(|c| c.locked_until);
                    return Ok((closed(until), None));
                };
                // The one that reaches the limit is compared all the same; the next one is not.
                if let Some(left) = use_recovery_code(tx, owner.id, lookup, now).await? {
                    return Ok((FactorJudgement::Right(Factor::RecoveryCode), Some(left)));
                }
                let failures = u32::try_from(counted.failures).unwrap_or(u32::MAX);
                if let Some(length) = factor_lock_after(policy.lock_after, policy.lock_for, failures) {
                    lock_recovery_codes(tx, owner.id, now.plus(length)).await?;
                }
                Ok((FactorJudgement::Wrong, None))
            }
            (Compared::Totp { stored, judgement }, owner) => {
                let last_step = stored.as_ref().map_or(i64::MIN, |totp| totp.last_step);
                let judged = FactorJudgement::of_totp(*judgement, |step| step <= last_step);
                let (Some(totp), Some(_)) = (stored, owner) else { return Ok((judged, None)) };
                let disable_at = i64::from(self.policy.totp.disable_after);
                if count_totp_failure(tx, totp.id, disable_at, now).await?.is_none() {
                    let until = totp.locked_until.filter(|_| totp.disabled_at.is_none());
                    return Ok((closed(until), None));
                }
                Ok((judged, None))
            }
        }
    }

    /// What a wrong code costs besides the place that it has taken already.
    async fn after_try(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        owner: Option<&Account>,
        compared: &Compared,
        effects: FactorEffects,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Compared::Totp { stored: Some(totp), .. } = compared else { return Ok(()) };
        if let Some(step) = effects.remember_step {
            remember_step(tx, totp.id, step, totp::step_passed_at(step)).await?;
        }
        if let Some(owner) = owner.filter(|_| effects.count_failure) {
            let policy = &self.policy.totp;
            // The row is held since its place was taken: the number read before is at most behind, so it is read anew.
            let Some(counted) = find_totp(&mut *tx, totp.account_id).await? else { return Ok(()) };
            let failures = u32::try_from(counted.failures).unwrap_or(u32::MAX);
            if let Some(length) = factor_lock_after(policy.lock_after, policy.lock_for, failures) {
                lock_totp(tx, totp.id, now.plus(length)).await?;
            }
            if counted.disabled_at.is_some() {
                self.note(tx, Entry::of(AuditKind::TotpDisabled, owner.id, visit.network), now).await?;
                let circumstances = self.circumstances(visit, now);
                self.announce(tx, owner, now, |freeze| Notice::TotpDisabled { circumstances, freeze })
                    .await?;
            }
        }
        Ok(())
    }

    /// Tells the owner and the record what a second factor came to; says whether a message was written.
    ///
    /// Nothing is written here for a wrong one from an unknown device: the sweep of unfinished sign-ins does that
    /// later, when no clock at the door can tell the difference.
    #[expect(clippy::too_many_arguments, reason = "what was tried, by whom, and what came of it")]
    async fn announce_factor(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: &Attempt,
        owner: Option<&Account>,
        outcome: &Outcome,
        left: Option<i64>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(owner) = owner else { return Ok(false) };
        let entry = |kind| Entry::of(kind, owner.id, visit.network);
        let mut says_more = false;
        if let Some(left) = left.filter(|_| outcome.sign_in.factor == Some(Factor::RecoveryCode)) {
            self.note(tx, entry(AuditKind::RecoveryCodeUsed), now).await?;
            let circumstances = self.circumstances(visit, now);
            let left = u32::try_from(left).unwrap_or(0);
            self.announce(tx, owner, now, |freeze| Notice::RecoveryCodeUsed { left, circumstances, freeze })
                .await?;
            says_more = true;
        }
        match outcome.answer {
            Ok(SignInStep::DeviceCode) => {
                let row: &StoredSignIn =
                    attempt.row().map_err(|_| Fault::internal("a factor without a row"))?;
                self.send_device_code(tx, visit, owner, row, &attempt.kept, now).await?;
                self.note(tx, entry(AuditKind::DeviceCodeSent), now).await?;
                says_more = true;
            }
            Ok(SignInStep::Unfreeze) => {
                let row: &StoredSignIn =
                    attempt.row().map_err(|_| Fault::internal("a factor without a row"))?;
                self.send_unfreeze_code(tx, visit, owner, row, &attempt.kept, now).await?;
                self.note(tx, entry(AuditKind::FrozenKnock), now).await?;
                says_more = true;
            }
            Err(SignInRefused::Frozen) => self.note(tx, entry(AuditKind::FrozenKnock), now).await?,
            Err(SignInRefused::ClockOff { .. }) if attempt.sign_in.known_device => {
                self.note(tx, entry(AuditKind::ClockOff), now).await?;
            }
            Err(_) if attempt.sign_in.known_device => {
                self.note(tx, entry(AuditKind::WrongFactor), now).await?;
            }
            Ok(_) | Err(_) => {}
        }
        Ok(says_more)
    }
}

/// What an authenticator that takes no try says: locked until then, or disabled.
fn closed(until: Option<Timestamp>) -> FactorJudgement {
    until.map_or(FactorJudgement::Disabled, |retry_at| FactorJudgement::Locked { retry_at })
}
