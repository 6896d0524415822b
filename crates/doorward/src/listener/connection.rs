//! One connection, from its first byte to its last: requests are handed to the router, and whatever makes no
//! progress loses its place.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use super::patience::{Patient, timed};
use crate::clock;
use crate::configuration::Listen;

/// A request's header is at most this long, all lines together.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Header lines at most.
const HEADERS_MAX: usize = 64;
/// Requests at the same time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 32;

/// What speaks on a connection, told by ALPN alone: no byte of the client decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    Http1,
    Http2,
}

/// What answers on a listener: for each connection a service that never fails and is always ready.
pub(crate) trait Surface: Clone + Send + Sync + 'static {
    type Door: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static;
    /// The door for a connection whose other end has this address.
    fn door(&self, peer: IpAddr) -> Self::Door;
}

impl Surface for doorward_web::Router {
    type Door = doorward_web::Door;
    fn door(&self, peer: IpAddr) -> doorward_web::Door {
        Self::door(self, peer)
    }
}

/// Everything that connections of one listener have in common.
#[derive(Clone)]
pub(super) struct Manners<S> {
    pub(super) surface: S,
    pub(super) limits: Arc<Listen>,
    pub(super) stopping: CancellationToken,
}

/// Serves one connection until it ends, stalls, or the program stops.
pub(super) async fn serve<I, S>(stream: I, peer: IpAddr, speech: Speech, manners: Manners<S>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Surface,
{
    let Manners { surface, limits, stopping } = manners;
    let door = surface.door(peer);
    let progress = Arc::new(Progress::default());
    let service = {
        let progress = progress.clone();
        let body_time = limits.body_time;
        service_fn(move |request: Request<Incoming>| {
            let running = Running::begin(&progress);
            let request = request.map(|body| timed(body, body_time));
            let answering = door.clone().call(request);
            async move {
                let Ok(response) = answering.await;
                Ok::<_, Infallible>(response.map(|body| Counted { body, running }))
            }
        })
    };
    let io = TokioIo::new(Patient::new(stream, limits.stall_time));
    match speech {
        Speech::Http1 => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.header_time)
                .max_headers(HEADERS_MAX)
                .max_buf_size(HEADER_BYTES_MAX)
                .serve_connection(io, service);
            attend(connection, &progress, &limits, stopping).await;
        }
        Speech::Http2 => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS_MAX)
                .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
                .keep_alive_interval(limits.idle_time)
                .keep_alive_timeout(limits.header_time)
                .serve_connection(io, service);
            attend(connection, &progress, &limits, stopping).await;
        }
    }
}

/// A hyper connection that can be asked to finish.
trait Connection: Future<Output = hyper::Result<()>> {
    fn finish(self: Pin<&mut Self>);
}

impl<I, S> Connection for http1::Connection<I, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = Counted>,
    S::Error: Into<axum::BoxError>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S> Connection for http2::Connection<I, S, TokioExecutor>
where
    S: hyper::service::HttpService<Incoming, ResBody = Counted>,
    S::Error: Into<axum::BoxError>,
    S::Future: Send + 'static,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    TokioExecutor: hyper::rt::bounds::Http2ServerConnExec<S::Future, Counted>,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Drives a connection and watches it: without a request it may idle so long, with one it must get on.
async fn attend<C: Connection>(
    connection: C,
    progress: &Progress,
    limits: &Listen,
    stopping: CancellationToken,
) {
    let mut connection = pin!(connection);
    let begun = clock::monotonic();
    progress.touch(begun);
    let mut asked_to_finish = false;
    loop {
        let allowed =
            if progress.running() > 0 || asked_to_finish { limits.request_time } else { limits.idle_time };
        let deadline = progress.last(begun) + allowed;
        tokio::select! {
            // How it ended (cut off, timed out, malformed) is the client's affair and no event of ours.
            _ = connection.as_mut() => return,
            () = tokio::time::sleep_until(deadline.into()) => {
                let now = clock::monotonic();
                let allowed = if progress.running() > 0 || asked_to_finish { limits.request_time } else { limits.idle_time };
                if now < progress.last(begun) + allowed {
                    continue;
                }
                if progress.running() > 0 || asked_to_finish {
                    metrics::counter!("doorward_connections_cut_total", "why" => "slow").increment(1);
                    return;
                }
                progress.touch_from(begun, now);
                asked_to_finish = true;
                connection.as_mut().finish();
            }
            () = stopping.cancelled(), if !asked_to_finish => {
                progress.touch_from(begun, clock::monotonic());
                asked_to_finish = true;
                connection.as_mut().finish();
            }
        }
    }
}

/// How a connection gets on: requests under way, and when the last one began or ended.
#[derive(Debug, Default)]
struct Progress {
    running: AtomicUsize,
    begun: std::sync::OnceLock<Instant>,
    /// Milliseconds after `begun`.
    last: AtomicU64,
}

impl Progress {
    fn touch(&self, now: Instant) {
        let begun = *self.begun.get_or_init(|| now);
        self.touch_from(begun, now);
    }

    fn touch_from(&self, begun: Instant, now: Instant) {
        let after = now.saturating_duration_since(begun).as_millis();
        self.last.store(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn last(&self, begun: Instant) -> Instant {
        begun + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }
}

/// A request under way, until its answer's body is dropped.
struct Running(Arc<Progress>);

impl Running {
    fn begin(progress: &Arc<Progress>) -> Self {
        progress.running.fetch_add(1, Ordering::Relaxed);
        progress.touch(clock::monotonic());
        Self(progress.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.touch(clock::monotonic());
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer's body that keeps its request counted.
pub(super) struct Counted {
    body: Body,
    running: Running,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(Some(Ok(_)))) {
            // A body that goes on is a request that gets on: server-sent events last as long as their reader takes them.
            self.running.0.touch(clock::monotonic());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The answer to a client that gets no place, written without reading anything.
pub(super) const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
