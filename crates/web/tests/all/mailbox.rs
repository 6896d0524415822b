//! The local mailbox is for whoever sits at this machine, and for nobody who comes through a proxy or by rebinding.

use http::{HeaderName, HeaderValue, Method};

use crate::browser::Browser;
use crate::house::{House, Plan};

const LETTER: &str = "To: ada@example.org\r\nSubject: Hello\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nA code: 123 456\r\n";

async fn house_with_a_letter() -> House {
    let house = House::new().await;
    let name = "00001795406400000000-0198c0de.eml";
    std::fs::write(house.mailbox_folder().join(name), LETTER).expect("a letter");
    house
}

#[tokio::test]
async fn mails_are_listed_and_opened() {
    let house = house_with_a_letter().await;
    let mut browser = Browser::new(&house.router);
    let list = browser.get("/mailbox").await;
    assert_eq!(list.status, 200);
    assert!(list.text().contains("Hello"));
    let mail = browser.get("/mailbox/00001795406400000000-0198c0de").await;
    assert!(mail.text().contains("A code: 123 456"));
    for elsewhere in ["/mailbox/..", "/mailbox/%2e%2e%2fhouse.db", "/mailbox/nothing", "/mailbox/../house.db"]
    {
        assert_eq!(browser.get(elsewhere).await.status, 404, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_forwarded_request_or_another_host_finds_no_mailbox() {
    let house = house_with_a_letter().await;
    for path in ["/mailbox", "/mailbox/00001795406400000000-0198c0de"] {
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "127.0.0.1:8080"),
            ("forwarded", "for=127.0.0.1"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-host", "localhost:8080"),
            ("x-forwarded-whatever", "x"),
            ("via", "1.1 proxy"),
        ] {
            let mut browser = Browser::new(&house.router);
            let mut request = browser.request(Method::GET, path);
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            let page = browser.send(request).await;
            assert_eq!(page.status, 404, "{path} {name}: {value}");
            assert!(!page.text().contains("Hello"));
        }
        assert_eq!(Browser::new(&house.router).from("203.0.113.9").get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_house_without_a_mailbox_has_none() {
    let house = House::of(Plan { mailbox: false, ..Plan::default() }).await;
    assert_eq!(Browser::new(&house.router).get("/mailbox").await.status, 404);
}
