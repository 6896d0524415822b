//! The second step: the code in the browser that asked, or the mailed link in whatever browser opens it.

use doorward_domain::id::ResetId;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::OneTimeCode;
use doorward_domain::reset::{ResetRefused, ResetStep};
use doorward_domain::throttle::RateScope;
use doorward_domain::token::Token;
use doorward_store::code::CodeOf;
use doorward_store::{StoreFault, reset as store};

use super::{Open, settle};
use crate::app::App;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::limits::Limits;
use crate::visit::Visit;

/// The code of this reset.
pub(super) const fn of(id: ResetId) -> CodeOf<'static> {
    CodeOf { flow_kind: "reset", flow_id: id.as_uuid() }
}

impl App {
    /// Judges the code that was sent. Each try counts, also across resends and parallel requests.
    ///
    /// # Errors
    /// Refused when the code is wrong or too old, or another step is asked.
    pub async fn give_reset_code(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Moved<ResetStep>, Failure<ResetRefused>> {
        let Open { row, identifier, .. } = self.open_reset_at(visit, cookie, ResetStep::ChannelProof).await?;
        let (now, token, typed) = (self.now(), self.random.token(), OneTimeCode::parse(typed));
        let (app, new_token) = (self.clone(), token.clone());
        let answer = self.db.write("judging the code of a reset", move |tx| {
            Box::pin(async move {
                let judged = app.try_code(tx, of(row.id), typed, &identifier, now).await?;
                let outcome = row.reset.after_channel_proof(&app.policy, judged, now);
                Ok::<_, Fault>(settle(tx, &row, &outcome.reset, outcome.answer, &new_token, now).await?)
            })
        });
        let step = answer.await?.map_err(Failure::Refused)?;
        self.moved_reset(visit, &token, step)
    }

    /// Sends another code to the browser that asked. Tries stay counted, and the link of the first mail stays good.
    ///
    /// # Errors
    /// Refused while the last one is fresh, when enough were sent, or when a limit is reached.
    pub async fn resend_reset_code(&self, visit: &Visit, cookie: &str) -> Result<(), Failure<ResetRefused>> {
        let Open { row, identifier, gate } =
            self.open_reset_at(visit, cookie, ResetStep::ChannelProof).await?;
        let (now, code) = (self.now(), OneTimeCode::from_random(self.random.number()));
        let circumstances = self.circumstances(visit, now);
        let notice = Notice::Code { purpose: CodePurpose::Reset, code, circumstances };
        let real = row.reset.account.filter(|_| self.reaches(&identifier));
        let message = match real {
            Some(account) => self.outgoing(Some(account), &identifier, visit.language, &notice, now),
            None => self.outgoing_decoy(&identifier, visit.language, &notice, now),
        };
        let hash = match real {
            Some(_) => self.code_hash(of(row.id), code),
            None => self.random.bytes(),
        };
        let limits = Limits::new()
            .network(self, visit, RateScope::CodeSent)
            .anonymous_code(self, &row.lookup)
            .again_behind(self, gate);
        let app = self.clone();
        let resent = self.db.write("sending another code of a reset", move |tx| {
            Box::pin(async move {
                app.resend_code(tx, of(row.id), &hash, &message, &limits, &identifier, now).await
            })
        });
        match resent.await? {
            Resent::Sent => {
                self.outbox.wake();
                Ok(())
            }
            Resent::Refused(refused) => Err(Failure::Refused(refused.into())),
            Resent::Throttled { retry_at } => Err(Failure::Refused(ResetRefused::Throttled { retry_at })),
        }
    }

    /// Whether the button behind a mailed link would open anything. Changes nothing: a mail program may look at links.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_reset_link_good(&self, link: &Token) -> Result<bool, Fault> {
        let found = store::find_reset_by_link(&self.db, &link.hash(), self.now()).await?;
        Ok(found.is_some_and(|row| row.reset.at(ResetStep::ChannelProof, self.now()).is_ok()))
    }

    /// Opens a mailed link by its button: the reset goes on in this browser, and the link is spent.
    ///
    /// # Errors
    /// Refused when the link is unknown, used or too old.
    pub async fn open_reset_link(
        &self,
        visit: &Visit,
        link: &Token,
    ) -> Result<Moved<ResetStep>, Failure<ResetRefused>> {
        let (now, token) = (self.now(), self.random.token());
        let row = store::find_reset_by_link(&self.db, &link.hash(), now).await?;
        let row = row.ok_or(Failure::Refused(ResetRefused::Ended))?;
        let outcome = row.reset.after_channel_proof(&self.policy, Ok(()), now);
        let new_token = token.clone();
        let answer = self.db.write("opening a reset link", move |tx| {
            Box::pin(async move {
                let settled = settle(tx, &row, &outcome.reset, outcome.answer, &new_token, now).await;
                settled.map_err(|fault: StoreFault| fault)
            })
        });
        let step = answer.await?.map_err(Failure::Refused)?;
        self.moved_reset(visit, &token, step)
    }
}
