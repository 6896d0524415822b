//! The countries that accounts were entered from.

use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::values;

const LIST_COUNTRIES: &str = "SELECT country, last_at FROM account_country WHERE account_id = $1 \
    ORDER BY last_at DESC, country LIMIT 250";

/// The countries that an account was entered from with the time of the last entry, the last one first. Codes that this
/// version does not know are left out.
pub async fn list_countries(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<(Country, Timestamp)>, StoreFault> {
    let rows: Vec<(String, Timestamp)> =
        db::list(source.into(), "listing the countries of an account", LIST_COUNTRIES, values![account_id])
            .await?;
    Ok(rows.into_iter().filter_map(|(code, at)| Some((Country::parse(&code)?, at))).collect())
}

const RECORD_COUNTRY: &str = "INSERT INTO account_country (account_id, country, last_at) VALUES ($1, $2, $3) \
    ON CONFLICT (account_id, country) DO UPDATE SET last_at = excluded.last_at \
    WHERE account_country.last_at < excluded.last_at";

/// An account was entered from a country.
pub async fn record_country(
    tx: &mut Tx,
    account_id: AccountId,
    country: Country,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![account_id, country.code(), now];
    db::change(tx, "recording the country of an entry", RECORD_COUNTRY, values).await.map(drop)
}
