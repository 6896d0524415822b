//! Whether this node should be given work: the database answers, the clocks agree, and messages leave.

use std::time::Duration;

use doorward_domain::time::Timestamp;
use doorward_store::database_now;

use crate::app::App;

/// Limits and holds use the database's time; a node more than this off is not ready (entry rules 4).
const CLOCKS_APART: Duration = Duration::from_secs(1);
/// The worker goes round every second; this long without it, something keeps it.
const WORKER_SILENT: Duration = Duration::from_secs(15);
/// A database that takes longer to tell the time does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a node is not ready, each with a word for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// The database does not answer.
    Database,
    /// This node's clock and the database's are too far apart.
    Clock,
    /// The worker that sends messages does not go round.
    Outbox,
    /// The market's journal is being replayed, or its engine has stopped.
    Market,
}

impl NotReady {
    /// The word that `/readyz` says.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Clock => "clock",
            Self::Outbox => "outbox",
            Self::Market => "market",
        }
    }
}

impl App {
    /// What the operator should know although this node is ready.
    pub fn notes(&self) -> Vec<&'static str> {
        let lost = self.places.is_lost().then_some("country data lost");
        let wrong = self.jurisdictions.has_file_error().then_some("jurisdiction policy has an error");
        lost.into_iter().chain(wrong).collect()
    }

    /// Whether this node is ready; otherwise everything that keeps it from being.
    ///
    /// # Errors
    /// All reasons at once.
    pub async fn ready(&self) -> Result<(), Vec<NotReady>> {
        let mut reasons = Vec::new();
        match tokio::time::timeout(PATIENCE, database_now(&self.db)).await {
            Ok(Ok(theirs)) if apart(theirs, self.now()) > CLOCKS_APART => reasons.push(NotReady::Clock),
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => reasons.push(NotReady::Database),
        }
        let beat = self.outbox.last_beat();
        if beat.is_none_or(|beat| self.now().since(beat) > WORKER_SILENT) {
            reasons.push(NotReady::Outbox);
        }
        if self.matching.as_ref().is_some_and(|matching| matching.ready().is_err()) {
            reasons.push(NotReady::Market);
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }
}

/// How far two points in time lie apart, whichever is earlier.
fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}
