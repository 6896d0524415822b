//! Actions that would move assets, between being asked for and being confirmed.

use doorward_domain::id::{AccountId, MoneyActionId, SessionId};
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// An action as it stands in the database.
    pub struct StoredMoneyAction {
        /// Its id, which the seal is bound to.
        pub id: MoneyActionId,
        /// Whose assets would move.
        pub account_id: AccountId,
        /// The session that asked for it, which alone can confirm it.
        pub session_id: SessionId,
        /// SHA-256 of its canonical bytes.
        pub digest: [u8; 32],
        /// What it would do, sealed.
        pub sealed: Vec<u8>,
        /// The account's credential version when it was asked for.
        pub credential_version: i64,
        /// Whether a proof by authenticator app needs the mailed code too.
        pub needs_mailed_code: bool,
        /// Wrong proofs so far.
        pub failures: u32,
        /// When it can be confirmed no more.
        pub expires_at: Timestamp,
        /// When it was confirmed.
        pub confirmed_at: Option<Timestamp>,
        /// By what.
        pub confirmed_by: Option<Factor>,
        /// When it ended without being confirmed.
        pub ended_at: Option<Timestamp>,
    }
}

/// An action to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewMoneyAction<'a> {
    /// Its id.
    pub id: MoneyActionId,
    /// Whose assets would move.
    pub account_id: AccountId,
    /// The session that asks.
    pub session_id: SessionId,
    /// SHA-256 of its canonical bytes.
    pub digest: &'a [u8; 32],
    /// What it would do, sealed.
    pub sealed: &'a [u8],
    /// The account's credential version.
    pub credential_version: i64,
    /// Whether a proof by authenticator app needs the mailed code too.
    pub needs_mailed_code: bool,
    /// When it can be confirmed no more.
    pub expires_at: Timestamp,
}

const RECORD_MONEY_ACTION: &str = "INSERT INTO money_action (id, account_id, session_id, digest, sealed, \
    credential_version, needs_mailed_code, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Stores an action that waits for its proof.
pub async fn record_money_action(
    tx: &mut Tx,
    new: &NewMoneyAction<'_>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![
        new.id,
        new.account_id,
        new.session_id,
        new.digest,
        new.sealed,
        new.credential_version,
        new.needs_mailed_code,
        now,
        new.expires_at
    ];
    db::change(tx, "storing a money action", RECORD_MONEY_ACTION, values).await.map(drop)
}

const FIND_MONEY_ACTION: &str = "SELECT id, account_id, session_id, digest, sealed, credential_version, \
    needs_mailed_code, failures, expires_at, confirmed_at, confirmed_by, ended_at FROM money_action \
    WHERE id = $1 AND account_id = $2";

/// The action of this account with this id.
pub async fn find_money_action(
    source: impl Into<Source<'_>>,
    id: MoneyActionId,
    account_id: AccountId,
) -> Result<Option<StoredMoneyAction>, StoreFault> {
    db::find(source.into(), "reading a money action", FIND_MONEY_ACTION, values![id, account_id]).await
}

const CONFIRM_MONEY_ACTION: &str = "UPDATE money_action SET confirmed_at = $3, confirmed_by = $2 \
    WHERE id = $1 AND confirmed_at IS NULL AND ended_at IS NULL AND expires_at > $3";

/// Confirms an action. False and unchanged when it was confirmed, ended or expired before: of two proofs one counts.
pub async fn confirm_money_action(
    tx: &mut Tx,
    id: MoneyActionId,
    by: Factor,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "confirming a money action", CONFIRM_MONEY_ACTION, values![id, by, now]).await
}

const COUNT_MONEY_ACTION_FAILURE: &str = "UPDATE money_action SET failures = failures + 1, \
    ended_at = CASE WHEN failures + 1 >= $2 THEN $3 ELSE ended_at END \
    WHERE id = $1 AND confirmed_at IS NULL AND ended_at IS NULL RETURNING failures";

/// Counts a wrong proof and ends the action at `end_at` of them. None when it is over.
pub async fn count_money_action_failure(
    tx: &mut Tx,
    id: MoneyActionId,
    end_at: u32,
    now: Timestamp,
) -> Result<Option<u32>, StoreFault> {
    let values = values![id, end_at, now];
    let counted: Option<(u32,)> =
        db::find(tx.into(), "counting a wrong proof of a money action", COUNT_MONEY_ACTION_FAILURE, values)
            .await?;
    Ok(counted.map(|(failures,)| failures))
}
