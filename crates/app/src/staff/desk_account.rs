//! Accounts as the desk sees and stops them: less than the owner sees, by exact identifier only, and every look and act
//! leaves the name of whoever it was where the owner reads it (entry rules 9).

use doorward_domain::audit::AuditKind;
use doorward_domain::country::Country;
use doorward_domain::id::AccountId;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::session::SessionEndReason;
use doorward_domain::staff::{Member, PairAct, StaffAct, parse_staff_text};
use doorward_domain::time::Timestamp;
use doorward_store::identity::find_residence;
use doorward_store::jurisdiction::find_account_lift;
use doorward_store::session::{Keep, end_all_access};
use doorward_store::{StoreFault, Tx, account as store, staff_work};
use uuid::Uuid;

use super::account::{AccountView, at_the_machine};
use super::desk::{AtDesk, DeskRefused, trace_of};
use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::freeze::FrozenBy;
use crate::keys::Sealed;
use crate::limits::Limits;
use crate::session_cache::Ended;

/// One account as the desk sees it.
#[derive(Debug, Clone)]
pub struct DeskAccount {
    /// What staff may know.
    pub view: AccountView,
    /// What staff wrote, newest first.
    pub notes: Vec<NoteLine>,
    /// Who asked to lift its freeze, when somebody did.
    pub lift_asked_by: Option<String>,
    /// What the rules of its verified residence leave open; None without one. Never the country itself.
    pub rules: Option<Mode>,
    /// Since when two members of staff have let it out of a block.
    pub let_out_since: Option<Timestamp>,
    /// Who asked to let it out, when somebody did.
    pub block_asked_by: Option<String>,
    /// What was decided about its last sign-ins, newest first.
    pub decisions: Vec<DecisionLine>,
}

/// What was decided about a sign-in and why, as the desk sees it: no address, place or device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionLine {
    /// When the sign-in ended.
    pub at: Timestamp,
    /// How it ended.
    pub kind: AuditKind,
    /// What the human check asked, by its stable name; None where none was asked.
    pub rung: Option<String>,
    /// Why, by the stable names of the reasons.
    pub reasons: Vec<String>,
}

/// Decisions that the desk sees at most.
const DECISIONS_SHOWN: usize = 10;

/// A note of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteLine {
    /// Who wrote it.
    pub name: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl App {
    /// The account that proved this very identifier, or has this id. That it is there is a look already, which its owner
    /// reads; what nobody has is in the record too, without what was typed. Each member looks up so many and no more.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn look_up_account(
        &self,
        at: &AtDesk,
        typed: &str,
        country: Option<&str>,
    ) -> Result<AccountId, Failure<DeskRefused>> {
        at.may(StaffAct::LookUp).map_err(Failure::Refused)?;
        let found = match self.find_account_for_staff(typed, country).await {
            Ok(id) => Some(id),
            Err(Failure::Refused(_)) => None,
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        let (app, now, at) = (self.clone(), self.now(), at.clone());
        let limits = Limits::new().desk_look_up(self, at.member.id);
        let write = self.db.write("looking an account up at the desk", move |tx| {
            Box::pin(async move {
                if let Some(retry_at) = app.take_limits(tx, &limits, None, now).await? {
                    return Ok(Err(DeskRefused::Throttled { retry_at }));
                }
                let entry = match found {
                    Some(id) => Entry::without_network(AuditKind::StaffLooked, id),
                    None => Entry::of_house(AuditKind::StaffLookedInVain),
                };
                app.note(tx, entry.with(&at.trace()), now).await?;
                Ok::<_, StoreFault>(found.ok_or(DeskRefused::NoAccount))
            })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?.map_err(Failure::Refused)
    }

    /// One account. The look is in the record, with the name of whoever looked.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn see_account(&self, at: &AtDesk, id: AccountId) -> Result<DeskAccount, Failure<DeskRefused>> {
        self.may_at(at, StaffAct::LookUp, id).await?;
        let view =
            self.account_view(id).await.map_err(|failure| failure.map_refused(|_| DeskRefused::NoAccount))?;
        let now = self.now();
        let notes = staff_work::list_notes(&self.db, id).await?;
        let notes = notes.into_iter().map(|note| {
            let text = self.open_staff_text(note.id, &note.sealed)?;
            Ok(NoteLine { name: note.name, text, at: note.written_at })
        });
        let notes = notes.collect::<Result<_, Fault>>()?;
        let waiting = self.waiting_at(id, now).await?;
        let asked_by = |act| waiting.iter().find(|one| one.act == act).map(|one| one.name.clone());
        let (lift_asked_by, block_asked_by) = (asked_by(PairAct::LiftFreeze), asked_by(PairAct::LiftBlock));
        let residence = find_residence(&self.db, id).await?;
        let running = self.jurisdictions.running();
        let mode = |country| running.policy.judge_residence(country, &running.blocks, now).mode;
        let rules = residence.as_deref().and_then(Country::parse).map(mode);
        let let_out = find_account_lift(&self.db, id).await?;
        let blocked_since_then =
            self.is_blocked_by_residence((&self.db).into(), id, residence.as_deref()).await?;
        let let_out_since = let_out.filter(|_| !blocked_since_then);
        let decisions = self.sign_in_decisions(id).await?.into_iter().filter(|one| !one.reasons.is_empty());
        let decisions = decisions.take(DECISIONS_SHOWN).map(|one| DecisionLine {
            at: one.at,
            kind: one.kind,
            rung: one.rung,
            reasons: one.reasons,
        });
        let decisions = decisions.collect();
        let (app, trace) = (self.clone(), at.trace());
        let write = self.db.write("recording a look at the desk", move |tx| {
            Box::pin(async move {
                app.note(tx, Entry::without_network(AuditKind::StaffLooked, id).with(&trace), now).await
            })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        Ok(DeskAccount { view, notes, lift_asked_by, rules, let_out_since, block_asked_by, decisions })
    }

    /// Freezes an account, with the reason as a note.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn freeze_at_desk(
        &self,
        at: &AtDesk,
        id: AccountId,
        reason: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.may_at(at, StaffAct::Freeze, id).await?;
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let frozen = self.db.write("freezing an account at the desk", move |tx| {
            Box::pin(async move {
                if store::hold_account(tx, id).await?.is_none() {
                    return Ok(Err(DeskRefused::NoAccount));
                }
                if !app.freeze(tx, id, FrozenBy::Staff, None, at_the_machine(now), now).await? {
                    return Ok(Err(DeskRefused::FrozenAlready));
                }
                app.write_note_in(tx, &at.member, id, &reason, "freeze", now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        frozen.await?.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(())
    }

    /// Ends all sessions and sign-ins of an account, with the reason as a note; says how many sessions.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn end_sessions_at_desk(
        &self,
        at: &AtDesk,
        id: AccountId,
        reason: &str,
    ) -> Result<u64, Failure<DeskRefused>> {
        self.may_at(at, StaffAct::EndSessions, id).await?;
        let reason = parse_staff_text(reason).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let ended = self.db.write("ending an account's sessions at the desk", move |tx| {
            Box::pin(async move {
                if store::hold_account(tx, id).await?.is_none() {
                    return Ok(Err(DeskRefused::NoAccount));
                }
                store::raise_credential_version(tx, id).await?;
                let keep = Keep { devices: true, ..Keep::default() };
                let ended = end_all_access(tx, id, &keep, SessionEndReason::Staff.name(), now).await?;
                let entry = Entry::without_network(AuditKind::StaffEndedSessions, id);
                app.note(tx, entry.with(&at.trace()), now).await?;
                app.write_note_in(tx, &at.member, id, &reason, "end-sessions", now).await?;
                Ok::<_, Fault>(Ok(ended.sessions))
            })
        });
        let ended = ended.await?.map_err(Failure::Refused)?;
        self.sessions.forget(&[Ended::Account(id)]);
        Ok(ended)
    }

    /// Writes a note beside an account. Colleagues read it; the owner reads that one was written, and by whom.
    ///
    /// # Errors
    /// See [`DeskRefused`].
    pub async fn write_note(
        &self,
        at: &AtDesk,
        id: AccountId,
        text: &str,
    ) -> Result<(), Failure<DeskRefused>> {
        self.may_at(at, StaffAct::WriteNote, id).await?;
        let text = parse_staff_text(text).ok_or(Failure::Refused(DeskRefused::Text))?;
        let (app, at, now) = (self.clone(), at.clone(), self.now());
        let written = self.db.write("writing a note at the desk", move |tx| {
            Box::pin(async move {
                if store::hold_account(tx, id).await?.is_none() {
                    return Ok(Err(DeskRefused::NoAccount));
                }
                app.write_note_in(tx, &at.member, id, &text, "note", now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        written.await?.map_err(Failure::Refused)
    }

    /// `about` names the act that the note gives the reason for.
    pub(crate) async fn write_note_in(
        &self,
        tx: &mut Tx,
        by: &Member,
        account: AccountId,
        text: &str,
        about: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        let (id, sealed) = self.seal_staff_text(text, now);
        staff_work::record_note(tx, id, account, by.id, &sealed, now).await?;
        let mut trace = trace_of(by);
        trace["about"] = about.into();
        self.note(tx, Entry::without_network(AuditKind::StaffWroteNote, account).with(&trace), now).await
    }

    /// A new row's id and the text sealed for it.
    pub(super) fn seal_staff_text(&self, text: &str, now: Timestamp) -> (Uuid, Vec<u8>) {
        // Notes and requests have no id type of their own: nothing outside the store names one by it.
        let id = doorward_domain::id::EvidenceId::from_parts(now, self.random.bytes()).as_uuid();
        (id, self.keys.seal(Sealed::Staff, id.as_bytes(), text.as_bytes()))
    }

    pub(super) fn open_staff_text(&self, id: Uuid, sealed: &[u8]) -> Result<String, Fault> {
        let plain = self.keys.open(Sealed::Staff, id.as_bytes(), sealed);
        let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
        text.ok_or_else(|| Fault::internal("opening a text of staff"))
    }
}
