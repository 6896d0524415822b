//! What stays after an account is given up.

use std::time::Duration;

use super::DAY;

/// What stays of an account that is given up, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// From the wish to be erased to the deed.
    pub erasure_wait: Duration,
    /// How long the record of a customer is kept where the law asks for it.
    pub customer_record: Duration,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        // Five years is what the laws against money laundering of most countries ask for.
        Self { erasure_wait: 7 * DAY, customer_record: 5 * 365 * DAY }
    }
}
