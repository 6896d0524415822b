//! The local mailbox answers this machine under its own name, and nobody else.

use crate::house::{Place, status};

#[test]
fn the_mailbox_answers_under_its_own_name_alone() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mailbox = server.get("/mailbox", "");
    assert_eq!(status(&mailbox), 200, "{mailbox}");
    for forwarded in [
        "Forwarded: for=10.0.0.1",
        "X-Forwarded-For: 10.0.0.1",
        "X-Forwarded-Host: a",
        "X-Forwarded-Proto: https",
        "Via: 1.1 proxy",
    ] {
        assert_eq!(status(&server.get("/mailbox", &format!("{forwarded}\r\n"))), 404, "{forwarded}");
    }
    let port = server.port();
    for host in [
        format!("127.0.0.1:{port}"),
        format!("rebound.example:{port}"),
        format!("[::1]:{port}"),
        "localhost".into(),
    ] {
        let request = format!("GET /mailbox HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&server.ask(&request)), 404, "{host}");
    }
    assert_ne!(status(&server.ask("GET /mailbox HTTP/1.1\r\nConnection: close\r\n\r\n")), 200);
}

#[test]
fn without_the_mailbox_there_is_no_such_page() {
    let place = Place::new();
    let server = place.serve(&[
        "mail.way=smtp",
        "mail.from=door@door.example",
        "mail.smtp_host=localhost",
        "sms.way=none",
    ]);
    assert_eq!(status(&server.get("/mailbox", "")), 404);
    assert!(!place.data().join("mailbox").exists());
}
