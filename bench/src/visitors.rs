//! The machines of the visitors: what a browser works out by itself runs behind everything that is measured.
//!
//! A proof of work takes a browser's core for some milliseconds, and a real browser has a core of its own. Here it shares
//! the server's. At the same priority each proof would take a core from a hash in its middle, and the hash would pay for
//! that in the figures.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync::oneshot;

/// Behind the hashes (nice 5) and what they answer, and not so far that a machine with other work lets nobody through.
const NICENESS: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// Runs what a browser has to work out, behind all others.
pub async fn work_out<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    static ORDERS: OnceLock<Mutex<Sender<Work>>> = OnceLock::new();
    let (answer, answered) = oneshot::channel();
    let order: Work = Box::new(move || {
        // A browser that has gone needs no answer.
        let _ = answer.send(work());
    });
    let orders = ORDERS.get_or_init(|| Mutex::new(start()));
    orders.lock().unwrap_or_else(PoisonError::into_inner).send(order).expect("the threads stay");
    answered.await.expect("work does not panic")
}

/// A thread a core.
fn start() -> Sender<Work> {
    static WAITING: OnceLock<Mutex<Receiver<Work>>> = OnceLock::new();
    let (orders, ordered) = channel();
    let waiting = WAITING.get_or_init(|| Mutex::new(ordered));
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        std::thread::spawn(|| {
            rustix::process::setpriority_process(None, NICENESS).expect("anybody may stand back");
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(work) = next else { return };
                work();
            }
        });
    }
    orders
}
