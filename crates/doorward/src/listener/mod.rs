//! The door itself: sockets, places, patience. Everything here works on connections; requests belong to `web`.

pub(crate) mod accept;
pub(crate) mod connection;
mod patience;
mod places;
pub(crate) mod tls;

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::configuration::ListenAddress;
use crate::outcome::{Exit, Stopped};

/// How often a free port is looked for that both loopback addresses have free.
const TRIES_FOR_A_COMMON_PORT: usize = 20;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds an address. `localhost` binds both loopback addresses at one port; a machine without IPv6 has one.
/// Must be called within the runtime.
pub(crate) fn bind(setting: &str, address: ListenAddress) -> Result<Vec<TcpListener>, Stopped> {
    let refused = |at: SocketAddr, error: &std::io::Error| {
        Stopped::new(Exit::Fault, format!("{setting}: cannot listen on {at}: {error}"))
    };
    let sockets = address.sockets();
    let (first, others) = sockets.split_first().expect("an address has at least one socket");
    for tries_left in (0..TRIES_FOR_A_COMMON_PORT).rev() {
        let listener = bind_one(*first).map_err(|error| refused(*first, &error))?;
        let port = listener.local_addr().map_err(|error| refused(*first, &error))?.port();
        let mut all = vec![listener];
        let mut taken = None;
        for other in others {
            let other = SocketAddr::new(other.ip(), port);
            match bind_one(other) {
                Ok(listener) => all.push(listener),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => taken = Some((other, error)),
                Err(error) => {
                    tracing::info!(address = %other, %error, "this machine has no such address; the other is enough");
                }
            }
        }
        match taken {
            None => return Ok(all),
            // Port 0 means any: another program may have that number at one of the two addresses.
            Some(_) if first.port() == 0 && tries_left > 0 => {}
            Some((other, error)) => return Err(refused(other, &error)),
        }
    }
    Err(Stopped::new(Exit::Fault, format!("{setting}: no port is free on both loopback addresses")))
}

fn bind_one(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the last one's closed connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
