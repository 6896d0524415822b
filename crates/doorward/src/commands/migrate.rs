//! `doorward migrate`: brings the tables to this version's, and stops.

use crate::arguments::SettingsArguments;
use crate::commands::serve::{prepare, runtime};
use crate::outcome::Stopped;
use crate::{configuration, foundation, say};

/// Holds the folder, so that no server of this node runs meanwhile.
pub(crate) fn run(settings: &SettingsArguments) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    runtime()?.block_on(async {
        let foundation = foundation::lay(&configuration).await?;
        foundation.db.close().await;
        say("the database has this version's tables");
        Ok(())
    })
}
