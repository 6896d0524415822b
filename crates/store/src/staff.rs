//! Staff: who works at the desk, the links by which they enrol, their passkeys and their stays.
//!
//! Lock order: an account before staff; a member's row before its invitation, passkeys and sessions.

use doorward_domain::id::{PasskeyId, StaffId, StaffSessionId};
use doorward_domain::language::Language;
use doorward_domain::staff::{Role, StaffSessionEnd};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A member of staff.
    pub struct StoredStaff {
        /// Their id.
        pub id: StaffId,
        /// Their name.
        pub name: String,
        /// Their mail address, sealed for the id.
        pub sealed: Vec<u8>,
        /// Keyed hash of the address, as of customers' identifiers.
        pub lookup: [u8; 32],
        /// What they may do.
        pub role: Role,
        /// The language of their mails.
        pub language: Language,
        /// When they were added.
        pub created_at: Timestamp,
        /// When they had enrolled both passkeys.
        pub enrolled_at: Option<Timestamp>,
    }
}

/// A member of staff to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewStaff<'a> {
    /// A fresh id.
    pub id: StaffId,
    /// Their name.
    pub name: &'a str,
    /// Keyed hash of their mail address.
    pub lookup: &'a [u8; 32],
    /// The address, sealed.
    pub sealed: &'a [u8],
    /// What they may do.
    pub role: Role,
    /// The language of their mails.
    pub language: Language,
}

const RECORD_STAFF: &str = "INSERT INTO staff (id, name, lookup, sealed, role, language, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

/// Adds a member of staff; false and unchanged when the name was ever used, or the address is a colleague's.
pub async fn record_staff(tx: &mut Tx, new: &NewStaff<'_>, now: Timestamp) -> Result<bool, StoreFault> {
    let values = values![new.id, new.name, new.lookup, new.sealed, new.role, new.language, now];
    db::change_one(tx, "adding a member of staff", RECORD_STAFF, values).await
}

const LIST_STAFF: &str = "SELECT id, name, sealed, lookup, role, language, created_at, enrolled_at FROM staff \
    WHERE removed_at IS NULL ORDER BY name, id LIMIT 1000";

/// Everybody who was not removed, by name.
pub async fn list_staff(source: impl Into<Source<'_>>) -> Result<Vec<StoredStaff>, StoreFault> {
    db::list(source.into(), "listing staff", LIST_STAFF, values![]).await
}

const HOLD_STAFF_BY_NAME: &str = "UPDATE staff SET name = name WHERE name = $1 AND removed_at IS NULL \
    RETURNING id, name, sealed, lookup, role, language, created_at, enrolled_at";

/// Locks and reads the member of this name who was not removed.
pub async fn hold_staff_by_name(tx: &mut Tx, name: &str) -> Result<Option<StoredStaff>, StoreFault> {
    db::find(tx.into(), "locking a member of staff", HOLD_STAFF_BY_NAME, values![name]).await
}

const HOLD_STAFF: &str = "UPDATE staff SET name = name WHERE id = $1 AND removed_at IS NULL \
    RETURNING id, name, sealed, lookup, role, language, created_at, enrolled_at";

/// Locks and reads a member who was not removed.
pub async fn hold_staff(tx: &mut Tx, id: StaffId) -> Result<Option<StoredStaff>, StoreFault> {
    db::find(tx.into(), "locking a member of staff", HOLD_STAFF, values![id]).await
}

const FIND_STAFF: &str = "SELECT id, name, sealed, lookup, role, language, created_at, enrolled_at FROM staff \
    WHERE id = $1 AND removed_at IS NULL";

/// A member who was not removed.
pub async fn find_staff(
    source: impl Into<Source<'_>>,
    id: StaffId,
) -> Result<Option<StoredStaff>, StoreFault> {
    db::find(source.into(), "reading a member of staff", FIND_STAFF, values![id]).await
}

const FIND_STAFF_NAME: &str = "SELECT name FROM staff WHERE id = $1";

/// The name of a member, removed or not.
pub async fn find_staff_name(
    source: impl Into<Source<'_>>,
    id: StaffId,
) -> Result<Option<String>, StoreFault> {
    let found: Option<(String,)> =
        db::find(source.into(), "reading a name of staff", FIND_STAFF_NAME, values![id]).await?;
    Ok(found.map(|(name,)| name))
}

const SET_STAFF_ROLE: &str = "UPDATE staff SET role = $2 WHERE id = $1 AND removed_at IS NULL AND role <> $2";

/// Gives a member another role; false when it is theirs already, or they were removed.
pub async fn set_staff_role(tx: &mut Tx, id: StaffId, role: Role) -> Result<bool, StoreFault> {
    db::change_one(tx, "changing a role of staff", SET_STAFF_ROLE, values![id, role]).await
}

const REMOVE_STAFF: &str = "UPDATE staff SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL";

/// Removes a member; false when they were removed before.
pub async fn remove_staff(tx: &mut Tx, id: StaffId, now: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "removing a member of staff", REMOVE_STAFF, values![id, now]).await
}

const BEGIN_ENROLMENT: &str = "UPDATE staff SET enrolled_at = NULL WHERE id = $1 AND removed_at IS NULL";
const REMOVE_STAFF_PASSKEYS: &str =
    "UPDATE staff_passkey SET removed_at = $2 WHERE staff_id = $1 AND removed_at IS NULL";
const END_INVITATIONS: &str =
    "UPDATE staff_invitation SET used_at = $2 WHERE staff_id = $1 AND used_at IS NULL";
const RECORD_INVITATION: &str =
    "INSERT INTO staff_invitation (token_hash, staff_id, expires_at) VALUES ($1, $2, $3)";

/// Gives a member a link to enrol. Earlier links and passkeys open nothing any more.
pub async fn invite_staff(
    tx: &mut Tx,
    id: StaffId,
    token_hash: &TokenHash,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreFault> {
    const DOING: &str = "inviting a member of staff";
    db::change(tx, DOING, BEGIN_ENROLMENT, values![id]).await?;
    end_staff_keys(tx, id, now).await?;
    db::change(tx, DOING, RECORD_INVITATION, values![token_hash, id, expires_at]).await.map(drop)
}

/// Ends every link and passkey of a member.
pub async fn end_staff_keys(tx: &mut Tx, id: StaffId, now: Timestamp) -> Result<(), StoreFault> {
    const DOING: &str = "ending the passkeys of a member of staff";
    db::change(tx, DOING, END_INVITATIONS, values![id, now]).await?;
    db::change(tx, DOING, REMOVE_STAFF_PASSKEYS, values![id, now]).await.map(drop)
}

const FIND_INVITED: &str = "SELECT staff.id AS id, name, sealed, lookup, role, language, created_at, enrolled_at \
    FROM staff_invitation JOIN staff ON staff.id = staff_invitation.staff_id \
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND removed_at IS NULL";

/// Whom a link invites, while it opens: not used, not too late, its owner not removed.
pub async fn find_invited(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<StoredStaff>, StoreFault> {
    db::find(source.into(), "finding an invitation", FIND_INVITED, values![token_hash, now]).await
}

const USE_INVITATION: &str =
    "UPDATE staff_invitation SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
const FINISH_ENROLMENT: &str =
    "UPDATE staff SET enrolled_at = $2 WHERE id = $1 AND enrolled_at IS NULL AND removed_at IS NULL";

/// Ends the enrolment: the link is used up and the member may come to the desk. False when the link was used before or
/// is too late, or the member was removed; then nothing changed.
pub async fn finish_enrolment(
    tx: &mut Tx,
    id: StaffId,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    const DOING: &str = "ending an enrolment of staff";
    Ok(db::change_one(tx, DOING, USE_INVITATION, values![token_hash, now]).await?
        && db::change_one(tx, DOING, FINISH_ENROLMENT, values![id, now]).await?)
}

record! {
    /// A passkey of a member of staff, with its owner.
    pub struct StoredStaffPasskey {
        /// Its row.
        pub id: PasskeyId,
        /// Whose it is.
        pub staff_id: StaffId,
        /// By which assertions name it.
        pub credential_id: Vec<u8>,
        /// What assertions are judged by, sealed for the row.
        pub sealed: Vec<u8>,
        /// The model.
        pub aaguid: Uuid,
        /// Where its counter stands.
        pub counter: i64,
        /// When it was enrolled.
        pub created_at: Timestamp,
        /// When it was last used.
        pub last_used_at: Option<Timestamp>,
    }
}

/// A passkey to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewStaffPasskey<'a> {
    /// A fresh id.
    pub id: PasskeyId,
    /// Whose it is.
    pub staff_id: StaffId,
    /// By which assertions name it.
    pub credential_id: &'a [u8],
    /// What assertions are judged by, sealed.
    pub sealed: &'a [u8],
    /// The model.
    pub aaguid: Uuid,
    /// Where its counter stands.
    pub counter: u32,
}

const RECORD_STAFF_PASSKEY: &str = "INSERT INTO staff_passkey (id, staff_id, credential_id, sealed, aaguid, counter, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING";

/// Writes a passkey; false when there is one of this id already, of whomever.
pub async fn record_staff_passkey(
    tx: &mut Tx,
    new: &NewStaffPasskey<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![new.id, new.staff_id, new.credential_id, new.sealed, new.aaguid, new.counter, now];
    db::change_one(tx, "enrolling a passkey of staff", RECORD_STAFF_PASSKEY, values).await
}

const LIST_STAFF_PASSKEYS: &str = "SELECT id, staff_id, credential_id, sealed, aaguid, counter, created_at, \
    last_used_at FROM staff_passkey WHERE staff_id = $1 AND removed_at IS NULL ORDER BY created_at, id LIMIT 10";

/// The passkeys of a member, the first first.
pub async fn list_staff_passkeys(
    source: impl Into<Source<'_>>,
    id: StaffId,
) -> Result<Vec<StoredStaffPasskey>, StoreFault> {
    db::list(source.into(), "listing passkeys of staff", LIST_STAFF_PASSKEYS, values![id]).await
}

const FIND_STAFF_PASSKEY: &str = "SELECT id, staff_id, credential_id, sealed, aaguid, counter, created_at, \
    last_used_at FROM staff_passkey WHERE credential_id = $1 AND removed_at IS NULL";

/// The passkey that an assertion names.
pub async fn find_staff_passkey(
    source: impl Into<Source<'_>>,
    credential_id: &[u8],
) -> Result<Option<StoredStaffPasskey>, StoreFault> {
    db::find(source.into(), "finding a passkey of staff", FIND_STAFF_PASSKEY, values![credential_id]).await
}

const USE_STAFF_PASSKEY: &str = "UPDATE staff_passkey SET counter = $3, last_used_at = $4 \
    WHERE id = $1 AND counter = $2 AND removed_at IS NULL";

/// Moves the counter of a passkey; false when another use was faster, or it was removed.
pub async fn use_staff_passkey(
    tx: &mut Tx,
    id: PasskeyId,
    from: i64,
    to: u32,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "using a passkey of staff", USE_STAFF_PASSKEY, values![id, from, to, now]).await
}

record! {
    /// A stay at the desk, with its owner as they are now.
    pub struct StoredStaffSession {
        /// Its id.
        pub id: StaffSessionId,
        /// Whose it is.
        pub staff_id: StaffId,
        /// Their name.
        pub name: String,
        /// Their role.
        pub role: Role,
        /// The network that it is bound to, as [`doorward_domain::throttle::NetworkKey`] writes it.
        pub network: String,
        /// When it began.
        pub created_at: Timestamp,
        /// The last request noted.
        pub last_seen_at: Timestamp,
    }
}

/// A stay to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewStaffSession<'a> {
    /// A fresh id.
    pub id: StaffSessionId,
    /// Whose it is.
    pub staff_id: StaffId,
    /// Hash of its token.
    pub token_hash: &'a TokenHash,
    /// The network that it is bound to.
    pub network: &'a str,
    /// How the browser names itself.
    pub user_agent: &'a str,
}

const RECORD_STAFF_SESSION: &str = "INSERT INTO staff_session (id, staff_id, token_hash, network, user_agent, \
    created_at, last_seen_at) SELECT $1, id, $3, $4, $5, $6, $6 FROM staff \
    WHERE id = $2 AND enrolled_at IS NOT NULL AND removed_at IS NULL";

/// Begins a stay in the place of the member's earlier ones; false when they are not enrolled, or removed.
pub async fn record_staff_session(
    tx: &mut Tx,
    new: &NewStaffSession<'_>,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    end_staff_sessions(tx, new.staff_id, StaffSessionEnd::Replaced, now).await?;
    let values = values![new.id, new.staff_id, new.token_hash, new.network, new.user_agent, now];
    db::change_one(tx, "beginning a stay at the desk", RECORD_STAFF_SESSION, values).await
}

const FIND_STAFF_SESSION: &str = "SELECT staff_session.id AS id, staff_id, name, role, network, \
    staff_session.created_at AS created_at, last_seen_at FROM staff_session JOIN staff ON staff.id = staff_id \
    WHERE token_hash = $1 AND ended_at IS NULL AND removed_at IS NULL AND enrolled_at IS NOT NULL";

/// The stay with this token that nobody ended, its owner being there and enrolled. Its age is judged by the caller.
pub async fn find_staff_session(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
) -> Result<Option<StoredStaffSession>, StoreFault> {
    db::find(source.into(), "finding a stay at the desk", FIND_STAFF_SESSION, values![token_hash]).await
}

const TOUCH_STAFF_SESSION: &str =
    "UPDATE staff_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL";

/// Notes a request.
pub async fn touch_staff_session(
    tx: &mut Tx,
    id: StaffSessionId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "noting a request at the desk", TOUCH_STAFF_SESSION, values![id, now]).await
}

const END_STAFF_SESSION: &str =
    "UPDATE staff_session SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL";

/// Ends one stay; false when it was ended before.
pub async fn end_staff_session(
    tx: &mut Tx,
    id: StaffSessionId,
    reason: StaffSessionEnd,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "ending a stay at the desk", END_STAFF_SESSION, values![id, now, reason]).await
}

const END_STAFF_SESSIONS: &str =
    "UPDATE staff_session SET ended_at = $2, end_reason = $3 WHERE staff_id = $1 AND ended_at IS NULL";

/// Ends every stay of a member; says how many.
pub async fn end_staff_sessions(
    tx: &mut Tx,
    id: StaffId,
    reason: StaffSessionEnd,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    db::change(tx, "ending stays at the desk", END_STAFF_SESSIONS, values![id, now, reason]).await
}
