//! Security events and the holds they start (entry rules 6). Rows are appended and never changed: the end of a hold is
//! stored with its event and the latest end counts, so that no later event can shorten it.

use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

const RECORD_SECURITY_EVENT: &str =
    "INSERT INTO security_event (account_id, kind, at, hold_until, subject) VALUES ($1, $2, $3, $4, $5)";

/// Appends an event with the end of the hold that it starts, if any. `subject` is the address or the key that the
/// event is about; None closes the account.
pub async fn record_security_event(
    tx: &mut Tx,
    account_id: AccountId,
    kind: SecurityEventKind,
    subject: Option<Uuid>,
    hold_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![account_id, kind, now, hold_until, subject];
    db::change(tx, "recording a security event", RECORD_SECURITY_EVENT, values).await.map(drop)
}

const FIND_HOLD_END: &str = "SELECT MAX(hold_until) AS hold_until FROM security_event \
    WHERE account_id = $1 AND hold_until > $2 AND subject IS NULL";

/// Until when nothing leaves the account, None when nothing holds it now.
pub async fn find_hold_end(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreFault> {
    let (end,): (Option<Timestamp>,) =
        db::one(source.into(), "reading an account's hold", FIND_HOLD_END, values![account_id, now]).await?;
    Ok(end)
}

record! {
    /// An event of an account.
    pub struct StoredSecurityEvent {
        /// What happened.
        pub kind: SecurityEventKind,
        /// When.
        pub at: Timestamp,
        /// The end of the hold that it started.
        pub hold_until: Option<Timestamp>,
        /// The address or the key that it is about.
        pub subject: Option<Uuid>,
    }
}

const LIST_SECURITY_EVENTS: &str = "SELECT kind, at, hold_until, subject FROM security_event \
    WHERE account_id = $1 AND at > $2 ORDER BY at DESC, id DESC LIMIT $3";

/// The events after `since`, newest first.
pub async fn list_security_events(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<StoredSecurityEvent>, StoreFault> {
    db::list(
        source.into(),
        "listing security events",
        LIST_SECURITY_EVENTS,
        values![account_id, since, limit],
    )
    .await
}
