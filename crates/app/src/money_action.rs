//! Actions that move assets: asked for, stored, and confirmed against their own content (entry rules 5).
//!
//! These are the functions that withdrawals and transfers call; the page that shows an action before its proof comes with
//! the wallet. An action is asked for and confirmed in one session. A recovery code confirms none. Assets move only after
//! [`App::confirm_money_action`] has answered, and the caller moves them in a write of its own that reads the confirmed
//! action again.

use doorward_domain::account::Account;
use doorward_domain::action::Action;
use doorward_domain::audit::AuditKind;
use doorward_domain::change::{ChangeRefused, judge_step_up};
use doorward_domain::id::MoneyActionId;
use doorward_domain::money_action::{
    MoneyAction, MoneyActionRefused, TRIES, VALID_FOR, WantedTransfer, needs_mailed_code,
};
use doorward_domain::notice::Notice;
use doorward_domain::one_time_code::{CodeRefused, CodeState, OneTimeCode};
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::{self, Factor, StepUpPurpose, StepUpRefused};
use doorward_domain::time::Timestamp;
use doorward_store::code::{CodeOf, record_code};
use doorward_store::money_action::{
    self as store, NewMoneyAction, StoredMoneyAction, count_money_action_failure, find_money_action,
};
use doorward_store::passkey::list_passkeys;
use doorward_store::{Tx, account};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::audit::Entry;
use crate::factor::offered;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::session_cache::Customer;
use crate::visit::Visit;
use crate::webauthn::{Begun, Bound, Challenge};

/// The flow under which the mailed code of an action stands.
const MAILED_CODE: &str = "money-action";

/// An action that waits for its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyActionAsked {
    /// What is to be confirmed, for the page that shows it.
    pub action: MoneyAction,
    /// Whether a proof by authenticator app also needs the code that was just mailed.
    pub needs_mailed_code: bool,
}

/// An action whose owner meant just this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyActionConfirmed {
    /// What was confirmed.
    pub action: MoneyAction,
    /// By what.
    pub by: Factor,
}

/// What is sealed of an action, besides what its row tells.
#[derive(Serialize, Deserialize)]
struct Kept {
    asset: String,
    scale: u8,
    network: String,
    address: String,
    memo: Option<String>,
    amount: i64,
    fee: i64,
    is_new_address: bool,
    nonce: [u8; 32],
}

impl App {
    /// Stores an action that waits for its proof. To a new address a code is mailed with everything about it.
    ///
    /// # Errors
    /// Refused when it can not be meant, or the account may not move assets now: a hold, a freeze, a country.
    pub async fn begin_money_action(
        &self,
        visit: &Visit,
        customer: &Customer,
        wanted: WantedTransfer,
    ) -> Result<MoneyActionAsked, Failure<MoneyActionRefused>> {
        if !wanted.is_well_formed() {
            return Err(Failure::Refused(MoneyActionRefused::Malformed));
        }
        let now = self.now();
        let action = MoneyAction {
            id: MoneyActionId::from_parts(now, self.random.bytes()),
            account: customer.account,
            wanted,
            expires_at: now.plus(VALID_FOR),
            nonce: self.random.bytes(),
        };
        let mailed = OneTimeCode::from_random(self.random.number());
        let asked = MoneyActionAsked { needs_mailed_code: action.wanted.is_new_address, action };
        let (app, visit, customer, wish) = (self.clone(), visit.clone(), *customer, asked.clone());
        let begun = self.db.write("asking for a money action", move |tx| {
            Box::pin(
                async move { app.begin_money_action_in(tx, &visit, &customer, &wish, mailed, now).await },
            )
        });
        begun.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        Ok(asked)
    }

    async fn begin_money_action_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        asked: &MoneyActionAsked,
        mailed: OneTimeCode,
        now: Timestamp,
    ) -> Result<Result<(), MoneyActionRefused>, Fault> {
        let MoneyActionAsked { action, needs_mailed_code } = asked;
        let Some(account) = account::hold_account(tx, customer.account).await? else {
            return Ok(Err(MoneyActionRefused::NotFound));
        };
        let may = self.may_in(tx, visit.network, account.id, Action::Withdraw, None, now).await?;
        if let Err(refused) = may {
            return Ok(Err(MoneyActionRefused::NotNow(refused)));
        }
        let row = action.id.as_uuid();
        let kept = serde_json::to_vec(&Kept::of(action))
            .map_err(|error| Fault::internal("writing a money action").caused_by(error))?;
        let new = NewMoneyAction {
            id: action.id,
            account_id: account.id,
            session_id: customer.session,
            digest: &action.digest(),
            sealed: &self.keys.seal(Sealed::MoneyAction, row.as_bytes(), &kept),
            credential_version: account.credential_version,
            needs_mailed_code: *needs_mailed_code,
            expires_at: action.expires_at,
        };
        store::record_money_action(tx, &new, now).await?;
        if *needs_mailed_code {
            let of = CodeOf { flow_kind: MAILED_CODE, flow_id: row };
            let state = CodeState::first(&self.policy.codes, now);
            record_code(tx, of, &self.code_hash(of, mailed), &state).await?;
            let circumstances = self.circumstances(visit, now);
            let transfer = action.wanted.in_words();
            let notice = Notice::MoneyActionCode { code: mailed, transfer, circumstances };
            self.tell(tx, &account, now, &notice).await?;
        }
        let entry = Entry::of(AuditKind::MoneyActionAsked, account.id, visit.network);
        self.note(tx, entry.with(&action.id.to_string()), now).await?;
        Ok(Ok(()))
    }

    /// Begins a passkey as the proof of an action: the challenge is the action's own digest. `None` when the customer has
    /// no passkey that works, or the action is not this session's or over.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_money_action_passkey(
        &self,
        customer: &Customer,
        id: MoneyActionId,
    ) -> Result<Option<Begun>, Fault> {
        let (Some(party), now) = (self.relying_party(), self.now()) else { return Ok(None) };
        let Some(stored) = find_money_action(&self.db, id, customer.account).await? else { return Ok(None) };
        if !is_open(&stored, customer, now) {
            return Ok(None);
        }
        let keys = list_passkeys(&self.db, customer.account).await?;
        let usable = keys.into_iter().filter(|key| key.disabled_at.is_none() && key.rp_id == party.id());
        let allowed: Vec<Vec<u8>> = usable.map(|key| key.credential_id).collect();
        if allowed.is_empty() {
            return Ok(None);
        }
        let challenge = Challenge::of_action(self.open_money_action(&stored)?.digest());
        Ok(Some(party.begin_assertion(&self.keys, &bound_to(id, customer), challenge, &allowed, now)))
    }

    /// Confirms an action by a passkey over its digest, or by a code of the app, for a new address together with the
    /// mailed code. Whether the account may move assets is asked again.
    ///
    /// # Errors
    /// Refused when a proof is wrong or not enough, the action is over, or the account may not move assets now.
    pub async fn confirm_money_action(
        &self,
        visit: &Visit,
        customer: &Customer,
        id: MoneyActionId,
        proof: &str,
        mailed_code: Option<&str>,
    ) -> Result<MoneyActionConfirmed, Failure<MoneyActionRefused>> {
        let now = self.now();
        let given =
            Given { typed: TypedFactor::parse(proof), mailed: mailed_code.and_then(OneTimeCode::parse) };
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let confirmed = self.db.write("confirming a money action", move |tx| {
            Box::pin(async move { app.confirm_money_action_in(tx, &visit, &whose, id, &given, now).await })
        });
        let confirmed = confirmed.await?;
        self.outbox.wake();
        confirmed.map_err(Failure::Refused)
    }

    async fn confirm_money_action_in(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        id: MoneyActionId,
        given: &Given,
        now: Timestamp,
    ) -> Result<Result<MoneyActionConfirmed, MoneyActionRefused>, Fault> {
        let Some(account) = account::hold_account(tx, customer.account).await? else {
            return Ok(Err(MoneyActionRefused::NotFound));
        };
        let stored = find_money_action(&mut *tx, id, account.id).await?;
        let Some(stored) = stored.filter(|stored| stored.session_id == customer.session) else {
            return Ok(Err(MoneyActionRefused::NotFound));
        };
        if !is_open(&stored, customer, now) || stored.credential_version != account.credential_version {
            return Ok(Err(MoneyActionRefused::Over));
        }
        let may = self.may_in(tx, visit.network, account.id, Action::Withdraw, None, now).await?;
        if let Err(refused) = may {
            return Ok(Err(MoneyActionRefused::NotNow(refused)));
        }
        let action = self.open_money_action(&stored)?;
        let by = match self.prove_money_action(tx, visit, customer, &account, &stored, given, now).await? {
            Ok(by) => by,
            Err(refused) => return self.count_wrong_proof(tx, &stored, refused, now).await.map(Err),
        };
        if !store::confirm_money_action(tx, id, by, now).await? {
            return Ok(Err(MoneyActionRefused::Over));
        }
        let entry = Entry::of(AuditKind::MoneyActionConfirmed, account.id, visit.network);
        self.note(tx, entry.with(&(id.to_string(), by.name())), now).await?;
        Ok(Ok(MoneyActionConfirmed { action, by }))
    }

    /// Judges what was given: first whether it would be enough, then the mailed code, then the factor itself, so that no
    /// code of the app is lost on a mailed code that was mistyped.
    #[expect(clippy::too_many_arguments, reason = "who proves which action, where, by what")]
    async fn prove_money_action(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        customer: &Customer,
        account: &Account,
        stored: &StoredMoneyAction,
        given: &Given,
        now: Timestamp,
    ) -> Result<Result<Factor, MoneyActionRefused>, Fault> {
        let (purpose, factor) = (StepUpPurpose::MoneyAction, offered(&given.typed));
        let is_enough = step_up::judge(purpose, customer.entered_by, factor);
        let only_passkeys = account.passkeys_only && factor != Factor::Passkey;
        if is_enough.is_err() || only_passkeys {
            let too_weak = StepUpRefused::TooWeak { needed: Factor::Passkey };
            let refused = ChangeRefused::StepUp(is_enough.err().unwrap_or(too_weak));
            return Ok(Err(MoneyActionRefused::Proof(refused)));
        }
        if needs_mailed_code(stored.needs_mailed_code, factor) {
            let of = CodeOf { flow_kind: MAILED_CODE, flow_id: stored.id.as_uuid() };
            if let Err(refused) = self.try_mailed_code(tx, of, account, given.mailed, now).await? {
                return Ok(Err(MoneyActionRefused::MailedCode(refused)));
            }
        }
        let bound = bound_to(stored.id, customer);
        let judgement = self.prove_bound_factor(tx, visit, account, &given.typed, Some(&bound), now).await?;
        Ok(judge_step_up(purpose, customer.entered_by, judgement).map_err(MoneyActionRefused::Proof))
    }

    async fn try_mailed_code(
        &self,
        tx: &mut Tx,
        of: CodeOf<'_>,
        account: &Account,
        typed: Option<OneTimeCode>,
        now: Timestamp,
    ) -> Result<Result<(), CodeRefused>, Fault> {
        let stored = doorward_store::identifier::list_identifiers(&mut *tx, account.id).await?;
        let first = stored.first().ok_or_else(|| Fault::internal("an account without an identifier"))?;
        let identifier = self.open_identifier(first)?;
        self.try_code(tx, of, typed, &identifier, now).await
    }

    async fn count_wrong_proof(
        &self,
        tx: &mut Tx,
        stored: &StoredMoneyAction,
        refused: MoneyActionRefused,
        now: Timestamp,
    ) -> Result<MoneyActionRefused, Fault> {
        // What was never compared is no wrong proof.
        if matches!(refused, MoneyActionRefused::Proof(ChangeRefused::StepUp(_))) {
            return Ok(refused);
        }
        let failures = count_money_action_failure(tx, stored.id, TRIES, now).await?;
        let ended = failures.is_none_or(|failures| failures >= TRIES);
        Ok(if ended { MoneyActionRefused::TooManyWrongProofs } else { refused })
    }

    /// The action that a row holds. Its digest is compared: what was sealed is what is confirmed.
    fn open_money_action(&self, stored: &StoredMoneyAction) -> Result<MoneyAction, Fault> {
        let unreadable = || Fault::internal("opening a money action");
        let plain = self.keys.open(Sealed::MoneyAction, stored.id.as_uuid().as_bytes(), &stored.sealed);
        let kept: Kept = serde_json::from_slice(&plain.ok_or_else(unreadable)?).map_err(|_| unreadable())?;
        let action = kept.action(stored);
        if action.digest() == stored.digest { Ok(action) } else { Err(unreadable()) }
    }
}

/// What was given as proof.
struct Given {
    typed: TypedFactor,
    mailed: Option<OneTimeCode>,
}

impl Kept {
    fn of(action: &MoneyAction) -> Self {
        let wanted = action.wanted.clone();
        Self {
            asset: wanted.asset,
            scale: wanted.scale,
            network: wanted.network,
            address: wanted.address,
            memo: wanted.memo,
            amount: wanted.amount,
            fee: wanted.fee,
            is_new_address: wanted.is_new_address,
            nonce: action.nonce,
        }
    }

    fn action(self, stored: &StoredMoneyAction) -> MoneyAction {
        MoneyAction {
            id: stored.id,
            account: stored.account_id,
            wanted: WantedTransfer {
                asset: self.asset,
                scale: self.scale,
                network: self.network,
                address: self.address,
                memo: self.memo,
                amount: self.amount,
                fee: self.fee,
                is_new_address: self.is_new_address,
            },
            expires_at: stored.expires_at,
            nonce: self.nonce,
        }
    }
}

fn is_open(stored: &StoredMoneyAction, customer: &Customer, now: Timestamp) -> bool {
    stored.session_id == customer.session
        && stored.confirmed_at.is_none()
        && stored.ended_at.is_none()
        && now < stored.expires_at
}

fn bound_to(id: MoneyActionId, customer: &Customer) -> Bound {
    let (action, session) = (id.as_uuid(), customer.session.as_uuid());
    Bound::to("money-action", &[action.as_bytes(), session.as_bytes(), customer.account.as_uuid().as_bytes()])
}
