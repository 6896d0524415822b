//! What people call the assets that the engine knows by number.

use doorward_domain::market::instrument::AssetId;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// An asset's symbol and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetName {
    /// Its number in the engine.
    pub asset: AssetId,
    /// As in `BTC`; unique.
    pub symbol: String,
    /// As in `Bitcoin`.
    pub name: String,
}

impl Record for AssetName {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let number: i64 = row.get("asset")?;
        let asset = u16::try_from(number).map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?;
        Ok(Self { asset: AssetId(asset), symbol: row.get("symbol")?, name: row.get("name")? })
    }
}

const LIST_NAMES: &str = "SELECT asset, symbol, name FROM asset_name ORDER BY asset";

/// Every name, in the order of listing.
pub async fn list_asset_names(source: impl Into<Source<'_>>) -> Result<Vec<AssetName>, StoreFault> {
    db::list(source.into(), "listing the names of assets", LIST_NAMES, values![]).await
}

const FORGET_UNLISTED: &str = "DELETE FROM asset_name WHERE asset >= $1";
const RECORD_NAME: &str = "INSERT INTO asset_name (asset, symbol, name, created_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (symbol) DO NOTHING";

/// Names the asset that is listed next; false and unchanged when the symbol is taken. What a listing that never reached
/// the engine had left under this number or a later one goes.
pub async fn record_asset_name(tx: &mut Tx, name: &AssetName, now: Timestamp) -> Result<bool, StoreFault> {
    let number = i64::from(name.asset.0);
    db::change(tx, "forgetting names of assets that were never listed", FORGET_UNLISTED, values![number])
        .await?;
    let values = values![number, name.symbol.as_str(), name.name.as_str(), now];
    db::change_one(tx, "naming an asset", RECORD_NAME, values).await
}

/// Takes back the names of assets that were not listed after all, from this number on.
pub async fn forget_asset_names(tx: &mut Tx, from: AssetId) -> Result<(), StoreFault> {
    let number = i64::from(from.0);
    db::change(tx, "forgetting names of assets that were never listed", FORGET_UNLISTED, values![number])
        .await
        .map(drop)
}
