//! Codes by mail and SMS, as every flow uses them: stored by keyed hash, tried by a counting statement, sent again
//! within limits (entry rules 3 and 4).

use doorward_domain::identifier::Identifier;
use doorward_domain::one_time_code::{CodeRefused, OneTimeCode, ResendRefused};
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::code::{self as store, CodeOf};
use doorward_store::throttle::count_sms_entered;

use crate::app::App;
use crate::failure::Fault;
use crate::keys::KeyedHash;
use crate::limits::Limits;
use crate::outbox::Outgoing;

/// What became of a wish for another code.
pub(crate) enum Resent {
    /// It is in the outbox.
    Sent,
    /// This flow sends none now.
    Refused(ResendRefused),
    /// A limit is reached.
    Throttled { retry_at: Timestamp },
}

impl App {
    /// What is stored of a code: worth nothing without the key, and nothing for another flow.
    pub(crate) fn code_hash(&self, of: CodeOf<'_>, code: OneTimeCode) -> [u8; 32] {
        let parts: [&[u8]; 3] = [of.flow_kind.as_bytes(), of.flow_id.as_bytes(), &code.to_bytes()];
        self.keys.hash(KeyedHash::OneTimeCode, &parts)
    }

    /// Tries a code. What is no code at all counts as a wrong one.
    pub(crate) async fn try_code(
        &self,
        tx: &mut Tx,
        of: CodeOf<'_>,
        typed: Option<OneTimeCode>,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<Result<(), CodeRefused>, Fault> {
        // A hash of the wrong length of input can match no stored one.
        let hash = typed.map_or([0; 32], |code| self.code_hash(of, code));
        let Some(tried) = store::try_code(tx, of, &hash, self.policy.codes.tries, now).await? else {
            return Ok(Err(CodeRefused::NotSent));
        };
        if tried.matched
            && let Some(prefix) = self.sms_prefix(identifier)
        {
            count_sms_entered(tx, &prefix, tried.state.sent_at).await?;
        }
        Ok(tried.state.judge(&self.policy.codes, tried.matched, now))
    }

    /// Puts another code into the outbox if the flow and the limits let it.
    #[expect(clippy::too_many_arguments, reason = "one call says everything that a resend depends on")]
    pub(crate) async fn resend_code(
        &self,
        tx: &mut Tx,
        of: CodeOf<'_>,
        hash: &[u8; 32],
        message: &Outgoing,
        limits: &Limits,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<Resent, Fault> {
        let Some(state) = store::find_code(&mut *tx, of).await? else {
            return Ok(Resent::Refused(ResendRefused::NoSendsLeft));
        };
        let next = match state.resend(&self.policy.codes, now) {
            Ok(next) => next,
            Err(refused) => return Ok(Resent::Refused(refused)),
        };
        if let Some(retry_at) = self.take_limits(tx, limits, Some(identifier), now).await? {
            return Ok(Resent::Throttled { retry_at });
        }
        if !store::record_code(tx, of, hash, &next).await? {
            let retry_at = now.plus(self.policy.codes.resend_after);
            return Ok(Resent::Refused(ResendRefused::TooSoon { retry_at }));
        }
        message.put(tx, now).await?;
        Ok(Resent::Sent)
    }

    /// When this flow may send another code; `None` when it sends no further one.
    pub(crate) async fn resend_at(&self, of: CodeOf<'_>) -> Result<Option<Timestamp>, Fault> {
        let policy = &self.policy.codes;
        let state = store::find_code(&self.db, of).await?;
        Ok(state
            .filter(|state| state.sends < policy.sends)
            .map(|state| state.sent_at.plus(policy.resend_after)))
    }
}
