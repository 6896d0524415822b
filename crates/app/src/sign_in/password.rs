//! The password and the human check: one POST, in which the check is judged first.
//!
//! Two writes stand around the hash. The first spends the check and takes a place on the counter, so that the try
//! counts as failed before anything is compared and parallel tries cannot pass a lock together; the second writes what
//! came out. From an unknown device a right password frees no place until the sign-in has ended in a session: whether
//! a lock comes one try later would otherwise tell that it was right.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::id::AccountId;
use doorward_domain::password::normalize;
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::{PasswordCounters, PasswordFacts, PasswordGate, SignInRefused, SignInStep};
use doorward_domain::throttle::{FailureScope, NetworkKey, RateScope, lock_after};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::password::{
    clear_password_failures, count_password_failure, find_password, rehash_password,
};
use doorward_store::throttle::{
    Try, clear_failures, give_back_try, lock_failures, record_wrong_try, take_try,
};
use doorward_store::{StoreFault, Tx};
use secrecy::{ExposeSecret, SecretString};

use super::NextStep;
use super::attempt::Attempt;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::hash_pool::{Lane, Reserved};
use crate::human_check::{HumanAnswer, HumanCheckPurpose, JudgedAnswer, spend_answer};
use crate::limits::Limits;
use crate::outcomes::SignInOutcome;
use crate::passwords::{Comparison, StoredPassword};
use crate::visit::Visit;

/// What the first write decided.
enum Admission {
    /// The password may be compared; the place it has taken.
    Admitted(Place),
    /// The channel is proved first; the token of the row that waits for it.
    ChannelProof(Token),
    Refused(SignInRefused),
}

/// A place taken on a counter: the try counts as failed until it is settled.
#[derive(Clone, Copy)]
struct Place {
    scope: FailureScope,
    key: [u8; 32],
    key_bytes: usize,
    failures: i64,
}

impl Place {
    fn key(&self) -> &[u8] {
        &self.key[..self.key_bytes]
    }

    fn known_device(&self) -> bool {
        self.scope == FailureScope::PasswordKnownDevice
    }
}

impl App {
    /// Judges the human check, then the password, and goes on to the second factor.
    ///
    /// From an unknown device it goes on whatever the password was. A step other than the second factor in the answer
    /// means that the channel is to be proved first.
    ///
    /// # Errors
    /// The human check did not open, too many tries, or, told to a known device alone, a wrong password. Busy when the
    /// hash queue is full.
    pub async fn give_password(
        &self,
        visit: &Visit,
        cookie: &str,
        password: &SecretString,
        answer: &HumanAnswer,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let mut attempt = self.open_sign_in(visit, cookie).await?;
        attempt.sign_in.at(SignInStep::Password, now).map_err(Failure::Refused)?;
        // Told at once, before the check or a place on a counter is spent: a flood must not reach the database.
        drop(self.hash_pool.reserve(Lane::KnownDevice)?);
        // A proved channel is worth more than a puzzle; and it is the way without script.
        let judged = match attempt.sign_in.channel_proved {
            true => None,
            false => Some(self.judge_answer(visit, HumanCheckPurpose::SignIn, answer, now)),
        };
        if judged.as_ref().is_some_and(|judged| judged.spend.is_none()) {
            self.outcomes.count(SignInOutcome::HumanCheckRefused);
            return Err(Failure::Refused(SignInRefused::HumanCheck(HumanCheckRefused::NotPassed)));
        }
        let account = match attempt.row {
            None => self.look_up(visit, &mut attempt, now).await?,
            Some(_) => {
                let account = self.account_of(&attempt).await?;
                let id = attempt.sign_in.account.unwrap_or(NOBODY);
                attempt.signs = self.signs_of(visit, id, now).await?;
                account
            }
        };
        let hoped_for = if attempt.sign_in.known_device { Lane::KnownDevice } else { Lane::Unknown };
        let room = self.hash_pool.reserve(hoped_for)?;
        attempt.kept.note_visit(visit);

        let (mut attempt, judged, admission) = self.admit(visit, attempt, judged, now).await?;
        let place = match admission {
            Admission::Admitted(place) => place,
            Admission::ChannelProof(token) => {
                let cookie = self.seal_token(visit, &token).map_err(Failure::Refused)?;
                return Ok(NextStep { cookie, step: SignInStep::ChannelProof });
            }
            Admission::Refused(refused) => {
                self.outcomes.count(SignInOutcome::of_refused(&refused));
                return Err(Failure::Refused(refused));
            }
        };
        let lane = if place.known_device() { Lane::KnownDevice } else { Lane::Unknown };
        let proof = judged.and_then(|judged| judged.memory_hard);
        match self.verify_proof(lane, proof).await {
            Ok(true) => {}
            Ok(false) => {
                self.give_back(place).await?;
                return Err(Failure::Refused(SignInRefused::HumanCheck(HumanCheckRefused::NotPassed)));
            }
            Err(fault) => {
                self.give_back(place).await?;
                return Err(fault.into());
            }
        }
        // A device that failed too often gives the place of known ones back and stands with the others.
        let room = if lane == hoped_for {
            Ok(room)
        } else {
            drop(room);
            self.hash_pool.reserve(lane)
        };
        let room = match room {
            Ok(room) => room,
            Err(fault) => {
                self.give_back(place).await?;
                return Err(fault.into());
            }
        };
        let matched = match self.compare(room, &attempt, account.as_ref(), password).await {
            Ok(matched) => matched,
            Err(fault) => {
                self.give_back(place).await?;
                return Err(fault.into());
            }
        };
        // Who enters by passkeys only has no password; the hash was spent all the same, so that no clock tells.
        let matched = matched && !account.as_ref().is_some_and(|account| account.passkeys_only);
        attempt.sign_in.known_device = place.known_device();
        attempt.kept.compared = true;
        self.after_comparison(visit, attempt, account, matched, place).await
    }

    /// The first write: everything that stands before the hash.
    async fn admit(
        &self,
        visit: &Visit,
        mut attempt: Attempt,
        judged: Option<JudgedAnswer>,
        now: Timestamp,
    ) -> Result<(Attempt, Option<JudgedAnswer>, Admission), Fault> {
        let (app, visit) = (self.clone(), visit.clone());
        self.db
            .write("admitting a password", move |tx| {
                Box::pin(async move {
                    let admission = app.admit_in(tx, &visit, &mut attempt, judged.as_ref(), now).await?;
                    Ok((attempt, judged, admission))
                })
            })
            .await
    }

    async fn admit_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: &mut Attempt,
        judged: Option<&JudgedAnswer>,
        now: Timestamp,
    ) -> Result<Admission, Fault> {
        let is_first_use = match judged {
            Some(judged) => spend_answer(tx, judged.spend).await?,
            None => true,
        };
        let without_puzzle = judged.is_some_and(|judged| judged.is_without_puzzle);
        if let Some(retry_at) = self.take_start(tx, visit, attempt, without_puzzle, now).await? {
            return Ok(Admission::Refused(SignInRefused::Throttled { retry_at }));
        }
        let not_passed = SignInRefused::HumanCheck(HumanCheckRefused::NotPassed);
        if !is_first_use || judged.is_some_and(|judged| !judged.is_right) {
            return Ok(Admission::Refused(not_passed));
        }
        let (gate, place) = self.take_place(tx, attempt, now).await?;
        let failures = place.map_or(i64::from(u32::MAX), |place| place.failures - 1);
        let known = matches!(gate, PasswordGate::Open { known_device: true });
        let (rung, reasons) = self.rung_in(tx, visit, attempt, known, failures, now).await?;
        let must_wait = rung == Rung::Wait && judged.is_some();
        if let (PasswordGate::Open { .. }, Some(place), false) = (gate, place, must_wait) {
            if judged.is_some_and(|judged| !judged.reaches(rung)) {
                give_back_try(tx, place.scope.name(), place.key(), place.failures).await?;
                return Ok(Admission::Refused(not_passed));
            }
            if !known {
                // Right or wrong is not known yet, and must not show in the rung of the next try.
                let network = NetworkKey::of(visit.network);
                record_wrong_try(tx, network.as_bytes(), &attempt.lookup, now).await?;
            }
            attempt.kept.rung = Some(rung.name().to_owned());
            attempt.kept.reasons = reasons.iter().map(|reason| reason.name().to_owned()).collect();
            return Ok(Admission::Admitted(place));
        }
        if let Some(place) = place {
            give_back_try(tx, place.scope.name(), place.key(), place.failures).await?;
        }
        let gate = if must_wait { PasswordGate::ChannelProof } else { gate };
        let outcome = attempt.sign_in.after_gate(gate, now);
        match outcome.answer {
            Err(SignInRefused::ChannelProofNeeded) => {
                let token = self.save(tx, attempt, &outcome.sign_in, true, now).await?;
                Ok(token.map_or(Admission::Refused(SignInRefused::NotBegun), Admission::ChannelProof))
            }
            Err(refused) => Ok(Admission::Refused(refused)),
            Ok(_) => Ok(Admission::Refused(SignInRefused::NotBegun)),
        }
    }

    /// Takes one start from the network's buckets, and one way without a puzzle where that was gone.
    async fn take_start(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: &Attempt,
        without_puzzle: bool,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let start = match attempt.sign_in.known_device {
            true => RateScope::KnownDeviceSignInStart,
            false => RateScope::SignInStart,
        };
        let mut limits = Limits::new().network(self, visit, start);
        if without_puzzle {
            limits = limits.network(self, visit, RateScope::PuzzleFreeCheck);
        }
        self.take_limits(tx, &limits, None, now).await
    }

    /// Takes a place on the counter that this browser counts on, and says whether the gate is open with it.
    async fn take_place(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(PasswordGate, Option<Place>), StoreFault> {
        let mut standing = PasswordCounters::default();
        if let Some(device) = attempt.device.filter(|_| attempt.sign_in.known_device) {
            let mut key = [0; 32];
            key[..16].copy_from_slice(device.as_uuid().as_bytes());
            let place = Place { scope: FailureScope::PasswordKnownDevice, key, key_bytes: 16, failures: 0 };
            let (place, before, _) = self.take(tx, place, now).await?;
            standing.known_device_failures = before;
            let gate = standing.gate(&self.policy, &attempt.sign_in, now);
            if let (Some(place), PasswordGate::Open { known_device: true }) = (place, gate) {
                return Ok((gate, Some(place)));
            }
            if let Some(place) = place {
                give_back_try(tx, place.scope.name(), place.key(), place.failures).await?;
            }
        }
        let scope = FailureScope::PasswordUnknownDevice;
        let place = Place { scope, key: attempt.lookup, key_bytes: 32, failures: 0 };
        let (place, before, locked_until) = self.take(tx, place, now).await?;
        standing.unknown_device_failures = before;
        standing.unknown_device_locked_until = locked_until;
        let gate = standing.gate(&self.policy, &attempt.sign_in, now);
        if let (Some(place), PasswordGate::Open { .. }) = (place, gate) {
            let failures = u32::try_from(place.failures).unwrap_or(u32::MAX);
            if let Some(length) = lock_after(&self.policy.throttle, failures) {
                lock_failures(tx, place.scope.name(), place.key(), now.plus(length)).await?;
            }
        }
        Ok((gate, place))
    }

    /// Takes a place; says how many failures stood there before and, without a place, until when there is none.
    async fn take(
        &self,
        tx: &mut Tx,
        place: Place,
        now: Timestamp,
    ) -> Result<(Option<Place>, u32, Option<Timestamp>), StoreFault> {
        // Known identifiers and others are forgotten alike: a counter must not tell which is which.
        let expires_at = now.plus(self.policy.throttle.unknown_counter_for);
        Ok(match take_try(tx, place.scope.name(), place.key(), now, expires_at).await? {
            Try::Taken { failures } => {
                let before = u32::try_from(failures - 1).unwrap_or(u32::MAX);
                (Some(Place { failures, ..place }), before, None)
            }
            Try::Locked { failures, until } => {
                (None, u32::try_from(failures).unwrap_or(u32::MAX), Some(until))
            }
        })
    }

    async fn give_back(&self, place: Place) -> Result<(), Fault> {
        self.db
            .write("giving back a try", move |tx| {
                Box::pin(async move {
                    give_back_try(tx, place.scope.name(), place.key(), place.failures).await.map(drop)
                })
            })
            .await
            .map_err(|fault: StoreFault| fault.into())
    }

    async fn compare(
        &self,
        room: Reserved,
        attempt: &Attempt,
        account: Option<&Account>,
        password: &SecretString,
    ) -> Result<bool, Fault> {
        // Nobody's identifier reads as many rows.
        let id = account.map_or(NOBODY, |account| account.id);
        let stored = find_password(&self.db, id).await?;
        let stored = stored.filter(|stored| stored.disabled_at.is_none());
        let stored = match stored {
            Some(stored) => Some(StoredPassword {
                cost: stored.params.parse().map_err(|_| Fault::internal("reading the cost of a password"))?,
                sealed: stored.sealed,
            }),
            None => None,
        };
        let typed = normalize(&self.policy.password, password.expose_secret()).ok();
        let of_account = stored.as_ref().map(|stored| (id, stored));
        let compared = self.compare_password(room, &attempt.lookup, of_account, typed.as_ref()).await?;
        if let (Comparison::Right { outdated: true }, Some(stored), Some(typed)) = (compared, stored, typed) {
            self.raise_hash_later(id, stored, typed);
        }
        Ok(matches!(compared, Comparison::Right { .. }))
    }

    /// Hashes a right password anew at today's cost, after the answer: a second hash before it would tell by time.
    fn raise_hash_later(
        &self,
        account: AccountId,
        from: StoredPassword,
        password: doorward_domain::password::Normalized,
    ) {
        let app = self.clone();
        tokio::spawn(async move {
            let raised = async {
                let new = app.hash_password(Lane::Unknown, account, &password).await?;
                let params = new.cost.to_string();
                app.db
                    .write("raising a password's hash", move |tx| {
                        Box::pin(async move {
                            rehash_password(tx, account, &from.sealed, &new.sealed, &params).await
                        })
                    })
                    .await
                    .map_err(|fault: StoreFault| Fault::from(fault))
            };
            if let Err(fault) = raised.await {
                tracing::info!(%fault, "a password's hash stays as it is until the next sign-in");
            }
        });
    }

    /// The second write.
    async fn after_comparison(
        &self,
        visit: &Visit,
        attempt: Attempt,
        account: Option<Account>,
        matches: bool,
        place: Place,
    ) -> Result<NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let facts = PasswordFacts { account: account.as_ref(), matches, known_device: place.known_device() };
        let outcome = attempt.sign_in.after_password(facts, now);
        let is_right = outcome.sign_in.password_matched && outcome.answer.is_ok();
        if !is_right {
            self.outcomes.count(SignInOutcome::WrongPassword);
        }
        let (app, from, next) = (self.clone(), visit.clone(), outcome.sign_in);
        let answer = outcome.answer;
        let token = self
            .db
            .write("writing what came of a password", move |tx| {
                Box::pin(async move {
                    app.settle_password(tx, &from, &attempt, account.as_ref(), is_right, place, now).await?;
                    match answer {
                        Ok(_) => app.save(tx, &attempt, &next, true, now).await,
                        Err(_) => Ok(None),
                    }
                })
            })
            .await?;
        let step = answer.map_err(Failure::Refused)?;
        // Another request of this browser moved the attempt meanwhile.
        let token = token.ok_or(Failure::Refused(SignInRefused::NotBegun))?;
        Ok(NextStep { cookie: self.seal_token(visit, &token).map_err(Failure::Refused)?, step })
    }

    #[expect(clippy::too_many_arguments, reason = "whose password it was and what came of it")]
    async fn settle_password(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        attempt: &Attempt,
        account: Option<&Account>,
        is_right: bool,
        place: Place,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        let account = account.map(|account| account.id);
        if place.known_device() {
            if is_right {
                clear_failures(tx, place.scope.name(), place.key()).await?;
                return clear_password_failures(tx, account.unwrap_or(NOBODY)).await;
            }
            let network = NetworkKey::of(visit.network);
            record_wrong_try(tx, network.as_bytes(), &attempt.lookup, now).await?;
            if let Some(account) = account {
                self.note(tx, Entry::of(AuditKind::WrongPassword, account, visit.network), now).await?;
            }
        }
        // One statement whatever came out: it finds no row for a right password and for nobody.
        let counted = if is_right { NOBODY } else { account.unwrap_or(NOBODY) };
        count_password_failure(tx, counted, i64::from(self.policy.throttle.disable_after), now)
            .await
            .map(drop)
    }

    /// The account of an attempt, as it is now.
    pub(super) async fn account_of(&self, attempt: &Attempt) -> Result<Option<Account>, StoreFault> {
        let id = attempt.sign_in.account.unwrap_or(NOBODY);
        doorward_store::account::find_account(&self.db, id).await
    }
}

/// The id that no account has: reading it costs what reading any other does.
pub(super) const NOBODY: AccountId = AccountId::from_uuid(uuid::Uuid::nil());
