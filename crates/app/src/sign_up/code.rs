//! The second step: the code that proves the identifier.

use doorward_domain::id::SignUpId;
use doorward_domain::notice::{CodePurpose, Notice};
use doorward_domain::one_time_code::OneTimeCode;
use doorward_domain::sign_up::{SignUpRefused, SignUpStep};
use doorward_domain::throttle::RateScope;
use doorward_store::code::CodeOf;
use doorward_store::sign_up as store;

use super::Open;
use crate::app::App;
use crate::codes::Resent;
use crate::failure::{Failure, Fault};
use crate::flow::Moved;
use crate::limits::Limits;
use crate::visit::Visit;

/// The code of this sign-up.
pub(super) const fn of(id: SignUpId) -> CodeOf<'static> {
    CodeOf { flow_kind: "sign-up", flow_id: id.as_uuid() }
}

impl App {
    /// Judges the code that was sent to the identifier. Each try counts, also across resends and parallel requests.
    ///
    /// # Errors
    /// Refused when the code is wrong or too old, or another step is asked.
    pub async fn give_sign_up_code(
        &self,
        visit: &Visit,
        cookie: &str,
        typed: &str,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let open = self.open_sign_up_at(visit, cookie, SignUpStep::Code).await?;
        let (now, token) = (self.now(), self.random.token());
        let Open { row, state } = open;
        let identifier = state.identifier()?;
        let (app, typed, hash) = (self.clone(), OneTimeCode::parse(typed), token.hash());
        let answer = self.db.write("judging the code of a sign-up", move |tx| {
            Box::pin(async move {
                let judged = app.try_code(tx, of(row.id), typed, &identifier, now).await?;
                let outcome = row.sign_up.after_code(judged, now);
                let to = if outcome.answer.is_ok() { hash } else { row.token_hash };
                if !store::move_sign_up(tx, &row, &to, &outcome.sign_up, &row.sealed, now).await? {
                    // Somebody was faster, but the try stays counted.
                    return Ok(Err(SignUpRefused::Ended));
                }
                Ok::<_, Fault>(outcome.answer)
            })
        });
        let step = answer.await?.map_err(Failure::Refused)?;
        self.moved_sign_up(visit, &token, step)
    }

    /// Sends another code. Tries stay counted.
    ///
    /// # Errors
    /// Refused while the last one is fresh, when enough were sent, or when a limit is reached.
    pub async fn resend_sign_up_code(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<(), Failure<SignUpRefused>> {
        let open = self.open_sign_up_at(visit, cookie, SignUpStep::Code).await?;
        let (now, identifier) = (self.now(), open.state.identifier()?);
        let one_time = OneTimeCode::from_random(self.random.number());
        let (circumstances, taken) = (self.circumstances(visit, now), open.row.sign_up.taken);
        let notice = Notice::Code { purpose: CodePurpose::SignUp, code: one_time, circumstances };
        // The owner of a taken identifier was told once; the visitor waits for a code that nobody gets.
        let message = if taken {
            self.outgoing_decoy(&identifier, visit.language, &notice, now)
        } else {
            self.outgoing(None, &identifier, visit.language, &notice, now)
        };
        let hash = if taken { self.random.bytes() } else { self.code_hash(of(open.row.id), one_time) };
        let limits = Limits::new()
            .network(self, visit, RateScope::CodeSent)
            .anonymous_code(self, &open.row.lookup)
            .again_behind(self, open.state.gate);
        let (app, id) = (self.clone(), open.row.id);
        let resent = self.db.write("sending another code of a sign-up", move |tx| {
            Box::pin(
                async move { app.resend_code(tx, of(id), &hash, &message, &limits, &identifier, now).await },
            )
        });
        match resent.await? {
            Resent::Sent => {
                self.outbox.wake();
                Ok(())
            }
            Resent::Refused(refused) => Err(Failure::Refused(refused.into())),
            Resent::Throttled { retry_at } => Err(Failure::Refused(SignUpRefused::Throttled { retry_at })),
        }
    }
}
