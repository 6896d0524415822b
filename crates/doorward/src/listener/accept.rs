//! Takes connections in: places, proxies, the TLS handshake, and the end of it all.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Manners, NO_PLACE, Speech, Surface, serve};
use super::places::{NoPlace, Places};
use super::tls::Certificate;
use crate::configuration::Listen;

/// How long to wait when the process has no file descriptor left: others may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// One open door: its listeners, its limits and its router.
pub(crate) struct Door<S> {
    pub(crate) name: &'static str,
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) limits: Arc<Listen>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) surface: S,
}

impl<S: Surface> Door<S> {
    /// Opens the door: begins to accept. Ends, each connection finished or cut off at the drain time, some time after
    /// `stopping` says so; `connections` tells when.
    pub(crate) fn open(self, connections: &TaskTracker, stopping: &CancellationToken) {
        let places = Places::new(self.limits.connections, self.limits.connections_per_network);
        let manners = Manners { surface: self.surface, limits: self.limits, stopping: stopping.clone() };
        for listener in self.listeners {
            let accepting = Accepting {
                name: self.name,
                places: places.clone(),
                certificate: self.certificate.clone(),
                manners: manners.clone(),
                connections: connections.clone(),
            };
            connections.spawn(accepting.accept_all(listener));
        }
    }
}

struct Accepting<S> {
    name: &'static str,
    places: Places,
    certificate: Option<Certificate>,
    manners: Manners<S>,
    connections: TaskTracker,
}

impl<S: Surface> Accepting<S> {
    async fn accept_all(self, listener: TcpListener) {
        let stopping = self.manners.stopping.clone();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take_in(stream, peer),
                    Err(error) => self.troubled(&error).await,
                },
                () = stopping.cancelled() => return,
            }
        }
    }

    /// A client that is gone already is nothing; a machine out of descriptors is, and trying at once would spin.
    async fn troubled(&self, error: &std::io::Error) {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
            tracing::warn!(listener = self.name, %error, "a connection could not be accepted");
            tokio::time::sleep(BREATH).await;
        }
    }

    fn take_in(&self, stream: TcpStream, peer: SocketAddr) {
        let limits = &self.manners.limits;
        let ip = peer.ip().to_canonical();
        let is_proxy = limits.proxies.iter().any(|network| network.contains(&ip));
        if self.certificate.is_none() && !is_proxy && !ip.is_loopback() {
            // Plain HTTP is for loopback and the named proxies; nobody else is heard.
            metrics::counter!("doorward_connections_refused_total", "listener" => self.name, "why" => "no proxy").increment(1);
            return;
        }
        let place = match self.places.take(ip, is_proxy) {
            Ok(place) => place,
            Err(why) => {
                let why = match why {
                    NoPlace::Full => "full",
                    NoPlace::NetworkFull => "network full",
                };
                metrics::counter!("doorward_connections_refused_total", "listener" => self.name, "why" => why).increment(1);
                if self.certificate.is_none() {
                    // Best effort into the empty send buffer; a client that does not read costs nothing.
                    let _ = stream.try_write(NO_PLACE);
                }
                return;
            }
        };
        metrics::counter!("doorward_connections_total", "listener" => self.name).increment(1);
        let manners = self.manners.clone();
        let certificate = self.certificate.clone();
        self.connections.spawn(async move {
            let _place = place;
            // Small answers leave at once; failing to say so costs a little time only.
            let _ = stream.set_nodelay(true);
            match certificate {
                None => serve(stream, ip, Speech::Http1, manners).await,
                Some(certificate) => serve_encrypted(stream, ip, &certificate, manners).await,
            }
        });
    }
}

async fn serve_encrypted<S: Surface>(
    stream: TcpStream,
    peer: IpAddr,
    certificate: &Certificate,
    manners: Manners<S>,
) {
    let handshake = TlsAcceptor::from(certificate.in_force()).accept(stream);
    let stopping = manners.stopping.clone();
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(manners.limits.handshake_time, handshake) => shaken,
        () = stopping.cancelled() => return,
    };
    match shaken {
        Ok(Ok(mut stream)) => {
            let speech = match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Speech::Http2,
                _ => Speech::Http1,
            };
            if stream.flush().await.is_ok() {
                serve(stream, peer, speech, manners).await;
            }
        }
        Ok(Err(_)) => {
            metrics::counter!("doorward_tls_handshakes_failed_total", "why" => "broken").increment(1);
        }
        Err(_) => metrics::counter!("doorward_tls_handshakes_failed_total", "why" => "slow").increment(1),
    }
}
