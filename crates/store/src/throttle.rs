//! Failures in a row, rates, and networks that try many accounts (entry rules 4). Each counter moves in one statement,
//! so that parallel tries count each, on every node.

use doorward_domain::throttle::Rate;
use doorward_domain::time::Timestamp;

use crate::db::{self, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, values};

record! {
    /// Where a counter stands.
    pub struct FailureCount {
        /// Failures in a row, tries in progress included.
        pub failures: i64,
        /// Until when no try is let in.
        pub locked_until: Option<Timestamp>,
    }
}

/// Whether a try may go on to the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It has its place and counts as failed until it is settled.
    Taken {
        /// Failures in a row, this try included.
        failures: i64,
    },
    /// It is refused before comparison and counts as nothing.
    Locked {
        /// Failures in a row so far.
        failures: i64,
        /// When the next try may come.
        until: Timestamp,
    },
}

const FIND_FAILURES: &str = "SELECT failures, locked_until FROM failure_count \
    WHERE scope = $1 AND key = $2 AND expires_at > $3";

/// A counter, None when nothing failed lately.
pub async fn find_failures(
    source: impl Into<Source<'_>>,
    scope: &str,
    key: &[u8],
    now: Timestamp,
) -> Result<Option<FailureCount>, StoreFault> {
    db::find(source.into(), "reading a failure counter", FIND_FAILURES, values![scope, key, now]).await
}

const TAKE_TRY: &str = "INSERT INTO failure_count (scope, key, failures, expires_at) VALUES ($1, $2, 1, $4) \
    ON CONFLICT (scope, key) DO UPDATE SET \
        failures = CASE WHEN failure_count.expires_at <= $3 THEN 1 ELSE failure_count.failures + 1 END, \
        locked_until = NULL, expires_at = excluded.expires_at \
    WHERE failure_count.locked_until IS NULL OR failure_count.locked_until <= $3 \
    RETURNING failures";

/// Takes a place for one try before the costly comparison: the try counts as failed from now on, so that parallel tries
/// cannot pass a lock together. In the same write the caller locks the counter with [`lock_failures`] when the number
/// asks for it. After the comparison: [`clear_failures`] for a right one, nothing for a wrong one,
/// [`give_back_try`] when nothing was compared.
pub async fn take_try(
    tx: &mut Tx,
    scope: &str,
    key: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Try, StoreFault> {
    const DOING: &str = "taking a place for a try";
    // A lock that ran out between the two statements gives the try a second chance.
    for _ in 0..2 {
        let taken: Option<(i64,)> =
            db::find((&mut *tx).into(), DOING, TAKE_TRY, values![scope, key, now, expires_at]).await?;
        if let Some((failures,)) = taken {
            return Ok(Try::Taken { failures });
        }
        let standing: Option<FailureCount> = db::find(
            (&mut *tx).into(),
            DOING,
            FIND_FAILURES,
            values![scope, key, Timestamp::from_micros(i64::MIN)],
        )
        .await?;
        if let Some(FailureCount { failures, locked_until: Some(until) }) = standing {
            return Ok(Try::Locked { failures, until });
        }
    }
    Err(StoreFault::misuse(DOING, "the counter moved twice"))
}

const LOCK_FAILURES: &str = "UPDATE failure_count SET locked_until = $3, \
    expires_at = CASE WHEN expires_at < $3 THEN $3 ELSE expires_at END WHERE scope = $1 AND key = $2 \
    AND (locked_until IS NULL OR locked_until < $3)";

/// Lets no try in before `until`; a lock is never shortened.
pub async fn lock_failures(
    tx: &mut Tx,
    scope: &str,
    key: &[u8],
    until: Timestamp,
) -> Result<bool, StoreFault> {
    db::change_one(tx, "locking a failure counter", LOCK_FAILURES, values![scope, key, until]).await
}

const CLEAR_FAILURES: &str = "DELETE FROM failure_count WHERE scope = $1 AND key = $2";

/// A right try ends the row of failures and the lock.
pub async fn clear_failures(tx: &mut Tx, scope: &str, key: &[u8]) -> Result<bool, StoreFault> {
    db::change_one(tx, "clearing a failure counter", CLEAR_FAILURES, values![scope, key]).await
}

const GIVE_BACK_TRY: &str = "UPDATE failure_count SET failures = failures - 1, \
    locked_until = CASE WHEN failures = $3 THEN NULL ELSE locked_until END \
    WHERE scope = $1 AND key = $2 AND failures > 0";

/// Gives back the place of a try that was never compared (a full hash queue), `failures` being what [`take_try`]
/// answered; the lock that this very try set goes with it.
pub async fn give_back_try(tx: &mut Tx, scope: &str, key: &[u8], failures: i64) -> Result<bool, StoreFault> {
    db::change_one(tx, "giving back a try", GIVE_BACK_TRY, values![scope, key, failures]).await
}

/// One counter of one thing: a network, an identifier, a known device.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'a> {
    /// What is counted.
    pub scope: &'a str,
    /// Whose it is.
    pub key: &'a [u8],
    /// How many are let through.
    pub rate: Rate,
}

const TAKE_RATE: &str = "INSERT INTO rate (scope, key, tat) VALUES ($1, $2, $3 + $4) \
    ON CONFLICT (scope, key) DO UPDATE SET tat = CASE WHEN rate.tat > $3 THEN rate.tat ELSE $3 END + $4 \
    WHERE rate.tat - $5 <= $3";
const FIND_TAT: &str = "SELECT tat FROM rate WHERE scope = $1 AND key = $2";
const GIVE_BACK_RATE: &str = "UPDATE rate SET tat = tat - $3 WHERE scope = $1 AND key = $2";

/// Takes one event from every bucket or from none. `Some(retry_at)`: refused, and when all of them would let one through.
pub async fn take_rates(
    tx: &mut Tx,
    buckets: &[Bucket<'_>],
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreFault> {
    const DOING: &str = "taking from a rate";
    // One order for everybody, or two requests could each wait for the other's bucket.
    let mut sorted: Vec<&Bucket<'_>> = buckets.iter().collect();
    sorted.sort_by_key(|bucket| (bucket.scope, bucket.key));
    let mut retry_at: Option<Timestamp> = None;
    let mut taken = Vec::with_capacity(sorted.len());
    for bucket in sorted {
        let (interval, tolerance) = (bucket.rate.emission_interval_micros(), bucket.rate.tolerance_micros());
        let values = values![bucket.scope, bucket.key, now, interval, tolerance];
        if db::change_one(tx, DOING, TAKE_RATE, values).await? {
            taken.push(bucket);
            continue;
        }
        let (tat,): (i64,) =
            db::one((&mut *tx).into(), DOING, FIND_TAT, values![bucket.scope, bucket.key]).await?;
        retry_at = retry_at.max(Some(Timestamp::from_micros(tat.saturating_sub(tolerance))));
    }
    if retry_at.is_some() {
        for bucket in taken {
            let values = values![bucket.scope, bucket.key, bucket.rate.emission_interval_micros()];
            db::change(tx, DOING, GIVE_BACK_RATE, values).await?;
        }
    }
    Ok(retry_at)
}

const FIND_RATE: &str = "SELECT tat FROM rate WHERE scope = $1 AND key = $2 AND tat - $4 > $3";

/// When the next event would be let through, None for now; takes nothing.
pub async fn find_rate(
    source: impl Into<Source<'_>>,
    bucket: &Bucket<'_>,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreFault> {
    let tolerance = bucket.rate.tolerance_micros();
    let values = values![bucket.scope, bucket.key, now, tolerance];
    let found: Option<(i64,)> = db::find(source.into(), "reading a rate", FIND_RATE, values).await?;
    Ok(found.map(|(tat,)| Timestamp::from_micros(tat.saturating_sub(tolerance))))
}

const RECORD_WRONG_TRY: &str = "INSERT INTO wrong_try (network, target, at) VALUES ($1, $2, $3) \
    ON CONFLICT (network, target) DO UPDATE SET at = excluded.at WHERE wrong_try.at < excluded.at";

/// A wrong try of a network on one identifier, known or not; `target` is its keyed hash. No success takes it back.
pub async fn record_wrong_try(
    tx: &mut Tx,
    network: &[u8],
    target: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreFault> {
    db::change(tx, "recording a wrong try", RECORD_WRONG_TRY, values![network, target, now]).await.map(drop)
}

const COUNT_WRONG_TARGETS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS targets FROM \
    (SELECT 1 AS one FROM wrong_try WHERE network = $1 AND at > $2 LIMIT $3) AS tried";

/// How many different identifiers this network tried in vain after `since`; stops counting at `limit`.
pub async fn count_wrong_targets(
    source: impl Into<Source<'_>>,
    network: &[u8],
    since: Timestamp,
    limit: i64,
) -> Result<i64, StoreFault> {
    let values = values![network, since, limit];
    db::one::<(i64,)>(source.into(), "counting wrong tries of a network", COUNT_WRONG_TARGETS, values)
        .await
        .map(|(targets,)| targets)
}

const FIND_TROUBLE: &str = "SELECT CAST(COALESCE((SELECT failures FROM failure_count \
    WHERE scope = $1 AND key = $2 AND expires_at > $3), 0) AS BIGINT) AS failures, \
    CAST((SELECT COUNT(*) FROM (SELECT 1 AS one FROM wrong_try WHERE network = $4 AND at > $5 LIMIT $6) AS tried) \
    AS BIGINT) AS targets";

/// In one look: the failures in a row of one counter, and how many different identifiers a network tried in vain after
/// `since`, counted up to `limit`.
pub async fn find_trouble(
    source: impl Into<Source<'_>>,
    scope: &str,
    key: &[u8],
    network: &[u8],
    since: Timestamp,
    limit: i64,
    now: Timestamp,
) -> Result<(i64, i64), StoreFault> {
    let values = values![scope, key, now, network, since, limit];
    db::one(source.into(), "reading failures and wrong tries", FIND_TROUBLE, values).await
}

const ADD_OUTCOMES: &str = "INSERT INTO sign_in_outcome (hour, outcome, times) VALUES ($1, $2, $3) \
    ON CONFLICT (outcome, hour) DO UPDATE SET times = sign_in_outcome.times + excluded.times";

/// Microseconds of the hour that outcomes are counted in.
const HOUR_MICROS: i64 = 3_600_000_000;

/// Adds to the site's counter of one outcome in the hour of `now`. A node adds its own sums every few seconds rather
/// than each event, since all sign-ins share this row.
pub async fn add_outcomes(tx: &mut Tx, outcome: &str, times: i64, now: Timestamp) -> Result<(), StoreFault> {
    let hour = now.as_micros().div_euclid(HOUR_MICROS);
    db::change(tx, "counting outcomes", ADD_OUTCOMES, values![hour, outcome, times]).await.map(drop)
}

const LIST_OUTCOMES: &str = "SELECT hour, times FROM sign_in_outcome \
    WHERE outcome = $1 AND hour >= $2 AND hour <= $3 ORDER BY hour";

/// How often an outcome came in each of the last `hours` hours and in this one, oldest first, quiet hours as 0: one
/// number more than `hours`, the last one for the hour of `now`.
pub async fn list_outcomes(
    source: impl Into<Source<'_>>,
    outcome: &str,
    hours: u16,
    now: Timestamp,
) -> Result<Vec<u64>, StoreFault> {
    let this_hour = now.as_micros().div_euclid(HOUR_MICROS);
    let first = this_hour - i64::from(hours);
    let rows: Vec<(i64, i64)> =
        db::list(source.into(), "reading outcomes", LIST_OUTCOMES, values![outcome, first, this_hour])
            .await?;
    let mut counts = vec![0; usize::from(hours) + 1];
    for (hour, times) in rows {
        if let Some(count) = usize::try_from(hour - first).ok().and_then(|index| counts.get_mut(index)) {
            *count = u64::try_from(times).unwrap_or(0);
        }
    }
    Ok(counts)
}

const TAKE_SMS: &str = "INSERT INTO sms_day (prefix, day, sent, entered) VALUES ($1, $2, 1, 0) \
    ON CONFLICT (prefix, day) DO UPDATE SET sent = sms_day.sent + 1 WHERE sms_day.sent < $3";
const COUNT_SMS_ENTERED: &str = "UPDATE sms_day SET entered = entered + 1 WHERE prefix = $1 AND day = $2";

/// Microseconds of the day that SMS are counted in.
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// Counts one SMS to a prefix today; false and uncounted when `cap` were sent already. `cap` is at least 1.
pub async fn take_sms(tx: &mut Tx, prefix: &str, cap: i64, now: Timestamp) -> Result<bool, StoreFault> {
    let day = now.as_micros().div_euclid(DAY_MICROS);
    db::change_one(tx, "counting an SMS", TAKE_SMS, values![prefix, day, cap]).await
}

/// The code of an SMS to this prefix was typed; `sent_at` tells the day that it counts for.
pub async fn count_sms_entered(tx: &mut Tx, prefix: &str, sent_at: Timestamp) -> Result<bool, StoreFault> {
    let day = sent_at.as_micros().div_euclid(DAY_MICROS);
    db::change_one(tx, "counting an entered SMS code", COUNT_SMS_ENTERED, values![prefix, day]).await
}

record! {
    /// SMS of one day to one prefix.
    pub struct SmsDay {
        /// As the operator lists it.
        pub prefix: String,
        /// Sent.
        pub sent: i64,
        /// Codes typed.
        pub entered: i64,
    }
}

const LIST_SMS_DAY: &str =
    "SELECT prefix, sent, entered FROM sms_day WHERE day = $1 ORDER BY prefix LIMIT 1000";

/// The SMS of the day of `at`, for the alarm when too few are entered.
pub async fn list_sms_day(source: impl Into<Source<'_>>, at: Timestamp) -> Result<Vec<SmsDay>, StoreFault> {
    let day = at.as_micros().div_euclid(DAY_MICROS);
    db::list(source.into(), "reading SMS counters", LIST_SMS_DAY, values![day]).await
}
