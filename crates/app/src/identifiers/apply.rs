//! A change of identifiers becomes true, is told to everybody whom it concerns, and can be undone.

use doorward_domain::account::Account;
use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::id::{ChangeId, IdentifierId};
use doorward_domain::identifier::Identifier;
use doorward_domain::identifier::change::{IdentifierChangeKind, IdentifierChangeRefused};
use doorward_domain::notice::{LinkToken, Notice};
use doorward_domain::time::Timestamp;
use doorward_store::identifier::{
    NewIdentifier, list_identifiers, note_proof, record_identifier, retire, take_back, undo_since,
};
use doorward_store::{Tx, freeze_link, identifier_change as store};

use super::ChangeState;
use crate::app::App;
use crate::audit::Entry;
use crate::failure::Fault;
use crate::freeze::FrozenBy;
use crate::keys::Sealed;
use crate::outbox::FREEZE_LINK_VALID_FOR;
use crate::stop::Stops;
use crate::visit::Visit;

impl App {
    /// Makes the change inside the write that proved it; the account's row is held.
    #[expect(clippy::too_many_arguments, reason = "whose change, what it is, and where it came from")]
    pub(super) async fn apply_change(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        account: &Account,
        id: ChangeId,
        kind: IdentifierChangeKind,
        old: Option<IdentifierId>,
        state: &ChangeState,
        now: Timestamp,
    ) -> Result<Result<(), IdentifierChangeRefused>, Fault> {
        use IdentifierChangeKind as Kind;
        if kind == Kind::Prove {
            note_proof(tx, &self.lookup_of(&state.new_one()?), account.id, now).await?;
            let entry = Entry::of(AuditKind::IdentifierProved, account.id, visit.network);
            self.note(tx, entry, now).await?;
            return Ok(Ok(()));
        }
        let before = self.channels_of(tx, account).await?;
        if matches!(kind, Kind::Change | Kind::Add) {
            let new = state.new_one()?;
            if !self.take_identifier(tx, account, &new, now).await? {
                // Somebody else proved it while its code was on its way.
                return Ok(Err(IdentifierChangeRefused::TooManyWrongCodes));
            }
        }
        if matches!(kind, Kind::Change | Kind::Remove) {
            let old = old.ok_or_else(|| Fault::internal("a change without its old identifier"))?;
            if !retire(tx, old, account.id, now).await? {
                return Ok(Err(IdentifierChangeRefused::LastOne));
            }
        }
        self.end_half_open(tx, account, now).await?;
        let hold_until = self.record_event(tx, account.id, SecurityEventKind::IdentifierChanged, now).await?;
        let audit = match kind {
            Kind::Change => AuditKind::IdentifierChanged,
            Kind::Add => AuditKind::IdentifierAdded,
            Kind::Remove | Kind::Prove => AuditKind::IdentifierRemoved,
        };
        self.note(tx, Entry::of(audit, account.id, visit.network), now).await?;
        // Who is left out, or was there before one more came, can undo it; everybody else can freeze.
        let after = self.channels_of(tx, account).await?;
        let (may_undo, others): (Vec<_>, Vec<_>) = match kind {
            Kind::Add => (before.clone(), after.into_iter().filter(|to| !before.contains(to)).collect()),
            _ => (before.into_iter().filter(|to| !after.contains(to)).collect(), after),
        };
        let expires_at = now.plus(self.policy.identifier.undo_for);
        let stop = self.new_stop(tx, account.id, Stops::IdentifierChange(id), expires_at).await?;
        let circumstances = self.circumstances(visit, now);
        let surprise =
            Notice::IdentifierChanged { circumstances: circumstances.clone(), what: kind, hold_until, stop };
        self.tell_these(tx, account, &may_undo, &surprise, now).await?;
        let link = self.random.token();
        freeze_link::record_freeze_link(tx, &link.hash(), account.id, now.plus(FREEZE_LINK_VALID_FOR))
            .await?;
        let freeze = LinkToken::new(&link);
        let now_are = Notice::IdentifiersNow { circumstances, hold_until, freeze };
        self.tell_these(tx, account, &others, &now_are, now).await?;
        Ok(Ok(()))
    }

    /// Gives an account a proved identifier: its own of before, a free one, or a number that its former holder has not
    /// proved for long. False when another account has it.
    async fn take_identifier(
        &self,
        tx: &mut Tx,
        account: &Account,
        new: &Identifier,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let lookup = self.lookup_of(new);
        if take_back(tx, &lookup, account.id, now).await? {
            return Ok(true);
        }
        self.claim_stale_number(tx, &lookup, now).await?;
        let id = IdentifierId::from_parts(now, self.random.bytes());
        let sealed = self.keys.seal(Sealed::Identifier, id.as_uuid().as_bytes(), new.as_str().as_bytes());
        let row =
            NewIdentifier { id, account_id: account.id, kind: new.kind(), lookup: &lookup, sealed: &sealed };
        Ok(record_identifier(tx, &row, now).await?)
    }

    async fn channels_of(&self, tx: &mut Tx, account: &Account) -> Result<Vec<Identifier>, Fault> {
        let stored = list_identifiers(&mut *tx, account.id).await?;
        stored.iter().map(|stored| self.open_identifier(stored)).collect()
    }

    async fn tell_these(
        &self,
        tx: &mut Tx,
        account: &Account,
        to: &[Identifier],
        notice: &Notice,
        now: Timestamp,
    ) -> Result<(), Fault> {
        for to in to {
            self.outgoing(Some(account.id), to, account.language, notice, now).put(tx, now).await?;
        }
        Ok(())
    }

    /// Undoes a change by the link or code that who was left out got: what was there before is in use again, what came
    /// since is nobody's, and the account is frozen. Once; false when it was undone before.
    pub(crate) async fn undo_identifier_change(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        id: ChangeId,
        account: &Account,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let Some(row) = store::undo_identifier_change(tx, id, account.id, now).await? else {
            return Ok(false);
        };
        let made_at = row.ended_at.ok_or_else(|| Fault::internal("a change that was made at no time"))?;
        // Those who lose their place by it are told as well.
        let before = self.channels_of(tx, account).await?;
        undo_since(tx, account.id, row.old_identifier_id, made_at).await?;
        let after = self.channels_of(tx, account).await?;
        self.end_half_open(tx, account, now).await?;
        self.record_event(tx, account.id, SecurityEventKind::IdentifierChanged, now).await?;
        let entry = Entry::of(AuditKind::IdentifierChangeUndone, account.id, visit.network);
        self.note(tx, entry, now).await?;
        let circumstances = self.circumstances(visit, now);
        let undone = Notice::IdentifierUndone { circumstances: circumstances.clone() };
        let left_out = before.into_iter().filter(|to| !after.contains(to));
        let everybody: Vec<Identifier> = after.iter().cloned().chain(left_out).collect();
        self.tell_these(tx, account, &everybody, &undone, now).await?;
        self.freeze(tx, account.id, FrozenBy::Link, Some(visit.network), circumstances, now).await?;
        Ok(true)
    }
}
