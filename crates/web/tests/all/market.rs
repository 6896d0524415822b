//! Balances and markets, page by page.

use std::time::Duration;

use doorward_app::market::NewMarket;
use doorward_domain::id::AccountId;
use doorward_domain::market::command::Command;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::browser::{Browser, Page};
use crate::house::{BOTH, Database, House, Plan};
use crate::person::{Person, goes_to};

const ADA: &str = "ada@example.org";

impl House {
    /// A house with an engine and the market BTC-EUR.
    async fn with_market(database: Database) -> House {
        let house = House::of(Plan { database, engine: true, ..Plan::default() }).await;
        house.app.list_asset("BTC", "Bitcoin", 8, None).await.expect("an asset");
        house.app.list_asset("EUR", "Euro", 6, None).await.expect("an asset");
        let new = NewMarket { band_ppm: 0, ..NewMarket::usual("BTC", "EUR") };
        house.app.open_new_market(&new).await.expect("a market");
        house
    }

    /// Somebody inside with one bitcoin and 100,000 euros in the main wallet.
    async fn rich(&self, identifier: &str) -> Person {
        let mut person = self.sign_up(identifier).await;
        person.browser.post("/review", &[("answer", "confirm")]).await;
        let session = person.browser.get("/api/session").await;
        let account = session.between("\"account\":\"", "\"").expect("an account");
        let account: AccountId = account.parse().expect("an id");
        let owner = self.app.open_owner(account).await.expect("an owner");
        let matching = self.app.matching.as_ref().expect("an engine");
        for asset in self.app.list_assets().expect("assets") {
            let amount = if asset.symbol == "BTC" { 100_000_000 } else { 100_000_000_000 };
            let deposit = Command::Deposit { owner, asset: asset.id, amount };
            matching.send(None, deposit).await.expect("an answer");
        }
        person
    }
}

/// Opens a page and sends one of its forms with its mark.
async fn send(person: &mut Person, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
    let opened = person.browser.get(page).await;
    assert_eq!(opened.status, StatusCode::OK, "{page}");
    let mark = opened.between("name=\"mark\" value=\"", "\"").expect("a mark");
    let mut all = fields.to_vec();
    all.push(("mark", &mark));
    person.browser.post(path, &all).await
}

async fn moves(person: &mut Person, asset: &str, amount: &str, way: &str) -> Page {
    let fields = [("asset", asset), ("amount", amount), ("way", way)];
    send(person, "/balances", "/balances/move", &fields).await
}

async fn order(person: &mut Person, side: &str, price: &str, size: &str) -> Page {
    let kind = if price.is_empty() { "market" } else { "limit" };
    let fields = [
        ("market", "BTC-EUR"),
        ("side", side),
        ("kind", kind),
        ("price", price),
        ("size", size),
        ("lasts", "until-cancelled"),
    ];
    send(person, "/markets/BTC-EUR", "/orders/place", &fields).await
}

/// A form that waits in the book, with this mark.
fn sale(mark: &str) -> [(&str, &str); 6] {
    [
        ("market", "BTC-EUR"),
        ("side", "sell"),
        ("kind", "limit"),
        ("price", "70000"),
        ("size", "0.1"),
        ("mark", mark),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_moved_traded_and_cancelled_through_the_pages() {
    for database in BOTH {
        let house = House::with_market(database).await;
        let mut ada = house.rich(ADA).await;
        let balances = ada.browser.get("/balances").await;
        assert!(balances.text().contains("100000") && balances.text().contains("Bitcoin"), "{database:?}");
        goes_to(&moves(&mut ada, "EUR", "70000.5", "to-trade").await, "/balances?done=moved");
        goes_to(&moves(&mut ada, "EUR", "0.5", "to-main").await, "/balances?done=moved");
        let balances = ada.browser.get("/balances?done=moved").await.text();
        assert!(balances.contains("<td data-label=\"Main\">30000</td>"), "{balances}");
        assert!(balances.contains("<td data-label=\"Trade\">70000</td>"));
        assert!(balances.contains("Moved. Both wallets show it below."));

        goes_to(&order(&mut ada, "buy", "61250.50", "0.5").await, "/markets/BTC-EUR?done=rests");
        let page = ada.browser.get("/markets/BTC-EUR?done=rests").await;
        let text = page.text();
        assert!(text.contains("The order stands in the book."), "{database:?}");
        assert!(text.contains("<td data-label=\"Price\">61250.50</td>"), "{text}");
        let held = ada.browser.get("/balances").await.text();
        assert!(held.contains("in open orders: 306"), "the order holds price, size and fee: {held}");

        let id = page.between("name=\"order\" value=\"", "\"").expect("an open order");
        let cancel = [("market", "BTC-EUR"), ("order", &*id)];
        let done = "/markets/BTC-EUR?done=cancelled";
        goes_to(&ada.browser.post("/orders/cancel", &cancel).await, done);
        let again = ada.browser.post("/orders/cancel", &cancel).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.text().contains("This order is not open any more"));
        assert!(ada.browser.get("/markets/BTC-EUR").await.text().contains("You have no open order here."));

        // Somebody else sells; the dashboard shows what was bought.
        let mut ben = house.rich("ben@example.org").await;
        goes_to(&moves(&mut ben, "BTC", "1", "to-trade").await, "/balances?done=moved");
        goes_to(&order(&mut ben, "sell", "61250.00", "0.5").await, "/markets/BTC-EUR?done=rests");
        goes_to(&order(&mut ada, "buy", "", "0.25").await, "/markets/BTC-EUR?done=filled");
        assert!(ada.browser.get("/dashboard").await.text().contains("<td data-label=\"Trade\">0.25</td>"));
        let all = [("market", "BTC-EUR")];
        let done = "/markets/BTC-EUR?done=all-cancelled";
        goes_to(&ben.browser.post("/orders/cancel-all", &all).await, done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_filled_and_moved_stands_in_the_history_with_its_reason() {
    for database in BOTH {
        let house = House::with_market(database).await;
        let (mut ada, mut ben) = (house.rich(ADA).await, house.rich("ben@example.org").await);
        goes_to(&moves(&mut ada, "EUR", "70000", "to-trade").await, "/balances?done=moved");
        goes_to(&moves(&mut ben, "BTC", "1", "to-trade").await, "/balances?done=moved");
        goes_to(&order(&mut ben, "sell", "61250.00", "0.5").await, "/markets/BTC-EUR?done=rests");
        goes_to(&order(&mut ada, "buy", "", "0.25").await, "/markets/BTC-EUR?done=filled");
        let orders = ada.browser.get("/history").await.text();
        for cell in ["Price\">at market", "Size\">0.2500 BTC", "Filled\">0.2500", "State\">filled"] {
            assert!(orders.contains(cell), "{database:?} {cell}: {orders}");
        }
        let fills = ada.browser.get("/history?about=fills").await.text();
        for cell in ["Price\">61250.00", "Total\">15312.5", "Fee\">15.3125", "Order\">took"] {
            assert!(fills.contains(cell), "{database:?} {cell}: {fills}");
        }
        assert!(!fills.contains("catching up"), "nothing is missing");
        let wallets = ada.browser.get("/history?about=wallets").await.text();
        for cell in ["Change\">+0.25<", "Change\">-15327.8125<", "For\">trade", "For\">deposit"] {
            assert!(wallets.contains(cell), "{database:?} {cell}: {wallets}");
        }
        let others = ben.browser.get("/history?about=fills&before=not-a-place").await.text();
        assert!(others.contains("Order\">waited") && others.contains("Side\">Sell"), "{others}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_read_page_by_page_and_no_line_is_missed() {
    let house = House::with_market(Database::Sqlite).await;
    let mut ada = house.rich(ADA).await;
    goes_to(&moves(&mut ada, "EUR", "70000", "to-trade").await, "/balances?done=moved");
    for price in 1..=60 {
        goes_to(&order(&mut ada, "buy", &price.to_string(), "1").await, "/markets/BTC-EUR?done=rests");
    }
    let newest = ada.browser.get("/history?about=orders").await;
    assert!(newest.text().contains("Price\">60.00<") && !newest.text().contains("Price\">10.00<"));
    let older = newest.between("href=\"/history?about=orders&#38;before=", "\"").expect("an older page");
    let older = ada.browser.get(&format!("/history?about=orders&before={older}")).await.text();
    assert!(older.contains("Price\">10.00<") && older.contains("Price\">1.00<"), "{older}");
    assert!(!older.contains("Price\">11.00<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_none_is_refused_beside_its_field_and_stays_typed() {
    let house = House::with_market(Database::Sqlite).await;
    let mut ada = house.rich(ADA).await;
    for (price, size, field, told) in [
        ("61250.505", "0.5", "price-error", "steps of 0.01"),
        ("61.250,50", "0.5", "price-error", "with a decimal point"),
        ("", "0.00001", "size-error", "steps of 0.0001"),
        ("61250", "-1", "size-error", "above zero"),
        ("61250", "1000", "size-error", "below the smallest or above the largest"),
    ] {
        let page = order(&mut ada, "buy", price, size).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{price} {size}");
        let text = page.text();
        assert!(text.contains(told) && text.contains(&format!("id=\"{field}\"")), "{price} {size}: {told}");
        assert!(text.contains(&format!("value=\"{size}\"")), "what was typed stays");
    }
    let page = order(&mut ada, "buy", "61250", "0.5").await;
    assert!(page.text().contains("not enough available in this wallet"), "nothing was moved to trade");
    let page = moves(&mut ada, "BTC", "0.123456789", "to-trade").await;
    assert!(page.text().contains("8 digits after the point") && page.text().contains("0.123456789"));
    let unsaid = [("market", "BTC-EUR"), ("side", "both"), ("kind", "limit"), ("price", "1"), ("size", "1")];
    let page = send(&mut ada, "/markets/BTC-EUR", "/orders/place", &unsaid).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let elsewhere = [("market", "XYZ-EUR"), ("order", "1")];
    assert_eq!(ada.browser.post("/orders/cancel", &elsewhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.browser.get("/markets/XYZ-EUR").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_a_form_twice_places_one_order() {
    let house = House::with_market(Database::Sqlite).await;
    let mut ada = house.rich(ADA).await;
    goes_to(&moves(&mut ada, "BTC", "1", "to-trade").await, "/balances?done=moved");
    let opened = ada.browser.get("/markets/BTC-EUR").await;
    let mark = opened.between("name=\"mark\" value=\"", "\"").expect("a mark");
    let fields = sale(&mark);
    for _ in 0..3 {
        goes_to(&ada.browser.post("/orders/place", &fields).await, "/markets/BTC-EUR?done=rests");
    }
    let page = ada.browser.get("/markets/BTC-EUR").await.text();
    assert_eq!(page.matches("action=\"/orders/cancel\"").count(), 1);
}

/// The frames of a stream until this stands in one of them; `None` when it ends before.
async fn read_until(body: &mut axum::body::Body, wanted: &str) -> Option<String> {
    let mut seen = String::new();
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("it goes on");
        let data = frame?.expect("a body in memory").into_data().expect("data");
        seen.push_str(&String::from_utf8_lossy(&data));
        if seen.contains(wanted) {
            return Some(seen);
        }
    }
}

/// Asks for the stream of BTC-EUR as its page does.
async fn stream(house: &House, browser: &Browser) -> http::Response<axum::body::Body> {
    let request = browser.request(Method::GET, "/markets/BTC-EUR/stream");
    house.router.door(browser.peer).oneshot(request).await.expect("the door never fails")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_the_book_and_ends_with_its_session() {
    for database in BOTH {
        let house = House::with_market(database).await;
        let stopping = CancellationToken::new();
        let task = tokio::spawn(house.app.clone().run_market_data(stopping.clone()));
        let mut ada = house.rich(ADA).await;
        goes_to(&moves(&mut ada, "BTC", "1", "to-trade").await, "/balances?done=moved");
        goes_to(&order(&mut ada, "sell", "61250.50", "0.5").await, "/markets/BTC-EUR?done=rests");
        let answer = stream(&house, &ada.browser).await;
        assert_eq!(answer.status(), StatusCode::OK, "{database:?}");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let mut body = answer.into_body();
        read_until(&mut body, "61250.50").await.expect("the book");
        // No heartbeat runs here, so each question goes to the database, which vouches for whoever is inside.
        let mut ben = house.rich("ben@example.org").await;
        let mut others = stream(&house, &ben.browser).await.into_body();
        read_until(&mut others, ":\n\n").await.expect("seconds pass without a word, and it goes on");
        ben.browser.post("/sign-out", &[]).await;
        assert_eq!(read_until(&mut others, "no such thing").await, None);
        let stranger = stream(&house, &Browser::new(&house.router)).await;
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

        let mut kept = Vec::new();
        for _ in 0..4 {
            kept.push(stream(&house, &ada.browser).await);
        }
        let fifth = stream(&house, &ada.browser).await;
        assert_eq!(fifth.status(), StatusCode::TOO_MANY_REQUESTS);
        stopping.cancel();
        task.await.expect("it ends");
        for answer in kept {
            assert_eq!(read_until(&mut answer.into_body(), "no such thing").await, None);
        }
        let late = stream(&house, &ada.browser).await;
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_asks_for_its_readers_own_part_alone_and_keeps_no_session_alive() {
    for database in BOTH {
        let house = House::with_market(database).await;
        let stopping = CancellationToken::new();
        let task = tokio::spawn(house.app.clone().run_market_data(stopping.clone()));
        let mut ada = house.rich(ADA).await;
        goes_to(&moves(&mut ada, "BTC", "1", "to-trade").await, "/balances?done=moved");
        goes_to(&order(&mut ada, "sell", "61250.50", "0.5").await, "/markets/BTC-EUR?done=rests");
        let page = ada.browser.get("/markets/BTC-EUR").await.text();
        let part = ada.browser.get("/markets/BTC-EUR/own").await;
        assert_eq!(part.status, StatusCode::OK, "{database:?}");
        let text = part.text();
        assert!(text.contains("61250.50") && text.contains("data-part=\"own\""), "{text}");
        assert!(!text.contains("<html") && page.contains(text.trim()), "the same words as in the page");
        let bens = house.sign_up("ben@example.org").await.browser.get("/markets/BTC-EUR/own").await;
        assert_eq!(bens.status, StatusCode::UNAUTHORIZED, "the review comes first");

        // The page stays open for as long as a session may idle, and asks whenever something happened.
        for _ in 0..5 {
            house.pass(Duration::from_secs(5 * 60));
            assert_eq!(ada.browser.get("/markets/BTC-EUR/own").await.status, StatusCode::OK, "{database:?}");
            assert_eq!(stream(&house, &ada.browser).await.status(), StatusCode::OK);
        }
        house.pass(Duration::from_secs(5 * 60));
        let idle = ada.browser.get("/markets/BTC-EUR/own").await;
        assert_eq!(
            idle.status,
            StatusCode::UNAUTHORIZED,
            "{database:?}: nobody has used it for half an hour"
        );
        assert_eq!(stream(&house, &ada.browser).await.status(), StatusCode::UNAUTHORIZED);
        stopping.cancel();
        task.await.expect("it ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_sent_long_ago_is_said_to_have_been_sent() {
    let house = House::with_market(Database::Sqlite).await;
    let mut ada = house.rich(ADA).await;
    let balances = ada.browser.get("/balances").await;
    let old = balances.between("name=\"mark\" value=\"", "\"").expect("a mark");
    goes_to(&moves(&mut ada, "BTC", "1", "to-trade").await, "/balances?done=moved");
    let opened = ada.browser.get("/markets/BTC-EUR").await;
    let mark = opened.between("name=\"mark\" value=\"", "\"").expect("a mark");
    let fields = sale(&mark);
    goes_to(&ada.browser.post("/orders/place", &fields).await, "/markets/BTC-EUR?done=rests");
    house.pass(Duration::from_secs(15 * 60));
    let again = ada.browser.post("/orders/place", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = again.text();
    assert!(text.contains("This form was sent before, and an order came of it."), "{text}");
    assert_eq!(text.matches("action=\"/orders/cancel\"").count(), 1, "it made no second order");
    let anew = again.between("name=\"mark\" value=\"", "\"").expect("a mark");
    goes_to(&ada.browser.post("/orders/place", &sale(&anew)).await, "/markets/BTC-EUR?done=rests");

    let fields = [("asset", "BTC"), ("amount", "0.1"), ("way", "to-main"), ("mark", &*old)];
    let moved = ada.browser.post("/balances/move", &fields).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(moved.text().contains("This form was open for long"), "{}", moved.text());
    let told = ada.browser.get("/markets/BTC-EUR?done=ended").await.text();
    assert!(told.contains("The order was taken and has ended by now."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_house_without_an_engine_say_so_and_the_rest_stays_open() {
    let house = House::new().await;
    let mut ada = house.sign_up(ADA).await;
    ada.browser.post("/review", &[("answer", "confirm")]).await;
    for path in ["/balances", "/markets", "/history"] {
        let page = ada.browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(page.text().contains("The market is not running at this address just now."), "{path}");
        assert!(!page.header("retry-after").is_empty());
    }
    assert_eq!(ada.browser.get("/markets/BTC-EUR").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let dashboard = ada.browser.get("/dashboard").await;
    assert_eq!(dashboard.status, StatusCode::OK);
    assert!(dashboard.text().contains("The market is not running"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_account_has_no_page_and_no_order() {
    let house = House::with_market(Database::Sqlite).await;
    let mut ada = house.rich(ADA).await;
    goes_to(&moves(&mut ada, "BTC", "1", "to-trade").await, "/balances?done=moved");
    let opened = ada.browser.get("/markets/BTC-EUR").await;
    let mark = opened.between("name=\"mark\" value=\"", "\"").expect("a mark");
    let session = ada.browser.get("/api/session").await;
    let account = session.between("\"account\":\"", "\"").expect("an account").parse().expect("an id");
    house.app.freeze_by_staff(account).await.expect("frozen");
    let fields = sale(&mark);
    assert_eq!(ada.browser.post("/orders/place", &fields).await.status, StatusCode::UNAUTHORIZED);
    let owner = house.app.open_owner(account).await.expect("an owner");
    let matching = house.app.matching.as_ref().expect("an engine");
    assert!(matching.view().open_orders(owner, None).is_empty());
}
