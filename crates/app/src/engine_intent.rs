//! Across database and engine: a command is written down in the transaction that decides it, and sent until the engine has
//! answered (market rules 5). Nothing is lost by a stop in between, and nothing is done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU128;
use std::time::Duration;

use doorward_domain::id::AccountId;
use doorward_domain::market::bytes::Reader;
use doorward_domain::market::codec::{read_command, restriction_number, write_command};
use doorward_domain::market::command::{Command, CommandId, Restriction};
use doorward_domain::market::event::Answer;
use doorward_domain::time::Timestamp;
use doorward_store::account::hold_account;
use doorward_store::engine::find_lease;
use doorward_store::engine_intent::{self as store, NewIntent, OpenIntent};
use doorward_store::ledger_owner::set_restriction;
use doorward_store::{StoreFault, Tx};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::app::App;
use crate::failure::Fault;
use crate::matching::{Answered, Lease, Matching, NotTaken, find_answers};

/// How often the worker looks without being woken: other nodes write commands, too.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Commands that are read in one go.
const PAGE: usize = 200;
/// How long whoever decided something waits for the engine; the worker goes on without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of commands beside their rows.
#[derive(Default)]
pub(crate) struct Intents {
    known: tokio::sync::Mutex<Known>,
    wake: tokio::sync::Notify,
}

#[derive(Default)]
struct Known {
    /// Answers whose note failed: their commands are not sent again, however long the database is away.
    answered: BTreeMap<CommandId, Answered>,
    /// Accounts with a command that this version cannot read. Nothing behind it is sent, since order matters.
    stuck: BTreeSet<AccountId>,
}

impl App {
    /// Writes a command down that the engine shall carry out, behind the account's others. The account's row must be held;
    /// after the write, [`App::send_intents_soon`].
    pub(crate) async fn intend(
        &self,
        tx: &mut Tx,
        account_id: AccountId,
        command: &Command,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (command_id, command) = (self.new_command_id(), bytes_of(command));
        let intent = NewIntent { command_id: &command_id, account_id, command: &command };
        store::record_intent(tx, &intent, now).await?;
        Ok(())
    }

    /// Writes the command down that opens an account's ledger accounts, once.
    pub(crate) async fn intend_first(
        &self,
        tx: &mut Tx,
        account_id: AccountId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (command_id, command) = (self.new_command_id(), bytes_of(&Command::OpenOwner));
        let intent = NewIntent { command_id: &command_id, account_id, command: &command };
        store::record_first_intent(tx, &intent, now).await?;
        Ok(())
    }

    fn new_command_id(&self) -> [u8; 16] {
        self.random.bytes()
    }

    /// Sends what was decided here just now, and waits a little for the engine. Where there is none on this node, or it does
    /// not answer in time, a worker goes on.
    pub(crate) async fn send_intents_soon(&self) {
        self.intents().wake.notify_one();
        if self.matching.as_ref().is_none_or(|matching| matching.ready().is_err()) {
            return;
        }
        let app = self.clone();
        // Apart from whoever asked: an answer must not be lost because they have gone, or nobody knows that it was given.
        let sending = tokio::spawn(async move { app.send_intents().await }.in_current_span());
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(fault))) => {
                tracing::warn!(%fault, source = ?fault.source, "a command for the engine waits for the worker");
            }
            Ok(Err(error)) => tracing::error!(%error, "sending commands to the engine has panicked"),
            Err(_) => tracing::warn!("the engine has not answered in time: commands wait for it"),
        }
    }

    /// Sends every command that has no answer yet, in order, and notes what the engine answers; says how many. An account
    /// with one that cannot be read may do nothing in the engine from then on, and waits without holding others up.
    ///
    /// # Errors
    /// The database does not answer, or the engine takes nothing now: not all were sent. What the engine has answered is
    /// remembered, and not sent again.
    pub async fn send_intents(&self) -> Result<u64, Fault> {
        let Some(matching) = &self.matching else { return Ok(0) };
        let mut known = self.intents().known.lock().await;
        let (mut sent, mut waiting) = (0, 0);
        loop {
            // An answer may be the cause of another command, so the list is read until there is none that can be sent.
            let most = PAGE + waiting;
            let open = store::list_open_intents(&self.db, i64::try_from(most).unwrap_or(i64::MAX)).await?;
            let (listed, sent_before) = (open.len(), sent);
            waiting = 0;
            for intent in open {
                if known.stuck.contains(&intent.account_id) {
                    waiting += 1;
                    continue;
                }
                let Some((id, command)) = parts_of(&intent) else {
                    self.stop_owner(matching, &intent).await?;
                    known.stuck.insert(intent.account_id);
                    waiting += 1;
                    continue;
                };
                let answer = match known.answered.get(&id) {
                    Some(answer) => *answer,
                    None => matching.send_early(Some(id), command).await.map_err(not_sent)?,
                };
                known.answered.insert(id, answer);
                self.note_answer(matching.lease(), intent, command, answer).await?;
                known.answered.remove(&id);
                sent += 1;
            }
            if sent == sent_before && listed == waiting && listed < most {
                // Answers to what others have noted meanwhile.
                known.answered.clear();
                metrics::gauge!("doorward_market_stuck_accounts").set(known.stuck.len() as f64);
                return Ok(sent);
            }
        }
    }

    /// Lets the owner of an account whose decisions do not reach the engine do nothing there. What was decided last may
    /// have been a freeze.
    async fn stop_owner(&self, matching: &Matching, unreadable: &OpenIntent) -> Result<(), Fault> {
        let account = unreadable.account_id;
        tracing::error!(
            account = %account,
            number = unreadable.number,
            "a stored command for the engine cannot be read: its account may do nothing in the market until a version that reads it has sent it"
        );
        let write = self.db.write_again("stopping an owner", move |tx| {
            Box::pin(async move {
                hold_account(tx, account).await?;
                set_restriction(tx, account, restriction_number(Restriction::ALL)).await
            })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        // The row may say so since an earlier start, and the engine not know it.
        let Some(owner) = self.owner_of(account).await? else { return Ok(()) };
        let stop = Command::Restrict { owner, restriction: Restriction::ALL };
        matching.send_early(None, stop).await.map_err(not_sent)?;
        Ok(())
    }

    /// Notes an answer, unless a later engine has the database: what this one did is nobody's then.
    async fn note_answer(
        &self,
        lease: Lease,
        intent: OpenIntent,
        command: Command,
        answered: Answered,
    ) -> Result<(), Fault> {
        if let Answer::Refused(refused) = answered.answer {
            tracing::error!(
                ?refused,
                sequence = answered.sequence,
                "the engine refused what was decided here"
            );
        }
        let (app, now) = (self.clone(), self.now());
        self.db
            .write_again("noting the engine's answer", move |tx| {
                let (app, intent) = (app.clone(), intent.clone());
                Box::pin(async move {
                    let account = intent.account_id;
                    hold_account(tx, account).await?;
                    let answer = answer_bytes(answered.answer);
                    let (id, sequence) = (&intent.command_id, answered.sequence);
                    let noted = store::answer_intent(tx, id, &lease, sequence, &answer, now).await?;
                    let is_passed =
                        |found: Lease| found.epoch > lease.epoch || found.journal_id != lease.journal_id;
                    if !noted && find_lease(&mut *tx).await?.is_some_and(is_passed) {
                        return Err(Fault::unavailable("another engine has this database"));
                    }
                    if noted
                        && command == Command::OpenOwner
                        && let Answer::Owner(owner) = answered.answer
                    {
                        app.owner_opened(tx, account, owner, now).await?;
                    } else if noted {
                        // As a rule it was told just that; not so behind a command that could not be read for a while.
                        app.restrict_in(tx, account, now).await?;
                    }
                    Ok::<_, Fault>(())
                })
            })
            .await
    }

    /// Does what the market needs beside requests until `stop`: first what was promised before the last stop, then
    /// everybody's commands are taken, then commands are sent as they come.
    pub async fn run_matching(self, stop: CancellationToken) {
        let Some(matching) = self.matching.clone() else { return };
        let replayed = stop.run_until_cancelled(matching.replayed()).await;
        if replayed != Some(true) {
            return;
        }
        while !stop.is_cancelled() {
            match self.open_market(&matching).await {
                Ok(()) => break,
                Err(fault) => {
                    tracing::error!(%fault, source = ?fault.source, "the market does not open: what was promised before is not done yet");
                    let _ = stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
                }
            }
        }
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.intents().wake.notified() => {}
            }
            if matching.ready().err() == Some(NotTaken::Stopped) {
                return;
            }
            if let Err(fault) = self.send_intents().await {
                tracing::warn!(%fault, source = ?fault.source, "commands for the engine wait");
            }
        }
    }

    /// Sends what was promised before the last stop, and then lets everybody send. The journal must be replayed.
    ///
    /// # Errors
    /// The database or the journal cannot be read.
    pub async fn open_market(&self, matching: &Matching) -> Result<(), Fault> {
        self.look_for_answers(matching).await?;
        self.send_intents().await?;
        matching.admit();
        tracing::info!(record = matching.sequence(), "the market takes commands");
        Ok(())
    }

    /// What the engine may have answered before the last stop, and nobody noted. It keeps answers for ten minutes only; the
    /// journal keeps the commands.
    async fn look_for_answers(&self, matching: &Matching) -> Result<(), Fault> {
        let open = store::list_open_intents(&self.db, i64::MAX).await?;
        let is_unreadable = |intent: &&OpenIntent| parts_of(intent).is_none();
        let stuck: BTreeSet<AccountId> =
            open.iter().filter(is_unreadable).map(|intent| intent.account_id).collect();
        let open: Vec<&OpenIntent> =
            open.iter().filter(|intent| !stuck.contains(&intent.account_id)).collect();
        let Some(after) = open.iter().map(|intent| intent.after_sequence).min() else { return Ok(()) };
        let wanted: BTreeSet<CommandId> =
            open.iter().filter_map(|intent| parts_of(intent).map(|(id, _)| id)).collect();
        let (folder, tail) = (matching.folder().to_owned(), matching.sequence());
        let after = u64::try_from(after).unwrap_or(0);
        let found = tokio::task::spawn_blocking(move || find_answers(&folder, &wanted, after, tail)).await;
        let found = found
            .map_err(|error| Fault::internal("searching the journal").caused_by(error))?
            .map_err(|refused| Fault::unavailable("searching the journal").caused_by(refused))?;
        self.intents().known.lock().await.answered.extend(found);
        Ok(())
    }
}

/// Identity and command; `None` of one that this version does not know.
fn parts_of(intent: &OpenIntent) -> Option<(CommandId, Command)> {
    let id: [u8; 16] = intent.command_id.as_slice().try_into().ok()?;
    let id = NonZeroU128::new(u128::from_le_bytes(id)).map(CommandId)?;
    let mut reader = Reader::new(&intent.command);
    let command = read_command(&mut reader).ok()?;
    reader.end().ok()?;
    Some((id, command))
}

fn not_sent(why: NotTaken) -> Fault {
    Fault::unavailable("the engine").caused_by(why)
}

fn bytes_of(command: &Command) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_command(command, &mut bytes);
    bytes
}

/// An answer as its row keeps it: which kind, and the number that came into being or of the refusal.
fn answer_bytes(answer: Answer) -> [u8; 9] {
    let (kind, number) = answer.parts();
    let mut bytes = [kind; 9];
    bytes[1..].copy_from_slice(&number.to_le_bytes());
    bytes
}
