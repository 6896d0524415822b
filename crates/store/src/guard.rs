//! What the guard needs to know of an account, in one statement.

use doorward_domain::account::AccountStatus;
use doorward_domain::id::AccountId;
use doorward_domain::time::Timestamp;
use uuid::Uuid;

use crate::db::{self, Source};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// Freeze, holds, settings lock and trading password of an account at one moment.
    pub struct StoredStanding {
        /// Whether it may be entered.
        pub status: AccountStatus,
        /// The latest end of the holds on the account, None when all have passed.
        pub hold_until: Option<Timestamp>,
        /// The latest end of the holds on the subject that was asked about, None when all have passed.
        pub subject_hold_until: Option<Timestamp>,
        /// The delay of the settings lock in days, None while it is off.
        pub settings_lock_days: Option<u32>,
        /// When the lock opens, once its owner asked for that.
        pub lock_opens_at: Option<Timestamp>,
        /// When the trading password was set, None without one.
        pub trading_changed_at: Option<Timestamp>,
        /// Until when no trading password is compared.
        pub trading_locked_until: Option<Timestamp>,
        /// When wrong ones disabled it.
        pub trading_disabled_at: Option<Timestamp>,
        /// Whether a phone number is its only identifier, and no passkey opens it.
        pub phone_only: bool,
        /// The verified country of residence, two letters.
        pub residence: Option<String>,
    }
}

const FIND_STANDING: &str = "SELECT account.status AS status, \
    (SELECT MAX(hold_until) FROM security_event WHERE account_id = $1 AND hold_until > $2 AND subject IS NULL) \
        AS hold_until, \
    (SELECT MAX(hold_until) FROM security_event WHERE account_id = $1 AND hold_until > $2 AND subject = $3) \
        AS subject_hold_until, \
    account.settings_lock_days AS settings_lock_days, \
    (SELECT takes_effect_at FROM delayed_change WHERE account_id = $1 AND kind = 'settings-lock-off' \
        AND ended_at IS NULL) AS lock_opens_at, \
    trading_password.changed_at AS trading_changed_at, trading_password.locked_until AS trading_locked_until, \
    trading_password.disabled_at AS trading_disabled_at, \
    CAST(CASE WHEN EXISTS (SELECT 1 FROM identifier WHERE account_id = $1 AND kind = 'phone' \
            AND verified_at IS NOT NULL AND retired_at IS NULL) \
        AND NOT EXISTS (SELECT 1 FROM identifier WHERE account_id = $1 AND kind = 'email' \
            AND verified_at IS NOT NULL AND retired_at IS NULL) \
        AND NOT EXISTS (SELECT 1 FROM passkey WHERE account_id = $1 AND removed_at IS NULL) \
        THEN 1 ELSE 0 END AS BIGINT) AS phone_only, \
    (SELECT identity.residence FROM identity WHERE identity.account_id = $1) AS residence \
    FROM account LEFT JOIN trading_password ON trading_password.account_id = account.id WHERE account.id = $1";

/// Everything that decides about an action of this account, and about one address or key of it; None without one.
pub async fn find_standing(
    source: impl Into<Source<'_>>,
    account_id: AccountId,
    subject: Option<Uuid>,
    now: Timestamp,
) -> Result<Option<StoredStanding>, StoreFault> {
    db::find(source.into(), "reading an account's standing", FIND_STANDING, values![account_id, now, subject])
        .await
}
