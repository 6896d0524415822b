//! Housekeeping: what has expired goes in small batches, and what an operator counts is counted without a full read.

use doorward_domain::id::{CaseId, ChangeId, ResetId, SessionId, SignInId, SignUpId};
use doorward_domain::time::Timestamp;

use crate::db::{self, Db, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

/// From when on rows are worthless.
#[derive(Debug, Clone, Copy)]
pub struct PurgeLimits {
    /// The present: what has expired by then goes.
    pub now: Timestamp,
    /// Flows begun before; later than any flow can last.
    pub flows_before: Timestamp,
    /// Sessions begun before; later than any session can last.
    pub sessions_before: Timestamp,
    /// Delivered and dead messages put into the outbox before.
    pub messages_before: Timestamp,
    /// Wrong tries and invalidations written before.
    pub tries_before: Timestamp,
    /// Hourly and daily counters before.
    pub counters_before: Timestamp,
}

const DOING: &str = "purging what has expired";

const NONCES: &str = "DELETE FROM human_check_nonce WHERE nonce IN \
    (SELECT nonce FROM human_check_nonce WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
const RATES: &str = "DELETE FROM rate WHERE (scope, key) IN \
    (SELECT scope, key FROM rate WHERE tat <= $1 ORDER BY tat LIMIT $2) AND tat <= $1";
const SEEN_STEPS: &str = "DELETE FROM totp_seen_step WHERE (totp_id, step) IN \
    (SELECT totp_id, step FROM totp_seen_step WHERE until <= $1 ORDER BY until LIMIT $2) AND until <= $1";
const CODES: &str = "DELETE FROM one_time_code WHERE (flow_kind, flow_id) IN \
    (SELECT flow_kind, flow_id FROM one_time_code WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) \
    AND expires_at <= $1";
const STOP_LINKS: &str = "DELETE FROM stop_link WHERE hash IN \
    (SELECT hash FROM stop_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
// What never proved its channel is no case, and nobody voted for it or gave it pictures.
const UNPROVED_CASES: &str = "DELETE FROM support_case WHERE id IN \
    (SELECT id FROM support_case WHERE id < $1 AND proved_at IS NULL ORDER BY id LIMIT $2)";
const FREEZE_LINKS: &str = "DELETE FROM freeze_link WHERE token_hash IN \
    (SELECT token_hash FROM freeze_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
const CHALLENGES: &str = "DELETE FROM spent_challenge WHERE hash IN \
    (SELECT hash FROM spent_challenge WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
const WRONG_TRIES: &str = "DELETE FROM wrong_try WHERE (network, target) IN \
    (SELECT network, target FROM wrong_try WHERE at <= $1 ORDER BY at LIMIT $2) AND at <= $1";
const INVALIDATIONS: &str =
    "DELETE FROM invalidation WHERE id IN (SELECT id FROM invalidation WHERE at <= $1 ORDER BY at LIMIT $2)";
// Ids begin with their time, so the primary key finds the old ones and no second index is needed.
const SIGN_INS: &str =
    "DELETE FROM sign_in WHERE id IN (SELECT id FROM sign_in WHERE id < $1 ORDER BY id LIMIT $2)";
const SIGN_UPS: &str =
    "DELETE FROM sign_up WHERE id IN (SELECT id FROM sign_up WHERE id < $1 ORDER BY id LIMIT $2)";
const RESETS: &str =
    "DELETE FROM reset WHERE id IN (SELECT id FROM reset WHERE id < $1 ORDER BY id LIMIT $2)";
const CHANGES: &str =
    "DELETE FROM change WHERE id IN (SELECT id FROM change WHERE id < $1 ORDER BY id LIMIT $2)";
const IDENTIFIER_CHANGES: &str = "DELETE FROM identifier_change WHERE id IN (SELECT id FROM identifier_change WHERE id < $1 ORDER BY id LIMIT $2)";
const SESSIONS: &str =
    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE id < $1 ORDER BY id LIMIT $2)";
const MESSAGES: &str = "DELETE FROM outbox WHERE id IN \
    (SELECT id FROM outbox WHERE state = 'sent' AND created_at <= $1 ORDER BY created_at LIMIT $2)";
// A dead message still holds its recipient, sealed: the operator has had the same time to look at it.
const DEAD_MESSAGES: &str = "DELETE FROM outbox WHERE id IN \
    (SELECT id FROM outbox WHERE state = 'dead' AND created_at <= $1 ORDER BY created_at LIMIT $2)";
const OUTCOMES: &str = "DELETE FROM sign_in_outcome WHERE hour < $1";
const SMS_DAYS: &str = "DELETE FROM sms_day WHERE day < $1";
const NEXT_SCOPE: &str = "SELECT MIN(scope) AS scope FROM failure_count WHERE scope > $1";
const FAILURES: &str = "DELETE FROM failure_count WHERE scope = $1 AND key IN \
    (SELECT key FROM failure_count WHERE scope = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3) \
    AND expires_at <= $2";

/// Deletes at most `batch` rows of each kind and says how many of all. Called again while it deletes much,
/// inside [`Db::write_again`], since another write may hold some of the rows in another order.
pub async fn purge(tx: &mut Tx, limits: &PurgeLimits, batch: i64) -> Result<u64, StoreFault> {
    let mut deleted = 0;
    for sql in [NONCES, RATES, SEEN_STEPS, CODES, FREEZE_LINKS, STOP_LINKS, CHALLENGES] {
        deleted += db::change(tx, DOING, sql, values![limits.now, batch]).await?;
    }
    for sql in [WRONG_TRIES, INVALIDATIONS] {
        deleted += db::change(tx, DOING, sql, values![limits.tries_before, batch]).await?;
    }
    let zero = [0; 16];
    let flows = limits.flows_before;
    for (sql, before) in [
        (SIGN_INS, SignInId::from_parts(flows, zero).as_uuid()),
        (SIGN_UPS, SignUpId::from_parts(flows, zero).as_uuid()),
        (RESETS, ResetId::from_parts(flows, zero).as_uuid()),
        (CHANGES, ResetId::from_parts(flows, zero).as_uuid()),
        (UNPROVED_CASES, CaseId::from_parts(flows, zero).as_uuid()),
        // A change can be undone for as long.
        (IDENTIFIER_CHANGES, ChangeId::from_parts(limits.sessions_before, zero).as_uuid()),
        (SESSIONS, SessionId::from_parts(limits.sessions_before, zero).as_uuid()),
    ] {
        deleted += db::change(tx, DOING, sql, values![before, batch]).await?;
    }
    for sql in [MESSAGES, DEAD_MESSAGES] {
        deleted += db::change(tx, DOING, sql, values![limits.messages_before, batch]).await?;
    }
    let counters = limits.counters_before.as_micros();
    deleted += db::change(tx, DOING, OUTCOMES, values![counters.div_euclid(3_600_000_000)]).await?;
    deleted += db::change(tx, DOING, SMS_DAYS, values![counters.div_euclid(86_400_000_000)]).await?;
    let mut scope = next_scope(tx, "").await?;
    while let Some(present) = scope {
        deleted += db::change(tx, DOING, FAILURES, values![&present, limits.now, batch]).await?;
        scope = next_scope(tx, &present).await?;
    }
    Ok(deleted)
}

async fn next_scope(tx: &mut Tx, after: &str) -> Result<Option<String>, StoreFault> {
    let (scope,): (Option<String>,) = db::one(tx.into(), DOING, NEXT_SCOPE, values![after]).await?;
    Ok(scope)
}

const COUNT_FAILURES: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS counters FROM \
    (SELECT 1 AS one FROM failure_count WHERE scope = $1 LIMIT $2) AS counted";
const CAP_FAILURES: &str = "DELETE FROM failure_count WHERE scope = $1 AND key IN \
    (SELECT key FROM failure_count AS old WHERE scope = $1 AND NOT EXISTS \
        (SELECT 1 FROM identifier WHERE lookup = old.key AND verified_at IS NOT NULL) \
    ORDER BY expires_at LIMIT $2)";

/// Brings a scope back to `keep` counters, at most `batch` in one call, those first that expire first. Counters of
/// identifiers that an account has proved are spared: only those of unknown ones are capped (entry rules 4), or a
/// flood of unknown ones would wash away the lock of a true account.
pub async fn cap_failures(tx: &mut Tx, scope: &str, keep: i64, batch: i64) -> Result<u64, StoreFault> {
    const DOING: &str = "capping failure counters";
    let read = keep.saturating_add(batch);
    let (counters,): (i64,) = db::one((&mut *tx).into(), DOING, COUNT_FAILURES, values![scope, read]).await?;
    if counters <= keep {
        return Ok(0);
    }
    db::change(tx, DOING, CAP_FAILURES, values![scope, counters - keep]).await
}

const END_ALL_SESSIONS: &str =
    "UPDATE session SET ended_at = $1, end_reason = 'restored' WHERE ended_at IS NULL";
const END_ALL_DEVICES: &str =
    "UPDATE device SET ended_at = $1, end_reason = 'restored' WHERE ended_at IS NULL";
const END_ALL_SIGN_INS: &str =
    "UPDATE sign_in SET version = version + 1, step = 'ended', ended_at = $1 WHERE ended_at IS NULL";
const END_ALL_SIGN_UPS: &str =
    "UPDATE sign_up SET version = version + 1, step = 'ended', ended_at = $1 WHERE ended_at IS NULL";
const END_ALL_RESETS: &str = "UPDATE reset SET version = version + 1, step = 'ended', ended_at = $1, \
    link_hash = NULL WHERE ended_at IS NULL";
const END_ALL_CHANGES: &str =
    "UPDATE change SET version = version + 1, step = 'ended', ended_at = $1 WHERE ended_at IS NULL";
const END_ALL_IDENTIFIER_CHANGES: &str = "UPDATE identifier_change SET version = version + 1, step = 'ended', ended_at = $1 WHERE ended_at IS NULL";
// A case of the restored past may have been stopped since.
const END_ALL_CASES: &str = "UPDATE support_case SET version = version + 1, step = 'ended', end_reason = 'overtaken', \
    ended_at = $1 WHERE ended_at IS NULL";
const END_ALL_CODES: &str = "UPDATE one_time_code SET expires_at = $1 WHERE expires_at > $1";
const END_ALL_STAFF_SESSIONS: &str =
    "UPDATE staff_session SET ended_at = $1, end_reason = 'restored' WHERE ended_at IS NULL";
const END_ALL_STAFF_INVITATIONS: &str = "UPDATE staff_invitation SET used_at = $1 WHERE used_at IS NULL";
const TELL_ALL: &str = "INSERT INTO invalidation (at, account_id) SELECT $1, id FROM account";

/// Ends every session, flow and code of the installation, as a restore must (entry rules 3). `devices` as well when
/// their trust is not to survive.
pub async fn end_everything(tx: &mut Tx, devices: bool, now: Timestamp) -> Result<u64, StoreFault> {
    const DOING: &str = "ending all sessions, flows and codes";
    let sessions = db::change(tx, DOING, END_ALL_SESSIONS, values![now]).await?;
    for sql in [
        END_ALL_SIGN_INS,
        END_ALL_SIGN_UPS,
        END_ALL_RESETS,
        END_ALL_CHANGES,
        END_ALL_IDENTIFIER_CHANGES,
        END_ALL_CASES,
        END_ALL_CODES,
        END_ALL_STAFF_SESSIONS,
        END_ALL_STAFF_INVITATIONS,
    ] {
        db::change(tx, DOING, sql, values![now]).await?;
    }
    if devices {
        db::change(tx, DOING, END_ALL_DEVICES, values![now]).await?;
    }
    db::change(tx, DOING, TELL_ALL, values![now]).await?;
    Ok(sessions)
}

record! {
    /// Messages of one state.
    pub struct MessageCount {
        /// `waiting`, `sending` or `dead`.
        pub state: String,
        /// How many.
        pub messages: i64,
        /// When the oldest was put into the outbox.
        pub oldest: Option<Timestamp>,
    }
}

const COUNT_MESSAGES: &str = "SELECT state, CAST(COUNT(*) AS BIGINT) AS messages, MIN(created_at) AS oldest \
    FROM outbox WHERE state IN ('waiting', 'sending', 'dead') GROUP BY state ORDER BY state";

/// The outbox for the operator's metrics; delivered messages are not read.
pub async fn count_messages(source: impl Into<Source<'_>>) -> Result<Vec<MessageCount>, StoreFault> {
    db::list(source.into(), "counting messages", COUNT_MESSAGES, values![]).await
}

const COUNT_ACCOUNTS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS accounts FROM account";
const COUNT_FROZEN: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) AS accounts FROM account WHERE frozen_at IS NOT NULL";
const COUNT_SESSIONS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS sessions FROM session \
    WHERE ended_at IS NULL AND id >= $1 AND last_seen_at > $2";

/// What stands behind the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Accounts.
    pub accounts: i64,
    /// Frozen ones among them.
    pub frozen: i64,
    /// Sessions begun after `begun_since` and seen after `seen_since`.
    pub sessions: i64,
}

/// Counts by reading whole indexes: for a gauge once a minute, not for a request.
pub async fn count_all(db: &Db, begun_since: Timestamp, seen_since: Timestamp) -> Result<Counts, StoreFault> {
    const DOING: &str = "counting accounts and sessions";
    let (accounts,): (i64,) = db::one(db.into(), DOING, COUNT_ACCOUNTS, values![]).await?;
    let (frozen,): (i64,) = db::one(db.into(), DOING, COUNT_FROZEN, values![]).await?;
    let first = SessionId::from_parts(begun_since, [0; 16]);
    let (sessions,): (i64,) = db::one(db.into(), DOING, COUNT_SESSIONS, values![first, seen_since]).await?;
    Ok(Counts { accounts, frozen, sessions })
}
