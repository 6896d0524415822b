//! A second factor, tried inside a write: counted before it is compared, spent when it is right (entry rules 3 and 4).
//!
//! For flows whose visitor has proved the channel or holds a session. A place is taken on the authenticator's own
//! counter first, which also locks its row: of parallel tries each counts, and one code is right once.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::notice::Notice;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::sign_in::{FactorJudgement, TypedFactor};
use doorward_domain::step_up::Factor;
use doorward_domain::throttle::factor_lock_after;
use doorward_domain::time::Timestamp;
use doorward_domain::totp::{self, TotpCode, TotpJudgement};
use doorward_store::totp::{self as totp_store, StoredTotp};
use doorward_store::{Tx, recovery_code as recovery_store};

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::visit::Visit;
use crate::webauthn::Bound;

pub(crate) mod passkey;

/// The factor that a typed text would be, to be judged before anything is spent.
pub(crate) const fn offered(typed: &TypedFactor) -> Factor {
    match typed {
        TypedFactor::Recovery(_) => Factor::RecoveryCode,
        TypedFactor::Passkey(_) => Factor::Passkey,
        TypedFactor::Totp(_) | TypedFactor::Neither => Factor::Totp,
    }
}

impl App {
    /// Tries what was typed as a second factor of this account, whose row the caller holds, in a flow of this browser
    /// that holds no session. See [`App::prove_bound_factor`].
    pub(crate) async fn prove_factor(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        typed: &TypedFactor,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let bound = Self::bound_to_flow(visit);
        self.prove_bound_factor(tx, visit, account, typed, bound.as_ref(), now).await
    }

    /// Tries what was typed as a second factor of this account, whose row the caller holds. What is no form at all
    /// counts as a wrong code of the app. A used recovery code is announced. `bound` is what an answer of a passkey must
    /// have been asked for; of an account that is entered by passkeys only nothing else is compared.
    pub(crate) async fn prove_bound_factor(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        typed: &TypedFactor,
        bound: Option<&Bound>,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        match typed {
            TypedFactor::Passkey(answer) => self.try_passkey(tx, visit, account, answer, bound, now).await,
            _ if account.passkeys_only => Ok(FactorJudgement::Wrong),
            TypedFactor::Totp(code) => self.try_totp(tx, visit, account, Some(*code), now).await,
            TypedFactor::Neither => self.try_totp(tx, visit, account, None, now).await,
            TypedFactor::Recovery(code) => self.try_recovery_code(tx, visit, account, code, now).await,
        }
    }

    async fn try_totp(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        typed: Option<TotpCode>,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let policy = &self.policy.totp;
        let Some(stored) = totp_store::find_totp(&mut *tx, account.id).await? else {
            return Ok(FactorJudgement::Wrong);
        };
        let disable_after = i64::from(policy.disable_after);
        let Some(count) = totp_store::count_totp_failure(tx, stored.id, disable_after, now).await? else {
            // Locked, disabled or replaced; which of them may have changed since it was read.
            let standing = totp_store::find_totp(&mut *tx, account.id).await?;
            return Ok(standing.map_or(FactorJudgement::Disabled, |s| closed(s.disabled_at, s.locked_until)));
        };
        let judgement = self.compare_totp(tx, &stored, typed, now).await?;
        if matches!(judgement, FactorJudgement::Right(_)) {
            return Ok(judgement);
        }
        self.note(tx, Entry::of(wrong_kind(judgement), account.id, visit.network), now).await?;
        let failures = u32::try_from(count.failures).unwrap_or(u32::MAX);
        if count.disabled_at.is_some() {
            self.note(tx, Entry::of(AuditKind::TotpDisabled, account.id, visit.network), now).await?;
            let circumstances = self.circumstances(visit, now);
            self.announce(tx, account, now, |freeze| Notice::TotpDisabled { circumstances, freeze }).await?;
        } else if let Some(length) = factor_lock_after(policy.lock_after, policy.lock_for, failures) {
            totp_store::lock_totp(tx, stored.id, now.plus(length)).await?;
        }
        Ok(judgement)
    }

    async fn compare_totp(
        &self,
        tx: &mut Tx,
        stored: &StoredTotp,
        typed: Option<TotpCode>,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let Some(typed) = typed else { return Ok(FactorJudgement::Wrong) };
        let judged = totp::judge(&self.open_totp(stored)?, typed, now);
        Ok(match judged {
            TotpJudgement::Matches { step } if totp_store::take_step(tx, stored.id, step, now).await? => {
                FactorJudgement::Right(Factor::Totp)
            }
            TotpJudgement::Matches { .. } => FactorJudgement::AlreadyUsed,
            TotpJudgement::OtherStep { step, offset_steps } => {
                totp_store::remember_step(tx, stored.id, step, totp::step_passed_at(step)).await?;
                FactorJudgement::OtherStep { step, offset_steps }
            }
            TotpJudgement::Wrong => FactorJudgement::Wrong,
        })
    }

    async fn try_recovery_code(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        typed: &RecoveryCode,
        now: Timestamp,
    ) -> Result<FactorJudgement, Fault> {
        let policy = &self.policy.recovery;
        let disable_after = i64::from(policy.disable_after);
        let Some(count) = recovery_store::count_recovery_failure(tx, account.id, disable_after, now).await?
        else {
            let standing = recovery_store::find_recovery_codes(&mut *tx, account.id).await?;
            return Ok(standing.map_or(FactorJudgement::Disabled, |s| closed(s.disabled_at, s.locked_until)));
        };
        let lookup = self.recovery_lookup(typed);
        if let Some(left) = recovery_store::use_recovery_code(tx, account.id, &lookup, now).await? {
            let left = u32::try_from(left).unwrap_or(0);
            self.note(tx, Entry::of(AuditKind::RecoveryCodeUsed, account.id, visit.network).with(&left), now)
                .await?;
            let circumstances = self.circumstances(visit, now);
            self.announce(tx, account, now, |freeze| Notice::RecoveryCodeUsed {
                left,
                circumstances,
                freeze,
            })
            .await?;
            return Ok(FactorJudgement::Right(Factor::RecoveryCode));
        }
        self.note(tx, Entry::of(AuditKind::WrongFactor, account.id, visit.network), now).await?;
        let failures = u32::try_from(count.failures).unwrap_or(u32::MAX);
        if let Some(length) = factor_lock_after(policy.lock_after, policy.lock_for, failures) {
            recovery_store::lock_recovery_codes(tx, account.id, now.plus(length)).await?;
        }
        Ok(FactorJudgement::Wrong)
    }
}

fn closed(disabled_at: Option<Timestamp>, locked_until: Option<Timestamp>) -> FactorJudgement {
    match locked_until {
        Some(retry_at) if disabled_at.is_none() => FactorJudgement::Locked { retry_at },
        _ => FactorJudgement::Disabled,
    }
}

const fn wrong_kind(judgement: FactorJudgement) -> AuditKind {
    match judgement {
        FactorJudgement::OtherStep { .. } => AuditKind::ClockOff,
        _ => AuditKind::WrongFactor,
    }
}
