//! Messages that were given up, as the operator sees them, and trying them again once the way out is mended.

use std::str::FromStr as _;

use doorward_domain::id::MessageId;
use doorward_domain::notice::{Channel, NoticeKind};
use doorward_domain::time::Timestamp;
use doorward_store::StoreFault;
use doorward_store::outbox::{list_dead, revive_dead};

use super::account::StaffRefused;
use crate::app::App;
use crate::failure::{Failure, Fault};

/// A message that could not be delivered: nothing of its content or its recipient.
#[derive(Debug, Clone)]
pub struct DeadLine {
    /// Its id.
    pub id: MessageId,
    /// What it tells.
    pub kind: NoticeKind,
    /// Mail or SMS.
    pub channel: Channel,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last attempt failed, in the words of the server.
    pub last_error: Option<String>,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
}

impl App {
    /// The newest messages that were given up, `limit` of them at most.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_dead_messages(&self, limit: i64) -> Result<Vec<DeadLine>, Failure<StaffRefused>> {
        let dead = list_dead(&self.db, limit).await?;
        let line = |message: doorward_store::outbox::DeadMessage| DeadLine {
            id: message.id,
            kind: message.kind,
            channel: message.channel,
            attempts: message.attempts,
            last_error: message.last_error,
            created_at: message.created_at,
        };
        Ok(dead.into_iter().map(line).collect())
    }

    /// Tries a dead message again from the beginning.
    ///
    /// # Errors
    /// Refused when no message with this id is dead, or when its content was erased because it is worthless by now, such
    /// as an expired code.
    pub async fn resend_dead_message(&self, message: &str) -> Result<(), Failure<StaffRefused>> {
        let no_message = || Failure::Refused(StaffRefused::NoDeadMessage);
        let id = MessageId::from_str(message).map_err(|_| no_message())?;
        let now = self.now();
        let revived = self.db.write("trying a dead message again", move |tx| {
            Box::pin(async move { revive_dead(tx, id, now).await })
        });
        if !revived.await.map_err(|fault: StoreFault| Fault::from(fault))? {
            return Err(no_message());
        }
        tracing::info!(message = %id, "the operator tries a dead message again");
        self.outbox.wake();
        Ok(())
    }
}
