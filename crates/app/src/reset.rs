//! The forgotten password: the same page for everyone, a link or a code, the second factor, a new password; no session
//! (entry rules 5).
//!
//! An identifier that nobody has goes the same way to the same page with the same statements; what would be sent to it
//! is written as a decoy. Any number of resets may be in progress: none voids another before one of them succeeds.

mod ask;
mod channel;
mod lost_factor;
mod password;
mod second_factor;

use serde::{Deserialize, Serialize};

use doorward_domain::id::AccountId;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::Channel;
use doorward_domain::reset::{Reset, ResetRefused, ResetStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::StoreFault;
use doorward_store::account::find_account;
use doorward_store::reset::{self as store, StoredReset};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::flow::{FlowCookie, Moved};
use crate::human_check::Gate;
use crate::outbox::channel_of;
use crate::visit::Visit;

pub use password::PasswordReplaced;

/// What a page of the reset may show: the same for everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetView {
    /// The step that is open.
    pub step: ResetStep,
    /// Where link and code went, masked.
    pub identifier_masked: String,
    /// How they went.
    pub channel: Channel,
    /// When the whole reset ends.
    pub expires_at: Timestamp,
    /// When another code may be sent; `None` when no further one is.
    pub resend_at: Option<Timestamp>,
    /// Whether the account is entered by passkeys only, so that a case is all that the proved channel opens. False before
    /// the channel is proved.
    pub passkeys_only: bool,
}

/// What the row of a reset holds, sealed.
#[derive(Serialize, Deserialize)]
struct ResetState {
    identifier_kind: String,
    identifier: String,
    /// What stood before the first code: further ones take from the same budgets.
    #[serde(default)]
    gate: Gate,
}

impl ResetState {
    fn new(identifier: &Identifier, gate: Gate) -> Self {
        Self {
            identifier_kind: identifier.kind().name().to_owned(),
            identifier: identifier.as_str().to_owned(),
            gate,
        }
    }

    fn identifier(&self) -> Result<Identifier, Fault> {
        let kind = IdentifierKind::from_name(&self.identifier_kind)
            .ok_or_else(|| Fault::internal("reading the kind of an identifier"))?;
        Ok(Identifier::restore(kind, self.identifier.clone()))
    }
}

/// The state to seal for a reset of this identifier that staff began.
pub(crate) fn reset_state(identifier: &Identifier) -> impl Serialize {
    ResetState::new(identifier, Gate::HumanCheck)
}

/// A reset in progress, as its row says.
struct Open {
    row: StoredReset,
    identifier: Identifier,
    gate: Gate,
}

impl App {
    /// What the page of the open step shows.
    ///
    /// # Errors
    /// Refused when the cookie names no open reset of this browser.
    pub async fn show_reset(&self, visit: &Visit, cookie: &str) -> Result<ResetView, Failure<ResetRefused>> {
        let open = self.open_reset(visit, cookie).await?;
        let passkeys_only = match open.row.reset.account {
            Some(id) if open.row.reset.step == ResetStep::SecondFactor => {
                find_account(&self.db, id).await?.is_some_and(|account| account.passkeys_only)
            }
            _ => false,
        };
        Ok(ResetView {
            passkeys_only,
            step: open.row.reset.step,
            identifier_masked: open.identifier.masked(),
            channel: channel_of(&open.identifier),
            expires_at: open.row.reset.expires_at,
            resend_at: self.resend_at(channel::of(open.row.id)).await?,
        })
    }

    /// Ends a reset at the visitor's wish. Says nothing about whether there was one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_reset(&self, visit: &Visit, cookie: &str) -> Result<(), Fault> {
        let open = match self.open_reset(visit, cookie).await {
            Ok(open) => open,
            Err(Failure::Refused(_)) => return Ok(()),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
        let (row, now) = (open.row, self.now());
        let write = self.db.write("cancelling a reset", move |tx| {
            Box::pin(async move {
                store::move_reset(tx, &row, &row.token_hash, &row.reset.end(), &row.sealed, now).await
            })
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    /// Whose reset this browser goes on with, once its channel is proved; None before, for everybody.
    pub(crate) async fn account_of_proved_reset(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Option<AccountId>, Fault> {
        match self.open_reset(visit, cookie).await {
            Ok(open) if open.row.reset.step != ResetStep::ChannelProof => Ok(open.row.reset.account),
            Ok(_) | Err(Failure::Refused(_)) => Ok(None),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// The reset that this browser's cookie names, if it is open.
    async fn open_reset(&self, visit: &Visit, cookie: &str) -> Result<Open, Failure<ResetRefused>> {
        let not_begun = || Failure::Refused(ResetRefused::NotBegun);
        let token = self.open_flow_cookie(FlowCookie::Reset, visit, cookie).ok_or_else(not_begun)?;
        let row = store::find_reset(&self.db, &token.hash()).await?.ok_or_else(not_begun)?;
        row.reset.at(row.reset.step, self.now()).map_err(Failure::Refused)?;
        let state: ResetState = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        Ok(Open { identifier: state.identifier()?, gate: state.gate, row })
    }

    /// The same, and the step must be the one that the request is about: none is skipped, repeated or reordered.
    async fn open_reset_at(
        &self,
        visit: &Visit,
        cookie: &str,
        step: ResetStep,
    ) -> Result<Open, Failure<ResetRefused>> {
        let open = self.open_reset(visit, cookie).await?;
        open.row.reset.at(step, self.now()).map_err(Failure::Refused)?;
        Ok(open)
    }

    fn moved_reset(
        &self,
        visit: &Visit,
        token: &Token,
        step: ResetStep,
    ) -> Result<Moved<ResetStep>, Failure<ResetRefused>> {
        let cookie = self.seal_flow_cookie(FlowCookie::Reset, visit, token);
        Ok(Moved { cookie: cookie.ok_or(Failure::Refused(ResetRefused::NotBegun))?, step })
    }
}

/// Stores what came of a step: with a new token when it was passed, under the old one when not. The answer changes to
/// *ended* when another request was faster.
async fn settle(
    tx: &mut doorward_store::Tx,
    row: &StoredReset,
    next: &Reset,
    answer: Result<ResetStep, ResetRefused>,
    token: &Token,
    now: Timestamp,
) -> Result<Result<ResetStep, ResetRefused>, StoreFault> {
    let hash = if answer.is_ok() { token.hash() } else { row.token_hash };
    let moved = store::move_reset(tx, row, &hash, next, &row.sealed, now).await?;
    Ok(if moved { answer } else { Err(ResetRefused::Ended) })
}
