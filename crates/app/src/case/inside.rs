//! A running case as somebody sees it who is inside the account, and stops it there by one button: whoever entered has
//! a factor, so that none is lost to them. No further proof is asked, since a stopped case leaves everything as it was.

use std::net::IpAddr;
use std::time::Duration;

use doorward_domain::country::Place;
use doorward_domain::support_case::{CaseOpenedBy, CaseStep};
use doorward_domain::time::Timestamp;
use doorward_store::account as account_store;
use doorward_store::support_case as store;

use super::CaseState;
use crate::app::App;
use crate::failure::Fault;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// A case of the customer's account that has proved its channel and may still come to something.
#[derive(Debug, Clone)]
pub struct RunningCase {
    /// What is next.
    pub step: CaseStep,
    /// What its opener had proved before.
    pub opened_by: CaseOpenedBy,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// From which address.
    pub network: IpAddr,
    /// Where that address stands.
    pub place: Place,
    /// With which browser, as it names itself.
    pub device: String,
    /// Until when it is to be sent or decided.
    pub expires_at: Timestamp,
    /// When it takes effect, once approved.
    pub effective_at: Option<Timestamp>,
    /// How long nothing leaves the account afterwards.
    pub hold: Duration,
}

impl App {
    /// The case that runs for the customer's account, if there is one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn running_case(&self, customer: &Customer) -> Result<Option<RunningCase>, Fault> {
        let Some(row) = store::find_open_case(&self.db, customer.account).await? else { return Ok(None) };
        if row.case.is_expired(self.now()) {
            return Ok(None);
        }
        let state: CaseState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        Ok(Some(RunningCase {
            step: row.case.step,
            opened_by: row.case.opened_by,
            opened_at: row.created_at,
            network: state.network,
            place: self.place_of(state.network),
            device: state.device,
            expires_at: row.case.expires_at,
            effective_at: row.case.effective_at,
            hold: self.hold_after(&row.case),
        }))
    }

    /// Stops the case that runs for the customer's account, and tells every channel. False when none runs any more.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stop_case_inside(&self, visit: &Visit, customer: &Customer) -> Result<bool, Fault> {
        let (app, network, id, now) = (self.clone(), visit.network, customer.account, self.now());
        let stopped = self.db.write("stopping a case from inside", move |tx| {
            Box::pin(async move {
                let Some(account) = account_store::hold_account(tx, id).await? else { return Ok(false) };
                match store::find_open_case(&mut *tx, id).await? {
                    Some(row) => app.stop_case_in(tx, row.id, &account, Some(network), now).await,
                    None => Ok::<_, Fault>(false),
                }
            })
        });
        let stopped = stopped.await?;
        self.outbox.wake();
        Ok(stopped)
    }
}
