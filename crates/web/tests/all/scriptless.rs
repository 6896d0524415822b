//! The ways of a browser that runs no script: its forms send no field of the human check (decision 0006).

use std::time::Duration;

use http::StatusCode;

use crate::browser::{Browser, Page};
use crate::house::{BOTH, House};
use crate::person::goes_to;

const FORMS: [&str; 2] = ["/sign-up", "/forgot-password"];

/// Opens the first page and sends its form as it stands: fields that are disabled until script runs do not go along.
async fn send(browser: &mut Browser, form: &str, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(form).await;
    for name in ["token", "answer", "work", "proof"] {
        let field = page.between(&format!("name=\"human_check_{name}\""), ">").expect("the field");
        assert!(field.ends_with(" disabled"), "{form}: {field}");
    }
    browser.post(form, fields).await
}

#[tokio::test]
async fn an_account_is_opened_without_script_and_its_password_replaced() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut browser = Browser::new(&house.router);
        browser.get("/sign-up").await;
        let mut person = house.sign_up_to_access_with(browser, "ada@example.org", &Vec::new()).await;
        person.browser.get("/sign-up/access").await;
        goes_to(&person.browser.post("/sign-up/access", &[]).await, "/review");
        house.pass(Duration::from_secs(60));

        let mut browser = Browser::new(&house.router);
        let asked = send(&mut browser, "/forgot-password", &[("identifier", &person.identifier)]).await;
        goes_to(&asked, "/forgot-password/code");
        browser.get("/forgot-password/code").await;
        let code = house.mailed_code(&person.identifier).await;
        let page = browser.post("/forgot-password/code", &[("code", &code)]).await;
        goes_to(&page, "/forgot-password/factor");
        browser.get("/forgot-password/factor").await;
        let code = house.next_app_code(&person);
        let page = browser.post("/forgot-password/factor", &[("code", &code)]).await;
        goes_to(&page, "/forgot-password/password");
        browser.get("/forgot-password/password").await;
        let page =
            browser.post("/forgot-password/password", &[("password", "copper lantern drifts 47")]).await;
        goes_to(&page, "/forgot-password/done");
    }
}

#[tokio::test]
async fn the_pages_say_what_takes_the_check_s_place() {
    let house = House::new().await;
    for form in FORMS {
        let page = Browser::new(&house.router).get(form).await;
        let told = page.between("<noscript>", "</noscript>").expect("a word to those without script");
        assert!(told.contains("takes the place of the check"), "{form}: {told}");
    }
}

#[tokio::test]
async fn a_number_is_refused_without_script_and_told_what_to_use() {
    let house = House::new().await;
    for form in FORMS {
        let mut browser = Browser::new(&house.router);
        let page = send(&mut browser, form, &[("identifier", "+4915123456789")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        let told = page.between("id=\"identifier-error\">", "</p>").expect("a sentence at the field");
        assert!(told.contains("email addresses only"), "{form}: {told}");
    }
    assert!(house.newest_mail("+4915123456789").await.is_none());
}

#[tokio::test]
async fn one_field_of_a_check_is_a_check_and_must_be_right() {
    let house = House::new().await;
    for form in FORMS {
        for name in ["token", "answer", "work", "proof"] {
            for text in ["", "nonsense"] {
                let mut browser = Browser::new(&house.router);
                let field = format!("human_check_{name}");
                let fields = [("identifier", "ada@example.org"), (field.as_str(), text)];
                let page = send(&mut browser, form, &fields).await;
                assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form} {field}={text}");
                assert!(page.text().contains("id=\"human-check-error\""), "{form} {field}={text}");
            }
        }
    }
    assert!(house.newest_mail("ada@example.org").await.is_none());
}

#[tokio::test]
async fn the_fourth_form_without_a_check_in_an_hour_waits() {
    for form in FORMS {
        let house = House::new().await;
        let mut browser = Browser::new(&house.router);
        for number in 0..3 {
            let identifier = format!("n{number}@example.org");
            let page = send(&mut browser, form, &[("identifier", &identifier)]).await;
            goes_to(&page, &format!("{form}/code"));
        }
        let page = send(&mut browser, form, &[("identifier", "n3@example.org")]).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{form}");
        assert_eq!(page.header("retry-after"), "1200", "{form}");
    }
}
