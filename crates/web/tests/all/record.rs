//! The record and the end of an account at the level of HTTP, on both databases.

use http::StatusCode;

use crate::house::{BOTH, House};
use crate::person::goes_to;

#[tokio::test]
async fn a_customer_reads_filters_and_takes_their_activity() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        let page = person.browser.get("/activity").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("Account opened"), "{}", page.text());
        let page = person.browser.get("/activity?about=staff&days=7").await;
        assert!(page.text().contains("Nothing of this kind"), "{database:?}");
        let page = person.browser.get("/activity?about=nonsense&days=x&before=y").await;
        assert_eq!(page.status, StatusCode::OK, "what is not understood is left out");

        let page = person.browser.get("/activity?about=entries&from=2026-11-23&to=2026-11-23").await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        assert!(text.contains("Account opened") && text.contains("value=\"2026-11-23\""), "{text}");
        let kept = "about=entries&#38;from=2026-11-23&#38;to=2026-11-23";
        assert!(text.contains(&format!("/activity/table?{kept}")), "the table keeps the dates: {text}");
        let before = person.browser.get("/activity?to=2026-11-22").await.text();
        assert!(before.contains("Nothing of this kind"), "{database:?}");
        for (dates, said) in [
            ("from=2026-02-30", "This is no date."),
            ("to=tomorrow", "This is no date."),
            ("from=2026-11-24&to=2026-11-23", "The last day lies before the first."),
        ] {
            let page = person.browser.get(&format!("/activity?{dates}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{dates}");
            assert!(page.text().contains(said), "{dates}");
            let table = person.browser.get(&format!("/activity/table?{dates}")).await;
            assert_eq!(table.status, StatusCode::BAD_REQUEST, "{dates}");
        }
        let table = person.browser.get("/activity/table?from=2026-11-23").await;
        assert!(table.text().contains("Account opened"));
        let table = person.browser.get("/activity/table?to=2026-11-22").await;
        assert_eq!(table.text().lines().count(), 1, "the heading alone");

        let table = person.browser.get("/activity/table").await;
        assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(table.header("content-disposition"), "attachment; filename=\"activity.csv\"");
        assert_eq!(table.header("cache-control"), "no-store");
        assert!(table.text().contains("Account opened"));

        house.app.sequence_audit().await.expect("placed");
        let record = person.browser.get("/activity/record").await;
        let copy: serde_json::Value = serde_json::from_str(&record.text()).expect("JSON");
        let entries = copy["entries"].as_array().expect("entries");
        assert!(!entries.is_empty() && entries.iter().all(|entry| entry["path"].is_array()), "{copy}");
        assert!(copy["checkpoint"].as_str().is_some_and(|note| note.contains("/audit\n")));
    }
}

#[tokio::test]
async fn a_copy_of_ones_data_takes_a_second_factor() {
    let house = House::new().await;
    let mut person = house.sign_up("ada@example.org").await;
    assert_eq!(person.browser.get("/account/data").await.status, StatusCode::OK);
    let page = person.browser.get("/account/data/take").await.text();
    assert!(page.contains("data-for=\"export-data\""), "a passkey is offered for this one action: {page}");
    let page = person.browser.get("/account/data/erase").await.text();
    assert!(page.contains("data-for=\"erase-account\""), "{page}");
    let refused = person.browser.post("/account/data/take", &[("code", "000000")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = house.next_app_code(&person);
    let copy = person.browser.post("/account/data/take", &[("code", &code)]).await;
    assert_eq!(copy.header("content-disposition"), "attachment; filename=\"my-data.json\"");
    assert!(copy.text().contains("ada@example.org"));
}

#[tokio::test]
async fn an_erasure_is_asked_for_and_called_off_on_the_page_and_by_the_mailed_link() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        person.browser.get("/account/data/erase").await;
        let code = house.next_app_code(&person);
        let asked = person.browser.post("/account/data/erase", &[("code", &code)]).await;
        goes_to(&asked, "/account/data?done=asked");
        assert!(person.browser.get("/account/data").await.text().contains("/account/data/keep"));
        goes_to(&person.browser.get("/account/data/erase").await, "/account/data");
        goes_to(&person.browser.post("/account/data/keep", &[]).await, "/account/data?done=kept");

        let code = house.next_app_code(&person);
        person.browser.post("/account/data/erase", &[("code", &code)]).await;
        let mail = house.newest_mail(&person.identifier).await.expect("a mail");
        let link = mail.split("/erasure/cancel?token=").nth(1).and_then(|rest| rest.split('"').next());
        let token = link.expect("a link").to_owned();
        let mut stranger = crate::browser::Browser::new(&house.router);
        let page = stranger.get(&format!("/erasure/cancel?token={token}")).await;
        assert_eq!(page.status, StatusCode::OK, "{database:?}");
        assert!(
            person.browser.get("/account/data").await.text().contains("/account/data/keep"),
            "a GET changes nothing"
        );
        goes_to(&stranger.post("/erasure/cancel", &[("token", &token)]).await, "/erasure/cancelled");
        assert!(!person.browser.get("/account/data").await.text().contains("/account/data/keep"));
        stranger.get("/erasure/cancelled").await;
        assert_eq!(stranger.post("/erasure/cancel", &[("token", &token)]).await.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn a_session_a_device_and_a_line_of_the_activity_can_each_be_denied() {
    let house = House::new().await;
    let mut person = house.sign_up("ada@example.org").await;
    let mut second = crate::browser::Browser::new(&house.router).from("203.0.113.7");
    house.sign_in(&mut second, &person).await;
    let review = person.browser.get("/review").await.text();
    for kind in ["s", "d"] {
        let marker = format!("name=\"fact\" value=\"{kind}");
        let rest = review.split(&marker).nth(1).expect("another session and device");
        let fact = format!("{kind}{}", rest.split('"').next().expect("an id"));
        let question = person.browser.post("/review", &[("answer", "not-me"), ("fact", &fact)]).await;
        assert_eq!(question.status, StatusCode::OK);
        assert!(question.text().contains("203.0.113.7"), "{kind}");
    }
    let activity = person.browser.get("/activity").await;
    let fact = activity.between("name=\"fact\" value=\"", "\"").expect("a line");
    person.browser.post("/review", &[("answer", "not-me"), ("fact", &fact)]).await;
    goes_to(&person.browser.post("/review", &[("answer", "freeze"), ("fact", &fact)]).await, "/freeze/done");
    assert_eq!(second.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}
