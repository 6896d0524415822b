//! What the log says while people sign up, forget and change things, and mail fails: nothing that is theirs.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use doorward_app::deliver::{MailSender, SmsSender, SmtpConfig, SmtpSecurity, SmtpSender};
use doorward_app::hash_pool::HashPoolSize;
use doorward_app::outbox::Outbox;
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_store::testing::Fresh;
use tracing::field::{Field, Visit as Fields};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::house::{House, PASSWORD, TestClock};
use crate::inside::enter;
use crate::reset::ask;
use crate::sign_up::sign_up;
use crate::smtp_server::{Answer, Protection, SmtpServer};

/// Writes down every event and span of every level.
#[derive(Clone, Default)]
pub(crate) struct Everything(pub(crate) Arc<Mutex<String>>);

struct Writer<'a>(&'a mut String);

impl Fields for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Writer(&mut self.0.lock().expect("no panic")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Writer(&mut self.0.lock().expect("no panic")));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().expect("no panic");
        event.record(&mut Writer(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn nothing_secret_and_no_identifier_reaches_the_log() {
    let log = Everything::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let fresh = Fresh::sqlite().await;
    let server = SmtpServer::start(Protection::None).await;
    let config = SmtpConfig {
        host: "localhost".to_owned(),
        port: Some(server.port),
        security: SmtpSecurity::PlainToLoopback,
        credentials: None,
        from: "Doorward <door@entry.example>".to_owned(),
        certificate_authority: None,
        timeout: std::time::Duration::from_secs(10),
    };
    let mail = MailSender::Smtp(SmtpSender::new(&config).expect("a good configuration"));
    let clock = Arc::new(TestClock::at(Timestamp::from_seconds(1_800_000_000)));
    let size = HashPoolSize { threads: 1, queue: 16 };
    let outbox = Outbox::new(mail, SmsSender::Off);
    let house = House::node_sending(fresh.db.clone(), clock, size, 1, |_| {}, outbox);
    let visit = house.visit([203, 0, 113, 1]);
    let (signed_up, secret, codes) = sign_up(&house, &visit, "grace@example.org").await;
    let ada = house.customer("ada@example.org").await;
    let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
    let app = &house.app;
    let _ = app.change_password(&visit, &inside, &"wrong-password-1".into(), &PASSWORD.into(), "1").await;
    house.pass(61);
    ask(&house, &visit, "ada@example.org").await.expect("asked");
    server.will(&[Answer::Never, Answer::Later, Answer::HangUp]);
    app.deliver_due().await.expect("a round");
    fresh.end().await;
    drop(guard);
    let text = log.0.lock().expect("no panic").clone();
    assert!(text.contains("a message is given up"), "the log is listened to: {text}");
    let token = signed_up.session.encode();
    for secret in
        ["grace@", "ada@", PASSWORD, "wrong-password-1", &secret.base32(), &codes[0], &token, "203.0.113.1"]
    {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
}
