//! A copy of everything that is held about a person: as much as the tables say, opened, without any secret.

use doorward_domain::audit::AuditKind;
use doorward_domain::change::ChangeRefused;
use doorward_domain::id::AccountId;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_domain::time::Timestamp;
use doorward_store::audit::list_audit;
use doorward_store::identifier::list_identifiers;
use doorward_store::personal::{Field, NOT_COPIED, PersonalRow, list_personal_rows};
use doorward_wording::iso_moment;
use serde_json::{Map, Value, json};

use crate::activity::Download;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::session_cache::Customer;
use crate::visit::Visit;

/// Entries that are read at once.
const BATCH: i64 = 1_000;
/// Entries of the record that a copy holds at most, the newest.
const ENTRIES: usize = 50_000;

impl App {
    /// A copy of everything that is held about the customer. The copy is recorded.
    ///
    /// # Errors
    /// Refused when the second factor is wrong or too weak, or the account changed meanwhile.
    pub async fn export_data(
        &self,
        visit: &Visit,
        customer: &Customer,
        second_factor: &str,
    ) -> Result<Download, Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("allowing a copy of somebody's data", move |tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::ExportData;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(refused));
                }
                app.note(tx, Entry::of(AuditKind::DataExported, account.id, visit.network), now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)?;
        Ok(self.copy_of(customer.account, now).await?)
    }

    /// The same for staff, at the machine; the owner can read that it was made.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn export_data_by_staff(&self, id: AccountId) -> Result<Download, Fault> {
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("recording a copy of somebody's data for staff", move |tx| {
            Box::pin(async move {
                app.note(tx, Entry::without_network(AuditKind::StaffExportedData, id), now).await
            })
        });
        write.await.map_err(|fault: doorward_store::StoreFault| Fault::from(fault))?;
        self.copy_of(id, now).await
    }

    async fn copy_of(&self, id: AccountId, now: Timestamp) -> Result<Download, Fault> {
        let mut identifiers = Vec::new();
        for stored in list_identifiers(&self.db, id).await? {
            let opened = self.open_identifier(&stored)?;
            let at = |moment: Timestamp| iso_moment(moment.as_micros());
            identifiers.push(json!({
                "kind": stored.kind.name(),
                "value": opened.as_str(),
                "verified_at": stored.verified_at.map(at),
                "proved_at": stored.proved_at.map(at),
                "reassigned_at": stored.reassigned_at.map(at),
            }));
        }
        let mut tables = Map::new();
        for (table, rows) in list_personal_rows(&self.db, id).await? {
            tables.insert(table.to_owned(), rows.iter().map(row_as_json).collect());
        }
        let not_copied: Map<String, Value> =
            NOT_COPIED.iter().map(|(table, why)| ((*table).to_owned(), (*why).into())).collect();
        let identity = self
            .open_identity(id)
            .await?
            .map(|shown| json!({ "name": shown.record.name, "birth_date": shown.record.birth_date }));
        let copy = json!({
            "account": id.to_string(),
            "copied_at": iso_moment(now.as_micros()),
            "identifiers": identifiers,
            "identity": identity,
            "held": tables,
            "record": self.copy_of_record(id).await?,
            "not_in_this_copy": not_copied,
        });
        Ok(Download { name: "my-data.json".to_owned(), bytes: format!("{copy:#}\n").into_bytes() })
    }

    async fn copy_of_record(&self, id: AccountId) -> Result<Vec<Value>, Fault> {
        let (mut record, mut before) = (Vec::new(), None);
        loop {
            let entries = list_audit(&self.db, id, before, BATCH).await?;
            before = entries.last().map(|entry| entry.seq);
            let last = entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            record.extend(entries.into_iter().map(|entry| {
                let detail =
                    entry.sealed.as_deref().and_then(|sealed| self.open_detail(entry.kind, Some(id), sealed));
                json!({
                    "number": entry.seq,
                    "at": iso_moment(entry.at.as_micros()),
                    "kind": entry.kind.name(),
                    "network": entry.network,
                    "detail": detail,
                })
            }));
            if last || record.len() >= ENTRIES {
                return Ok(record);
            }
        }
    }
}

/// Columns that hold a time are told by their names.
fn is_time(column: &str) -> bool {
    column == "at" || ["_at", "_until"].iter().any(|end| column.ends_with(end))
}

fn row_as_json(row: &PersonalRow) -> Value {
    let value = |name: &str, field: &Field| match field {
        Field::Absent => Value::Null,
        Field::Number(micros) if is_time(name) => iso_moment(*micros).into(),
        Field::Number(number) => (*number).into(),
        Field::Text(text) => text.as_str().into(),
        Field::Id(id) => id.to_string().into(),
    };
    Value::Object(row.0.iter().map(|(name, field)| (name.clone(), value(name, field))).collect())
}
