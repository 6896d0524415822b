//! What a customer has chosen beside the factors: phrases, notices, network binding, address book, settings lock.

use doorward_domain::id::{AccountId, ChangeId};
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// The choices of one account.
    pub struct StoredProtection {
        /// The delay of the settings lock in days, None while it is off.
        pub settings_lock_days: Option<u32>,
        /// Whether each entry is told, not only those of new devices.
        pub tells_every_entry: bool,
        /// Whether a session ends when a request comes from another network.
        pub binds_network: bool,
        /// Whether the address book is switched off.
        pub address_book_off: bool,
        /// The three phrases, sealed for the account.
        pub phrases: Option<Vec<u8>>,
    }
}

const FIND_PROTECTION: &str = "SELECT settings_lock_days, tells_every_entry, binds_network, address_book_off, phrases \
    FROM account WHERE id = $1";

/// The choices of an account.
pub async fn find_protection(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
) -> Result<Option<StoredProtection>, StoreFault> {
    db::find(source.into(), "reading an account's protection", FIND_PROTECTION, values![account_id]).await
}

const SET_PHRASES: &str = "UPDATE account SET phrases = $2 WHERE id = $1";

/// Other phrases; None for no phrase at all.
pub async fn set_phrases(
    tx: &mut Tx,
    account_id: AccountId,
    sealed: Option<&[u8]>,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "setting safety phrases", SET_PHRASES, values![account_id, sealed]).await
}

const SET_TELLS_EVERY_ENTRY: &str =
    "UPDATE account SET tells_every_entry = $2 WHERE id = $1 AND tells_every_entry <> $2";

/// Whether each entry is told; false when it was so before.
pub async fn set_tells_every_entry(tx: &mut Tx, account_id: AccountId, on: bool) -> Result<bool, StoreFault> {
    db::change_one(tx, "choosing notices of entries", SET_TELLS_EVERY_ENTRY, values![account_id, on]).await
}

const SET_BINDS_NETWORK: &str = "UPDATE account SET binds_network = $2 WHERE id = $1 AND binds_network <> $2";

/// Whether sessions are bound to their network; false when it was so before.
pub async fn set_binds_network(tx: &mut Tx, account_id: AccountId, on: bool) -> Result<bool, StoreFault> {
    db::change_one(tx, "binding sessions to a network", SET_BINDS_NETWORK, values![account_id, on]).await
}

const SET_ADDRESS_BOOK_OFF: &str =
    "UPDATE account SET address_book_off = $2 WHERE id = $1 AND address_book_off <> $2";

/// Whether the address book is off; false when it was so before.
pub async fn set_address_book_off(tx: &mut Tx, account_id: AccountId, off: bool) -> Result<bool, StoreFault> {
    db::change_one(tx, "switching an address book", SET_ADDRESS_BOOK_OFF, values![account_id, off]).await
}

const LOCK_SETTINGS: &str =
    "UPDATE account SET settings_lock_days = $2 WHERE id = $1 AND COALESCE(settings_lock_days, 0) < $2";

/// Switches the settings lock on, or makes its delay longer; false, and unchanged, when it has that delay or a longer
/// one: a delay can only grow while the lock is on.
pub async fn lock_settings(tx: &mut Tx, account_id: AccountId, days: u32) -> Result<bool, StoreFault> {
    db::change_one(tx, "locking an account's settings", LOCK_SETTINGS, values![account_id, days]).await
}

const UNLOCK_SETTINGS: &str = "UPDATE account SET settings_lock_days = NULL WHERE id = $1 \
    AND settings_lock_days IS NOT NULL AND EXISTS (SELECT 1 FROM delayed_change WHERE delayed_change.id = $2 \
    AND account_id = $1 AND kind = 'settings-lock-off' AND end_reason = 'done' AND ended_at = $3)";

/// Opens the settings lock; false unless this very wish for it has waited out its delay and is taken in this write.
pub async fn unlock_settings(
    tx: &mut Tx,
    account_id: AccountId,
    wish: ChangeId,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "unlocking an account's settings", UNLOCK_SETTINGS, values![account_id, wish, now])
        .await
}
