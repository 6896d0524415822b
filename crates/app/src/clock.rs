//! The present, as an argument.

use std::time::Duration;

use doorward_domain::time::Timestamp;

/// Tells the time. The program uses [`SystemClock`]; tests move a clock of their own.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// How far a clock has come that nobody sets and that goes on while the machine sleeps, from any beginning: for what must
    /// not last longer than it may. A clock that a test moves by hand is one already.
    fn steady(&self) -> Duration {
        Duration::from_micros(self.now().as_micros().max(0).cast_unsigned())
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine is asked for the time")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        let since_boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        // Neither part is ever negative.
        Duration::new(
            since_boot.tv_sec.max(0).cast_unsigned(),
            since_boot.tv_nsec.clamp(0, 999_999_999) as u32,
        )
    }
}
