//! Accounts as staff see and stop them: less than the owner sees, never a secret, and every look and act leaves a trace
//! that the owner can read (entry rules 9).

use std::net::{IpAddr, Ipv4Addr};

use doorward_domain::account::{Account, AccountStatus};
use doorward_domain::audit::AuditKind;
use doorward_domain::country::Place;
use doorward_domain::erasure::ErasureRefused;
use doorward_domain::id::{AccountId, ResetId};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::{Circumstances, LinkToken, Notice};
use doorward_domain::reset::Reset;
use doorward_domain::session::SessionEndReason;
use doorward_domain::time::Timestamp;
use doorward_store::identifier::list_identifiers;
use doorward_store::maintenance::end_everything;
use doorward_store::reset::{ResetLink, record_reset};
use doorward_store::session::{Keep, end_all_access};
use doorward_store::{StoreFault, account as store, device, recovery_code, security_event, session, totp};
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::freeze::FrozenBy;
use crate::reset::reset_state;
use crate::session_cache::Ended;

/// Why an act of staff is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffRefused {
    /// No such account.
    NoAccount,
    /// The account has no mail address, and a link is never sent by SMS.
    NoMailAddress,
    /// It is entered by passkeys only: it has no password to set anew.
    PasskeysOnly,
    /// It is frozen already.
    FrozenAlready,
    /// It is not frozen.
    NotFrozen,
    /// No message with this id is dead and can still be sent.
    NoDeadMessage,
    /// The identity record is not written, or not there.
    Identity(crate::identity::IdentityFailed),
    /// It cannot be erased.
    Erasure(ErasureRefused),
    /// Staff have frozen it: two different members of staff lift that.
    NeedsTwoStaff,
}

/// One line of the list of accounts.
#[derive(Debug, Clone)]
pub struct AccountLine {
    /// The account.
    pub id: AccountId,
    /// Whether it may be entered.
    pub status: AccountStatus,
    /// Its first identifier, masked.
    pub identifier_masked: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// How often a sign-in ended in a session.
    pub entries: i64,
}

/// What staff see of one account.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// Its identifiers, masked.
    pub identifiers_masked: Vec<String>,
    /// When and by whom it was frozen: `owner`, `link` or `staff`.
    pub frozen: Option<(Timestamp, String)>,
    /// How often a sign-in ended in a session.
    pub entries: i64,
    /// Live sessions.
    pub sessions: usize,
    /// Known devices.
    pub devices: usize,
    /// Whether an authenticator app is enrolled and not disabled.
    pub totp_usable: bool,
    /// Recovery codes that are left.
    pub recovery_codes_left: i64,
    /// Until when nothing leaves the account.
    pub hold_until: Option<Timestamp>,
}

impl App {
    /// A page of all accounts, oldest first, after `after`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_accounts(
        &self,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<Vec<AccountLine>, Fault> {
        let lines = store::list_accounts(&self.db, after, limit).await?;
        lines
            .into_iter()
            .map(|line| {
                let identifier_masked = match (line.identifier_id, &line.sealed_identifier) {
                    (Some(id), Some(sealed)) => Some(self.masked_identifier(id, sealed)?),
                    _ => None,
                };
                Ok(AccountLine {
                    id: line.id,
                    status: line.status,
                    identifier_masked,
                    created_at: line.created_at,
                    entries: line.entries,
                })
            })
            .collect()
    }

    fn masked_identifier(
        &self,
        id: doorward_domain::id::IdentifierId,
        sealed: &[u8],
    ) -> Result<String, Fault> {
        let plain = self.keys.open(crate::keys::Sealed::Identifier, id.as_uuid().as_bytes(), sealed);
        let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
        let text = text.ok_or_else(|| Fault::internal("opening a stored identifier"))?;
        let kind = if text.contains('@') { IdentifierKind::Email } else { IdentifierKind::Phone };
        Ok(Identifier::restore(kind, text).masked())
    }

    /// The account that is meant by an id or by a whole identifier.
    ///
    /// # Errors
    /// Refused when there is none.
    pub async fn find_account_for_staff(
        &self,
        typed: &str,
        country: Option<&str>,
    ) -> Result<AccountId, Failure<StaffRefused>> {
        let found = match typed.parse::<AccountId>() {
            Ok(id) => store::find_account(&self.db, id).await?,
            Err(_) => match Identifier::parse(typed, country) {
                Ok(identifier) => {
                    store::find_account_by_identifier(&self.db, &self.lookup_of(&identifier)).await?
                }
                Err(_) => None,
            },
        };
        found.map(|account| account.id).ok_or(Failure::Refused(StaffRefused::NoAccount))
    }

    /// What staff see of one account. The caller records the look.
    pub(super) async fn account_view(&self, id: AccountId) -> Result<AccountView, Failure<StaffRefused>> {
        let now = self.now();
        let account =
            store::find_account(&self.db, id).await?.ok_or(Failure::Refused(StaffRefused::NoAccount))?;
        let facts = store::find_account_facts(&self.db, id).await?;
        let identifiers = list_identifiers(&self.db, id).await?;
        let masked: Result<Vec<String>, Fault> =
            identifiers.iter().map(|stored| Ok(self.open_identifier(stored)?.masked())).collect();
        let policy = &self.policy.session;
        let (seen, begun) = (now.minus(policy.idle_for), now.minus(policy.absolute_for));
        let view = AccountView {
            account,
            identifiers_masked: masked?,
            entries: facts.as_ref().map_or(0, |facts| facts.entries),
            frozen: facts.and_then(|facts| facts.frozen_at.zip(facts.frozen_by)),
            sessions: session::list_sessions(&self.db, id, seen, begun).await?.len(),
            devices: device::list_devices(&self.db, id, now).await?.len(),
            totp_usable: totp::find_totp(&self.db, id).await?.is_some_and(|totp| totp.disabled_at.is_none()),
            recovery_codes_left: recovery_code::find_recovery_codes(&self.db, id)
                .await?
                .map_or(0, |set| set.remaining),
            hold_until: security_event::find_hold_end(&self.db, id, now).await?,
        };
        Ok(view)
    }

    /// Shows one account. The look is recorded.
    ///
    /// # Errors
    /// Refused when there is no such account.
    pub async fn show_account(&self, id: AccountId) -> Result<AccountView, Failure<StaffRefused>> {
        let (view, app, now) = (self.account_view(id).await?, self.clone(), self.now());
        let write = self.db.write("recording a look of staff", move |tx| {
            Box::pin(
                async move { app.note(tx, Entry::without_network(AuditKind::StaffLooked, id), now).await },
            )
        });
        write.await?;
        Ok(view)
    }

    /// Ends all sessions and sign-ins of one account; says how many sessions. Devices stay known.
    ///
    /// # Errors
    /// Refused when there is no such account.
    pub async fn end_sessions_by_staff(&self, id: AccountId) -> Result<u64, Failure<StaffRefused>> {
        let (app, now) = (self.clone(), self.now());
        let ended = self.db.write("ending an account's sessions for staff", move |tx| {
            Box::pin(async move {
                if store::hold_account(tx, id).await?.is_none() {
                    return Ok(None);
                }
                store::raise_credential_version(tx, id).await?;
                let keep = Keep { devices: true, ..Keep::default() };
                let ended = end_all_access(tx, id, &keep, SessionEndReason::Staff.name(), now).await?;
                app.note(tx, Entry::without_network(AuditKind::StaffEndedSessions, id), now).await?;
                Ok::<_, StoreFault>(Some(ended.sessions))
            })
        });
        let ended = ended.await?.ok_or(Failure::Refused(StaffRefused::NoAccount))?;
        self.sessions.forget(&[Ended::Account(id)]);
        Ok(ended)
    }

    /// Ends every session and flow of the installation; says how many sessions. Devices stay known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_all_sessions_by_staff(&self) -> Result<u64, Fault> {
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("ending all sessions for staff", move |tx| {
            Box::pin(async move {
                let ended = end_everything(tx, false, now).await?;
                let entry = Entry::of_house(AuditKind::StaffEndedSessions);
                app.note(tx, entry.with(&json!({ "of_all_accounts": true, "sessions": ended })), now).await?;
                Ok(ended)
            })
        });
        let ended = write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        self.heartbeat().await?;
        tracing::warn!(sessions = ended, "staff ended all sessions");
        Ok(ended)
    }

    /// Mails a reset link to the owner. Nobody else is ever shown it.
    ///
    /// # Errors
    /// Refused when there is no such account or it has no mail address.
    pub async fn send_reset_link(&self, id: AccountId) -> Result<(), Failure<StaffRefused>> {
        let now = self.now();
        let account =
            store::find_account(&self.db, id).await?.ok_or(Failure::Refused(StaffRefused::NoAccount))?;
        if account.passkeys_only {
            return Err(Failure::Refused(StaffRefused::PasskeysOnly));
        }
        let stored = list_identifiers(&self.db, id).await?;
        let mail = stored.iter().find(|stored| stored.kind == IdentifierKind::Email);
        let to = self.open_identifier(mail.ok_or(Failure::Refused(StaffRefused::NoMailAddress))?)?;
        let reset_id = ResetId::from_parts(now, self.random.bytes());
        // No browser asked: a token that nobody holds stands where its cookie's would.
        let (nobody, link) = (self.random.token(), self.random.token());
        let reset = Reset::begin(&self.policy, Some(&account), now);
        let sealed = self.seal_flow_state(reset_id.as_uuid(), &reset_state(&to))?;
        let notice =
            Notice::ResetLink { link: LinkToken::new(&link), code: None, circumstances: at_the_machine(now) };
        let message = self.outgoing(Some(id), &to, account.language, &notice, now);
        let (app, lookup) = (self.clone(), self.lookup_of(&to));
        let write = self.db.write("sending a reset link for staff", move |tx| {
            Box::pin(async move {
                let expires_at = now.plus(app.policy.reset.link_valid_for);
                let link = ResetLink { hash: &link.hash(), expires_at };
                record_reset(tx, reset_id, &nobody.hash(), &lookup, &reset, Some(link), &sealed, now).await?;
                message.put(tx, now).await?;
                app.note(tx, Entry::without_network(AuditKind::StaffSentResetLink, id), now).await
            })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        self.outbox.wake();
        Ok(())
    }

    /// Freezes an account.
    ///
    /// # Errors
    /// Refused when there is no such account or it is frozen already.
    pub async fn freeze_by_staff(&self, id: AccountId) -> Result<(), Failure<StaffRefused>> {
        let (app, now) = (self.clone(), self.now());
        let frozen = self.db.write("freezing an account for staff", move |tx| {
            Box::pin(async move {
                if store::hold_account(tx, id).await?.is_none() {
                    return Err(Failure::Refused(StaffRefused::NoAccount));
                }
                let frozen = app.freeze(tx, id, FrozenBy::Staff, None, at_the_machine(now), now).await?;
                if frozen { Ok(()) } else { Err(Failure::Refused(StaffRefused::FrozenAlready)) }
            })
        });
        frozen.await?;
        self.sessions.forget(&[Ended::Account(id)]);
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(())
    }

    /// Lifts a freeze of the owner for whoever sits at the machine, where the owner's own proofs are lost. A freeze by
    /// staff is none of one person's to lift: [`App::approve_unfreeze`]. Nothing leaves the account for the hold that
    /// this starts.
    ///
    /// # Errors
    /// Refused when there is no such account, it is not frozen, or staff have frozen it.
    pub async fn unfreeze_by_operator(
        &self,
        id: AccountId,
    ) -> Result<Option<Timestamp>, Failure<StaffRefused>> {
        let (app, now) = (self.clone(), self.now());
        let lifted = self.db.write("lifting a freeze for the operator", move |tx| {
            Box::pin(async move {
                let held = store::hold_account(tx, id).await?;
                let account = held.ok_or(Failure::Refused(StaffRefused::NoAccount))?;
                if !store::unfreeze_account(tx, id).await? {
                    let frozen = account.status == AccountStatus::Frozen;
                    let refused = if frozen { StaffRefused::NeedsTwoStaff } else { StaffRefused::NotFrozen };
                    return Err(Failure::Refused(refused));
                }
                store::clear_unfreeze_approvals(tx, id).await?;
                let entry = Entry::without_network(AuditKind::Unfrozen, id);
                Ok(app.freeze_lifted(tx, &account, entry, now).await?.hold_until)
            })
        });
        let hold_until = lifted.await?;
        self.outbox.wake();
        self.send_intents_soon().await;
        Ok(hold_until)
    }
}

/// Where staff act: at the machine itself, which has no address that the owner could know.
pub(crate) const fn at_the_machine(now: Timestamp) -> Circumstances {
    Circumstances {
        at: now,
        network: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        device: String::new(),
        place: Place::UNKNOWN,
    }
}
