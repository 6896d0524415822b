//! Names of assets.

use doorward_domain::market::instrument::AssetId;
use doorward_store::asset_name::*;
use doorward_store::testing::on_both;

use crate::support::*;

fn name(asset: u16, symbol: &str) -> AssetName {
    AssetName { asset: AssetId(asset), symbol: symbol.to_owned(), name: format!("The {symbol}") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_names_one_asset_and_a_listing_that_failed_leaves_none() {
    on_both(async |db| {
        let record = async |asset, symbol| {
            let name = name(asset, symbol);
            in_write!(db, |tx| record_asset_name(tx, &name, NOW)).unwrap()
        };
        assert!(record(0, "BTC").await);
        assert!(!record(1, "BTC").await, "the symbol is taken");
        assert!(record(1, "ETH").await);
        assert!(record(1, "EUR").await, "ETH was never listed: its number is given anew");
        assert_eq!(list_asset_names(&db).await.unwrap(), [name(0, "BTC"), name(1, "EUR")]);
        in_write!(db, |tx| forget_asset_names(tx, AssetId(1))).unwrap();
        assert_eq!(list_asset_names(&db).await.unwrap(), [name(0, "BTC")]);
    })
    .await;
}
