//! Lost-factor cases, the votes of staff on them and their pictures.

use doorward_domain::id::{AccountId, CaseId, EvidenceId, StaffId};
use doorward_domain::support_case::{CaseVote, EvidenceKind, SupportCase};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, record, values};

/// A case as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredCase {
    /// Its id.
    pub id: CaseId,
    /// Hash of the token in its browser's cookie.
    pub token_hash: TokenHash,
    /// Rises with each change; what [`move_case`] compares.
    pub version: i64,
    /// Keyed hash of the identifier whose channel is proved first.
    pub lookup: [u8; 32],
    /// What the rules know.
    pub case: SupportCase,
    /// Everything else, sealed.
    pub sealed: Vec<u8>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was sent to the approvers.
    pub sent_at: Option<Timestamp>,
    /// When they decided.
    pub decided_at: Option<Timestamp>,
    /// When it was executed or came to nothing.
    pub ended_at: Option<Timestamp>,
}

impl Record for StoredCase {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.get("id")?,
            token_hash: row.get("token_hash")?,
            version: row.get("version")?,
            lookup: row.get("lookup")?,
            case: SupportCase {
                account: row.get("account_id")?,
                step: row.get("step")?,
                end: row.get("end_reason")?,
                opened_by: row.get("opened_by")?,
                has_record: row.get("has_record")?,
                trading_password_lost: row.get("trading_password_lost")?,
                credential_version: row.get("credential_version")?,
                factor_failures: row.get("factor_failures")?,
                expires_at: row.get("expires_at")?,
                effective_at: row.get("effective_at")?,
            },
            sealed: row.get("sealed")?,
            created_at: row.get("created_at")?,
            sent_at: row.get("sent_at")?,
            decided_at: row.get("decided_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

const RECORD_CASE: &str = "INSERT INTO support_case (id, token_hash, lookup, account_id, step, end_reason, opened_by, \
    has_record, trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, due_at, \
    proved_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, \
    CASE WHEN $5 = 'channel' THEN NULL ELSE $13 END, CASE WHEN $5 = 'ended' THEN $13 ELSE NULL END)";

/// Opens a case. When its channel is proved already, no other of the account may be open: see [`find_open_case`].
#[allow(clippy::too_many_arguments, reason = "each is one column")]
pub async fn record_case(
    tx: &mut Tx,
    id: CaseId,
    token_hash: &TokenHash,
    lookup: &[u8; 32],
    case: &SupportCase,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![
        id,
        token_hash,
        lookup,
        case.account,
        case.step,
        case.end,
        case.opened_by,
        case.has_record,
        case.trading_password_lost,
        case.credential_version,
        case.factor_failures,
        sealed,
        now,
        case.expires_at
    ];
    db::change(tx, "opening a case", RECORD_CASE, values).await.map(drop)
}

const FIND_CASE: &str = "SELECT id, token_hash, version, lookup, account_id, step, end_reason, opened_by, has_record, \
    trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, effective_at, sent_at, \
    decided_at, ended_at FROM support_case WHERE token_hash = $1";

/// The case whose browser holds this token, ended ones too.
pub async fn find_case(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredCase>, StoreFault> {
    db::find(source.into(), "finding a case", FIND_CASE, values![token_hash]).await
}

const FIND_CASE_BY_ID: &str = "SELECT id, token_hash, version, lookup, account_id, step, end_reason, opened_by, has_record, \
    trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, effective_at, sent_at, \
    decided_at, ended_at FROM support_case WHERE id = $1";

/// The case with this id.
pub async fn find_case_by_id(
    source: impl Into<Source<'_>>,
    id: CaseId,
) -> Result<Option<StoredCase>, StoreFault> {
    db::find(source.into(), "reading a case", FIND_CASE_BY_ID, values![id]).await
}

const FIND_OPEN_CASE: &str = "SELECT id, token_hash, version, lookup, account_id, step, end_reason, opened_by, has_record, \
    trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, effective_at, sent_at, \
    decided_at, ended_at FROM support_case \
    WHERE account_id = $1 AND proved_at IS NOT NULL AND ended_at IS NULL";

/// The one case of an account that has proved its channel and may still come to something.
pub async fn find_open_case(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredCase>, StoreFault> {
    db::find(source.into(), "finding the open case of an account", FIND_OPEN_CASE, values![account_id]).await
}

const MOVE_CASE: &str = "UPDATE support_case SET version = version + 1, token_hash = $3, step = $4, end_reason = $5, \
    has_record = $6, trading_password_lost = $7, factor_failures = $8, sealed = $9, expires_at = $10, effective_at = $11, \
    due_at = $14, \
    proved_at = CASE WHEN $4 IN ('channel', 'ended') THEN proved_at ELSE COALESCE(proved_at, $12) END, \
    sent_at = CASE WHEN $4 = 'decision' THEN COALESCE(sent_at, $12) ELSE sent_at END, \
    decided_at = CASE WHEN $4 = 'waiting' OR $5 = 'refused' THEN COALESCE(decided_at, $12) ELSE decided_at END, \
    ended_at = CASE WHEN $4 IN ('done', 'ended') THEN $12 ELSE ended_at END, \
    evidence_until = CASE WHEN account_id IS NOT NULL AND $4 IN ('waiting', 'done', 'ended') \
        THEN COALESCE(evidence_until, $13) ELSE NULL END \
    WHERE id = $1 AND version = $2 AND ended_at IS NULL";

/// Writes the next state; pictures stay until `evidence_until` once it is decided or over. False and unchanged when
/// another request moved or ended the case since `from` was read.
pub async fn move_case(
    tx: &mut Tx,
    from: &StoredCase,
    token_hash: &TokenHash,
    case: &SupportCase,
    sealed: &[u8],
    evidence_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        from.id,
        from.version,
        token_hash,
        case.step,
        case.end,
        case.has_record,
        case.trading_password_lost,
        case.factor_failures,
        sealed,
        case.expires_at,
        case.effective_at,
        now,
        evidence_until,
        case.effective_at.unwrap_or(case.expires_at)
    ];
    db::change_one(tx, "moving a case", MOVE_CASE, values).await
}

const LIST_DUE_CASES: &str = "SELECT id, account_id FROM support_case \
    WHERE due_at <= $1 AND proved_at IS NOT NULL AND ended_at IS NULL ORDER BY due_at, id LIMIT $2";

/// Cases whose time has come, to be executed or ended, with their accounts.
pub async fn list_due_cases(
    source: impl Into<Source<'_>>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(CaseId, AccountId)>, StoreFault> {
    db::list(source.into(), "listing cases whose time has come", LIST_DUE_CASES, values![now, limit]).await
}

const LIST_OPEN_CASES: &str = "SELECT id, token_hash, version, lookup, account_id, step, end_reason, opened_by, has_record, \
    trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, effective_at, sent_at, \
    decided_at, ended_at FROM support_case \
    WHERE sent_at IS NOT NULL AND ended_at IS NULL ORDER BY sent_at, id LIMIT $1";
const LIST_CLOSED_CASES: &str = "SELECT id, token_hash, version, lookup, account_id, step, end_reason, opened_by, has_record, \
    trading_password_lost, credential_version, factor_failures, sealed, created_at, expires_at, effective_at, sent_at, \
    decided_at, ended_at FROM support_case \
    WHERE sent_at IS NOT NULL AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT $1";

/// Cases that were sent to staff: those to work on, the oldest first, or those that are over, the newest first.
pub async fn list_cases(
    source: impl Into<Source<'_>>,
    open: bool,
    limit: i64,
) -> Result<Vec<StoredCase>, StoreFault> {
    let sql = if open { LIST_OPEN_CASES } else { LIST_CLOSED_CASES };
    db::list(source.into(), "listing cases", sql, values![limit]).await
}

record! {
    /// One vote of staff.
    pub struct StoredVote {
        /// Who.
        pub staff_id: StaffId,
        /// What they decided.
        pub vote: CaseVote,
        /// When.
        pub at: Timestamp,
        /// Whether it counts: while whoever gave it is there, enrolled, and an approver.
        pub counts: bool,
    }
}

// The role is that of `domain::staff::may` for deciding cases; a test holds them together.
const LIST_VOTES: &str = "SELECT staff_id, vote, at, CAST(CASE WHEN EXISTS (SELECT 1 FROM staff \
    WHERE staff.id = case_vote.staff_id AND removed_at IS NULL AND enrolled_at IS NOT NULL AND role = 'approver') \
    THEN 1 ELSE 0 END AS BIGINT) AS counts FROM case_vote WHERE case_id = $1 ORDER BY at, staff_id LIMIT 20";

/// The votes on a case, the oldest first.
pub async fn list_votes(
    source: impl Into<Source<'_>>,
    case_id: CaseId,
) -> Result<Vec<StoredVote>, StoreFault> {
    db::list(source.into(), "listing the votes on a case", LIST_VOTES, values![case_id]).await
}

const RECORD_VOTE: &str = "INSERT INTO case_vote (case_id, staff_id, vote, at) SELECT $1, id, $3, $4 FROM staff \
    WHERE id = $2 AND removed_at IS NULL AND enrolled_at IS NOT NULL AND role = 'approver' \
    ON CONFLICT (case_id, staff_id) DO NOTHING";

/// Writes a vote; false and unchanged when this member of staff has voted on the case before, or is no enrolled approver
/// any more.
pub async fn record_vote(
    tx: &mut Tx,
    case_id: CaseId,
    staff_id: StaffId,
    vote: CaseVote,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "voting on a case", RECORD_VOTE, values![case_id, staff_id, vote, now]).await
}

record! {
    /// A picture of a case without its content.
    pub struct StoredEvidence {
        /// Its id, which the seal is bound to.
        pub id: EvidenceId,
        /// What it shows.
        pub kind: EvidenceKind,
        /// Pixels from left to right.
        pub width: u32,
        /// Pixels from top to bottom.
        pub height: u32,
        /// The case's code of the day when it was given.
        pub code_of_the_day: String,
        /// When it was given.
        pub created_at: Timestamp,
    }
}

const REPLACE_EVIDENCE: &str = "DELETE FROM case_evidence WHERE case_id = $1 AND kind = $2";
const RECORD_EVIDENCE: &str = "INSERT INTO case_evidence (id, case_id, kind, width, height, code_of_the_day, sealed, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Gives a case a picture in the place of an earlier one of the same kind. The case's row must be held.
pub async fn record_evidence(
    tx: &mut Tx,
    case_id: CaseId,
    evidence: &StoredEvidence,
    sealed: &[u8],
) -> Result<(), StoreFault> {
    const DOING: &str = "giving a case a picture";
    db::change(tx, DOING, REPLACE_EVIDENCE, values![case_id, evidence.kind]).await?;
    let values = values![
        evidence.id,
        case_id,
        evidence.kind,
        evidence.width,
        evidence.height,
        &evidence.code_of_the_day,
        sealed,
        evidence.created_at
    ];
    db::change(tx, DOING, RECORD_EVIDENCE, values).await.map(drop)
}

const LIST_EVIDENCE: &str = "SELECT id, kind, width, height, code_of_the_day, created_at FROM case_evidence \
    WHERE case_id = $1 ORDER BY kind LIMIT 10";

/// The pictures of a case, without their content.
pub async fn list_evidence(
    source: impl Into<Source<'_>>,
    case_id: CaseId,
) -> Result<Vec<StoredEvidence>, StoreFault> {
    db::list(source.into(), "listing the pictures of a case", LIST_EVIDENCE, values![case_id]).await
}

const FIND_EVIDENCE: &str = "SELECT sealed FROM case_evidence WHERE id = $1 AND case_id = $2";

/// The content of one picture, sealed.
pub async fn find_evidence(
    source: impl Into<Source<'_>>,
    case_id: CaseId,
    id: EvidenceId,
) -> Result<Option<Vec<u8>>, StoreFault> {
    let found: Option<(Vec<u8>,)> =
        db::find(source.into(), "reading a picture of a case", FIND_EVIDENCE, values![id, case_id]).await?;
    Ok(found.map(|(sealed,)| sealed))
}

const TAKE_EVIDENCE_DUE: &str = "UPDATE support_case SET evidence_until = NULL WHERE id IN \
    (SELECT id FROM support_case WHERE evidence_until <= $1 ORDER BY evidence_until, id LIMIT $2) \
    RETURNING id, account_id";
const DELETE_EVIDENCE: &str = "DELETE FROM case_evidence WHERE case_id = $1";

/// Deletes the pictures whose time is over; returns the cases that lost some and whose they are.
pub async fn delete_evidence_due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(CaseId, AccountId)>, StoreFault> {
    const DOING: &str = "deleting pictures of cases";
    let due: Vec<(CaseId, AccountId)> =
        db::list((&mut *tx).into(), DOING, TAKE_EVIDENCE_DUE, values![now, limit]).await?;
    let mut emptied = Vec::new();
    for (case_id, account_id) in due {
        if db::change(tx, DOING, DELETE_EVIDENCE, values![case_id]).await? > 0 {
            emptied.push((case_id, account_id));
        }
    }
    Ok(emptied)
}
