//! The present, as an argument.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use doorward_domain::time::Timestamp;

/// Tells the time. The program uses [`SystemClock`]; tests move a clock of their own.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// A reading for lengths, from some moment on. The machine's never goes back, whoever sets its time.
    fn reading(&self) -> Duration {
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

    #[expect(clippy::disallowed_methods, reason = "the one place where the machine is asked for a length")]
    fn reading(&self) -> Duration {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        BEGUN.get_or_init(Instant::now).elapsed()
    }
}
