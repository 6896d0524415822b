//! Human checks: a challenge is good once, on whichever node it is answered.

use doorward_domain::time::Timestamp;

use crate::db::{self, Tx};
use crate::fault::StoreFault;
use crate::row::values;

const SPEND_NONCE: &str =
    "INSERT INTO human_check_nonce (nonce, expires_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING";

/// Spends a challenge; false when it was spent before. Kept until `expires_at`, from when on the challenge is too old.
pub async fn spend_nonce(tx: &mut Tx, nonce: &[u8; 16], expires_at: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "spending a human check", SPEND_NONCE, values![nonce, expires_at]).await
}
