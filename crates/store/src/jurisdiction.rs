//! What the policy of jurisdictions leaves behind: blocks until two members of staff lift them, and what accounts were
//! told.

use doorward_domain::country::Country;
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::jurisdiction::{Blocks, Mode, Row};
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

const LIST_BLOCKS: &str = "SELECT name, since FROM blocked_row WHERE lifted_at IS NULL ORDER BY name";

/// The rows that are blocked and not lifted.
pub async fn list_blocks(source: impl Into<Source<'_>>) -> Result<Blocks, StoreFault> {
    let rows: Vec<(String, Timestamp)> =
        db::list(source.into(), "listing blocked rows", LIST_BLOCKS, values![]).await?;
    Ok(rows.into_iter().filter_map(|(name, since)| Some((Row::from_name(&name)?, since))).collect())
}

record! {
    /// A block and who has approved to lift it so far.
    pub struct StoredBlock {
        /// The row's name: a country's code, or a word.
        pub name: String,
        /// Since when it is blocked.
        pub since: Timestamp,
        /// Whether it is blocked only because the policy's default was.
        pub by_default: bool,
        /// Who has approved first.
        pub first_by: Option<StaffId>,
        /// When.
        pub first_at: Option<Timestamp>,
    }
}

const LIST_APPROVALS: &str = "SELECT name, since, by_default, first_by, first_at FROM blocked_row \
    WHERE lifted_at IS NULL ORDER BY by_default, name";

/// The blocks that stand, with the approval that they may have; those by the default come last.
pub async fn list_blocks_with_approvals(
    source: impl Into<Source<'_>>,
) -> Result<Vec<StoredBlock>, StoreFault> {
    db::list(source.into(), "listing blocked rows", LIST_APPROVALS, values![]).await
}

const RECORD_BLOCK: &str = "INSERT INTO blocked_row (name, since, by_default) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET since = excluded.since, by_default = excluded.by_default, first_by = NULL, \
    first_at = NULL, second_by = NULL, lifted_at = NULL \
    WHERE blocked_row.lifted_at IS NOT NULL OR blocked_row.by_default > excluded.by_default";

/// The policy blocks a row, by itself or because it blocks the default; false when it is blocked already. A block that
/// was lifted begins anew, and one of the row's own takes the place of one by the default.
pub async fn record_block(
    tx: &mut Tx,
    row: Row,
    since: Timestamp,
    by_default: bool,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "recording a block", RECORD_BLOCK, values![row.name(), since, by_default]).await
}

/// What an approval did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lift {
    /// It is the first one; another person must approve as well.
    First,
    /// It was the second one: the block is lifted.
    Lifted,
    /// The same person has approved already.
    SamePerson,
    /// There is nothing to lift.
    NotBlocked,
}

// A first approval counts while whoever gave it is enrolled and has a role that may give it. The roles are those of
// `domain::staff::may` for deciding about blocks; a test holds them together.
const LIFT_ROW: &str = "UPDATE blocked_row SET second_by = $2, lifted_at = $3 \
    WHERE name = $1 AND lifted_at IS NULL AND first_by IS NOT NULL AND first_by <> $2 \
    AND EXISTS (SELECT 1 FROM staff WHERE staff.id = blocked_row.first_by AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL AND role IN ('approver', 'compliance'))";
const APPROVE_ROW: &str = "UPDATE blocked_row SET first_by = $2, first_at = $3 \
    WHERE name = $1 AND lifted_at IS NULL AND (first_by IS NULL OR (first_by <> $2 \
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.id = blocked_row.first_by AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL AND role IN ('approver', 'compliance'))))";
const IS_BLOCKED: &str = "SELECT since FROM blocked_row WHERE name = $1 AND lifted_at IS NULL";
const LIFT_COVERED: &str =
    "UPDATE blocked_row SET second_by = $1, lifted_at = $2 WHERE lifted_at IS NULL AND by_default = 1";

/// One member of staff approves that a row's block is lifted. Two different ones lift it; with the default go the rows
/// that were blocked by it alone. A first approval of somebody who has left or has another role counts no more. That the
/// one who approves now is there and may is for the caller, who holds their row.
pub async fn approve_row_lift(
    tx: &mut Tx,
    row: Row,
    staff: StaffId,
    now: Timestamp,
) -> Result<Lift, StoreFault> {
    const DOING: &str = "lifting a block";
    let values = values![row.name(), staff, now];
    if db::change_one(tx, DOING, LIFT_ROW, values).await? {
        if row == Row::Default {
            db::change(tx, DOING, LIFT_COVERED, values![staff, now]).await?;
        }
        return Ok(Lift::Lifted);
    }
    if db::change_one(tx, DOING, APPROVE_ROW, values).await? {
        return Ok(Lift::First);
    }
    let standing: Option<(Timestamp,)> = db::find(tx.into(), DOING, IS_BLOCKED, values![row.name()]).await?;
    Ok(if standing.is_some() { Lift::SamePerson } else { Lift::NotBlocked })
}

const HOLD_BLOCK: &str =
    "UPDATE blocked_row SET since = since WHERE name = $1 AND lifted_at IS NULL RETURNING since";

/// Locks the block of a row until the write ends; false when none stands.
pub async fn hold_block(tx: &mut Tx, row: Row) -> Result<bool, StoreFault> {
    let standing: Option<(Timestamp,)> =
        db::find(tx.into(), "locking a block", HOLD_BLOCK, values![row.name()]).await?;
    Ok(standing.is_some())
}

const LIFT_ACCOUNT: &str = "UPDATE lifted_account SET second_by = $2, lifted_at = $3 \
    WHERE account_id = $1 AND lifted_at IS NULL AND first_by <> $2 \
    AND EXISTS (SELECT 1 FROM staff WHERE staff.id = lifted_account.first_by AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL AND role IN ('approver', 'compliance'))";
const APPROVE_ACCOUNT: &str = "INSERT INTO lifted_account (account_id, first_by, first_at) VALUES ($1, $2, $3) \
    ON CONFLICT (account_id) DO UPDATE SET first_by = excluded.first_by, first_at = excluded.first_at \
    WHERE lifted_account.lifted_at IS NULL AND lifted_account.first_by <> excluded.first_by \
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.id = lifted_account.first_by AND removed_at IS NULL \
    AND enrolled_at IS NOT NULL AND role IN ('approver', 'compliance'))";
const IS_WAITING: &str = "SELECT first_at FROM lifted_account WHERE account_id = $1 AND lifted_at IS NULL";

/// One member of staff approves that an account may leave although its rules are *blocked*. Two different ones make it
/// so, under the conditions of [`approve_row_lift`].
pub async fn approve_account_lift(
    tx: &mut Tx,
    account_id: AccountId,
    staff: StaffId,
    now: Timestamp,
) -> Result<Lift, StoreFault> {
    const DOING: &str = "lifting the block of an account";
    let values = values![account_id, staff, now];
    if db::change_one(tx, DOING, LIFT_ACCOUNT, values).await? {
        return Ok(Lift::Lifted);
    }
    if db::change_one(tx, DOING, APPROVE_ACCOUNT, values).await? {
        return Ok(Lift::First);
    }
    let waiting: Option<(Timestamp,)> = db::find(tx.into(), DOING, IS_WAITING, values![account_id]).await?;
    Ok(if waiting.is_some() { Lift::SamePerson } else { Lift::NotBlocked })
}

const FORGET_LIFT: &str = "DELETE FROM lifted_account WHERE account_id = $1";

/// Forgets who let an account out of a block, and who agreed to it so far: it resides elsewhere now.
pub async fn forget_account_lift(tx: &mut Tx, account_id: AccountId) -> Result<(), StoreFault> {
    db::change(tx, "forgetting the lift of an account", FORGET_LIFT, values![account_id]).await.map(drop)
}

const CALL_BACK: &str = "DELETE FROM lifted_account WHERE account_id = $1 AND lifted_at IS NOT NULL";

/// Calls an account back into the block that two members of staff had lifted for it; false when it was not let out. To
/// let it out again takes two new approvals.
pub async fn call_account_back(tx: &mut Tx, account_id: AccountId) -> Result<bool, StoreFault> {
    db::change_one(tx, "calling an account back into a block", CALL_BACK, values![account_id]).await
}

const IS_LIFTED: &str =
    "SELECT lifted_at FROM lifted_account WHERE account_id = $1 AND lifted_at IS NOT NULL";

/// Since when two members of staff have let an account out of its block; None when they have not.
pub async fn find_account_lift(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<Timestamp>, StoreFault> {
    let found: Option<(Timestamp,)> =
        db::find(source.into(), "reading the lift of an account", IS_LIFTED, values![account_id]).await?;
    Ok(found.map(|(at,)| at))
}

const LIST_LIFTED: &str =
    "SELECT account_id, lifted_at FROM lifted_account WHERE lifted_at IS NOT NULL ORDER BY account_id";

/// The accounts whose block two members of staff have lifted, and when. They are few.
pub async fn list_lifted_accounts(
    source: impl Into<Source<'_>>,
) -> Result<Vec<(AccountId, Timestamp)>, StoreFault> {
    db::list(source.into(), "listing lifted accounts", LIST_LIFTED, values![]).await
}

const LIST_UNTOLD: &str = "SELECT identity.account_id AS account_id FROM identity \
    LEFT JOIN told_mode ON told_mode.account_id = identity.account_id \
    WHERE identity.residence = $1 AND COALESCE(told_mode.mode, 'open') <> $2 \
    ORDER BY identity.account_id LIMIT $3";

/// Accounts with a verified residence in this country that were last told of another mode than this.
pub async fn list_untold(
    source: impl Into<Source<'_>>,
    residence: Country,
    mode: Mode,
    limit: i64,
) -> Result<Vec<AccountId>, StoreFault> {
    let values = values![residence.code(), mode.name(), limit];
    let rows: Vec<(AccountId,)> =
        db::list(source.into(), "listing accounts to be told of a mode", LIST_UNTOLD, values).await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

const FIND_TOLD: &str = "SELECT mode FROM told_mode WHERE account_id = $1";

/// Which mode of its residence an account was last told of; None: of none, so open.
pub async fn find_told_mode(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<Mode>, StoreFault> {
    let found: Option<(String,)> =
        db::find(source.into(), "finding what an account was told", FIND_TOLD, values![account_id]).await?;
    Ok(found.and_then(|(name,)| Mode::from_name(&name)))
}

const RECORD_TOLD: &str = "INSERT INTO told_mode (account_id, mode, told_at) VALUES ($1, $2, $3) \
    ON CONFLICT (account_id) DO UPDATE SET mode = excluded.mode, told_at = excluded.told_at \
    WHERE told_mode.mode <> excluded.mode";

/// Notes that an account is told of this mode now; false when it was told before, by another node perhaps.
pub async fn record_told_mode(
    tx: &mut Tx,
    account_id: AccountId,
    mode: Mode,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![account_id, mode.name(), now];
    db::change_one(tx, "noting what an account is told", RECORD_TOLD, values).await
}

const LIST_UNTOLD_AHEAD: &str = "SELECT identity.account_id AS account_id FROM identity \
    LEFT JOIN told_ahead ON told_ahead.account_id = identity.account_id AND told_ahead.mode = $2 \
    AND told_ahead.from_at = $3 \
    WHERE identity.residence = $1 AND told_ahead.account_id IS NULL ORDER BY identity.account_id LIMIT $4";

/// Accounts with a verified residence in this country that were not told yet of this announced change of its rules.
pub async fn list_untold_ahead(
    source: impl Into<Source<'_>>,
    residence: Country,
    mode: Mode,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<AccountId>, StoreFault> {
    const DOING: &str = "listing accounts to be told of an announced mode";
    let values = values![residence.code(), mode.name(), from, limit];
    let rows: Vec<(AccountId,)> = db::list(source.into(), DOING, LIST_UNTOLD_AHEAD, values).await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

const RECORD_TOLD_AHEAD: &str = "INSERT INTO told_ahead (account_id, mode, from_at, told_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (account_id) DO UPDATE SET mode = excluded.mode, from_at = excluded.from_at, \
    told_at = excluded.told_at WHERE told_ahead.mode <> excluded.mode OR told_ahead.from_at <> excluded.from_at";

/// Notes that an account is told now of an announced change; false when it was told before, by another node perhaps.
pub async fn record_told_ahead(
    tx: &mut Tx,
    account_id: AccountId,
    mode: Mode,
    from: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![account_id, mode.name(), from, now];
    db::change_one(tx, "noting what an account is told ahead", RECORD_TOLD_AHEAD, values).await
}
