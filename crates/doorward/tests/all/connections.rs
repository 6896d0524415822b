//! Limits of time and number: a slow client cannot hold a place.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::house::{PATIENCE, Place, connect, exchange, now, read_to_end, status};

#[test]
fn localhost_answers_on_both_loopback_addresses() {
    let place = Place::new();
    let server = place.serve(&[]);
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.host());
    assert_eq!(status(&server.ask(&request)), 200);
    let six = SocketAddr::from((Ipv6Addr::LOCALHOST, server.port()));
    match TcpStream::connect_timeout(&six, PATIENCE) {
        Ok(stream) => assert_eq!(status(&exchange(stream, &request)), 200),
        // Only a machine without IPv6 may refuse, and it refuses to bind as well.
        Err(_) => assert!(std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err()),
    }
}

#[test]
fn a_header_that_does_not_arrive_loses_its_place() {
    let place = Place::new();
    let server = place.serve(&[
        "listen.header_seconds=1",
        "listen.connections=16",
        "listen.connections_per_network=16",
    ]);
    let slow: Vec<TcpStream> = (0..16)
        .map(|number| {
            let mut stream = server.connect();
            // Some say nothing at all, some begin.
            if number % 2 == 0 {
                stream.write_all(b"GET / HTTP/1.1\r\nHost: local").expect("writes");
            }
            stream
        })
        .collect();
    // Accepting is in order, so the next one finds every place taken.
    let refused = server.get("/healthz", "");
    assert_eq!(status(&refused), 503, "{refused}");
    assert!(refused.contains("Retry-After: 5"), "{refused}");
    let begun = now();
    for stream in slow {
        let told = read_to_end(stream);
        assert!(told.is_empty() || status(&told) == 408, "{told}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "the slow ones held on for {:?}", begun.elapsed());
    assert_eq!(status(&server.get("/healthz", "")), 200);
}

#[test]
fn a_header_that_trickles_in_is_cut_off_all_the_same() {
    let place = Place::new();
    let server = place.serve(&["listen.header_seconds=1"]);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\n").expect("writes");
    // Between two headers it listens whether the server has had enough.
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket");
    let (begun, mut told) = (now(), [0; 512]);
    loop {
        assert!(begun.elapsed() < Duration::from_secs(10), "it may trickle on");
        match stream.read(&mut told) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stream.write_all(b"X-Slow: 1\r\n").is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
}

#[test]
fn one_network_holds_so_many_places_only() {
    let place = Place::new();
    let server = place.serve(&["listen.connections_per_network=4"]);
    let held: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    assert_eq!(status(&server.get("/healthz", "")), 503);
    drop(held);
    let begun = now();
    while status(&server.get("/healthz", "")) != 200 {
        assert!(begun.elapsed() < PATIENCE, "places are not given back");
    }
}

#[test]
fn a_body_that_does_not_arrive_is_not_waited_for() {
    let place = Place::new();
    let server = place.serve(&["listen.body_seconds=1", "listen.request_seconds=5"]);
    let mut stream = server.connect();
    let begun = now();
    write!(
        stream,
        "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nidentifier=",
        host = server.host()
    )
    .expect("writes");
    let answer = read_to_end(stream);
    assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
}

#[test]
fn headers_that_are_too_large_or_too_many_are_refused() {
    let place = Place::new();
    let server = place.serve(&[]);
    let large = format!("X-Large: {}\r\n", "a".repeat(64 * 1024));
    let many = "X-Many: 1\r\n".repeat(200);
    for headers in [large, many] {
        let answer = server.get("/healthz", &headers);
        assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    }
    assert_eq!(status(&server.get("/healthz", "")), 200);
}

#[test]
fn nonsense_gets_a_400_and_the_next_one_is_served() {
    let place = Place::new();
    let server = place.serve(&[]);
    for nonsense in [
        "\r\n\r\n\r\n",
        "HELLO\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        let mut stream = connect(server.address());
        let _ = stream.write_all(nonsense.as_bytes());
        stream.shutdown(std::net::Shutdown::Write).expect("closes");
        let answer = read_to_end(stream);
        assert!(answer.is_empty() || (400..=505).contains(&status(&answer)), "{nonsense:?}: {answer}");
    }
    assert_eq!(status(&server.get("/healthz", "")), 200);
}

#[test]
fn connections_are_kept_for_the_next_request() {
    let place = Place::new();
    let server = place.serve(&[]);
    let one = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.host());
    let last = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.host());
    let answers = server.ask(&format!("{one}{one}{last}"));
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 3, "{answers}");
}
