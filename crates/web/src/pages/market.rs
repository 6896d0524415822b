//! `/balances`, `/markets…` and `/orders/…`: what a customer holds, the markets, and orders.

use doorward_app::Failure;
use doorward_app::history::Found;
use doorward_app::market::{
    Direction, Holding, Lasts, MarketNow, MarketShape, NoStream, OrderWish, OwnFill, OwnOrder, Placed, Ticker,
};
use doorward_domain::market::amount::print_units;
use doorward_domain::market::command::Wallet;
use doorward_domain::market::order::Side;
use doorward_domain::market::refused::MarketRefused;
use doorward_domain::token::Token;
use doorward_wording::Words;
use doorward_wording::refusal::InWords;
use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::refusal::Trouble;
use crate::stream::EventStream;
use crate::view::facts::Moment;
use crate::view::market::{
    BalancesPage, FillLine, Fills, HoldingLine, LevelLine, MarketLine, MarketPage, MarketsPage, OrderForm,
    OwnLine, OwnPage, OwnPart, Pick, TickerLine, TradeRow,
};
use crate::view::{Frame, Problems};

/// When to come back while the engine does not answer.
const ENGINE_RETRY: std::time::Duration = std::time::Duration::from_secs(5);

/// What was just done, when a page of ours led here.
fn notice(call: &Call, frame: &Frame) -> Option<String> {
    let key = match call.done_here()? {
        "moved" => "move-done",
        "rests" => "order-done-rests",
        "filled" => "order-done-filled",
        "part" => "order-done-part",
        "ended" => "order-done-ended",
        "cancelled" => "order-done-cancelled",
        "all-cancelled" => "order-done-all-cancelled",
        _ => return None,
    };
    Some(frame.text(key).into_owned())
}

/// A fault ends the request; a refusal becomes what is wrong with the form.
fn problems_of(call: &Call, failure: Failure<MarketRefused>) -> Result<(Problems, StatusCode), Trouble> {
    match failure {
        Failure::Fault(fault) => Err(fault.into()),
        Failure::Refused(refused) => {
            let status = match refused {
                MarketRefused::NoEngine | MarketRefused::Busy | MarketRefused::NotKnown => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Ok((Problems::from(refused.in_words(&call.words(), call.app().now())), status))
        }
    }
}

/// The status of a page that is shown again.
pub(super) fn with_status(page: Answer, status: StatusCode) -> Answer {
    let page = page.status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE { page.retry_after(ENGINE_RETRY) } else { page }
}

/// What was sent with the form of a move.
#[derive(Default)]
struct Move {
    asset: String,
    amount: String,
    to_main: bool,
}

/// `GET /balances`
pub(crate) async fn balances(call: &mut Call) -> Result<Answer, Trouble> {
    if let Some(first) = call.review_first()? {
        return Ok(first);
    }
    show_balances(call, Problems::none(), &Move::default(), StatusCode::OK).await
}

/// `POST /balances/move`
pub(crate) async fn move_between(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let from = match call.fields.get("way") {
        "to-trade" => Wallet::Main,
        "to-main" => Wallet::Trade,
        _ => return Err(Trouble::Bad(BadInput::Malformed)),
    };
    let sent = Move {
        asset: call.fields.get("asset").to_owned(),
        amount: call.fields.get("amount").to_owned(),
        to_main: from == Wallet::Trade,
    };
    let what = (sent.asset.as_str(), sent.amount.as_str());
    let moved = call.app().move_between_wallets(&visit, &customer, what, from, call.fields.get("mark")).await;
    match moved {
        Ok(()) => Ok(Answer::see_other("/balances?done=moved")),
        Err(failure) => {
            let (problems, status) = problems_of(call, failure)?;
            show_balances(call, problems, &sent, status).await
        }
    }
}

async fn show_balances(
    call: &Call,
    problems: Problems,
    sent: &Move,
    status: StatusCode,
) -> Result<Answer, Trouble> {
    let customer = *call.customer()?;
    let (holdings, status) = match call.app().list_holdings(&customer).await {
        Ok(holdings) => (Some(holdings), status),
        Err(Failure::Refused(_)) => (None, StatusCode::SERVICE_UNAVAILABLE),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
    };
    let frame = call.frame();
    let held = |holding: &&Holding| !holding.is_nothing();
    let page = BalancesPage {
        problems,
        notice: notice(call, &frame),
        is_demo: call.app().is_demo(),
        is_open: holdings.is_some(),
        lines: holdings.iter().flatten().filter(held).map(holding_line).collect(),
        assets: holdings.iter().flatten().map(|holding| asset_pick(holding, &sent.asset)).collect(),
        amount: sent.amount.clone(),
        to_main: sent.to_main,
        mark: call.app().new_form_mark(),
        frame,
    };
    Ok(with_status(call.show(&page)?, status))
}

fn asset_pick(holding: &Holding, chosen: &str) -> Pick {
    let asset = &holding.asset;
    Pick {
        value: asset.symbol.clone(),
        text: format!("{} ({})", asset.symbol, asset.name),
        chosen: asset.symbol == chosen,
    }
}

fn holding_line(holding: &Holding) -> HoldingLine {
    let some = |units| if units == 0 { String::new() } else { holding.text(units) };
    HoldingLine {
        symbol: holding.asset.symbol.clone(),
        name: holding.asset.name.clone(),
        main: holding.text(holding.main),
        main_held: some(holding.main_held),
        trade: holding.text(holding.trade),
        trade_held: some(holding.trade_held),
        whole: holding.text(holding.whole()),
    }
}

/// What the dashboard shows of the holdings; `None` while the engine does not answer.
pub(super) async fn holdings_shown(call: &Call) -> Result<Option<Vec<HoldingLine>>, Trouble> {
    match call.app().list_holdings(call.customer()?).await {
        Ok(holdings) => {
            let held = holdings.iter().filter(|holding| !holding.is_nothing());
            Ok(Some(held.map(holding_line).collect()))
        }
        Err(Failure::Refused(_)) => Ok(None),
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /markets`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    if let Some(first) = call.review_first()? {
        return Ok(first);
    }
    show_markets(call, Problems::none())
}

fn show_markets(call: &Call, problems: Problems) -> Result<Answer, Trouble> {
    let (markets, status) = match call.app().list_markets() {
        Ok(markets) => (Some(markets), StatusCode::OK),
        Err(_) => (None, StatusCode::SERVICE_UNAVAILABLE),
    };
    let frame = Frame { here: "/markets".to_owned(), ..call.frame() };
    let line = |shape: &MarketShape| {
        let ticker = call.app().ticker_now(shape.id);
        market_line(&frame, shape, ticker.as_ref())
    };
    let lines = markets.iter().flatten().map(line).collect();
    let (is_demo, is_open) = (call.app().is_demo(), markets.is_some());
    let page = MarketsPage { problems, is_demo, is_open, lines, frame };
    Ok(with_status(call.show(&page)?, status))
}

fn market_line(frame: &Frame, shape: &MarketShape, ticker: Option<&Ticker>) -> MarketLine {
    MarketLine {
        symbol: shape.symbol.clone(),
        names: format!("{} / {}", shape.base.name, shape.quote.name),
        base: shape.base.symbol.clone(),
        quote: shape.quote.symbol.clone(),
        halted: shape.halted,
        ticker: ticker.map(|ticker| ticker_line(frame, ticker)),
    }
}

fn ticker_line(frame: &Frame, ticker: &Ticker) -> TickerLine {
    let word = match ticker.direction {
        Direction::Up => "market-up",
        Direction::Down => "market-down",
        Direction::Flat => "market-flat",
    };
    TickerLine {
        last: ticker.last.clone(),
        change: ticker.change.clone(),
        direction: ticker.direction.name(),
        direction_word: frame.text(word).into_owned(),
        high: ticker.high.clone(),
        low: ticker.low.clone(),
        volume: ticker.volume.clone(),
    }
}

/// What was sent with the form of an order.
#[derive(Default)]
struct Sent {
    sells: bool,
    at_market: bool,
    price: String,
    size: String,
    lasts: Option<Lasts>,
}

/// The market of an address or a form.
fn market_of(call: &Call, symbol: &str) -> Result<MarketShape, Trouble> {
    call.app().find_market(symbol).map_err(|refused| match refused {
        MarketRefused::UnknownMarket => Trouble::NotFound,
        _ => engine_away(),
    })
}

fn engine_away() -> Trouble {
    Trouble::Fault(doorward_app::Fault::unavailable("the market's engine"))
}

/// `GET /markets/{market}`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let shape = market_of(call, call.rest())?;
    if let Some(first) = call.review_first()? {
        return Ok(first);
    }
    show_market(call, &shape, Problems::none(), &Sent::default()).await
}

/// `GET /markets/{market}/own`: the part of the page that is the reader's own, for the page to put in its place.
pub(crate) async fn own(call: &mut Call) -> Result<Answer, Trouble> {
    let shape = market_of(call, call.rest())?;
    if !call.customer()?.is_reviewed {
        return Err(Trouble::NoSession);
    }
    match own_part(call, &shape).await {
        Ok(own) => call.show(&OwnPage { frame: call.frame(), own }),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(_)) => Err(engine_away()),
    }
}

/// `GET /markets/{market}/stream`: server-sent events until the session, the connection or the program ends.
pub(crate) async fn stream(call: &mut Call) -> Result<Answer, Trouble> {
    let shape = market_of(call, call.rest())?;
    let customer = *call.customer()?;
    let session = call.cookie(Cookie::Session).and_then(Token::parse).ok_or(Trouble::NoSession)?;
    match call.app().listen_to_market(&customer, shape.id).await? {
        Ok(frames) => Ok(Answer::events(EventStream::new(frames, call.app().clone(), session.hash()))),
        Err(NoStream::TooMany) => Err(Trouble::TooMany { retry_after: ENGINE_RETRY }),
        Err(NoStream::Full) => {
            Err(Trouble::Fault(doorward_app::Fault::busy("giving out streams", ENGINE_RETRY)))
        }
    }
}

/// `POST /orders/place`
pub(crate) async fn place(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let shape = market_of(call, call.fields.get("market"))?;
    let (is_buy, is_limit) = (call.fields.get("side") == "buy", call.fields.get("kind") == "limit");
    let lasts = match call.fields.find("lasts") {
        Some(name) => Lasts::from_name(name),
        None => Some(Lasts::UntilCancelled),
    };
    let is_side = is_buy || call.fields.get("side") == "sell";
    let is_kind = is_limit || call.fields.get("kind") == "market";
    let (true, true, Some(lasts)) = (is_side, is_kind, lasts) else {
        return Err(Trouble::Bad(BadInput::Malformed));
    };
    let sent = Sent {
        sells: !is_buy,
        at_market: !is_limit,
        price: call.fields.get("price").to_owned(),
        size: call.fields.get("size").to_owned(),
        lasts: Some(lasts),
    };
    let wish = OrderWish {
        side: if is_buy { Side::Buy } else { Side::Sell },
        at_market: sent.at_market,
        price: &sent.price,
        size: &sent.size,
        lasts,
        mark: call.fields.get("mark"),
    };
    match call.app().place_order(&visit, &customer, &shape.symbol, wish).await {
        Ok(placed) => {
            let done = match placed {
                Placed::Rests => "rests",
                Placed::Filled => "filled",
                Placed::FilledInPart => "part",
                Placed::Ended => "ended",
            };
            Ok(to_market(&shape, done))
        }
        Err(failure) => {
            let (problems, status) = problems_of(call, failure)?;
            Ok(with_status(show_market(call, &shape, problems, &sent).await?, status))
        }
    }
}

/// `POST /orders/cancel`
pub(crate) async fn cancel(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let shape = market_of(call, call.fields.get("market"))?;
    let cancelled = call.app().cancel_order(&visit, &customer, call.fields.get("order")).await;
    after_cancel(call, &shape, cancelled, "cancelled").await
}

/// `POST /orders/cancel-all`
pub(crate) async fn cancel_all(call: &mut Call) -> Result<Answer, Trouble> {
    let (visit, customer) = (call.visit(), *call.customer()?);
    let shape = market_of(call, call.fields.get("market"))?;
    let cancelled = call.app().cancel_all_orders(&visit, &customer, &shape.symbol).await;
    after_cancel(call, &shape, cancelled, "all-cancelled").await
}

async fn after_cancel(
    call: &Call,
    shape: &MarketShape,
    cancelled: Result<(), Failure<MarketRefused>>,
    done: &str,
) -> Result<Answer, Trouble> {
    match cancelled {
        Ok(()) => Ok(to_market(shape, done)),
        Err(failure) => {
            let (problems, status) = problems_of(call, failure)?;
            Ok(with_status(show_market(call, shape, problems, &Sent::default()).await?, status))
        }
    }
}

fn to_market(shape: &MarketShape, done: &str) -> Answer {
    Answer::see_other(&format!("/markets/{}?done={done}", shape.symbol))
}

async fn show_market(
    call: &Call,
    shape: &MarketShape,
    problems: Problems,
    sent: &Sent,
) -> Result<Answer, Trouble> {
    let app = call.app();
    let own = match own_part(call, shape).await {
        Ok(own) => own,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        // The engine has gone since, perhaps in the middle of what was sent: what is known of that is said all the same.
        Err(Failure::Refused(_)) => return show_markets(call, problems),
    };
    let now = app.market_now(shape.id);
    let frame = Frame { here: format!("/markets/{}", shape.symbol), ..call.frame() };
    let page = MarketPage {
        problems,
        notice: notice(call, &frame),
        is_demo: app.is_demo(),
        market: market_line(&frame, shape, now.ticker.as_ref()),
        bids: now.depth.bids.iter().map(level_line).collect(),
        asks: now.depth.asks.iter().map(level_line).collect(),
        trades: trade_rows(&now),
        own,
        form: order_form(call, &frame, shape, sent),
        frame,
    };
    call.show(&page)
}

/// What of a market's page is the reader's own.
async fn own_part(call: &Call, shape: &MarketShape) -> Result<OwnPart, Failure<MarketRefused>> {
    let (Some(customer), app) = (call.customer, call.app()) else {
        return Err(doorward_app::Fault::internal("showing what is nobody's own").into());
    };
    let orders = app.list_own_orders(&customer, shape).await?;
    let holdings = app.list_holdings(&customer).await?;
    let fills = app.list_own_fills(&customer, shape).await?;
    let available = |symbol: &str| {
        let found = holdings.iter().find(|holding| holding.asset.symbol == symbol);
        found.map(|holding| holding.text(holding.trade)).unwrap_or_default()
    };
    let words = call.words();
    Ok(OwnPart {
        market: shape.symbol.clone(),
        base: shape.base.symbol.clone(),
        quote: shape.quote.symbol.clone(),
        orders: orders.iter().map(own_line).collect(),
        fills: fills.map(|found| fills_shown(&words, &found)),
        available: (available(&shape.base.symbol), available(&shape.quote.symbol)),
    })
}

fn order_form(call: &Call, frame: &Frame, shape: &MarketShape, sent: &Sent) -> OrderForm {
    let (least, most) = shape.size_limits_text();
    let limits = [("step", shape.size_step_text().into()), ("least", least.into()), ("most", most.into())];
    let spec = &shape.market.spec;
    // Millionths are percents with four digits.
    let percent = |ppm: u32| print_units(i64::from(ppm), 4);
    let fees = [
        ("quote", shape.quote.symbol.as_str().into()),
        ("taker", percent(spec.taker_ppm).into()),
        ("maker", percent(spec.maker_ppm).into()),
    ];
    let chosen = sent.lasts.unwrap_or(Lasts::UntilCancelled);
    let pick = |(lasts, name): &(Lasts, &'static str)| Pick {
        value: (*name).to_owned(),
        text: frame.text(lasts_key(*lasts)).into_owned(),
        chosen: *lasts == chosen,
    };
    OrderForm {
        sells: sent.sells,
        at_market: sent.at_market,
        price: sent.price.clone(),
        size: sent.size.clone(),
        lasts: Lasts::ALL.iter().map(pick).collect(),
        mark: call.app().new_form_mark(),
        price_step: shape.price_step_text(),
        size_hint: frame.words.text_with("order-size-hint", &limits),
        fees: frame.words.text_with("order-fees", &fees),
    }
}

const fn lasts_key(lasts: Lasts) -> &'static str {
    match lasts {
        Lasts::UntilCancelled => "order-until-cancelled",
        Lasts::AtOnce => "order-at-once",
        Lasts::Whole => "order-whole",
        Lasts::IfItRests => "order-if-it-rests",
    }
}

fn level_line(level: &doorward_app::market::Level) -> LevelLine {
    LevelLine {
        price: level.price.clone(),
        size: level.size.clone(),
        total: level.total.clone(),
        share: level.share,
    }
}

fn trade_rows(now: &MarketNow) -> Vec<TradeRow> {
    let row = |trade: &doorward_app::market::TradeLine| {
        let iso = doorward_wording::iso_moment(trade.at.as_micros());
        let time = iso.get(11..19).unwrap_or_default().to_owned();
        TradeRow { iso, time, price: trade.price.clone(), size: trade.size.clone(), side: trade.side }
    };
    now.trades.iter().map(row).collect()
}

fn fills_shown(words: &Words, found: &Found<Vec<OwnFill>>) -> Fills {
    let line = |fill: &OwnFill| FillLine {
        when: Moment::of_micros(fill.at.as_micros(), words),
        side: fill.side,
        price: fill.price.clone(),
        size: fill.size.clone(),
        fee: fill.fee.clone(),
    };
    Fills { lines: found.what.iter().map(line).collect(), is_late: !found.is_whole }
}

fn own_line(order: &OwnOrder) -> OwnLine {
    OwnLine {
        id: order.id.to_string(),
        side: order.side,
        price: order.price.clone(),
        size: order.size.clone(),
        filled: order.filled.clone(),
    }
}
