//! `doorward rebuild`: the market's history anew from its journal, while no server runs.

use crate::arguments::SettingsArguments;
use crate::commands::serve::{prepare, runtime};
use crate::foundation::{self, Foundation};
use crate::outcome::{Exit, Stopped};
use crate::{configuration, engine, say};

/// How many records there are between two lines about how far it is.
const TOLD_EVERY: u64 = 1_000_000;

/// Holds the folder, so that no server of this node runs meanwhile.
pub(crate) fn run(settings: &SettingsArguments) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    runtime()?.block_on(async {
        let Foundation { folder: _folder, db, .. } = foundation::lay(&configuration).await?;
        if !engine::is_here(&configuration) {
            return Err(Stopped::new(Exit::Refused, "this node has no market"));
        }
        let told = |record: u64| {
            if record.is_multiple_of(TOLD_EVERY) {
                say(&format!("record {record}"));
            }
        };
        let (records, counts) = engine::rebuild_history(&configuration, &db, told).await?;
        db.close().await;
        say(&format!(
            "history was made anew from {records} records: {} orders, {} fills, {} ledger entries, {} candles",
            counts.orders, counts.fills, counts.entries, counts.candles
        ));
        Ok(())
    })
}
