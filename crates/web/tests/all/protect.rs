//! What protects an account beside its factors, page by page.

use std::time::Duration;

use http::StatusCode;

use crate::browser::{Browser, Page};
use crate::house::{BOTH, House};
use crate::person::{Person, goes_to};

const ADA: &str = "ada@example.org";
const DAY: Duration = Duration::from_secs(86_400);

impl House {
    /// Opens a page, fills its form with a fresh code of the app, and sends it.
    async fn change(&self, person: &mut Person, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = person.browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let code = self.next_app_code(person);
        let mut all = fields.to_vec();
        all.push(("code", &code));
        person.browser.post(path, &all).await
    }

    async fn inside(&self) -> Person {
        let mut person = self.sign_up(ADA).await;
        person.browser.post("/review", &[("answer", "confirm")]).await;
        person
    }
}

/// The address of a link in a mail, without the host.
fn link(mail: &str, path: &str) -> String {
    let at = mail.find(&format!("{path}?token=")).unwrap_or_else(|| panic!("no {path} in: {mail}"));
    mail[at..].split(|c: char| c.is_whitespace() || "\"<>&".contains(c)).next().expect("a link").to_owned()
}

#[tokio::test]
async fn a_trading_password_is_set_changed_and_replaced_through_its_pages() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.inside().await;
        let path = "/security/trading-password";
        let overview = ada.browser.get("/security").await;
        assert!(overview.text().contains("None yet. Set one before anything can leave"));
        let weak = house.change(&mut ada, path, &[("new", "123456"), ("again", "123456")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.text().contains("Digits in a row are guessed first"), "{database:?}");
        let differ = house.change(&mut ada, path, &[("new", "482917"), ("again", "482918")]).await;
        assert!(differ.text().contains("The two new ones are not the same."));
        let set = house.change(&mut ada, path, &[("new", "482917"), ("again", "482917")]).await;
        goes_to(&set, "/security?done=trading-password");
        let change = [("present", "482917"), ("new", "730594"), ("again", "730594")];
        goes_to(&house.change(&mut ada, path, &change).await, "/security?done=trading-password");
        let overview = ada.browser.get("/security").await;
        assert!(overview.text().contains("Trading password changed"), "the hold says why");
        let wrong = house.change(&mut ada, path, &change).await;
        assert!(wrong.text().contains("This is not your trading password."));
        let forgotten = "/security/trading-password/forgotten";
        ada.browser.get(forgotten).await;
        goes_to(&ada.browser.post(forgotten, &[("send", "yes")]).await, forgotten);
        let mailed = house.mailed_code(ADA).await;
        let replace = [("mailed_code", mailed.as_str()), ("new", "482917"), ("again", "482917")];
        goes_to(&house.change(&mut ada, forgotten, &replace).await, "/security?done=trading-password");
    }
}

#[tokio::test]
async fn phrases_stand_in_mails_and_beside_the_password_on_a_known_device_alone() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.inside().await;
        let path = "/security/phrases";
        let same = [("mail", "blue teapot"), ("sign_in", "blue teapot"), ("withdrawal", "")];
        let told = house.change(&mut ada, path, &same).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(told.text().contains("Give each place a phrase of its own."));
        let phrases = [("mail", "blue teapot"), ("sign_in", "quiet river"), ("withdrawal", "")];
        goes_to(&house.change(&mut ada, path, &phrases).await, "/security?done=phrases");
        let mail = house.newest_mail(ADA).await.expect("a mail");
        assert!(mail.contains("Your mail phrase: blue teapot"), "{mail}");
        assert!(!mail.contains("quiet river"), "each place its own");
        ada.browser.post("/sign-out", &[]).await;
        let mut known = ada.browser.clone();
        for (browser, shows) in [(&mut known, true), (&mut Browser::new(&house.router), false)] {
            browser.get("/sign-in").await;
            browser.post("/sign-in", &[("identifier", ADA)]).await;
            let page = browser.get("/sign-in/password").await.text();
            assert_eq!(page.contains("quiet river"), shows, "{database:?}");
            assert_eq!(page.contains("so your sign-in phrase is not shown"), !shows);
        }
    }
}

#[tokio::test]
async fn under_the_settings_lock_a_page_says_why_and_a_mailed_link_takes_the_opening_back() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.inside().await;
        let days = house.change(&mut ada, "/security/lock", &[("days", "31")]).await;
        assert!(days.text().contains("Choose 1 to 30 days."));
        let on = house.change(&mut ada, "/security/lock", &[("days", "3")]).await;
        goes_to(&on, "/security?done=lock");
        let phrases = [("mail", "blue teapot"), ("sign_in", ""), ("withdrawal", "")];
        let told = house.change(&mut ada, "/security/phrases", &phrases).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(told.text().contains("Your settings lock is on."), "{database:?}");
        goes_to(&house.change(&mut ada, "/security/lock/open", &[]).await, "/security?done=unlock");
        let overview = ada.browser.get("/security").await;
        assert!(overview.text().contains("The settings lock opens"));
        let mail = house.newest_mail(ADA).await.expect("a mail");
        let path = link(&mail, "/cancel");
        let mut stranger = Browser::new(&house.router);
        for _ in 0..2 {
            let page = stranger.get(&path).await;
            assert!(page.text().contains("It has not taken effect yet."), "looking changes nothing");
        }
        let token = path.split_once("token=").expect("a token").1.to_owned();
        goes_to(&stranger.post("/cancel", &[("token", &token)]).await, "/cancel/done");
        stranger.get("/help").await;
        assert_eq!(stranger.get(&path).await.status, StatusCode::CONFLICT, "a link is good once");
        house.pass(4 * DAY);
        assert_eq!(house.app.carry_out_due_changes().await.expect("looked"), 0);
    }
}

#[tokio::test]
async fn the_owner_freezes_by_the_link_of_a_mail_and_lifts_it_with_a_mailed_code() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.inside().await;
        let mail = house.newest_mail(ADA).await.expect("a mail");
        let path = link(&mail, "/freeze");
        let mut stranger = Browser::new(&house.router);
        stranger.get(&path).await;
        let token = path.split_once("token=").expect("a token").1.to_owned();
        goes_to(&stranger.post("/freeze", &[("token", &token)]).await, "/freeze/done");
        assert_eq!(ada.browser.get("/dashboard").await.location(), "/sign-in");
        let mut browser = Browser::new(&house.router);
        house.sign_in_to_factor(&mut browser, ADA, &ada.password).await;
        browser.get("/sign-in/code").await;
        let code = house.next_app_code(&ada);
        goes_to(&browser.post("/sign-in/code", &[("code", &code)]).await, "/sign-in/unfreeze");
        assert!(browser.get("/sign-in/unfreeze").await.text().contains("Your account is frozen"));
        let mailed = house.mailed_code(ADA).await;
        let wrong = if mailed == "000000" { "000001" } else { "000000" };
        let told = browser.post("/sign-in/unfreeze", &[("code", wrong)]).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        goes_to(&browser.post("/sign-in/unfreeze", &[("code", &mailed)]).await, "/unfrozen");
        assert!(!browser.cookies.contains_key("__Host-session"), "no session comes of it");
        house.pass(Duration::from_secs(60));
        house.sign_in(&mut browser, &ada).await;
        browser.post("/review", &[("answer", "confirm")]).await;
        let dashboard = browser.get("/dashboard").await;
        assert!(dashboard.text().contains("Account opened again after a freeze"), "{database:?}");
    }
}

#[tokio::test]
async fn a_bound_session_ends_on_another_network_and_the_page_says_why() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.inside().await;
        let choices = [("bind_network", "yes"), ("address_book", "yes")];
        let chosen = house.change(&mut ada, "/security/choices", &choices).await;
        goes_to(&chosen, "/security?done=choices");
        assert_eq!(ada.browser.get("/dashboard").await.status, StatusCode::OK);
        let mut away = ada.browser.clone().from("203.0.113.7");
        let page = away.get("/dashboard").await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{database:?}");
        assert!(page.text().contains("came from another network"));
        assert_eq!(ada.browser.get("/dashboard").await.location(), "/sign-in", "it is over everywhere");
    }
}

#[tokio::test]
async fn a_forgotten_password_under_the_lock_says_when_it_takes_effect() {
    let house = House::new().await;
    let mut ada = house.inside().await;
    goes_to(&house.change(&mut ada, "/security/lock", &[("days", "2")]).await, "/security?done=lock");
    // A minute between two codes that nobody has proved to want.
    house.pass(Duration::from_secs(60));
    let mut browser = Browser::new(&house.router);
    let check = {
        browser.get("/forgot-password").await;
        house.solve(&mut browser, "forgot-password").await
    };
    browser.post("/forgot-password", &crate::person::with(&check, &[("identifier", ADA)])).await;
    browser.get("/forgot-password/code").await;
    let mailed = house.mailed_code(ADA).await;
    browser.post("/forgot-password/code", &[("code", &mailed)]).await;
    browser.get("/forgot-password/factor").await;
    let code = house.next_app_code(&ada);
    browser.post("/forgot-password/factor", &[("code", &code)]).await;
    browser.get("/forgot-password/password").await;
    let new = "seven lanterns over the harbour";
    let page = browser.post("/forgot-password/password", &[("password", new)]).await;
    assert!(page.text().contains("Your new password waits"), "{}", page.text());
    let mail = house.newest_mail(ADA).await.expect("a mail");
    assert!(mail.contains("A new password waits") || mail.contains("/cancel?token="), "{mail}");
    house.pass(2 * DAY);
    assert_eq!(house.app.carry_out_due_changes().await.expect("done"), 1);
    ada.password = new.to_owned();
    let mut later = Browser::new(&house.router);
    house.sign_in(&mut later, &ada).await;
}
