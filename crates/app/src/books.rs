//! The market's books, looked through every hour and whenever an operator asks (market rules 5).

use std::time::Duration;

use doorward_domain::audit::AuditKind;
use doorward_store::StoreFault;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::matching::chain;
use crate::matching::reconcile::{HistoryLook, Reconciliation};

/// How often the books are looked through without being asked.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// What the record keeps of a look.
#[derive(Serialize)]
struct Trace {
    record: u64,
    snapshot: u64,
    history: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    history_not_compared: bool,
    findings: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Figures and lines of the log about a look.
fn tell(found: &Reconciliation) {
    metrics::gauge!("doorward_market_books_differ").set(if found.agrees() { 0.0 } else { 1.0 });
    for finding in &found.findings {
        tracing::error!(record = found.sequence, %finding, "the market's books do not agree");
    }
    if let HistoryLook::NotCompared(why) = &found.history {
        metrics::counter!("doorward_market_reconciliation_failures_total").increment(1);
        tracing::error!(record = found.sequence, why, "the market's history could not be compared");
    } else if found.agrees() {
        tracing::info!(record = found.sequence, snapshot = found.snapshot, "the market's books agree");
    }
}

impl App {
    /// Looks whether all books of this node's market agree, raises the alarm where they do not, and notes either in the
    /// record. A history that cannot be read is no difference, and keeps nothing else from being compared. `None`: this node
    /// has no market.
    ///
    /// # Errors
    /// The engine has stopped, or the database does not answer.
    pub async fn reconcile(&self) -> Result<Option<Reconciliation>, Fault> {
        let Some(matching) = &self.matching else { return Ok(None) };
        let besides = match self.history() {
            Some(history) => history.besides().await,
            None => Ok(None),
        };
        // Snapshots and journal are looked at whatever history's database says.
        let (besides, unread) = match besides {
            Ok(besides) => (besides, None),
            Err(fault) => (None, Some(fault)),
        };
        let mut found = matching.reconcile(besides).await?;
        if let Some(fault) = unread {
            found.history = HistoryLook::NotCompared(chain(&fault));
        }
        tell(&found);
        let kind = if found.agrees() { AuditKind::BooksAgreed } else { AuditKind::BooksDiffered };
        let trace = Trace {
            record: found.sequence,
            snapshot: found.snapshot,
            history: match found.history {
                HistoryLook::Compared(at) => Some(at),
                HistoryLook::Absent | HistoryLook::NotCompared(_) => None,
            },
            history_not_compared: matches!(found.history, HistoryLook::NotCompared(_)),
            findings: found.findings.iter().map(ToString::to_string).collect(),
        };
        let (app, now) = (self.clone(), self.now());
        let noting = self.db.write("noting a reconciliation", move |tx| {
            Box::pin(async move { app.note(tx, Entry::of_house(kind).with(&trace), now).await })
        });
        noting.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        Ok(Some(found))
    }

    /// Looks through the books every hour until `stop`.
    pub async fn run_reconciliation(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            if let Err(fault) = self.reconcile().await {
                metrics::counter!("doorward_market_reconciliation_failures_total").increment(1);
                tracing::error!(%fault, source = ?fault.source, "the market's books could not be looked through");
            }
        }
    }
}
