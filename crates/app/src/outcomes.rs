//! What comes of sign-ins, counted in memory and added up in the database: for metrics and for the site's alarm
//! (entry rules 4).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use doorward_domain::sign_in::SignInRefused;
use doorward_domain::throttle::site_alarm;
use doorward_store::StoreFault;
use doorward_store::throttle::{add_outcomes, list_outcomes};

use crate::app::App;
use crate::failure::Fault;

/// Hours that the median of the site's alarm is taken over: a week.
const ALARM_HOURS: u16 = 7 * 24;
const WRONG_PASSWORD: &str = "wrong-password";

/// What came of a step of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInOutcome {
    /// A session began.
    Entered,
    /// A password was compared and wrong.
    WrongPassword,
    /// A second factor was compared and wrong.
    WrongFactor,
    /// The human check did not open.
    HumanCheckRefused,
    /// A rate or a lock refused it.
    Throttled,
    /// Something else refused it.
    Refused,
}

impl SignInOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::WrongPassword => WRONG_PASSWORD,
            Self::WrongFactor => "wrong-factor",
            Self::HumanCheckRefused => "human-check",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a refusal before anything was compared.
    pub const fn of_refused(refused: &SignInRefused) -> Self {
        match refused {
            SignInRefused::HumanCheck(_) => Self::HumanCheckRefused,
            SignInRefused::Throttled { .. } => Self::Throttled,
            _ => Self::Refused,
        }
    }
}

/// The counts of this node, and whether the site is alarmed.
#[derive(Debug, Default)]
pub struct Outcomes {
    wrong_passwords: AtomicU64,
    alarmed: AtomicBool,
}

impl Outcomes {
    /// Counts one.
    pub fn count(&self, outcome: SignInOutcome) {
        metrics::counter!("doorward_sign_in_total", "outcome" => outcome.name()).increment(1);
        if outcome == SignInOutcome::WrongPassword {
            self.wrong_passwords.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether wrong passwords all over the site are far above what is usual.
    pub fn is_alarmed(&self) -> bool {
        self.alarmed.load(Ordering::Relaxed)
    }
}

impl App {
    /// Adds this node's counts to the site's and looks at the alarm; every few seconds.
    ///
    /// # Errors
    /// The database does not answer; the counts stay with this node until it does.
    pub async fn add_up_outcomes(&self) -> Result<(), Fault> {
        let now = self.now();
        let counted = self.outcomes.wrong_passwords.swap(0, Ordering::Relaxed);
        if counted > 0 {
            let times = i64::try_from(counted).unwrap_or(i64::MAX);
            let added = self
                .db
                .write("counting outcomes", move |tx| {
                    Box::pin(async move { add_outcomes(tx, WRONG_PASSWORD, times, now).await })
                })
                .await;
            if let Err(fault) = added {
                self.outcomes.wrong_passwords.fetch_add(counted, Ordering::Relaxed);
                return Err(Fault::from(fault as StoreFault));
            }
        }
        let mut hours = list_outcomes(&self.db, WRONG_PASSWORD, ALARM_HOURS, now).await?;
        let this_hour = hours.pop().unwrap_or(0);
        let alarmed = site_alarm(&self.policy.throttle, this_hour, &hours);
        if alarmed != self.outcomes.alarmed.swap(alarmed, Ordering::Relaxed) {
            if alarmed {
                tracing::error!(this_hour, "wrong passwords all over the site are far above their median");
            } else {
                tracing::info!(this_hour, "wrong passwords are back at their usual number");
            }
        }
        metrics::gauge!("doorward_site_alarm").set(u8::from(alarmed));
        Ok(())
    }
}
