//! The end: what is under way is finished, what is idle is closed, what was written is on disk.

use std::io::Write;

use crate::house::{Place, read_to_end, status};

#[test]
fn a_request_under_way_is_answered_before_the_server_ends() {
    let place = Place::new();
    let mut server = place.serve(&[]);
    let mut under_way = server.connect();
    write!(under_way, "GET / HTTP/1.1\r\nHost: {}\r\n", server.host()).expect("writes");
    let idle = server.connect();
    server.signal("TERM");
    server.wait_for_log("finishing what is under way");
    assert!(
        std::net::TcpStream::connect(server.address()).map_or(true, |stream| read_to_end(stream).is_empty())
    );
    // It had begun its request: it gets either its answer or, its first line unread, an orderly end.
    let _ = under_way.write_all(b"\r\n");
    let answer = read_to_end(under_way);
    assert!(answer.is_empty() || status(&answer) == 200, "{answer}");
    assert_eq!(read_to_end(idle), "");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn both_signals_stop_and_a_hang_up_does_not() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let mut server = place.serve(&[]);
        server.signal("HUP");
        assert_eq!(status(&server.get("/healthz", "")), 200);
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0), "{signal}");
        assert!(server.log_so_far().last().is_some_and(|line| line.ends_with("stopped")), "{signal}");
    }
}

#[test]
fn a_client_that_never_ends_does_not_keep_the_server_up() {
    let place = Place::new();
    let mut server = place.serve(&["listen.drain_seconds=1", "listen.header_seconds=60"]);
    let mut slow = server.connect();
    slow.write_all(b"POST /sign-in HTTP/1.1\r\nContent-Length: 10\r\n").expect("writes");
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    drop(slow);
}
