//! Codes by mail and SMS: one of a flow at a time, tries counted across resends (entry rules 3).

use doorward_domain::one_time_code::CodeState;
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{Record, Row, values};

/// The flow that a code belongs to; no other sees or voids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeOf<'a> {
    /// What kind of flow, and which of its codes where it has several: `sign-in`, `sign-in-device`, `sign-up`, `reset`.
    pub flow_kind: &'a str,
    /// The id of the flow.
    pub flow_id: Uuid,
}

impl Record for CodeState {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tries: row.get("tries")?,
            sends: row.get("sends")?,
            sent_at: row.get("sent_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

const FIND_CODE: &str =
    "SELECT tries, sends, sent_at, expires_at FROM one_time_code WHERE flow_kind = $1 AND flow_id = $2";

/// The state of a flow's code, None before the first was sent.
pub async fn find_code(
    source: impl Into<Source<'_>>,
    of: CodeOf<'_>,
) -> Result<Option<CodeState>, StoreFault> {
    db::find(source.into(), "reading a code's state", FIND_CODE, values![of.flow_kind, of.flow_id]).await
}

const RECORD_CODE: &str = "INSERT INTO one_time_code (flow_kind, flow_id, hash, tries, sends, sent_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (flow_kind, flow_id) DO UPDATE SET hash = excluded.hash, \
    sends = excluded.sends, sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = NULL \
    WHERE one_time_code.sends = excluded.sends - 1";

/// Writes the code that is being sent, by its keyed hash; it replaces the one before, tries stay counted. False and
/// unchanged when another request sent one since the state was read: `state.sends` must be one more than stands there.
pub async fn record_code(
    tx: &mut Tx,
    of: CodeOf<'_>,
    hash: &[u8; 32],
    state: &CodeState,
) -> Result<bool, StoreFault> {
    let values =
        values![of.flow_kind, of.flow_id, hash, state.tries, state.sends, state.sent_at, state.expires_at];
    db::change_one(tx, "recording a code", RECORD_CODE, values).await
}

/// What a try found. `state.tries` is the number before this try, as [`CodeState::judge`] takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeTry {
    /// The state before the try.
    pub state: CodeState,
    /// Whether this try was the right code, unused, in time and within the tries; it is used now.
    pub matched: bool,
}

impl Record for CodeTry {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let after = CodeState::read(row)?;
        let state = CodeState { tries: after.tries.saturating_sub(1), ..after };
        Ok(Self { state, matched: row.get("matched")? })
    }
}

const TRY_CODE: &str = "UPDATE one_time_code SET tries = tries + 1, \
    used_at = CASE WHEN hash = $3 AND expires_at > $5 THEN $5 ELSE NULL END \
    WHERE flow_kind = $1 AND flow_id = $2 AND tries < $4 AND used_at IS NULL \
    RETURNING tries, sends, sent_at, expires_at, CAST(CASE WHEN used_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS matched";

/// Tries a code by its keyed hash: counts the try and, if it is right, uses the code, in one statement, so that of
/// parallel tries no more than `max_tries` are compared and one is right. None when no code was ever sent; a used
/// code or spent tries match nothing.
pub async fn try_code(
    tx: &mut Tx,
    of: CodeOf<'_>,
    hash: &[u8; 32],
    max_tries: u32,
    now: Timestamp,
) -> Result<Option<CodeTry>, StoreFault> {
    let values = values![of.flow_kind, of.flow_id, hash, max_tries, now];
    if let Some(tried) = db::find((&mut *tx).into(), "trying a code", TRY_CODE, values).await? {
        return Ok(Some(tried));
    }
    let state = find_code(tx, of).await?;
    Ok(state.map(|state| CodeTry { state, matched: false }))
}

const END_CODE: &str = "DELETE FROM one_time_code WHERE flow_kind = $1 AND flow_id = $2";

/// Forgets the code of a flow that is over.
pub async fn end_code(tx: &mut Tx, of: CodeOf<'_>) -> Result<bool, StoreFault> {
    db::change_one(tx, "forgetting a code", END_CODE, values![of.flow_kind, of.flow_id]).await
}
