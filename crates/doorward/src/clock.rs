//! The machine's clock: the only place of the program that asks it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the wiring hands to everything else")]
pub(crate) fn wall_clock_micros() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

/// The time as the log writes it: RFC 3339, UTC, microseconds.
pub(crate) fn wall_clock_text() -> String {
    match jiff::Timestamp::from_microsecond(wall_clock_micros()) {
        Ok(now) => format!("{now:.6}"),
        Err(_) => "out of range".to_owned(),
    }
}

/// A point of the clock that never goes back, for measuring lengths.
#[expect(
    clippy::disallowed_methods,
    reason = "lengths of connections and requests are measured by the wiring"
)]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
