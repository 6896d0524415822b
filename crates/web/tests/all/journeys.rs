//! Whole ways through the house at the level of HTTP, on both databases.

use std::time::Duration;

use http::StatusCode;

use crate::browser::Browser;
use crate::house::{BOTH, House};
use crate::person::{goes_to, recovery_codes, with};

#[tokio::test]
async fn a_person_signs_up_and_arrives_at_the_dashboard() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        goes_to(&person.browser.get("/dashboard").await, "/review");
        goes_to(&person.browser.post("/review", &[("answer", "confirm")]).await, "/dashboard");
        let page = person.browser.get("/dashboard").await;
        assert_eq!(page.status, StatusCode::OK, "{database:?}");
        assert!(page.text().contains("Firefox 145, Linux"));
        assert!(!page.text().contains("ada@example.org"), "the identifier is masked");
    }
}

#[tokio::test]
async fn a_customer_signs_in_from_a_known_and_from_a_new_device() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        person.browser.post("/sign-out", &[]).await;
        let mut known = person.browser.clone();
        house.sign_in(&mut known, &person).await;
        assert_eq!(known.get("/api/session").await.status, StatusCode::OK);
        let mut new = Browser::new(&house.router).from("203.0.113.7");
        house.sign_in(&mut new, &person).await;
        let review = new.get("/review").await;
        assert!(review.text().contains("203.0.113.7"), "{database:?}");
    }
}

#[tokio::test]
async fn a_deep_link_comes_back_after_entry_and_only_to_a_page_of_ours() {
    let house = House::new().await;
    let person = house.sign_up("ada@example.org").await;
    for (wanted, arrives) in [
        ("/security/password", "/review?return_to=/security/password"),
        ("//evil.example/", "/review"),
        ("https://evil.example/", "/review"),
        ("/\\evil.example", "/review"),
    ] {
        let mut browser = Browser::new(&house.router);
        if wanted == "/security/password" {
            let page = browser.get(wanted).await;
            assert_eq!(page.location(), "/sign-in?return_to=/security/password");
        }
        browser.get("/sign-in").await;
        let fields = [("identifier", person.identifier.as_str()), ("return_to", wanted)];
        goes_to(&browser.post("/sign-in", &fields).await, "/sign-in/password");
        browser.get("/sign-in/password").await;
        let check = house.solve(&mut browser, "sign-in").await;
        browser.post("/sign-in/password", &with(&check, &[("password", &person.password)])).await;
        let code = house.next_app_code(&person);
        browser.post("/sign-in/code", &[("code", &code)]).await;
        let code = house.mailed_code(&person.identifier).await;
        browser.post("/sign-in/device", &[("code", &code)]).await;
        goes_to(&browser.post("/sign-in/access", &[]).await, arrives);
        house.pass(Duration::from_secs(3_600));
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_browser() {
    let house = House::new().await;
    let mut person = house.sign_up("ada@example.org").await;
    let stolen = person.browser.clone();
    let page = person.browser.post("/sign-out", &[]).await;
    goes_to(&page, "/signed-out");
    assert_eq!(page.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(!person.browser.cookies.contains_key("__Host-session"));
    assert!(person.browser.cookies.contains_key("__Host-device"), "the device stays known");
    assert_eq!(stolen.clone().get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_are_ended_from_another_browser() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        let mut second = Browser::new(&house.router);
        house.sign_in(&mut second, &person).await;
        person.browser.get("/review").await;
        goes_to(
            &person.browser.post("/security/sessions/end", &[("session", "others")]).await,
            "/security?done=sessions",
        );
        assert_eq!(second.get("/api/session").await.status, StatusCode::UNAUTHORIZED, "{database:?}");
        assert_eq!(person.browser.get("/api/session").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_code_and_by_link() {
    for by_link in [false, true] {
        let house = House::new().await;
        let person = house.sign_up("ada@example.org").await;
        // A minute between two codes that nobody has proved to want.
        house.pass(Duration::from_secs(60));
        let mut browser = Browser::new(&house.router);
        browser.get("/forgot-password").await;
        let check = house.solve(&mut browser, "forgot-password").await;
        let asked =
            browser.post("/forgot-password", &with(&check, &[("identifier", &person.identifier)])).await;
        goes_to(&asked, "/forgot-password/code");
        let mail = house.newest_mail(&person.identifier).await.expect("a mail");
        if by_link {
            let path = mail
                .split("http://localhost:8080")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .expect("a link");
            let mut other = Browser::new(&house.router);
            for _ in 0..2 {
                assert_eq!(other.get(path).await.status, StatusCode::OK, "looking at a link changes nothing");
            }
            let token = path.split("token=").nth(1).expect("a token").to_owned();
            goes_to(
                &other.post("/forgot-password/link", &[("token", &token)]).await,
                "/forgot-password/factor",
            );
            assert_eq!(browser.get(path).await.status, StatusCode::CONFLICT, "a link is good once");
            browser = other;
        } else {
            browser.get("/forgot-password/code").await;
            let code = house.mailed_code(&person.identifier).await;
            goes_to(
                &browser.post("/forgot-password/code", &[("code", &code)]).await,
                "/forgot-password/factor",
            );
        }
        browser.get("/forgot-password/factor").await;
        let code = house.next_app_code(&person);
        goes_to(
            &browser.post("/forgot-password/factor", &[("code", &code)]).await,
            "/forgot-password/password",
        );
        browser.get("/forgot-password/password").await;
        let new = "copper lantern drifts 47";
        let done = browser.post("/forgot-password/password", &[("password", new)]).await;
        goes_to(&done, "/forgot-password/done");
        assert_eq!(browser.get("/forgot-password/done").await.status, StatusCode::OK);
        assert_eq!(person.browser.clone().get("/api/session").await.status, StatusCode::UNAUTHORIZED);
        let mut person = person;
        person.password = new.to_owned();
        house.sign_in(&mut Browser::new(&house.router), &person).await;
    }
}

#[tokio::test]
async fn what_guards_the_account_is_changed_with_a_second_factor() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut person = house.sign_up("ada@example.org").await;
        person.browser.post("/review", &[("answer", "confirm")]).await;

        let code = house.next_app_code(&person);
        let new = "copper lantern drifts 47";
        let fields =
            [("current_password", person.password.as_str()), ("password", new), ("code", code.as_str())];
        goes_to(&person.browser.post("/security/password", &fields).await, "/security?done=password");
        person.password = new.to_owned();
        assert_eq!(person.browser.get("/security?done=password").await.status, StatusCode::OK);

        let code = house.next_app_code(&person);
        let page = person.browser.post("/security/recovery-codes", &[("code", &code)]).await;
        let fresh = recovery_codes(&page);
        assert_eq!(fresh.len(), 10, "{database:?}");
        assert!(fresh.iter().all(|code| !person.recovery_codes.contains(code)));

        let code = house.next_app_code(&person);
        let page = person.browser.post("/security/authenticator", &[("code", &code)]).await;
        goes_to(&page, "/security/authenticator/confirm");
        let page = person.browser.get("/security/authenticator/confirm").await;
        let secret = page.between("<code id=\"totp-secret\">", "</code>").expect("a secret").replace(' ', "");
        person.totp_secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        let code = house.next_app_code(&person);
        let page = person.browser.post("/security/authenticator/confirm", &[("code", &code)]).await;
        goes_to(&page, "/security?done=authenticator");
        assert_eq!(person.browser.get("/api/session").await.status, StatusCode::OK, "this session goes on");
    }
}

#[tokio::test]
async fn a_freeze_link_freezes_once_and_only_by_its_button() {
    let house = House::new().await;
    let person = house.sign_up("ada@example.org").await;
    let mail = house.newest_mail(&person.identifier).await.expect("a mail");
    let link = mail
        .split("http://localhost:8080/freeze")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a link");
    let path = format!("/freeze{link}");
    let mut stranger = Browser::new(&house.router);
    assert_eq!(stranger.get(&path).await.status, StatusCode::OK);
    assert_eq!(
        person.browser.clone().get("/api/session").await.status,
        StatusCode::OK,
        "a GET changes nothing"
    );
    let token = path.split("token=").nth(1).expect("a token").to_owned();
    goes_to(&stranger.post("/freeze", &[("token", &token)]).await, "/freeze/done");
    assert_eq!(person.browser.clone().get("/api/session").await.status, StatusCode::UNAUTHORIZED);
    stranger.get("/freeze/done").await;
    assert_eq!(stranger.post("/freeze", &[("token", &token)]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn this_was_not_me_freezes_after_one_question() {
    let house = House::new().await;
    let mut person = house.sign_up("ada@example.org").await;
    let mut second = Browser::new(&house.router);
    house.sign_in(&mut second, &person).await;
    let review = second.get("/review").await;
    let fact = review.between("name=\"fact\" value=\"", "\"").expect("a line that asks");
    let question = second.post("/review", &[("answer", "not-me"), ("fact", &fact)]).await;
    assert_eq!(question.status, StatusCode::OK);
    goes_to(&second.post("/review", &[("answer", "freeze"), ("fact", &fact)]).await, "/freeze/done");
    assert_eq!(person.browser.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}
