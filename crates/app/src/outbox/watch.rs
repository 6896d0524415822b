//! What the operator watches of the outbox: how much waits, what is dead, and SMS that nobody enters.

use doorward_store::maintenance::count_messages;
use doorward_store::throttle::list_sms_day;

use crate::app::App;
use crate::failure::Fault;

/// Below this many SMS to a prefix in a day, the share of entered codes says nothing.
const SMS_FEW: i64 = 20;

impl App {
    /// Counts messages by state, and raises the alarm when too few codes sent by SMS are entered (entry rules 4).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn watch_messages(&self) -> Result<(), Fault> {
        let counts = count_messages(&self.db).await?;
        for state in ["waiting", "sending", "dead"] {
            let count = counts.iter().find(|count| count.state == state).map_or(0, |count| count.messages);
            metrics::gauge!("doorward_outbox_messages", "state" => state)
                .set(u32::try_from(count).unwrap_or(u32::MAX));
        }
        let percent = i64::from(self.policy.sms.alarm_under_entered_percent);
        for day in list_sms_day(&self.db, self.now()).await? {
            if day.sent >= SMS_FEW && day.entered * 100 < day.sent * percent {
                metrics::counter!("doorward_sms_alarms").increment(1);
                let (prefix, sent, entered) = (day.prefix, day.sent, day.entered);
                tracing::error!(
                    prefix,
                    sent,
                    entered,
                    "few codes sent by SMS are entered: somebody may be paid for them"
                );
            }
        }
        Ok(())
    }
}
