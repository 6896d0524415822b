//! The link in every security mail by which its reader freezes the account: once, within seven days.

use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::values;

const RECORD_FREEZE_LINK: &str =
    "INSERT INTO freeze_link (token_hash, account_id, expires_at) VALUES ($1, $2, $3)";

/// Writes the link of one mail.
pub async fn record_freeze_link(
    tx: &mut Tx,
    token_hash: &TokenHash,
    account_id: AccountId,
    expires_at: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![token_hash, account_id, expires_at];
    db::change(tx, "recording a freeze link", RECORD_FREEZE_LINK, values).await.map(drop)
}

const FIND_FREEZE_LINK: &str =
    "SELECT account_id FROM freeze_link WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL";

/// The account that an unused, unexpired link would freeze; changes nothing.
pub async fn find_freeze_link(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<AccountId>, StoreFault> {
    let found: Option<(AccountId,)> =
        db::find(source.into(), "finding a freeze link", FIND_FREEZE_LINK, values![token_hash, now]).await?;
    Ok(found.map(|(account_id,)| account_id))
}

const SPEND_FREEZE_LINK: &str = "UPDATE freeze_link SET used_at = $2 \
    WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL RETURNING account_id";

/// Spends a link; None when it is unknown, used or too old.
pub async fn spend_freeze_link(
    tx: &mut Tx,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<AccountId>, StoreFault> {
    let spent: Option<(AccountId,)> =
        db::find(tx.into(), "spending a freeze link", SPEND_FREEZE_LINK, values![token_hash, now]).await?;
    Ok(spent.map(|(account_id,)| account_id))
}
