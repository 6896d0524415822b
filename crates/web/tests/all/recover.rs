//! The lost-factor case through its pages, to its end, and what shows of it inside the account, on both databases.

use std::time::Duration;

use axum::body::Body;
use data_encoding::BASE32_NOPAD;
use doorward_domain::id::CaseId;
use doorward_domain::identity::IdentityRecord;
use doorward_domain::staff::Role;
use doorward_domain::token::Token;
use http::{HeaderValue, Method, StatusCode, header};

use crate::browser::{Browser, Page};
use crate::desk::nobody;
use crate::house::{BOTH, House};
use crate::person::{Person, goes_to};

const ADA: &str = "ada@example.org";
const DAY: Duration = Duration::from_secs(86_400);
/// A picture that somebody could have taken: 480 by 360, grey.
const PHOTO: &[u8] = include_bytes!("photo.png");
const RUNNING: &str = "A request to replace your second factor is running";

impl Browser {
    /// Posts a picture as a form with a file does.
    async fn upload(&mut self, path: &str, kind: &str, file: &[u8]) -> Page {
        let mut body = Vec::new();
        for (name, text) in [("csrf", self.csrf.as_str()), ("kind", kind)] {
            let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
            body.extend(part.into_bytes());
        }
        let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n";
        body.extend(head.bytes().chain(file.iter().copied()).chain(*b"\r\n--x--\r\n"));
        let mut request = self.request(Method::POST, path);
        let form = HeaderValue::from_static("multipart/form-data; boundary=x");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        *request.body_mut() = Body::from(body);
        self.send(request).await
    }
}

impl House {
    async fn identify(&self) {
        let record = IdentityRecord {
            name: "Ada King".into(),
            birth_date: "1990-02-28".into(),
            residence: "DE".into(),
            level: "document".into(),
            source: "KYC desk".into(),
        };
        let account = self.app.find_account_for_staff(ADA, None).await.expect("an account");
        self.app.write_identity(account, &record, "L01X-00T47").await.expect("written");
    }

    /// Opens a case in this browser and proves its channel.
    async fn open_case(&self, browser: &mut Browser, person: &Person) {
        let page = self.sign_in_to_factor(browser, ADA, &person.password).await;
        goes_to(&page, "/sign-in/code");
        browser.get("/sign-in/code").await;
        // One code a minute goes to an identifier that nobody has proved here.
        self.pass(Duration::from_secs(60));
        goes_to(&browser.post("/sign-in/lost-factor", &[]).await, "/case/code");
        browser.get("/case/code").await;
        let code = self.mailed_code(ADA).await;
        goes_to(&browser.post("/case/code", &[("code", &code)]).await, "/case/authenticator");
    }

    /// Connects a new app, gives the pictures and sends the case; the case and the secret of the new app.
    async fn send_case(&self, browser: &mut Browser, person: &Person) -> (CaseId, Vec<u8>) {
        let page = browser.get("/case/authenticator").await;
        let secret = page.between("<code id=\"totp-secret\">", "</code>").expect("a secret").replace(' ', "");
        let totp_secret = BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        let code = self.app_code(&Person { totp_secret: totp_secret.clone(), ..person.clone() });
        goes_to(&browser.post("/case/authenticator", &[("code", &code)]).await, "/case/documents");
        browser.get("/case/documents").await;
        for kind in ["document-front", "document-back", "holder-with-note"] {
            goes_to(&browser.upload("/case/documents", kind, PHOTO).await, "/case/documents");
            browser.get("/case/documents").await;
        }
        goes_to(&browser.post("/case/send", &[]).await, "/case");
        let queue = self.app.list_cases(nobody(), true).await.expect("the queue");
        (queue.last().expect("a case").id, totp_secret)
    }

    /// Two approvers, each at a desk of their own. Both are there before the first decides: cases stay closed without.
    async fn approve(&self, case: CaseId) {
        let approvers =
            [self.colleague("Mia", Role::Approver).await, self.colleague("Noa", Role::Approver).await];
        for mut approver in approvers {
            let path = format!("/support/cases/{case}");
            assert_eq!(approver.get(&path).await.status, StatusCode::OK);
            let fields =
                [("case", &*case.to_string()), ("answer", "approve"), ("reason", "The same face and name.")];
            let decided = approver.post("/support/cases/decide", &fields).await;
            assert!(decided.location().starts_with(&path), "{}", decided.text());
        }
    }
}

#[tokio::test]
async fn a_case_is_walked_from_the_lost_app_over_its_wait_to_the_new_one() {
    for database in BOTH {
        let house = House::on(database).await;
        let ada = house.sign_up(ADA).await;
        house.identify().await;
        let mut stranger = Browser::new(&house.router).from("203.0.113.7");
        house.open_case(&mut stranger, &ada).await;
        let (case, secret) = house.send_case(&mut stranger, &ada).await;
        assert!(stranger.get("/case").await.text().contains("0 of 2"), "{database:?}");
        house.approve(case).await;
        assert!(stranger.get("/case").await.text().contains("Agreed: now the wait"));
        house.pass(DAY - Duration::from_secs(60));
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0, "not before its time");
        house.pass(Duration::from_secs(60));
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 1);
        let done = stranger.get("/case").await.text();
        assert!(done.contains("Your new authenticator is in place"), "{done}");
        assert!(done.contains("Nothing can leave the account for 2 days"), "{done}");
        let mail = house.newest_mail(ADA).await.expect("a mail");
        assert!(mail.contains("The new authenticator guards your account from now on."), "{mail}");
        // The lost app opens nothing any more, the new one does; and the hold says why.
        let mut thief = Browser::new(&house.router).from("203.0.113.8");
        house.sign_in_to_factor(&mut thief, ADA, &ada.password).await;
        thief.get("/sign-in/code").await;
        let old = house.next_app_code(&ada);
        let refused = thief.post("/sign-in/code", &[("code", &old)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let back = Person { totp_secret: secret, ..ada };
        house.sign_in(&mut stranger, &back).await;
        stranger.post("/review", &[("answer", "confirm")]).await;
        let overview = stranger.get("/dashboard").await.text();
        assert!(overview.contains("Lost factor replaced by support"), "{overview}");
    }
}

#[tokio::test]
async fn a_running_case_shows_inside_and_one_button_stops_it() {
    for database in BOTH {
        let house = House::on(database).await;
        let mut ada = house.sign_up(ADA).await;
        house.identify().await;
        ada.browser.post("/review", &[("answer", "confirm")]).await;
        for path in ["/dashboard", "/security"] {
            assert!(!ada.browser.get(path).await.text().contains(RUNNING), "{path}");
        }
        let mut stranger = Browser::new(&house.router).from("203.0.113.7");
        house.open_case(&mut stranger, &ada).await;
        let overview = ada.browser.get("/dashboard").await.text();
        assert!(overview.contains(RUNNING) && overview.contains("They can send it to our staff until"));
        assert!(overview.contains("203.0.113.7"), "where it was opened: {overview}");
        let (case, _) = house.send_case(&mut stranger, &ada).await;
        house.approve(case).await;
        let security = ada.browser.get("/security").await.text();
        assert!(security.contains("Unless it is stopped, it takes effect on"), "{security}");
        assert!(security.contains("nothing leaves the account for 2 days"), "{security}");
        // The looks of two members of staff are one line, and nobody is asked whether it was they.
        let review = ada.browser.get("/review").await.text();
        assert!(review.contains("Our staff looked at your case 2 times: Mia, Noa"), "{review}");
        assert!(review.contains(RUNNING));
        let by_staff =
            review.split("What our staff did").nth(1).and_then(|rest| rest.split("</section>").next());
        let by_staff = by_staff.expect("a section");
        assert!(by_staff.contains("This wasn't me") || by_staff.contains("This wasn&#39;t me"), "{by_staff}");
        assert!(!by_staff.contains("This was me"), "{by_staff}");
        // One click; with the form token of another browser nothing happens.
        let mut elsewhere = ada.browser.clone();
        elsewhere.csrf = stranger.csrf.clone();
        let forged = elsewhere.post("/security/case/stop", &[]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        house.pass(Duration::from_secs(60));
        goes_to(&ada.browser.post("/security/case/stop", &[]).await, "/security?done=case");
        let after = ada.browser.get("/security?done=case").await.text();
        assert!(after.contains("The request was stopped.") && !after.contains(RUNNING), "{after}");
        goes_to(&ada.browser.post("/security/case/stop", &[]).await, "/security");
        assert!(stranger.get("/case").await.text().contains("It was stopped. Nothing has changed."));
        let mail = house.newest_mail(ADA).await.expect("a mail");
        assert!(
            mail.contains("The request to replace your authenticator was stopped or has ended."),
            "{mail}"
        );
        house.pass(DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0);
    }
}

#[tokio::test]
async fn a_case_is_stopped_on_the_review_which_goes_on_to_where_it_led() {
    let house = House::new().await;
    let ada = house.sign_up(ADA).await;
    house.identify().await;
    let mut stranger = Browser::new(&house.router).from("203.0.113.7");
    house.open_case(&mut stranger, &ada).await;
    let mut inside = ada.browser.clone();
    let review = inside.get("/review?return_to=/security/phrases").await.text();
    assert!(review.contains(RUNNING), "{review}");
    let stopped = inside.post("/security/case/stop", &[("return_to", "/security/phrases")]).await;
    assert!(stopped.location().starts_with("/review?done=case&return_to="), "{}", stopped.location());
    let after = inside.get(stopped.location()).await.text();
    assert!(after.contains("The request was stopped.") && !after.contains(RUNNING), "{after}");
    let confirmed =
        inside.post("/review", &[("answer", "confirm"), ("return_to", "/security/phrases")]).await;
    goes_to(&confirmed, "/security/phrases");
}

#[tokio::test]
async fn a_file_is_taken_in_for_a_case_that_waits_for_pictures_and_for_nothing_else() {
    let house = House::new().await;
    let ada = house.sign_up(ADA).await;
    house.identify().await;
    let mut stranger = Browser::new(&house.router).from("203.0.113.7");
    stranger.get("/sign-in").await;
    stranger.cookies.insert("__Host-case".to_owned(), Token::from_random([7; 32]).encode());
    // What stands in the body would be refused, if anybody looked at it.
    let mut request = stranger.request(Method::POST, "/case/documents");
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    goes_to(&stranger.send(request).await, "/case");
    let mut owner = Browser::new(&house.router).from("203.0.113.8");
    house.open_case(&mut owner, &ada).await;
    goes_to(&owner.upload("/case/documents", "document-front", PHOTO).await, "/case");
    let at = owner.get("/case").await;
    goes_to(&at, "/case/authenticator");
}
