//! Who listens to market data: one bounded queue for each stream, all of them given the same bytes.

use std::collections::BTreeSet;
use std::task::{Context, Poll};

use bytes::Bytes;
use doorward_domain::id::AccountId;
use doorward_domain::market::instrument::{MarketId, OwnerId};
use doorward_domain::token::TokenHash;
use tokio::sync::mpsc;

use super::data::OWN_FRAME;
use crate::app::App;
use crate::failure::Fault;
use crate::session_cache::Customer;

/// Frames that wait for one stream at most: about half of the 1 MiB of market rules 4. Whoever takes none of them for that
/// long is let go, and begins anew with a whole book.
const FRAMES_QUEUED: usize = 128;
/// Streams of one account. Each holds a connection, and over HTTP/1.1 browsers open six to a host: with fewer streams than
/// that, somebody with many windows can still load a page.
const STREAMS_PER_ACCOUNT: usize = 4;
/// Streams of this node.
const STREAMS: usize = 10_000;

/// Why somebody gets no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStream {
    /// The account has as many as it may.
    TooMany,
    /// The node has as many as it bears, or it is stopping.
    Full,
}

struct Listener {
    account: AccountId,
    owner: Option<OwnerId>,
    market: MarketId,
    queue: mpsc::Sender<Bytes>,
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Feed {
    listeners: Vec<Listener>,
    closed: bool,
}

impl Feed {
    fn add(&mut self, listener: Listener) -> Result<(), NoStream> {
        // A stream whose reader has gone is noticed here, or when it is sent to.
        self.listeners.retain(|listener| !listener.queue.is_closed());
        if self.closed || self.listeners.len() >= STREAMS {
            return Err(NoStream::Full);
        }
        let same = self.listeners.iter().filter(|other| other.account == listener.account).count();
        if same >= STREAMS_PER_ACCOUNT {
            return Err(NoStream::TooMany);
        }
        self.listeners.push(listener);
        Ok(())
    }

    pub(crate) fn has_listeners(&self, market: MarketId) -> bool {
        self.listeners.iter().any(|listener| listener.market == market)
    }

    /// Gives these bytes to everybody who listens to a market. Whoever cannot take them is let go.
    pub(crate) fn send_to_market(&mut self, market: MarketId, frames: &Bytes) {
        self.listeners.retain(|listener| listener.market != market || give(&listener.queue, frames.clone()));
    }

    /// Tells these owners that something of theirs has changed.
    pub(crate) fn send_to_owners(&mut self, owners: &BTreeSet<OwnerId>) {
        if owners.is_empty() {
            return;
        }
        self.listeners.retain(|listener| {
            let is_meant = listener.owner.is_some_and(|owner| owners.contains(&owner));
            !is_meant || give(&listener.queue, Bytes::from_static(OWN_FRAME.as_bytes()))
        });
    }

    /// Tells every owner to look for themselves: what changed was missed.
    pub(crate) fn send_to_all_owners(&mut self) {
        self.listeners.retain(|listener| give(&listener.queue, Bytes::from_static(OWN_FRAME.as_bytes())));
    }

    /// Ends every stream, and takes no more.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.listeners.clear();
    }
}

fn give(queue: &mpsc::Sender<Bytes>, frames: Bytes) -> bool {
    match queue.try_send(frames) {
        Ok(()) => true,
        Err(mpsc::error::TrySendError::Closed(_)) => false,
        Err(mpsc::error::TrySendError::Full(_)) => {
            metrics::counter!("doorward_market_streams_cut_total", "why" => "slow").increment(1);
            false
        }
    }
}

/// A stream's frames, until it is let go.
pub struct Frames(mpsc::Receiver<Bytes>);

impl Frames {
    /// The next frames; `None` at the end of the stream.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.poll_recv(cx)
    }
}

impl App {
    /// Begins a stream of a market: whether it takes orders, its whole book, its last trades and its ticker, and from then
    /// on what changes. The reader is told as well when something of their own changed.
    ///
    /// # Errors
    /// There are as many streams as may be; or the database does not answer.
    pub async fn listen_to_market(
        &self,
        customer: &Customer,
        market: MarketId,
    ) -> Result<Result<Frames, NoStream>, Fault> {
        let owner = self.owner_if_any(customer).await?;
        let (queue, frames) = mpsc::channel(FRAMES_QUEUED);
        // Under one lock, so that no change falls between the first frames and those that follow.
        let mut live = self.floor().live.lock();
        let facts = self.matching.as_ref().and_then(|matching| matching.view().market(market));
        let first = live.first_frames(market, facts.is_some_and(|facts| facts.halted), self.now());
        // The queue is empty, so it has room.
        let _ = queue.try_send(first.into());
        let listener = Listener { account: customer.account, owner, market, queue };
        Ok(live.feed.add(listener).map(|()| Frames(frames)))
    }

    /// Whether memory knows that a session is open, without counting as its use. False says nothing:
    /// [`App::session_is_open`] asks the database.
    pub fn session_is_known_open(&self, session: &TokenHash) -> bool {
        self.sessions.is_known(session, self.now())
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::time::Timestamp;

    use super::*;

    fn listener(account: u8, market: u16) -> (Listener, Frames) {
        let (queue, frames) = mpsc::channel(FRAMES_QUEUED);
        let account = AccountId::from_parts(Timestamp::from_seconds(1), [account; 16]);
        (Listener { account, owner: Some(OwnerId(7)), market: MarketId(market), queue }, Frames(frames))
    }

    #[test]
    fn whoever_takes_nothing_is_let_go_and_the_others_go_on() {
        let mut feed = Feed::default();
        let ((slow, mut slow_frames), (quick, mut quick_frames)) = (listener(1, 0), listener(2, 0));
        feed.add(slow).expect("a place");
        feed.add(quick).expect("a place");
        let bytes = Bytes::from_static(b"event: depth\n\n");
        for _ in 0..=FRAMES_QUEUED {
            feed.send_to_market(MarketId(0), &bytes);
            assert_eq!(quick_frames.0.try_recv().as_deref(), Ok(&b"event: depth\n\n"[..]));
        }
        assert_eq!(feed.listeners.len(), 1);
        for _ in 0..FRAMES_QUEUED {
            assert!(slow_frames.0.try_recv().is_ok());
        }
        assert_eq!(slow_frames.0.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
    }

    #[test]
    fn an_account_has_four_streams_and_another_one_its_own() {
        let mut feed = Feed::default();
        let mut kept = Vec::new();
        for _ in 0..STREAMS_PER_ACCOUNT {
            let (one, frames) = listener(1, 0);
            feed.add(one).expect("a place");
            kept.push(frames);
        }
        assert_eq!(feed.add(listener(1, 1).0), Err(NoStream::TooMany));
        feed.add(listener(2, 0).0).expect("another account");
        kept.pop();
        feed.add(listener(1, 0).0).expect("the place of the one that has gone");
        feed.close();
        assert_eq!(feed.add(listener(3, 0).0), Err(NoStream::Full));
    }

    #[test]
    fn only_the_owner_hears_of_what_is_their_own() {
        let mut feed = Feed::default();
        let (one, mut frames) = listener(1, 0);
        feed.add(one).expect("a place");
        feed.send_to_owners(&BTreeSet::from([OwnerId(8)]));
        assert!(frames.0.try_recv().is_err());
        feed.send_to_owners(&BTreeSet::from([OwnerId(7), OwnerId(8)]));
        assert_eq!(frames.0.try_recv().as_deref(), Ok(OWN_FRAME.as_bytes()));
        feed.send_to_all_owners();
        assert_eq!(frames.0.try_recv().as_deref(), Ok(OWN_FRAME.as_bytes()));
    }
}
