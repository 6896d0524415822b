//! No secret, code, token or identifier reaches a log or an address.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use crate::browser::Browser;
use crate::house::House;
use crate::person::{PASSWORD, with};

/// Writes down every field of every event and span, of every crate, at every level.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Line(&mut self.0.lock().expect("one writer at a time")));
    }

    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        span.record(&mut Line(&mut self.0.lock().expect("one writer at a time")));
    }
}

#[tokio::test]
async fn a_whole_entry_leaves_nothing_secret_in_the_log() {
    let listener = Listener::default();
    let log = tracing_subscriber::registry().with(listener.clone());
    let _guard = tracing::subscriber::set_default(log);

    let house = House::new().await;
    let mut person = house.sign_up("ada.lovelace@example.org").await;
    let mut secrets: Vec<String> = person.recovery_codes.clone();
    secrets.extend(person.browser.cookies.values().cloned());
    secrets.push(person.browser.csrf.clone());
    let mut second = Browser::new(&house.router);
    house.sign_in(&mut second, &person).await;
    secrets.extend(second.cookies.values().cloned());
    second.post("/sign-out", &[]).await;

    house.pass(std::time::Duration::from_secs(60));
    let mut browser = Browser::new(&house.router);
    browser.get("/forgot-password").await;
    let check = house.solve(&mut browser, "forgot-password").await;
    browser.post("/forgot-password", &with(&check, &[("identifier", &person.identifier)])).await;
    let mail = house.newest_mail(&person.identifier).await.expect("a mail");
    let link =
        mail.split("token=").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    assert_eq!(browser.get(&format!("/forgot-password/link?token={link}")).await.status, StatusCode::OK);
    secrets.push(link);
    // What is wrong is logged without what was typed.
    person.browser.post_raw("/sign-in", b"identifier=typed-in-error&password=%FF".to_vec()).await;

    let log = listener.0.lock().expect("one reader").clone();
    assert!(log.contains("/sign-in/password"), "the requests were logged");
    secrets.extend([PASSWORD, "ada.lovelace", "typed-in-error"].map(str::to_owned));
    secrets.push(data_encoding::BASE32_NOPAD.encode(&person.totp_secret));
    for secret in secrets.iter().filter(|secret| secret.len() > 5) {
        assert!(!log.contains(secret.as_str()), "the log holds {secret}");
    }
}
