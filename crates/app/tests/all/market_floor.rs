//! What customers and operators do on the market, on both databases and with an engine on a real folder.

use std::path::Path;
use std::sync::Arc;

use doorward_app::Customer as Inside;
use doorward_app::failure::Failure;
use doorward_app::market::{Lasts, ListingRefused, NewMarket, OrderWish, Placed};
use doorward_app::matching::Matching;
use doorward_app::visit::Visit;
use doorward_domain::guard::ActionRefused;
use doorward_domain::market::amount::AmountRefused;
use doorward_domain::market::command::{Command, Wallet};
use doorward_domain::market::instrument::MarketUnsound;
use doorward_domain::market::order::{CancelReason, CommandRefused, Side};
use doorward_domain::market::refused::{AmountField, MarketRefused};
use doorward_domain::step_up::Factor;
use doorward_store::Db;
use doorward_store::testing::{Fresh, history_on_both, on_both};

use crate::history_live::follow;
use crate::house::{House, TestClock};
use crate::inside::enter;
use crate::market_house::{clock, open, send};

pub(crate) fn terms() -> NewMarket {
    NewMarket { band_ppm: 0, ..NewMarket::usual("BTC", "EUR") }
}

pub(crate) fn wish<'a>(side: Side, price: &'a str, size: &'a str, mark: &'a str) -> OrderWish<'a> {
    OrderWish { side, at_market: price.is_empty(), price, size, lasts: Lasts::UntilCancelled, mark }
}

pub(crate) fn why<T: std::fmt::Debug, R>(done: Result<T, Failure<R>>) -> R {
    match done {
        Err(Failure::Refused(refused)) => refused,
        Err(Failure::Fault(fault)) => panic!("{fault}: {:?}", fault.source),
        Ok(done) => panic!("not refused: {done:?}"),
    }
}

/// A house with an engine and the market BTC-EUR.
pub(crate) struct Floor {
    pub(crate) house: House,
    pub(crate) matching: Matching,
    pub(crate) clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

/// Somebody inside, from one address.
pub(crate) struct Trader {
    pub(crate) inside: Inside,
    pub(crate) visit: Visit,
}

impl Floor {
    pub(crate) async fn open(db: Db) -> Self {
        Self::open_with(db, open).await
    }

    /// The same with an engine that is opened on a folder in another way.
    pub(crate) async fn open_with(db: Db, engine: impl FnOnce(&Path, &Arc<TestClock>) -> Matching) -> Self {
        let (folder, clock) = (tempfile::tempdir().expect("a folder"), clock());
        let matching = engine(folder.path(), &clock);
        let house = House::with_market(db, Arc::clone(&clock), Some(matching.clone()));
        house.app.list_asset("BTC", "Bitcoin", 8, None).await.expect("an asset");
        house.app.list_asset("EUR", "Euro", 6, Some("1000000000")).await.expect("an asset");
        let market = house.app.open_new_market(&terms()).await.expect("a market");
        assert_eq!(market.symbol, "BTC-EUR");
        Self { house, matching, clock, _folder: folder }
    }

    /// Somebody with one bitcoin and 100,000 euros in the trade wallet.
    pub(crate) async fn trader(&self, identifier: &str) -> Trader {
        let app = &self.house.app;
        let customer = self.house.customer(identifier).await;
        let visit = self.house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&self.house, &customer, &visit, Factor::Totp).await;
        let owner = app.open_owner(customer.account).await.expect("an owner");
        for asset in app.list_assets().expect("assets") {
            let amount = if asset.symbol == "BTC" { 100_000_000 } else { 100_000_000_000 };
            send(&self.matching, Command::Deposit { owner, asset: asset.id, amount }).await;
            let from = Wallet::Main;
            send(&self.matching, Command::Transfer { owner, asset: asset.id, amount, from }).await;
        }
        Trader { inside, visit }
    }

    pub(crate) async fn place(
        &self,
        trader: &Trader,
        wish: OrderWish<'_>,
    ) -> Result<Placed, Failure<MarketRefused>> {
        self.house.app.place_order(&trader.visit, &trader.inside, "BTC-EUR", wish).await
    }

    pub(crate) async fn own(&self, trader: &Trader) -> Vec<doorward_app::market::OwnOrder> {
        let shape = self.house.app.find_market("BTC-EUR").expect("the market");
        self.house.app.list_own_orders(&trader.inside, &shape).await.expect("orders")
    }

    pub(crate) async fn held(&self, trader: &Trader, symbol: &str) -> (String, String, String) {
        let holdings = self.house.app.list_holdings(&trader.inside).await.expect("holdings");
        let of = holdings.into_iter().find(|holding| holding.asset.symbol == symbol).expect("the asset");
        (of.text(of.main), of.text(of.trade), of.text(of.trade_held))
    }
}

fn three(one: &str, two: &str, three: &str) -> (String, String, String) {
    (one.to_owned(), two.to_owned(), three.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_seen_filled_and_cancelled_without_a_pause() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let (ada, ben) = (floor.trader("ada@example.org").await, floor.trader("ben@example.org").await);
        let placed = floor.place(&ada, wish(Side::Sell, "61250.50", "0.5", "a")).await;
        assert_eq!(placed.expect("taken"), Placed::Rests);
        assert_eq!(floor.held(&ada, "BTC").await, three("0", "0.5", "0.5"));
        let own = floor.own(&ada).await;
        assert_eq!((&*own[0].price, &*own[0].size, &*own[0].filled), ("61250.50", "0.5000", "0.0000"));

        assert_eq!(floor.place(&ben, wish(Side::Buy, "", "0.2", "b")).await.expect("taken"), Placed::Filled);
        assert_eq!(floor.own(&ada).await[0].filled, "0.2000");
        assert_eq!(floor.held(&ben, "BTC").await, three("0", "1.2", "0"));
        let hasty = OrderWish { lasts: Lasts::AtOnce, ..wish(Side::Buy, "61250.50", "0.4", "c") };
        assert_eq!(floor.place(&ben, hasty).await.expect("taken"), Placed::FilledInPart);

        let again = floor.place(&ada, wish(Side::Buy, "60000", "0.1", "d")).await;
        assert_eq!(again.expect("taken"), Placed::Rests);
        let id = floor.own(&ada).await[0].id.to_string();
        let app = &floor.house.app;
        app.cancel_order(&ada.visit, &ada.inside, &id).await.expect("cancelled");
        assert!(floor.own(&ada).await.is_empty());
        let gone = why(app.cancel_order(&ada.visit, &ada.inside, &id).await);
        assert_eq!(gone, MarketRefused::Engine(CommandRefused::UnknownOrder));
        for size in ["0.1", "0.2"] {
            floor.place(&ada, wish(Side::Buy, "60000", size, size)).await.expect("taken");
        }
        let others = floor.own(&ada).await[0].id.to_string();
        let not_his = why(app.cancel_order(&ben.visit, &ben.inside, &others).await);
        assert_eq!(not_his, MarketRefused::Engine(CommandRefused::UnknownOrder));
        app.cancel_all_orders(&ada.visit, &ada.inside, "BTC-EUR").await.expect("cancelled");
        assert!(floor.own(&ada).await.is_empty());
        assert_eq!(floor.held(&ada, "EUR").await.2, "0", "what the orders held is available again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_with_its_reason_and_moves_nothing() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        let before = (floor.held(&ada, "BTC").await, floor.held(&ada, "EUR").await);
        let funds = MarketRefused::Engine(CommandRefused::InsufficientFunds);
        let off = |refused| matches!(refused, MarketRefused::OffStep { .. });
        assert_eq!(why(floor.place(&ada, wish(Side::Sell, "61250", "2", "a")).await), funds);
        assert_eq!(why(floor.place(&ada, wish(Side::Buy, "61250", "2", "b")).await), funds);
        assert!(off(why(floor.place(&ada, wish(Side::Buy, "61250.505", "1", "c")).await)));
        let small = why(floor.place(&ada, wish(Side::Buy, "0.01", "0.0001", "d")).await);
        assert_eq!(small, MarketRefused::Engine(CommandRefused::Notional));
        let nobody = why(floor.place(&ada, wish(Side::Buy, "", "0.1", "e")).await);
        assert_eq!(nobody, MarketRefused::EndedAtOnce(CancelReason::NoMoreLiquidity));
        let whole = OrderWish { lasts: Lasts::Whole, ..wish(Side::Buy, "61250", "0.1", "f") };
        assert_eq!(why(floor.place(&ada, whole).await), MarketRefused::EndedAtOnce(CancelReason::NotWhole));
        let app = &floor.house.app;
        let elsewhere =
            app.place_order(&ada.visit, &ada.inside, "BTC-USD", wish(Side::Buy, "1", "1", "g")).await;
        assert_eq!(why(elsewhere), MarketRefused::UnknownMarket);
        for (asset, amount, expected) in [
            ("XYZ", "1", MarketRefused::UnknownAsset),
            ("BTC", "0", MarketRefused::Zero { field: AmountField::Amount }),
            ("BTC", "1.5", funds),
            (
                "EUR",
                "0.0000001",
                MarketRefused::Amount {
                    field: AmountField::Amount,
                    why: AmountRefused::TooManyDigits,
                    scale: 6,
                },
            ),
        ] {
            let (what, mark) = ((asset, amount), app.new_form_mark());
            let moved = app.move_between_wallets(&ada.visit, &ada.inside, what, Wallet::Trade, &mark).await;
            assert_eq!(why(moved), expected, "{asset} {amount}");
        }
        assert_eq!((floor.held(&ada, "BTC").await, floor.held(&ada, "EUR").await), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_account_places_cancels_and_moves_nothing() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        floor.place(&ada, wish(Side::Sell, "61250", "0.1", "a")).await.expect("taken");
        let app = &floor.house.app;
        app.freeze_by_staff(ada.inside.account).await.expect("frozen");
        let frozen = MarketRefused::NotNow(ActionRefused::Frozen);
        assert_eq!(why(floor.place(&ada, wish(Side::Sell, "61250", "0.1", "b")).await), frozen);
        let order = floor.own(&ada).await[0].id.to_string();
        assert_eq!(why(app.cancel_order(&ada.visit, &ada.inside, &order).await), frozen);
        let moved = app.move_between_wallets(&ada.visit, &ada.inside, ("BTC", "1"), Wallet::Trade, "c").await;
        assert_eq!(why(moved), frozen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lists_what_is_sound_and_hears_what_is_not() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let app = &floor.house.app;
        let add = async |symbol, scale| app.list_asset(symbol, "Thing", scale, None).await;
        assert_eq!(why(add("BTC", 8).await), ListingRefused::SymbolTaken);
        assert_eq!(why(add("btc", 8).await), ListingRefused::Symbol);
        assert_eq!(why(add("ETH", 9).await), ListingRefused::Scale);
        let none = app.list_asset("ETH", "Ether", 8, Some("0")).await;
        assert_eq!(why(none), ListingRefused::Engine(CommandRefused::Unsound));
        assert_eq!(add("ETH", 8).await.expect("listed").id.0, 2, "what was refused took no number");
        let open = async |new: NewMarket| app.open_new_market(&new).await;
        assert_eq!(why(open(terms()).await), ListingRefused::MarketThere);
        let eth = || NewMarket { base: "ETH".to_owned(), ..terms() };
        let fraction = NewMarket { tick: "0.000001".to_owned(), ..eth() };
        assert_eq!(why(open(fraction).await), ListingRefused::Unsound(MarketUnsound::Fraction));
        let unknown = NewMarket { quote: "USD".to_owned(), ..eth() };
        assert_eq!(why(open(unknown).await), ListingRefused::UnknownAsset);
        let same = NewMarket { quote: "ETH".to_owned(), ..eth() };
        assert_eq!(why(open(same).await), ListingRefused::Unsound(MarketUnsound::Assets));
        open(eth()).await.expect("listed");
        app.set_market_halted("ETH-EUR", true).await.expect("halted");
        let markets = app.list_markets().expect("markets");
        let states: Vec<_> = markets.iter().map(|market| (&*market.symbol, market.halted)).collect();
        assert_eq!(states, [("BTC-EUR", false), ("ETH-EUR", true)]);
        let ada = floor.trader("ada@example.org").await;
        app.set_market_halted("BTC-EUR", true).await.expect("halted");
        let halted = why(floor.place(&ada, wish(Side::Sell, "61250", "0.1", "a")).await);
        assert_eq!(halted, MarketRefused::Engine(CommandRefused::Halted));
        app.set_market_halted("BTC-EUR", false).await.expect("resumed");
        floor.place(&ada, wish(Side::Sell, "61250", "0.1", "b")).await.expect("taken");
        assert_eq!(why(app.set_market_halted("XYZ-EUR", true).await), ListingRefused::UnknownMarket);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_engine_everything_says_so() {
    on_both(async |db| {
        let house = House::open(db);
        let customer = house.customer("ada@example.org").await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &customer, &visit, Factor::Totp).await;
        let app = &house.app;
        assert_eq!(app.list_markets().err(), Some(MarketRefused::NoEngine));
        assert_eq!(why(app.list_holdings(&inside).await), MarketRefused::NoEngine);
        let placed = app.place_order(&visit, &inside, "BTC-EUR", wish(Side::Buy, "1", "1", "a")).await;
        assert_eq!(why(placed), MarketRefused::NoEngine);
        assert_eq!(why(app.list_asset("BTC", "Bitcoin", 8, None).await), ListingRefused::NoEngine);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_ledger_accounts_are_whose_is_asked_once() {
    let fresh = Fresh::sqlite().await;
    let floor = Floor::open(fresh.db.clone()).await;
    let ada = floor.trader("ada@example.org").await;
    assert_eq!(floor.held(&ada, "BTC").await.1, "1");
    fresh.db.close().await;
    assert_eq!(floor.held(&ada, "BTC").await.1, "1", "without the database");
    assert!(floor.own(&ada).await.is_empty());
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn place_fetch_and_list_without_a_pause_a_thousand_times_never_misses() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let ada = floor.trader("ada@example.org").await;
        for round in 0..1_000 {
            let price = format!("{}.{:02}", 50_000 + round, round % 100);
            let mark = round.to_string();
            floor.place(&ada, wish(Side::Buy, &price, "0.0001", &mark)).await.expect("taken");
            let own = floor.own(&ada).await;
            assert_eq!(own.len(), 1, "round {round}");
            let id = own[0].id.to_string();
            floor.house.app.cancel_order(&ada.visit, &ada.inside, &id).await.expect("cancelled");
        }
        assert!(floor.own(&ada).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_filled_is_among_the_last_trades_of_both() {
    history_on_both(async |history, _| {
        let fresh = Fresh::sqlite().await;
        let floor = Floor::open(fresh.db.clone()).await;
        let (ada, ben) = (floor.trader("ada@example.org").await, floor.trader("ben@example.org").await);
        let app = &floor.house.app;
        let shape = app.find_market("BTC-EUR").expect("the market");
        let none = app.list_own_fills(&ada.inside, &shape).await.expect("no history");
        assert_eq!(none, None, "this node keeps no history yet");
        let (reader, follower) = follow(&floor.matching, &history).await;
        app.begin_history(reader);
        for round in 0..20 {
            let mark = round.to_string();
            floor.place(&ada, wish(Side::Sell, "61250.50", "0.01", &mark)).await.expect("taken");
            floor.place(&ben, wish(Side::Buy, "", "0.01", &mark)).await.expect("taken");
            for (trader, side, fee) in [(&ada, Side::Sell, "0.306253"), (&ben, Side::Buy, "0.612505")] {
                // A read that gives up waiting says so, and on a machine full of other work it may: it is asked again.
                let found = loop {
                    let found = app.list_own_fills(&trader.inside, &shape).await.expect("read");
                    let found = found.expect("history");
                    if found.is_whole {
                        break found;
                    }
                };
                assert_eq!(found.what.len(), usize::min(round + 1, 10));
                let newest = &found.what[0];
                let told = (newest.side, &*newest.price, &*newest.size, &*newest.fee);
                assert_eq!(told, (side, "61250.50", "0.0100", fee));
            }
        }
        let stopping = tokio::task::spawn_blocking(move || follower.stop());
        stopping.await.expect("it ends");
        fresh.end().await;
    })
    .await;
}
