//! The demo's assets and markets, what its customer holds, and the makers' task.

use std::time::Duration;

use doorward_app::app::App;
use doorward_app::failure::Failure;
use doorward_app::market::{Asset, ListingRefused, MarketShape, NewMarket};
use doorward_app::matching::{Matching, NotTaken};
use doorward_domain::id::AccountId;
use doorward_domain::market::amount::parse_units;
use doorward_domain::market::command::{Command, Wallet};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::OwnerId;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::maker::{Maker, Numbers, Quote, Terrain};
use crate::outcome::{Exit, Stopped};

/// The seed of the makers: a demo's market begins the same each time.
const SEED: u64 = 0x00d0_0a2d;
/// How often the makers of one market act.
const PACE: Duration = Duration::from_millis(300);

/// Symbol, name, digits; what the customer gets, and how much of it lies in the trade wallet; what each maker gets.
const ASSETS: [(&str, &str, u8, &str, &str, &str); 3] = [
    ("BTC", "Bitcoin", 8, "0.75", "0.25", "20000"),
    ("ETH", "Ether", 8, "12", "4", "200000"),
    ("EUR", "Euro", 6, "25000", "10000", "2000000000"),
];

/// A market of the demo: base, step of prices, step of sizes, largest size, where the price begins, distance of quotes in
/// ticks, largest quote in lots.
struct Opened {
    base: &'static str,
    tick: &'static str,
    lot: &'static str,
    max_size: &'static str,
    begins: &'static str,
    gap: i64,
    lots: i64,
}

const MARKETS: [Opened; 2] = [
    Opened {
        base: "BTC",
        tick: "0.01",
        lot: "0.0001",
        max_size: "100",
        begins: "61250",
        gap: 850,
        lots: 6_000,
    },
    Opened {
        base: "ETH",
        tick: "0.01",
        lot: "0.001",
        max_size: "1000",
        begins: "2480",
        gap: 45,
        lots: 9_000,
    },
];

fn refused(what: &str, why: &ListingRefused) -> Stopped {
    Stopped::new(Exit::Refused, format!("{what}: {why:?}"))
}

fn told<T>(what: &str, done: Result<T, Failure<ListingRefused>>) -> Result<T, Stopped> {
    done.map_err(|failure| match failure {
        Failure::Refused(why) => refused(what, &why),
        Failure::Fault(fault) => Stopped::fault(what, &fault),
    })
}

/// Sends what must be carried out.
async fn carry_out(matching: &Matching, command: Command) -> Result<Answer, Stopped> {
    match matching.send(None, command).await {
        Ok(answered) => match answered.answer {
            Answer::Refused(why) => Err(Stopped::new(Exit::Fault, format!("the demo's market: {why:?}"))),
            answer => Ok(answer),
        },
        Err(why) => Err(Stopped::fault("the demo's market", &why)),
    }
}

/// Lists assets and markets, credits the customer and the makers by deposits, and gives back the makers.
pub(super) async fn open(app: &App, customer: AccountId) -> Result<Vec<Maker>, Stopped> {
    let Some(matching) = app.matching.clone() else { return Ok(Vec::new()) };
    let what = "opening the demo's market";
    if !matching.opened().await {
        return Err(Stopped::new(Exit::Fault, format!("{what}: the engine has stopped")));
    }
    let customer = app.open_owner(customer).await.map_err(|failure| match failure {
        Failure::Refused(why) => Stopped::fault(what, &why),
        Failure::Fault(fault) => Stopped::fault(what, &fault),
    })?;
    let makers = [open_maker(&matching).await?, open_maker(&matching).await?];
    for (symbol, name, scale, held, traded, made) in ASSETS {
        let asset = told(what, app.list_asset(symbol, name, scale, None).await)?;
        credit(&matching, customer, &asset, held, traded).await?;
        for maker in makers {
            credit(&matching, maker, &asset, made, made).await?;
        }
    }
    let mut all = Vec::new();
    for (number, market) in (0..).zip(&MARKETS) {
        let new = NewMarket {
            tick: market.tick.to_owned(),
            lot: market.lot.to_owned(),
            max_size: market.max_size.to_owned(),
            ..NewMarket::usual(market.base, "EUR")
        };
        let shape = told(what, app.open_new_market(&new).await)?;
        let terrain = terrain(&shape, market);
        all.push(Maker::new(terrain, makers[0], makers[1], Numbers::of_seed(SEED + number)));
    }
    app.begin_demo();
    Ok(all)
}

fn terrain(shape: &MarketShape, market: &Opened) -> Terrain {
    let begins = parse_units(market.begins, shape.quote.scale).unwrap_or(0) / shape.market.spec.tick_units;
    Terrain { market: shape.id, begins, gap: market.gap, lots: market.lots }
}

async fn open_maker(matching: &Matching) -> Result<OwnerId, Stopped> {
    match carry_out(matching, Command::OpenOwner).await? {
        Answer::Owner(owner) => Ok(owner),
        other => Err(Stopped::new(Exit::Fault, format!("the demo's market: {other:?}"))),
    }
}

/// A deposit, and a part of it moved to where orders use it.
async fn credit(
    matching: &Matching,
    owner: OwnerId,
    asset: &Asset,
    held: &str,
    traded: &str,
) -> Result<(), Stopped> {
    let units = |text| parse_units(text, asset.scale).unwrap_or(0);
    carry_out(matching, Command::Deposit { owner, asset: asset.id, amount: units(held) }).await?;
    let (amount, from) = (units(traded), Wallet::Main);
    carry_out(matching, Command::Transfer { owner, asset: asset.id, amount, from }).await?;
    Ok(())
}

/// Lets the makers act until the program stops.
pub(super) async fn run(app: App, mut makers: Vec<Maker>, stopping: CancellationToken) {
    let Some(matching) = app.matching.clone() else { return };
    let mut due = tokio::time::interval(PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(due.tick()).await.is_some() {
        for maker in &mut makers {
            if act(&matching, maker).await == Err(NotTaken::Stopped) {
                return;
            }
        }
    }
}

/// One turn. What the engine refuses (a halted market, a price out of the band) is tried otherwise at the next one.
async fn act(matching: &Matching, maker: &mut Maker) -> Result<(), NotTaken> {
    let open: Vec<Quote> = matching
        .view()
        .open_orders(maker.quotes(), Some(maker.market()))
        .iter()
        .filter_map(|order| Some(Quote { id: order.id, side: order.side, ticks: order.ticks()? }))
        .collect();
    for command in maker.next(&open) {
        matching.send(None, command).await?;
    }
    Ok(())
}
