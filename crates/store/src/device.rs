//! Devices: the pair of account and browser. Trust earned on one account counts for no other.

use doorward_domain::id::{AccountId, DeviceId};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

use uuid::Uuid;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// A browser that entered an account.
    pub struct StoredDevice {
        /// Its id.
        pub id: DeviceId,
        /// The one account it counts for.
        pub account_id: AccountId,
        /// Hash of the token it holds since its last entry.
        pub token_hash: TokenHash,
        /// The address of its last entry.
        pub network: String,
        /// How it named itself at its last entry.
        pub user_agent: String,
        /// Its first entry.
        pub created_at: Timestamp,
        /// Its last entry.
        pub last_seen_at: Timestamp,
        /// Until when it counts as known.
        pub trusted_until: Timestamp,
    }
}

/// An entry of a browser, for a new device or a known one.
#[derive(Debug, Clone, Copy)]
pub struct DeviceEntry<'a> {
    /// Hash of the token that the browser gets.
    pub token_hash: &'a TokenHash,
    /// Its address.
    pub network: &'a str,
    /// How it names itself.
    pub user_agent: &'a str,
    /// Until when it counts as known.
    pub trusted_until: Timestamp,
}

const FIND_DEVICE: &str = "SELECT id, account_id, token_hash, network, user_agent, created_at, last_seen_at, \
    trusted_until FROM device WHERE (token_hash = $1 OR (previous_token_hash = $1 AND previous_until > $2)) \
    AND ended_at IS NULL AND trusted_until > $2";

/// The trusted device that holds this token, or held it until its last entry a moment ago (an answer that got lost).
/// The caller compares its account.
pub async fn find_device(
    source: impl Into<Source<'_>>,
    token_hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<StoredDevice>, StoreFault> {
    db::find(source.into(), "finding a device", FIND_DEVICE, values![token_hash, now]).await
}

/// The device of this account among the tokens that a browser shows.
pub async fn find_known_device(
    db: &crate::Db,
    account_id: AccountId,
    token_hashes: &[TokenHash],
    now: Timestamp,
) -> Result<Option<StoredDevice>, StoreFault> {
    for token_hash in token_hashes {
        let found = find_device(db, token_hash, now).await?;
        if let Some(device) = found.filter(|device| device.account_id == account_id) {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

const LIST_DEVICES: &str = "SELECT id, account_id, token_hash, network, user_agent, created_at, last_seen_at, \
    trusted_until FROM device WHERE account_id = $1 AND ended_at IS NULL AND trusted_until > $2 \
    ORDER BY last_seen_at DESC, id DESC LIMIT 200";

/// The trusted devices of an account, the last used first.
pub async fn list_devices(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    now: Timestamp,
) -> Result<Vec<StoredDevice>, StoreFault> {
    db::list(source.into(), "listing devices", LIST_DEVICES, values![account_id, now]).await
}

const RECORD_DEVICE: &str = "INSERT INTO device (id, account_id, token_hash, network, user_agent, created_at, \
    last_seen_at, trusted_until) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";

/// A browser has entered this account for the first time.
pub async fn record_device(
    tx: &mut Tx,
    id: DeviceId,
    account_id: AccountId,
    entry: &DeviceEntry<'_>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let values =
        values![id, account_id, entry.token_hash, entry.network, entry.user_agent, now, entry.trusted_until];
    db::change(tx, "recording a device", RECORD_DEVICE, values).await.map(drop)
}

const ROTATE_DEVICE: &str = "UPDATE device SET previous_token_hash = token_hash, previous_until = $7, \
    token_hash = $3, network = $4, user_agent = $5, last_seen_at = $6, trusted_until = $8 \
    WHERE id = $1 AND account_id = $2 AND ended_at IS NULL AND trusted_until > $6";

/// A known device enters again and gets a new token; the one before stays good until `previous_until`. False when the
/// device has ended or is trusted no longer: it then is a new one.
pub async fn rotate_device(
    tx: &mut Tx,
    id: DeviceId,
    account_id: AccountId,
    entry: &DeviceEntry<'_>,
    previous_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let values = values![
        id,
        account_id,
        entry.token_hash,
        entry.network,
        entry.user_agent,
        now,
        previous_until,
        entry.trusted_until
    ];
    db::change_one(tx, "rotating a device's token", ROTATE_DEVICE, values).await
}

const END_DEVICE: &str = "UPDATE device SET ended_at = $3, end_reason = $4 \
    WHERE id = $1 AND account_id = $2 AND ended_at IS NULL";

/// Forgets one device of an account; false when it is none of its devices.
pub async fn end_device(
    tx: &mut Tx,
    account_id: AccountId,
    id: DeviceId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "forgetting a device", END_DEVICE, values![id, account_id, now, reason]).await
}

const END_DEVICES: &str = "UPDATE device SET ended_at = $3, end_reason = $4 WHERE account_id = $1 \
    AND ended_at IS NULL AND id <> $2";

/// Forgets all devices of an account but `keep`; returns how many.
pub async fn end_devices(
    tx: &mut Tx,
    account_id: AccountId,
    keep: Option<DeviceId>,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreFault> {
    db::change(
        tx,
        "forgetting devices",
        END_DEVICES,
        values![account_id, keep.map_or(Uuid::nil(), DeviceId::as_uuid), now, reason],
    )
    .await
}
