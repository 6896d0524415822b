//! Streams of a market: how they begin, what they say, and what becomes of them when the market-data task is too slow.

use std::time::Duration;

use doorward_app::history::History;
use doorward_app::market::{Frames, Level, NewMarket, NoStream};
use doorward_domain::market::order::Side;
use doorward_store::testing::{Fresh, on_both};
use tokio_util::sync::CancellationToken;

use crate::history_live::follow;
use crate::market_floor::{Floor, terms, wish};
use crate::market_house::stop_followed;

/// The next frames of a stream.
async fn next(frames: &mut Frames) -> Option<String> {
    let bytes = std::future::poll_fn(|cx| frames.poll_next(cx));
    let bytes = tokio::time::timeout(Duration::from_secs(20), bytes).await.expect("frames come");
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads on until a frame says this.
async fn until(frames: &mut Frames, wanted: &str) -> String {
    loop {
        let text = next(frames).await.expect("the stream goes on");
        if text.contains(wanted) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_the_whole_book_and_goes_on_with_what_changes() {
    on_both(async |db| {
        let floor = Floor::open(db).await;
        let app = &floor.house.app;
        let (ada, ben) = (floor.trader("ada@example.org").await, floor.trader("ben@example.org").await);
        floor.place(&ada, wish(Side::Sell, "61250.50", "0.5", "a")).await.expect("taken");
        let stopping = CancellationToken::new();
        let task = tokio::spawn(app.clone().run_market_data(stopping.clone()));
        let market = app.find_market("BTC-EUR").expect("the market").id;
        while app.market_now(market).depth.asks.is_empty() {
            tokio::task::yield_now().await;
        }
        let mut all = Vec::new();
        for trader in [&ada, &ben] {
            all.push(app.listen_to_market(&trader.inside, market).await.expect("read").expect("a stream"));
        }
        for frames in &mut all {
            let first = next(frames).await.expect("a beginning");
            assert!(first.contains("event: depth") && first.contains("61250.50"), "{first}");
        }
        floor.place(&ben, wish(Side::Buy, "61250.50", "0.2", "b")).await.expect("taken");
        for frames in &mut all {
            let told = until(frames, "event: trades").await;
            assert!(told.contains(r#""61250.50","0.2000","buy""#), "{told}");
            assert!(told.contains("event: ticker") && told.contains(r#""volume":"0.2000""#), "{told}");
            until(frames, "event: own").await;
        }
        let now = app.market_now(market);
        assert_eq!((&*now.depth.asks[0].size, now.trades.len()), ("0.3000", 1));
        app.set_market_halted("BTC-EUR", true).await.expect("halted");
        until(&mut all[0], "event: state\ndata: {\"halted\":true}").await;
        let mut late = app.listen_to_market(&ada.inside, market).await.expect("read").expect("a stream");
        let first = next(&mut late).await.expect("a beginning");
        assert!(
            first.contains("event: state\ndata: {\"halted\":true}"),
            "whoever was away hears it: {first}"
        );
        app.set_market_halted("BTC-EUR", false).await.expect("resumed");
        until(&mut all[0], "event: state\ndata: {\"halted\":false}").await;
        stopping.cancel();
        task.await.expect("it ends");
        for frames in &mut all {
            while next(frames).await.is_some() {}
        }
        let late = app.listen_to_market(&ada.inside, market).await.expect("read");
        assert_eq!(late.err(), Some(NoStream::Full));
    })
    .await;
}

/// A market's levels of a side as the engine has them, written out.
async fn engines(floor: &Floor, symbol: &str, side: Side) -> Vec<(String, String)> {
    let shape = floor.house.app.find_market(symbol).expect("the market");
    let market = shape.id;
    let levels = floor.matching.look(move |engine| engine.levels(market, side)).await.expect("it runs");
    levels.into_iter().map(|(ticks, lots)| (shape.price_text(ticks), shape.size_text(lots))).collect()
}

fn shown(levels: &[Level]) -> Vec<(String, String)> {
    levels.iter().map(|level| (level.price.clone(), level.size.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_too_slow_for_the_ring_is_given_everything_again() {
    let (fresh, kept) = (Fresh::sqlite().await, Fresh::empty_sqlite().await);
    let floor = Floor::open(fresh.db.clone()).await;
    let app = floor.house.app.clone();
    let history = History::open(&kept.config).await.expect("a fresh history");
    let (reader, follower) = follow(&floor.matching, &history).await;
    app.begin_history(reader);
    app.list_asset("ETH", "Ether", 8, None).await.expect("an asset");
    let other = NewMarket { base: "ETH".to_owned(), ..terms() };
    let markets = ["BTC-EUR", "ETH-EUR"];
    let other = app.open_new_market(&other).await.expect("a market").id;
    let (ada, ben) = (floor.trader("ada@example.org").await, floor.trader("ben@example.org").await);
    floor.place(&ada, wish(Side::Sell, "61250", "0.5", "a")).await.expect("taken");
    let market = app.find_market("BTC-EUR").expect("the market").id;

    // On a runtime of its own, the task goes on only while that runtime is driven.
    let (task, stopping) = (app.clone(), CancellationToken::new());
    let aside = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let running = aside.spawn(task.clone().run_market_data(stopping.clone()));
    let drive = tokio::task::spawn_blocking(move || {
        aside.block_on(async {
            while task.market_now(market).depth.asks.is_empty() {
                tokio::task::yield_now().await;
            }
        });
        aside
    });
    let aside = drive.await.expect("it is driven");
    let mut bens = app.listen_to_market(&ben.inside, other).await.expect("read").expect("a stream");
    let first = next(&mut bens).await.expect("a beginning");
    assert!(first.contains(r#""halted":false"#), "{first}");

    // What is only in the groups that get lost: another market's trade, orders and halt, by Ben. Then more than the ring holds.
    let ask = app.place_order(&ada.visit, &ada.inside, "ETH-EUR", wish(Side::Sell, "2490", "0.3", "t"));
    ask.await.expect("taken");
    let trade = app.place_order(&ben.visit, &ben.inside, "ETH-EUR", wish(Side::Buy, "2490", "0.3", "t"));
    trade.await.expect("taken");
    let elsewhere = app.place_order(&ben.visit, &ben.inside, "ETH-EUR", wish(Side::Buy, "2480", "0.5", "b"));
    elsewhere.await.expect("taken");
    app.set_market_halted("ETH-EUR", true).await.expect("halted");
    for round in 0..300 {
        let price = format!("{}", 60_000 + round % 20);
        floor.place(&ada, wish(Side::Buy, &price, "0.0001", &round.to_string())).await.expect("taken");
        if round % 3 == 0 {
            app.cancel_all_orders(&ada.visit, &ada.inside, "BTC-EUR").await.expect("cancelled");
        }
    }
    let drive = std::thread::spawn(move || aside.block_on(running));
    let mut told = String::new();
    let lost = ["2480.00", r#""halted":true"#, "event: own", "event: tape", r#""volume":"0.3000""#];
    while !lost.iter().all(|wanted| told.contains(wanted)) {
        told += &next(&mut bens).await.expect("the stream goes on");
    }
    for (symbol, id) in markets.into_iter().zip([market, other]) {
        let now = app.market_now(id).depth;
        for (side, levels) in [(Side::Buy, &now.bids), (Side::Sell, &now.asks)] {
            assert_eq!(shown(levels), engines(&floor, symbol, side).await, "{symbol} {side:?}");
        }
    }

    let now = app.market_now(other);
    assert_eq!(
        now.trades.iter().map(|trade| (trade.number, &*trade.price)).collect::<Vec<_>>(),
        [(1, "2490.00")]
    );

    // And it goes on from there.
    let mut adas = app.listen_to_market(&ada.inside, market).await.expect("read").expect("a stream");
    floor.place(&ada, wish(Side::Buy, "60999.99", "0.0003", "on")).await.expect("taken");
    until(&mut adas, "60999.99").await;
    stopping.cancel();
    drive.join().expect("it is driven").expect("it ends");
    stop_followed(floor.matching, follower).await;
    history.close().await;
    fresh.end().await;
    kept.end().await;
}
