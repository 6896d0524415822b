//! The support desk: who gets in, what its pages wear, and that its own listener is the only way where there is one.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use doorward_domain::id::{StaffId, StaffSessionId};
use doorward_domain::jurisdiction::Mode;
use doorward_domain::language::Language;
use doorward_domain::staff::Role;
use doorward_domain::throttle::NetworkKey;
use doorward_domain::token::Token;
use doorward_store::StoreFault;
use doorward_store::staff::{
    NewStaff, NewStaffSession, finish_enrolment, invite_staff, record_staff, record_staff_session,
};
use http::{HeaderValue, StatusCode};

use crate::browser::Browser;
use crate::house::{Database, House, Plan};
use crate::person::goes_to;

/// A member of staff who is none, for what only notes who asked.
pub(crate) fn nobody() -> StaffId {
    StaffId::from_parts(doorward_domain::time::Timestamp::from_seconds(0), [0; 16])
}

impl House {
    /// The browser of somebody who has come to the desk. Enrolment and sign-in with keys are tested beside the use cases.
    pub(crate) async fn colleague(&self, name: &'static str, role: Role) -> Browser {
        let (app, now) = (&self.app, self.now());
        let (link, stay) = (app.random.token(), app.random.token());
        let id = StaffId::from_parts(now, app.random.bytes());
        let session = StaffSessionId::from_parts(now, app.random.bytes());
        let lookup: [u8; 32] = app.random.bytes();
        let sealed = app.keys.seal(
            doorward_app::keys::Sealed::Staff,
            id.as_uuid().as_bytes(),
            format!("{}@staff.example", name.to_lowercase()).as_bytes(),
        );
        let (link_hash, stay_hash) = (link.hash(), stay.hash());
        let network = NetworkKey::of(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_string();
        let begun = app.db.write("coming to the desk for a test", move |tx| {
            Box::pin(async move {
                let new = NewStaff {
                    id,
                    name,
                    lookup: &lookup,
                    sealed: &sealed,
                    role,
                    language: Language::English,
                };
                record_staff(tx, &new, now).await?;
                invite_staff(tx, id, &link_hash, now.plus(Duration::from_secs(60)), now).await?;
                finish_enrolment(tx, id, &link_hash, now).await?;
                let new = NewStaffSession {
                    id: session,
                    staff_id: id,
                    token_hash: &stay_hash,
                    network: &network,
                    user_agent: "Test/1",
                };
                record_staff_session(tx, &new, now).await
            })
        });
        assert!(begun.await.map_err(|fault: StoreFault| fault).expect("written"), "a stay begins");
        let mut browser = Browser::new(&self.router);
        browser.cookies.insert("__Host-desk".to_owned(), stay.encode());
        browser
    }
}

#[tokio::test]
async fn somebody_looks_up_an_account_acts_and_the_owner_reads_it() {
    for database in [Database::Sqlite, Database::Postgres] {
        let house = House::on(database).await;
        let mut ada = house.sign_up("ada@example.org").await;
        let mut mia = house.colleague("Mia", Role::Agent).await;
        mia.get("/support/accounts").await;
        let refused = mia.post("/support/accounts", &[("identifier", "nobody@example.org")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let found = mia.post("/support/accounts", &[("identifier", "ada@example.org")]).await;
        let path = found.location().to_owned();
        assert!(path.starts_with("/support/accounts/") && !path.contains('@'), "{path}");
        let page = mia.get(&path).await;
        assert!(!page.text().contains("ada@example.org"), "identifiers are masked");
        let account = path.trim_start_matches("/support/accounts/").to_owned();
        let refused = mia.post("/support/notes", &[("account", &account), ("reason", " ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        goes_to(
            &mia.post("/support/notes", &[("account", &account), ("reason", "<b>Called</b>")]).await,
            &format!("{path}?done=note"),
        );
        let page = mia.get(&path).await.text();
        assert!(page.contains("&#60;b&#62;Called") || page.contains("&lt;b&gt;Called"), "notes are escaped");
        let review = ada.browser.get("/review").await.text();
        assert!(review.contains("Our staff looked at the account (Mia)"), "{review}");
        goes_to(
            &mia.post("/support/freeze", &[("account", &account), ("reason", "Asked for it.")]).await,
            &format!("{path}?done=freeze"),
        );
        assert_eq!(ada.browser.get("/dashboard").await.status, StatusCode::SEE_OTHER, "the owner is out");
        assert!(mia.get(&path).await.text().contains("Frozen by staff"));
        goes_to(&mia.post("/support/sign-out", &[]).await, "/support/left");
        goes_to(&mia.get("/support").await, "/support/sign-in");
    }
}

/// The one request that waits, as its form names it.
fn waiting(page: &str) -> String {
    let after = page.split("name=\"request\" value=\"").nth(1).expect("a request waits");
    after.split('"').next().expect("a value").to_owned()
}

#[tokio::test]
async fn two_colleagues_lift_a_blocked_country_and_let_an_account_out_and_one_calls_it_back() {
    for database in [Database::Sqlite, Database::Postgres] {
        let house = House::on(database).await;
        let ada = house.sign_up("ada@example.org").await;
        crate::country::resides(&house, "ada@example.org", "NL").await;
        let mut bea = house.colleague("Bea", Role::Approver).await;
        let mut dora = house.colleague("Dora", Role::Compliance).await;
        assert!(bea.get("/support/blocks").await.text().contains("Nothing is blocked."));
        house.app.take_policy(crate::country::policy(&[("NL", Mode::Blocked)])).await.expect("taken");
        let page = bea.get("/support/blocks").await.text();
        assert!(page.contains("Netherlands") && page.contains("The policy in force blocks it."), "{page}");
        assert!(!page.contains("Ask to lift"), "first the file: {page}");

        // One account is let out while the country stays blocked.
        let found = bea.post("/support/accounts", &[("identifier", &ada.identifier)]).await;
        let path = found.location().to_owned();
        let account = path.trim_start_matches("/support/accounts/").to_owned();
        let page = bea.get(&path).await.text();
        assert!(page.contains("Ask to let it out of the block") && page.contains("Blocked"), "{page}");
        let act = [("account", account.as_str()), ("reason", "A court said so.")];
        goes_to(&bea.post("/support/lift-block", &act).await, &format!("{path}?done=ask-block"));
        let page = bea.get("/support/requests").await.text();
        assert!(!page.contains(">Agree<") && page.contains(">Take back<"), "nobody agrees alone: {page}");
        let request = waiting(&dora.get("/support/requests").await.text());
        let agree = [("request", request.as_str()), ("answer", "agree")];
        goes_to(&dora.post("/support/requests", &agree).await, "/support/requests?done=block-lifted");
        let page = bea.get(&path).await.text();
        assert!(page.contains("let out of the block by two colleagues since"), "{page}");
        let refused = bea.post("/support/lift-block", &act).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        goes_to(&bea.post("/support/block-again", &act).await, &format!("{path}?done=block-again"));
        assert!(!bea.get(&path).await.text().contains("let out of the block"));
        let refused = bea.post("/support/block-again", &act).await;
        assert!(refused.text().contains("The account was not let out of a block."));

        // The file no longer blocks the country: two lift it.
        house.app.take_policy(crate::country::policy(&[])).await.expect("taken");
        bea.get("/support/blocks").await;
        let refused = bea.post("/support/blocks", &[("row", "NL"), ("reason", " ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("id=\"reason-NL-error\""), "{}", refused.text());
        let nonsense = bea.post("/support/blocks", &[("row", "Narnia"), ("reason", "x")]).await;
        assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
        let ask = [("row", "NL"), ("reason", "Off the list.")];
        goes_to(&bea.post("/support/blocks", &ask).await, "/support/blocks?done=ask-block");
        assert!(dora.get("/support/blocks").await.text().contains("Bea has asked to lift it."));
        let page = dora.get("/support/requests").await.text();
        assert!(page.contains("Netherlands") && page.contains("Off the list."), "{page}");
        let request = waiting(&page);
        let agree = [("request", request.as_str()), ("answer", "agree")];
        goes_to(&dora.post("/support/requests", &agree).await, "/support/requests?done=block-lifted");
        assert!(bea.get("/support/blocks").await.text().contains("Nothing is blocked."));
    }
}

#[tokio::test]
async fn the_desk_shows_the_language_that_the_owner_chose_and_why_more_was_asked_of_a_sign_in() {
    let house = House::new().await;
    let ada = house.sign_up("ada@example.org").await;
    let mut mia = house.colleague("Mia", Role::Agent).await;
    mia.get("/support/accounts").await;
    let path = mia.post("/support/accounts", &[("identifier", &ada.identifier)]).await.location().to_owned();
    let language = |page: String| {
        let after = page.split("<dt>Language</dt><dd>").nth(1).expect("the line").to_owned();
        after.split('<').next().expect("a value").to_owned()
    };
    assert_eq!(language(mia.get(&path).await.text()), "en");
    let mut abroad = Browser::new(&house.router).from("193.0.6.139");
    abroad.get("/sign-in?language=de").await;
    house.sign_in(&mut abroad, &ada).await;
    let page = mia.get(&path).await.text();
    assert!(page.contains("device not known"), "{page}");
    assert!(!page.contains("193.0.6.139"), "no address: {page}");
    assert_eq!(language(page), "de");
}

#[tokio::test]
async fn a_removed_colleague_and_another_network_are_out_at_the_next_request() {
    let house = House::new().await;
    let mut mia = house.colleague("Mia", Role::Agent).await;
    assert_eq!(mia.get("/support").await.status, StatusCode::OK);
    house.app.remove_staff("Mia").await.expect("removed");
    goes_to(&mia.get("/support").await, "/support/sign-in");
    let jo = house.colleague("Jo", Role::Agent).await;
    let mut elsewhere = jo.clone().from("203.0.113.9");
    goes_to(&elsewhere.get("/support").await, "/support/sign-in");
    let mut home = jo;
    goes_to(&home.get("/support").await, "/support/sign-in");
}

#[tokio::test]
async fn a_role_that_does_not_include_a_page_is_told_so() {
    let house = House::new().await;
    let mut auditor = house.colleague("Ola", Role::Auditor).await;
    auditor.get("/support").await;
    let refused = auditor.post("/support/freeze", &[("account", "x"), ("reason", "x")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("Not part of your role"));
}

#[tokio::test]
async fn the_desk_wears_its_own_policy_and_is_never_kept() {
    let house = House::new().await;
    let mut mia = house.colleague("Mia", Role::Agent).await;
    let paths = ["/support", "/support/sign-in", "/support/accounts", "/support/staff", "/support/requests"];
    for path in paths.into_iter().chain(["/support/blocks"]) {
        let page = mia.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("trusted-types 'none'"), "{path}: {policy}");
        assert!(!policy.contains("connect-src") && !policy.contains("worker-src"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_customer_s_session_opens_nothing_at_the_desk_and_the_other_way_round() {
    let house = House::new().await;
    let mut customer = house.customer().await;
    goes_to(&customer.get("/support").await, "/support/sign-in");
    let mut mia = house.colleague("Mia", Role::Compliance).await;
    assert_eq!(mia.get("/security").await.status, StatusCode::SEE_OTHER);
    // A form token of a customer's page is none at the desk.
    mia.cookies.extend(customer.cookies.clone().into_iter().filter(|(name, _)| name != "__Host-desk"));
    let page = customer.get("/security").await;
    mia.csrf = page.csrf();
    let refused = mia.post("/support/sign-out", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn with_a_listener_of_its_own_the_desk_is_nowhere_else() {
    let house = House::of(Plan { desk_url: Some("http://localhost:9090"), ..Plan::default() }).await;
    let mut public = house.colleague("Mia", Role::Agent).await;
    for path in ["/support", "/support/sign-in", "/support/enrol", "/support/accounts"] {
        assert_eq!(public.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let refused = public.post("/support/sign-in", &[("answer", "x")]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let desk = house.router.desk();
    let mut inside = Browser::new(&desk);
    inside.cookies = public.cookies.clone();
    let ask = async |browser: &mut Browser, path: &str| {
        let mut request = browser.request(http::Method::GET, path);
        request.headers_mut().insert("host", HeaderValue::from_static("localhost:9090"));
        browser.send(request).await
    };
    assert_eq!(ask(&mut inside, "/support").await.status, StatusCode::OK);
    for path in ["/", "/sign-in", "/security", "/mailbox", "/healthz"] {
        assert_eq!(ask(&mut inside, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // Under the public name the desk's listener opens nothing either.
    assert_eq!(inside.get("/support").await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn a_link_to_enrol_that_opens_nothing_says_so_and_leaks_nothing() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    let token = Token::from_random([9; 32]).encode();
    for path in ["/support/enrol".to_owned(), format!("/support/enrol?token={token}")] {
        let page = browser.get(&path).await;
        assert!(page.text().contains("This link opens nothing"), "{path}");
        assert!(!page.text().contains(&token), "the token is not echoed");
    }
    browser.get("/support/sign-in").await;
    let refused = browser.post("/support/enrol", &[("token", &token), ("answer", "{}")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let refused = browser.post("/support/sign-in", &[("answer", "{}")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
