//! Which ledger accounts in the engine are an account's, and what the engine was last told that their owner may not do.

use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::market::instrument::OwnerId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::values;

const RECORD_OWNER: &str = "INSERT INTO ledger_owner (account_id, owner, restriction, opened_at) \
    VALUES ($1, $2, 0, $3) ON CONFLICT (account_id) DO NOTHING";

/// The engine has opened the ledger accounts of an account; false when it has some already.
pub async fn record_owner(
    tx: &mut Tx,
    account_id: AccountId,
    owner: OwnerId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![account_id, owner.0, now];
    db::change_one(tx, "recording an owner of ledger accounts", RECORD_OWNER, values).await
}

const FIND_OWNER: &str = "SELECT owner FROM ledger_owner WHERE account_id = $1";

/// The owner of an account's ledger accounts; None before they were opened.
pub async fn find_owner(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<OwnerId>, StoreFault> {
    let found: Option<(u32,)> =
        db::find(source.into(), "finding an owner of ledger accounts", FIND_OWNER, values![account_id])
            .await?;
    Ok(found.map(|(owner,)| OwnerId(owner)))
}

const FIND_ACCOUNT_OF_OWNER: &str = "SELECT account_id FROM ledger_owner WHERE owner = $1";

/// The account whose ledger accounts an owner's are.
pub async fn find_account_of_owner(
    source: impl Into<Source<'_>>,
    owner: OwnerId,
) -> Result<Option<AccountId>, StoreFault> {
    let found: Option<(AccountId,)> =
        db::find(source.into(), "finding the account of an owner", FIND_ACCOUNT_OF_OWNER, values![owner.0])
            .await?;
    Ok(found.map(|(account,)| account))
}

const SET_RESTRICTION: &str =
    "UPDATE ledger_owner SET restriction = $2 WHERE account_id = $1 AND restriction <> $2 RETURNING owner";

/// Notes that the engine is to be told of this restriction, and of whom; None when it was told, or there is no owner.
pub async fn set_restriction(
    tx: &mut Tx,
    account_id: AccountId,
    restriction: u8,
) -> Result<Option<OwnerId>, StoreFault> {
    let values = values![account_id, u32::from(restriction)];
    let told: Option<(u32,)> =
        db::find(tx.into(), "changing what an owner may not do", SET_RESTRICTION, values).await?;
    Ok(told.map(|(owner,)| OwnerId(owner)))
}

const LIST_OTHERWISE: &str = "SELECT identity.account_id AS account_id FROM identity \
    JOIN ledger_owner ON ledger_owner.account_id = identity.account_id \
    WHERE identity.residence = $1 AND ledger_owner.restriction <> $2 AND identity.account_id > $3 \
    ORDER BY identity.account_id LIMIT $4";

/// Owners with a verified residence in this country of whom the engine was told another restriction than this, in the
/// order of their accounts, behind `after`.
pub async fn list_restricted_otherwise(
    source: impl Into<Source<'_>>,
    residence: Country,
    restriction: u8,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>, StoreFault> {
    let after = after.map_or(uuid::Uuid::nil(), AccountId::as_uuid);
    let values = values![residence.code(), u32::from(restriction), after, limit];
    let rows: Vec<(AccountId,)> =
        db::list(source.into(), "listing owners by what they may not do", LIST_OTHERWISE, values).await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}
