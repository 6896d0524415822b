//! Everything that the record holds of one's own account: as a list with filters, as a table to take away, and as a
//! copy with the proofs that the log holds just this (entry rules 8 and 9).

use doorward_domain::audit::{ActivityGroup, AuditKind};
use doorward_domain::audit_tile::Tiles;
use doorward_domain::time::Timestamp;
use doorward_store::audit::{AuditFilter, list_audit_filtered, list_provable_of};
use doorward_wording::{Words, iso_moment};
use serde_json::json;

use crate::app::App;
use crate::audit::prove::{ProofRefused, prove_placed};
use crate::audit::{entry_json, path_json};
use crate::failure::{Failure, Fault};
use crate::review::Happened;
use crate::session_cache::Customer;

/// Lines of one page.
const PAGE: i64 = 50;
/// Lines that are read at once for a table or a copy.
const BATCH: i64 = 1_000;
/// Lines of one table: what a spreadsheet still opens quickly.
const TABLE_LINES: usize = 50_000;
/// Entries of one copy, the newest; earlier ones come in further copies.
const COPY_ENTRIES: usize = 5_000;
/// Without this mark the spreadsheet that most people have takes the file for a code page of its own.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActivityFilter {
    /// What they are about; everything when none is given.
    pub group: Option<ActivityGroup>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// One page of the list, newest first.
#[derive(Debug, Clone)]
pub struct ActivityPage {
    /// Its lines.
    pub lines: Vec<Happened>,
    /// Where the next page begins; none on the last.
    pub next_before: Option<i64>,
}

/// A file to take away.
#[derive(Debug, Clone)]
pub struct Download {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl ActivityFilter {
    /// The kinds of its group as the store reads them.
    fn kinds(&self) -> String {
        let Some(group) = self.group else { return String::new() };
        AuditKind::ALL.iter().filter(|kind| kind.group() == group).fold(",".to_owned(), |mut names, kind| {
            names.push_str(kind.name());
            names.push(',');
            names
        })
    }
}

impl App {
    /// A page of everything that happened to the customer's account, before the line with this number.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn activity(
        &self,
        customer: &Customer,
        filter: &ActivityFilter,
        before: Option<i64>,
    ) -> Result<ActivityPage, Fault> {
        let mut lines = self.activity_lines(customer, filter, before, PAGE + 1).await?;
        let more = lines.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        lines.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        let next_before = lines.last().map(|line| line.seq).filter(|_| more);
        Ok(ActivityPage { lines, next_before })
    }

    async fn activity_lines(
        &self,
        customer: &Customer,
        filter: &ActivityFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Happened>, Fault> {
        let kinds = filter.kinds();
        let filter = AuditFilter {
            kinds: &kinds,
            since: filter.since.unwrap_or(Timestamp::from_micros(0)),
            until: filter.until.unwrap_or(Timestamp::from_micros(i64::MAX)),
        };
        let entries = list_audit_filtered(&self.db, customer.account, before, &filter, limit).await?;
        Ok(entries.into_iter().map(|entry| self.happened_of(entry)).collect())
    }

    /// The same list as a table of comma-separated values, in the reader's language; the newest 50,000 lines.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn activity_table(
        &self,
        customer: &Customer,
        filter: &ActivityFilter,
        words: &Words,
    ) -> Result<Download, Fault> {
        let mut table = csv::Writer::from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        let broken = |error: csv::Error| Fault::internal("writing a table").caused_by(error);
        let heading = |key: &str| words.text(key).into_owned();
        table
            .write_record([
                heading("activity-number"),
                heading("activity-when"),
                heading("activity-what"),
                heading("activity-address"),
                heading("activity-device"),
            ])
            .map_err(broken)?;
        let (mut before, mut count) = (None, 0);
        loop {
            let lines = self.activity_lines(customer, filter, before, BATCH).await?;
            for line in &lines {
                table
                    .write_record([
                        line.seq.to_string(),
                        iso_moment(line.at.as_micros()),
                        harmless(&words.audit(line.kind)),
                        harmless(line.network.as_deref().unwrap_or_default()),
                        harmless(line.user_agent.as_deref().unwrap_or_default()),
                    ])
                    .map_err(broken)?;
            }
            count += lines.len();
            before = lines.last().map(|line| line.seq);
            if lines.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) || count >= TABLE_LINES {
                break;
            }
        }
        let bytes = table.into_inner().map_err(|_| Fault::internal("writing a table"))?;
        Ok(Download { name: "activity.csv".to_owned(), bytes })
    }

    /// The customer's own part of the audit log, the newest 5,000 entries before this number: each entry as its leaf
    /// follows from it, its place proved under a checkpoint that is signed now, and its detail in plain words.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn own_record(&self, customer: &Customer, before: Option<i64>) -> Result<Download, Fault> {
        let (key, checkpoint, note) = self.sign_tree_as_it_is().await?;
        let (mut entries, mut tiles, mut before) = (Vec::new(), Tiles::default(), before);
        loop {
            let page = list_provable_of(&self.db, customer.account, before, BATCH).await?;
            let last = page.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            before = page.last().map(|entry| entry.seq);
            for entry in page {
                let detail = AuditKind::from_name(&entry.kind)
                    .and_then(|kind| self.open_detail(kind, entry.account_id, entry.sealed.as_deref()?));
                let entry_as_json = entry_json(&entry);
                let path = match prove_placed(&self.db, &mut tiles, entry, checkpoint.size).await {
                    Ok(proof) => Some(path_json(&proof.path)),
                    // Written after the checkpoint: the next copy proves it.
                    Err(Failure::Refused(ProofRefused::NoPlaceYet | ProofRefused::Size)) => None,
                    Err(Failure::Refused(_)) => {
                        return Err(Fault::internal("proving an entry that was read"));
                    }
                    Err(Failure::Fault(fault)) => return Err(fault),
                };
                entries.push(json!({ "entry": entry_as_json, "detail": detail, "path": path }));
            }
            if last || entries.len() >= COPY_ENTRIES {
                let rest = before.filter(|_| !last);
                let copy = json!({
                    "key": key.to_string(),
                    "checkpoint": note.to_string(),
                    "earlier_entries_before": rest,
                    "entries": entries,
                });
                return Ok(Download {
                    name: "audit-log.json".to_owned(),
                    bytes: copy.to_string().into_bytes(),
                });
            }
        }
    }
}

/// A field that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it.
fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_begins_like_a_formula_is_none() {
        for (field, written) in [
            ("=HYPERLINK(\"http://evil.example\")", "'=HYPERLINK(\"http://evil.example\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("Firefox 145", "Firefox 145"),
            ("", ""),
        ] {
            assert_eq!(harmless(field), written);
        }
    }

    #[test]
    fn a_filter_names_the_kinds_of_its_group_between_commas() {
        let staff = ActivityFilter { group: Some(ActivityGroup::Staff), ..ActivityFilter::default() };
        let kinds = staff.kinds();
        assert!(
            kinds.starts_with(',') && kinds.ends_with(',') && kinds.contains(",staff-looked,"),
            "{kinds}"
        );
        assert!(!kinds.contains(",entered,"));
        assert_eq!(ActivityFilter::default().kinds(), "");
    }
}
