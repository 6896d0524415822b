//! The one thread that writes. A write runs on it from BEGIN to COMMIT; those that arrive while the disk syncs the one
//! before share the next COMMIT, each in a savepoint of its own, and are answered once it is on the disk.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tracing::Instrument as _;

use super::Connection;
use crate::db::{Contents, Tx, Work};
use crate::fault::StoreFault;

/// Writes that one COMMIT carries at most: the first of them waits for the others.
const TOGETHER: usize = 16;

/// How far the writer of history stands behind the others, as nice(2) counts: behind hashes, so that a flood of trades makes
/// nobody's sign-in wait.
const HISTORY_NICENESS: i32 = 19;

/// The way to the writer's thread.
pub(super) struct Writer {
    orders: Mutex<Option<Sender<Order>>>,
    /// Its sender goes with the thread.
    ended: watch::Receiver<()>,
}

enum Order {
    Write(Box<dyn Job>),
    #[cfg(feature = "testing")]
    Outside(Box<dyn FnOnce(&Connection) + Send>),
}

impl Writer {
    pub(super) fn start(connection: Connection, contents: Contents) -> Result<Self, sqlx::Error> {
        let (orders, ordered) = mpsc::channel();
        let (alive, ended) = watch::channel(());
        let run = move || {
            if contents == Contents::History {
                // A kernel that refuses changes nothing but who waits for whom.
                let _ = rustix::process::setpriority_process(None, HISTORY_NICENESS);
            }
            obey(connection, &ordered);
            drop(alive);
        };
        std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(run).map_err(sqlx::Error::Io)?;
        Ok(Self { orders: Mutex::new(Some(orders)), ended })
    }

    /// Works off what was ordered, then closes the connection.
    pub(super) async fn close(&self) {
        drop(self.orders.lock().unwrap_or_else(PoisonError::into_inner).take());
        // An error is the thread's end, and nothing else is ever said.
        let _ = self.ended.clone().changed().await;
    }

    fn order(&self, order: Order) -> Result<(), sqlx::Error> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        if sent { Ok(()) } else { Err(sqlx::Error::PoolClosed) }
    }

    pub(super) async fn write<T, E, F>(
        &self,
        doing: &'static str,
        patience: Duration,
        work: F,
    ) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreFault> + Send + 'static,
    {
        let database = |error| E::from(StoreFault::database(doing, error));
        let (answer, answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let write = Write {
            doing,
            work: Some(work),
            taken: Arc::clone(&taken),
            runtime: Handle::current(),
            span: tracing::Span::current(),
            came: None,
            answer,
        };
        self.order(Order::Write(Box::new(write))).map_err(database)?;
        let gone = |_| E::from(StoreFault::misuse(doing, "the writer's thread has ended"));
        let mut answered = std::pin::pin!(answered);
        match tokio::time::timeout(patience, &mut answered).await {
            Ok(answer) => answer.map_err(gone)?,
            // It is under way: what comes of it must be told.
            Err(_) if taken.swap(true, Ordering::SeqCst) => answered.await.map_err(gone)?,
            Err(_) => Err(database(sqlx::Error::PoolTimedOut)),
        }
    }

    #[cfg(feature = "testing")]
    pub(super) async fn outside<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, sqlx::Error> + Send + 'static,
    ) -> Result<T, sqlx::Error> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Outside(Box::new(move |connection| {
            let _ = answer.send(run(connection));
        })))?;
        answered.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

/// A write of any type.
trait Job: Send {
    /// Does what is to be done and says whether it is to be kept. The connection comes back.
    fn run(&mut self, connection: Connection) -> (Connection, Outcome);

    /// Answers whoever waits: with what came of it, or with a fault when it was not kept after all.
    fn answer(self: Box<Self>, fault: Option<sqlx::Error>);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Keep,
    Undo,
}

struct Write<T, E, F> {
    doing: &'static str,
    work: Option<F>,
    /// Set by whoever is first: the thread that begins it, or the caller that has waited too long for that.
    taken: Arc<AtomicBool>,
    runtime: Handle,
    span: tracing::Span,
    came: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Write<T, E, F>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreFault> + Send + 'static,
{
    fn run(&mut self, connection: Connection) -> (Connection, Outcome) {
        let Some(work) = self.work.take() else { return (connection, Outcome::Undo) };
        if self.taken.swap(true, Ordering::SeqCst) {
            return (connection, Outcome::Undo);
        }
        let mut tx = Tx::on_sqlite(connection);
        let (runtime, span) = (&self.runtime, self.span.clone());
        let ran: Result<Result<T, E>, Box<dyn Any + Send>> =
            catch_unwind(AssertUnwindSafe(|| runtime.block_on(work(&mut tx).instrument(span))));
        let misuse = |rule| Err(E::from(StoreFault::misuse(self.doing, rule)));
        let came = match ran {
            Ok(Ok(_)) if tx.is_spoiled() => misuse("a failed statement was passed over inside a write"),
            Ok(came) => came,
            Err(_) => misuse("the work panicked"),
        };
        let outcome = if came.is_ok() { Outcome::Keep } else { Outcome::Undo };
        self.came = Some(came);
        (tx.into_sqlite().expect("it was put there above"), outcome)
    }

    fn answer(self: Box<Self>, fault: Option<sqlx::Error>) {
        let came = match (fault, self.came) {
            (Some(error), Some(Ok(_)) | None) => Err(E::from(StoreFault::database(self.doing, error))),
            (_, Some(came)) => came,
            (None, None) => return,
        };
        // Whoever asked may have gone; what was written stays.
        let _ = self.answer.send(came);
    }
}

fn obey(mut connection: Connection, orders: &Receiver<Order>) {
    let mut next = orders.recv().ok();
    while let Some(order) = next {
        let left = match order {
            Order::Write(first) => {
                let (back, left) = write_together(connection, first, orders);
                connection = back;
                left
            }
            #[cfg(feature = "testing")]
            Order::Outside(run) => {
                run(&connection);
                None
            }
        };
        next = left.or_else(|| orders.recv().ok());
    }
}

/// Runs a write, and with it those that wait already; gives back an order that is none of them.
fn write_together(
    mut connection: Connection,
    mut first: Box<dyn Job>,
    orders: &Receiver<Order>,
) -> (Connection, Option<Order>) {
    // IMMEDIATE takes the write lock now; a later upgrade could fail at once with BUSY.
    if let Err(error) = connection.change("BEGIN IMMEDIATE", &[]) {
        first.answer(Some(error));
        return (connection, None);
    }
    let outcome;
    (connection, outcome) = first.run(connection);
    if outcome == Outcome::Undo {
        roll_back(&connection);
        first.answer(None);
        return (connection, None);
    }
    let (mut kept, mut lost) = (vec![first], None);
    let left = loop {
        if kept.len() >= TOGETHER || lost.is_some() {
            break None;
        }
        match orders.try_recv() {
            Ok(Order::Write(job)) => {
                let undone;
                (connection, undone, lost) = write_beside(connection, job);
                kept.extend(undone);
            }
            #[cfg(feature = "testing")]
            Ok(other) => break Some(other),
            Err(_) => break None,
        }
    };
    let lost = match lost {
        None => connection.change("COMMIT", &[]).err(),
        lost => lost,
    };
    roll_back(&connection);
    answer_all(kept, lost);
    (connection, left)
}

/// Runs one more write in the open transaction. Gives it back when it is to be kept, and a fault when the transaction
/// has gone with it.
fn write_beside(
    mut connection: Connection,
    mut job: Box<dyn Job>,
) -> (Connection, Option<Box<dyn Job>>, Option<sqlx::Error>) {
    if let Err(error) = connection.change("SAVEPOINT beside", &[]) {
        job.answer(Some(error));
        return (connection, None, None);
    }
    let outcome;
    (connection, outcome) = job.run(connection);
    if outcome == Outcome::Keep {
        return match connection.change("RELEASE beside", &[]) {
            Ok(_) => (connection, Some(job), None),
            Err(error) => (connection, Some(job), Some(error)),
        };
    }
    if !connection.is_in_transaction() {
        job.answer(None);
        let gone = std::io::Error::other("SQLite has given up the transaction that this write shared");
        return (connection, None, Some(sqlx::Error::Io(gone)));
    }
    let back = connection
        .change("ROLLBACK TO beside", &[])
        .and_then(|_| connection.change("RELEASE beside", &[]))
        .err();
    job.answer(None);
    (connection, None, back)
}

/// After a COMMIT that went through there is nothing to roll back.
fn roll_back(connection: &Connection) {
    if connection.is_in_transaction()
        && let Err(error) = connection.change("ROLLBACK", &[])
    {
        tracing::debug!(%error, "a rollback failed");
    }
}

fn answer_all(jobs: Vec<Box<dyn Job>>, lost: Option<sqlx::Error>) {
    let Some(error) = lost else {
        for job in jobs {
            job.answer(None);
        }
        return;
    };
    for job in jobs {
        job.answer(Some(again(&error)));
    }
}

/// The same fault for each of those that it hit.
fn again(error: &sqlx::Error) -> sqlx::Error {
    let same = error.as_database_error().and_then(|error| error.try_downcast_ref::<super::SqliteError>());
    match same {
        Some(same) => sqlx::Error::Database(Box::new(same.clone())),
        None => sqlx::Error::Io(std::io::Error::other(error.to_string())),
    }
}
