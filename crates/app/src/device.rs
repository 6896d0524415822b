//! The devices that an account trusts, as their owner sees them.

use doorward_domain::audit::AuditKind;
use doorward_domain::device::DeviceEndReason;
use doorward_domain::id::DeviceId;
use doorward_domain::time::Timestamp;
use doorward_store::StoreFault;
use doorward_store::device as store;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// One trusted device.
#[derive(Debug, Clone)]
pub struct DeviceLine {
    /// Its id.
    pub id: DeviceId,
    /// Whether it is the one that asks.
    pub is_this_one: bool,
    /// The address of its last entry.
    pub network: String,
    /// How the browser named itself then.
    pub user_agent: String,
    /// Its first entry.
    pub created_at: Timestamp,
    /// Its last entry.
    pub last_entered_at: Timestamp,
    /// Until when it is trusted.
    pub trusted_until: Timestamp,
}

impl App {
    /// The devices that the customer's account trusts, the last used first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_devices(&self, customer: &Customer) -> Result<Vec<DeviceLine>, Fault> {
        let devices = store::list_devices(&self.db, customer.account, self.now()).await?;
        Ok(devices
            .into_iter()
            .map(|device| DeviceLine {
                id: device.id,
                is_this_one: device.id == customer.device,
                network: device.network,
                user_agent: device.user_agent,
                created_at: device.created_at,
                last_entered_at: device.last_seen_at,
                trusted_until: device.trusted_until,
            })
            .collect())
    }

    /// Trusts a device no more; false when it is none of the account's. Its sessions go on until they are ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_device(
        &self,
        visit: &Visit,
        customer: &Customer,
        device: DeviceId,
    ) -> Result<bool, Fault> {
        let (app, account, network, now) = (self.clone(), customer.account, visit.network, self.now());
        self.db
            .write("forgetting a device", move |tx| {
                Box::pin(async move {
                    let reason = DeviceEndReason::Forgotten.name();
                    let forgotten = store::end_device(tx, account, device, reason, now).await?;
                    if forgotten {
                        app.note(tx, Entry::of(AuditKind::DeviceForgotten, account, network), now).await?;
                    }
                    Ok(forgotten)
                })
            })
            .await
            .map_err(|fault: StoreFault| fault.into())
    }
}
