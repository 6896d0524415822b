//! Sessions: found by the hash of their token, ended on every node within a second.

use doorward_domain::account::AccountStatus;
use doorward_domain::id::{AccountId, DeviceId, SessionId};
use doorward_domain::language::Language;
use doorward_domain::session::SessionEndReason;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A stay behind the door, with what a request needs to know of its account.
    pub struct StoredSession {
        /// Its id.
        pub id: SessionId,
        /// Whose it is.
        pub account_id: AccountId,
        /// Hash of its token.
        pub token_hash: TokenHash,
        /// The device it was entered with.
        pub device_id: Option<DeviceId>,
        /// The second factor of the entry.
        pub second_factor: String,
        /// The address of the entry.
        pub network: String,
        /// How the browser named itself.
        pub user_agent: String,
        /// When it began.
        pub created_at: Timestamp,
        /// The last request noted, up to some seconds late.
        pub last_seen_at: Timestamp,
        /// When its review was confirmed.
        pub reviewed_at: Option<Timestamp>,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
        /// Why it ended.
        pub end_reason: Option<SessionEndReason>,
        /// Whether its account may be entered.
        pub status: AccountStatus,
        /// The language of its account.
        pub language: Language,
        /// The present credential version of its account.
        pub credential_version: i64,
        /// Whether the account binds its sessions to their networks.
        pub binds_network: bool,
        /// The latest end of all holds on the account; it may have passed.
        pub hold_until: Option<Timestamp>,
        /// The verified country of residence of its owner, two letters; None without a record.
        pub residence: Option<String>,
    }
}

/// A session to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// A fresh id.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Hash of its token.
    pub token_hash: &'a TokenHash,
    /// The device it is entered with.
    pub device_id: Option<DeviceId>,
    /// The second factor of the entry.
    pub second_factor: &'a str,
    /// The address of the entry.
    pub network: &'a str,
    /// How the browser names itself.
    pub user_agent: &'a str,
}

const FIND_SESSION: &str = "SELECT session.id AS id, account_id, token_hash, device_id, second_factor, network, \
    user_agent, session.created_at AS created_at, last_seen_at, session.reviewed_at AS reviewed_at, ended_at, end_reason, status, \
    language, credential_version, binds_network, \
    (SELECT residence FROM identity WHERE identity.account_id = session.account_id) AS residence, (SELECT MAX(hold_until) FROM security_event \
        WHERE security_event.account_id = session.account_id AND hold_until IS NOT NULL AND subject IS NULL) AS hold_until \
    FROM session JOIN account ON account.id = session.account_id WHERE token_hash = $1";

/// The session with this token, ended or not, in one look.
pub async fn find_session(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredSession>, StoreFault> {
    db::find(source.into(), "finding a session", FIND_SESSION, values![token_hash]).await
}

const LIST_SESSIONS: &str = "SELECT session.id AS id, account_id, token_hash, device_id, second_factor, network, \
    user_agent, session.created_at AS created_at, last_seen_at, session.reviewed_at AS reviewed_at, ended_at, end_reason, status, \
    language, credential_version, binds_network, \
    (SELECT residence FROM identity WHERE identity.account_id = session.account_id) AS residence, (SELECT MAX(hold_until) FROM security_event \
        WHERE security_event.account_id = session.account_id AND hold_until IS NOT NULL AND subject IS NULL) AS hold_until \
    FROM session JOIN account ON account.id = session.account_id \
    WHERE account_id = $1 AND ended_at IS NULL AND last_seen_at > $2 AND session.created_at > $3 \
    ORDER BY session.created_at DESC, session.id DESC LIMIT 100";

/// The live sessions of an account, newest first: seen after `seen_since` and begun after `begun_since`.
pub async fn list_sessions(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    seen_since: Timestamp,
    begun_since: Timestamp,
) -> Result<Vec<StoredSession>, StoreFault> {
    db::list(source.into(), "listing sessions", LIST_SESSIONS, values![account_id, seen_since, begun_since])
        .await
}

const RECORD_SESSION: &str = "INSERT INTO session (id, account_id, token_hash, device_id, second_factor, network, \
    user_agent, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
const END_OLDEST: &str = "UPDATE session SET ended_at = $3, end_reason = 'too-many' WHERE id IN (SELECT id FROM session \
    WHERE account_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $2) \
    AND ended_at IS NULL RETURNING token_hash";

/// Begins a session and ends the oldest ones beyond `cap`. The account's row must be held
/// ([`crate::account::hold_account`], or [`crate::sign_in::enter`]), or two parallel entries could pass the cap.
pub async fn record_session(
    tx: &mut Tx,
    new: &NewSession<'_>,
    cap: i64,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    const DOING: &str = "beginning a session";
    let values = values![
        new.id,
        new.account_id,
        new.token_hash,
        new.device_id,
        new.second_factor,
        new.network,
        new.user_agent,
        now
    ];
    db::change(tx, DOING, RECORD_SESSION, values).await?;
    let ended: Vec<(TokenHash,)> =
        db::list((&mut *tx).into(), DOING, END_OLDEST, values![new.account_id, cap, now, i64::MAX]).await?;
    for (token_hash,) in &ended {
        record_invalidation(tx, Some(token_hash), None, now).await?;
    }
    Ok(ended.len() as u64)
}

const ROTATE_SESSION: &str =
    "UPDATE session SET token_hash = $3 WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL";

/// Gives a session a new token at a rise of privilege; false when it has ended or another request was first.
pub async fn rotate_session(
    tx: &mut Tx,
    id: SessionId,
    from: &TokenHash,
    to: &TokenHash,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let rotated =
        db::change_one(tx, "rotating a session's token", ROTATE_SESSION, values![id, from, to]).await?;
    if rotated {
        record_invalidation(tx, Some(from), None, now).await?;
    }
    Ok(rotated)
}

const TOUCH_SESSION: &str =
    "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL";

/// Notes the last requests of many sessions at once. Belongs into [`crate::Db::write_again`]: another write may end
/// the same sessions in another order.
pub async fn touch_sessions(tx: &mut Tx, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreFault> {
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    for (id, at) in seen {
        db::change(tx, "noting a session's last request", TOUCH_SESSION, values![id, at]).await?;
    }
    Ok(())
}

const CONFIRM_SESSION_REVIEW: &str =
    "UPDATE session SET reviewed_at = $2 WHERE id = $1 AND ended_at IS NULL AND reviewed_at IS NULL";

/// The review of this entry was confirmed; false when it was before, or the session has ended. Its cached copies are
/// dropped by `token_hash`.
pub async fn confirm_session_review(
    tx: &mut Tx,
    id: SessionId,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let confirmed =
        db::change_one(tx, "confirming a session's review", CONFIRM_SESSION_REVIEW, values![id, now]).await?;
    if confirmed {
        record_invalidation(tx, Some(token_hash), None, now).await?;
    }
    Ok(confirmed)
}

const END_SESSION: &str = "UPDATE session SET ended_at = $3, end_reason = $4 \
    WHERE id = $1 AND account_id = $2 AND ended_at IS NULL RETURNING token_hash";

/// Ends one session of an account; returns the hash of its token for this node's cache, None when it is none of its
/// live sessions.
pub async fn end_session(
    tx: &mut Tx,
    account_id: AccountId,
    id: SessionId,
    reason: &str,
    now: Timestamp,
) -> Result<Option<TokenHash>, StoreFault> {
    let values = values![id, account_id, now, reason];
    let ended: Option<(TokenHash,)> =
        db::find((&mut *tx).into(), "ending a session", END_SESSION, values).await?;
    if let Some((token_hash,)) = &ended {
        record_invalidation(tx, Some(token_hash), None, now).await?;
    }
    Ok(ended.map(|(token_hash,)| token_hash))
}

const END_SESSIONS: &str = "UPDATE session SET ended_at = $3, end_reason = $4 WHERE account_id = $1 \
    AND ended_at IS NULL AND id <> $2";

/// Ends all sessions of an account but `keep`; returns how many. Caches drop every session of the account.
pub async fn end_sessions(
    tx: &mut Tx,
    account_id: AccountId,
    keep: Option<SessionId>,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    let values = values![account_id, keep.map_or(Uuid::nil(), SessionId::as_uuid), now, reason];
    let ended = db::change(tx, "ending an account's sessions", END_SESSIONS, values).await?;
    record_invalidation(tx, None, Some(account_id), now).await?;
    Ok(ended)
}

/// Which things of an account stay when everything else ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep {
    /// The session that asked.
    pub session: Option<SessionId>,
    /// Its device.
    pub device: Option<DeviceId>,
    /// Whether devices stay trusted (*end all* keeps them, a reset or a freeze does not).
    pub devices: bool,
    /// Whether resets in progress go on.
    pub resets: bool,
}

/// What ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedAccess {
    /// Sessions.
    pub sessions: u64,
    /// Sign-ins in progress.
    pub sign_ins: u64,
    /// Devices.
    pub devices: u64,
}

/// Ends every way in that was open or half open: sign-ins, changes and resets in progress, sessions, devices. The
/// account's row must be held (freezing it or raising its credential version does that), so that no entry slips past.
pub async fn end_all_access(
    tx: &mut Tx,
    account_id: AccountId,
    keep: &Keep,
    reason: &str,
    now: Timestamp,
) -> Result<EndedAccess, StoreFault> {
    let sign_ins = crate::sign_in::end_sign_ins(tx, account_id, reason, now).await?;
    if !keep.resets {
        crate::reset::end_resets(tx, account_id, reason, now).await?;
    }
    crate::change::end_changes(tx, account_id, reason, now).await?;
    let sessions = end_sessions(tx, account_id, keep.session, reason, now).await?;
    let devices = if keep.devices {
        0
    } else {
        crate::device::end_devices(tx, account_id, keep.device, reason, now).await?
    };
    Ok(EndedAccess { sessions, sign_ins, devices })
}

const RECORD_INVALIDATION: &str =
    "INSERT INTO invalidation (at, session_token_hash, account_id) VALUES ($1, $2, $3)";

/// Tells every node to drop one session, or all of an account, from its cache.
pub async fn record_invalidation(
    tx: &mut Tx,
    session: Option<&TokenHash>,
    account_id: Option<AccountId>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![now, session, account_id];
    db::change(tx, "recording an invalidation", RECORD_INVALIDATION, values).await.map(drop)
}

record! {
    /// A word to every node's cache.
    pub struct Invalidation {
        /// Rises, but commits may overtake it: a node remembers the ids it has seen.
        pub id: i64,
        /// The one session to drop.
        pub session_token_hash: Option<TokenHash>,
        /// The account whose sessions to drop.
        pub account_id: Option<AccountId>,
    }
}

const LIST_INVALIDATIONS: &str =
    "SELECT id, session_token_hash, account_id FROM invalidation WHERE at > $1 ORDER BY at, id";

/// What was invalidated after `since`. A node asks for the last ten seconds each time, since commits may overtake each
/// other; the answer is its heartbeat.
pub async fn list_invalidations(
    source: impl Into<Source<'_>>,
    since: Timestamp,
) -> Result<Vec<Invalidation>, StoreFault> {
    db::list(source.into(), "polling for invalidations", LIST_INVALIDATIONS, values![since]).await
}
