//! Blocks by the rules of countries, as the desk sees them: what stands, and calling an account back (entry rules 7).
//! Lifting one takes two: [`super::pair`].

use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Row;
use doorward_domain::staff::{About, PairAct, StaffAct, parse_staff_text};
use doorward_domain::time::Timestamp;
use doorward_store::{account, staff_work};

use super::desk::{AtDesk, DeskRefused};
use crate::app::App;
use crate::failure::{Failure, Fault};

/// A block that stands, as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskBlock {
    /// The row of the policy.
    pub row: Row,
    /// Since when.
    pub since: Timestamp,
    /// Whether the policy in force blocks it too: then the file comes first.
    pub by_policy: bool,
    /// Whether it was blocked only because the default was, and has a row of its own since.
    pub by_default: bool,
    /// Who has approved its lift at the machine, and when.
    pub approved: Option<(String, Timestamp)>,
    /// Who has asked a colleague at the desk to lift it.
    pub asked_by: Option<String>,
}

impl App {
    /// The blocks that stand.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn see_blocks(&self, at: &AtDesk) -> Result<Vec<DeskBlock>, Failure<DeskRefused>> {
        at.may(StaffAct::SeeBlocks).map_err(Failure::Refused)?;
        let waiting = staff_work::list_requests(&self.db, self.now()).await?;
        let mut blocks = Vec::new();
        for block in self.list_blocks().await? {
            let asked = |one: &&staff_work::StoredRequest| {
                one.act == PairAct::LiftBlock && one.about() == Some(About::Row(block.row))
            };
            let approved = match block.approved {
                Some((staff, at)) => Some((self.staff_name(staff).await?, at)),
                None => None,
            };
            blocks.push(DeskBlock {
                asked_by: waiting.iter().find(asked).map(|one| one.name.clone()),
                row: block.row,
                since: block.since,
                by_policy: block.by_policy,
                by_default: block.by_default,
                approved,
            });
        }
        Ok(blocks)
    }

    /// Calls an account back into the block that two had lifted for it, with the reason as a note. Its owner is told.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn call_back_at_desk(
        &self,
        at: &AtDesk,
        id: AccountId,
        reason: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.may_at(at, StaffAct::DecideBlock, id).await?;
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let called = self.db.write("calling an account back at the desk", move |tx| {
            Box::pin(async move {
                let Some(account) = account::hold_account(tx, id).await? else {
                    return Ok(Err(DeskRefused::NoAccount));
                };
                let called = app.call_back_in(tx, &account, &at.member, &reason, now).await?;
                Ok::<_, Fault>(if called { Ok(()) } else { Err(DeskRefused::NotLetOut) })
            })
        });
        called.await?.map_err(Failure::Refused)?;
        self.outbox.wake();
        self.send_intents_soon().await;
        self.sync_blocks().await?;
        Ok(())
    }
}
