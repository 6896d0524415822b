//! Balances and markets.

use std::borrow::Cow;

use askama::Template;
use doorward_domain::market::order::Side;

use super::facts::Moment;
use super::{Frame, Problems};

/// What is held of one asset; every amount written out.
#[derive(Clone, Debug)]
pub struct HoldingLine {
    /// As in `BTC`.
    pub symbol: String,
    /// As in `Bitcoin`.
    pub name: String,
    /// Main wallet, available.
    pub main: String,
    /// Main wallet, on its way out; empty for nothing.
    pub main_held: String,
    /// Trade wallet, available.
    pub trade: String,
    /// Trade wallet, in open orders; empty for nothing.
    pub trade_held: String,
    /// All of it.
    pub whole: String,
}

/// One entry of a list to choose from.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What the form sends.
    pub value: String,
    /// What is read.
    pub text: String,
    /// It is the one chosen.
    pub chosen: bool,
}

/// `/balances`
#[derive(Template, Debug)]
#[template(path = "market/balances.html")]
pub struct BalancesPage {
    /// The frame.
    pub frame: Frame,
    /// `asset`, `amount`, or the whole form.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// The markets are moved by the house itself.
    pub is_demo: bool,
    /// The engine answers; without it nothing below is shown.
    pub is_open: bool,
    /// What is held, assets of which there is something.
    pub lines: Vec<HoldingLine>,
    /// Assets that can be moved.
    pub assets: Vec<Pick>,
    /// What was typed.
    pub amount: String,
    /// The way back from the market was chosen.
    pub to_main: bool,
    /// See `doorward_app::App::new_form_mark`.
    pub mark: String,
}

/// A price's way over a day.
#[derive(Clone, Debug)]
pub struct TickerLine {
    /// Price of the last trade.
    pub last: String,
    /// How far it went, signed.
    pub change: String,
    /// `up`, `down` or `flat`.
    pub direction: &'static str,
    /// The same as a word, from `wording`.
    pub direction_word: String,
    /// The highest price.
    pub high: String,
    /// The lowest price.
    pub low: String,
    /// How much was traded.
    pub volume: String,
}

/// One market of the list.
#[derive(Clone, Debug)]
pub struct MarketLine {
    /// As in `BTC-EUR`.
    pub symbol: String,
    /// As in `Bitcoin / Euro`.
    pub names: String,
    /// What is bought and sold.
    pub base: String,
    /// What it is paid with.
    pub quote: String,
    /// It takes no orders.
    pub halted: bool,
    /// The last 24 hours; none before the first trade.
    pub ticker: Option<TickerLine>,
}

/// `/markets`
#[derive(Template, Debug)]
#[template(path = "market/list.html")]
pub struct MarketsPage {
    /// The frame.
    pub frame: Frame,
    /// What is wrong with what was sent to a market whose own page cannot be shown.
    pub problems: Problems,
    /// The markets are moved by the house itself.
    pub is_demo: bool,
    /// The engine answers; without it nothing is shown.
    pub is_open: bool,
    /// All markets.
    pub lines: Vec<MarketLine>,
}

/// One price of the book.
#[derive(Clone, Debug)]
pub struct LevelLine {
    /// The price.
    pub price: String,
    /// What stands there.
    pub size: String,
    /// What stands there and at better prices.
    pub total: String,
    /// Its depth in twentieths.
    pub share: u8,
}

/// One trade.
#[derive(Clone, Debug)]
pub struct TradeRow {
    /// RFC 3339 in UTC.
    pub iso: String,
    /// The time of day in UTC.
    pub time: String,
    /// The price.
    pub price: String,
    /// How much.
    pub size: String,
    /// Which way.
    pub side: Side,
}

/// One of the reader's open orders.
#[derive(Clone, Debug)]
pub struct OwnLine {
    /// What the form sends.
    pub id: String,
    /// Which way.
    pub side: Side,
    /// The limit.
    pub price: String,
    /// Its size.
    pub size: String,
    /// What is filled of it.
    pub filled: String,
}

/// One of the reader's fills.
#[derive(Clone, Debug)]
pub struct FillLine {
    /// When.
    pub when: Moment,
    /// Which way.
    pub side: Side,
    /// The price.
    pub price: String,
    /// How much.
    pub size: String,
    /// What it cost.
    pub fee: String,
}

/// The reader's last fills.
#[derive(Clone, Debug)]
pub struct Fills {
    /// Newest first.
    pub lines: Vec<FillLine>,
    /// History was not there yet: the newest may be missing.
    pub is_late: bool,
}

/// What of a market's page is the reader's own.
#[derive(Clone, Debug)]
pub struct OwnPart {
    /// The market.
    pub market: String,
    /// What is bought and sold.
    pub base: String,
    /// What it is paid with.
    pub quote: String,
    /// Open orders, newest first.
    pub orders: Vec<OwnLine>,
    /// The last fills; none where this node keeps no history.
    pub fills: Option<Fills>,
    /// What is available in the trade wallet: of the base, of the quote.
    pub available: (String, String),
}

/// The order form as it opens, or as it was sent.
#[derive(Clone, Debug, Default)]
pub struct OrderForm {
    /// It sells.
    pub sells: bool,
    /// It is a market order.
    pub at_market: bool,
    /// What was typed.
    pub price: String,
    /// What was typed.
    pub size: String,
    /// How long a limit order may last.
    pub lasts: Vec<Pick>,
    /// See `doorward_app::App::new_form_mark`.
    pub mark: String,
    /// The step of prices.
    pub price_step: String,
    /// The step of sizes and their limits, a whole sentence.
    pub size_hint: String,
    /// The fees, a whole sentence.
    pub fees: String,
}

/// `/markets/{market}`
#[derive(Template, Debug)]
#[template(path = "market/market.html")]
pub struct MarketPage {
    /// The frame.
    pub frame: Frame,
    /// `price`, `size`, or the whole form.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// The markets are moved by the house itself.
    pub is_demo: bool,
    /// The market and its last 24 hours.
    pub market: MarketLine,
    /// Buyers, best price first.
    pub bids: Vec<LevelLine>,
    /// Sellers, best price first.
    pub asks: Vec<LevelLine>,
    /// The last trades, newest first.
    pub trades: Vec<TradeRow>,
    /// What is the reader's own.
    pub own: OwnPart,
    /// The order form.
    pub form: OrderForm,
}

/// `/markets/{market}/own`, which takes the place of the same part of an open page.
#[derive(Template, Debug)]
#[template(path = "market/own.html")]
pub struct OwnPage {
    /// The frame.
    pub frame: Frame,
    /// The part.
    pub own: OwnPart,
}

impl Frame {
    /// The word for a side.
    pub(crate) fn side(&self, side: &Side) -> Cow<'static, str> {
        self.text(match side {
            Side::Buy => "trade-buy",
            Side::Sell => "trade-sell",
        })
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    pub(crate) fn holdings() -> Vec<HoldingLine> {
        let line = |symbol: &str, name: &str, held: &str| HoldingLine {
            symbol: symbol.to_owned(),
            name: name.to_owned(),
            main: "0.25".to_owned(),
            main_held: String::new(),
            trade: "1.5".to_owned(),
            trade_held: held.to_owned(),
            whole: "1.75".to_owned(),
        };
        vec![line("BTC", "Bitcoin", "0.125"), line("EUR", "Euro", "")]
    }

    fn ticker(frame: &Frame) -> TickerLine {
        TickerLine {
            last: "61250.50".to_owned(),
            change: "+1.23\u{a0}%".to_owned(),
            direction: "up",
            direction_word: frame.text("market-up").into_owned(),
            high: "61300.00".to_owned(),
            low: "60010.00".to_owned(),
            volume: "12.5000".to_owned(),
        }
    }

    fn market(frame: &Frame, has_traded: bool) -> MarketLine {
        MarketLine {
            symbol: if has_traded { "BTC-EUR" } else { "ETH-EUR" }.to_owned(),
            names: "Bitcoin / Euro".to_owned(),
            base: "BTC".to_owned(),
            quote: "EUR".to_owned(),
            halted: !has_traded,
            ticker: has_traded.then(|| ticker(frame)),
        }
    }

    impl BalancesPage {
        pub(crate) fn sample(frame: Frame, is_open: bool) -> Self {
            let pick = |symbol: &str| Pick {
                value: symbol.to_owned(),
                text: symbol.to_owned(),
                chosen: symbol == "EUR",
            };
            Self {
                frame,
                problems: Problems::none(),
                notice: None,
                is_demo: is_open,
                is_open,
                lines: if is_open { holdings() } else { Vec::new() },
                assets: ["BTC", "EUR"].map(pick).into(),
                amount: String::new(),
                to_main: false,
                mark: "sample".to_owned(),
            }
        }
    }

    impl MarketsPage {
        pub(crate) fn sample(frame: Frame, is_open: bool) -> Self {
            let lines = [true, false].map(|has_traded| market(&frame, has_traded));
            Self {
                is_demo: is_open,
                is_open,
                lines: if is_open { lines.into() } else { Vec::new() },
                problems: Problems::none(),
                frame,
            }
        }
    }

    impl MarketPage {
        pub(crate) fn sample(frame: Frame, has_traded: bool) -> Self {
            let level = |price: &str, share| LevelLine {
                price: price.to_owned(),
                size: "0.5000".to_owned(),
                total: "1.2000".to_owned(),
                share,
            };
            let trade = |side| TradeRow {
                iso: "2026-11-23T12:34:56Z".to_owned(),
                time: "12:34:56".to_owned(),
                price: "61250.50".to_owned(),
                size: "0.0100".to_owned(),
                side,
            };
            let own = |id: &str, side| OwnLine {
                id: id.to_owned(),
                side,
                price: "61000.00".to_owned(),
                size: "0.2000".to_owned(),
                filled: "0.0500".to_owned(),
            };
            let fill = |side| FillLine {
                when: Moment::of_micros(1_795_437_296_000_000, &frame.words),
                side,
                price: "61250.50".to_owned(),
                size: "0.0500".to_owned(),
                fee: "3.062525".to_owned(),
            };
            let lines = if has_traded { vec![fill(Side::Buy), fill(Side::Sell)] } else { Vec::new() };
            let limits = [("step", "0.0001".into()), ("least", "0.0001".into()), ("most", "100".into())];
            let fees = [("quote", "EUR".into()), ("taker", "0.1".into()), ("maker", "0.05".into())];
            let form = OrderForm {
                lasts: vec![Pick {
                    value: "until-cancelled".to_owned(),
                    text: frame.text("order-until-cancelled").into_owned(),
                    chosen: true,
                }],
                mark: "sample".to_owned(),
                price_step: "0.01".to_owned(),
                size_hint: frame.words.text_with("order-size-hint", &limits),
                fees: frame.words.text_with("order-fees", &fees),
                ..OrderForm::default()
            };
            let some = |lines: Vec<LevelLine>| if has_traded { lines } else { Vec::new() };
            Self {
                problems: Problems::none(),
                notice: None,
                is_demo: has_traded,
                market: market(&frame, has_traded),
                bids: some(vec![level("61250.00", 5), level("61249.50", 12)]),
                asks: some(vec![level("61250.50", 8), level("61251.00", 20)]),
                trades: if has_traded { vec![trade(Side::Buy), trade(Side::Sell)] } else { Vec::new() },
                own: OwnPart {
                    market: "BTC-EUR".to_owned(),
                    base: "BTC".to_owned(),
                    quote: "EUR".to_owned(),
                    orders: if has_traded {
                        vec![own("7", Side::Buy), own("8", Side::Sell)]
                    } else {
                        Vec::new()
                    },
                    fills: Some(Fills { lines, is_late: !has_traded }),
                    available: ("1.5".to_owned(), "12500.25".to_owned()),
                },
                form,
                frame,
            }
        }
    }
}
