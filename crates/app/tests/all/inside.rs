//! What tests behind the door share.

use doorward_app::Customer as Inside;
use doorward_app::Visit;
use doorward_app::hash_pool::Lane;
use doorward_app::passwords::{Comparison, StoredPassword};
use doorward_domain::id::{DeviceId, SessionId};
use doorward_domain::password::normalize;
use doorward_domain::step_up::Factor;
use doorward_domain::token::Token;
use doorward_store::device::{DeviceEntry, record_device};
use doorward_store::session::{NewSession, record_session};
use doorward_store::{StoreFault, password};

use crate::house::{Customer, House};

/// A session as an entry leaves it.
pub(crate) async fn enter(house: &House, customer: &Customer, visit: &Visit, by: Factor) -> (Token, Inside) {
    let (app, now, account) = (&house.app, house.app.now(), customer.account);
    let (session, device) = (app.random.token(), app.random.token());
    let device_id = DeviceId::from_parts(now, app.random.bytes());
    let session_id = SessionId::from_parts(now, app.random.bytes());
    let (session_hash, device_hash) = (session.hash(), device.hash());
    let (network, user_agent) = (visit.network.to_string(), visit.user_agent.clone());
    let trusted_until = now.plus(app.policy.device.trusted_for);
    app.db
        .write("entering for a test", move |tx| {
            Box::pin(async move {
                let entry = DeviceEntry {
                    token_hash: &device_hash,
                    network: &network,
                    user_agent: &user_agent,
                    trusted_until,
                };
                record_device(tx, device_id, account, &entry, now).await?;
                let new = NewSession {
                    id: session_id,
                    account_id: account,
                    token_hash: &session_hash,
                    device_id: Some(device_id),
                    second_factor: by.name(),
                    network: &network,
                    user_agent: &user_agent,
                };
                record_session(tx, &new, 20, now).await.map(drop)
            })
        })
        .await
        .map_err(|fault: StoreFault| fault)
        .expect("a session");
    let inside = app.authenticate(&session).await.expect("it opens");
    (session, inside)
}

/// Whether this is the customer's password now.
pub(crate) async fn password_is(house: &House, customer: &Customer, typed: &str) -> bool {
    let app = &house.app;
    let stored = password::find_password(&app.db, customer.account).await.expect("read").expect("a password");
    let stored = StoredPassword { sealed: stored.sealed, cost: stored.params.parse().expect("a cost") };
    let typed = normalize(&app.policy.password, typed).expect("a password");
    let of_account = Some((customer.account, &stored));
    let compared = app
        .compare_password(
            app.hash_pool.reserve(Lane::Unknown).expect("room"),
            &[0; 32],
            of_account,
            Some(&typed),
        )
        .await;
    matches!(compared, Ok(Comparison::Right { .. }))
}
