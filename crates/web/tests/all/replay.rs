//! Steps that were passed, are not due, or belong to another browser: a clear 4xx, and nothing happens.

use http::StatusCode;

use crate::browser::Browser;
use crate::house::{BOTH, House};
use crate::person::{goes_to, with};

#[tokio::test]
async fn a_passed_step_cannot_be_sent_again() {
    for database in BOTH {
        let house = House::on(database).await;
        let person = house.sign_up("ada@example.org").await;
        let mut browser = Browser::new(&house.router);
        browser.get("/sign-in").await;
        browser.post("/sign-in", &[("identifier", &person.identifier)]).await;
        browser.get("/sign-in/password").await;
        let check = house.solve(&mut browser, "sign-in").await;
        let fields = with(&check, &[("password", &person.password)]);
        let mut replayed = browser.clone();
        goes_to(&browser.post("/sign-in/password", &fields).await, "/sign-in/code");
        // The same request once more: the human check is spent.
        let page = replayed.post("/sign-in/password", &fields).await;
        assert!(page.status.is_client_error(), "{database:?}: {}", page.status);

        let code = house.next_app_code(&person);
        let mut second = browser.clone();
        goes_to(&browser.post("/sign-in/code", &[("code", &code)]).await, "/sign-in/device");
        let page = second.post("/sign-in/code", &[("code", &code)]).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{database:?}: an old cookie finds nothing");
    }
}

#[tokio::test]
async fn two_parallel_accesses_give_one_session() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up_to_access("ada@example.org").await;
        person.browser.get("/sign-up/access").await;
        let mut others: Vec<Browser> = (0..6).map(|_| person.browser.clone()).collect();
        let mut tasks = tokio::task::JoinSet::new();
        for mut browser in others.drain(..) {
            tasks.spawn(async move { browser.post("/sign-up/access", &[]).await.status });
        }
        let statuses = tasks.join_all().await;
        let entered = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        assert_eq!(entered, 1, "{database:?}: {statuses:?}");
        assert!(statuses.iter().all(|status| *status == StatusCode::SEE_OTHER || status.is_client_error()));
    }
}

#[tokio::test]
async fn one_app_code_opens_one_of_many_parallel_sign_ins() {
    for database in BOTH {
        let house = House::on(database).await;
        let person = house.sign_up("ada@example.org").await;
        let mut browsers = Vec::new();
        for _ in 0..4 {
            let mut browser = person.browser.clone();
            browser.cookies.remove("__Host-session");
            house.sign_in_to_factor(&mut browser, &person.identifier, &person.password).await;
            browser.get("/sign-in/code").await;
            browsers.push(browser);
        }
        let code = house.next_app_code(&person);
        let mut tasks = tokio::task::JoinSet::new();
        for mut browser in browsers {
            let code = code.clone();
            tasks.spawn(async move { browser.post("/sign-in/code", &[("code", &code)]).await.status });
        }
        let statuses = tasks.join_all().await;
        let passed = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        assert_eq!(passed, 1, "{database:?}: {statuses:?}");
    }
}

#[tokio::test]
async fn no_step_is_skipped() {
    let house = House::new().await;
    let person = house.sign_up("ada@example.org").await;
    let mut browser = Browser::new(&house.router);
    browser.get("/sign-in").await;
    browser.post("/sign-in", &[("identifier", &person.identifier)]).await;
    for (path, fields) in [
        ("/sign-in/code", vec![("code", "123456")]),
        ("/sign-in/device", vec![("code", "123456")]),
        ("/sign-in/access", vec![]),
    ] {
        let page = browser.post(path, &fields).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{path}");
        assert!(!browser.cookies.contains_key("__Host-session"), "{path}");
    }
    let code = house.next_app_code(&person);
    let page = browser.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "a right code before the password opens nothing");
}

#[tokio::test]
async fn a_flow_goes_on_in_its_own_browser_alone() {
    let house = House::new().await;
    let person = house.sign_up("ada@example.org").await;
    let mut browser = Browser::new(&house.router);
    house.sign_in_to_factor(&mut browser, &person.identifier, &person.password).await;
    let mut thief = Browser::new(&house.router);
    thief.get("/sign-in").await;
    thief.cookies.insert("__Host-sign-in".to_owned(), browser.cookies["__Host-sign-in"].clone());
    assert_eq!(thief.get("/sign-in/code").await.location(), "/sign-in");
    let code = house.next_app_code(&person);
    thief.get("/sign-in").await;
    let page = thief.post("/sign-in/code", &[("code", &code)]).await;
    assert!(page.status.is_client_error(), "{}", page.status);
}

#[tokio::test]
async fn whoever_goes_back_types_the_password_again() {
    let house = House::new().await;
    let person = house.sign_up("ada@example.org").await;
    let mut browser = Browser::new(&house.router);
    house.sign_in_to_factor(&mut browser, &person.identifier, "a typing mistake").await;
    let page = browser.get("/sign-in/password").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("name=\"resume\""));
    let check = house.solve(&mut browser, "sign-in").await;
    let fields = with(&check, &[("password", &person.password), ("resume", "yes")]);
    goes_to(&browser.post("/sign-in/password", &fields).await, "/sign-in/code");
    browser.get("/sign-in/code").await;
    let code = house.next_app_code(&person);
    goes_to(&browser.post("/sign-in/code", &[("code", &code)]).await, "/sign-in/device");
}
