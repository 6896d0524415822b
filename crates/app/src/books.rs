//! The market's books, looked through every hour and whenever an operator asks (market rules 5).

use std::time::Duration;

use doorward_domain::audit::AuditKind;
use doorward_store::StoreFault;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::matching::reconcile::Reconciliation;

/// How often the books are looked through without being asked.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// What the record keeps of a look.
#[derive(Serialize)]
struct Trace {
    record: u64,
    snapshot: u64,
    history: Option<u64>,
    findings: Vec<String>,
}

impl App {
    /// Looks whether all books of this node's market agree, raises the alarm where they do not, and notes either in the
    /// record. `None`: this node has no market.
    ///
    /// # Errors
    /// The engine has stopped, or the database does not answer.
    pub async fn reconcile(&self) -> Result<Option<Reconciliation>, Fault> {
        let Some(matching) = &self.matching else { return Ok(None) };
        let besides = match self.history() {
            Some(history) => history.besides().await?,
            None => None,
        };
        let found = matching.reconcile(besides).await?;
        metrics::gauge!("doorward_market_books_differ").set(if found.agrees() { 0.0 } else { 1.0 });
        for finding in &found.findings {
            tracing::error!(record = found.sequence, %finding, "the market's books do not agree");
        }
        if found.agrees() {
            tracing::info!(record = found.sequence, snapshot = found.snapshot, "the market's books agree");
        }
        let kind = if found.agrees() { AuditKind::BooksAgreed } else { AuditKind::BooksDiffered };
        let trace = Trace {
            record: found.sequence,
            snapshot: found.snapshot,
            history: found.history,
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
