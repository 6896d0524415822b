//! Nothing tells whether an account exists: status, headers, cookies and bodies are the same for everybody.

use std::time::Duration;

use crate::browser::{Browser, Page};
use crate::house::{BOTH, House};
use crate::person::{PASSWORD, with};

/// Everything of an answer that somebody could compare, without what is random for everyone.
fn seen(page: &Page, identifier: &str, masked: &str) -> String {
    let mut lines: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "set-cookie"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("plain text")))
        .collect();
    lines.sort();
    let text =
        page.text().replace(&page.csrf(), "CSRF").replace(identifier, "IDENTIFIER").replace(masked, "MASKED");
    format!("{}\n{}\n{:?}\n{text}", page.status, lines.join("\n"), page.cookies_set())
}

fn masked(identifier: &str) -> String {
    doorward_domain::identifier::Identifier::parse(identifier, None).expect("an identifier").masked()
}

/// One whole sign-in with a wrong code: what each answer looked like.
async fn sign_in(house: &House, identifier: &str, password: &str) -> Vec<String> {
    let mut browser = Browser::new(&house.router).from("203.0.113.50");
    let mask = masked(identifier);
    let mut answers = vec![browser.get("/sign-in").await];
    answers.push(browser.post("/sign-in", &[("identifier", identifier)]).await);
    answers.push(browser.get("/sign-in/password").await);
    let check = house.solve(&mut browser, "sign-in").await;
    answers.push(browser.post("/sign-in/password", &with(&check, &[("password", password)])).await);
    let next = answers.last().expect("an answer").location().to_owned();
    answers.push(browser.get(if next.is_empty() { "/sign-in/code" } else { &next }).await);
    for code in ["000000", "111 111", "not a code"] {
        answers.push(browser.post("/sign-in/code", &[("code", code)]).await);
    }
    answers.iter().map(|page| seen(page, identifier, &mask)).collect()
}

#[tokio::test]
async fn known_and_unknown_identifiers_sign_in_alike() {
    for database in BOTH {
        let house = House::on(database).await;
        let person = house.sign_up("aaaa@example.org").await;
        house.pass(Duration::from_secs(60));
        let right = sign_in(&house, &person.identifier, PASSWORD).await;
        let wrong = sign_in(&house, &person.identifier, "not this one at all").await;
        let unknown = sign_in(&house, "zzzz@example.org", PASSWORD).await;
        for (step, ((right, wrong), unknown)) in right.iter().zip(&wrong).zip(&unknown).enumerate() {
            assert_eq!(right, wrong, "{database:?} step {step}: right and wrong password");
            assert_eq!(wrong, unknown, "{database:?} step {step}: known and unknown identifier");
        }
    }
}

#[tokio::test]
async fn throttled_known_and_unknown_identifiers_look_alike() {
    for database in BOTH {
        let house = House::on(database).await;
        let person = house.sign_up("aaaa@example.org").await;
        let mut last = Vec::new();
        for identifier in [person.identifier.as_str(), "zzzz@example.org"] {
            let mut answers = Vec::new();
            for _ in 0..7 {
                let mut browser = Browser::new(&house.router).from("203.0.113.51");
                let page = house.sign_in_to_factor(&mut browser, identifier, "not this one at all").await;
                answers.push(seen(&page, identifier, &masked(identifier)));
            }
            last.push(answers);
        }
        assert!(
            last[0].iter().any(|answer| answer.starts_with("429")),
            "{database:?}: the throttle holds: {:?}",
            last[0].iter().map(|it| it.lines().next().map(str::to_owned)).collect::<Vec<_>>()
        );
        assert_eq!(last[0], last[1], "{database:?}");
    }
}

#[tokio::test]
async fn taken_and_free_identifiers_sign_up_alike() {
    for (database, script) in BOTH.into_iter().flat_map(|database| [(database, true), (database, false)]) {
        let house = House::on(database).await;
        let person = house.sign_up("aaaa@example.org").await;
        house.pass(Duration::from_secs(3_600));
        let mut answers = Vec::new();
        for identifier in [person.identifier.as_str(), "zzzz@example.org"] {
            let mut browser = Browser::new(&house.router).from("203.0.113.52");
            let mut pages = vec![browser.get("/sign-up").await];
            let check = if script { house.solve(&mut browser, "sign-up").await } else { Vec::new() };
            pages.push(browser.post("/sign-up", &with(&check, &[("identifier", identifier)])).await);
            pages.push(browser.get("/sign-up/code").await);
            for _ in 0..2 {
                pages.push(browser.post("/sign-up/code", &[("code", "000000")]).await);
            }
            house.pass(Duration::from_secs(120));
            pages.push(browser.post("/sign-up/code", &[("again", "yes")]).await);
            pages.push(browser.get("/sign-up/code?sent=again").await);
            answers.push(
                pages.iter().map(|page| seen(page, identifier, &masked(identifier))).collect::<Vec<_>>(),
            );
            house.app.deliver_due().await.expect("the outbox is sent");
        }
        assert_eq!(answers[0], answers[1], "{database:?}, script: {script}");
    }
}

#[tokio::test]
async fn known_and_unknown_identifiers_forget_their_password_alike() {
    for (database, script) in BOTH.into_iter().flat_map(|database| [(database, true), (database, false)]) {
        let house = House::on(database).await;
        let person = house.sign_up("aaaa@example.org").await;
        house.pass(Duration::from_secs(3_600));
        let mut answers = Vec::new();
        for identifier in [person.identifier.as_str(), "zzzz@example.org"] {
            let mut browser = Browser::new(&house.router).from("203.0.113.53");
            let mut pages = vec![browser.get("/forgot-password").await];
            let check = if script { house.solve(&mut browser, "forgot-password").await } else { Vec::new() };
            pages.push(browser.post("/forgot-password", &with(&check, &[("identifier", identifier)])).await);
            pages.push(browser.get("/forgot-password/code").await);
            for _ in 0..5 {
                pages.push(browser.post("/forgot-password/code", &[("code", "000000")]).await);
            }
            answers.push(
                pages.iter().map(|page| seen(page, identifier, &masked(identifier))).collect::<Vec<_>>(),
            );
        }
        assert_eq!(answers[0], answers[1], "{database:?}, script: {script}");
    }
}
