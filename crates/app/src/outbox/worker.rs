//! The worker that empties the outbox.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use doorward_domain::identifier::Identifier;
use doorward_domain::notice::{Channel, Notice, NoticeKind};
use doorward_domain::phrase::{Phrase, PhrasePlace};
use doorward_domain::time::Timestamp;
use doorward_store::StoreFault;
use doorward_store::account::find_account_by_identifier;
use doorward_store::outbox::{self as store, ClaimedMessage};
use doorward_store::throttle::take_sms;
use doorward_wording::mail::{self, MailFrame};
use doorward_wording::sms;

use super::message;
use crate::app::App;
use crate::deliver::{DeliveryFault, Letter, ShortMessage};
use crate::failure::Fault;
use crate::keys::Sealed;

/// Messages on their way at one time; a mail server that hangs keeps at most this many places.
const AT_ONCE: usize = 8;
/// The longest time for handing one message over.
const HAND_OVER: Duration = Duration::from_secs(60);
/// A message that a node took and did not answer for is another node's after this long.
const LEASE: Duration = Duration::from_secs(120);
/// How often the worker looks without being woken.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The first wait after a failure; it triples with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Tries after which a message is dead: about eight hours.
const TRIES: i64 = 14;

/// What one round over the outbox did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Messages that went out.
    pub sent: usize,
    /// Messages that will be tried again.
    pub put_off: usize,
    /// Messages given up.
    pub dead: usize,
}

/// What became of one message.
enum Fate {
    Sent,
    PutOff,
    Dead,
}

impl App {
    /// Empties the outbox until `stop`; then finishes what is on its way.
    pub async fn run_outbox(self, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            self.outbox.beat_us.store(self.now().as_micros(), Ordering::Relaxed);
            match self.lease(AT_ONCE - under_way.len()).await {
                Ok(leased) => {
                    for one in leased {
                        let app = self.clone();
                        under_way.spawn(async move {
                            if let Err(fault) = app.deliver(one).await {
                                // The lease runs out and the message goes again, under the same Message-ID.
                                tracing::error!(%fault, source = ?fault.source, "what became of a message is not noted");
                            }
                        });
                    }
                }
                Err(fault) => {
                    tracing::error!(%fault, source = ?fault.source, "the outbox cannot be read");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.outbox.wake.notified(), if under_way.len() < AT_ONCE => {}
                Some(_) = under_way.join_next(), if under_way.len() == AT_ONCE => {}
            }
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Sends what is due now, one after the other.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deliver_due(&self) -> Result<Round, Fault> {
        let mut round = Round::default();
        for leased in self.lease(usize::MAX).await? {
            match self.deliver(leased).await? {
                Fate::Sent => round.sent += 1,
                Fate::PutOff => round.put_off += 1,
                Fate::Dead => round.dead += 1,
            }
        }
        Ok(round)
    }

    async fn lease(&self, at_most: usize) -> Result<Vec<ClaimedMessage>, Fault> {
        let now = self.now();
        let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
        // A look costs a read; only what is due costs a write.
        let next = store::find_next_attempt(&self.db).await?;
        if limit == 0 || next.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let write = self.db.write("claiming messages", move |tx| {
            Box::pin(async move { store::claim_messages(tx, now, now.plus(LEASE), limit).await })
        });
        write.await.map_err(|fault: StoreFault| fault.into())
    }

    async fn deliver(&self, leased: ClaimedMessage) -> Result<Fate, Fault> {
        let (id, attempts, now) = (leased.id, leased.attempts, self.now());
        let handed_over = match tokio::time::timeout(HAND_OVER, self.hand_over(&leased, now)).await {
            Ok(handed_over) => handed_over,
            Err(_) => Err(DeliveryFault::Later("handing over took too long".to_owned())),
        };
        let (outcome, fate) = match &handed_over {
            Ok(()) => ("sent", Fate::Sent),
            Err(DeliveryFault::Later(_)) if attempts < TRIES => ("put-off", Fate::PutOff),
            Err(_) => ("dead", Fate::Dead),
        };
        let (kind, channel) = (leased.kind.name(), leased.channel.name());
        metrics::counter!("doorward_messages", "channel" => channel, "outcome" => outcome).increment(1);
        match (&handed_over, &fate) {
            (Err(fault), Fate::Dead) => {
                tracing::error!(message = %id, kind, channel, attempts, "a message is given up: {fault}");
            }
            (Err(fault), _) => {
                tracing::warn!(message = %id, kind, channel, attempts, "a message did not leave: {fault}");
            }
            (Ok(()), _) => {}
        }
        // What carries a secret that is worthless by now is not kept for a second life.
        let erase = leased.kind == NoticeKind::Code || leased.kind == NoticeKind::ResetLink;
        let noted_at = self.now();
        let noted = self.db.write("noting what became of a message", move |tx| {
            Box::pin(async move {
                match handed_over {
                    Ok(()) => store::mark_sent(tx, id, attempts, noted_at).await,
                    Err(DeliveryFault::Later(reason)) if attempts < TRIES => {
                        let next = noted_at.plus(wait_after(attempts));
                        store::mark_failed(tx, id, attempts, &reason, next).await
                    }
                    Err(fault) => store::mark_dead(tx, id, attempts, &fault.to_string(), erase).await,
                }
            })
        });
        noted.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        Ok(fate)
    }

    async fn hand_over(&self, leased: &ClaimedMessage, now: Timestamp) -> Result<(), DeliveryFault> {
        let opened = self.keys.open(Sealed::Outbox, leased.id.as_uuid().as_bytes(), &leased.sealed);
        let opened = opened.and_then(|plain| message::decode(&plain));
        let Some((to, notice)) = opened else {
            return Err(DeliveryFault::Never("it cannot be opened with this installation's keys".to_owned()));
        };
        if self.is_stale(&notice, leased.created_at, now) {
            return Err(DeliveryFault::Never("what it carries has expired".to_owned()));
        }
        match super::channel_of(&to) {
            Channel::Mail => {
                let phrase = self.mail_phrase(leased, &to).await?;
                let phrase = phrase.as_ref().map(Phrase::as_str);
                self.outbox.mail.send(&self.letter(leased, &to, &notice, phrase)).await
            }
            Channel::Sms => {
                self.may_send_sms(&to, &notice, now).await?;
                let text = sms::render(&notice, leased.language, &self.mail_frame());
                let message = ShortMessage {
                    id: leased.id.to_string(),
                    written_at: leased.created_at,
                    to: to.as_str().to_owned(),
                    text,
                };
                self.outbox.sms.send(&message, now).await
            }
        }
    }

    /// The phrase by which the owner knows that a mail is ours: read when it is sent, and only where the recipient is a
    /// proved identifier of the account. Whoever is still to prove an address must not learn it there.
    async fn mail_phrase(
        &self,
        leased: &ClaimedMessage,
        to: &Identifier,
    ) -> Result<Option<Phrase>, DeliveryFault> {
        let Some(account) = leased.account_id else { return Ok(None) };
        let later = || DeliveryFault::Later("the phrase of the account cannot be read".to_owned());
        let owner = find_account_by_identifier(&self.db, &self.lookup_of(to)).await.map_err(|_| later())?;
        if owner.is_none_or(|owner| owner.id != account) {
            return Ok(None);
        }
        self.phrase(account, PhrasePlace::Mail).await.map_err(|_| later())
    }

    /// SMS go only where the operator lets them, and so many a day (entry rules 4). The code of an anonymous request was
    /// counted when it was asked for; everything else is counted here, and put off when the day is full.
    async fn may_send_sms(
        &self,
        to: &Identifier,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<(), DeliveryFault> {
        let Some(prefix) = self.sms_prefix(to) else {
            return Err(DeliveryFault::Never("no SMS goes to this prefix".to_owned()));
        };
        if matches!(notice, Notice::Code { .. } | Notice::ResetLink { .. }) {
            return Ok(());
        }
        let cap = i64::from(self.policy.sms.per_prefix_and_day.max(1));
        let taken = self.db.write("counting an SMS", move |tx| {
            Box::pin(async move { take_sms(tx, &prefix, cap, now).await })
        });
        match taken.await.map_err(|fault: StoreFault| fault) {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(DeliveryFault::Later("as many SMS as a day may have went to this prefix".to_owned()))
            }
            Err(_) => Err(DeliveryFault::Later("the database does not count SMS".to_owned())),
        }
    }

    /// A code that arrives after its time would only confuse.
    fn is_stale(&self, notice: &Notice, written_at: Timestamp, now: Timestamp) -> bool {
        let valid_for = match notice {
            Notice::Code { .. } => self.policy.codes.valid_for,
            Notice::ResetLink { .. } => self.policy.reset.link_valid_for,
            _ => return false,
        };
        now >= written_at.plus(valid_for)
    }

    fn letter(
        &self,
        leased: &ClaimedMessage,
        to: &Identifier,
        notice: &Notice,
        phrase: Option<&str>,
    ) -> Letter {
        let mail = mail::render_with(notice, leased.language, &self.mail_frame(), phrase);
        Letter {
            id: leased.id.to_string(),
            written_at: leased.created_at,
            to: to.as_str().to_owned(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
        }
    }

    fn mail_frame(&self) -> MailFrame {
        MailFrame { site_name: self.site.name.clone(), public_url: self.site.public_url.clone() }
    }
}

/// How long to wait after this many tries.
fn wait_after(attempts: i64) -> Duration {
    let tripled = u32::try_from(attempts.saturating_sub(1)).ok().and_then(|times| 3_u32.checked_pow(times));
    tripled.map_or(LONGEST_WAIT, |factor| FIRST_WAIT.saturating_mul(factor)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_triple_up_to_an_hour() {
        let seconds: Vec<u64> = (1..=8).map(|attempts| wait_after(attempts).as_secs()).collect();
        assert_eq!(seconds, [5, 15, 45, 135, 405, 1_215, 3_600, 3_600]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
    }
}
