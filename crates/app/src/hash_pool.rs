//! The bounded pool on which every memory-hard hash runs.
//!
//! Threads of its own with memory of its own: hashing can neither starve the request loop nor grow beyond
//! `lanes × 19 MiB`. A full queue is an answer at once, never a wait without end.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::failure::Fault;

/// Length of a password's hash in bytes.
pub const HASH_BYTES: usize = 32;

/// How far the hash threads stand behind the others, as nice(2) counts.
const NICENESS: i32 = 5;

/// What one Argon2id hash costs. Stored with each password, so that it can be raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; one, because parallel hashes use the cores already.
    pub lanes: u32,
}

impl HashCost {
    /// Entry rules 3: 19 MiB, two passes, one lane.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    /// `None` when Argon2 does not know such a cost.
    fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES)).ok()
    }

    /// Whether Argon2 can be run with this cost in at most 1 GiB.
    pub fn is_possible(self) -> bool {
        self.memory_kib <= 1 << 20 && self.params().is_some()
    }
}

impl fmt::Display for HashCost {
    /// As it is stored: `m=19456,t=2,p=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }
}

/// A text that is no cost, or none that can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cost of a hash")]
pub struct NoHashCost;

impl FromStr for HashCost {
    type Err = NoHashCost;

    fn from_str(text: &str) -> Result<Self, NoHashCost> {
        let mut numbers = text.split(',').zip(["m=", "t=", "p="]).map(|(part, name)| {
            part.strip_prefix(name).and_then(|number| number.parse().ok()).ok_or(NoHashCost)
        });
        let mut next = || numbers.next().unwrap_or(Err(NoHashCost));
        let cost = Self { memory_kib: next()?, passes: next()?, lanes: next()? };
        if cost.is_possible() && cost.to_string() == text { Ok(cost) } else { Err(NoHashCost) }
    }
}

/// Size of the pool.
#[derive(Debug, Clone, Copy)]
pub struct HashPoolSize {
    /// Worker threads; as many as cores.
    pub threads: usize,
    /// Longest queue; a quarter of it is kept for known devices.
    pub queue: usize,
}

impl HashPoolSize {
    /// One thread a core, and a queue that is worked off within about a second.
    pub fn of_machine() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, queue: threads * 32 }
    }
}

/// For whom a hash is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A browser that has entered this account before; may fill the whole queue.
    KnownDevice,
    /// Anybody else; may fill three quarters of it.
    Unknown,
}

/// Work with the memory blocks of one thread.
type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

struct Queue {
    waiting: VecDeque<Work>,
    /// Places promised to work that is not there yet.
    reserved: usize,
    /// Threads that are at work.
    working: usize,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    size: HashPoolSize,
}

impl Shared {
    fn room(&self, queue: &Queue, lane: Lane) -> Result<(), Fault> {
        let capacity = self.size.queue;
        let allowed = match lane {
            Lane::KnownDevice => capacity,
            Lane::Unknown => capacity - capacity / 4,
        };
        if queue.waiting.len() + queue.reserved < allowed {
            return Ok(());
        }
        metrics::counter!("doorward_hash_refused_total").increment(1);
        // A queue of 32 a thread is worked off in about a second.
        Err(Fault::busy("the hash queue is full", Duration::from_secs(2)))
    }

    // Nothing that can panic runs under the lock, so a poisoned one holds a sound queue all the same.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pool. Dropping it ends its threads after their present hash.
pub struct HashPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// The operating system gives no threads.
    pub fn start(size: HashPoolSize) -> Result<Self, Fault> {
        let queue = Mutex::new(Queue {
            waiting: VecDeque::with_capacity(size.queue),
            reserved: 0,
            working: 0,
            closed: false,
        });
        let shared = Arc::new(Shared { queue, arrived: Condvar::new(), size });
        let mut pool = Self { shared, threads: Vec::with_capacity(size.threads) };
        for index in 0..size.threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new()
                .name(format!("hash-{index}"))
                .spawn(move || work(&shared))
                .map_err(|error| Fault::unavailable("starting a hash thread").caused_by(error))?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// How much work is waiting.
    pub fn depth(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// Whether work goes on or waits: then the machine is not idle.
    pub fn is_at_work(&self) -> bool {
        let queue = self.shared.lock();
        queue.working > 0 || !queue.waiting.is_empty()
    }

    /// How full the queue is, percent.
    pub fn fill_percent(&self) -> u8 {
        let percent = self.depth() * 100 / self.capacity().max(1);
        u8::try_from(percent).unwrap_or(100)
    }

    /// The longest queue there may be.
    pub fn capacity(&self) -> usize {
        self.shared.size.queue
    }

    /// The Argon2id hash of a password.
    ///
    /// # Errors
    /// [`crate::failure::FaultKind::Busy`] at once when the queue is full for this lane; a fault when `cost` is
    /// impossible.
    pub async fn hash(
        &self,
        lane: Lane,
        cost: HashCost,
        password: Zeroizing<Vec<u8>>,
        salt: [u8; 16],
    ) -> Result<Zeroizing<[u8; HASH_BYTES]>, Fault> {
        self.hash_at(self.reserve(lane)?, cost, password, salt).await
    }

    /// The same in a place that was reserved.
    ///
    /// # Errors
    /// A fault when `cost` is impossible.
    pub async fn hash_at(
        &self,
        room: Reserved,
        cost: HashCost,
        password: Zeroizing<Vec<u8>>,
        salt: [u8; 16],
    ) -> Result<Zeroizing<[u8; HASH_BYTES]>, Fault> {
        let params = cost.params().filter(|_| cost.is_possible());
        let params = params.ok_or_else(|| Fault::internal("hashing with an impossible cost"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        self.run_at(room, move |memory| {
            let mut out = Zeroizing::new([0; HASH_BYTES]);
            let blocks = argon2.params().block_count();
            if memory.len() < blocks {
                memory.resize(blocks, Block::new());
            }
            argon2
                .hash_password_into_with_memory(&password, &salt, out.as_mut(), &mut memory[..blocks])
                .map(|()| out)
        })
        .await?
        .map_err(|error| Fault::internal("hashing a password").caused_by(error.to_string()))
    }

    /// Runs other memory-hard work, such as the proof of a human check, within the same bounds.
    ///
    /// # Errors
    /// As [`HashPool::hash`].
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.run_at(self.reserve(lane)?, job).await
    }

    async fn run_at<T: Send + 'static>(
        &self,
        room: Reserved,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            // Whoever asked may have gone meanwhile; then nobody pays for the hash.
            if !answer.is_closed() {
                let _ = answer.send(job(memory));
            }
        });
        self.enqueue_at(room, work)?;
        answered.await.map_err(|_| Fault::unavailable("hashing while shutting down"))
    }

    /// Takes a place in the queue before the work that leads to a hash: in a flood most are told at once that there is
    /// none, and nothing was written for them.
    ///
    /// # Errors
    /// Busy when the queue is full for this lane.
    pub fn reserve(&self, lane: Lane) -> Result<Reserved, Fault> {
        let mut queue = self.shared.lock();
        if queue.closed {
            return Err(Fault::unavailable("hashing while shutting down"));
        }
        self.shared.room(&queue, lane)?;
        queue.reserved += 1;
        Ok(Reserved { shared: Arc::clone(&self.shared) })
    }

    fn enqueue_at(&self, room: Reserved, work: Work) -> Result<(), Fault> {
        let mut queue = self.shared.lock();
        if queue.closed {
            drop(queue);
            return Err(Fault::unavailable("hashing while shutting down"));
        }
        queue.waiting.push_back(work);
        let depth = queue.waiting.len();
        drop(queue);
        drop(room);
        self.shared.arrived.notify_one();
        note_depth(depth);
        Ok(())
    }

    #[cfg(test)]
    fn enqueue(&self, lane: Lane, work: Work) -> Result<(), Fault> {
        self.enqueue_at(self.reserve(lane)?, work)
    }
}

/// A place in the queue that nobody else gets; dropping it gives it back.
pub struct Reserved {
    shared: Arc<Shared>,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shared.lock().reserved -= 1;
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.waiting.clear();
        drop(queue);
        self.shared.arrived.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to give back.
            let _ = thread.join();
        }
    }
}

fn note_depth(depth: usize) {
    metrics::gauge!("doorward_hash_queue_depth").set(u32::try_from(depth).unwrap_or(u32::MAX));
}

fn work(shared: &Shared) {
    // Behind the request loop and the database: what they have to do takes microseconds, and a hash that holds the
    // core would make each of their turns wait for milliseconds. A kernel that refuses changes nothing but that.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    // Kept for the life of the thread: fresh pages would cost every hash a seventh of its time.
    let mut memory: Vec<Block> = Vec::new();
    let mut queue = shared.lock();
    loop {
        let work = loop {
            if let Some(work) = queue.waiting.pop_front() {
                note_depth(queue.waiting.len());
                break work;
            }
            if queue.closed {
                return;
            }
            queue = shared.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        };
        queue.working += 1;
        drop(queue);
        work(&mut memory);
        queue = shared.lock();
        queue.working -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FaultKind;

    const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1, lanes: 1 };

    fn password() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(b"correct horse".to_vec())
    }

    #[test]
    fn a_cost_has_one_spelling_and_cannot_be_more_than_the_machine_pays() {
        assert_eq!(HashCost::DEFAULT.to_string().parse(), Ok(HashCost::DEFAULT));
        for text in
            ["", "m=19456,t=2", "m=019456,t=2,p=1", "m=19456,t=2,p=1,", "m=4294967295,t=2,p=1", "t=2,m=1,p=1"]
        {
            assert_eq!(text.parse::<HashCost>(), Err(NoHashCost), "{text}");
        }
    }

    #[tokio::test]
    async fn kept_memory_gives_the_same_hash_as_fresh_memory() {
        let pool = HashPool::start(HashPoolSize { threads: 1, queue: 4 }).expect("threads");
        let first = pool.hash(Lane::Unknown, CHEAP, password(), [1; 16]).await.expect("a hash");
        let dearer = HashCost { memory_kib: 128, ..CHEAP };
        let other = pool.hash(Lane::Unknown, dearer, password(), [1; 16]).await.expect("a hash");
        let again = pool.hash(Lane::Unknown, CHEAP, password(), [1; 16]).await.expect("a hash");
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_strangers_at_once_and_keeps_a_quarter_for_known_devices() {
        let pool = HashPool::start(HashPoolSize { threads: 1, queue: 4 }).expect("threads");
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let busy = move |_: &mut Vec<Block>| {
            let _ = started.send(());
            let _ = held.recv();
        };
        pool.enqueue(Lane::Unknown, Box::new(busy)).expect("the first place");
        has_started.await.expect("the thread is at work");

        for _ in 0..3 {
            pool.enqueue(Lane::Unknown, Box::new(|_| ())).expect("three places for anybody");
        }
        let refused = pool.hash(Lane::Unknown, CHEAP, password(), [1; 16]).await.expect_err("no place");
        assert!(matches!(refused.kind, FaultKind::Busy { retry_after } if retry_after > Duration::ZERO));
        assert!(pool.reserve(Lane::Unknown).is_err());
        let fourth = pool.reserve(Lane::KnownDevice).expect("the fourth is for a known device");
        assert!(pool.reserve(Lane::KnownDevice).is_err(), "and promised to one alone");
        drop(fourth);
        pool.enqueue(Lane::KnownDevice, Box::new(|_| ())).expect("the fourth is for a known device");
        assert!(pool.enqueue(Lane::KnownDevice, Box::new(|_| ())).is_err());
        release.send(()).expect("the thread waits");
        pool.hash(Lane::KnownDevice, CHEAP, password(), [1; 16])
            .await
            .map(drop)
            .or_else(|fault| {
                // The released thread may not have taken the first job yet.
                matches!(fault.kind, FaultKind::Busy { .. }).then_some(()).ok_or(fault)
            })
            .expect("worked off or busy");
    }

    #[tokio::test]
    async fn a_pool_is_at_work_until_its_last_hash_has_ended() {
        let pool = HashPool::start(HashPoolSize { threads: 1, queue: 4 }).expect("threads");
        assert!(!pool.is_at_work());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let busy = move |_: &mut Vec<Block>| {
            let _ = started.send(());
            let _ = held.recv();
        };
        pool.enqueue(Lane::Unknown, Box::new(busy)).expect("a place");
        has_started.await.expect("the thread is at work");
        assert_eq!(pool.depth(), 0);
        assert!(pool.is_at_work(), "nothing waits, and a thread works");
        release.send(()).expect("the thread waits");
        while pool.is_at_work() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn nobody_pays_for_a_hash_whose_asker_has_gone() {
        let pool = HashPool::start(HashPoolSize { threads: 1, queue: 8 }).expect("threads");
        let (release, held) = std::sync::mpsc::channel::<()>();
        pool.enqueue(
            Lane::Unknown,
            Box::new(move |_| {
                let _ = held.recv();
            }),
        )
        .expect("a place");
        let ran = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let flag = Arc::clone(&ran);
        let gone = pool.run(Lane::Unknown, move |_| flag.store(true, std::sync::atomic::Ordering::SeqCst));
        let mut gone = Box::pin(gone);
        assert!(futures_poll_once(&mut gone).await);
        drop(gone);
        release.send(()).expect("the thread waits");
        pool.run(Lane::Unknown, |_| ()).await.expect("the queue goes on");
        assert!(!ran.load(std::sync::atomic::Ordering::SeqCst));
    }

    /// Polls once and says whether the future is still pending.
    async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
        })
        .await
    }
}
