//! Market data as pages show it: every number written out, so that nobody after this computes with money.

use doorward_domain::market::amount::{digits_of_step, print_aligned};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;
use serde_json::json;

use super::MarketShape;
use super::book::Book;
use super::tape::{Tape, Trade, change_basis_points};

/// Levels of each side that are shown.
pub(crate) const LEVELS_SHOWN: usize = 12;
/// A level's depth is drawn in so many steps.
const SHARES: i128 = 20;

/// One price of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The price, in quote.
    pub price: String,
    /// What stands there, in base.
    pub size: String,
    /// What stands there and at every better price, in base.
    pub total: String,
    /// That total over the larger of both sides' shown totals, in twentieths.
    pub share: u8,
}

/// The best levels of both sides, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depth {
    /// Who buys.
    pub bids: Vec<Level>,
    /// Who sells.
    pub asks: Vec<Level>,
}

/// One trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeLine {
    /// Its number in the market.
    pub number: u64,
    /// The price, in quote.
    pub price: String,
    /// How much, in base.
    pub size: String,
    /// Which way whoever came went.
    pub side: Side,
    /// When.
    pub at: Timestamp,
}

/// Which way a price went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It rose.
    Up,
    /// It fell.
    Down,
    /// It stands where it stood.
    Flat,
}

impl Direction {
    /// The name that frames use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Flat => "flat",
        }
    }
}

/// The last 24 h, as far as they are known: see the module `joining`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticker {
    /// Price of the last trade.
    pub last: String,
    /// How far it is from the first one of the day, as in `+1.23 %`.
    pub change: String,
    /// The same as a direction.
    pub direction: Direction,
    /// The highest price.
    pub high: String,
    /// The lowest price.
    pub low: String,
    /// How much was traded, in base.
    pub volume: String,
}

/// A market at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarketNow {
    /// The book.
    pub depth: Depth,
    /// The last trades, newest first.
    pub trades: Vec<TradeLine>,
    /// The ticker; none before the first trade.
    pub ticker: Option<Ticker>,
}

/// The book, written out.
pub(crate) fn depth(shape: &MarketShape, book: &Book) -> Depth {
    let (bids, asks) = (book.best(Side::Buy, LEVELS_SHOWN), book.best(Side::Sell, LEVELS_SHOWN));
    let whole = |levels: &[(u32, i64)]| levels.iter().map(|(_, lots)| i128::from(*lots)).sum::<i128>();
    let deepest = whole(&bids).max(whole(&asks)).max(1);
    Depth { bids: levels(shape, &bids, deepest), asks: levels(shape, &asks, deepest) }
}

fn levels(shape: &MarketShape, levels: &[(u32, i64)], deepest: i128) -> Vec<Level> {
    let mut total = 0_i128;
    let line = |(ticks, lots): &(u32, i64)| {
        total += i128::from(*lots);
        let share = (total * SHARES).div_euclid(deepest).clamp(1, SHARES);
        Level {
            price: shape.price_text(*ticks),
            size: shape.size_text(*lots),
            total: volume_text(shape, total),
            share: u8::try_from(share).unwrap_or(0),
        }
    };
    levels.iter().map(line).collect()
}

/// Lots of several orders or trades, which together may be more than one balance can be.
fn volume_text(shape: &MarketShape, lots: i128) -> String {
    let step = shape.market.spec.lot_units;
    let digits = digits_of_step(step, shape.base.scale);
    let units = lots.saturating_mul(i128::from(step));
    match i64::try_from(units) {
        Ok(units) => print_aligned(units, shape.base.scale, digits),
        // Whole bases are exact enough for a number of twenty digits.
        Err(_) => (units / 10_i128.pow(u32::from(shape.base.scale))).to_string(),
    }
}

pub(crate) fn trade_line(shape: &MarketShape, trade: &Trade) -> TradeLine {
    TradeLine {
        number: trade.number,
        price: shape.price_text(trade.ticks),
        size: shape.size_text(trade.lots),
        side: trade.side,
        at: trade.at,
    }
}

pub(crate) fn ticker(shape: &MarketShape, tape: &Tape, now: Timestamp) -> Option<Ticker> {
    let day = tape.day(now)?;
    let points = change_basis_points(&day);
    let direction = match points {
        0 => Direction::Flat,
        ..0 => Direction::Down,
        1.. => Direction::Up,
    };
    let sign = match direction {
        Direction::Up => "+",
        Direction::Down => "\u{2212}",
        Direction::Flat => "",
    };
    let size = points.unsigned_abs();
    Some(Ticker {
        last: shape.price_text(day.last),
        change: format!("{sign}{}.{:02}\u{a0}%", size / 100, size % 100),
        direction,
        high: shape.price_text(day.high),
        low: shape.price_text(day.low),
        volume: volume_text(shape, day.lots),
    })
}

/// One event of a stream (HTML, server-sent events): its name and one line of JSON.
fn frame(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

pub(crate) fn depth_frame(depth: &Depth) -> String {
    let side = |levels: &[Level]| -> Vec<_> {
        levels.iter().map(|level| json!([level.price, level.size, level.total, level.share])).collect()
    };
    frame("depth", &json!({ "bids": side(&depth.bids), "asks": side(&depth.asks) }))
}

/// Trades oldest first, as they are put on top of the list.
pub(crate) fn trades_frame(trades: &[TradeLine]) -> String {
    frame("trades", &trade_lines(trades))
}

/// The whole list, oldest first, in place of what was shown.
pub(crate) fn tape_frame(trades: &[TradeLine]) -> String {
    frame("tape", &trade_lines(trades))
}

fn trade_lines(trades: &[TradeLine]) -> serde_json::Value {
    let line = |trade: &TradeLine| {
        let micros = trade.at.as_micros();
        json!([trade.number, trade.price, trade.size, trade.side.name(), micros.div_euclid(1_000)])
    };
    let lines: Vec<_> = trades.iter().map(line).collect();
    json!(lines)
}

pub(crate) fn ticker_frame(ticker: &Ticker) -> String {
    let Ticker { last, change, direction, high, low, volume } = ticker;
    let direction = direction.name();
    frame(
        "ticker",
        &json!({ "last": last, "change": change, "direction": direction, "high": high, "low": low, "volume": volume }),
    )
}

/// Something of the reader's own has changed; what it is, the page asks.
pub(crate) const OWN_FRAME: &str = "event: own\ndata: {}\n\n";

/// Whether the market takes orders.
pub(crate) fn state_frame(halted: bool) -> String {
    frame("state", &json!({ "halted": halted }))
}

#[cfg(test)]
pub(crate) mod tests {
    use doorward_domain::market::instrument::{AssetId, Market, MarketId, MarketSpec};

    use super::super::Asset;
    use super::*;

    pub(crate) fn shape() -> MarketShape {
        let asset = |id, symbol: &str, scale| Asset {
            id: AssetId(id),
            symbol: symbol.to_owned(),
            name: symbol.to_owned(),
            scale,
            max_issued: 1 << 60,
        };
        let spec = MarketSpec {
            base: AssetId(0),
            quote: AssetId(1),
            tick_units: 10_000,
            lot_units: 10_000,
            min_lots: 1,
            max_lots: 1_000_000,
            min_notional: 0,
            taker_ppm: 1_000,
            maker_ppm: 500,
            band_ppm: 0,
            max_open_orders: 200,
        };
        let market = Market::new(spec, 8).expect("sound");
        let (base, quote) = (asset(0, "BTC", 8), asset(1, "EUR", 6));
        MarketShape { id: MarketId(0), symbol: "BTC-EUR".to_owned(), base, quote, market, halted: false }
    }

    #[test]
    fn a_book_is_written_out_with_its_totals_and_shares() {
        let book = Book::of(1, &[(6_125_050, 5_000), (6_125_000, 15_000)], &[(6_125_100, 10_000)]);
        let depth = depth(&shape(), &book);
        let told: Vec<_> =
            depth.bids.iter().map(|it| (&*it.price, &*it.size, &*it.total, it.share)).collect();
        assert_eq!(told, [("61250.50", "0.5000", "0.5000", 5), ("61250.00", "1.5000", "2.0000", 20)]);
        assert_eq!(depth.asks[0].share, 10);
        let frame = depth_frame(&depth);
        assert!(frame.starts_with("event: depth\ndata: {") && frame.ends_with("}\n\n"), "{frame}");
        assert_eq!(frame.lines().count(), 3, "one line of data: {frame}");
    }

    #[test]
    fn a_change_has_its_sign() {
        let mut tape = Tape::default();
        let at = |seconds: i64| Timestamp::from_seconds(1_795_406_400 + seconds);
        let trade = |number, ticks| Trade { number, ticks, lots: 10_000, side: Side::Sell, at: at(60) };
        tape.add(Trade { at: at(0), ..trade(1, 6_000_000) });
        assert_eq!(ticker(&shape(), &tape, at(60)).expect("a ticker").change, "0.00\u{a0}%");
        tape.add(trade(2, 5_940_000));
        let told = ticker(&shape(), &tape, at(60)).expect("a ticker");
        assert_eq!((&*told.change, told.direction), ("\u{2212}1.00\u{a0}%", Direction::Down));
        assert_eq!((&*told.last, &*told.high, &*told.volume), ("59400.00", "60000.00", "2.0000"));
        let far = Trade { ticks: 6_090_000, number: 3, ..trade(3, 0) };
        tape.add(far);
        assert_eq!(ticker(&shape(), &tape, at(60)).expect("a ticker").change, "+1.50\u{a0}%");
    }
}
