//! A person at the door: solves the human check as a browser does, reads mail, has an authenticator app.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use doorward_captcha::memory::Memory;
use doorward_captcha::solver::{reveal_field, solve_memory, solve_work};
use doorward_captcha::work::Work;
use doorward_domain::totp::{hotp, step_of};
use http::StatusCode;

use crate::browser::{Browser, Page};
use crate::house::House;

pub(crate) const PASSWORD: &str = "violet tandem quarry 81";

/// Somebody with an account, and the browser in which it was opened.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) browser: Browser,
    pub(crate) identifier: String,
    pub(crate) password: String,
    pub(crate) totp_secret: Vec<u8>,
    pub(crate) recovery_codes: Vec<String>,
}

/// The four fields of a solved human check.
pub(crate) type Check = Vec<(&'static str, String)>;

impl House {
    /// Solves a human check honestly: the work is done, and the piece stands where it fits.
    pub(crate) async fn solve(&self, browser: &mut Browser, purpose: &str) -> Check {
        let challenge = browser.get(&format!("/human-check?purpose={purpose}&way=picture")).await;
        assert!(challenge.status.is_success(), "a challenge: {}", challenge.status);
        let token = challenge.header("human-check-token").to_owned();
        let number = |header: &str, name: &str| -> u32 {
            let text = challenge.header(header).to_owned();
            let pair = text
                .split(' ')
                .find_map(|pair| pair.strip_prefix(name))
                .expect("a proof's numbers")
                .to_owned();
            pair.parse().expect("a number")
        };
        let small = |header: &str, name: &str| u8::try_from(number(header, name)).expect("a small number");
        let work =
            Work { puzzles: small("human-check-work", "puzzles="), bits: small("human-check-work", "bits=") };
        let proof = match challenge.header("human-check-memory") {
            "" => String::new(),
            _ => {
                let kib = number("human-check-memory", "kib=");
                let (passes, proofs) =
                    (small("human-check-memory", "passes="), small("human-check-memory", "proofs="));
                let tries = u16::try_from(number("human-check-memory", "tries=")).expect("a small number");
                solve_memory(&token, Memory { kib, passes, proofs, tries })
            }
        };
        // Nobody places a piece within half a second.
        self.pass(Duration::from_secs(1));
        let root = self.app.keys.human_checks();
        let answer = reveal_field(root, &token, self.now().as_micros()).expect("a token of this house");
        vec![
            ("human_check_work", solve_work(&token, work)),
            ("human_check_answer", answer),
            ("human_check_token", token),
            ("human_check_proof", proof),
        ]
    }

    /// Sends what waits, and gives the text of the newest message to this address.
    pub(crate) async fn newest_mail(&self, to: &str) -> Option<String> {
        self.app.deliver_due().await.expect("the outbox is sent");
        let mut browser = Browser::new(&self.router);
        let list = browser.get("/mailbox").await.text();
        let mut lines = list.split("<li><a href=\"").skip(1);
        // Reading takes a moment, so that no later message bears the same time.
        self.pass(Duration::from_secs(1));
        let path = lines.find(|line| line.contains(&format!(">{to}<")))?.split('"').next()?.to_owned();
        browser.get(&path).await.between("<div class=\"mail-body\">", "</div>")
    }

    /// The code of the newest message to this address.
    pub(crate) async fn mailed_code(&self, to: &str) -> String {
        let text = self.newest_mail(to).await.expect("a message");
        six_digits(&text).unwrap_or_else(|| panic!("no code in: {text}"))
    }

    /// Opens an account, page by page, up to the last one before *Access*.
    pub(crate) async fn sign_up_to_access(&self, identifier: &str) -> Person {
        let mut browser = Browser::new(&self.router);
        browser.get("/sign-up").await;
        let check = self.solve(&mut browser, "sign-up").await;
        self.sign_up_to_access_with(browser, identifier, &check).await
    }

    /// The same from a browser at the first page, with this human check or, as without script, an empty one.
    pub(crate) async fn sign_up_to_access_with(
        &self,
        mut browser: Browser,
        identifier: &str,
        check: &Check,
    ) -> Person {
        let page = browser.post("/sign-up", &with(check, &[("identifier", identifier)])).await;
        goes_to(&page, "/sign-up/code");
        browser.get("/sign-up/code").await;
        let code = self.mailed_code(identifier).await;
        goes_to(&browser.post("/sign-up/code", &[("code", &code)]).await, "/sign-up/password");
        browser.get("/sign-up/password").await;
        let page =
            browser.post("/sign-up/password", &[("password", PASSWORD), ("username", identifier)]).await;
        goes_to(&page, "/sign-up/authenticator");
        let page = browser.get("/sign-up/authenticator").await;
        let secret = page.between("<code id=\"totp-secret\">", "</code>").expect("a secret").replace(' ', "");
        let totp_secret = BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        let mut person = Person {
            browser,
            identifier: identifier.to_owned(),
            password: PASSWORD.to_owned(),
            totp_secret,
            recovery_codes: Vec::new(),
        };
        let code = self.app_code(&person);
        let page = person.browser.post("/sign-up/authenticator", &[("code", &code)]).await;
        goes_to(&page, "/sign-up/recovery-codes");
        let page = person.browser.get("/sign-up/recovery-codes").await;
        person.recovery_codes = recovery_codes(&page);
        assert_eq!(person.recovery_codes.len(), 10);
        goes_to(&person.browser.post("/sign-up/recovery-codes", &[("kept", "yes")]).await, "/sign-up/access");
        person
    }

    /// Opens an account and enters it.
    pub(crate) async fn sign_up(&self, identifier: &str) -> Person {
        let mut person = self.sign_up_to_access(identifier).await;
        person.browser.get("/sign-up/access").await;
        goes_to(&person.browser.post("/sign-up/access", &[]).await, "/review");
        person.browser.get("/review").await;
        person
    }

    /// What the person's app shows now; a step that was spent has passed.
    pub(crate) fn app_code(&self, person: &Person) -> String {
        let step = u64::try_from(step_of(self.now())).expect("a time after 1970");
        format!("{:06}", hotp(&person.totp_secret, step, 6))
    }

    /// Waits for the app's next code.
    pub(crate) fn next_app_code(&self, person: &Person) -> String {
        self.pass(Duration::from_secs(30));
        self.app_code(person)
    }

    /// Goes from the first page up to the second factor.
    pub(crate) async fn sign_in_to_factor(
        &self,
        browser: &mut Browser,
        identifier: &str,
        password: &str,
    ) -> Page {
        browser.get("/sign-in").await;
        let page = browser.post("/sign-in", &[("identifier", identifier)]).await;
        goes_to(&page, "/sign-in/password");
        browser.get("/sign-in/password").await;
        let check = self.solve(browser, "sign-in").await;
        browser.post("/sign-in/password", &with(&check, &[("password", password)])).await
    }

    /// Signs in from a browser, with the code for a new device where one is asked, up to the review.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, person: &Person) {
        goes_to(
            &self.sign_in_to_factor(browser, &person.identifier, &person.password).await,
            "/sign-in/code",
        );
        browser.get("/sign-in/code").await;
        let code = self.next_app_code(person);
        let page = browser.post("/sign-in/code", &[("code", &code)]).await;
        if page.location() == "/sign-in/device" {
            browser.get("/sign-in/device").await;
            let code = self.mailed_code(&person.identifier).await;
            goes_to(&browser.post("/sign-in/device", &[("code", &code)]).await, "/sign-in/access");
        } else {
            goes_to(&page, "/sign-in/access");
        }
        browser.get("/sign-in/access").await;
        goes_to(&browser.post("/sign-in/access", &[]).await, "/review");
        browser.get("/review").await;
    }

    /// A browser with a session whose review is confirmed.
    pub(crate) async fn customer(&self) -> Browser {
        let mut person = self.sign_up("customer@example.org").await;
        person.browser.post("/review", &[("answer", "confirm")]).await;
        person.browser.get("/dashboard").await;
        person.browser
    }

    /// A browser on its way through sign-in, sign-up and reset at once.
    pub(crate) async fn browser_in_every_flow(&self) -> Browser {
        let mut browser = Browser::new(&self.router);
        browser.get("/sign-in").await;
        browser.post("/sign-in", &[("identifier", "flow@example.org")]).await;
        let check = self.solve(&mut browser, "sign-up").await;
        browser.post("/sign-up", &with(&check, &[("identifier", "flow@example.org")])).await;
        let check = self.solve(&mut browser, "forgot-password").await;
        browser.post("/forgot-password", &with(&check, &[("identifier", "reset@example.org")])).await;
        for cookie in ["__Host-sign-in", "__Host-sign-up", "__Host-reset"] {
            assert!(browser.cookies.contains_key(cookie), "{cookie}");
        }
        browser
    }
}

/// A check's fields with others.
pub(crate) fn with<'a>(check: &'a Check, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    check.iter().map(|(name, text)| (*name, text.as_str())).chain(fields.iter().copied()).collect()
}

#[track_caller]
pub(crate) fn goes_to(page: &Page, path: &str) {
    let said = page.between("role=\"alert\"", "</div>").unwrap_or_default();
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, path), "{said}");
}

pub(crate) fn recovery_codes(page: &Page) -> Vec<String> {
    page.text()
        .split("<li><code>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</code>")?.0.to_owned()))
        .collect()
}

fn six_digits(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == ' ')).find_map(|run| {
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        (digits.len() == 6).then_some(digits)
    })
}
