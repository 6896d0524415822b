//! A body of server-sent events: frames that were encoded once for everybody, until somebody has gone.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use doorward_app::App;
use doorward_app::market::Frames;
use doorward_domain::token::TokenHash;
use http_body::Frame;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often a stream asks whether its session is open.
const ASKS_EVERY: Duration = Duration::from_secs(1);
/// After so many quiet seconds a comment is sent: a reader who has gone without a word is noticed by it.
const QUIET_SECONDS: u32 = 3;
const COMMENT: &[u8] = b":\n\n";

type Asking = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Frames for as long as the session is open. It ends when the reader is too slow, when the session has ended or idled, and
/// when the program stops; a reader who may come back does so through the door.
pub(crate) struct EventStream {
    frames: Frames,
    app: App,
    session: TokenHash,
    asks: Interval,
    /// The question to the database, while it is on its way.
    asking: Option<Asking>,
    quiet_seconds: u32,
}

impl EventStream {
    pub(crate) fn new(frames: Frames, app: App, session: TokenHash) -> EventStream {
        let mut asks = interval(ASKS_EVERY);
        asks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick comes at once, and the door has just asked.
        asks.reset();
        EventStream { frames, app, session, asks, asking: None, quiet_seconds: 0 }
    }

    /// Asks each second; memory knows most of the time. A database that does not answer vouches for nobody.
    fn has_ended(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            if let Some(asking) = &mut self.asking {
                let Poll::Ready(is_open) = asking.as_mut().poll(cx) else { return false };
                self.asking = None;
                if !is_open {
                    return true;
                }
            }
            if self.asks.poll_tick(cx).is_pending() {
                return false;
            }
            self.quiet_seconds += 1;
            if !self.app.session_is_known_open(&self.session) {
                let (app, session) = (self.app.clone(), self.session);
                self.asking =
                    Some(Box::pin(async move { app.session_is_open(&session).await.unwrap_or(false) }));
            }
        }
    }

    pub(crate) fn into_body(self) -> axum::body::Body {
        axum::body::Body::new(self)
    }
}

impl HttpBody for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // First of all: frames that never cease must not keep an ended session's stream alive.
        if self.has_ended(cx) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = self.frames.poll_next(cx) {
            self.quiet_seconds = 0;
            return Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))));
        }
        if self.quiet_seconds < QUIET_SECONDS {
            return Poll::Pending;
        }
        self.quiet_seconds = 0;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(COMMENT)))))
    }
}
