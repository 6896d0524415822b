//! Mails and SMS on their way out, written in the same transaction as what they tell.

use doorward_domain::id::{AccountId, MessageId};
use doorward_domain::language::Language;
use doorward_domain::notice::{Channel, NoticeKind};
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

/// A message to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    /// A fresh id, which the seal is bound to.
    pub id: MessageId,
    /// Whom it concerns, if anybody.
    pub account_id: Option<AccountId>,
    /// What it tells.
    pub kind: NoticeKind,
    /// Mail or SMS.
    pub channel: Channel,
    /// The language to render it in.
    pub language: Language,
    /// Recipient and data, sealed.
    pub sealed: &'a [u8],
}

const RECORD_MESSAGE: &str = "INSERT INTO outbox (id, account_id, kind, channel, language, sealed, state, \
    next_attempt_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)";

/// Puts a message into the outbox.
pub async fn record_message(tx: &mut Tx, new: &NewMessage<'_>, now: Timestamp) -> Result<(), StoreFault> {
    let values = values![new.id, new.account_id, new.kind, new.channel, new.language, new.sealed, now];
    db::change(tx, "putting a message into the outbox", RECORD_MESSAGE, values).await.map(drop)
}

const RECORD_DECOY: &str = "INSERT INTO outbox (id, account_id, kind, channel, language, sealed, state, \
    next_attempt_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'sent', NULL, $7)";

/// Writes a message that is never sent, for an identifier that nobody has: the same work as for one that somebody has.
/// It is purged with what was sent.
pub async fn record_decoy(tx: &mut Tx, new: &NewMessage<'_>, now: Timestamp) -> Result<(), StoreFault> {
    let values = values![new.id, new.account_id, new.kind, new.channel, new.language.tag(), new.sealed, now];
    db::change(tx, "putting a decoy into the outbox", RECORD_DECOY, values).await.map(drop)
}

record! {
    /// A message that a worker has claimed.
    pub struct ClaimedMessage {
        /// Its id.
        pub id: MessageId,
        /// Whom it concerns, if anybody.
        pub account_id: Option<AccountId>,
        /// What it tells.
        pub kind: NoticeKind,
        /// Mail or SMS.
        pub channel: Channel,
        /// The language to render it in.
        pub language: Language,
        /// Recipient and data, sealed.
        pub sealed: Vec<u8>,
        /// Attempts, this one included: the fence that a late worker's report is compared with.
        pub attempts: i64,
        /// When it was put into the outbox.
        pub created_at: Timestamp,
    }
}

const CLAIM_MESSAGES: &str = "UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_attempt_at = $2 \
    WHERE id IN (SELECT id FROM outbox WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $3) \
    AND next_attempt_at <= $1 RETURNING id, account_id, kind, channel, language, sealed, attempts, created_at";

/// Claims what is due, oldest first, until `lease_until`; a worker that dies leaves its messages to the next one then.
pub async fn claim_messages(
    tx: &mut Tx,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<ClaimedMessage>, StoreFault> {
    let values = values![now, lease_until, limit];
    let mut claimed: Vec<ClaimedMessage> =
        db::list(tx.into(), "claiming messages", CLAIM_MESSAGES, values).await?;
    claimed.sort_by_key(|message| (message.created_at, message.id));
    Ok(claimed)
}

const MARK_SENT: &str = "UPDATE outbox SET state = 'sent', sealed = NULL, last_error = NULL, next_attempt_at = NULL, \
    delivered_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'sending'";

/// The message is delivered; its content is erased. False when the lease ran out and another worker has it.
pub async fn mark_sent(
    tx: &mut Tx,
    id: MessageId,
    attempts: i64,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "marking a message sent", MARK_SENT, values![id, attempts, now]).await
}

const MARK_FAILED: &str = "UPDATE outbox SET state = 'waiting', last_error = $3, next_attempt_at = $4 \
    WHERE id = $1 AND attempts = $2 AND state = 'sending'";

/// The attempt failed; the next one comes at `next_attempt_at`. `error` must name no recipient and no content.
pub async fn mark_failed(
    tx: &mut Tx,
    id: MessageId,
    attempts: i64,
    error: &str,
    next_attempt_at: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(
        tx,
        "marking an attempt failed",
        MARK_FAILED,
        values![id, attempts, error, next_attempt_at],
    )
    .await
}

const MARK_DEAD: &str = "UPDATE outbox SET state = 'dead', last_error = $3, next_attempt_at = NULL, \
    sealed = CASE WHEN $4 = 1 THEN NULL ELSE sealed END \
    WHERE id = $1 AND attempts = $2 AND state = 'sending'";

/// No further attempt is made; the operator sees the message. `erase` for content that is worthless by now, such as an
/// expired code.
pub async fn mark_dead(
    tx: &mut Tx,
    id: MessageId,
    attempts: i64,
    error: &str,
    erase: bool,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "giving up a message", MARK_DEAD, values![id, attempts, error, erase]).await
}

const REVIVE_DEAD: &str = "UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt_at = $2 \
    WHERE id = $1 AND state = 'dead' AND sealed IS NOT NULL";

/// The operator has mended the way out: a dead message is tried again from the beginning.
pub async fn revive_dead(tx: &mut Tx, id: MessageId, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "trying a dead message again", REVIVE_DEAD, values![id, now]).await
}

record! {
    /// A message that could not be delivered, as the operator sees it.
    pub struct DeadMessage {
        /// Its id.
        pub id: MessageId,
        /// What it tells.
        pub kind: NoticeKind,
        /// Mail or SMS.
        pub channel: Channel,
        /// How often it was tried.
        pub attempts: i64,
        /// Why the last attempt failed.
        pub last_error: Option<String>,
        /// When it was put into the outbox.
        pub created_at: Timestamp,
    }
}

const LIST_DEAD: &str = "SELECT id, kind, channel, attempts, last_error, created_at FROM outbox \
    WHERE state = 'dead' ORDER BY created_at DESC, id DESC LIMIT $1";

/// The newest dead messages.
pub async fn list_dead(source: impl Into<Source<'_>>, limit: i64) -> Result<Vec<DeadMessage>, StoreFault> {
    db::list(source.into(), "listing dead messages", LIST_DEAD, values![limit]).await
}

const FIND_NEXT_ATTEMPT: &str = "SELECT next_attempt_at FROM outbox WHERE next_attempt_at IS NOT NULL \
    ORDER BY next_attempt_at LIMIT 1";

/// When the worker has something to do next.
pub async fn find_next_attempt(source: impl Into<Source<'_>>) -> Result<Option<Timestamp>, StoreFault> {
    let next: Option<(Timestamp,)> =
        db::find(source.into(), "looking for the next message", FIND_NEXT_ATTEMPT, values![]).await?;
    Ok(next.map(|(at,)| at))
}
