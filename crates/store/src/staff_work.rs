//! What staff leave beside accounts: notes, and what waits for a second colleague.

use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::jurisdiction::Row;
use doorward_domain::staff::{About, PairAct, PairRequest, Role};
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A note beside an account.
    pub struct StoredNote {
        /// Its row, which the seal is bound to.
        pub id: Uuid,
        /// Who wrote it.
        pub name: String,
        /// What it says, sealed.
        pub sealed: Vec<u8>,
        /// When.
        pub written_at: Timestamp,
    }
}

const RECORD_NOTE: &str =
    "INSERT INTO staff_note (id, account_id, staff_id, sealed, written_at) VALUES ($1, $2, $3, $4, $5)";

/// Writes a note.
pub async fn record_note(
    tx: &mut Tx,
    id: Uuid,
    account_id: AccountId,
    staff_id: StaffId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values = values![id, account_id, staff_id, sealed, now];
    db::change(tx, "writing a note of staff", RECORD_NOTE, values).await.map(drop)
}

const LIST_NOTES: &str = "SELECT staff_note.id AS id, name, staff_note.sealed AS sealed, written_at FROM staff_note \
    JOIN staff ON staff.id = staff_note.staff_id WHERE account_id = $1 ORDER BY staff_note.id DESC LIMIT 50";

/// The notes beside an account, newest first.
pub async fn list_notes(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Vec<StoredNote>, StoreFault> {
    db::list(source.into(), "listing notes of staff", LIST_NOTES, values![account_id]).await
}

record! {
    /// Something that waits for a second colleague.
    pub struct StoredRequest {
        /// Its row, which the seal is bound to.
        pub id: Uuid,
        /// Which account, where it concerns one.
        pub account_id: Option<AccountId>,
        /// Which row of the policy of countries, where it concerns one.
        pub row_name: Option<String>,
        /// What is to be done.
        pub act: PairAct,
        /// Who asked.
        pub asked_by: StaffId,
        /// Their name.
        pub name: String,
        /// Their role when they asked.
        pub asked_as: Role,
        /// Why, sealed.
        pub sealed: Vec<u8>,
        /// When they asked.
        pub asked_at: Timestamp,
        /// Until when somebody may agree.
        pub expires_at: Timestamp,
    }
}

impl StoredRequest {
    /// What it concerns; None when this version does not know the row.
    pub fn about(&self) -> Option<About> {
        match self.account_id {
            Some(account) => Some(About::Account(account)),
            None => self.row_name.as_deref().and_then(Row::from_name).map(About::Row),
        }
    }

    /// The request as the rules see it; None when this version does not know what it concerns.
    pub fn rules(&self) -> Option<PairRequest> {
        Some(PairRequest {
            act: self.act,
            about: self.about()?,
            asked_by: self.asked_by,
            asked_as: self.asked_as,
            expires_at: self.expires_at,
        })
    }
}

/// A request to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewRequest<'a> {
    /// A fresh id.
    pub id: Uuid,
    /// What the rules know.
    pub rules: &'a PairRequest,
    /// Why, sealed.
    pub sealed: &'a [u8],
}

const DROP_EXPIRED: &str = "UPDATE staff_request SET settled_at = $3 \
    WHERE account_id = $1 AND act = $2 AND settled_at IS NULL AND expires_at <= $3";
const DROP_EXPIRED_OF_ROW: &str = "UPDATE staff_request SET settled_at = $3 \
    WHERE row_name = $1 AND act = $2 AND settled_at IS NULL AND expires_at <= $3";
const DROP_ORPHANED: &str = "UPDATE staff_request SET settled_at = $3 \
    WHERE account_id = $1 AND act = $2 AND settled_at IS NULL AND NOT EXISTS (SELECT 1 FROM staff \
    WHERE staff.id = staff_request.asked_by AND removed_at IS NULL AND enrolled_at IS NOT NULL AND role = asked_as)";
const DROP_ORPHANED_OF_ROW: &str = "UPDATE staff_request SET settled_at = $3 \
    WHERE row_name = $1 AND act = $2 AND settled_at IS NULL AND NOT EXISTS (SELECT 1 FROM staff \
    WHERE staff.id = staff_request.asked_by AND removed_at IS NULL AND enrolled_at IS NOT NULL AND role = asked_as)";
const RECORD_REQUEST: &str = "INSERT INTO staff_request (id, account_id, row_name, act, asked_by, asked_as, sealed, \
    asked_at, expires_at) SELECT $1, $2, $3, $4, id, role, $7, $8, $9 FROM staff \
    WHERE id = $5 AND role = $6 AND removed_at IS NULL AND enrolled_at IS NOT NULL ON CONFLICT DO NOTHING";

/// Writes a request in the place of one that waited too long or whose asker has left or has another role; false when one
/// waits already, or the asker is not there any more in the role they ask in.
pub async fn record_request(tx: &mut Tx, new: &NewRequest<'_>, now: Timestamp) -> Result<bool, StoreFault> {
    const DOING: &str = "asking a second colleague";
    let rules = new.rules;
    let (account, row) = match rules.about {
        About::Account(account) => {
            for drop_old in [DROP_EXPIRED, DROP_ORPHANED] {
                db::change(tx, DOING, drop_old, values![account, rules.act, now]).await?;
            }
            (Some(account), None)
        }
        About::Row(row) => {
            for drop_old in [DROP_EXPIRED_OF_ROW, DROP_ORPHANED_OF_ROW] {
                db::change(tx, DOING, drop_old, values![row.name(), rules.act, now]).await?;
            }
            (None, Some(row.name()))
        }
    };
    let values = values![
        new.id,
        account,
        row,
        rules.act,
        rules.asked_by,
        rules.asked_as,
        new.sealed,
        now,
        rules.expires_at
    ];
    db::change_one(tx, DOING, RECORD_REQUEST, values).await
}

const FIND_REQUEST: &str = "SELECT staff_request.id AS id, account_id, row_name, act, asked_by, name, asked_as, \
    staff_request.sealed AS sealed, asked_at, expires_at FROM staff_request JOIN staff ON staff.id = asked_by \
    WHERE staff_request.id = $1 AND settled_at IS NULL AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL AND role = asked_as";

/// A request that waits, while its asker is there, enrolled, and has the role they asked in.
pub async fn find_request(
    source: impl Into<Source<'_>>,
    id: Uuid,
) -> Result<Option<StoredRequest>, StoreFault> {
    db::find(source.into(), "reading a request of staff", FIND_REQUEST, values![id]).await
}

const LIST_REQUESTS: &str = "SELECT staff_request.id AS id, account_id, row_name, act, asked_by, name, asked_as, \
    staff_request.sealed AS sealed, asked_at, expires_at FROM staff_request JOIN staff ON staff.id = asked_by \
    WHERE settled_at IS NULL AND expires_at > $1 AND removed_at IS NULL AND enrolled_at IS NOT NULL \
    AND role = asked_as ORDER BY asked_at, staff_request.id LIMIT 200";

/// The requests that wait and are not too old, the oldest first.
pub async fn list_requests(
    source: impl Into<Source<'_>>,
    now: Timestamp,
) -> Result<Vec<StoredRequest>, StoreFault> {
    db::list(source.into(), "listing requests of staff", LIST_REQUESTS, values![now]).await
}

const SETTLE_REQUEST: &str = "UPDATE staff_request SET settled_at = $4, settled_by = $2, agreed = $3 \
    WHERE id = $1 AND settled_at IS NULL AND expires_at > $4 AND (asked_by <> $2 OR $3 = 0) \
    AND EXISTS (SELECT 1 FROM staff WHERE staff.id = $2 AND role = $5 AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL)";

/// Agrees to a request, or declines it; false when it was settled before, is too old, its own asker would agree, or
/// whoever settles it is not there any more in the role that was judged.
pub async fn settle_request(
    tx: &mut Tx,
    id: Uuid,
    (by, role): (StaffId, Role),
    agreed: bool,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "settling a request of staff", SETTLE_REQUEST, values![id, by, agreed, now, role])
        .await
}
