//! What people call assets.

use doorward_domain::market::instrument::AssetId;
use doorward_store::asset_name::{AssetName, list_asset_names};

use crate::app::App;
use crate::failure::Fault;

/// The names of all assets.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<AssetName>);

impl Names {
    /// The symbol of an asset; its number where the database knows no name for it.
    pub(crate) fn symbol(&self, asset: AssetId) -> String {
        self.find(asset).map_or_else(|| format!("A{asset}"), |name| name.symbol.clone())
    }

    /// The name of an asset; its symbol where there is none.
    pub(crate) fn name(&self, asset: AssetId) -> String {
        self.find(asset).map_or_else(|| self.symbol(asset), |name| name.name.clone())
    }

    fn find(&self, asset: AssetId) -> Option<&AssetName> {
        self.0.iter().find(|name| name.asset == asset)
    }
}

impl App {
    /// Reads the names of assets anew.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load_asset_names(&self) -> Result<(), Fault> {
        let names = list_asset_names(&self.db).await?;
        self.set_names(Names(names));
        Ok(())
    }
}
