//! The trading password behind the door: set, changed, replaced when it was forgotten, and proved for a money action
//! (entry rules 4 and 5).

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::AccountId;
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_domain::trading_password::{TradingPassword, TradingRefused};
use doorward_store::trading_password::{self as store, StoredTradingPassword};
use doorward_store::{StoreFault, Tx};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::app::App;
use crate::audit::Entry;
use crate::change::Changed;
use crate::failure::{Failure, Fault};
use crate::hash_pool::{HASH_BYTES, Lane};
use crate::keys::Sealed;
use crate::passwords::StoredPassword;
use crate::protection::Happened;
use crate::session_cache::Customer;
use crate::visit::Visit;

mod forgotten;

const SALT_BYTES: usize = 16;

/// The trading password was right. Good for the write that follows, and only while it is still the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingProof {
    account: AccountId,
    set_at: Timestamp,
}

/// A chosen trading password on its way into its row.
struct New {
    stored: StoredPassword,
    kind: SecurityEventKind,
    event: ProtectionEvent,
}

impl App {
    /// Compares a trading password under its own counter, for a money action of this customer.
    ///
    /// The place of a try is taken before the comparison: five wrong in a row close it for two hours, a hundred
    /// disable it until it is set anew. The action's own write then calls [`App::trading_proof_holds_in`].
    ///
    /// # Errors
    /// Refused when it is wrong, missing, locked or disabled. Busy when the hash queue is full.
    pub async fn prove_trading_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        typed: &SecretString,
    ) -> Result<TradingProof, Failure<TradingRefused>> {
        let (now, account) = (self.now(), customer.account);
        let Some(typed) = TradingPassword::parse(typed.expose_secret()) else {
            return Err(Failure::Refused(TradingRefused::NotSixDigits));
        };
        // Told at once, before a place on the counter is taken.
        let room = self.hash_pool.reserve(Lane::KnownDevice)?;
        let taken = self.take_trading_try(account, now).await?.map_err(Failure::Refused)?;
        let (salt, expected) = self.open_trading_password(account, &taken.sealed)?;
        let cost = taken.params.parse();
        let cost = cost.map_err(|_| Fault::internal("reading what a stored trading password cost"))?;
        let bytes = Zeroizing::new(typed.as_bytes().to_vec());
        let hash = match self.hash_pool.hash_at(room, cost, bytes, salt).await {
            Ok(hash) => hash,
            Err(fault) => {
                self.give_back_trading_try(account, &taken).await?;
                return Err(fault.into());
            }
        };
        if !bool::from(hash.as_slice().ct_eq(expected.as_slice())) {
            return Err(Failure::Refused(
                self.count_wrong_trading_password(visit, account, &taken, now).await?,
            ));
        }
        let (set_at, failures) = (taken.changed_at, taken.failures);
        let write = self.db.write("clearing wrong trading passwords", move |tx| {
            Box::pin(async move { store::clear_trading_failures(tx, account, set_at, failures).await })
        });
        match write.await.map_err(|fault: StoreFault| Fault::from(fault))? {
            true => Ok(TradingProof { account, set_at }),
            false => Err(Failure::Refused(TradingRefused::Changed)),
        }
    }

    /// Whether a proof still holds, inside the write that does the money action. The account's row must be held.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn trading_proof_holds_in(
        &self,
        tx: &mut Tx,
        proof: &TradingProof,
    ) -> Result<bool, StoreFault> {
        store::is_trading_password_of(tx, proof.account, proof.set_at).await
    }

    async fn take_trading_try(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Result<StoredTradingPassword, TradingRefused>, Fault> {
        let policy = self.policy.trading_password.clone();
        let write = self.db.write("taking a place for a trading password", move |tx| {
            Box::pin(async move {
                let until = now.plus(policy.lock_for);
                let (lock, disable) = (policy.lock_after, policy.disable_after);
                if let Some(taken) = store::take_trading_try(tx, account, lock, until, disable, now).await? {
                    return Ok(Ok(taken));
                }
                let standing = store::find_trading_password(&mut *tx, account).await?;
                Ok(Err(match standing {
                    None => TradingRefused::Missing,
                    Some(standing) => match standing.locked_until {
                        Some(until) if standing.disabled_at.is_none() => TradingRefused::Locked { until },
                        _ => TradingRefused::Disabled,
                    },
                }))
            })
        });
        write.await.map_err(|fault: StoreFault| fault.into())
    }

    async fn give_back_trading_try(
        &self,
        account: AccountId,
        taken: &StoredTradingPassword,
    ) -> Result<(), Fault> {
        let (set_at, failures) = (taken.changed_at, taken.failures);
        let write = self.db.write("giving back a try of a trading password", move |tx| {
            Box::pin(async move { store::give_back_trading_try(tx, account, set_at, failures).await })
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    /// The place was taken before; here the record and the owner learn of it.
    async fn count_wrong_trading_password(
        &self,
        visit: &Visit,
        id: AccountId,
        taken: &StoredTradingPassword,
        now: Timestamp,
    ) -> Result<TradingRefused, Fault> {
        let (app, visit) = (self.clone(), visit.clone());
        let (locked_until, disabled) = (taken.locked_until, taken.disabled_at.is_some());
        let write = self.db.write("counting a wrong trading password", move |tx| {
            Box::pin(async move {
                app.note(tx, Entry::of(AuditKind::WrongTradingPassword, id, visit.network), now).await?;
                let event = match (disabled, locked_until) {
                    (true, _) => ProtectionEvent::TradingPasswordDisabled,
                    (false, Some(_)) => ProtectionEvent::TradingPasswordLocked,
                    (false, None) => return Ok(()),
                };
                let Some(account) = doorward_store::account::find_account(&mut *tx, id).await? else {
                    return Ok(());
                };
                let until = locked_until.filter(|_| !disabled);
                app.protection_happened(tx, &visit, &account, Happened { until, ..Happened::of(event) }, now)
                    .await
            })
        });
        write.await?;
        self.outbox.wake();
        let lock_after = i64::from(self.policy.trading_password.lock_after.max(1));
        Ok(match (disabled, locked_until) {
            (true, _) => TradingRefused::Disabled,
            (false, Some(until)) => TradingRefused::Locked { until },
            (false, None) => {
                let left = lock_after - taken.failures.rem_euclid(lock_after);
                TradingRefused::Wrong { tries_left: u32::try_from(left).unwrap_or(0) }
            }
        })
    }

    /// Sets the first trading password, or changes it with the present one at hand. Takes a second factor, which is
    /// spent by it; `present` is not looked at for the first one.
    ///
    /// # Errors
    /// Refused by the rules for the choice, the present one, the factor, or the settings lock.
    pub async fn set_trading_password(
        &self,
        visit: &Visit,
        customer: &Customer,
        present: &SecretString,
        new: &SecretString,
        second_factor: &str,
    ) -> Result<Changed, Failure<TradingRefused>> {
        let refuse = |refused| Failure::Refused(TradingRefused::Change(refused));
        let version =
            self.own_credential_version(customer).await.map_err(|f| f.map_refused(TradingRefused::Change))?;
        self.may_change_now(customer).await?.map_err(refuse)?;
        let chosen = TradingPassword::choose(new.expose_secret());
        let chosen = chosen.map_err(|refused| Failure::Refused(TradingRefused::Choice(refused)))?;
        let standing = store::find_trading_password(&self.db, customer.account).await?;
        let proof = match standing {
            None => None,
            Some(_) => {
                let proof = self.prove_trading_password(visit, customer, present).await?;
                if TradingPassword::parse(present.expose_secret()).as_ref() == Some(&chosen) {
                    return Err(Failure::Refused(TradingRefused::Same));
                }
                Some(proof)
            }
        };
        let (kind, event) = match proof {
            None => (SecurityEventKind::TradingPasswordSet, ProtectionEvent::TradingPasswordSet),
            Some(_) => (SecurityEventKind::TradingPasswordChanged, ProtectionEvent::TradingPasswordChanged),
        };
        let new = New { stored: self.hash_trading_password(customer.account, &chosen).await?, kind, event };
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("setting a trading password", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(TradingRefused::Change(refused))),
                };
                // What was proved, or was not there, must still be so.
                let still = match &proof {
                    Some(proof) => app.trading_proof_holds_in(tx, proof).await?,
                    None => store::find_trading_password(&mut *tx, account.id).await?.is_none(),
                };
                if !still {
                    return Ok(Err(TradingRefused::Changed));
                }
                let purpose = StepUpPurpose::SetTradingPassword;
                match app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    Ok(_) => app.write_trading_password(tx, &visit, &account, &new, now).await.map(Ok),
                    Err(refused) => Ok::<_, Fault>(Err(TradingRefused::Change(refused))),
                }
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)
    }

    async fn write_trading_password(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        new: &New,
        now: Timestamp,
    ) -> Result<Changed, Fault> {
        let params = new.stored.cost.to_string();
        store::set_trading_password(tx, account.id, &new.stored.sealed, &params, now).await?;
        let hold_until = self.record_event(tx, account.id, new.kind, now).await?;
        let happened = Happened { until: hold_until, ..Happened::of(new.event) };
        self.protection_happened(tx, visit, account, happened, now).await?;
        Ok(Changed { hold_until })
    }

    async fn hash_trading_password(
        &self,
        account: AccountId,
        chosen: &TradingPassword,
    ) -> Result<StoredPassword, Fault> {
        let (cost, salt) = (self.hash_cost(), self.random.bytes::<SALT_BYTES>());
        let typed = Zeroizing::new(chosen.as_bytes().to_vec());
        let hash = self.hash_pool.hash(Lane::KnownDevice, cost, typed, salt).await?;
        let plain = Zeroizing::new([&salt[..], &hash[..]].concat());
        let sealed = self.keys.seal(Sealed::TradingPassword, account.as_uuid().as_bytes(), &plain);
        Ok(StoredPassword { sealed, cost })
    }

    fn open_trading_password(
        &self,
        account: AccountId,
        sealed: &[u8],
    ) -> Result<([u8; SALT_BYTES], Zeroizing<Vec<u8>>), Fault> {
        let opened = self.keys.open(Sealed::TradingPassword, account.as_uuid().as_bytes(), sealed);
        opened
            .as_deref()
            .and_then(|plain| plain.split_first_chunk::<SALT_BYTES>())
            .filter(|(_, hash)| hash.len() == HASH_BYTES)
            .map(|(salt, hash)| (*salt, Zeroizing::new(hash.to_vec())))
            .ok_or_else(|| Fault::internal("opening a stored trading password"))
    }
}
