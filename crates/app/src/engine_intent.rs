//! Across database and engine: a command is written down in the transaction that decides it, and sent until the engine has
//! answered (market rules 5). Nothing is lost by a stop in between, and nothing is done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU128;
use std::time::Duration;

use doorward_domain::id::AccountId;
use doorward_domain::market::bytes::Reader;
use doorward_domain::market::codec::{read_command, write_command};
use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::market::event::Answer;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::account::hold_account;
use doorward_store::engine_intent::{self as store, NewIntent, OpenIntent};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Fault;
use crate::matching::{Answered, Matching, NotTaken, find_answers};

/// How often the worker looks without being woken: other nodes write commands, too.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Commands that are read in one go.
const PAGE: i64 = 200;
/// How long whoever decided something waits for the engine; the worker goes on without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers whose note failed: their commands are not sent again, however long the database is away.
#[derive(Default)]
pub(crate) struct Intents {
    answered: tokio::sync::Mutex<BTreeMap<CommandId, Answered>>,
    wake: tokio::sync::Notify,
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
        match tokio::time::timeout(PATIENCE, self.send_intents()).await {
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => {
                tracing::warn!(%fault, source = ?fault.source, "a command for the engine waits for the worker");
            }
            Err(_) => tracing::warn!("the engine has not answered in time: its worker goes on"),
        }
    }

    /// Sends every command that has no answer yet, in order, and notes what the engine answers; says how many.
    ///
    /// # Errors
    /// The database does not answer. What the engine has answered is remembered, and not sent again.
    pub async fn send_intents(&self) -> Result<u64, Fault> {
        let Some(matching) = &self.matching else { return Ok(0) };
        let mut answered = self.intents().answered.lock().await;
        let mut sent = 0;
        loop {
            // An answer may be the cause of another command, so the list is read until there is none.
            let open = store::list_open_intents(&self.db, PAGE).await?;
            if open.is_empty() {
                return Ok(sent);
            }
            for intent in open {
                let (id, command) = parts_of(&intent)?;
                let answer = match answered.get(&id) {
                    Some(answer) => *answer,
                    None => match matching.send_early(Some(id), command).await {
                        Ok(answer) => answer,
                        // Full or stopped: the next look tries again, in the same order.
                        Err(NotTaken::Full) => return Ok(sent),
                        Err(why) => return Err(Fault::unavailable("the engine").caused_by(why)),
                    },
                };
                answered.insert(id, answer);
                self.note_answer(intent, command, answer).await?;
                answered.remove(&id);
                sent += 1;
            }
        }
    }

    async fn note_answer(
        &self,
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
                    let noted =
                        store::answer_intent(tx, &intent.command_id, answered.sequence, &answer, now).await?;
                    if noted
                        && command == Command::OpenOwner
                        && let Answer::Owner(owner) = answered.answer
                    {
                        app.owner_opened(tx, account, owner, now).await?;
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
            if matching.ready().is_err() {
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
        let Some(after) = open.iter().map(|intent| intent.after_sequence).min() else { return Ok(()) };
        let wanted: BTreeSet<CommandId> =
            open.iter().map(|intent| parts_of(intent).map(|(id, _)| id)).collect::<Result<_, _>>()?;
        let (folder, tail) = (matching.folder().to_owned(), matching.sequence());
        let after = u64::try_from(after).unwrap_or(0);
        let found = tokio::task::spawn_blocking(move || find_answers(&folder, &wanted, after, tail)).await;
        let found = found
            .map_err(|error| Fault::internal("searching the journal").caused_by(error))?
            .map_err(|refused| Fault::unavailable("searching the journal").caused_by(refused))?;
        self.intents().answered.lock().await.extend(found);
        Ok(())
    }
}

fn parts_of(intent: &OpenIntent) -> Result<(CommandId, Command), Fault> {
    let unreadable = || Fault::internal("a stored command for the engine cannot be read");
    let id: [u8; 16] = intent.command_id.as_slice().try_into().map_err(|_| unreadable())?;
    let id = NonZeroU128::new(u128::from_le_bytes(id)).map(CommandId).ok_or_else(unreadable)?;
    let mut reader = Reader::new(&intent.command);
    let command = read_command(&mut reader).map_err(|_| unreadable())?;
    reader.end().map_err(|_| unreadable())?;
    Ok((id, command))
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
