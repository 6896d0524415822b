//! The outbox: what is to be sent is written in the transaction that makes it true, and sent afterwards.
//!
//! A message holds its recipient and its data sealed; its words are made at sending. A worker leases what is due,
//! hands it over, and erases it. A crash between handing over and noting it down sends the message once more, under
//! the same Message-ID; a crash anywhere else loses nothing.

mod message;
mod watch;
mod worker;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use doorward_domain::account::Account;
use doorward_domain::id::{AccountId, MessageId};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::language::Language;
use doorward_domain::notice::{Channel, Circumstances, LinkToken, Notice, NoticeKind};
use doorward_domain::time::Timestamp;
use doorward_store::identifier::{StoredIdentifier, list_identifiers};
use doorward_store::outbox::{NewMessage, record_decoy, record_message};
use doorward_store::{Db, StoreFault, Tx};

use crate::app::App;
use crate::deliver::{MailSender, SmsSender};
use crate::failure::Fault;
use crate::keys::Sealed;
use crate::visit::Visit;

pub use worker::Round;

/// How long the link in a security mail freezes the account (entry rules 5, *Freeze*).
pub(crate) const FREEZE_LINK_VALID_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How messages leave, and whether somebody is at it.
pub struct Outbox {
    mail: MailSender,
    sms: SmsSender,
    wake: Notify,
    /// When the worker last went round, microseconds since 1970; 0 before it ever did.
    beat_us: AtomicI64,
}

impl Outbox {
    /// An outbox over these senders.
    pub fn new(mail: MailSender, sms: SmsSender) -> Self {
        Self { mail, sms, wake: Notify::new(), beat_us: AtomicI64::new(0) }
    }

    /// Tells the worker that something was written; without it, the worker looks by itself within a second.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// When the worker last went round.
    pub(crate) fn last_beat(&self) -> Option<Timestamp> {
        match self.beat_us.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Timestamp::from_micros(micros)),
        }
    }

    /// Whether SMS go into the local folder, where they cost nothing and reach nobody.
    pub(crate) const fn sms_stay_here(&self) -> bool {
        matches!(self.sms, SmsSender::Folder(_))
    }

    /// Whether any SMS can be sent at all.
    pub(crate) const fn sends_sms(&self) -> bool {
        !matches!(self.sms, SmsSender::Off)
    }
}

/// A message that is ready to be written into the outbox.
pub(crate) struct Outgoing {
    id: MessageId,
    account: Option<AccountId>,
    kind: NoticeKind,
    channel: Channel,
    language: Language,
    sealed: Vec<u8>,
    /// Written for nobody: takes the same time and is never sent.
    decoy: bool,
}

impl Outgoing {
    /// Writes it; it is sent when the transaction has committed.
    pub(crate) async fn put(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreFault> {
        let message = NewMessage {
            id: self.id,
            account_id: self.account,
            kind: self.kind,
            channel: self.channel,
            language: self.language,
            sealed: &self.sealed,
        };
        if self.decoy {
            record_decoy(tx, &message, now).await
        } else {
            record_message(tx, &message, now).await
        }
    }
}

/// The channel by which an identifier is reached.
pub(crate) const fn channel_of(identifier: &Identifier) -> Channel {
    match identifier.kind() {
        IdentifierKind::Email => Channel::Mail,
        IdentifierKind::Phone => Channel::Sms,
    }
}

impl App {
    /// Seals a message for the outbox.
    pub(crate) fn outgoing(
        &self,
        account: Option<AccountId>,
        to: &Identifier,
        language: Language,
        notice: &Notice,
        now: Timestamp,
    ) -> Outgoing {
        let id = MessageId::from_parts(now, self.random.bytes());
        let plain = message::encode(to, notice);
        Outgoing {
            id,
            account,
            kind: notice.kind(),
            channel: channel_of(to),
            language,
            sealed: self.keys.seal(Sealed::Outbox, id.as_uuid().as_bytes(), &plain),
            decoy: false,
        }
    }

    /// A message of the same shape that is never sent, for an identifier that nobody has.
    pub(crate) fn outgoing_decoy(
        &self,
        to: &Identifier,
        language: Language,
        notice: &Notice,
        now: Timestamp,
    ) -> Outgoing {
        Outgoing { decoy: true, ..self.outgoing(None, to, language, notice, now) }
    }

    /// When, where and with what a visit came, as messages tell it.
    pub(crate) fn circumstances(&self, visit: &Visit, now: Timestamp) -> Circumstances {
        let place = self.place_of(visit.network);
        Circumstances { at: now, network: visit.network, device: visit.user_agent.clone(), place }
    }

    /// Tells the owner of an account on every verified channel. The link in the message freezes the account; its row
    /// is written here (entry rules 5, *Freeze*).
    pub(crate) async fn announce(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Timestamp,
        notice: impl FnOnce(LinkToken) -> Notice,
    ) -> Result<(), Fault> {
        let link = self.random.token();
        let expires_at = now.plus(FREEZE_LINK_VALID_FOR);
        doorward_store::freeze_link::record_freeze_link(tx, &link.hash(), account.id, expires_at).await?;
        let notice = notice(LinkToken::new(&link));
        self.tell(tx, account, now, &notice).await
    }

    /// Tells the owner of an account on every verified channel.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Timestamp,
        notice: &Notice,
    ) -> Result<(), Fault> {
        for stored in list_identifiers(&mut *tx, account.id).await? {
            let to = self.open_identifier(&stored)?;
            self.outgoing(Some(account.id), &to, account.language, notice, now).put(tx, now).await?;
        }
        Ok(())
    }

    /// The identifier that a row holds.
    pub(crate) fn open_identifier(&self, stored: &StoredIdentifier) -> Result<Identifier, Fault> {
        let plain = self.keys.open(Sealed::Identifier, stored.id.as_uuid().as_bytes(), &stored.sealed);
        let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
        let text = text.ok_or_else(|| Fault::internal("opening a stored identifier"))?;
        Ok(Identifier::restore(stored.kind, text))
    }

    /// The oldest verified identifier of an account.
    pub(crate) async fn first_identifier(
        &self,
        db: &Db,
        account: AccountId,
    ) -> Result<Option<Identifier>, Fault> {
        let stored = list_identifiers(db, account).await?;
        stored.first().map(|stored| self.open_identifier(stored)).transpose()
    }
}
