//! The ways out of the house, against real servers on loopback.

use std::time::Duration;

use doorward_app::deliver::{
    DeliveryFault, Letter, MailSender, MailboxFolder, ShortMessage, SmsGateway, SmsGatewayConfig, SmsSender,
    SmtpConfig, SmtpSecurity, SmtpSender,
};
use doorward_domain::time::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::smtp_server::{Answer, Protection, SmtpServer};

fn letter() -> Letter {
    Letter {
        id: "0193-letter".to_owned(),
        written_at: Timestamp::from_micros(1_700_000_000_000_000),
        to: "ada@example.org".to_owned(),
        subject: "Ihr Prüfcode".to_owned(),
        text: "Der Code ist 123456.\n".to_owned(),
        html: "<p>Der Code ist 123456.</p>".to_owned(),
    }
}

fn config(port: u16, security: SmtpSecurity, certificate: Option<Vec<u8>>) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port: Some(port),
        security,
        credentials: None,
        from: "Doorward <noreply@doorward.example>".to_owned(),
        certificate_authority: certificate,
        timeout: Duration::from_secs(10),
    }
}

fn smtp(port: u16, security: SmtpSecurity, certificate: Option<Vec<u8>>) -> MailSender {
    MailSender::Smtp(SmtpSender::new(&config(port, security, certificate)).expect("a good configuration"))
}

#[tokio::test]
async fn a_mail_arrives_over_every_kind_of_connection() {
    for (protection, security) in [
        (Protection::None, SmtpSecurity::PlainToLoopback),
        (Protection::StartTls, SmtpSecurity::StartTls),
        (Protection::Tls, SmtpSecurity::Tls),
    ] {
        let server = SmtpServer::start(protection).await;
        smtp(server.port, security, Some(server.certificate.clone())).send(&letter()).await.expect("taken");
        let letters = server.letters();
        assert_eq!(letters.len(), 1, "{protection:?}");
        for part in [
            "To: ada@example.org",
            "Message-ID: <0193-letter@doorward.example>",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "123456",
        ] {
            assert!(letters[0].contains(part), "{protection:?}: {part} in\n{}", letters[0]);
        }
    }
}

#[tokio::test]
async fn no_mail_goes_to_a_server_without_tls_or_with_a_foreign_certificate() {
    let plain = SmtpServer::start(Protection::None).await;
    let offered =
        smtp(plain.port, SmtpSecurity::StartTls, Some(plain.certificate.clone())).send(&letter()).await;
    assert!(matches!(offered, Err(DeliveryFault::Later(_))), "{offered:?}");
    let foreign = SmtpServer::start(Protection::Tls).await;
    let untrusted = smtp(foreign.port, SmtpSecurity::Tls, None).send(&letter()).await;
    assert!(matches!(untrusted, Err(DeliveryFault::Later(_))), "{untrusted:?}");
    assert!(plain.letters().is_empty() && foreign.letters().is_empty());
}

#[test]
fn plain_smtp_is_refused_beyond_this_machine() {
    let mut config = config(25, SmtpSecurity::PlainToLoopback, None);
    config.host = "mail.example.org".to_owned();
    assert!(SmtpSender::new(&config).is_err());
}

#[tokio::test]
async fn a_failure_says_whether_to_try_again_and_never_repeats_the_address() {
    let server = SmtpServer::start(Protection::None).await;
    let sender = smtp(server.port, SmtpSecurity::PlainToLoopback, None);
    server.will(&[Answer::Later, Answer::Never, Answer::HangUp, Answer::Take]);
    let outcomes = [
        sender.send(&letter()).await,
        sender.send(&letter()).await,
        sender.send(&letter()).await,
        sender.send(&letter()).await,
    ];
    assert!(matches!(outcomes[0], Err(DeliveryFault::Later(_))), "{outcomes:?}");
    assert!(matches!(outcomes[1], Err(DeliveryFault::Never(_))), "{outcomes:?}");
    assert!(matches!(outcomes[2], Err(DeliveryFault::Later(_))), "{outcomes:?}");
    assert!(outcomes[3].is_ok(), "{outcomes:?}");
    assert!(!format!("{outcomes:?}").contains("ada"), "{outcomes:?}");
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let outcome = smtp(port, SmtpSecurity::PlainToLoopback, None).send(&letter()).await;
    assert!(matches!(outcome, Err(DeliveryFault::Later(_))), "{outcome:?}");
}

#[tokio::test]
async fn the_folder_holds_whole_messages_for_their_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mailbox");
    let mailbox = MailboxFolder::open(&path, "Doorward <noreply@localhost>").expect("a folder");
    MailSender::Folder(mailbox.clone()).send(&letter()).await.expect("kept");
    let message = ShortMessage {
        id: "0194-sms".to_owned(),
        written_at: Timestamp::from_micros(1_700_000_001_000_000),
        to: "+4915112345678".to_owned(),
        text: "Doorward code 123456".to_owned(),
    };
    let now = message.written_at;
    SmsSender::Folder(mailbox.clone()).send(&message, now).await.expect("kept");
    SmsSender::Folder(mailbox).send(&message, now).await.expect("a second delivery writes the same file");
    let mut names: Vec<_> = std::fs::read_dir(&path)
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].ends_with("0193-letter.eml") && names[1].ends_with("0194-sms.eml"), "{names:?}");
    let sms = std::fs::read_to_string(path.join(&names[1])).expect("text");
    assert!(sms.contains("To: +4915112345678\r\n") && sms.ends_with("Doorward code 123456\r\n"), "{sms}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).expect("a folder").permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_gateway_receives_one_signed_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let gateway = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut chunk = [0; 4096];
            let read = stream.read(&mut chunk).await.expect("bytes");
            request.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").await.expect("answered");
        String::from_utf8(request).expect("text")
    });
    let sender = SmsSender::Gateway(
        SmsGateway::new(&SmsGatewayConfig {
            url: format!("http://127.0.0.1:{port}/sms"),
            secret: "a secret of the gateway".into(),
            timeout: Duration::from_secs(10),
        })
        .expect("a good configuration"),
    );
    let message = ShortMessage {
        id: "0194-sms".to_owned(),
        written_at: Timestamp::from_micros(1_700_000_001_000_000),
        to: "+4915112345678".to_owned(),
        text: "Code 123456".to_owned(),
    };
    sender.send(&message, Timestamp::from_micros(1_700_000_009_000_000)).await.expect("taken");
    let request = gateway.await.expect("a request").to_lowercase();
    let (head, body) = request.split_once("\r\n\r\n").expect("head and body");
    assert!(head.starts_with("post /sms http/1.1"), "{head}");
    assert!(head.contains("idempotency-key: 0194-sms"), "{head}");
    assert!(head.contains("doorward-timestamp: 1700000009"), "{head}");
    assert!(body.contains("\"to\":\"+4915112345678\""), "{body}");
    // The gateway's side of the agreement, computed here a second time.
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a secret of the gateway");
    let original = r#"{"id":"0194-sms","text":"Code 123456","to":"+4915112345678"}"#;
    let tag = aws_lc_rs::hmac::sign(&key, format!("1700000009.{original}").as_bytes());
    let expected = format!("doorward-signature: v1={}", data_encoding::HEXLOWER.encode(tag.as_ref()));
    assert!(head.contains(&expected), "{head}\n{body}");
}

#[test]
fn a_gateway_is_https_with_a_real_secret() {
    let config = |url: &str, secret: &str| SmsGatewayConfig {
        url: url.to_owned(),
        secret: secret.into(),
        timeout: Duration::from_secs(1),
    };
    assert!(SmsGateway::new(&config("http://sms.example.org/", "a secret of the gateway")).is_err());
    assert!(SmsGateway::new(&config("ftp://localhost/", "a secret of the gateway")).is_err());
    assert!(SmsGateway::new(&config("https://sms.example.org/", "short")).is_err());
}
