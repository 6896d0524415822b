//! TLS: what is spoken, who is waited for, and a certificate that changes while the door is open.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::house::{PATIENCE, Place, Server, exchange, now, read_to_end, status};

struct Certificate {
    der: CertificateDer<'static>,
}

/// Writes a new certificate for localhost over the one before.
fn renew(place: &Place) -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    place.write("door.pem", made.cert.pem(), 0o644);
    place.write("door.key", made.signing_key.serialize_pem(), 0o600);
    Certificate { der: made.cert.der().clone() }
}

/// A port that was free a moment ago: the public URL names it before the server has bound it.
fn free_port() -> u16 {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    free.local_addr().expect("an address").port()
}

fn open(place: &Place) -> (Server, u16) {
    let port = free_port();
    let server = place.serve(&[
        "listen.certificate=door.pem",
        "listen.private_key=door.key",
        "listen.handshake_seconds=1",
        "listen.header_seconds=2",
        &format!("site.public_url=https://localhost:{port}"),
        &format!("listen.address=localhost:{port}"),
    ]);
    (server, port)
}

fn client(
    port: u16,
    trusted: &Certificate,
    versions: &[&'static SupportedProtocolVersion],
    speech: &[&str],
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = speech.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

fn get(port: u16) -> String {
    format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")
}

#[test]
fn pages_come_over_tls_1_2_and_1_3_with_hsts_and_never_in_plain_text() {
    let place = Place::new();
    let certificate = renew(&place);
    let (_server, port) = open(&place);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let stream = client(port, &certificate, &[version], &["http/1.1"]).expect("shakes hands");
        let answer = exchange(stream, &get(port));
        assert_eq!(status(&answer), 200, "{answer}");
        assert!(answer.contains("strict-transport-security: "), "{answer}");
    }
    let plain = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    let told = exchange(plain, &get(port));
    assert!(!told.contains("HTTP/1.1"), "{told}");
}

#[test]
fn http_2_is_spoken_where_alpn_says_so() {
    let place = Place::new();
    let certificate = renew(&place);
    let (_server, port) = open(&place);
    let mut stream = client(port, &certificate, rustls::ALL_VERSIONS, &["h2"]).expect("shakes hands");
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    // The preface and an empty SETTINGS frame; the server's own SETTINGS come first.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").expect("writes");
    let mut head = [0; 9];
    std::io::Read::read_exact(&mut stream, &mut head).expect("a frame");
    assert_eq!(head[3], 4, "SETTINGS");
}

#[test]
fn a_handshake_that_does_not_come_loses_its_place() {
    let place = Place::new();
    renew(&place);
    let (_server, port) = open(&place);
    let begun = now();
    let silent = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    silent.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    assert_eq!(read_to_end(silent), "");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_new_certificate_is_in_force_after_a_hang_up_and_a_broken_one_never() {
    let place = Place::new();
    let first = renew(&place);
    let (mut server, port) = open(&place);
    client(port, &first, rustls::ALL_VERSIONS, &[]).expect("the first");
    let second = renew(&place);
    client(port, &first, rustls::ALL_VERSIONS, &[]).expect("still the first");
    server.signal("HUP");
    server.wait_for_log("read the certificate again");
    client(port, &second, rustls::ALL_VERSIONS, &[]).expect("the second");
    assert!(client(port, &first, rustls::ALL_VERSIONS, &[]).is_err());

    place.write("door.pem", "no certificate", 0o644);
    server.signal("HUP");
    server.wait_for_log("the one before stays in force");
    client(port, &second, rustls::ALL_VERSIONS, &[]).expect("still the second");
}

#[test]
fn check_warns_of_a_proxy_that_nobody_named() {
    let place = Place::new();
    renew(&place);
    let warned = |address: &str, url: &str, more: &[&str]| {
        let mail =
            ["mail.way=smtp", "mail.from=door@door.example", "mail.smtp_host=localhost", "sms.way=none"];
        let door = ["listen.certificate=door.pem", "listen.private_key=door.key"];
        let (address, url) = (format!("listen.address={address}"), format!("site.public_url={url}"));
        let set = [&mail[..], &door, &[address.as_str(), url.as_str()], more].concat();
        let checked = place.run(
            &["check"].into_iter().chain(set.into_iter().flat_map(|one| ["--set", one])).collect::<Vec<_>>(),
        );
        assert_eq!(checked.code, Some(0), "{checked:?}");
        checked.said.contains("if what stands in front is a proxy, name it in listen.proxies")
    };
    for (address, url, expected) in [
        ("localhost:8443", "https://localhost", false),
        ("0.0.0.0:443", "https://door.example", false),
        ("[::]:8443", "https://door.example:8443", false),
        ("127.0.0.1:443", "https://door.example", true),
        ("10.0.0.5:443", "https://door.example", true),
        ("[fd00::5]:443", "https://door.example", true),
        ("0.0.0.0:8443", "https://door.example", true),
    ] {
        assert_eq!(warned(address, url, &[]), expected, "{address} {url}");
        assert!(!warned(address, url, &["listen.proxies=[\"10.0.0.9\"]"]), "{address} {url}");
    }
}

#[test]
fn check_and_start_refuse_a_certificate_that_does_not_fit() {
    let place = Place::new();
    renew(&place);
    let key = std::fs::read(place.path().join("door.key")).expect("a key");
    renew(&place);
    let set = ["--set", "listen.certificate=door.pem", "--set", "listen.private_key=door.key"];
    let url = ["--set", "site.public_url=https://localhost"];
    let fine = place.run(&[&["check"][..], &set, &url].concat());
    assert_eq!(fine.code, Some(0), "{fine:?}");

    place.write("door.key", key, 0o600);
    let mixed = place.run(&[&["check"][..], &set, &url].concat());
    assert_eq!(mixed.code, Some(3), "{mixed:?}");
    assert!(mixed.complained.contains("do not fit together"), "{mixed:?}");

    place.write("door.key", "no key", 0o600);
    assert_eq!(place.run(&[&["serve"][..], &set, &url].concat()).code, Some(3));
    renew(&place);
    crate::house::set_mode(&place.path().join("door.key"), 0o644);
    let open = place.run(&[&["serve"][..], &set, &url].concat());
    assert_eq!(open.code, Some(3));
    assert!(open.complained.contains("has mode 0644"), "{open:?}");
    assert!(!place.data().exists());
}
