//! A market for the tests: a folder, an engine on it, and somebody with money.

use std::num::NonZeroU128;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::Poll;

use doorward_app::clock::Clock;
use doorward_app::matching::follower::Follower;
use doorward_app::matching::{self, Answered, Lease, Matching, MatchingRefused, MatchingSettings, NotTaken};
use doorward_domain::market::command::{ClientOrderId, Command, CommandId, PlaceOrder, Wallet};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{
    AssetId, AssetSpec, MAX_ISSUED, MarketId, MarketSpec, OrderId, OwnerId,
};
use doorward_domain::market::order::{OrderKind, Side, TimeInForce};
use doorward_domain::time::Timestamp;

use crate::house::TestClock;

pub(crate) const BASE: AssetId = AssetId(0);
pub(crate) const QUOTE: AssetId = AssetId(1);
pub(crate) const MARKET: MarketId = MarketId(0);
/// What every owner of [`open_market`] has of each asset in the trade wallet.
pub(crate) const MONEY: i64 = 1_000_000_000_000;

pub(crate) fn lease() -> Lease {
    Lease { journal_id: [1; 16], epoch: 1, known: 0 }
}

/// Small segments, so that some are filled.
pub(crate) fn settings(folder: &Path) -> MatchingSettings {
    MatchingSettings { segment_bytes: 4 << 20, ..MatchingSettings::in_folder(folder) }
}

pub(crate) fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::at(Timestamp::from_seconds(1_800_000_000)))
}

pub(crate) fn try_open(folder: &Path, clock: &Arc<TestClock>) -> Result<Matching, MatchingRefused> {
    matching::open(&settings(folder), &lease(), Arc::clone(clock) as Arc<dyn Clock>)
}

pub(crate) fn open(folder: &Path, clock: &Arc<TestClock>) -> Matching {
    try_open(folder, clock).expect("the engine opens")
}

pub(crate) const fn id(number: u128) -> CommandId {
    match NonZeroU128::new(number) {
        Some(number) => CommandId(number),
        None => panic!("zero is no identity"),
    }
}

pub(crate) async fn send(matching: &Matching, command: Command) -> Answered {
    matching.send(None, command).await.expect("the engine answers")
}

pub(crate) async fn owner_with_money(matching: &Matching) -> OwnerId {
    let Answer::Owner(owner) = send(matching, Command::OpenOwner).await.answer else {
        panic!("an owner is opened")
    };
    for asset in [BASE, QUOTE] {
        for command in [
            Command::Deposit { owner, asset, amount: MONEY },
            Command::Transfer { owner, asset, amount: MONEY, from: Wallet::Main },
        ] {
            assert_eq!(send(matching, command).await.answer, Answer::Done);
        }
    }
    owner
}

/// Lists two assets and a market between them, and opens owners with money in their trade wallets.
pub(crate) async fn open_market<const N: usize>(matching: &Matching) -> [OwnerId; N] {
    for _ in [BASE, QUOTE] {
        send(matching, Command::ListAsset(AssetSpec { scale: 4, max_issued: MAX_ISSUED })).await;
    }
    let spec = MarketSpec {
        base: BASE,
        quote: QUOTE,
        tick_units: 100,
        lot_units: 100,
        min_lots: 1,
        max_lots: 1_000_000,
        min_notional: 0,
        taker_ppm: 1_000,
        maker_ppm: 500,
        band_ppm: 0,
        max_open_orders: 2_000,
    };
    assert_eq!(send(matching, Command::ListMarket(spec)).await.answer, Answer::Market(MARKET));
    let mut owners = [OwnerId(0); N];
    for owner in &mut owners {
        *owner = owner_with_money(matching).await;
    }
    owners
}

pub(crate) fn limit(owner: OwnerId, side: Side, ticks: u32, lots: i64) -> PlaceOrder {
    let time_in_force = TimeInForce::GoodTillCancelled;
    let kind = OrderKind::Limit { ticks, lots, time_in_force, post_only: false };
    PlaceOrder { owner, market: MARKET, side, kind, self_trade: None, client_id: None }
}

pub(crate) fn named(order: PlaceOrder, name: u128) -> PlaceOrder {
    PlaceOrder { client_id: NonZeroU128::new(name).map(ClientOrderId), ..order }
}

pub(crate) async fn place(matching: &Matching, order: PlaceOrder) -> OrderId {
    match send(matching, Command::Place(order)).await.answer {
        Answer::Order(order) => order,
        other => panic!("an order is placed: {other:?}"),
    }
}

/// What a future says when it is asked once.
pub(crate) async fn poll_once<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        })
    })
    .await
}

/// A sequencer that stands still, so that what is sent meanwhile waits and is taken together.
pub(crate) struct Held<'m> {
    look: Pin<Box<dyn Future<Output = Result<(), NotTaken>> + 'm>>,
    release: mpsc::Sender<()>,
}

/// Holds it once everything that was sent before is done.
pub(crate) async fn hold(matching: &Matching) -> Held<'_> {
    let (holding, held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let mut look: Pin<Box<dyn Future<Output = _>>> = Box::pin(matching.look(move |_| {
        let _ = holding.send(());
        let _ = released.recv();
    }));
    assert!(poll_once(&mut look).await.is_none());
    held.recv().expect("it runs");
    Held { look, release }
}

impl Held<'_> {
    pub(crate) async fn let_go(self) {
        drop(self.release);
        self.look.await.expect("it runs");
    }
}

/// Stops the engine, and then what follows it.
pub(crate) async fn stop_followed(matching: Matching, follower: Follower) {
    let stopping = tokio::task::spawn_blocking(move || {
        matching.stop();
        follower.stop();
    });
    stopping.await.expect("it ends");
}
