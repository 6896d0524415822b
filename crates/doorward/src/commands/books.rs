//! `doorward reconcile` and `doorward backup`: through the running server or, when none runs, with the folder's lock.

use std::path::Path;

use doorward_app::app::App;
use doorward_app::backup::{BackupPlan, BackupRefused, Manifest};
use doorward_app::failure::{Failure, Fault};
use doorward_app::matching::reconcile::{HistoryLook, Reconciliation};

use crate::admin::{Answer, Ask};
use crate::arguments::{BackupArguments, SettingsArguments};
use crate::commands::account::ask_or_do;
use crate::outcome::{Exit, Stopped, chain};

/// `doorward reconcile`.
pub(crate) fn run_reconcile(settings: &SettingsArguments) -> Result<(), Stopped> {
    ask_or_do(settings, Ask::Reconcile)
}

/// `doorward backup`. The server has another working directory, so that the folder is named in full.
pub(crate) fn run_backup(settings: &SettingsArguments, backup: &BackupArguments) -> Result<(), Stopped> {
    let folder = std::path::absolute(&backup.folder).map_err(|error| {
        Stopped::new(Exit::Refused, format!("{} is no folder's name: {error}", backup.folder.display()))
    })?;
    ask_or_do(settings, Ask::Backup { folder, archive: !backup.without_archive })
}

/// Does what is asked of the books; gives back what is not about them.
pub(crate) async fn perform(app: &App, ask: Ask) -> Result<Answer, Ask> {
    Ok(match ask {
        Ask::Reconcile => match app.reconcile().await {
            Ok(None) => Answer::Refused { why: "this node has no market".to_owned() },
            Ok(Some(found)) if !found.agrees() => Answer::Differs { lines: table(&found) },
            Ok(Some(found)) if matches!(found.history, HistoryLook::NotCompared(_)) => {
                Answer::NotCompared { lines: table(&found) }
            }
            Ok(Some(found)) => Answer::Done { lines: table(&found) },
            Err(fault) => failed(&fault),
        },
        Ask::Backup { folder, archive } => {
            let plan = BackupPlan { target: folder.clone(), with_archive: archive };
            match app.back_up(plan).await {
                Ok(manifest) => Answer::Done { lines: told(&folder, archive, &manifest) },
                Err(Failure::Refused(BackupRefused::NotEmpty)) => {
                    Answer::Refused { why: format!("{} is not empty: name a new folder", folder.display()) }
                }
                Err(Failure::Refused(BackupRefused::Target)) => {
                    Answer::Refused { why: format!("{} cannot be made or looked at", folder.display()) }
                }
                Err(Failure::Fault(fault)) => failed(&fault),
            }
        }
        other => return Err(other),
    })
}

fn failed(fault: &Fault) -> Answer {
    tracing::error!(what = %fault.what, source = ?fault.source, "an operator's command failed");
    Answer::Fault { what: chain(fault) }
}

/// What a backup holds, for the one who made it.
fn told(folder: &Path, archive: bool, manifest: &Manifest) -> Vec<String> {
    let mut lines = vec![format!(
        "{} files, {} bytes in {}; their sums stand in {}",
        manifest.files.len(),
        manifest.bytes(),
        folder.display(),
        doorward_app::backup::MANIFEST
    )];
    if manifest.database == "postgres" {
        lines.push(
            "the database is no part of it: keep it together with the dump that was made before it"
                .to_owned(),
        );
    }
    if let Some(journal) = &manifest.journal {
        lines.push(format!("the market's journal from record {} to {}", journal.first, journal.last));
        if archive && journal.first > 1 {
            lines.push(format!(
                "archived segments below record {} are no part of it, because they were moved away: keep them, `doorward rebuild` needs them",
                journal.first
            ));
        }
    }
    lines.push(format!("the master key {} is no part of it and travels separately", manifest.key_id));
    lines
}

/// The table of a reconciliation, by asset, and what does not agree.
fn table(found: &Reconciliation) -> Vec<String> {
    let mut rows = vec![
        [
            "asset",
            "available",
            "in orders",
            "open orders",
            "held",
            "holds",
            "fees",
            "custody",
            "suspense",
            "sum",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for total in &found.totals {
        let amount = |units: i128| decimal(units, total.scale);
        rows.push(vec![
            total.asset.to_string(),
            amount(total.available),
            amount(total.held_for_orders),
            amount(total.open_orders),
            amount(total.held_besides),
            amount(total.holds),
            amount(i128::from(total.house.fees)),
            amount(i128::from(total.house.custody)),
            amount(i128::from(total.house.suspense)),
            amount(total.sum),
        ]);
    }
    let mut lines = aligned(&rows);
    let history = match &found.history {
        HistoryLook::Absent => "there is no history to compare".to_owned(),
        HistoryLook::Compared(at) => format!("history was compared at record {at}"),
        HistoryLook::NotCompared(_) => "history was not compared".to_owned(),
    };
    lines.push(format!(
        "record {}; a restart was rehearsed from snapshot {}; {history}",
        found.sequence, found.snapshot
    ));
    match &found.history {
        HistoryLook::NotCompared(why) => lines.push(format!("COULD NOT COMPARE history: {why}")),
        _ if found.agrees() => lines.push("the books agree".to_owned()),
        _ => {}
    }
    lines.extend(found.findings.iter().map(|finding| format!("DIFFERS: {finding}")));
    lines
}

/// Columns of one width each, numbers to the right.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        cells.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

/// Units as an amount with all digits of its asset.
fn decimal(units: i128, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(scale));
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_amounts_with_all_digits_of_their_asset() {
        for (units, scale, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (123_456, 2, "1234.56"),
            (-100_000_000, 8, "-1.00000000"),
            (i128::from(i64::MAX) * 3, 0, "27670116110564327421"),
        ] {
            assert_eq!(decimal(units, scale), text);
        }
    }

    #[test]
    fn a_table_has_columns() {
        let rows = [vec!["a".to_owned(), "long".to_owned()], vec!["1.00".to_owned(), "2".to_owned()]];
        assert_eq!(aligned(&rows), ["   a  long", "1.00     2"]);
    }
}
