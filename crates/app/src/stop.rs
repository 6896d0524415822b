//! Links and codes that stop a case or undo a changed identifier: from every channel, once, by a button, without a sign-in.
//! A mail carries a link; a short message a code to type, since it never carries a link (entry rules, opening lines).

use doorward_domain::id::{AccountId, CaseId, ChangeId};
use doorward_domain::notice::{LinkToken, Stop};
use doorward_domain::stop_code::StopCode;
use doorward_domain::support_case::CaseStep;
use doorward_domain::throttle::RateScope;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::stop_link::{self as store, StopLink};
use doorward_store::{Tx, account as account_store, support_case};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::keys::KeyedHash;
use crate::limits::Limits;
use crate::session_cache::Ended;
use crate::visit::Visit;

const CASE: &str = "case";
const IDENTIFIER: &str = "identifier";

/// What a link or code stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// A lost-factor case.
    Case(CaseId),
    /// A change of identifiers, which is undone; the account is frozen with it.
    IdentifierChange(ChangeId),
}

/// What the page with the button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopView {
    /// A lost-factor case: where it stands, and when the new factor would take effect.
    Case {
        /// Where it stands.
        step: CaseStep,
        /// When it would be executed, once approved.
        effective_at: Option<Timestamp>,
    },
    /// A change of identifiers.
    IdentifierChange,
}

/// Why a link or code stops nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRefused {
    /// Unknown, used or too old, or what it would stop is over. All look the same.
    NotGood,
    /// Too many tries of this network.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
}

impl App {
    /// A link and a code that stop this, written for one message to every channel.
    pub(crate) async fn new_stop(
        &self,
        tx: &mut Tx,
        account: AccountId,
        stops: Stops,
        expires_at: Timestamp,
    ) -> Result<Stop, Fault> {
        let (purpose, subject_id) = match stops {
            Stops::Case(id) => (CASE, id.as_uuid()),
            Stops::IdentifierChange(id) => (IDENTIFIER, id.as_uuid()),
        };
        let row = StopLink { purpose: purpose.to_owned(), subject_id, account_id: account };
        let (link, code) = (self.random.token(), StopCode::from_random(self.random.number()));
        for hash in [*link.hash().as_bytes(), self.stop_code_hash(code)] {
            store::record_stop_link(tx, &hash, &row, expires_at).await?;
        }
        Ok(Stop { link: LinkToken::new(&link), code })
    }

    fn stop_code_hash(&self, code: StopCode) -> [u8; 32] {
        self.keys.hash(KeyedHash::StopCode, &[&code.to_bytes()])
    }

    /// What the button behind a mailed link would stop; `None` when nothing. Changes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn find_stop(&self, link: &Token) -> Result<Option<StopView>, Fault> {
        let found = store::find_stop_link(&self.db, link.hash().as_bytes(), self.now()).await?;
        let Some(found) = found else { return Ok(None) };
        match stops_of(&found)? {
            Stops::IdentifierChange(_) => Ok(Some(StopView::IdentifierChange)),
            Stops::Case(id) => {
                let row = support_case::find_case_by_id(&self.db, id).await?;
                let open = row.filter(|row| row.case.is_open());
                Ok(open
                    .map(|row| StopView::Case { step: row.case.step, effective_at: row.case.effective_at }))
            }
        }
    }

    /// Stops what a mailed link stops, once.
    ///
    /// # Errors
    /// Refused when the link is unknown, used or too old, or there is nothing to stop any more.
    pub async fn stop_by_link(&self, visit: &Visit, link: &Token) -> Result<Stops, Failure<StopRefused>> {
        self.stop(visit, *link.hash().as_bytes()).await
    }

    /// Stops what the code of a short message stops, once. Tries of one network are counted before they are compared.
    ///
    /// # Errors
    /// Refused like [`App::stop_by_link`], and when too many were tried.
    pub async fn stop_by_code(&self, visit: &Visit, typed: &str) -> Result<Stops, Failure<StopRefused>> {
        let (app, now) = (self.clone(), self.now());
        let limits = Limits::new().network(self, visit, RateScope::Reset);
        let throttled = self.db.write("counting a try of a code that stops", move |tx| {
            Box::pin(async move { Ok::<_, Fault>(app.take_limits(tx, &limits, None, now).await?) })
        });
        if let Some(retry_at) = throttled.await? {
            return Err(Failure::Refused(StopRefused::Throttled { retry_at }));
        }
        let code = StopCode::parse(typed).ok_or(Failure::Refused(StopRefused::NotGood))?;
        self.stop(visit, self.stop_code_hash(code)).await
    }

    async fn stop(&self, visit: &Visit, hash: [u8; 32]) -> Result<Stops, Failure<StopRefused>> {
        let (app, visit, now) = (self.clone(), visit.clone(), self.now());
        let stopped = self.db.write("stopping a case or undoing a changed identifier", move |tx| {
            Box::pin(async move {
                // The account's row comes before the link's, as everywhere.
                let Some(found) = store::find_stop_link(&mut *tx, &hash, now).await? else { return Ok(None) };
                let Some(account) = account_store::hold_account(tx, found.account_id).await? else {
                    return Ok(None);
                };
                if !store::spend_stop_link(tx, &hash, now).await? {
                    return Ok(None);
                }
                let stops = stops_of(&found)?;
                let done = match stops {
                    Stops::Case(id) => app.stop_case_in(tx, id, &account, Some(visit.network), now).await?,
                    Stops::IdentifierChange(id) => {
                        app.undo_identifier_change(tx, &visit, id, &account, now).await?
                    }
                };
                Ok::<_, Fault>(done.then_some((stops, account.id)))
            })
        });
        let (stops, account) = stopped.await?.ok_or(Failure::Refused(StopRefused::NotGood))?;
        self.sessions.forget(&[Ended::Account(account)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(stops)
    }
}

fn stops_of(link: &StopLink) -> Result<Stops, Fault> {
    match link.purpose.as_str() {
        CASE => Ok(Stops::Case(CaseId::from_uuid(link.subject_id))),
        IDENTIFIER => Ok(Stops::IdentifierChange(ChangeId::from_uuid(link.subject_id))),
        _ => Err(Fault::internal("reading what a link stops")),
    }
}
